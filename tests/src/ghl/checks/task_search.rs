//! `POST /locations/:id/tasks/search`.

use reqwest::Method;
use serde_json::{Value, json};

use super::kinds::{USER, start};
use super::world::{HERE, World, complaints};

/// The titles of the tasks that are found.
async fn titles(world: &World, body: Value) -> Vec<String> {
    let (status, body) = world.send(Method::POST, &format!("/locations/{HERE}/tasks/search"), body).await;
    assert_eq!(status, 200, "{body}");
    let tasks = body["tasks"].as_array().unwrap();
    tasks.iter().map(|task| task["title"].as_str().unwrap().to_owned()).collect()
}

#[tokio::test]
async fn tasks_are_paged_oldest_first() {
    let (world, contact) = start().await;
    let made: Vec<String> = (0..30).map(|nth| format!("task {nth}")).collect();
    for title in &made {
        world.fake.person_creates_task(HERE, &contact, json!({"title": title}));
    }
    assert_eq!(titles(&world, json!({})).await, made[..25]);
    assert_eq!(titles(&world, json!({"skip": 25})).await, made[25..]);
    assert_eq!(titles(&world, json!({"limit": 2, "skip": 3})).await, made[3..5]);
    assert_eq!(titles(&world, json!({"limit": 100})).await, made);
    assert!(titles(&world, json!({"skip": 30})).await.is_empty());
    for limit in [0, 101] {
        let path = format!("/locations/{HERE}/tasks/search");
        let refused = world.send(Method::POST, &path, json!({"limit": limit})).await;
        assert_eq!(complaints(&refused), ["limit must be a number from 1 to 100"]);
    }
}

#[tokio::test]
async fn tasks_are_found_by_what_they_are() {
    let (world, contact) = start().await;
    let other = world.contact(json!({"firstName": "Cy"})).await;
    world.fake.person_creates_task(HERE, &contact, json!({"title": "Call Bo", "assignedTo": USER}));
    world.fake.person_creates_task(HERE, &contact, json!({"title": "Write", "completed": true}));
    world.fake.person_creates_task(HERE, &other, json!({"title": "Call Cy", "body": "Invoice"}));
    assert_eq!(titles(&world, json!({"contactId": [contact]})).await, ["Call Bo", "Write"]);
    assert_eq!(titles(&world, json!({"assignedTo": [USER, "x"]})).await, ["Call Bo"]);
    assert_eq!(titles(&world, json!({"completed": false})).await, ["Call Bo", "Call Cy"]);
    assert_eq!(titles(&world, json!({"query": "call"})).await, ["Call Bo", "Call Cy"]);
    assert_eq!(titles(&world, json!({"query": "invoice"})).await, ["Call Cy"]);
    world.fake.person_deletes_contact(HERE, &other);
    assert_eq!(titles(&world, json!({})).await, ["Call Bo", "Write"]);
}
