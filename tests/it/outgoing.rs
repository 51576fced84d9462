//! Webhooks that go out: signed, once each where the receiver takes them, and nobody's trouble but the receiver's.

use std::sync::{Arc, Mutex};

use aws_lc_rs::hmac;
use axum::Router;
use axum::extract::State;
use axum::http::{HeaderMap, StatusCode};
use base64::Engine;
use base64::engine::general_purpose::STANDARD;
use sandbox::world::{JOBS, LOCATION, World};
use serde_json::{Value, json};
use shared::store::connections::Connections;

use crate::related::{Way, contact, world};

/// What came, with its headers.
type Came = (HeaderMap, String);

/// A receiver, and what it answers next; 200 once that is used up.
#[derive(Clone, Default)]
struct Receiver {
    came: Arc<Mutex<Vec<Came>>>,
    answers: Arc<Mutex<Vec<u16>>>,
}

impl Receiver {
    /// Listens, and is entered on the connection's page.
    async fn of(world: &World) -> (Self, String) {
        let receiver = Self::default();
        let listener = tokio::net::TcpListener::bind("127.0.0.1:0").await.unwrap();
        let url = format!("http://{}/hook", listener.local_addr().unwrap());
        let router = Router::new().fallback(take).with_state(receiver.clone());
        tokio::spawn(async move { axum::serve(listener, router).await });
        enter(world, &url).await;
        (receiver, url)
    }

    fn take(&self) -> Vec<Came> {
        std::mem::take(&mut self.came.lock().unwrap())
    }

    fn answer(&self, statuses: &[u16]) {
        *self.answers.lock().unwrap() = statuses.iter().rev().copied().collect();
    }
}

async fn take(State(receiver): State<Receiver>, headers: HeaderMap, body: String) -> StatusCode {
    receiver.came.lock().unwrap().push((headers, body));
    let status = receiver.answers.lock().unwrap().pop().unwrap_or(200);
    StatusCode::from_u16(status).unwrap()
}

async fn enter(world: &World, url: &str) {
    let saved = world.post(&format!("/connections/{LOCATION}/automation"), &[("url", url)]).await;
    assert_eq!(saved.status(), 303);
}

async fn page(world: &World) -> String {
    world.get(&format!("/connections/{LOCATION}/automation")).await.text().await.unwrap()
}

/// The secret that the page shows.
async fn secret(world: &World) -> Vec<u8> {
    let page = page(world).await;
    let shown = page.split("whsec_").nth(1).unwrap().split('<').next().unwrap();
    STANDARD.decode(shown).unwrap()
}

fn header<'a>(came: &'a Came, name: &str) -> &'a str {
    came.0[name].to_str().unwrap()
}

/// As a receiver checks it, by the convention alone.
fn is_signed(came: &Came, secret: &[u8]) -> bool {
    let (id, at) = (header(came, "webhook-id"), header(came, "webhook-timestamp"));
    let signed = format!("{id}.{at}.{}", came.1);
    let signature = header(came, "webhook-signature").strip_prefix("v1,").unwrap();
    let key = hmac::Key::new(hmac::HMAC_SHA256, secret);
    hmac::verify(&key, signed.as_bytes(), &STANDARD.decode(signature).unwrap()).is_ok()
}

async fn add_note(world: &World, contact: &str) {
    world.ask_for("ghl.note.create", &json!({ "contactId": contact, "body": "Called." })).await;
    world.settle().await;
}

#[tokio::test]
async fn what_the_bus_is_told_of_a_connection_reaches_its_receiver_signed() {
    let world = world(Way::Key).await;
    let contact = contact(&world).await;
    let (receiver, _) = Receiver::of(&world).await;
    add_note(&world, &contact).await;
    let came = receiver.take();
    assert_eq!(came.len(), 1);
    assert!(is_signed(&came[0], &secret(&world).await));
    assert!(!is_signed(&came[0], b"another"));
    let age = world.time.now().as_second() - header(&came[0], "webhook-timestamp").parse::<i64>().unwrap();
    assert!((0..60).contains(&age));
    let body: Value = serde_json::from_str(&came[0].1).unwrap();
    assert_eq!((&body["type"], &body["data"]["action"]), (&json!("ActionDone"), &json!("ghl.note.create")));
    assert_eq!(body["timestamp"], body["data"]["at"]);
}

#[tokio::test]
async fn an_event_is_sent_until_it_is_taken_and_keeps_its_id() {
    let world = world(Way::Key).await;
    let contact = contact(&world).await;
    let (receiver, _) = Receiver::of(&world).await;
    receiver.answer(&[500, 503, 302]);
    add_note(&world, &contact).await;
    let came = receiver.take();
    assert_eq!(came.len(), 4);
    assert!(came.iter().all(|one| header(one, "webhook-id") == header(&came[0], "webhook-id")));
    world.settle().await;
    assert!(receiver.take().is_empty());
}

#[tokio::test]
async fn a_receiver_that_fails_keeps_nothing_waiting_and_is_left_alone_after_half_a_day() {
    let world = world(Way::Key).await;
    let contact = contact(&world).await;
    let (receiver, url) = Receiver::of(&world).await;
    receiver.answer(&[500; 200]);
    world.ask_for("ghl.note.create", &json!({ "contactId": contact, "body": "One." })).await;
    let begun = world.time.now();
    while world.step().await {}
    assert_eq!((world.ghl.notes(LOCATION, &contact).len(), world.time.now()), (1, begun));
    world.settle().await;
    assert!(page(&world).await.contains("nothing is sent any more"));
    let tries = receiver.take().len();
    assert!((20..60).contains(&tries), "{tries} tries");
    add_note(&world, &contact).await;
    assert!(receiver.take().is_empty() && world.sqs.messages(JOBS).is_empty());
    receiver.answer(&[]);
    enter(&world, &url).await;
    add_note(&world, &contact).await;
    assert_eq!(receiver.take().len(), 1);
}

#[tokio::test]
async fn a_receiver_that_says_that_it_is_gone_gets_nothing_more() {
    let world = world(Way::Key).await;
    let contact = contact(&world).await;
    let (receiver, _) = Receiver::of(&world).await;
    receiver.answer(&[410]);
    add_note(&world, &contact).await;
    add_note(&world, &contact).await;
    assert_eq!(receiver.take().len(), 1);
    let connection = Connections::new(world.table.clone()).get(&world.connection()).await.unwrap().unwrap();
    assert!(connection.outgoing.unwrap().stopped);
}

#[tokio::test]
async fn an_address_that_is_none_is_refused_and_a_blank_one_ends_it() {
    let world = world(Way::Key).await;
    let contact = contact(&world).await;
    let (receiver, _) = Receiver::of(&world).await;
    let before = secret(&world).await;
    for wrong in
        ["http://hooks.example.com/a", "nonsense", "ftp://example.com", "https://user:pass@example.com"]
    {
        let answer = world.post(&format!("/connections/{LOCATION}/automation"), &[("url", wrong)]).await;
        assert_eq!(answer.status(), 422, "{wrong}");
    }
    assert_eq!(secret(&world).await, before);
    enter(&world, "").await;
    add_note(&world, &contact).await;
    assert!(receiver.take().is_empty());
}
