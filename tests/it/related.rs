//! What the tests of notes, tasks and appointments share: a world of each profile, with one contact in it.

use jiff::SignedDuration;
pub use sandbox::world::ways::{CALENDAR, Way, every_way, world, world_with};
use sandbox::world::{LOCATION, World};
use serde_json::{Value, json};
use shared::store::connections::Connections;

use crate::contact_sync::{ann, only_lead};

/// A contact on both sides; answers GHL's id of it.
pub async fn contact(world: &World) -> String {
    let contact = world.ghl.person_creates_contact(LOCATION, ann());
    world.settle().await;
    world.pass_period().await;
    world.time.advance(SignedDuration::from_mins(1));
    contact
}

/// HelloLeads' id of the one lead.
pub fn lead(world: &World) -> String {
    only_lead(world)["id"].as_str().unwrap().to_owned()
}

/// Delivers a webhook of GHL's as it might come, signed.
pub async fn deliver(world: &World, mut body: Value) {
    body["locationId"] = json!(LOCATION);
    deliver_of_app(world, body).await;
}

/// Delivers one that need not be of a location.
pub async fn deliver_of_app(world: &World, mut body: Value) {
    body["appId"] = json!(world.ghl.app().app_id);
    body["webhookId"] = json!(format!("made-{}", world.time.now().as_millisecond()));
    body["timestamp"] = json!(world.time.now().to_string());
    let body = body.to_string();
    let signature = world.ghl.sign(body.as_bytes());
    let sent = world.browser.post(format!("{}/webhooks/ghl", world.url)).header("x-ghl-signature", signature);
    assert_eq!(sent.body(body).send().await.unwrap().status(), 200);
}

/// Enters further settings on top of those of [`world`], by the key.
pub async fn enter(world: &World, more: &[(&str, &str)]) {
    let entered = world.enter_helloleads(&[&KINDS, more].concat()).await;
    assert_eq!(entered.status(), 303);
    world.settle().await;
}

const KINDS: [(&str, &str); 4] =
    [("tasks", "yes"), ("notes", "yes"), ("appointments", "yes"), ("read_comments", "yes")];

/// What the page says to further settings that are wrong.
pub async fn try_enter(world: &World, more: &[(&str, &str)]) -> String {
    let form = [&KINDS, more].concat();
    let answer = world.post(&format!("/connections/{LOCATION}"), &form).await;
    assert_eq!(answer.status(), 422);
    answer.text().await.unwrap()
}

/// Nobody has chosen a calendar.
pub async fn without_calendar(world: &World) {
    let connections = Connections::new(world.table.clone());
    connections.change(&world.connection(), |connection| connection.calendar = None).await.unwrap();
}
