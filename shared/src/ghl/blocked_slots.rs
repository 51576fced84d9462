//! Blocked slots: time in which a calendar or a user cannot be booked.

use schemars::JsonSchema;
use serde::Deserialize;

use super::appointments::EventWindow;
use super::operation::Operation;
use super::operation::scope::{EVENTS_READ, EVENTS_WRITE};
use crate::action::input::Instant;
use crate::model::ids::RecordId;

pub const OPERATIONS: &[&Operation] = &[&LIST, &CREATE, &UPDATE];

pub const LIST: Operation = Operation::get::<EventWindow>("ghl.blocked_slot.list", EVENTS_READ, "/calendars/blocked-slots")
    .location_in_query()
    .says(
        "Lists the blocked slots of a calendar, a group or a user that touch a span of time, in milliseconds since the epoch.",
        r#"{"calendarId": "CVokAlI8fgw4WYWoCtQz", "startTime": 1796083200000, "endTime": 1798761600000}"#,
    );

pub const CREATE: Operation =
    Operation::post::<BlockedSlot>("ghl.blocked_slot.create", EVENTS_WRITE, "/calendars/events/block-slots")
        .location_in_body()
        .says(
            "Blocks time in a calendar.",
            r#"{"calendarId": "CVokAlI8fgw4WYWoCtQz", "title": "Holiday", "startTime": "2026-12-24T09:00:00Z", "endTime": "2026-12-24T17:00:00Z"}"#,
        );

pub const UPDATE: Operation = Operation::put::<ChangedSlot>(
    "ghl.blocked_slot.update",
    EVENTS_WRITE,
    "/calendars/events/block-slots/{eventId}",
)
.location_in_body()
.says(
    "Changes a blocked slot.",
    r#"{"eventId": "ocQHyuzHvysMo5N5VsXc", "calendarId": "CVokAlI8fgw4WYWoCtQz", "title": "Holidays"}"#,
);

#[derive(Deserialize, JsonSchema)]
#[serde(rename_all = "camelCase", deny_unknown_fields)]
#[expect(dead_code, reason = "its form is checked, and the input is sent as it is")]
struct BlockedSlot {
    calendar_id: RecordId,
    title: Option<String>,
    /// The id of a user.
    assigned_user_id: Option<RecordId>,
    start_time: Option<Instant>,
    end_time: Option<Instant>,
}

#[derive(Deserialize, JsonSchema)]
#[serde(rename_all = "camelCase", deny_unknown_fields)]
#[expect(dead_code, reason = "its form is checked, and the input is sent as it is")]
struct ChangedSlot {
    event_id: RecordId,
    calendar_id: RecordId,
    title: Option<String>,
    /// The id of a user.
    assigned_user_id: Option<RecordId>,
    start_time: Option<Instant>,
    end_time: Option<Instant>,
}
