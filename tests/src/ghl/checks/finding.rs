//! `GET /contacts/search/duplicate`.

use serde_json::{Value, json};

use super::world::{HERE, World, complaints};
use crate::ghl::LocationSettings;

/// The id that the search finds.
async fn found(world: &World, query: &str) -> Value {
    let (status, body) = world.get(&format!("/contacts/search/duplicate?locationId={HERE}&{query}")).await;
    assert_eq!(status, 200, "{body}");
    body["contact"].get("id").cloned().unwrap_or_default()
}

#[tokio::test]
async fn the_email_is_looked_for_before_the_phone() {
    let world = World::start().await;
    let ann = world.contact(json!({"email": "ann+x@example.com"})).await;
    let bo = world.contact(json!({"phone": "+12125550123"})).await;
    assert_eq!(found(&world, "email=Ann%2Bx%40example.com&number=%2B12125550123").await, json!(ann));
    assert_eq!(found(&world, "email=nobody%40example.com&number=%2B12125550123").await, json!(bo));
    assert_eq!(found(&world, "number=%2B12125550199").await, Value::Null);
}

#[tokio::test]
async fn a_plus_sign_that_is_not_encoded_finds_nothing() {
    let world = World::start().await;
    world.contact(json!({"email": "ann+x@example.com", "phone": "+12125550123"})).await;
    assert_eq!(found(&world, "number=+12125550123").await, Value::Null);
    assert_eq!(found(&world, "email=ann+x@example.com").await, Value::Null);
}

#[tokio::test]
async fn the_contact_found_is_whole() {
    let world = World::start().await;
    let id = world.contact(json!({"firstName": "Ann", "email": "ann@example.com"})).await;
    let path = format!("/contacts/search/duplicate?locationId={HERE}&email=ann%40example.com");
    assert_eq!(world.get(&path).await.1["contact"], world.read(&id).await);
}

#[tokio::test]
async fn a_contact_just_made_is_not_found_yet() {
    let world = World::with(LocationSettings::default()).await;
    let id = world.contact(json!({"email": "ann@example.com"})).await;
    assert_eq!(found(&world, "email=ann%40example.com").await, Value::Null);
    world.advance(3000);
    assert_eq!(found(&world, "email=ann%40example.com").await, json!(id));
}

#[tokio::test]
async fn location_and_something_to_look_for_are_required() {
    let world = World::start().await;
    let answer = world.get("/contacts/search/duplicate?email=a%40b.co").await;
    assert_eq!(complaints(&answer), ["locationId should not be empty"]);
    assert_eq!(world.get(&format!("/contacts/search/duplicate?locationId={HERE}")).await.0, 422);
}
