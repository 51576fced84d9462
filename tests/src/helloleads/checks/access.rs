//! Credentials, the hourly limit, unknown paths.

use jiff::SignedDuration;
use reqwest::Method;
use serde_json::json;

use super::world::{EMAIL, KEY, World, answer};

async fn status_with(world: &World, key: &str, email: &str) -> u16 {
    let request = world.http.get(format!("{}/lists", world.fake.url()));
    answer(request.header("hls-key", key).header("Xemail", email)).await.0
}

#[tokio::test]
async fn only_the_key_with_its_email_is_let_in() {
    let world = World::start().await;
    assert_eq!(status_with(&world, "token=key-1", EMAIL).await, 200);
    assert_eq!(status_with(&world, "token=key-2", EMAIL).await, 403);
    assert_eq!(status_with(&world, "token=key-1", "other@example.com").await, 403);
}

#[tokio::test]
async fn a_bare_key_is_let_in_by_switch_only() {
    let world = World::start().await;
    assert_eq!(status_with(&world, KEY, EMAIL).await, 403);
    world.fake.set(|switches| switches.bare_key = true);
    assert_eq!(status_with(&world, KEY, EMAIL).await, 200);
}

#[tokio::test]
async fn a_revoked_key_is_refused_with_an_error_in_json() {
    let world = World::start().await;
    world.fake.revoke_key();
    let (status, body) = answer(world.request(Method::GET, "/leads")).await;
    assert_eq!((status, &body["error"]), (403, &json!(true)));
    assert!(body["message"].is_string());
}

#[tokio::test]
async fn a_spent_hour_answers_429_without_a_time_to_come_again() {
    let world = World::with(|switches| switches.per_hour = 2).await;
    world.get("/lists").await;
    world.time.advance(SignedDuration::from_mins(30));
    world.get("/lists").await;
    let refused = world.request(Method::GET, "/lists").send().await.unwrap();
    assert_eq!(refused.status(), 429);
    assert!(!refused.headers().contains_key("retry-after"));
}

#[tokio::test]
async fn the_hour_slides() {
    let world = World::with(|switches| switches.per_hour = 2).await;
    world.get("/lists").await;
    world.time.advance(SignedDuration::from_mins(30));
    world.get("/lists").await;
    world.time.advance(SignedDuration::from_mins(30));
    assert_eq!(answer(world.request(Method::GET, "/lists")).await.0, 200);
    assert_eq!(answer(world.request(Method::GET, "/lists")).await.0, 429);
}

#[tokio::test]
async fn an_unknown_path_answers_an_html_page() {
    let world = World::start().await;
    let response = world.request(Method::DELETE, "/lead/1").send().await.unwrap();
    assert_eq!(response.status(), 404);
    assert!(response.text().await.unwrap().starts_with("<!DOCTYPE html>"));
}

#[tokio::test]
async fn every_call_is_logged_by_name_path_and_status() {
    let world = World::start().await;
    world.get("/leads?page=1").await;
    world.put("7", json!({})).await;
    assert_eq!(world.fake.calls().names_since(0), ["GET /leads", "PUT /lead/:id"]);
    assert_eq!(world.fake.calls().all()[0].path, "/index.php/private/api/leads?page=1");
    assert_eq!(world.fake.calls().all()[0].status, 200);
}
