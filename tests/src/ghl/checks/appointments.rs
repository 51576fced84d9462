//! Appointments: their times, their slots, their webhooks.

use reqwest::Method;
use serde_json::{Value, json};

use super::kinds::{CALENDAR, USER, events, hooks, start};
use super::world::{HERE, World, complaints};

const PATH: &str = "/calendars/events/appointments";

/// Books with these fields besides the calendar, the location and the contact.
async fn book(world: &World, contact: &str, more: Value) -> (u16, Value) {
    let mut fields = json!({"calendarId": CALENDAR, "locationId": HERE, "contactId": contact});
    fields.as_object_mut().unwrap().extend(more.as_object().unwrap().clone());
    world.send(Method::POST, PATH, fields).await
}

async fn booked(world: &World, contact: &str, start: &str) -> String {
    let (status, body) = book(world, contact, json!({"startTime": start})).await;
    assert_eq!(status, 200, "{body}");
    body["id"].as_str().unwrap().to_owned()
}

#[tokio::test]
async fn an_appointment_is_created_read_edited_and_deleted() {
    let (world, contact) = start().await;
    let more = json!({
        "startTime": "2026-11-24T15:00:00Z", "title": "Visit", "description": "Bring papers", "address": "1 Main St",
        "assignedUserId": USER, "toNotify": false,
    });
    let (status, written) = book(&world, &contact, more).await;
    let id = written["id"].as_str().unwrap().to_owned();
    let expected = json!({
        "id": id, "calendarId": CALENDAR, "locationId": HERE, "contactId": contact, "title": "Visit",
        "address": "1 Main St", "assignedUserId": USER,
        "appointmentStatus": "confirmed", "startTime": "2026-11-24T10:00:00-05:00",
        "endTime": "2026-11-24T10:30:00-05:00",
    });
    assert_eq!((status, &written), (200, &expected));
    let own = format!("{PATH}/{id}");
    let mut event = expected;
    let beside = json!({
        "description": "Bring papers", "notes": "Bring papers", "users": [USER], "createdBy": {"source": "third_party"},
        "dateAdded": "2026-11-23T09:00:00-05:00", "dateUpdated": "2026-11-23T09:00:00-05:00",
    });
    event.as_object_mut().unwrap().extend(beside.as_object().unwrap().clone());
    assert_eq!(world.get(&own).await, (200, json!({"event": event})));
    world.advance(60_000);
    let more =
        json!({"startTime": "2026-11-24T18:00:00+01:00", "appointmentStatus": "showed", "toNotify": false});
    let (status, written) = world.send(Method::PUT, &own, more).await;
    assert_eq!((status, &written["dateUpdated"]), (200, &Value::Null));
    event["startTime"] = json!("2026-11-24T12:00:00-05:00");
    event["endTime"] = json!("2026-11-24T12:30:00-05:00");
    event["appointmentStatus"] = json!("showed");
    event["dateUpdated"] = json!("2026-11-23T09:01:00-05:00");
    assert_eq!(world.fake.appointments(HERE), [event]);
    let deleted = world.send(Method::DELETE, &format!("/calendars/events/{id}"), json!({})).await;
    assert_eq!(deleted, (201, json!({"succeeded": true})));
    for method in [Method::GET, Method::PUT] {
        assert_eq!(world.send(method, &own, json!({})).await.0, 404);
    }
    assert_eq!(world.send(Method::DELETE, &format!("/calendars/events/{id}"), json!({})).await.0, 404);
    assert_eq!(world.fake.reminders_sent(), 0);
}

#[tokio::test]
async fn times_have_the_offset_that_the_zone_has_then() {
    let (world, contact) = start().await;
    for (start, shown, listed) in [
        ("2026-10-31T14:00:00Z", "2026-10-31T10:00:00-04:00", "2026-10-31 10:00:00"),
        ("2026-11-02T14:00:00Z", "2026-11-02T09:00:00-05:00", "2026-11-02 09:00:00"),
        ("2027-03-15T18:30:00+05:30", "2027-03-15T09:00:00-04:00", "2027-03-15 09:00:00"),
    ] {
        let id = booked(&world, &contact, start).await;
        assert_eq!(world.get(&format!("{PATH}/{id}")).await.1["event"]["startTime"], shown);
        let (_, body) = world.get(&format!("/contacts/{contact}/appointments")).await;
        let last = body["events"].as_array().unwrap().last().unwrap();
        assert_eq!((&last["id"], &last["startTime"]), (&json!(id), &json!(listed)));
    }
}

#[tokio::test]
async fn a_slot_must_be_free_and_within_the_hours() {
    let (world, contact) = start().await;
    booked(&world, &contact, "2026-11-24T10:00:00-05:00").await;
    let refused = json!({"statusCode": 400, "message": "The slot you have selected is no longer available."});
    for start in ["T10:15:00-05:00", "T09:45:00-05:00", "T07:30:00-05:00", "T17:45:00-05:00", "T12:59:59Z"] {
        let start = format!("2026-11-24{start}");
        let answer = book(&world, &contact, json!({"startTime": start})).await;
        assert_eq!(answer, (400, refused.clone()), "{start}");
        let anyway = json!({"startTime": start, "ignoreFreeSlotValidation": true});
        let (status, body) = book(&world, &contact, anyway).await;
        assert_eq!(status, 200);
        world.fake.person_deletes_appointment(HERE, body["id"].as_str().unwrap());
    }
    booked(&world, &contact, "2026-11-24T10:30:00-05:00").await;
    world.fake.add_calendar(HERE, json!({"id": "calendar-two", "name": "Other"}));
    let elsewhere = json!({"startTime": "2026-11-24T10:00:00-05:00", "calendarId": "calendar-two"});
    assert_eq!(book(&world, &contact, elsewhere).await.0, 200);
}

#[tokio::test]
async fn an_appointment_must_be_as_the_schema_says() {
    let (world, contact) = start().await;
    let at = "2026-11-24T10:00:00-05:00";
    let status = book(&world, &contact, json!({"startTime": at, "appointmentStatus": "booked"})).await;
    assert!(complaints(&status)[0].starts_with("appointmentStatus must be one of: new, confirmed"));
    let missing = book(&world, &contact, json!({})).await;
    assert_eq!(complaints(&missing), ["startTime should not be empty"]);
    let local = book(&world, &contact, json!({"startTime": "2026-11-24T10:00:00"})).await;
    assert_eq!(complaints(&local), ["startTime must be a valid ISO 8601 date string"]);
    let backwards = json!({"startTime": at, "endTime": "2026-11-24T09:00:00-05:00"});
    assert_eq!(complaints(&book(&world, &contact, backwards).await), ["endTime must be after startTime"]);
    assert_eq!(book(&world, &contact, json!({"startTime": at, "calendarId": "nothing"})).await.0, 400);
    assert_eq!(book(&world, "nobody", json!({"startTime": at})).await.0, 400);
    assert_eq!(book(&world, &contact, json!({"startTime": at, "locationId": "another"})).await.0, 403);
    assert!(hooks(&world).is_empty());
    assert_eq!(world.fake.reminders_sent(), 0, "a refused write reminds nobody");
}

#[tokio::test]
async fn a_write_reminds_people_unless_it_says_otherwise() {
    let (world, contact) = start().await;
    let id = booked(&world, &contact, "2026-11-24T10:00:00-05:00").await;
    assert_eq!(world.fake.reminders_sent(), 1);
    for (more, sent) in [(json!({"toNotify": false}), 1), (json!({"toNotify": true}), 2), (json!({}), 3)] {
        world.send(Method::PUT, &format!("{PATH}/{id}"), more).await;
        assert_eq!(world.fake.reminders_sent(), sent);
    }
}

#[tokio::test]
async fn each_write_of_an_appointment_fires_its_webhook() {
    let (world, contact) = start().await;
    let more =
        json!({"startTime": "2026-11-24T10:00:00-05:00", "description": "Papers", "assignedUserId": USER});
    let id = book(&world, &contact, more).await.1["id"].as_str().unwrap().to_owned();
    let expected = json!({"type": "AppointmentCreate", "appointment": {
        "id": id, "title": "Bo Berg", "calendarId": CALENDAR, "contactId": contact, "notes": "Papers",
        "appointmentStatus": "confirmed", "assignedUserId": USER, "users": [USER], "source": "third_party",
        "startTime": "2026-11-24T10:00:00-05:00", "endTime": "2026-11-24T10:30:00-05:00",
        "dateAdded": "2026-11-23T09:00:00-05:00", "dateUpdated": "2026-11-23T09:00:00-05:00",
    }});
    assert_eq!(hooks(&world), [expected]);
    world.send(Method::PUT, &format!("{PATH}/{id}"), json!({"title": "Visit", "toNotify": false})).await;
    world.send(Method::DELETE, &format!("/calendars/events/{id}"), json!({})).await;
    assert_eq!(events(&world), ["AppointmentUpdate", "AppointmentDelete"]);
}

#[tokio::test]
async fn a_person_books_edits_and_deletes_any_slot() {
    let (world, contact) = start().await;
    let fields = json!({
        "calendarId": CALENDAR, "contactId": contact, "startTime": "2026-11-24T22:00:00-05:00",
        "isRecurring": true, "rrule": "RRULE:FREQ=DAILY;COUNT=5",
    });
    let id = world.fake.person_books_appointment(HERE, fields);
    world.fake.person_edits_appointment(HERE, &id, json!({"title": null, "appointmentStatus": "cancelled"}));
    let event = world.fake.appointments(HERE).remove(0);
    assert_eq!((&event["isRecurring"], &event["rrule"]), (&json!(true), &json!("RRULE:FREQ=DAILY;COUNT=5")));
    assert_eq!((event.get("title"), &event["appointmentStatus"]), (None, &json!("cancelled")));
    world.fake.person_deletes_appointment(HERE, &id);
    let found = hooks(&world);
    let types: Vec<_> = found.iter().map(|hook| hook["type"].clone()).collect();
    assert_eq!(types, ["AppointmentCreate", "AppointmentUpdate", "AppointmentDelete"]);
    assert_eq!(found[0]["appointment"]["isRecurring"], true);
    assert_eq!(world.fake.reminders_sent(), 0);
}
