//! The pages of a person: install, callback, status, and what a connection is set to.

pub mod acts;
pub mod app;
pub mod calls;
pub mod chart;
pub(crate) mod checks;
pub(crate) mod choices;
pub mod conflicts;
pub mod connect;
pub mod embedded;
pub(crate) mod entry;
pub mod form;
pub mod history;
pub mod install;
pub mod invoke;
pub mod limits;
pub mod page;
pub mod routes;
pub mod session;
pub mod set_up;
pub mod sign_in;
pub mod start;
pub mod status;
pub mod stuck;
pub mod upkeep;
pub mod user_context;
pub mod wizard;
