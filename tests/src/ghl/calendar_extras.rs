//! What calendars have besides appointments: blocked slots, free ones, and notes of appointments.

use jiff::civil::time;
use jiff::{SignedDuration, Timestamp};
use serde_json::{Value, json};

use super::appointments;
use super::body::{self, Takes};
use super::calendars::instant;
use super::gate;
use super::ids::Kind;
use super::refusal::Refusal;
use super::shelves::CALENDARS;
use super::state::State;
use super::wire::{Answer, Asked};

const SLOT: SignedDuration = SignedDuration::from_mins(30);
const SPAN_MAX: SignedDuration = SignedDuration::from_hours(31 * 24);

const BLOCKED: &body::Schema = &[
    ("title", Takes::Text),
    ("calendarId", Takes::SomeText),
    ("assignedUserId", Takes::Text),
    ("locationId", Takes::SomeText),
    ("startTime", Takes::Instant),
    ("endTime", Takes::Instant),
];

/// `GET /calendars/blocked-slots`.
pub(super) fn blocked(state: &mut State, asked: &Asked, own: &str, _: [&str; 2]) -> Result<Answer, Refusal> {
    gate::same_location(own, asked.required_query("locationId")?)?;
    let (from, to) = (instant(asked, "startTime")?, instant(asked, "endTime")?);
    if ["userId", "calendarId", "groupId"].iter().all(|name| asked.query(name).is_none()) {
        return Err(Refusal::one_field("Either of userId, calendarId or groupId is required"));
    }
    let fits = |name: &str, value: &Value| asked.query(name).is_none_or(|named| value == named);
    let found: Vec<&Value> = state
        .location(own)?
        .blocked
        .iter()
        .filter(|slot| {
            let (start, end) = span(slot);
            start < to
                && from < end
                && fits("calendarId", &slot["calendarId"])
                && fits("userId", &slot["assignedUserId"])
        })
        .collect();
    Ok(Answer::json(200, json!({ "events": found })))
}

fn span(slot: &Value) -> (Timestamp, Timestamp) {
    let at =
        |name: &str| slot[name].as_str().and_then(|text| text.parse().ok()).unwrap_or(Timestamp::UNIX_EPOCH);
    (at("startTime"), at("endTime"))
}

pub(super) fn block(state: &mut State, asked: &Asked, own: &str, _: [&str; 2]) -> Result<Answer, Refusal> {
    let mut fields = checked(state, asked, own)?;
    for name in ["startTime", "endTime"] {
        if !fields.contains_key(name) {
            return Err(Refusal::one_field(format!("{name} should not be empty")));
        }
    }
    fields.insert("id".to_owned(), json!(state.ids.next(Kind::Appointment)));
    let made = Value::Object(fields);
    state.location_mut(own)?.blocked.push(made.clone());
    Ok(Answer::json(201, made))
}

pub(super) fn change_block(
    state: &mut State,
    asked: &Asked,
    own: &str,
    [id, _]: [&str; 2],
) -> Result<Answer, Refusal> {
    let sent = checked(state, asked, own)?;
    let slots = &mut state.location_mut(own)?.blocked;
    let known =
        slots.iter_mut().find(|slot| slot["id"] == id).ok_or_else(|| Refusal::missing("Event", id))?;
    let mut fields = known.as_object().cloned().unwrap_or_default();
    body::write(&mut fields, sent);
    *known = Value::Object(fields);
    Ok(Answer::json(201, known.clone()))
}

fn checked(state: &mut State, asked: &Asked, own: &str) -> Result<body::Fields, Refusal> {
    let sent = asked.object()?;
    body::check(&sent, BLOCKED, &["calendarId", "locationId"])?;
    gate::same_location(own, body::text(&sent, "locationId").unwrap_or_default())?;
    CALENDARS.found(state, own, body::text(&sent, "calendarId").unwrap_or_default())?;
    Ok(sent)
}

/// `DELETE /calendars/events/:id` takes blocked slots as well as appointments.
pub(super) fn delete_event(
    state: &mut State,
    asked: &Asked,
    own: &str,
    ids: [&str; 2],
) -> Result<Answer, Refusal> {
    let slots = &mut state.location_mut(own)?.blocked;
    if slots.iter().any(|slot| slot["id"] == ids[0]) {
        slots.retain(|slot| slot["id"] != ids[0]);
        return Ok(Answer::json(201, json!({ "succeeded": true })));
    }
    appointments::delete(state, asked, own, ids)
}

/// `GET /calendars/:id/free-slots`: the half hours between 8 and 18 o'clock in which nothing stands, by date.
pub(super) fn free(
    state: &mut State,
    asked: &Asked,
    own: &str,
    [id, _]: [&str; 2],
) -> Result<Answer, Refusal> {
    CALENDARS.found(state, own, id)?;
    let (from, to) = (instant(asked, "startDate")?, instant(asked, "endDate")?);
    if to.duration_since(from) > SPAN_MAX {
        return Err(Refusal::BadRequest("The date range cannot be more than 31 days".to_owned()));
    }
    let here = state.location(own)?;
    let mut taken: Vec<(Timestamp, Timestamp)> =
        here.blocked.iter().filter(|slot| slot["calendarId"] == id).map(span).collect();
    let booked = appointments::visible(state, own)?.filter(|known| known.calendar == id);
    taken.extend(booked.map(|known| (known.start, known.end)));
    let zone = here.zone();
    let mut days = json!({});
    let mut at = from;
    while at < to {
        let (local, end) = (zone.to_datetime(at), at + SLOT);
        let open = local.time() >= time(8, 0, 0, 0) && local.time() < time(18, 0, 0, 0);
        if open && taken.iter().all(|(start, over)| end <= *start || *over <= at) {
            let day = local.date().to_string();
            let shown =
                jiff::ZonedDateTime::new(at, zone.clone()).strftime("%Y-%m-%dT%H:%M:%S%:z").to_string();
            if days.get(&day).is_none() {
                days[&day] = json!({ "slots": [] });
            }
            days[&day]["slots"].as_array_mut().expect("it was made above").push(json!(shown));
        }
        at += SLOT;
    }
    Ok(Answer::json(200, days))
}

const NOTE: &body::Schema = &[("body", Takes::SomeText), ("userId", Takes::Text)];

/// `GET /calendars/appointments/:id/notes`.
pub(super) fn notes(
    state: &mut State,
    asked: &Asked,
    own: &str,
    [id, _]: [&str; 2],
) -> Result<Answer, Refusal> {
    appointments::found(state, own, id)?;
    asked.required_query("limit")?;
    asked.required_query("offset")?;
    let (limit, offset) = (asked.number_query("limit", 20)?, asked.number_query("offset", 0)?);
    let all: Vec<&Value> =
        state.location(own)?.appointment_notes.iter().filter(|note| note["appointmentId"] == id).collect();
    let shown: Vec<&&Value> = all.iter().skip(offset).take(limit).collect();
    Ok(Answer::json(200, json!({ "notes": shown, "hasMore": all.len() > offset + limit })))
}

pub(super) fn add_note(
    state: &mut State,
    asked: &Asked,
    own: &str,
    [id, _]: [&str; 2],
) -> Result<Answer, Refusal> {
    let mut fields = asked.object()?;
    body::check(&fields, NOTE, &["body"])?;
    let contact = appointments::found(state, own, id)?.contact.clone();
    fields.insert("id".to_owned(), json!(state.ids.next(Kind::Note)));
    fields.insert("appointmentId".to_owned(), json!(id));
    fields.insert("contactId".to_owned(), json!(contact));
    let note = Value::Object(fields);
    state.location_mut(own)?.appointment_notes.push(note.clone());
    Ok(Answer::json(201, json!({ "note": note })))
}

pub(super) fn change_note(
    state: &mut State,
    asked: &Asked,
    own: &str,
    [id, note]: [&str; 2],
) -> Result<Answer, Refusal> {
    let sent = asked.object()?;
    body::check(&sent, NOTE, &["body"])?;
    let notes = &mut state.location_mut(own)?.appointment_notes;
    let known = notes.iter_mut().find(|known| known["id"] == note && known["appointmentId"] == id);
    let known = known.ok_or_else(|| Refusal::missing("Note", note))?;
    known["body"] = sent["body"].clone();
    Ok(Answer::json(200, json!({ "note": known.clone() })))
}

pub(super) fn delete_note(
    state: &mut State,
    _: &Asked,
    own: &str,
    [id, note]: [&str; 2],
) -> Result<Answer, Refusal> {
    let notes = &mut state.location_mut(own)?.appointment_notes;
    let before = notes.len();
    notes.retain(|known| known["id"] != note || known["appointmentId"] != id);
    if notes.len() == before {
        Err(Refusal::missing("Note", note))
    } else {
        Ok(Answer::json(200, json!({ "success": true })))
    }
}
