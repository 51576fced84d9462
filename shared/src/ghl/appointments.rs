//! `/calendars` and `/contacts/:id/appointments`. Calendars are published under API version `2021-04-15`.

use jiff::Timestamp;
use schemars::JsonSchema;
use serde::{Deserialize, Deserializer};
use serde_json::{Value as Json, json};

use super::client::{Answer, GhlClient};
use super::contacts::APPOINTMENTS;
use super::error::Error;
use super::operation::Operation;
use super::operation::scope::{EVENTS_READ, EVENTS_WRITE};
use crate::action::input::Instant;
use crate::model::ids::RecordId;

pub const OPERATIONS: &[&Operation] = &[&READ, &CREATE, &UPDATE, &LIST, &DELETE];

pub const READ: Operation = Operation::get::<OfEvent>(
    "ghl.appointment.read",
    EVENTS_READ,
    "/calendars/events/appointments/{eventId}",
)
.says("Reads an appointment.", r#"{"eventId": "ocQHyuzHvysMo5N5VsXc"}"#);

pub const CREATE: Operation =
    Operation::post::<NewAppointment>("ghl.appointment.create", EVENTS_WRITE, "/calendars/events/appointments")
        .location_in_body()
        .says(
            "Books an appointment of a contact. With toNotify false nobody is reminded; with ignoreFreeSlotValidation true it need not be free.",
            r#"{"calendarId": "CVokAlI8fgw4WYWoCtQz", "contactId": "seD4PfOuKoVMLkEZqohJ", "startTime": "2026-12-01T10:00:00-05:00", "endTime": "2026-12-01T10:30:00-05:00", "title": "Visit", "ignoreFreeSlotValidation": true, "toNotify": false}"#,
        );

pub const UPDATE: Operation = Operation::put::<ChangedAppointment>(
    "ghl.appointment.update",
    EVENTS_WRITE,
    "/calendars/events/appointments/{eventId}",
)
.says(
    "Changes fields of an appointment. Fields that are not named stay.",
    r#"{"eventId": "ocQHyuzHvysMo5N5VsXc", "appointmentStatus": "confirmed", "toNotify": false}"#,
);

/// There is no list of all appointments.
pub const LIST: Operation = Operation::get::<EventWindow>("ghl.event.list", EVENTS_READ, "/calendars/events")
    .location_in_query()
    .says(
        "Lists the events of a calendar, a group or a user that touch a span of time, in milliseconds since the epoch.",
        r#"{"calendarId": "CVokAlI8fgw4WYWoCtQz", "startTime": 1796083200000, "endTime": 1798761600000}"#,
    );

/// The published file wants an empty object as the body of a DELETE.
pub const DELETE: Operation =
    Operation::delete::<OfEvent>("ghl.event.delete", EVENTS_WRITE, "/calendars/events/{eventId}")
        .with_body()
        .says("Deletes an appointment or a blocked slot.", r#"{"eventId": "ocQHyuzHvysMo5N5VsXc"}"#);

#[derive(Deserialize, JsonSchema)]
#[serde(rename_all = "camelCase", deny_unknown_fields)]
#[expect(dead_code, reason = "its form is checked, and the input is sent as it is")]
struct OfEvent {
    event_id: RecordId,
}

/// What touches a span of time; one of the three ids must be there.
#[derive(Deserialize, JsonSchema)]
#[serde(rename_all = "camelCase", deny_unknown_fields)]
#[expect(dead_code, reason = "its form is checked, and the input is sent as it is")]
pub struct EventWindow {
    calendar_id: Option<RecordId>,
    group_id: Option<RecordId>,
    user_id: Option<RecordId>,
    start_time: i64,
    end_time: i64,
}

/// The inputs that hold an appointment's fields: those that all of them have, and what comes to them.
macro_rules! of_appointment {
    ($(#[$doc:meta])* $name:ident { $($field:ident: $type:ty,)* }) => {
        $(#[$doc])*
        #[derive(Deserialize, JsonSchema)]
        #[serde(rename_all = "camelCase", deny_unknown_fields)]
        #[expect(dead_code, reason = "its form is checked, and the input is sent as it is")]
        struct $name {
            title: Option<String>,
            meeting_location_type: Option<MeetingPlace>,
            meeting_location_id: Option<String>,
            override_location_config: Option<bool>,
            appointment_status: Option<Status>,
            /// The id of a user.
            assigned_user_id: Option<RecordId>,
            description: Option<String>,
            address: Option<String>,
            ignore_date_range: Option<bool>,
            to_notify: Option<bool>,
            ignore_free_slot_validation: Option<bool>,
            /// Only where `ignoreFreeSlotValidation` is true.
            rrule: Option<String>,
            end_time: Option<Instant>,
            $($field: $type,)*
        }
    };
}

of_appointment! {
    NewAppointment {
        calendar_id: RecordId,
        contact_id: RecordId,
        start_time: Instant,
    }
}

of_appointment! {
    ChangedAppointment {
        event_id: RecordId,
        calendar_id: Option<RecordId>,
        start_time: Option<Instant>,
    }
}

#[derive(Deserialize, JsonSchema)]
#[serde(rename_all = "snake_case")]
enum MeetingPlace {
    Custom,
    Zoom,
    Gmeet,
    Phone,
    Address,
    MsTeams,
    Google,
}

#[derive(Deserialize, JsonSchema)]
#[serde(rename_all = "lowercase")]
enum Status {
    New,
    Confirmed,
    Cancelled,
    Showed,
    Noshow,
    Invalid,
}

/// An appointment; GHL calls it an event of a calendar.
#[derive(Clone, Debug, Default, Deserialize)]
#[serde(rename_all = "camelCase", default)]
pub struct Appointment {
    pub id: String,
    pub title: Option<String>,
    pub contact_id: Option<RecordId>,
    #[serde(alias = "appoinmentStatus")]
    pub appointment_status: Option<String>,
    pub assigned_user_id: Option<String>,
    pub address: Option<String>,
    pub notes: Option<String>,
    pub description: Option<String>,
    pub start_time: Option<String>,
    pub end_time: Option<String>,
    #[serde(deserialize_with = "instant")]
    pub date_updated: Option<Timestamp>,
    pub is_recurring: bool,
    pub rrule: Option<String>,
    pub master_event_id: Option<String>,
    pub deleted: bool,
}

impl Appointment {
    /// Whether it is part of a series, which one write would tear apart.
    pub fn is_of_a_series(&self) -> bool {
        let filled = |text: &Option<String>| text.as_ref().is_some_and(|text| !text.is_empty());
        self.is_recurring || filled(&self.rrule) || filled(&self.master_event_id)
    }
}

/// ISO 8601 with an offset; the lists by contact have none, and are not read for times.
fn instant<'de, D: Deserializer<'de>>(deserializer: D) -> Result<Option<Timestamp>, D::Error> {
    Ok(Option::<String>::deserialize(deserializer)?.and_then(|text| text.parse().ok()))
}

#[derive(Deserialize)]
struct Events {
    #[serde(default)]
    events: Vec<Appointment>,
}

/// `GET` answers `{"event": …}` (or `{"appointment": …}`, as others have seen); a write answers the event itself.
#[derive(Deserialize)]
#[serde(untagged)]
enum OneEvent {
    Wrapped {
        #[serde(alias = "appointment")]
        event: Appointment,
    },
    Bare(Appointment),
}

impl OneEvent {
    fn event(self) -> Appointment {
        match self {
            Self::Wrapped { event } | Self::Bare(event) => event,
        }
    }
}

/// `{"succeeded": true}`; what it says adds nothing to the status.
#[derive(Deserialize)]
struct Succeeded {}

impl GhlClient {
    /// Its times have no zone: only the ids are of use.
    pub async fn appointments_of(&self, contact: &RecordId) -> Result<Vec<Appointment>, Error> {
        let call = APPOINTMENTS.endpoint.call(self.location(), &[contact.as_str()]);
        Ok(self.ask::<Events>(&call).await?.done().map_or_else(Vec::new, |answer| answer.events))
    }

    pub async fn appointment(&self, id: &str) -> Result<Option<Appointment>, Error> {
        let call = READ.endpoint.call(self.location(), &[id]);
        let found = self.ask::<OneEvent>(&call).await?.done().map(OneEvent::event);
        Ok(found.filter(|event| !event.deleted))
    }

    pub async fn create_appointment(&self, body: Json) -> Result<Answer<Appointment>, Error> {
        let call = CREATE.endpoint.call(self.location(), &[]).body(body);
        Ok(self.ask::<OneEvent>(&call).await?.map(OneEvent::event))
    }

    pub async fn update_appointment(&self, id: &str, body: Json) -> Result<Answer<Appointment>, Error> {
        let call = UPDATE.endpoint.call(self.location(), &[id]).body(body);
        Ok(self.ask::<OneEvent>(&call).await?.map(OneEvent::event))
    }

    /// `false` where it was gone already.
    pub async fn delete_appointment(&self, id: &str) -> Result<bool, Error> {
        let call = DELETE.endpoint.call(self.location(), &[id]).body(json!({}));
        Ok(self.ask::<Succeeded>(&call).await?.done().is_some())
    }

    /// A calendar's appointments that begin within the window.
    pub async fn events(
        &self,
        calendar: &str,
        from: Timestamp,
        to: Timestamp,
    ) -> Result<Vec<Appointment>, Error> {
        let call = LIST
            .endpoint
            .call(self.location(), &[])
            .query("calendarId", calendar)
            .query("startTime", from.as_millisecond().to_string())
            .query("endTime", to.as_millisecond().to_string());
        let answer: Events = self.send(&call).await?;
        Ok(answer.events.into_iter().filter(|event| !event.deleted).collect())
    }
}
