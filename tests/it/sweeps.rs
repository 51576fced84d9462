//! What no webhook told and no look shows: deletes, merges, restores, and records that slipped through.

use jiff::SignedDuration;
use sandbox::ghl::LocationSettings;
use sandbox::world::{LOCATION, Options, World};
use serde_json::{Value, json};
use shared::connection::Connection;
use shared::connection::policy::DeleteRule;
use shared::model::ids::RecordId;
use shared::model::side::{Kind, PerSide, Side};
use shared::store::connections::Connections;
use shared::store::forgetting::Forgetting;
use shared::store::identity::Identity;
use shared::store::links::{Known, Link, Links};

use crate::contact_sync::{ann, assert_agreed, only_contact, only_lead, parked, plain_world};
use crate::notes_sync::in_ghl;
use crate::related::{Way, contact, lead, world};

async fn link_of(world: &World, side: Side, id: &str) -> Link {
    let id = RecordId::parse(id).unwrap();
    let links = Links::new(world.table.clone(), world.connection());
    match links.known(Identity { kind: Kind::Contact, side, id: &id }).await.unwrap() {
        Known::Linked(link) => *link,
        other => panic!("{other:?}"),
    }
}

async fn rule(world: &World, rule: DeleteRule) {
    let change = |connection: &mut Connection| connection.policy.on_delete = PerSide::new(rule, rule);
    Connections::new(world.table.clone()).change(&world.connection(), change).await.unwrap();
}

#[tokio::test]
async fn a_contact_deleted_without_a_word_is_found_within_a_day() {
    let world = plain_world().await;
    let kept =
        world.ghl.person_creates_contact(LOCATION, json!({ "firstName": "Bo", "email": "bo@example.com" }));
    let gone = world.ghl.person_creates_contact(LOCATION, ann());
    world.settle().await;
    world.pass_day().await;
    world.ghl.person_deletes_contact(LOCATION, &gone);
    assert_eq!(world.ghl.take_webhooks().len(), 1, "its webhook is lost");
    world.pass_period().await;
    let marked = |world: &World| {
        let leads = world.helloleads.leads();
        leads
            .iter()
            .filter(|lead| lead["notes"].as_str().unwrap_or_default().contains("deleted in GHL"))
            .count()
    };
    assert_eq!(marked(&world), 0, "no look shows it");
    world.pass_day().await;
    assert_eq!(marked(&world), 1);
    assert_eq!(link_of(&world, Side::Ghl, &gone).await.buried, Some(Side::Ghl));
    assert_eq!(link_of(&world, Side::Ghl, &kept).await.buried, None);
    assert_agreed(&world).await;
    assert_eq!(world.verify(false).await, []);
}

#[tokio::test]
async fn a_lead_deleted_in_helloleads_is_found_by_reading_all_leads_twice() {
    let world = plain_world().await;
    rule(&world, DeleteRule::Delete).await;
    for number in 0..30 {
        let email = format!("p{number}@example.com");
        world.ghl.person_creates_contact(LOCATION, json!({ "firstName": "P", "email": email }));
    }
    world.settle().await;
    let leads = world.helloleads.leads();
    let gone = leads[7]["email"].as_str().unwrap().to_owned();
    world.helloleads.person_deletes_lead(leads[7]["id"].as_str().unwrap());
    world.pass_period().await;
    assert_eq!(world.ghl.contacts(LOCATION).len(), 30, "the key shows no deletes");
    let mark = world.helloleads.calls().len();
    assert_eq!(world.verify(true).await.len(), 1);
    let contacts = world.ghl.contacts(LOCATION);
    assert_eq!(contacts.len(), 29);
    assert!(contacts.iter().all(|contact| contact["email"] != gone.as_str()));
    let reads = world.helloleads.calls().names_since(mark);
    assert_eq!(reads.iter().filter(|name| *name == "GET /leads").count(), 4, "two pages, twice: {reads:?}");
    assert_eq!(world.verify(false).await, []);
}

#[tokio::test]
async fn two_contacts_merged_without_a_word_end_as_one_link() {
    let settings = LocationSettings { allow_duplicates: true, ..LocationSettings::default() };
    let world = World::start(Options { location: settings, ..Options::default() }).await;
    world.connect(&[]).await;
    let first = world.ghl.person_creates_contact(LOCATION, ann());
    world.settle().await;
    let lead = only_lead(&world)["id"].as_str().unwrap().to_owned();
    let second = world.ghl.person_creates_contact(LOCATION, ann());
    world.settle().await;
    assert_eq!(parked(&world).await.len(), 1, "the same person twice is for a person to decide");
    world.time.advance(SignedDuration::from_mins(20));
    world.pass_period().await;
    // A merge keeps one of the two.
    world.ghl.person_deletes_contact(LOCATION, &first);
    world.ghl.take_webhooks();
    world.verify(true).await;
    let link = link_of(&world, Side::HelloLeads, &lead).await;
    assert_eq!((link.ids.ghl.as_str(), link.buried), (second.as_str(), None));
    assert_eq!(world.helloleads.leads().len(), 1);
    assert_agreed(&world).await;
    assert_eq!(world.verify(false).await, []);
}

#[tokio::test]
async fn a_restored_contact_comes_back_as_the_same_link() {
    let world = plain_world().await;
    world.ghl.set(|switches| switches.restore_fires_create = false);
    let id = world.ghl.person_creates_contact(LOCATION, ann());
    world.settle().await;
    let before = link_of(&world, Side::Ghl, &id).await;
    world.ghl.person_deletes_contact(LOCATION, &id);
    world.settle().await;
    assert_eq!(link_of(&world, Side::Ghl, &id).await.buried, Some(Side::Ghl));
    world.ghl.person_restores_contact(LOCATION, &id);
    world.verify(true).await;
    let after = link_of(&world, Side::Ghl, &id).await;
    assert_eq!((after.link, after.buried, after.ids), (before.link, None, before.ids));
    assert_eq!(world.helloleads.leads().len(), 1);
    world.ghl.person_edits_contact(LOCATION, &id, json!({ "city": "Leeds" }));
    world.settle().await;
    assert_eq!(only_lead(&world)["city"], "Leeds", "it is synced again");
    assert_eq!(world.verify(false).await, []);
}

#[tokio::test]
async fn a_contact_that_slipped_through_is_found() {
    let world = plain_world().await;
    let id = world.ghl.person_creates_contact(LOCATION, ann());
    world.settle().await;
    world.time.advance(SignedDuration::from_mins(10));
    world.ghl.person_creates_contact(LOCATION, json!({ "firstName": "Bo", "email": "bo@example.com" }));
    world.settle().await;
    world.time.advance(SignedDuration::from_hours(1));
    world.pass_period().await;
    // As if nobody had ever told of it, and its change was long past.
    let forgetting = Forgetting::new(world.table.clone(), world.connection());
    forgetting.contact(Side::Ghl, &RecordId::parse(&id).unwrap()).await.unwrap();
    world.pass_period().await;
    assert_eq!(world.verify(false).await.len(), 2, "one record on each side that is not linked");
    world.verify(true).await;
    assert_eq!(link_of(&world, Side::Ghl, &id).await.buried, None);
    assert_eq!((world.helloleads.leads().len(), world.ghl.contacts(LOCATION).len()), (2, 2), "nobody twice");
    assert_eq!(world.verify(false).await, []);
    assert_agreed(&world).await;
}

#[tokio::test]
async fn notes_of_which_no_webhook_told_are_found_by_the_rotation() {
    for way in [Way::Relay, Way::V1] {
        let world = world(way).await;
        let contact = contact(&world).await;
        let lead = lead(&world);
        let told = world.ghl.person_creates_note(LOCATION, &contact, "Told.");
        world.settle().await;
        world.pass_day().await;
        world.ghl.person_creates_note(LOCATION, &contact, "Not told.");
        if way == Way::Relay {
            world.ghl.person_deletes_note(LOCATION, &contact, &told);
        }
        world.ghl.take_webhooks();
        world.pass_day().await;
        world.pass_day().await;
        let comments = world.helloleads.comments(&lead);
        let mut texts: Vec<String> =
            comments.iter().map(|comment| comment["text"].as_str().unwrap().to_owned()).collect();
        texts.retain(|text| text.contains("old."));
        let expected = if way == Way::Relay { 1 } else { 2 };
        assert_eq!(texts.len(), expected, "{way:?}: {texts:?}");
        assert!(texts.iter().any(|text| text.contains("Not told.")), "{way:?}: {texts:?}");
        assert_eq!(in_ghl(&world, &contact).len(), expected, "{way:?}");
        assert_eq!(world.verify(false).await, [], "{way:?}");
    }
}

#[tokio::test]
async fn tasks_and_appointments_deleted_without_a_word_are_found_by_the_rotation() {
    let world = world(Way::Relay).await;
    let contact = contact(&world).await;
    let due = "2026-12-20T15:00:00Z";
    let task = json!({ "title": "Call", "dueDate": due });
    let task = world.ghl.person_creates_task(LOCATION, &contact, task);
    let visit = json!({
        "calendarId": crate::related::CALENDAR, "contactId": contact, "title": "Visit", "startTime": due,
        "endTime": "2026-12-20T16:00:00Z",
    });
    let visit = world.ghl.person_books_appointment(LOCATION, visit);
    world.settle().await;
    let lead = lead(&world);
    assert_eq!((world.helloleads.todos(&lead).len(), world.helloleads.appointments(&lead).len()), (1, 1));
    world.pass_day().await;
    world.ghl.person_deletes_task(LOCATION, &contact, &task);
    world.ghl.person_deletes_appointment(LOCATION, &visit);
    world.ghl.take_webhooks();
    world.pass_day().await;
    world.pass_day().await;
    assert_eq!((world.helloleads.todos(&lead).len(), world.helloleads.appointments(&lead).len()), (0, 0));
    assert_eq!(only_contact(&world)["id"], Value::from(contact), "its contact stays");
    assert_eq!(world.verify(false).await, []);
}

#[tokio::test]
async fn a_lead_that_was_deleted_and_entered_anew_keeps_its_contact() {
    let world = plain_world().await;
    world.ghl.person_creates_contact(LOCATION, ann());
    world.settle().await;
    world.pass_day().await;
    let old = lead(&world);
    world.helloleads.person_deletes_lead(&old);
    let fields = json!({ "list_key": sandbox::world::LIST, "first_name": "Ann", "email": "ann@example.com" });
    world.helloleads.person_creates_lead(fields);
    for _ in 0..3 {
        world.pass_day().await;
    }
    let new = lead(&world);
    assert!(new != old);
    let contact = only_contact(&world)["id"].as_str().unwrap().to_owned();
    assert_eq!(link_of(&world, Side::Ghl, &contact).await.ids.helloleads.as_str(), new);
    assert_agreed(&world).await;
}
