//! Requests of people who want nothing to be known of them, and connections that are long over.

use jiff::SignedDuration;
use sandbox::ghl::Choice;
use sandbox::world::{LOCATION, World};
use serde_json::json;
use shared::connection::{Connection, State};
use shared::store::connections::Connections;
use shared::vault::connection_secrets::Holder;

use crate::contact_sync::{able_world, assert_agreed, only_lead};
use crate::related::{Way, contact, lead, world};

/// Every row of the table, as text.
async fn rows(world: &World) -> Vec<String> {
    let (mut rows, mut start) = (Vec::new(), None);
    loop {
        let scan = world.clients().dynamodb.scan().table_name(world.table.name());
        let answer = scan.set_exclusive_start_key(start).send().await.unwrap();
        rows.extend(answer.items().iter().map(|item| format!("{item:?}")));
        start = answer.last_evaluated_key;
        if start.is_none() {
            return rows;
        }
    }
}

pub async fn that_hold(world: &World, text: &str) -> Vec<String> {
    rows(world).await.into_iter().filter(|row| row.contains(text)).collect()
}

#[tokio::test]
async fn forgetting_a_contact_leaves_nothing_of_it() {
    for way in [Way::Key, Way::V1, Way::Relay] {
        let world = world(way).await;
        let id = contact(&world).await;
        let lead = lead(&world);
        world.ghl.person_creates_note(LOCATION, &id, "A secret of Ann's.");
        world.ghl.person_creates_task(
            LOCATION,
            &id,
            json!({ "title": "Ann's task", "dueDate": "2026-12-20T15:00:00Z" }),
        );
        world.settle().await;
        world.ghl.person_edits_contact(LOCATION, &id, json!({ "email": "ann.lee@example.com" }));
        world.settle().await;
        world.pass_period().await;
        assert!(!that_hold(&world, "ann.lee@example.com").await.is_empty());
        world.ghl.person_deletes_contact(LOCATION, &id);
        if way == Way::Relay {
            world.helloleads.person_deletes_lead(&lead);
        }
        world.settle().await;
        let asked = [("side", "ghl"), ("contact", id.as_str())];
        assert_eq!(world.post(&format!("/connections/{LOCATION}/forget"), &asked).await.status(), 303);
        world.settle().await;
        for text in ["ann@example.com", "ann.lee@example.com", "secret of Ann", "Ann's task", "415555"] {
            assert_eq!(that_hold(&world, text).await, Vec::<String>::new(), "{way:?}: {text}");
        }
        // Cursors may name the id for as long as an overlap reaches back.
        let left = that_hold(&world, &id).await;
        assert!(left.iter().all(|row| row.contains("CURSOR#")), "{way:?}: {left:#?}");
    }
}

#[tokio::test]
async fn a_changed_address_leaves_no_line_of_the_old_one_in_the_index() {
    let world = able_world().await;
    let id = world.ghl.person_creates_contact(LOCATION, crate::contact_sync::ann());
    world.settle().await;
    let matches = async |world: &World| that_hold(world, "MATCH#").await.len();
    let before = matches(&world).await;
    world.ghl.person_edits_contact(LOCATION, &id, json!({ "email": "other@example.com" }));
    world.settle().await;
    world.pass_period().await;
    let lead = only_lead(&world)["id"].as_str().unwrap().to_owned();
    world.helloleads.person_edits_lead(&lead, json!({ "email": "third@example.com" }));
    world.pass_period().await;
    assert_eq!(matches(&world).await, before, "one of the e-mail, one of the phone");
    assert_agreed(&world).await;
}

#[tokio::test]
async fn an_uninstall_deletes_the_tokens_and_keeps_the_links_for_ninety_days() {
    let world = able_world().await;
    let id = world.ghl.person_creates_contact(LOCATION, crate::contact_sync::ann());
    world.settle().await;
    world.ghl.uninstall(LOCATION);
    world.settle().await;
    let secret = world.engines().secrets.read(&Holder::Connection(world.connection())).await.unwrap();
    assert!(secret.unwrap().ghl.is_none(), "the tokens are gone");
    let calls = world.ghl.calls().len();
    world.time.advance(SignedDuration::from_hours(24 * 89));
    world.pass_period().await;
    assert_eq!(world.ghl.calls().len(), calls, "its lane stands still");
    assert!(!that_hold(&world, "LINK#").await.is_empty());
    world.time.advance(SignedDuration::from_hours(48));
    world.pass_period().await;
    let connection: Option<Connection> =
        Connections::new(world.table.clone()).get(&world.connection()).await.unwrap();
    assert_eq!(connection, None);
    let left = that_hold(&world, "ann@example.com").await;
    assert!(left.is_empty(), "{left:#?}");
    let left = that_hold(&world, &id).await;
    assert!(left.is_empty(), "{left:#?}");
    assert!(world.engines().secrets.read(&Holder::Connection(world.connection())).await.unwrap().is_none());
}

#[tokio::test]
async fn a_new_install_within_ninety_days_goes_on_without_duplicates() {
    let world = able_world().await;
    world.ghl.person_creates_contact(LOCATION, crate::contact_sync::ann());
    world.settle().await;
    world.ghl.uninstall(LOCATION);
    world.settle().await;
    world.time.advance(SignedDuration::from_hours(24 * 60));
    assert_eq!(world.install(Choice::Location(LOCATION.to_owned())).await.status(), 303);
    world.settle().await;
    world.time.advance(SignedDuration::from_hours(24 * 60));
    world.pass_period().await;
    let connection = Connections::new(world.table.clone()).get(&world.connection()).await.unwrap().unwrap();
    assert_eq!((connection.state, connection.uninstalled_at), (State::Live, None));
    assert_eq!(
        (world.helloleads.leads().len(), world.ghl.contacts(LOCATION).len()),
        (2, 1),
        "and the test lead"
    );
    assert_agreed(&world).await;
}
