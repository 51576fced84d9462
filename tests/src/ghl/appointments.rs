//! The calls on one appointment: create, read, update, delete.

use jiff::SignedDuration;
use jiff::civil::time;
use serde_json::{Value, json};

use super::appointment::Appointment;
use super::body::{self, Fields, Takes};
use super::gate;
use super::ids::Kind;
use super::refusal::Refusal;
use super::state::State;
use super::wire::{Answer, Asked};

const STATUSES: &[&str] = &["new", "confirmed", "cancelled", "showed", "noshow", "invalid"];
const MEETING_PLACES: &[&str] = &["custom", "zoom", "gmeet", "phone", "address", "ms_teams", "google"];
/// What create and update take; a create takes [`CREATE_ONLY`] too.
const SCHEMA: [(&str, Takes); 15] = [
    ("title", Takes::Text),
    ("meetingLocationType", Takes::OneOf(MEETING_PLACES)),
    ("meetingLocationId", Takes::Text),
    ("overrideLocationConfig", Takes::Bool),
    ("appointmentStatus", Takes::OneOf(STATUSES)),
    ("assignedUserId", Takes::Text),
    ("description", Takes::Text),
    ("address", Takes::Text),
    ("ignoreDateRange", Takes::Bool),
    ("toNotify", Takes::Bool),
    ("ignoreFreeSlotValidation", Takes::Bool),
    ("rrule", Takes::Text),
    ("calendarId", Takes::SomeText),
    ("startTime", Takes::Instant),
    ("endTime", Takes::Instant),
];
const CREATE_ONLY: [(&str, Takes); 2] = [("locationId", Takes::SomeText), ("contactId", Takes::SomeText)];
const REQUIRED: [&str; 4] = ["calendarId", "locationId", "contactId", "startTime"];
/// What people's appointments have beyond the API's.
const PERSON_ONLY: [(&str, Takes); 4] = [
    ("contactId", Takes::SomeText),
    ("isRecurring", Takes::Bool),
    ("masterEventId", Takes::Text),
    ("source", Takes::Text),
];
/// What a body says that is not a field, or is kept in a place of its own.
const NOT_KEPT: [&str; 11] = [
    "toNotify",
    "ignoreDateRange",
    "ignoreFreeSlotValidation",
    "overrideLocationConfig",
    "locationId",
    "calendarId",
    "contactId",
    "appointmentStatus",
    "startTime",
    "endTime",
    "source",
];
const DURATION: SignedDuration = SignedDuration::from_mins(30);

pub(super) fn create(state: &mut State, asked: &Asked, own: &str, _: [&str; 2]) -> Result<Answer, Refusal> {
    let sent = asked.object()?;
    body::check(&sent, &[&SCHEMA[..], &CREATE_ONLY[..]].concat(), &REQUIRED)?;
    gate::same_location(own, body::text(&sent, "locationId").unwrap_or_default())?;
    check_series(&sent)?;
    let drafted = drafted(state, own, &sent, "third_party")?;
    if sent.get("ignoreFreeSlotValidation") != Some(&json!(true)) {
        check_slot(state, &drafted)?;
    }
    count_reminder(state, &sent);
    let made = put(state, drafted, "AppointmentCreate")?;
    written(state, &made)
}

pub(super) fn read(state: &mut State, _: &Asked, own: &str, [id, _]: [&str; 2]) -> Result<Answer, Refusal> {
    let zone = state.location(own)?.zone();
    Ok(Answer::json(200, json!({"event": found(state, own, id)?.as_read(&zone)})))
}

pub(super) fn update(
    state: &mut State,
    asked: &Asked,
    own: &str,
    [id, _]: [&str; 2],
) -> Result<Answer, Refusal> {
    let sent = asked.object()?;
    body::check(&sent, &SCHEMA, &[])?;
    check_series(&sent)?;
    let changed = redrafted(state, own, id, &sent)?;
    count_reminder(state, &sent);
    let changed = put(state, changed, "AppointmentUpdate")?;
    written(state, &changed)
}

pub(super) fn delete(state: &mut State, _: &Asked, own: &str, [id, _]: [&str; 2]) -> Result<Answer, Refusal> {
    removed(state, own, id)?;
    Ok(Answer::json(201, json!({"succeeded": true})))
}

/// Checks what a person enters in the screens.
pub(super) fn check_entered(fields: &Fields) -> Result<(), Refusal> {
    body::check_entered(fields, &[&SCHEMA[..], &PERSON_ONLY[..]].concat())
}

/// Makes an appointment of checked fields, which is not kept yet.
pub(super) fn drafted(
    state: &mut State,
    location: &str,
    sent: &Fields,
    source: &str,
) -> Result<Appointment, Refusal> {
    let contact = state.contact(location, body::text(sent, "contactId").unwrap_or_default())?;
    let start = body::instant(sent, "startTime").ok_or_else(|| Refusal::one_field("startTime is missing"))?;
    let mut drafted = Appointment {
        id: String::new(),
        location: location.to_owned(),
        calendar: String::new(),
        contact: contact.id.clone(),
        status: "confirmed".to_owned(),
        start,
        end: start + DURATION,
        fields: Fields::from_iter(contact.name().map(|name| ("title".to_owned(), json!(name)))),
        source: body::text(sent, "source").unwrap_or(source).to_owned(),
        added: state.now(),
        updated: state.now(),
    };
    apply(state, &mut drafted, sent)?;
    drafted.id = state.ids.next(Kind::Appointment);
    Ok(drafted)
}

/// An appointment with checked fields written into it, which is not kept yet.
pub(super) fn redrafted(
    state: &State,
    location: &str,
    id: &str,
    sent: &Fields,
) -> Result<Appointment, Refusal> {
    let before = found(state, location, id)?;
    let mut changed = before.clone();
    if sent.contains_key("startTime") && !sent.contains_key("endTime") {
        let start = body::instant(sent, "startTime").unwrap_or(before.start);
        changed.end = start + before.start.duration_until(before.end);
    }
    if let Some(contact) = body::text(sent, "contactId") {
        changed.contact = state.contact(location, contact)?.id.clone();
    }
    apply(state, &mut changed, sent)?;
    changed.updated = state.now();
    Ok(changed)
}

/// Keeps an appointment and fires its webhook.
pub(super) fn put(state: &mut State, kept: Appointment, event: &str) -> Result<Appointment, Refusal> {
    let location = state.location_mut(&kept.location)?;
    match location.appointments.iter_mut().find(|known| known.id == kept.id) {
        Some(known) => *known = kept.clone(),
        None => location.appointments.push(kept.clone()),
    }
    fire(state, &kept, event)?;
    Ok(kept)
}

/// Removes an appointment and fires its webhook.
pub(super) fn removed(state: &mut State, location: &str, id: &str) -> Result<(), Refusal> {
    let removed = found(state, location, id)?.clone();
    state.location_mut(location)?.appointments.retain(|known| known.id != id);
    fire(state, &removed, "AppointmentDelete")
}

/// The appointments of a location whose contacts are not deleted, oldest first.
pub(super) fn visible<'a>(
    state: &'a State,
    location: &str,
) -> Result<impl Iterator<Item = &'a Appointment>, Refusal> {
    let location = state.location(location)?;
    let alive = |id: &str| location.contact(id).is_some_and(|contact| !contact.deleted);
    Ok(location.appointments.iter().filter(move |known| alive(&known.contact)))
}

pub(super) fn found<'a>(state: &'a State, location: &str, id: &str) -> Result<&'a Appointment, Refusal> {
    let found = visible(state, location)?.find(|known| known.id == id);
    found.ok_or_else(|| Refusal::missing("Appointment", id))
}

fn fire(state: &mut State, appointment: &Appointment, event: &str) -> Result<(), Refusal> {
    let nested = appointment.as_hook(&state.location(&appointment.location)?.zone());
    let hook = [("type".to_owned(), json!(event)), ("appointment".to_owned(), nested)];
    state.fire(&appointment.location, Fields::from_iter(hook));
    Ok(())
}

fn written(state: &State, appointment: &Appointment) -> Result<Answer, Refusal> {
    let zone = state.location(&appointment.location)?.zone();
    Ok(Answer::json(200, appointment.as_written(&zone)))
}

/// Writes checked fields into an appointment. On a refusal it is half written and must be thrown away.
fn apply(state: &State, kept: &mut Appointment, sent: &Fields) -> Result<(), Refusal> {
    if let Some(calendar) = body::text(sent, "calendarId") {
        kept.calendar = calendar.to_owned();
    }
    if state.location(&kept.location)?.calendar(&kept.calendar).is_none() {
        return Err(Refusal::BadRequest(format!("Calendar with id {} not found", kept.calendar)));
    }
    if let Some(status) = body::text(sent, "appointmentStatus") {
        kept.status = status.to_owned();
    }
    kept.start = body::instant(sent, "startTime").unwrap_or(kept.start);
    kept.end = body::instant(sent, "endTime").unwrap_or(kept.end);
    let mut fields = sent.clone();
    fields.retain(|name, _| !NOT_KEPT.contains(&name.as_str()));
    if fields.get("rrule").is_some_and(Value::is_string) {
        fields.insert("isRecurring".to_owned(), json!(true));
    }
    body::write(&mut kept.fields, fields);
    if kept.start < kept.end { Ok(()) } else { Err(Refusal::one_field("endTime must be after startTime")) }
}

fn check_series(sent: &Fields) -> Result<(), Refusal> {
    let unchecked = sent.get("ignoreFreeSlotValidation") == Some(&json!(true));
    if sent.contains_key("rrule") && !unchecked {
        return Err(Refusal::one_field("rrule needs ignoreFreeSlotValidation"));
    }
    Ok(())
}

/// Calendars are open from 8 to 18 o'clock, local time, and take one appointment at a time.
fn check_slot(state: &State, wanted: &Appointment) -> Result<(), Refusal> {
    let zone = state.location(&wanted.location)?.zone();
    let (start, end) = (zone.to_datetime(wanted.start), zone.to_datetime(wanted.end));
    let open =
        start.date() == end.date() && start.time() >= time(8, 0, 0, 0) && end.time() <= time(18, 0, 0, 0);
    let taken = visible(state, &wanted.location)?.any(|known| {
        let stands = known.calendar == wanted.calendar && known.status != "cancelled";
        stands && known.start < wanted.end && wanted.start < known.end
    });
    if open && !taken {
        return Ok(());
    }
    let message = "The slot you have selected is no longer available.";
    Err(Refusal::BadRequest(message.to_owned()))
}

fn count_reminder(state: &mut State, sent: &Fields) {
    if sent.get("toNotify") != Some(&json!(false)) {
        state.reminders_sent += 1;
    }
}
