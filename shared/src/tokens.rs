//! GHL's tokens: where they are kept, and how they are renewed without ever using one twice.

pub mod access;
pub mod error;
pub mod install;
pub mod keeper;
pub mod sealed;
