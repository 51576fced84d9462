//! What the checks on notes, tasks and appointments share, and what is alike for all three.

use reqwest::Method;
use serde_json::{Value, json};

use super::tokens;
use super::world::{HERE, THERE, World, answer};
use crate::ghl::Choice;

pub(super) const USER: &str = "user-ann";
pub(super) const CALENDAR: &str = "calendar-one";

/// A world with a user, a calendar and a contact, whose webhooks were taken. Answers the contact's id, too.
pub(super) async fn start() -> (World, String) {
    let world = World::start().await;
    world.fake.add_user(HERE, json!({"id": USER, "name": "Ann Lee", "email": "ann@example.com"}));
    world.fake.add_calendar(HERE, json!({"id": CALENDAR, "name": "Visits"}));
    let contact = world.contact(json!({"firstName": "Bo", "lastName": "Berg"})).await;
    world.fake.take_webhooks();
    (world, contact)
}

/// Takes the waiting webhooks and answers their bodies without the envelope.
pub(super) fn hooks(world: &World) -> Vec<Value> {
    let mut bodies: Vec<Value> =
        world.fake.take_webhooks().iter().map(|hook| serde_json::from_slice(&hook.body).unwrap()).collect();
    for body in bodies.iter_mut().filter_map(Value::as_object_mut) {
        for name in ["versionId", "appId", "timestamp", "webhookId"] {
            assert!(body.remove(name).is_some(), "{name}");
        }
        assert_eq!(body.remove("locationId"), Some(json!(HERE)));
    }
    bodies
}

/// The types of the waiting webhooks.
pub(super) fn events(world: &World) -> Vec<String> {
    world.fake.take_webhooks().into_iter().map(|hook| hook.event).collect()
}

/// Makes a call with a token of only this scope, and answers the status.
async fn status_with(world: &World, scope: &str, method: Method, path: &str) -> u16 {
    let code = tokens::code(world, Choice::Location(HERE.to_owned()), scope).await;
    let access = tokens::exchange(world, &code).await.1["access_token"].as_str().unwrap().to_owned();
    let request = world.anonymous(method, path).header("content-type", "application/json").body("{}");
    answer(request.bearer_auth(access)).await.0
}

#[tokio::test]
async fn each_call_needs_its_scope() {
    let (world, contact) = start().await;
    let both = "contacts.readonly contacts.write";
    let (events_read, events_write) = ("calendars/events.readonly", "calendars/events.write");
    for (method, path, scope) in [
        (Method::GET, format!("/contacts/{contact}/notes"), "contacts.readonly"),
        (Method::POST, format!("/contacts/{contact}/notes"), "contacts.write"),
        (Method::PUT, format!("/contacts/{contact}/notes/x"), "contacts.write"),
        (Method::GET, format!("/contacts/{contact}/tasks/x"), "contacts.readonly"),
        (Method::PUT, format!("/contacts/{contact}/tasks/x/completed"), "contacts.write"),
        (Method::DELETE, format!("/contacts/{contact}/tasks/x"), "contacts.write"),
        (Method::GET, format!("/contacts/{contact}/appointments"), "contacts.readonly"),
        (Method::POST, format!("/locations/{HERE}/tasks/search"), "locations/tasks.readonly"),
        (Method::GET, format!("/calendars/?locationId={HERE}"), "calendars.readonly"),
        (Method::GET, "/calendars/events".to_owned(), events_read),
        (Method::GET, "/calendars/events/appointments/x".to_owned(), events_read),
        (Method::POST, "/calendars/events/appointments".to_owned(), events_write),
        (Method::PUT, "/calendars/events/appointments/x".to_owned(), events_write),
        (Method::DELETE, "/calendars/events/x".to_owned(), events_write),
    ] {
        let other =
            if both.contains(scope) { both.replace(scope, "").trim().to_owned() } else { both.into() };
        assert_eq!(status_with(&world, &other, method.clone(), &path).await, 401, "{method} {path}");
        assert_ne!(status_with(&world, scope, method.clone(), &path).await, 401, "{method} {path}");
    }
}

#[tokio::test]
async fn an_installs_token_opens_all_of_them() {
    let (world, contact) = start().await;
    for path in [
        format!("/contacts/{contact}/notes"),
        format!("/contacts/{contact}/tasks"),
        format!("/contacts/{contact}/appointments"),
        format!("/calendars/?locationId={HERE}"),
    ] {
        assert_eq!(world.get(&path).await.0, 200, "{path}");
    }
}

#[tokio::test]
async fn a_missing_one_is_not_found() {
    let (world, contact) = start().await;
    for (path, what) in [
        (format!("/contacts/{contact}/notes/x"), "Note"),
        (format!("/contacts/{contact}/tasks/x"), "Task"),
        ("/calendars/events/appointments/x".to_owned(), "Appointment"),
    ] {
        let message = format!("{what} with id x not found");
        assert_eq!(world.get(&path).await, (404, json!({"statusCode": 404, "message": message})));
    }
}

#[tokio::test]
async fn a_deleted_contacts_are_out_of_reach_until_it_comes_back() {
    let (world, contact) = start().await;
    let booked =
        json!({"calendarId": CALENDAR, "contactId": contact, "startTime": "2026-11-24T10:00:00-05:00"});
    world.fake.person_creates_note(HERE, &contact, "Called");
    world.fake.person_creates_task(HERE, &contact, json!({"title": "Call"}));
    let event = world.fake.person_books_appointment(HERE, booked);
    world.fake.take_webhooks();
    world.fake.person_deletes_contact(HERE, &contact);
    for kind in ["notes", "tasks", "appointments"] {
        let (status, body) = world.get(&format!("/contacts/{contact}/{kind}")).await;
        assert_eq!(
            (status, body["message"].clone()),
            (400, json!(format!("Contact with id {contact} not found")))
        );
    }
    assert_eq!(world.get(&format!("/calendars/events/appointments/{event}")).await.0, 404);
    assert!(world.fake.notes(HERE, &contact).is_empty() && world.fake.appointments(HERE).is_empty());
    world.fake.person_restores_contact(HERE, &contact);
    assert_eq!(events(&world), ["ContactDelete", "ContactCreate"]);
    assert_eq!(world.fake.notes(HERE, &contact).len(), 1);
    assert_eq!(world.fake.tasks(HERE, &contact).len(), 1);
    assert_eq!(world.get(&format!("/calendars/events/appointments/{event}")).await.0, 200);
}

#[tokio::test]
async fn another_locations_are_forbidden() {
    let (world, _) = start().await;
    let there = world.fake.person_creates_contact(THERE, json!({"firstName": "Cy"}));
    assert_eq!(world.get(&format!("/contacts/{there}/notes")).await.0, 403);
    assert_eq!(world.get(&format!("/calendars/?locationId={THERE}")).await.0, 403);
    let search = format!("/locations/{THERE}/tasks/search");
    assert_eq!(world.send(Method::POST, &search, json!({})).await.0, 403);
}

#[tokio::test]
async fn calendars_speak_a_version_of_their_own() {
    let (world, contact) = start().await;
    let url = |path: &str| format!("{}{path}", world.fake.url());
    for (path, version) in [
        (format!("/calendars/?locationId={HERE}"), "2021-07-28"),
        (format!("/contacts/{contact}/notes"), "2021-04-15"),
    ] {
        let request = world.http.get(url(&path)).bearer_auth(&world.access).header("version", version);
        let (status, body) = answer(request).await;
        assert_eq!((status, &body["message"]), (400, &json!("version header is invalid")), "{path}");
    }
}
