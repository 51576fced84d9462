//! `/calendars` and `/contacts/:id/appointments`. Calendars are published under API version `2021-04-15`.

use http::Method;
use jiff::Timestamp;
use serde::{Deserialize, Deserializer};
use serde_json::{Value as Json, json};

use super::client::{Answer, Call, GhlClient};
use super::error::Error;
use crate::model::ids::RecordId;

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

/// A calendar of the location.
#[derive(Clone, Debug, Deserialize)]
pub struct Calendar {
    pub id: String,
    #[serde(default)]
    pub name: String,
}

#[derive(Deserialize)]
struct Calendars {
    #[serde(default)]
    calendars: Vec<Calendar>,
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
    /// `GET /contacts/:id/appointments`, scope `contacts.readonly`. Its times have no zone: only the ids are of use.
    pub async fn appointments_of(&self, contact: &RecordId) -> Result<Vec<Appointment>, Error> {
        let call = Call::get(format!("/contacts/{contact}/appointments"));
        Ok(self.ask::<Events>(&call).await?.done().map_or_else(Vec::new, |answer| answer.events))
    }

    /// `GET /calendars/events/appointments/:eventId`, scope `calendars/events.readonly`.
    pub async fn appointment(&self, id: &str) -> Result<Option<Appointment>, Error> {
        let call = Call::get(format!("/calendars/events/appointments/{id}"));
        let found = self.ask::<OneEvent>(&call).await?.done().map(OneEvent::event);
        Ok(found.filter(|event| !event.deleted))
    }

    /// `POST /calendars/events/appointments`, scope `calendars/events.write`.
    pub async fn create_appointment(&self, body: Json) -> Result<Answer<Appointment>, Error> {
        let call = Call::new(Method::POST, "/calendars/events/appointments").body(body);
        Ok(self.ask::<OneEvent>(&call).await?.map(OneEvent::event))
    }

    /// `PUT /calendars/events/appointments/:eventId`, scope `calendars/events.write`. A cancellation is a status.
    pub async fn update_appointment(&self, id: &str, body: Json) -> Result<Answer<Appointment>, Error> {
        let call = Call::new(Method::PUT, format!("/calendars/events/appointments/{id}")).body(body);
        Ok(self.ask::<OneEvent>(&call).await?.map(OneEvent::event))
    }

    /// `DELETE /calendars/events/:eventId`, a DELETE with a body, scope `calendars/events.write`.
    pub async fn delete_appointment(&self, id: &str) -> Result<bool, Error> {
        let call = Call::new(Method::DELETE, format!("/calendars/events/{id}")).body(json!({}));
        Ok(self.ask::<Succeeded>(&call).await?.done().is_some())
    }

    /// `GET /calendars/events`: a calendar's appointments that begin within the window. Scope
    /// `calendars/events.readonly`.
    pub async fn events(
        &self,
        calendar: &str,
        from: Timestamp,
        to: Timestamp,
    ) -> Result<Vec<Appointment>, Error> {
        let call = Call::get("/calendars/events")
            .query("locationId", self.location().as_str())
            .query("calendarId", calendar)
            .query("startTime", from.as_millisecond().to_string())
            .query("endTime", to.as_millisecond().to_string());
        let answer: Events = self.send(&call).await?;
        Ok(answer.events.into_iter().filter(|event| !event.deleted).collect())
    }

    /// `GET /calendars/`, scope `calendars.readonly`.
    pub async fn calendars(&self) -> Result<Vec<Calendar>, Error> {
        let call = Call::get("/calendars/").query("locationId", self.location().as_str());
        let answer: Calendars = self.send(&call).await?;
        Ok(answer.calendars)
    }
}
