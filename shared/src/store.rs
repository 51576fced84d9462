//! The table: one module per family of rows. The layout of them all stands in [`table`].

pub mod cursors;
pub mod error;
pub mod last_seen;
pub mod table;
