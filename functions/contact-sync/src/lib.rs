//! Syncs one contact with its tags, for each hint of its queue.

pub mod contact_sync;
pub mod work;
