//! Syncs one note for each hint of its queue.

pub mod notes_sync;
