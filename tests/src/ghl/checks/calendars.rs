//! The lists of calendars and of their appointments.

use serde_json::{Value, json};

use super::kinds::{CALENDAR, USER, start};
use super::world::{HERE, World, complaints};

#[tokio::test]
async fn a_locations_calendars_are_listed() {
    let (world, _) = start().await;
    let expected = json!({"calendars": [{"id": CALENDAR, "name": "Visits", "locationId": HERE}]});
    assert_eq!(world.get(&format!("/calendars/?locationId={HERE}")).await, (200, expected));
    assert_eq!(complaints(&world.get("/calendars/").await), ["locationId should not be empty"]);
}

/// The start times of the events that are found between these instants, in milliseconds since the epoch.
async fn starts(world: &World, filter: &str, from: &str, to: &str) -> Vec<Value> {
    let millis = |at: &str| at.parse::<jiff::Timestamp>().unwrap().as_millisecond();
    let span = format!("startTime={}&endTime={}", millis(from), millis(to));
    let (status, body) = world.get(&format!("/calendars/events?locationId={HERE}&{filter}&{span}")).await;
    assert_eq!(status, 200, "{body}");
    body["events"].as_array().unwrap().iter().map(|event| event["startTime"].clone()).collect()
}

#[tokio::test]
async fn events_are_listed_by_calendar_or_user_and_time() {
    let (world, contact) = start().await;
    for (start, user) in [("2026-11-25T15:00:00Z", USER), ("2026-11-24T15:00:00Z", "another")] {
        let fields =
            json!({"calendarId": CALENDAR, "contactId": contact, "startTime": start, "assignedUserId": user});
        world.fake.person_books_appointment(HERE, fields);
    }
    let (first, second) = ("2026-11-24T10:00:00-05:00", "2026-11-25T10:00:00-05:00");
    let (from, to) = ("2026-11-24T00:00:00Z", "2026-11-26T00:00:00Z");
    let by_calendar = format!("calendarId={CALENDAR}");
    assert_eq!(starts(&world, &by_calendar, from, to).await, [first, second]);
    assert_eq!(starts(&world, &by_calendar, from, "2026-11-25T15:00:00Z").await, [first]);
    assert_eq!(starts(&world, &by_calendar, "2026-11-24T15:30:00Z", to).await, [second]);
    assert_eq!(starts(&world, &format!("userId={USER}"), from, to).await, [second]);
    assert!(starts(&world, "calendarId=nothing", from, to).await.is_empty());
}

#[tokio::test]
async fn events_are_not_listed_without_a_calendar_user_or_group() {
    let (world, _) = start().await;
    let path = format!("/calendars/events?locationId={HERE}&startTime=0&endTime=1");
    let refused = world.get(&path).await;
    assert_eq!(complaints(&refused), ["Either of userId, calendarId or groupId is required"]);
    let timeless =
        world.get(&format!("/calendars/events?locationId={HERE}&calendarId=x&startTime=now")).await;
    assert_eq!(complaints(&timeless), ["startTime must be a number of milliseconds"]);
}
