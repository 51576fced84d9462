//! Finds what webhooks missed, reads both sides for the first time, and keeps connections in order. Writes to no CRM.

pub mod errands;
pub mod import;
pub mod look;
pub mod look_at_related;
pub mod preview;
pub mod purge;
pub mod reconcile;
pub mod sweep;
pub mod sweep_compare;
pub mod sweep_contacts;
pub mod sweep_related;
pub mod tell;
