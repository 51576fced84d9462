//! `/calendars`: the calendars of a location. Calendars are published under API version `2021-04-15`.

use schemars::JsonSchema;
use serde::Deserialize;

use super::client::GhlClient;
use super::error::Error;
use super::operation::Operation;
use super::operation::scope::{CALENDARS_READ, CALENDARS_WRITE};
use crate::action::input::SomeText;
use crate::model::ids::RecordId;

pub const OPERATIONS: &[&Operation] = &[&LIST, &READ, &CREATE, &UPDATE, &DELETE, &FREE_SLOTS];

pub const LIST: Operation =
    Operation::get::<CalendarList>("ghl.calendar.list", CALENDARS_READ, "/calendars/")
        .location_in_query()
        .says("Lists the location's calendars.", "{}");

pub const READ: Operation =
    Operation::get::<OfCalendar>("ghl.calendar.read", CALENDARS_READ, "/calendars/{calendarId}")
        .says("Reads a calendar.", r#"{"calendarId": "CVokAlI8fgw4WYWoCtQz"}"#);

pub const CREATE: Operation =
    Operation::post::<NewCalendar>("ghl.calendar.create", CALENDARS_WRITE, "/calendars/")
        .location_in_body()
        .says("Creates a calendar.", r#"{"name": "Demos", "slotDuration": 30, "slotDurationUnit": "mins"}"#);

pub const UPDATE: Operation =
    Operation::put::<ChangedCalendar>("ghl.calendar.update", CALENDARS_WRITE, "/calendars/{calendarId}")
        .says("Changes a calendar.", r#"{"calendarId": "CVokAlI8fgw4WYWoCtQz", "description": "By video"}"#);

pub const DELETE: Operation =
    Operation::delete::<OfCalendar>("ghl.calendar.delete", CALENDARS_WRITE, "/calendars/{calendarId}")
        .says("Deletes a calendar.", r#"{"calendarId": "CVokAlI8fgw4WYWoCtQz"}"#);

/// The published file allows 31 days at most.
pub const FREE_SLOTS: Operation =
    Operation::get::<FreeSlots>("ghl.calendar.free_slots", CALENDARS_READ, "/calendars/{calendarId}/free-slots").says(
        "Lists the free slots of a calendar within 31 days, in milliseconds since the epoch.",
        r#"{"calendarId": "CVokAlI8fgw4WYWoCtQz", "startDate": 1796083200000, "endDate": 1796342400000, "timezone": "Europe/London"}"#,
    );

#[derive(Deserialize, JsonSchema)]
#[serde(rename_all = "camelCase", deny_unknown_fields)]
#[expect(dead_code, reason = "its form is checked, and the input is sent as it is")]
struct CalendarList {
    group_id: Option<RecordId>,
    show_drafted: Option<bool>,
}

#[derive(Deserialize, JsonSchema)]
#[serde(rename_all = "camelCase", deny_unknown_fields)]
#[expect(dead_code, reason = "its form is checked, and the input is sent as it is")]
struct OfCalendar {
    calendar_id: RecordId,
}

#[derive(Deserialize, JsonSchema)]
#[serde(rename_all = "camelCase", deny_unknown_fields)]
#[expect(dead_code, reason = "its form is checked, and the input is sent as it is")]
struct FreeSlots {
    calendar_id: RecordId,
    start_date: i64,
    end_date: i64,
    timezone: Option<String>,
    user_id: Option<RecordId>,
}

/// The inputs that hold a calendar's fields: those that all of them have, and what comes to them. Team members, opening
/// hours and notifications are set on GHL's own pages.
macro_rules! of_calendar {
    ($name:ident { $($field:ident: $type:ty,)* }) => {
        #[derive(Deserialize, JsonSchema)]
        #[serde(rename_all = "camelCase", deny_unknown_fields)]
        #[expect(dead_code, reason = "its form is checked, and the input is sent as it is")]
        struct $name {
            description: Option<String>,
            slug: Option<String>,
            group_id: Option<RecordId>,
            event_title: Option<String>,
            event_color: Option<String>,
            slot_duration: Option<u32>,
            slot_duration_unit: Option<TimeUnit>,
            slot_interval: Option<u32>,
            slot_interval_unit: Option<TimeUnit>,
            slot_buffer: Option<u32>,
            pre_buffer: Option<u32>,
            pre_buffer_unit: Option<TimeUnit>,
            auto_confirm: Option<bool>,
            allow_reschedule: Option<bool>,
            allow_cancellation: Option<bool>,
            is_active: Option<bool>,
            notes: Option<String>,
            $($field: $type,)*
        }
    };
}

of_calendar! { NewCalendar { name: SomeText, calendar_type: Option<CalendarType>, } }
of_calendar! { ChangedCalendar { calendar_id: RecordId, name: Option<SomeText>, } }

#[derive(Deserialize, JsonSchema)]
#[serde(rename_all = "lowercase")]
enum TimeUnit {
    Mins,
    Hours,
}

#[derive(Deserialize, JsonSchema)]
#[serde(rename_all = "snake_case")]
enum CalendarType {
    RoundRobin,
    Event,
    ClassBooking,
    Collective,
    ServiceBooking,
    Personal,
}

/// A calendar of the location.
#[derive(Clone, Debug, Deserialize)]
pub struct Calendar {
    pub id: String,
    #[serde(default)]
    pub name: String,
}

#[derive(Deserialize)]
struct Listed {
    #[serde(default)]
    calendars: Vec<Calendar>,
}

impl GhlClient {
    pub async fn calendars(&self) -> Result<Vec<Calendar>, Error> {
        let answer: Listed = self.send(&LIST.endpoint.call(self.location(), &[])).await?;
        Ok(answer.calendars)
    }
}
