//! The relay's webhooks to us.

use std::sync::{Arc, Mutex};

use axum::Router;
use axum::extract::State;
use bytes::Bytes;
use http::{HeaderMap, StatusCode};
use serde_json::{Value, json};
use tokio::net::TcpListener;

use super::world::World;
use crate::helloleads::{RelayAuth, RelayBody};

/// A receiver of webhooks that answers each with the next status, or else with 202.
#[derive(Clone, Default)]
struct Receiver {
    got: Arc<Mutex<Vec<(HeaderMap, Bytes)>>>,
    statuses: Arc<Mutex<Vec<StatusCode>>>,
}

impl Receiver {
    async fn start() -> (Self, String) {
        let receiver = Self::default();
        let listener = TcpListener::bind("127.0.0.1:0").await.unwrap();
        let url = format!("http://{}/hooks/helloleads/c1", listener.local_addr().unwrap());
        let router = Router::new().fallback(take).with_state(receiver.clone());
        tokio::spawn(async move { axum::serve(listener, router).await });
        (receiver, url)
    }
}

async fn take(State(receiver): State<Receiver>, headers: HeaderMap, body: Bytes) -> StatusCode {
    receiver.got.lock().unwrap().push((headers, body));
    receiver.statuses.lock().unwrap().pop().unwrap_or(StatusCode::ACCEPTED)
}

async fn relayed() -> (World, Receiver) {
    let (world, (receiver, url)) = (World::start().await, Receiver::start().await);
    world.fake.relay_to(&url, RelayAuth::Hmac { secret: "s3cret".to_owned() });
    (world, receiver)
}

#[tokio::test]
async fn each_change_by_a_person_queues_one_webhook() {
    let (world, _) = relayed().await;
    let id = world.fake.person_creates_lead(json!({"first_name": "Asha"}));
    world.fake.person_edits_lead(&id, json!({"company": "Acme"}));
    world.fake.person_edits_lead(&id, json!({"company": "Acme"}));
    world.put(&id, json!({"company": "Ours"})).await;
    world.fake.person_deletes_lead(&id);
    assert_eq!(world.fake.relay_hooks_waiting(), 3);
    let hooks = world.fake.take_relay_hooks();
    let events: Vec<&str> = hooks.iter().map(|hook| hook.event.as_str()).collect();
    assert_eq!(events, ["lead.created", "lead.updated", "lead.deleted"]);
    let bodies: Vec<Value> = hooks.iter().map(|hook| serde_json::from_slice(&hook.body).unwrap()).collect();
    assert_eq!(bodies[1]["lead"]["company"], "Acme");
    assert_eq!(
        bodies[2],
        json!({"event": "lead.deleted", "id": "relay-event-3", "occurred_at": "2026-11-23T14:00:00.25Z",
            "lead": {"id": id, "modified": "2026-11-23 19:30:00"}})
    );
}

#[tokio::test]
async fn a_webhook_is_signed_when_it_is_sent() {
    let (world, receiver) = relayed().await;
    world.fake.person_creates_lead(json!({"first_name": "Asha"}));
    assert_eq!(world.fake.deliver_relays().await, 1);
    let (headers, body) = receiver.got.lock().unwrap().remove(0);
    assert_eq!(headers["content-type"], "application/json");
    assert_eq!(headers["x-hls-timestamp"], "1795442400");
    let key = aws_lc_rs::hmac::Key::new(aws_lc_rs::hmac::HMAC_SHA256, b"s3cret");
    let signed = [b"1795442400.".as_slice(), &body].concat();
    let signature = headers["x-hls-signature"].to_str().unwrap().strip_prefix("v1=").unwrap();
    aws_lc_rs::hmac::verify(&key, &signed, &hex::decode(signature).unwrap()).unwrap();
}

#[tokio::test]
async fn a_relay_that_cannot_sign_shows_a_bearer_secret() {
    let (world, (receiver, url)) = (World::start().await, Receiver::start().await);
    world.fake.relay_to(&url, RelayAuth::Bearer { secret: "s3cret".to_owned() });
    world.fake.person_creates_lead(json!({"first_name": "Asha"}));
    let hook = world.fake.take_relay_hooks().remove(0);
    assert_eq!(world.fake.deliver_relay(&hook).await, 202);
    let (headers, body) = receiver.got.lock().unwrap().remove(0);
    assert_eq!(headers["authorization"], "Bearer s3cret");
    assert!(!headers.contains_key("x-hls-signature"));
    assert_eq!(body, hook.body);
}

#[tokio::test]
async fn a_form_nests_the_lead() {
    let (world, _) = relayed().await;
    world.fake.set_relay_body(RelayBody::Form);
    world.fake.person_creates_lead(json!({"first_name": "Asha & Co"}));
    let hook = world.fake.take_relay_hooks().remove(0);
    assert_eq!(hook.content_type, "application/x-www-form-urlencoded");
    let pairs: Vec<(String, String)> = url::form_urlencoded::parse(&hook.body).into_owned().collect();
    let has = |name: &str, value: &str| pairs.contains(&(name.to_owned(), value.to_owned()));
    assert!(has("event", "lead.created") && has("id", "relay-event-1"));
    assert!(has("lead[first_name]", "Asha & Co") && has("lead[company]", ""));
}

#[tokio::test]
async fn a_foreign_shape_hides_the_same_facts_elsewhere() {
    let (world, _) = relayed().await;
    world.fake.set_relay_body(RelayBody::Foreign);
    let id = world.fake.person_creates_lead(json!({"first_name": "Asha"}));
    let hook = world.fake.take_relay_hooks().remove(0);
    let body: Value = serde_json::from_slice(&hook.body).unwrap();
    assert_eq!((&body["kind"], &body["delivery"]), (&json!("lead.created"), &json!("relay-event-1")));
    assert_eq!(body.pointer("/data/contact/id"), Some(&json!(id)));
}

#[tokio::test]
async fn a_refused_webhook_waits_again_before_younger_ones() {
    let (world, receiver) = relayed().await;
    world.fake.person_creates_lead(json!({"first_name": "Asha"}));
    world.fake.person_creates_lead(json!({"first_name": "Bela"}));
    receiver.statuses.lock().unwrap().push(StatusCode::SERVICE_UNAVAILABLE);
    assert_eq!(world.fake.deliver_relays().await, 1);
    assert_eq!(world.fake.relay_hooks_waiting(), 1);
    assert_eq!(world.fake.take_relay_hooks()[0].event_id, "relay-event-1");
}

#[tokio::test]
async fn nobody_there_to_take_a_webhook_reads_as_status_0() {
    let world = World::start().await;
    world.fake.relay_to("http://127.0.0.1:1/", RelayAuth::Bearer { secret: "s".to_owned() });
    world.fake.person_creates_lead(json!({"first_name": "Asha"}));
    let hook = world.fake.take_relay_hooks().remove(0);
    assert_eq!(world.fake.deliver_relay(&hook).await, 0);
}
