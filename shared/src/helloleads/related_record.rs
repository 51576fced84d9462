//! HelloLeads' comments, to-dos and appointments as records, and records as the bodies of the calls that write them.

use jiff::tz::TimeZone;
use serde_json::{Value as Json, json};

use super::client::Body;
use super::error::Error;
use super::record::fingerprint;
use super::wire::Row;
use crate::model::fingerprint::{Fingerprint, FingerprintKey};
use crate::model::ids::RecordId;
use crate::model::record::{Change, Field, Record, Value};
use crate::model::side::Kind;
use crate::normalise::{email, moment, note, status, text};
use crate::store::last_seen::Seen;

/// How a to-do is named that stands for an appointment, where HelloLeads has no appointments.
pub const APPOINTMENT: &str = "Appointment: ";

/// The first line of a comment that says what another one would say now. It is never a note of its own.
pub const CHANGED: &str = "[changed in GHL]";

/// What reads a connection's rows.
#[derive(Clone, Copy)]
pub struct Reading<'a> {
    pub zone: &'a TimeZone,
}

impl Reading<'_> {
    /// The record with what the row says: what the row does not have stays as it was, what is blank is blank.
    pub fn merge_into(self, kind: Kind, record: Record, row: &Row) -> Record {
        match kind {
            Kind::Note => Self::merge_note(record, row),
            Kind::Task => self.merge_task(record, row),
            Kind::Appointment if row.has(&["dueDateTime"]) => self.merge_to_do(record, row),
            Kind::Appointment => self.merge_appointment(record, row),
            Kind::Contact => record,
        }
    }

    fn merge_note(mut record: Record, row: &Row) -> Record {
        let names = ["body", "text", "comment"];
        if row.has(&names) {
            let whole = row.text(&names).as_deref().and_then(note::normalise).unwrap_or_default();
            let (author, text) = note::split_author(&whole, "GHL");
            let writer =
                row.text(&["author", "user_name", "user_email"]).map(|name| note::plain_author(&name));
            record.put_text(Field::BODY, Some(text).filter(|text| !text.is_empty()));
            record.put_text(Field::AUTHOR, author.or(writer));
        }
        record
    }

    fn merge_task(self, mut record: Record, row: &Row) -> Record {
        merge_text(&mut record, row, Field::TITLE, &["title"], &text::normalise);
        merge_text(&mut record, row, Field::BODY, &["description"], &note::normalise);
        merge_text(&mut record, row, Field::DUE, &["due", "dueDateTime"], &|due| {
            moment::normalise(due, self.zone)
        });
        merge_text(&mut record, row, Field::ASSIGNEE, &["assignee", "assignedTo"], &email::normalise);
        if let Some(done) = is_done(row) {
            record.put(Field::COMPLETED, done.then_some(Value::Set));
        }
        record
    }

    fn merge_appointment(self, mut record: Record, row: &Row) -> Record {
        merge_text(&mut record, row, Field::TITLE, &["title"], &text::normalise);
        merge_text(&mut record, row, Field::BODY, &["notes", "description"], &note::normalise);
        merge_text(&mut record, row, Field::STATUS, &["status"], &status::normalise);
        merge_text(&mut record, row, Field::PLACE, &["place"], &text::normalise);
        merge_text(&mut record, row, Field::ASSIGNEE, &["assignee"], &email::normalise);
        if let Some(start) = row.text(&["start"]) {
            record.put_text(Field::TIME, moment::span(&start, row.text(&["end"]).as_deref(), self.zone));
        }
        record
    }

    /// A to-do that stands for an appointment shows its title, its start, and whether it is over; the rest is as it was.
    fn merge_to_do(self, mut record: Record, row: &Row) -> Record {
        let title = row.text(&["title"]).unwrap_or_default();
        let title = title.strip_prefix(APPOINTMENT.trim_end()).unwrap_or(&title);
        record.put_text(Field::TITLE, text::normalise(title));
        let start = row.text(&["dueDateTime"]).and_then(|start| moment::parse(&start, self.zone));
        let was = record.text(&Field::TIME).and_then(moment::split);
        if let Some(start) = start.filter(|start| was.is_none_or(|(before, _)| before != *start)) {
            let end = was.and_then(|(before, end)| Some(start + end?.duration_since(before)));
            let end = end.map(moment::to_text).unwrap_or_default();
            record.put_text(Field::TIME, Some(format!("{}/{end}", moment::to_text(start))));
        }
        let over = record.text(&Field::STATUS).is_some_and(is_over);
        match is_done(row) {
            Some(true) if !over => record.put_text(Field::STATUS, Some("attended".to_owned())),
            Some(false) if over => record.put_text(Field::STATUS, Some("scheduled".to_owned())),
            _ => {}
        }
        if row.has(&["assignedTo"]) {
            let assignee = row.text(&["assignedTo"]).and_then(|email| email::normalise(&email));
            record.put_text(Field::ASSIGNEE, assignee);
        }
        record
    }
}

/// Reads the field from the first of these names that the row fills in; a row that has none of them does not touch it.
fn merge_text(
    record: &mut Record,
    row: &Row,
    field: Field,
    names: &[&str],
    read: &dyn Fn(&str) -> Option<String>,
) {
    if row.has(names) {
        record.put_text(field, row.text(names).as_deref().and_then(read));
    }
}

/// Whether an appointment in this state lies behind.
fn is_over(status: &str) -> bool {
    matches!(status, "attended" | "missed" | "cancelled" | "invalid")
}

fn is_done(row: &Row) -> Option<bool> {
    match row.text(&["completed", "donePercent"])?.as_str() {
        "true" | "100" | "1" => Some(true),
        _ => Some(false),
    }
}

/// A change as the relay is told it: what is not named stays, `null` blanks.
pub fn to_relay(kind: Kind, after: &Record, change: &Change) -> Body {
    let mut body = Body::new();
    for (field, value) in change.iter() {
        let text = value.and_then(Value::as_text);
        match (kind, field.as_str()) {
            (Kind::Note, "body") => put(&mut body, "body", json!(note_text(after))),
            (Kind::Task, "body") => put(&mut body, "description", json!(text)),
            (Kind::Appointment, "body") => put(&mut body, "notes", json!(text)),
            (Kind::Task, "completed") => put(&mut body, "completed", json!(value.is_some())),
            (_, "time") => {
                let (start, end) = text.and_then(|span| span.split_once('/')).unwrap_or_default();
                put(&mut body, "start", json!(start));
                put(&mut body, "end", json!(Some(end).filter(|end| !end.is_empty())));
            }
            (_, name @ ("title" | "due" | "assignee" | "status" | "place")) => {
                put(&mut body, name, json!(text))
            }
            _ => {}
        }
    }
    body
}

/// A task or appointment as a to-do.
pub fn to_to_do(kind: Kind, after: &Record) -> Body {
    let mut body = Body::new();
    let title = after.text(&Field::TITLE).unwrap_or_default();
    let (title, due, done) = match kind {
        Kind::Appointment => {
            let start =
                after.text(&Field::TIME).and_then(|span| span.split_once('/')).map(|(start, _)| start);
            (format!("{APPOINTMENT}{title}"), start, after.text(&Field::STATUS).is_some_and(is_over))
        }
        _ => (title.to_owned(), after.text(&Field::DUE), after.get(&Field::COMPLETED).is_some()),
    };
    put(&mut body, "title", json!(title));
    put(&mut body, "description", json!(after.text(&Field::BODY)));
    put(&mut body, "dueDateTime", json!(due));
    put(&mut body, "assignedTo", json!(after.text(&Field::ASSIGNEE)));
    put(&mut body, "donePercent", json!(if done { 100 } else { 0 }));
    body
}

fn put(body: &mut Body, name: &str, value: Json) {
    body.insert(name.to_owned(), value);
}

/// A note's text as HelloLeads gets it: with its author's line.
pub fn note_text(record: &Record) -> String {
    note::with_author(record.text(&Field::BODY).unwrap_or_default(), record.text(&Field::AUTHOR), "GHL")
}

/// The keyed hash by which a record is found among those of its lead.
pub fn content_key(kind: Kind, lead: &RecordId, record: &Record, key: &FingerprintKey) -> Fingerprint {
    let start = record.text(&Field::TIME).and_then(|span| span.split_once('/')).map(|(start, _)| start);
    let content = match kind {
        Kind::Note => record.text(&Field::BODY),
        Kind::Appointment => start,
        Kind::Task | Kind::Contact => record.text(&Field::TITLE),
    };
    key.of([("under", lead.as_str()), (kind.as_str(), content.unwrap_or_default())])
}

/// The lead that a comment, to-do or appointment names by its id.
pub fn lead_of(id: &RecordId) -> Result<RecordId, Error> {
    id.contact().ok_or(Error::Decode { what: "lead id" })
}

/// A row as it is kept.
pub fn seen_of(kind: Kind, id: RecordId, record: Record, key: &FingerprintKey) -> Result<Seen, Error> {
    let found_by = vec![content_key(kind, &lead_of(&id)?, &record, key)];
    let fingerprint = fingerprint(&record, key);
    Ok(Seen::new(id, record, fingerprint, found_by))
}
