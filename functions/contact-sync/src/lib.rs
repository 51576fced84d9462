//! Syncs one contact with its tags, or one of its tasks, for each hint of its queue.

pub mod contact_sync;
