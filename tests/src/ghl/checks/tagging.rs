//! `POST` and `DELETE /contacts/:id/tags`.

use reqwest::Method;
use serde_json::json;

use super::world::{World, complaints};

#[tokio::test]
async fn tags_are_added_and_removed_beside_the_others() {
    let world = World::start().await;
    let id = world.contact(json!({"tags": ["a"]})).await;
    let path = format!("/contacts/{id}/tags");
    let added = world.send(Method::POST, &path, json!({"tags": [" B", "a", "b", "c"]})).await;
    assert_eq!(added, (201, json!({"tags": ["a", "b", "c"]})));
    let removed = world.send(Method::DELETE, &path, json!({"tags": ["A ", "nope"]})).await;
    assert_eq!(removed, (200, json!({"tags": ["b", "c"]})));
    assert_eq!(world.read(&id).await["tags"], json!(["b", "c"]));
}

#[tokio::test]
async fn the_answer_can_name_only_the_tags_of_the_call() {
    let world = World::start().await;
    world.fake.set(|switches| switches.tag_answers_are_whole = false);
    let id = world.contact(json!({"tags": ["a"]})).await;
    let path = format!("/contacts/{id}/tags");
    let added = world.send(Method::POST, &path, json!({"tags": ["B"]})).await;
    assert_eq!(added, (201, json!({"tags": ["b"]})));
    let removed = world.send(Method::DELETE, &path, json!({"tags": ["b"]})).await;
    assert_eq!(removed, (200, json!({"tags": ["b"]})));
    assert_eq!(world.read(&id).await["tags"], json!(["a"]));
}

#[tokio::test]
async fn a_change_of_tags_moves_the_time_of_the_last_change() {
    let world = World::start().await;
    let id = world.contact(json!({})).await;
    world.advance(1);
    let path = format!("/contacts/{id}/tags");
    world.send(Method::POST, &path, json!({"tags": ["a"]})).await;
    assert_eq!(world.read(&id).await["dateUpdated"], "2026-11-23T14:00:00.251Z");
    world.advance(1);
    world.send(Method::POST, &path, json!({"tags": ["a"]})).await;
    assert_eq!(world.read(&id).await["dateUpdated"], "2026-11-23T14:00:00.251Z", "nothing changed");
}

#[tokio::test]
async fn tags_must_be_an_array_of_texts() {
    let world = World::start().await;
    let id = world.contact(json!({})).await;
    let path = format!("/contacts/{id}/tags");
    let missing = world.send(Method::DELETE, &path, json!({})).await;
    assert_eq!(complaints(&missing), ["tags must be an array"]);
    let wrong = world.send(Method::POST, &path, json!({"tags": [null]})).await;
    assert_eq!(complaints(&wrong), ["each value in tags must be a string"]);
}
