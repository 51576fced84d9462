//! The event bus: what became of a connection, told once, and told again where it could not be.

use sandbox::ghl::Choice;
use sandbox::world::{LOCATION, World};
use serde_json::{Value, json};

use crate::contact_sync::{ann, plain_world};

/// The schedule fires, and everything comes to rest; answers what the bus was told.
async fn told(world: &World) -> Vec<Value> {
    world.pass_period().await;
    world.tick().await;
    world.bus.take()
}

fn names(events: &[Value]) -> Vec<&str> {
    events.iter().map(|event| event["detail-type"].as_str().unwrap()).collect()
}

#[tokio::test]
async fn the_bus_is_told_once_of_each_change_of_a_connection() {
    let world = plain_world().await;
    assert_eq!(names(&told(&world).await), ["ConnectionLive", "FirstImportFinished"]);
    assert_eq!(told(&world).await, Vec::<Value>::new(), "nothing is told twice");
    world.ghl.revoke(LOCATION);
    world.ghl.person_creates_contact(LOCATION, ann());
    world.settle().await;
    let events = told(&world).await;
    let at = events[0]["detail"]["at"].clone();
    let detail = json!({ "version": 1, "connection": LOCATION, "at": at, "reason": "ghl_tokens_refused" });
    let expected = json!({
        "bus": "SyncBus",
        "source": "helloleads-ghl-sync",
        "detail-type": "ConnectionNeedsAttention",
        "detail": detail,
    });
    assert_eq!(events, [expected], "ids and codes, and no value of any record");
    world.install(Choice::Location(LOCATION.to_owned())).await;
    world.settle().await;
    assert_eq!(names(&told(&world).await), ["ConnectionLive"]);
    world.ghl.uninstall(LOCATION);
    world.settle().await;
    assert_eq!(names(&told(&world).await), ["ConnectionUninstalled"]);
}

#[tokio::test]
async fn what_the_bus_did_not_take_is_told_by_the_next_schedule_and_nothing_else_fails() {
    let world = plain_world().await;
    world.bus.take();
    world.ghl.uninstall(LOCATION);
    world.settle().await;
    world.bus.fail_next(3);
    world.tick().await;
    assert!(world.bus.take().is_empty());
    world.tick().await;
    assert_eq!(names(&world.bus.take()).last(), Some(&"ConnectionUninstalled"));
}
