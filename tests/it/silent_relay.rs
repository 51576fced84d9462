//! Relays that answer without the id of what they made: what was sent is known again by what it held, and nobody waits
//! for one for ever.

use jiff::SignedDuration;
use sandbox::ghl::LocationSettings;
use sandbox::world::{LOCATION, Options, World};
use serde_json::json;
use shared::connection::Connection;
use shared::connection::policy::DeleteRule;
use shared::disposition::Reason;
use shared::model::fingerprint::FingerprintKey;
use shared::model::ids::RecordId;
use shared::model::record::{Observed, Record};
use shared::model::side::{Kind, PerSide, Side};
use shared::store::connections::Connections;
use shared::store::identity::Identity;
use shared::store::links::{Known, Link, Links};

use crate::contact_sync::{ann, assert_agreed, only_contact, only_lead, parked};
use crate::forgetting::that_hold;
use crate::related::{Way, contact, lead, world_with};
use crate::repairing::press;

/// A world whose relay names nothing, and whose GHL takes duplicates that its search shows late.
async fn world() -> World {
    let location = LocationSettings { allow_duplicates: true, index_lag_ms: 9_000, ..Default::default() };
    let world = world_with(Way::Relay, Options { location, ..Options::default() }).await;
    world.helloleads.set(|switches| {
        switches.relay_answers_id = false;
        switches.relay_keeps_reference = false;
    });
    world
}

async fn work_off(world: &World) {
    world.ghl.deliver_all().await;
    while world.work().await {}
}

#[tokio::test]
async fn a_lead_that_names_nobody_meets_its_contact_before_the_search_shows_that_one() {
    let world = world().await;
    world.ghl.person_creates_contact(LOCATION, ann());
    work_off(&world).await;
    world.helloleads.deliver_relays().await;
    work_off(&world).await;
    assert_eq!(only_contact(&world)["email"], "ann@example.com", "it is not made a second time");
    world.settle().await;
    assert_agreed(&world).await;
}

#[tokio::test]
async fn a_contact_that_is_deleted_while_its_lead_is_awaited_is_not_made_again() {
    for keeps_reference in [true, false] {
        let world = world().await;
        world.helloleads.set(|switches| switches.relay_keeps_reference = keeps_reference);
        let contact = world.ghl.person_creates_contact(LOCATION, ann());
        work_off(&world).await;
        assert_eq!(parked(&world).await[0].reason, Reason::AwaitingRelay);
        world.time.advance(SignedDuration::from_secs(5));
        world.ghl.person_deletes_contact(LOCATION, &contact);
        work_off(&world).await;
        assert_eq!(parked(&world).await, [], "it awaits nothing any more");
        world.settle().await;
        world.pass_day().await;
        assert!(world.ghl.contacts(LOCATION).is_empty(), "reference kept: {keeps_reference}");
        let notes = only_lead(&world)["notes"].to_string();
        assert!(notes.contains("deleted in GHL"), "the rule for deletions holds: {notes}");
        assert_eq!(parked(&world).await, []);
    }
}

#[tokio::test]
async fn a_contact_that_is_deleted_without_a_word_awaits_nothing_after_the_next_sweep() {
    let world = world().await;
    let contact = world.ghl.person_creates_contact(LOCATION, ann());
    work_off(&world).await;
    world.helloleads.take_relay_hooks();
    world.ghl.person_deletes_contact(LOCATION, &contact);
    world.ghl.take_webhooks();
    assert_eq!(parked(&world).await.len(), 1);
    world.pass_day().await;
    assert_eq!(parked(&world).await, []);
}

#[tokio::test]
async fn a_note_that_is_edited_before_the_relay_tells_of_it_is_not_made_twice() {
    let world = world().await;
    world.helloleads.set(|switches| switches.relay_answers_id = true);
    let contact = contact(&world).await;
    let lead = lead(&world);
    world.helloleads.set(|switches| switches.relay_answers_id = false);
    let note = world.ghl.person_creates_note(LOCATION, &contact, "Call on Monday.");
    work_off(&world).await;
    world.time.advance(SignedDuration::from_secs(1));
    world.ghl.person_edits_note(LOCATION, &contact, &note, "Call on Tuesday.");
    world.settle().await;
    assert_eq!(world.ghl.notes(LOCATION, &contact).len(), 1);
    let comments = world.helloleads.comments(&lead);
    assert_eq!(comments.len(), 1);
    assert!(comments[0]["text"].as_str().unwrap().ends_with("Call on Tuesday."), "{comments:?}");
    assert_eq!(parked(&world).await, []);
}

#[tokio::test]
async fn a_relay_that_never_tells_is_shown_after_a_day_and_a_retry_sends_again() {
    let world = world().await;
    world.ghl.person_creates_contact(LOCATION, ann());
    work_off(&world).await;
    let lost = only_lead(&world)["id"].as_str().unwrap().to_owned();
    world.helloleads.person_deletes_lead(&lost);
    world.helloleads.take_relay_hooks();
    world.pass_day().await;
    world.pass_day().await;
    assert_eq!(parked(&world).await[0].reason, Reason::RelaySilent);
    assert!(world.helloleads.leads().is_empty(), "nothing is sent twice by itself");
    press(&world, "/stuck", "Retry", &[]).await;
    assert_eq!(only_lead(&world)["email"], "ann@example.com");
    world.settle().await;
    assert_agreed(&world).await;
}

#[tokio::test]
async fn a_webhook_that_overtakes_the_answer_of_the_call_that_caused_it_keeps_its_link() {
    let world = world().await;
    let links = Links::new(world.table.clone(), world.connection());
    let observed = |id: &str| {
        let (id, record) = (RecordId::parse(id).unwrap(), Record::default());
        let fingerprint = FingerprintKey::new(b"test").of([]);
        Observed { id, record, fingerprint, modified: None, heard: None, reference: None }
    };
    let link = Link::between(
        world.connection(),
        Kind::Contact,
        &PerSide::new(observed("9999999"), observed("aaCIdSIaq3ynDv03bvgl")),
    );
    let contact = Identity { kind: Kind::Contact, side: Side::Ghl, id: &link.ids.ghl };
    assert!(links.intend(contact, None, world.time.now()).await.unwrap());
    assert!(links.establish(&link).await.unwrap(), "the webhook of the new lead links it");
    assert!(!links.mark_sent(contact, 1, world.time.now()).await.unwrap());
    assert!(matches!(links.known(contact).await.unwrap(), Known::Linked(_)));
}

#[tokio::test]
async fn a_lead_that_is_made_again_by_such_a_relay_leaves_no_row_of_its_old_id() {
    let world = world().await;
    let connections = Connections::new(world.table.clone());
    let rule = |connection: &mut Connection| {
        connection.policy.on_delete = PerSide::new(DeleteRule::Recreate, DeleteRule::Recreate);
    };
    connections.change(&world.connection(), rule).await.unwrap();
    let contact = contact(&world).await;
    let before = lead(&world);
    world.helloleads.person_deletes_lead(&before);
    world.helloleads.deliver_relays().await;
    while world.work().await {}
    assert_eq!(parked(&world).await[0].reason, Reason::AwaitingRelay);
    world.time.advance(SignedDuration::from_secs(30));
    world.ghl.person_edits_contact(LOCATION, &contact, json!({ "city": "Leeds" }));
    work_off(&world).await;
    assert_eq!(world.helloleads.leads().len(), 1, "an edit meanwhile sends nothing twice");
    world.settle().await;
    assert_ne!(lead(&world), before);
    assert_eq!(only_lead(&world)["city"], "Leeds");
    assert_eq!(parked(&world).await, []);
}

#[tokio::test]
async fn what_was_sent_to_such_a_relay_is_forgotten_with_its_contact() {
    let world = world().await;
    let contact = contact(&world).await;
    assert_eq!(that_hold(&world, "AWAITED#").await.len(), 1);
    let asked = [("side", "ghl"), ("contact", contact.as_str())];
    assert_eq!(world.post(&format!("/connections/{LOCATION}/forget"), &asked).await.status(), 303);
    world.settle().await;
    assert_eq!(that_hold(&world, "AWAITED#").await, Vec::<String>::new());
}

#[tokio::test]
async fn an_edit_that_was_told_of_after_we_deleted_the_lead_does_not_bring_it_back() {
    let world = crate::related::world(Way::Relay).await;
    let connections = Connections::new(world.table.clone());
    let rule = |connection: &mut Connection| {
        connection.policy.on_delete = PerSide::new(DeleteRule::Delete, DeleteRule::Delete);
    };
    connections.change(&world.connection(), rule).await.unwrap();
    let contact = contact(&world).await;
    let lead = lead(&world);
    world.helloleads.person_edits_lead(&lead, json!({ "city": "Leeds" }));
    let late = world.helloleads.take_relay_hooks();
    world.time.advance(SignedDuration::from_secs(1));
    world.ghl.person_deletes_contact(LOCATION, &contact);
    work_off(&world).await;
    assert!(world.helloleads.leads().is_empty());
    for hook in &late {
        assert_eq!(world.helloleads.deliver_relay(hook).await, 202);
    }
    world.settle().await;
    world.pass_period().await;
    assert!(world.ghl.contacts(LOCATION).is_empty(), "the contact is not made again of a lead that is gone");
    assert_eq!(parked(&world).await, []);
}
