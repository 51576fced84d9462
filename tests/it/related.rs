//! What the tests of notes, tasks and appointments share: a world of each profile, with one contact in it.

use jiff::SignedDuration;
use sandbox::helloleads::RelayAuth;
use sandbox::world::{LOCATION, Options, World};
use secrecy::ExposeSecret;
use serde_json::{Value, json};
use shared::helloleads::hook::live_secrets;
use shared::store::connections::Connections;

use crate::contact_sync::{ann, only_lead};

/// By which profile HelloLeads is reached.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Way {
    Key,
    V1,
    Relay,
}

pub fn every_way() -> [Way; 3] {
    [Way::Key, Way::V1, Way::Relay]
}

pub const CALENDAR: &str = "CVokAlI8fgw4WYWoCtQz";
const SESSION: &str = "session-1";
const USER: &str = "7";

/// A world that syncs everything, connected by this profile; empty.
pub async fn world(way: Way) -> World {
    world_with(way, Options::default()).await
}

/// The same with other accounts.
pub async fn world_with(way: Way, options: Options) -> World {
    let world = World::start(options).await;
    let users = [
        ("u1", "owner@example.com", "Olga Owner"),
        ("u2", "asha@example.com", "Asha Rao"),
        ("u3", "ghl.only@example.com", "Gil Only"),
    ];
    for (id, email, name) in users {
        world.ghl.add_user(LOCATION, json!({ "id": id, "email": email, "name": name }));
    }
    world.helloleads.add_user("21", "asha@example.com", "Asha Rao");
    world.helloleads.add_user("22", "chen@example.com", "Chen Li");
    world.ghl.add_calendar(LOCATION, json!({ "id": CALENDAR, "name": "Sales" }));
    let base = world.helloleads.v1_url();
    let hook = world.helloleads.catch_hook_url();
    let mut form = vec![
        ("tasks", "yes"),
        ("notes", "yes"),
        ("appointments", "yes"),
        ("calendar", CALENDAR),
        ("read_comments", "yes"),
    ];
    match way {
        Way::Key => form.push(("region", "US")),
        Way::V1 => {
            world.helloleads.add_session(SESSION, USER);
            form.extend([
                ("profile", "v1"),
                ("base_url", base.as_str()),
                ("api_key", SESSION),
                ("email", USER),
                ("organisation", "org-1"),
            ]);
        }
        Way::Relay => {
            form.extend([
                ("profile", "relay"),
                ("catch_hook", hook.as_str()),
                ("advanced", r#"{"hook":{"trust":"snapshot"}}"#),
            ]);
        }
    }
    world.connect(&form).await;
    if way == Way::Relay {
        let keys = world.engines().keys.get().await.unwrap().clone();
        let secret = live_secrets(keys.hook_master(), &world.connection(), 0).swap_remove(0);
        let secret = secret.expose_secret().to_owned();
        world.helloleads.set_catch_secret(&secret);
        let address = format!("{}/hooks/helloleads/{LOCATION}", world.url);
        world.helloleads.relay_to(&address, RelayAuth::Hmac { secret });
    }
    world
}

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
