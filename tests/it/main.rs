//! The integration tests: the real handlers and clients, over real HTTP, between the fakes.

mod bad_input;
mod captured;
mod contact_sync;
mod costs;
mod faults;
mod helloleads_profiles;
mod installs;
mod pages;
mod tidy;
mod webhook_intake;
