//! The relay's catch hook, where we send our changes.

use aws_lc_rs::hmac;
use jiff::SignedDuration;
use serde_json::{Value, json};

use super::world::World;
use crate::helloleads::RelayAuth;

const SECRET: &str = "catch-secret";

async fn world() -> World {
    let world = World::start().await;
    world.fake.set_catch_secret(SECRET);
    world.fake.relay_to("http://127.0.0.1:1/", RelayAuth::Bearer { secret: "s".to_owned() });
    world
}

/// Sends a body signed now; answers the status and the text of the answer.
async fn send(world: &World, body: &Value) -> (u16, String) {
    send_signed_at(world, body, &world.time.now().as_second().to_string(), SECRET).await
}

async fn send_signed_at(world: &World, body: &Value, timestamp: &str, secret: &str) -> (u16, String) {
    let key = hmac::Key::new(hmac::HMAC_SHA256, secret.as_bytes());
    let tag = hmac::sign(&key, format!("{timestamp}.{body}").as_bytes());
    let request = world.http.post(world.fake.catch_hook_url()).body(body.to_string());
    let request = request.header("X-Hls-Timestamp", timestamp);
    let response =
        request.header("X-Hls-Signature", format!("v1={}", hex::encode(tag))).send().await.unwrap();
    (response.status().as_u16(), response.text().await.unwrap())
}

fn created() -> Value {
    let lead = json!({"first_name": "Asha", "mobile": "+919989452233", "reference": "link-7"});
    json!({"event": "lead.created", "lead": lead})
}

fn hooked_reference(world: &World) -> Value {
    let hooks = world.fake.take_relay_hooks();
    let body: Value = serde_json::from_slice(&hooks.last().unwrap().body).unwrap();
    body["lead"]["reference"].clone()
}

#[tokio::test]
async fn a_signed_change_is_made_and_answered_with_the_id() {
    let world = world().await;
    assert_eq!(send(&world, &created()).await, (200, r#"{"lead":{"id":"9999998"}}"#.to_owned()));
    assert_eq!(world.field("9999998", "mobile"), "+919989452233");
    let body = json!({"event": "lead.updated", "lead": {"id": "9999998", "company": "Acme", "tags": "vip"}});
    assert_eq!(send(&world, &body).await.0, 200);
    assert_eq!(world.field("9999998", "tags"), "vip");
    let body = json!({"event": "lead.updated", "lead": {"id": "9999998", "company": null}});
    assert_eq!(send(&world, &body).await.0, 200);
    assert_eq!(world.field("9999998", "company"), Value::Null);
    assert_eq!(send(&world, &json!({"event": "lead.deleted", "lead": {"id": "9999998"}})).await.0, 200);
    assert!(world.fake.leads().is_empty());
    assert_eq!(world.fake.calls().names_since(0), ["POST catch-hook"; 4]);
    assert_eq!(world.fake.relay_hooks_waiting(), 4);
}

#[tokio::test]
async fn a_bad_or_old_signature_changes_nothing() {
    let world = world().await;
    let now = world.time.now().as_second();
    assert_eq!(send_signed_at(&world, &created(), &now.to_string(), "wrong").await.0, 401);
    assert_eq!(send_signed_at(&world, &created(), &(now - 301).to_string(), SECRET).await.0, 401);
    assert_eq!(send_signed_at(&world, &created(), "soon", SECRET).await.0, 401);
    assert!(world.fake.leads().is_empty());
}

#[tokio::test]
async fn without_a_secret_nothing_is_taken() {
    let world = World::start().await;
    assert_eq!(send(&world, &created()).await.0, 401);
}

#[tokio::test]
async fn a_silent_relay_shows_the_new_lead_by_its_reference() {
    let world = world().await;
    world.fake.set(|switches| switches.relay_answers_id = false);
    assert_eq!(send(&world, &created()).await, (200, "ok".to_owned()));
    assert_eq!(hooked_reference(&world), "link-7");
    world.fake.person_edits_lead("9999998", json!({"city": "Pune"}));
    assert_eq!(hooked_reference(&world), "link-7");
    assert_eq!(world.field("9999998", "reference"), Value::Null);
}

#[tokio::test]
async fn a_forgetful_relay_drops_the_reference() {
    let world = world().await;
    world.fake.set(|switches| switches.relay_keeps_reference = false);
    send(&world, &created()).await;
    assert_eq!(hooked_reference(&world), Value::Null);
}

#[tokio::test]
async fn the_same_body_twice_makes_two_leads() {
    let world = world().await;
    send(&world, &created()).await;
    world.time.advance(SignedDuration::from_secs(1));
    send(&world, &created()).await;
    assert_eq!(world.fake.leads().len(), 2);
}

#[tokio::test]
async fn a_change_that_cannot_be_made_is_refused() {
    let world = world().await;
    for body in [
        json!({"event": "lead.created", "lead": {"first_name": "Asha"}}),
        json!({"event": "lead.updated", "lead": {"id": "7", "company": "Acme"}}),
        json!({"event": "lead.updated", "lead": {"company": "Acme"}}),
        json!({"event": "lead.merged", "lead": {"id": "7"}}),
        json!({"event": "lead.deleted"}),
    ] {
        assert_eq!(send(&world, &body).await.0, 400, "{body}");
    }
}

#[tokio::test]
async fn the_catch_hook_spends_nothing_of_the_hour() {
    let world = world().await;
    world.fake.set(|switches| switches.per_hour = 0);
    assert_eq!(send(&world, &created()).await.0, 200);
}
