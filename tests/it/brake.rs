//! The brake on mass changes, and the cap on writes of one record.

use jiff::SignedDuration;
use sandbox::world::{LOCATION, World};
use serde_json::json;
use shared::connection::Connection;
use shared::connection::policy::Most;
use shared::disposition::Reason;
use shared::model::act::Act;
use shared::store::connections::Connections;
use shared::sync::sweep::SweepCursor;

use crate::contact_sync::{able_world, ann, assert_agreed, only_lead, parked, plain_world};

const PEOPLE: usize = 12;

/// A world with some people on both sides, of whom three may be met by an act within a day.
async fn world_of_people() -> (World, Vec<String>) {
    let world = plain_world().await;
    let person = |number: usize| json!({ "firstName": "P", "email": format!("p{number}@example.com") });
    let ids: Vec<String> =
        (0..PEOPLE).map(|number| world.ghl.person_creates_contact(LOCATION, person(number))).collect();
    world.settle().await;
    let few = Most { records: 3, percent: 5 };
    let change = |connection: &mut Connection| {
        connection.policy.brake.deletes = few;
        connection.policy.brake.overwrites = few;
    };
    Connections::new(world.table.clone()).change(&world.connection(), change).await.unwrap();
    (world, ids)
}

fn marked(world: &World) -> usize {
    let leads = world.helloleads.leads();
    leads.iter().filter(|lead| lead["notes"].as_str().unwrap_or_default().contains("deleted in GHL")).count()
}

async fn page(world: &World) -> String {
    world.get(&format!("/connections/{LOCATION}")).await.text().await.unwrap()
}

async fn release(world: &World, act: &str) {
    let path = format!("/connections/{LOCATION}/release-{act}");
    assert_eq!(world.post(&path, &[]).await.status(), 303);
    world.settle().await;
}

#[tokio::test]
async fn a_sweep_that_would_delete_too_many_deletes_none_and_asks_a_person() {
    let (world, ids) = world_of_people().await;
    world.pass_day().await;
    for id in &ids[..5] {
        world.ghl.person_deletes_contact(LOCATION, id);
    }
    world.ghl.take_webhooks();
    world.verify(true).await;
    assert_eq!(marked(&world), 0, "five are more than three, and than five of a hundred of twelve");
    let sweep = SweepCursor::read(&world.table, &world.connection()).await.unwrap();
    assert_eq!(sweep.too_many_gone, Some(5));
    let shown = page(&world).await;
    assert!(shown.contains("5 contacts are gone from one side"), "{shown}");
    assert!(shown.contains("release-delete"), "{shown}");
    release(&world, "delete").await;
    assert_eq!(marked(&world), 5, "a person has looked");
    assert!(!page(&world).await.contains("are gone from one side"));
    assert_agreed(&world).await;
    assert_eq!(world.verify(false).await, []);
}

#[tokio::test]
async fn deletes_that_webhooks_tell_stop_at_the_limit_and_go_on_when_released() {
    let (world, ids) = world_of_people().await;
    for id in &ids[..8] {
        world.ghl.person_deletes_contact(LOCATION, id);
    }
    world.settle().await;
    assert_eq!(marked(&world), 3);
    let waiting = parked(&world).await;
    assert_eq!(waiting.len(), 5);
    assert!(
        waiting.iter().all(|one| one.reason == Reason::Braked { act: Act::Delete, limit: 3 }),
        "{waiting:?}"
    );
    assert!(page(&world).await.contains("more than 3 records would be deleted within a day"));
    world.pass_day().await;
    assert_eq!(marked(&world), 3, "another day alone does not release it");
    release(&world, "delete").await;
    assert_eq!(marked(&world), 8);
    assert_eq!(parked(&world).await, []);
}

#[tokio::test]
async fn overwriting_too_many_stops_too_and_few_changes_never_do() {
    let (world, ids) = world_of_people().await;
    for id in &ids[..2] {
        world.ghl.person_edits_contact(LOCATION, id, json!({ "city": "Leeds" }));
    }
    world.settle().await;
    assert_eq!(parked(&world).await, []);
    for id in &ids[2..8] {
        world.ghl.person_edits_contact(LOCATION, id, json!({ "city": "York" }));
    }
    world.settle().await;
    let in_york = world.helloleads.leads().iter().filter(|lead| lead["city"] == "York").count();
    assert_eq!((in_york, parked(&world).await.len()), (1, 5));
    release(&world, "overwrite").await;
    assert_agreed(&world).await;
    assert_eq!(parked(&world).await, []);
}

#[tokio::test]
async fn a_record_is_not_written_more_often_in_an_hour_than_the_cap_says() {
    let world = able_world().await;
    let id = world.ghl.person_creates_contact(LOCATION, ann());
    world.settle().await;
    let mark = world.helloleads.calls().len();
    for number in 0..30 {
        world.time.advance(SignedDuration::from_secs(30));
        world.ghl.person_edits_contact(LOCATION, &id, json!({ "city": format!("City {number}") }));
        world.settle().await;
    }
    let writes = world.helloleads.calls().names_since(mark);
    assert_eq!(
        writes.iter().filter(|name| *name == "PUT /lead/:id").count(),
        20,
        "somebody's loop ends here"
    );
    assert_eq!(parked(&world).await[0].reason, Reason::WritesCapped { max: 20 });
    for _ in 0..3 {
        world.time.advance(SignedDuration::from_hours(1));
        world.pass_period().await;
    }
    assert_eq!(only_lead(&world)["city"], "City 29", "an hour later it goes on by itself");
    assert_agreed(&world).await;
    assert_eq!(parked(&world).await, []);
}
