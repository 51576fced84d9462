//! Webhooks: what fires, what they carry, how they are signed and delivered.

use std::sync::atomic::{AtomicU16, Ordering};
use std::sync::{Arc, Mutex};

use aws_lc_rs::signature::{ED25519, RSA_PKCS1_2048_8192_SHA256, UnparsedPublicKey};
use base64::Engine;
use base64::engine::general_purpose::STANDARD;
use bytes::Bytes;
use reqwest::Method;
use serde_json::{Value, json};

use super::world::{HERE, World};
use crate::ghl::SignedWebhook;

fn events(world: &World) -> Vec<String> {
    world.fake.take_webhooks().into_iter().map(|hook| hook.event).collect()
}

fn body(hook: &SignedWebhook) -> Value {
    serde_json::from_slice(&hook.body).unwrap()
}

fn header<'a>(hook: &'a SignedWebhook, name: &str) -> Option<&'a str> {
    hook.headers.iter().find(|(known, _)| known == name).map(|(_, value)| value.as_str())
}

fn key(pem: &str) -> Vec<u8> {
    let lines: Vec<&str> = pem.lines().filter(|line| !line.starts_with("-----")).collect();
    STANDARD.decode(lines.concat()).unwrap()
}

#[tokio::test]
async fn each_change_fires_its_event_whoever_makes_it() {
    let world = World::start().await;
    let by_api = world.contact(json!({"firstName": "Ann", "tags": ["a"]})).await;
    world.update(&by_api, json!({"city": "Oslo"})).await;
    let path = format!("/contacts/{by_api}/tags");
    world.send(Method::POST, &path, json!({"tags": ["b"]})).await;
    world.send(Method::POST, &path, json!({"tags": ["b"]})).await;
    world.send(Method::DELETE, &path, json!({"tags": ["b"]})).await;
    world.update(&by_api, json!({"city": "Oslo", "tags": ["c"]})).await;
    world.update(&by_api, json!({"dnd": true})).await;
    world.send(Method::DELETE, &format!("/contacts/{by_api}"), json!({})).await;
    let expected = [
        "ContactCreate",
        "ContactUpdate",
        "ContactTagUpdate",
        "ContactTagUpdate",
        "ContactUpdate",
        "ContactTagUpdate",
        "ContactDndUpdate",
        "ContactDelete",
    ];
    assert_eq!(events(&world), expected);
    let by_hand = world.fake.person_creates_contact(HERE, json!({"firstName": "Bo"}));
    world.fake.person_edits_contact(HERE, &by_hand, json!({"city": "Oslo"}));
    world.fake.person_adds_tag(HERE, &by_hand, " B");
    world.fake.person_removes_tag(HERE, &by_hand, "b");
    world.fake.person_deletes_contact(HERE, &by_hand);
    world.fake.person_restores_contact(HERE, &by_hand);
    let expected = [
        "ContactCreate",
        "ContactUpdate",
        "ContactTagUpdate",
        "ContactTagUpdate",
        "ContactDelete",
        "ContactCreate",
    ];
    assert_eq!(events(&world), expected);
}

#[tokio::test]
async fn what_is_uncertain_about_events_can_be_switched() {
    let world = World::start().await;
    let id = world.fake.person_creates_contact(HERE, json!({"firstName": "Ann"}));
    world.fake.take_webhooks();
    world.fake.set(|switches| {
        switches.tags_fire_update = true;
        switches.restore_fires_create = false;
    });
    world.fake.person_adds_tag(HERE, &id, "a");
    world.fake.person_deletes_contact(HERE, &id);
    world.fake.person_restores_contact(HERE, &id);
    assert_eq!(events(&world), ["ContactUpdate", "ContactTagUpdate", "ContactDelete"]);
}

#[tokio::test]
async fn a_webhook_is_flat_and_leaves_empty_fields_out() {
    let world = World::start().await;
    let fields = json!({
        "firstName": "Ann", "lastName": "Lee", "email": "Ann@Example.com", "dateOfBirth": "1990-09-25",
        "timezone": "UTC", "gender": "female", "customFields": [{"id": "field-size", "field_value": "7"}],
    });
    let id = world.contact(fields).await;
    let hook = world.fake.take_webhooks().remove(0);
    let sent = body(&hook);
    let expected = json!({
        "type": "ContactCreate", "locationId": HERE, "versionId": sent["versionId"],
        "appId": world.fake.app().app_id, "id": id, "firstName": "Ann", "lastName": "Lee", "name": "Ann Lee",
        "email": "ann@example.com", "country": "US", "dateOfBirth": "1990-09-25T00:00:00.000Z", "tags": [],
        "customFields": [{"id": "field-size", "value": 7}], "dateAdded": "2026-11-23T14:00:00.250Z",
        "timestamp": "2026-11-23T14:00:00.250Z", "webhookId": hook.webhook_id,
    });
    assert_eq!(sent, expected);
    assert!(uuid::Uuid::parse_str(&hook.webhook_id).is_ok_and(|id| id.get_version_num() == 4));
}

#[tokio::test]
async fn a_webhook_is_signed_with_ed25519_over_its_raw_body() {
    let world = World::start().await;
    world.contact(json!({"firstName": "Ann"})).await;
    let hook = world.fake.take_webhooks().remove(0);
    let signature = STANDARD.decode(header(&hook, "x-ghl-signature").unwrap()).unwrap();
    let key = UnparsedPublicKey::new(&ED25519, key(&world.fake.webhook_public_key_pem()));
    assert!(key.verify(&hook.body, &signature).is_ok());
    assert_eq!(header(&hook, "x-ghl-signature").unwrap(), world.fake.sign(&hook.body));
    assert_eq!(header(&hook, "x-wh-signature"), None);
}

#[tokio::test]
async fn the_legacy_signature_can_come_beside_it() {
    let world = World::start().await;
    world.fake.set_legacy(true);
    world.contact(json!({"firstName": "Ann"})).await;
    let hook = world.fake.take_webhooks().remove(0);
    let signature = STANDARD.decode(header(&hook, "x-wh-signature").unwrap()).unwrap();
    let pem = key(&world.fake.legacy_public_key_pem());
    let key = UnparsedPublicKey::new(&RSA_PKCS1_2048_8192_SHA256, pem);
    assert!(key.verify(&hook.body, &signature).is_ok());
    assert_eq!(header(&hook, "x-wh-signature").unwrap(), world.fake.sign_legacy(&hook.body));
    assert!(header(&hook, "x-ghl-signature").is_some());
}

/// A receiver that answers every webhook with one status and keeps their bodies.
#[derive(Clone, Default)]
struct Receiver {
    status: Arc<AtomicU16>,
    bodies: Arc<Mutex<Vec<Bytes>>>,
}

impl Receiver {
    async fn start(world: &World, status: u16) -> Self {
        let receiver = Self::default();
        receiver.answer_with(status);
        let own = receiver.clone();
        let receive = move |body: Bytes| async move {
            own.bodies.lock().unwrap().push(body);
            http::StatusCode::from_u16(own.status.load(Ordering::SeqCst)).unwrap()
        };
        let listener = tokio::net::TcpListener::bind("127.0.0.1:0").await.unwrap();
        world.fake.deliver_to(&format!("http://{}/hook", listener.local_addr().unwrap()));
        let router = axum::Router::new().route("/hook", axum::routing::post(receive));
        tokio::spawn(async move { axum::serve(listener, router).await.unwrap() });
        receiver
    }

    fn answer_with(&self, status: u16) {
        self.status.store(status, Ordering::SeqCst);
    }
}

#[tokio::test]
async fn webhooks_are_delivered_in_order_and_once_when_accepted() {
    let world = World::start().await;
    let receiver = Receiver::start(&world, 200).await;
    let id = world.contact(json!({"firstName": "Ann"})).await;
    world.update(&id, json!({"city": "Oslo"})).await;
    assert_eq!(world.fake.deliver_all().await, 2);
    assert_eq!((world.fake.webhooks_waiting(), world.fake.deliver_all().await), (0, 0));
    let types: Vec<Value> = receiver
        .bodies
        .lock()
        .unwrap()
        .iter()
        .map(|body| serde_json::from_slice::<Value>(body).unwrap()["type"].clone())
        .collect();
    assert_eq!(types, ["ContactCreate", "ContactUpdate"]);
}

#[tokio::test]
async fn a_refused_webhook_comes_again_with_the_same_body() {
    let world = World::start().await;
    let receiver = Receiver::start(&world, 500).await;
    world.contact(json!({"firstName": "Ann"})).await;
    assert_eq!((world.fake.deliver_all().await, world.fake.webhooks_waiting()), (0, 1));
    world.advance(600_000);
    receiver.answer_with(204);
    assert_eq!((world.fake.deliver_all().await, world.fake.webhooks_waiting()), (1, 0));
    let bodies = receiver.bodies.lock().unwrap();
    assert_eq!(bodies[0], bodies[1]);
}

#[tokio::test]
async fn a_webhook_is_given_up_after_twelve_repeats() {
    let world = World::start().await;
    let receiver = Receiver::start(&world, 302).await;
    world.contact(json!({"firstName": "Ann"})).await;
    for _ in 0..13 {
        assert_eq!((world.fake.webhooks_waiting(), world.fake.webhooks_given_up()), (1, 0));
        world.fake.deliver_all().await;
    }
    assert_eq!((world.fake.webhooks_waiting(), world.fake.webhooks_given_up()), (0, 1));
    assert_eq!(receiver.bodies.lock().unwrap().len(), 13);
}

#[tokio::test]
async fn a_webhook_taken_by_hand_waits_again_when_it_is_refused() {
    let world = World::start().await;
    let listener = std::net::TcpListener::bind("127.0.0.1:0").unwrap();
    world.fake.deliver_to(&format!("http://{}", listener.local_addr().unwrap()));
    drop(listener);
    world.contact(json!({"firstName": "Ann"})).await;
    let hook = world.fake.take_webhooks().remove(0);
    assert_eq!(world.fake.webhooks_waiting(), 0);
    assert_eq!((world.fake.deliver(&hook).await, world.fake.webhooks_waiting()), (0, 1));
}
