//! An appointment as GHL keeps it, and the shapes in which it is shown.

use jiff::tz::TimeZone;
use jiff::{Timestamp, ZonedDateTime};
use serde_json::{Value, json};

use super::body::{self, Fields};

/// An appointment. Its other fields are kept by their API names; an empty one is absent.
#[derive(Clone, Debug)]
pub(super) struct Appointment {
    pub id: String,
    pub location: String,
    pub calendar: String,
    pub contact: String,
    pub status: String,
    pub start: Timestamp,
    pub end: Timestamp,
    pub fields: Fields,
    /// What made it, such as `booking_widget`.
    pub source: String,
    pub added: Timestamp,
    pub updated: Timestamp,
}

impl Appointment {
    /// As the answer to a write shows it: flat, without the description and the times of its making and last
    /// change.
    pub fn as_written(&self, zone: &TimeZone) -> Value {
        let mut shown = self.with_fields(zone);
        for hidden in ["description", "meetingLocationId", "masterEventId"] {
            shown.remove(hidden);
        }
        Value::Object(shown)
    }

    /// As a read shows it.
    pub fn as_read(&self, zone: &TimeZone) -> Value {
        let mut shown = self.with_fields(zone);
        for hidden in ["meetingLocationType", "meetingLocationId"] {
            shown.remove(hidden);
        }
        shown.extend(self.beside(zone));
        shown.insert("createdBy".to_owned(), json!({"source": self.source}));
        Value::Object(shown)
    }

    /// As the list of a contact's appointments shows it: with times that do not tell their zone.
    pub fn as_listed(&self, zone: &TimeZone) -> Value {
        let mut shown = self.common(zone);
        shown.extend(self.beside(zone));
        for field in ["title", "assignedUserId", "address"] {
            shown.extend(self.fields.get(field).map(|value| (field.to_owned(), value.clone())));
        }
        shown.insert("status".to_owned(), json!("booked"));
        for (name, at) in self.times() {
            let local = zone.to_datetime(at).strftime("%Y-%m-%d %H:%M:%S").to_string();
            shown.insert(name.to_owned(), json!(local));
        }
        Value::Object(shown)
    }

    /// As a webhook nests it.
    pub fn as_hook(&self, zone: &TimeZone) -> Value {
        let mut shown = self.common(zone);
        shown.extend(self.beside(zone));
        shown.remove("locationId");
        for field in ["title", "assignedUserId", "address", "isRecurring"] {
            shown.extend(self.fields.get(field).map(|value| (field.to_owned(), value.clone())));
        }
        shown.insert("source".to_owned(), json!(self.source));
        Value::Object(shown)
    }

    fn with_fields(&self, zone: &TimeZone) -> Fields {
        let mut shown = self.fields.clone();
        shown.extend(self.common(zone));
        shown
    }

    fn common(&self, zone: &TimeZone) -> Fields {
        object(json!({
            "id": self.id,
            "locationId": self.location,
            "calendarId": self.calendar,
            "contactId": self.contact,
            "appointmentStatus": self.status,
            "startTime": local(self.start, zone),
            "endTime": local(self.end, zone),
        }))
    }

    /// What reads and webhooks have beside the answer to a write. The description is shown as `notes` too.
    fn beside(&self, zone: &TimeZone) -> Fields {
        let user = body::text(&self.fields, "assignedUserId");
        let mut shown = object(json!({
            "users": user.into_iter().collect::<Vec<_>>(),
            "dateAdded": local(self.added, zone),
            "dateUpdated": local(self.updated, zone),
        }));
        if let Some(description) = self.fields.get("description") {
            shown.insert("notes".to_owned(), description.clone());
        }
        shown
    }

    fn times(&self) -> [(&'static str, Timestamp); 4] {
        [
            ("startTime", self.start),
            ("endTime", self.end),
            ("dateAdded", self.added),
            ("dateUpdated", self.updated),
        ]
    }
}

/// ISO 8601 in whole seconds, with the offset that the zone has at that instant.
fn local(at: Timestamp, zone: &TimeZone) -> String {
    ZonedDateTime::new(at, zone.clone()).strftime("%Y-%m-%dT%H:%M:%S%:z").to_string()
}

fn object(value: Value) -> Fields {
    value.as_object().cloned().unwrap_or_default()
}
