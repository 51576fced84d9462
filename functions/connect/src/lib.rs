//! The pages of a person: install, callback, status, and what a connection is set to.

pub mod acts;
pub mod admin;
pub mod calls;
mod catalogue;
pub mod connect;
pub mod form;
pub mod install;
pub mod limits;
mod mapping_draft;
mod mapping_form;
mod mapping_page;
pub mod page;
mod preview_counts;
mod preview_page;
pub mod set_up;
pub mod status;
pub mod upkeep;
