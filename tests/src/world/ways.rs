//! Worlds that sync everything, one for each profile by which HelloLeads is reached.

use secrecy::ExposeSecret;
use serde_json::json;
use shared::helloleads::hook::live_secrets;

use super::{LOCATION, Options, World};
use crate::helloleads::RelayAuth;

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

/// The one calendar.
pub const CALENDAR: &str = "CVokAlI8fgw4WYWoCtQz";
const SESSION: &str = "session-1";
const USER: &str = "7";

/// A world that syncs everything, connected by this profile; empty.
///
/// # Panics
/// Where the product does not start: nothing can be tried then.
pub async fn world(way: Way) -> World {
    world_with(way, Options::default()).await
}

/// The same with other accounts.
///
/// # Panics
/// As [`world`].
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
        let keys = world.engines().keys.get().await.expect("the sandbox has the keys").clone();
        let secret = live_secrets(keys.hook_master(), &world.connection(), 0).swap_remove(0);
        let secret = secret.expose_secret().to_owned();
        world.helloleads.set_catch_secret(&secret);
        let address = format!("{}/hooks/helloleads/{LOCATION}", world.url);
        world.helloleads.relay_to(&address, RelayAuth::Hmac { secret });
    }
    world
}
