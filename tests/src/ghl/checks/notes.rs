//! The notes of a contact.

use reqwest::Method;
use serde_json::json;

use super::kinds::{USER, events, hooks, start};
use super::world::{HERE, complaints};

#[tokio::test]
async fn a_note_is_created_read_edited_and_deleted() {
    let (world, contact) = start().await;
    let path = format!("/contacts/{contact}/notes");
    let (status, body) = world.send(Method::POST, &path, json!({"body": "Called", "userId": USER})).await;
    let id = body["note"]["id"].as_str().unwrap().to_owned();
    let mut note = json!({
        "id": id, "body": "Called", "userId": USER, "contactId": contact, "dateAdded": "2026-11-23T14:00:00.250Z",
    });
    assert_eq!((status, body), (201, json!({"note": note})));
    let own = format!("{path}/{id}");
    assert_eq!(world.get(&own).await, (200, json!({"note": note})));
    world.advance(1000);
    note["body"] = json!("Called twice");
    let edited = world.send(Method::PUT, &own, json!({"body": "Called twice"})).await;
    assert_eq!(edited, (200, json!({"note": note})));
    assert_eq!(world.fake.notes(HERE, &contact), [note]);
    assert_eq!(world.send(Method::DELETE, &own, json!({})).await, (200, json!({"succeded": true})));
    for method in [Method::GET, Method::PUT, Method::DELETE] {
        assert_eq!(world.send(method, &own, json!({"body": "x"})).await.0, 404);
    }
    assert_eq!(world.get(&path).await, (200, json!({"notes": []})));
}

#[tokio::test]
async fn notes_are_listed_newest_first_and_by_contact() {
    let (world, contact) = start().await;
    let other = world.contact(json!({"firstName": "Cy"})).await;
    let first = world.fake.person_creates_note(HERE, &contact, "one");
    let foreign = world.fake.person_creates_note(HERE, &other, "elsewhere");
    let second = world.fake.person_creates_note(HERE, &contact, "two");
    let (_, body) = world.get(&format!("/contacts/{contact}/notes")).await;
    let ids: Vec<_> = body["notes"].as_array().unwrap().iter().map(|note| note["id"].clone()).collect();
    assert_eq!(ids, [second, first]);
    assert_eq!(world.get(&format!("/contacts/{contact}/notes/{foreign}")).await.0, 404);
}

#[tokio::test]
async fn each_write_of_a_note_fires_its_webhook_whoever_makes_it() {
    let (world, contact) = start().await;
    let path = format!("/contacts/{contact}/notes");
    let (_, body) = world.send(Method::POST, &path, json!({"body": "a", "userId": USER, "title": "T"})).await;
    let id = body["note"]["id"].as_str().unwrap().to_owned();
    world.send(Method::PUT, &format!("{path}/{id}"), json!({"body": "b"})).await;
    world.send(Method::DELETE, &format!("{path}/{id}"), json!({})).await;
    let hook = |event: &str, body: &str| {
        let added = "2026-11-23T14:00:00.250Z";
        json!({"type": event, "id": id, "body": body, "contactId": contact, "dateAdded": added})
    };
    assert_eq!(hooks(&world), [hook("NoteCreate", "a"), hook("NoteUpdate", "b"), hook("NoteDelete", "b")]);
    let by_hand = world.fake.person_creates_note(HERE, &contact, "c");
    world.fake.person_edits_note(HERE, &contact, &by_hand, "d");
    assert_eq!(world.fake.notes(HERE, &contact)[0]["userId"], USER);
    world.fake.person_deletes_note(HERE, &contact, &by_hand);
    assert_eq!(events(&world), ["NoteCreate", "NoteUpdate", "NoteDelete"]);
    world.fake.person_creates_note_as(HERE, &contact, "e", "somebody");
    assert_eq!(world.fake.notes(HERE, &contact)[0]["userId"], "somebody");
}

#[tokio::test]
async fn a_note_needs_a_body_and_a_contact() {
    let (world, contact) = start().await;
    let path = format!("/contacts/{contact}/notes");
    for body in [json!({}), json!({"body": ""})] {
        assert_eq!(complaints(&world.send(Method::POST, &path, body).await), ["body should not be empty"]);
    }
    let unknown = world.send(Method::POST, &path, json!({"body": "a", "pinnedBy": 1})).await;
    assert_eq!(complaints(&unknown), ["property pinnedBy should not exist"]);
    assert_eq!(world.send(Method::POST, "/contacts/nobody/notes", json!({"body": "a"})).await.0, 400);
    assert!(hooks(&world).is_empty());
}

#[tokio::test]
#[should_panic(expected = "GHL's screens refuse this")]
async fn editing_a_note_that_does_not_exist_is_a_mistake_of_the_test() {
    let (world, contact) = start().await;
    world.fake.person_edits_note(HERE, &contact, "nothing", "x");
}
