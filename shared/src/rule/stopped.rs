//! A rule that a cap has stopped, as the bus is told it.

use jiff::Timestamp;
use schemars::JsonSchema;
use serde::Serialize;

use crate::action::input::Instant;
use crate::model::ids::{ConnectionId, RecordId, RuleId};
use crate::store::rule_history::Cap;

/// The detail-type. Rules cannot listen to it: one that was stopped could be stopped by that for ever.
pub const STOPPED: &str = "RuleStopped";

pub const SAYS: &str =
    "A rule was stopped by a cap: it may go round in circles. Told once an hour for each rule and record.";

/// The detail.
#[derive(Debug, Serialize, JsonSchema)]
pub struct Stopped<'a> {
    /// 1.
    pub version: u32,
    pub connection: &'a ConnectionId,
    #[schemars(with = "Instant")]
    pub at: Timestamp,
    pub rule: &'a RuleId,
    /// As its author calls it.
    pub name: &'a str,
    pub why: Cap,
    /// The event that it did not follow.
    pub event: &'a str,
    /// The record that the event was about.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub ghl: Option<&'a RecordId>,
    #[serde(skip_serializing_if = "Option::is_none")]
    pub helloleads: Option<&'a RecordId>,
}
