//! `cargo sandbox demo`: the whole system, shown.

pub mod related;
pub mod story;
pub mod table;
pub mod timeline;
