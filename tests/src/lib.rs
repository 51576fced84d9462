//! The fake world: both CRMs and the AWS services that the sync talks to, on one machine.

pub mod calls;
pub mod faults;
pub mod helloleads;
pub mod ghl;
pub mod time;
