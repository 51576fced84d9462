//! GHL's appointments of one connection.

use async_trait::async_trait;
use jiff::tz::TimeZone;
use serde_json::{Map, Value as Json, json};

use super::appointments::Appointment;
use super::client::{Answer, GhlClient};
use super::error::Error;
use super::wire::contact_of;
use crate::lane::edge::chain;
use crate::model::fingerprint::{Fingerprint, FingerprintKey};
use crate::model::ids::RecordId;
use crate::model::record::{Change, Field, Observed, Record, Value};
use crate::model::side::Side;
use crate::normalise::{moment, note, status, text};
use crate::store::people::People;
use crate::sync::port::{Can, Created, Port, PortError, Updated};

pub struct GhlAppointments {
    pub client: GhlClient,
    pub key: FingerprintKey,
    pub people: People,
    /// Where HelloLeads' appointments go.
    pub calendar: Option<String>,
    can: Can,
}

impl GhlAppointments {
    pub fn new(client: GhlClient, key: FingerprintKey, people: People, calendar: Option<String>) -> Self {
        Self { client, key, people, calendar, can: Can::everything() }
    }

    fn to_record(&self, event: &Appointment) -> Record {
        let plain = |part: &Option<String>| part.as_deref().and_then(text::normalise);
        let start = event.start_time.as_deref().unwrap_or_default();
        let body = event.notes.as_deref().or(event.description.as_deref()).and_then(note::normalise);
        let assignee = event.assigned_user_id.as_deref().and_then(|id| self.people.email_of(id));
        let mut record = Record::default();
        record.put_text(Field::TITLE, plain(&event.title));
        record.put_text(Field::TIME, moment::span(start, event.end_time.as_deref(), &TimeZone::UTC));
        record.put_text(Field::STATUS, event.appointment_status.as_deref().and_then(status::normalise));
        record.put_text(Field::ASSIGNEE, assignee);
        record.put_text(Field::PLACE, plain(&event.address));
        record.put_text(Field::BODY, body);
        record
    }

    fn observed(&self, contact: &RecordId, event: &Appointment) -> Result<Observed, Error> {
        let record = self.to_record(event);
        Ok(Observed {
            id: RecordId::within(contact, &event.id)
                .map_err(|_| Error::Decode { path: "event.id".into() })?,
            fingerprint: fingerprint(event, &self.key),
            record,
            modified: event.date_updated,
            heard: None,
            reference: None,
        })
    }

    /// The appointment as stored: a write is answered without its description and the time of its change.
    async fn stored(&self, contact: &RecordId, answered: Appointment) -> Result<Observed, Error> {
        let stored = self.client.appointment(&answered.id).await?;
        self.observed(contact, &stored.unwrap_or(answered))
    }

    /// A new appointment as stored. One that cannot be read yet is taken as it was asked for: its id must not be lost.
    async fn made(
        &self,
        contact: &RecordId,
        answered: Appointment,
        asked: &Record,
    ) -> Result<Observed, Error> {
        let stored = self.client.appointment(&answered.id).await.unwrap_or_else(|error| {
            tracing::warn!(id = answered.id, error = chain(&error), "a new appointment cannot be read");
            let description = asked.text(&Field::BODY).map(str::to_owned);
            Some(Appointment { description, ..answered.clone() })
        });
        self.observed(contact, &stored.unwrap_or(answered))
    }

    /// No automation runs for what the sync writes, or people would be reminded twice; and no slot is asked for, since
    /// the appointment exists already.
    fn to_fields(&self, change: &Change) -> Map<String, Json> {
        let mut body = Map::new();
        body.insert("toNotify".into(), json!(false));
        body.insert("ignoreFreeSlotValidation".into(), json!(true));
        for (field, value) in change.iter() {
            let text = value.and_then(Value::as_text);
            match field.as_str() {
                "title" => put(&mut body, "title", json!(text.unwrap_or_default())),
                "body" => put(&mut body, "description", json!(text.unwrap_or_default())),
                "place" => put(&mut body, "address", json!(text.unwrap_or_default())),
                "time" => put_time(&mut body, text),
                "status" => {
                    if let Some(word) = text.and_then(status::to_ghl) {
                        put(&mut body, "appointmentStatus", json!(word));
                    }
                }
                "assignee" => {
                    if let Some(id) = text.and_then(|email| self.people.ghl_id(email)) {
                        put(&mut body, "assignedUserId", json!(id));
                    }
                }
                _ => {}
            }
        }
        body
    }
}

fn put(body: &mut Map<String, Json>, name: &str, value: Json) {
    body.insert(name.to_owned(), value);
}

/// GHL wants an offset, and reads any. Where no end is known it makes one of the calendar's own length.
fn put_time(body: &mut Map<String, Json>, span: Option<&str>) {
    let Some((start, end)) = span.and_then(moment::split) else { return };
    let offset = |instant: jiff::Timestamp| json!(instant.strftime("%Y-%m-%dT%H:%M:%S+00:00").to_string());
    put(body, "startTime", offset(start));
    if let Some(end) = end {
        put(body, "endTime", offset(end));
    }
}

/// The change with an end to its time: an appointment that is moved by its start alone lasts as long as it did.
fn with_length(before: &Record, change: &Change) -> Change {
    let mut whole = change.clone();
    let was = before.text(&Field::TIME).and_then(moment::split);
    let moved = change.get(&Field::TIME).flatten().and_then(Value::as_text).and_then(moment::split);
    if let (Some((from, Some(until))), Some((start, None))) = (was, moved) {
        let end = start + until.duration_since(from);
        let span = format!("{}/{}", moment::to_text(start), moment::to_text(end));
        whole.set(Field::TIME, Some(Value::Text(span)));
    }
    whole
}

/// Of all that an appointment holds.
pub fn fingerprint(event: &Appointment, key: &FingerprintKey) -> Fingerprint {
    let start = event.start_time.as_deref().unwrap_or_default();
    let parts = [
        ("title", event.title.clone()),
        ("time", moment::span(start, event.end_time.as_deref(), &TimeZone::UTC)),
        ("status", event.appointment_status.as_deref().and_then(status::normalise)),
        ("assigned", event.assigned_user_id.clone()),
        ("place", event.address.clone()),
        ("notes", event.notes.clone().or(event.description.clone())),
    ];
    let known =
        parts.into_iter().filter_map(|(name, value)| Some((name, value.filter(|text| !text.is_empty())?)));
    let known: Vec<(&str, String)> = known.collect();
    key.of(known.iter().map(|(name, value)| (*name, value.as_str())))
}

#[async_trait]
impl Port for GhlAppointments {
    fn side(&self) -> Side {
        Side::Ghl
    }

    fn can(&self) -> &Can {
        &self.can
    }

    /// # Errors
    /// [`Error::Recurring`]: a series is left alone, since one write to a part of it would tear it apart.
    async fn observe(&self, id: &RecordId) -> Result<Option<Observed>, PortError> {
        let contact = contact_of(id)?;
        match self.client.appointment(id.own()).await? {
            Some(event) if event.is_of_a_series() => Err(Error::Recurring.into()),
            Some(event) => Ok(Some(self.observed(&contact, &event)?)),
            None => Ok(None),
        }
    }

    /// The list by contact has no zone to its times: each of its appointments is read by itself.
    async fn find(&self, record: &Record, under: Option<&RecordId>) -> Result<Vec<Observed>, PortError> {
        let Some(contact) = under else { return Ok(Vec::new()) };
        let start =
            |record: &Record| record.text(&Field::TIME).and_then(moment::split).map(|(start, _)| start);
        let mut same = Vec::new();
        for listed in self.client.appointments_of(contact).await? {
            let Some(event) = self.client.appointment(&listed.id).await? else { continue };
            let there = self.to_record(&event);
            if !event.is_of_a_series()
                && start(&there) == start(record)
                && there.get(&Field::TITLE) == record.get(&Field::TITLE)
            {
                same.push(self.observed(contact, &event)?);
            }
        }
        Ok(same)
    }

    async fn create(
        &self,
        record: &Record,
        _reference: &RecordId,
        under: Option<&RecordId>,
    ) -> Result<Created, PortError> {
        let contact = under.ok_or_else(|| Error::Decode { path: "contactId".to_owned() })?;
        let calendar = self.calendar.as_ref().ok_or(Error::NoCalendar)?;
        let mut body = self.to_fields(&Change::from(record));
        put(&mut body, "calendarId", json!(calendar));
        put(&mut body, "locationId", json!(self.client.location()));
        put(&mut body, "contactId", json!(contact));
        match self.client.create_appointment(Json::Object(body)).await? {
            Answer::Done(event) => Ok(Created::Made(self.made(contact, event, record).await?)),
            Answer::Missing | Answer::Duplicate { .. } => {
                Err(Error::Decode { path: "event".to_owned() }.into())
            }
        }
    }

    async fn update(&self, before: &Observed, change: &Change) -> Result<Updated, PortError> {
        let contact = contact_of(&before.id)?;
        let body = Json::Object(self.to_fields(&with_length(&before.record, change)));
        Ok(match self.client.update_appointment(before.id.own(), body).await? {
            Answer::Done(event) => Updated::Stored(self.stored(&contact, event).await?),
            Answer::Missing | Answer::Duplicate { .. } => Updated::Gone,
        })
    }

    async fn delete(&self, id: &RecordId) -> Result<(), PortError> {
        self.client.delete_appointment(id.own()).await?;
        Ok(())
    }
}
