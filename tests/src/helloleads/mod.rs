//! A stateful fake of HelloLeads over real HTTP: its key API, the screens a person uses, and the automation
//! tool (the *relay*) that a user may run beside it.
//!
//! It shares no code with the product, so that it is a check on the product's reading of the API. Whatever is
//! uncertain about the real HelloLeads is a switch ([`Switches`]), so that a test can show both worlds.

mod catch;
#[cfg(test)]
mod checks;
mod directory;
mod edit;
mod fake;
mod gate;
mod keeping;
mod lead;
mod leads;
mod people;
mod qualifying;
mod reading;
mod related;
mod related_people;
mod related_relay;
mod relay;
mod row;
mod server;
mod state;
mod switches;
mod v1;
mod wire;
mod writing;

pub use fake::FakeHelloLeads;
pub use lead::STAGES;
pub use relay::{RelayAuth, RelayBody, RelayHook};
pub use switches::{Blank, Switches, UpdateStyle};
