//! Syncs one appointment for each hint of its queue.

pub mod appointment_sync;
