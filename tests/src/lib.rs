//! The fake world: both CRMs and the AWS services that the sync talks to, on one machine.

pub mod aws;
pub mod bench;
pub mod calls;
pub mod catalogue;
pub mod compare;
pub mod deaths;
pub mod demo;
pub mod faults;
pub mod ghl;
pub mod helloleads;
pub mod import;
pub mod importing;
pub mod inspect;
pub mod serve;
pub mod signed_in;
pub mod stack;
pub mod stage;
pub mod storm;
pub mod time;
pub mod verify;
pub mod world;
