//! The pages of a person: install, callback, status, and what a connection is set to.

pub mod acts;
pub mod calls;
pub mod connect;
pub mod embedded;
pub mod form;
pub mod install;
pub mod invoke;
pub mod limits;
pub mod page;
pub mod routes;
pub mod session;
pub mod set_up;
pub mod sign_in;
pub mod status;
pub mod upkeep;
pub mod user_context;
