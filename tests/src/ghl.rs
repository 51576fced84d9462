//! A stateful fake of GHL over real HTTP: its OAuth endpoints, its contacts API, its webhooks and the screens a
//! person uses.
//!
//! It shares no code with the product, so that it is a check on the product's reading of the API, and it is
//! meant to be as unkind as the real one: it respells what it stores, refuses what the published schemas do not
//! name, lets its search index lag, and takes a refresh token once. What is uncertain about the real GHL is a
//! switch ([`Switches`]).

mod appointment;
mod appointments;
mod body;
mod calendar_extras;
mod calendars;
#[cfg(test)]
mod checks;
mod contact;
mod contact_acts;
mod contacts;
mod control;
mod custom_page;
mod directory;
mod duplicates;
mod edit;
mod fake;
mod filter;
mod gate;
mod ids;
mod kinds;
mod limits;
mod listing;
mod location;
mod notes;
mod oauth;
mod people;
mod person_kinds;
mod refusal;
mod route;
mod search;
mod server;
mod shape;
mod shelf;
mod shelves;
mod signing;
mod snapshot;
mod sorting;
mod state;
mod switches;
mod task_search;
mod tasks;
mod tokens;
mod validate;
mod value;
mod webhooks;
mod wire;

pub use control::{Choice, TokenPair};
pub use fake::{AppCredentials, FakeGhl};
pub use location::LocationSettings;
pub use switches::Switches;
pub use webhooks::SignedWebhook;
