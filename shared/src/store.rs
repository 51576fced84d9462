//! The table: one module per family of rows. The layout of them all stands in [`table`].

pub mod app;
pub mod attempts;
pub mod brakes;
pub mod conflicts;
pub mod connections;
pub mod cursors;
pub mod differences;
pub mod error;
pub mod figures;
pub mod forgetting;
pub mod history;
pub mod identity;
pub mod imports;
pub mod last_seen;
pub mod leases;
pub mod ledgers;
pub mod links;
pub mod one_time;
pub mod parked;
pub mod people;
pub mod previews;
pub mod roster;
pub mod signed_out;
pub mod spare_tokens;
pub mod swept;
pub mod table;
