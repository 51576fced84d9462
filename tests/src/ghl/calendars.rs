//! The lists of calendars and of their appointments.

use jiff::Timestamp;
use serde_json::{Value, json};

use super::appointment::Appointment;
use super::refusal::Refusal;
use super::state::State;
use super::wire::{Answer, Asked};
use super::{appointments, body, gate};

/// `GET /calendars/`.
pub(super) fn list(state: &mut State, asked: &Asked, own: &str, _: [&str; 2]) -> Result<Answer, Refusal> {
    gate::same_location(own, asked.required_query("locationId")?)?;
    let mut calendars = state.location(own)?.calendars.clone();
    calendars.iter_mut().for_each(|calendar| calendar["locationId"] = json!(own));
    Ok(Answer::json(200, json!({"calendars": calendars})))
}

/// `GET /calendars/events`: those that touch a span of time, of one calendar, one user or one group.
pub(super) fn events(state: &mut State, asked: &Asked, own: &str, _: [&str; 2]) -> Result<Answer, Refusal> {
    gate::same_location(own, asked.required_query("locationId")?)?;
    let (from, to) = (instant(asked, "startTime")?, instant(asked, "endTime")?);
    if ["userId", "calendarId", "groupId"].iter().all(|name| asked.query(name).is_none()) {
        return Err(Refusal::one_field("Either of userId, calendarId or groupId is required"));
    }
    let mut found: Vec<&Appointment> = appointments::visible(state, own)?
        .filter(|event| event.start < to && from < event.end && fits(state, asked, event))
        .collect();
    found.sort_by_key(|event| event.start);
    let zone = state.location(own)?.zone();
    let shown: Value = found.into_iter().map(|event| event.as_read(&zone)).collect();
    Ok(Answer::json(200, json!({"events": shown})))
}

/// `GET /contacts/:id/appointments`, oldest first.
pub(super) fn of_contact(
    state: &mut State,
    _: &Asked,
    own: &str,
    [contact, _]: [&str; 2],
) -> Result<Answer, Refusal> {
    state.contact(own, contact)?;
    let zone = state.location(own)?.zone();
    let events = appointments::visible(state, own)?.filter(|event| event.contact == contact);
    let shown: Value = events.map(|event| event.as_listed(&zone)).collect();
    Ok(Answer::json(200, json!({"events": shown})))
}

fn fits(state: &State, asked: &Asked, event: &Appointment) -> bool {
    let calendar = state.locations.get(&event.location).and_then(|here| here.calendar(&event.calendar));
    let group = calendar.and_then(|calendar| calendar["groupId"].as_str());
    let fits = |name: &str, value: Option<&str>| asked.query(name).is_none_or(|named| value == Some(named));
    fits("calendarId", Some(&event.calendar))
        && fits("userId", body::text(&event.fields, "assignedUserId"))
        && fits("groupId", group)
}

/// A query parameter that is an instant in milliseconds since the epoch.
pub(super) fn instant(asked: &Asked, name: &str) -> Result<Timestamp, Refusal> {
    let millis = asked.required_query(name)?.parse().ok();
    let instant = millis.and_then(|millis| Timestamp::from_millisecond(millis).ok());
    instant.ok_or_else(|| Refusal::one_field(format!("{name} must be a number of milliseconds")))
}
