//! Finds what webhooks missed, reads both sides for the first time, and keeps connections in order. Writes to no CRM.

pub mod errands;
pub mod look;
pub mod look_at_related;
pub mod reconcile;
