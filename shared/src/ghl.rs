//! The adapter.

pub mod error;
