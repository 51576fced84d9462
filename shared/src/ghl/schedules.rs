//! `/calendars/schedules`: when users can be booked.

use schemars::JsonSchema;
use serde::Deserialize;

use super::operation::Operation;
use super::operation::scope::{CALENDARS_READ, CALENDARS_WRITE};
use crate::action::input::SomeText;
use crate::model::ids::RecordId;

pub const OPERATIONS: &[&Operation] = &[&SEARCH, &READ, &CREATE, &UPDATE, &DELETE, &JOIN, &LEAVE];

pub const SEARCH: Operation =
    Operation::get::<Search>("ghl.schedule.search", CALENDARS_READ, "/calendars/schedules/search")
        .location_in_query()
        .says("Finds a user's schedules.", r#"{"userId": "Rg6BRRiHh7dS9gJy3W8a"}"#);

pub const READ: Operation =
    Operation::get::<OfSchedule>("ghl.schedule.read", CALENDARS_READ, "/calendars/schedules/{scheduleId}")
        .says("Reads a schedule.", r#"{"scheduleId": "60f1a2b3c4d5e6f708192a3b"}"#);

pub const CREATE: Operation =
    Operation::post::<NewSchedule>("ghl.schedule.create", CALENDARS_WRITE, "/calendars/schedules")
        .location_in_body()
        .says(
            "Creates a schedule of a user.",
            r#"{"name": "Mornings", "timezone": "Europe/London", "userId": "Rg6BRRiHh7dS9gJy3W8a", "rules": [{"type": "wday", "day": "monday", "intervals": [{"from": "09:00", "to": "12:00"}]}]}"#,
        );

pub const UPDATE: Operation = Operation::put::<ChangedSchedule>(
    "ghl.schedule.update",
    CALENDARS_WRITE,
    "/calendars/schedules/{scheduleId}",
)
.says("Changes a schedule.", r#"{"scheduleId": "60f1a2b3c4d5e6f708192a3b", "name": "Early mornings"}"#);

pub const DELETE: Operation = Operation::delete::<OfSchedule>(
    "ghl.schedule.delete",
    CALENDARS_WRITE,
    "/calendars/schedules/{scheduleId}",
)
.says("Deletes a schedule.", r#"{"scheduleId": "60f1a2b3c4d5e6f708192a3b"}"#);

const OF_CALENDAR: &str = "/calendars/schedules/{scheduleId}/associations/{calendarId}";

pub const JOIN: Operation =
    Operation::put::<OfCalendar>("ghl.schedule.add_to_calendar", CALENDARS_WRITE, OF_CALENDAR).says(
        "Lets a calendar follow a schedule.",
        r#"{"scheduleId": "60f1a2b3c4d5e6f708192a3b", "calendarId": "CVokAlI8fgw4WYWoCtQz"}"#,
    );

pub const LEAVE: Operation =
    Operation::delete::<OfCalendar>("ghl.schedule.remove_from_calendar", CALENDARS_WRITE, OF_CALENDAR).says(
        "Ends that a calendar follows a schedule.",
        r#"{"scheduleId": "60f1a2b3c4d5e6f708192a3b", "calendarId": "CVokAlI8fgw4WYWoCtQz"}"#,
    );

#[derive(Deserialize, JsonSchema)]
#[serde(rename_all = "camelCase", deny_unknown_fields)]
#[expect(dead_code, reason = "its form is checked, and the input is sent as it is")]
struct Search {
    user_id: RecordId,
    calendar_id: Option<RecordId>,
    skip: Option<u32>,
    limit: Option<u32>,
}

#[derive(Deserialize, JsonSchema)]
#[serde(rename_all = "camelCase", deny_unknown_fields)]
#[expect(dead_code, reason = "its form is checked, and the input is sent as it is")]
struct OfSchedule {
    schedule_id: RecordId,
}

#[derive(Deserialize, JsonSchema)]
#[serde(rename_all = "camelCase", deny_unknown_fields)]
#[expect(dead_code, reason = "its form is checked, and the input is sent as it is")]
struct NewSchedule {
    name: SomeText,
    timezone: SomeText,
    user_id: RecordId,
    rules: Option<Vec<Rule>>,
    calendar_ids: Option<Vec<RecordId>>,
}

#[derive(Deserialize, JsonSchema)]
#[serde(rename_all = "camelCase", deny_unknown_fields)]
#[expect(dead_code, reason = "its form is checked, and the input is sent as it is")]
struct ChangedSchedule {
    schedule_id: RecordId,
    name: Option<SomeText>,
    timezone: Option<SomeText>,
    rules: Option<Vec<Rule>>,
}

#[derive(Deserialize, JsonSchema)]
#[serde(rename_all = "camelCase", deny_unknown_fields)]
#[expect(dead_code, reason = "its form is checked, and the input is sent as it is")]
struct OfCalendar {
    schedule_id: RecordId,
    calendar_id: RecordId,
}

/// When somebody can be booked: on a day of the week, or on a date.
#[derive(Deserialize, JsonSchema)]
#[serde(rename_all = "camelCase", deny_unknown_fields)]
#[expect(dead_code, reason = "its form is checked, and the input is sent as it is")]
struct Rule {
    /// `wday` or `date`.
    #[serde(rename = "type")]
    kind: String,
    day: Option<String>,
    date: Option<String>,
    intervals: Vec<Interval>,
}

#[derive(Deserialize, JsonSchema)]
#[serde(rename_all = "camelCase", deny_unknown_fields)]
#[expect(dead_code, reason = "its form is checked, and the input is sent as it is")]
struct Interval {
    /// Such as 09:00.
    from: String,
    to: String,
}
