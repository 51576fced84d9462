//! Contacts and their tags, both ways.

use jiff::SignedDuration;
use sandbox::compare::pairs;
use sandbox::world::{CONTACTS, LIST, LOCATION, Options, World};
use serde_json::{Value, json};
use shared::connection::policy::{ConflictRule, DeleteRule};
use shared::disposition::Reason;
use shared::model::side::{PerSide, Side};
use shared::store::conflicts::ConflictJournal;
use shared::store::connections::Connections;
use shared::store::parked::{Parked, ParkedList};

/// A world whose HelloLeads account can do all that such an account may be able to.
pub async fn able_world() -> World {
    let world = World::start(Options::default()).await;
    world.helloleads.set(|switches| {
        switches.tags_on_update = true;
        switches.clears_on_empty = true;
    });
    world.connect(&[("probe", "yes")]).await;
    world
}

pub async fn plain_world() -> World {
    let world = World::start(Options::default()).await;
    world.connect(&[]).await;
    world
}

pub fn ann() -> Value {
    json!({ "firstName": "Ann", "lastName": "Lee", "email": "ann@example.com", "phone": "+14155550101" })
}

pub fn ann_as_lead() -> Value {
    json!({ "list_key": LIST, "first_name": "Ann", "last_name": "Lee", "email": "ann@example.com" })
}

pub async fn parked(world: &World) -> Vec<Parked> {
    ParkedList::new(world.table.clone(), world.connection()).all().await.unwrap()
}

/// Both sides agree, nothing waits and nothing is parked.
pub async fn assert_agreed(world: &World) {
    for pair in pairs(world) {
        assert!(pair.agrees(), "{pair:#?}");
    }
    assert!(world.sqs.messages(CONTACTS).is_empty());
    assert_eq!(parked(world).await, []);
}

/// The one lead that is no test lead.
pub fn only_lead(world: &World) -> Value {
    let leads = world.helloleads.leads();
    let mut leads = leads.into_iter().filter(|lead| lead["first_name"] != "Sync test lead");
    let lead = leads.next().expect("there is a lead");
    assert!(leads.next().is_none(), "there is one lead only");
    lead
}

pub fn only_contact(world: &World) -> Value {
    let contacts = world.ghl.contacts(LOCATION);
    assert_eq!(contacts.len(), 1, "{contacts:#?}");
    contacts[0].clone()
}

fn id(row: &Value) -> &str {
    row["id"].as_str().unwrap()
}

#[tokio::test]
async fn a_contact_made_in_ghl_becomes_a_lead() {
    let world = plain_world().await;
    let mut contact = ann();
    contact["tags"] = json!(["VIP", "Expo 2026"]);
    contact["city"] = json!("Leeds");
    contact["country"] = json!("GB");
    world.ghl.person_creates_contact(LOCATION, contact);
    world.settle().await;
    let lead = only_lead(&world);
    assert_eq!(lead["mobile"], "+14155550101", "the code is not doubled");
    assert_eq!(lead["tags"], "expo 2026,vip");
    assert_eq!(lead["country"], "United Kingdom of Great Britain and Northern Ireland");
    assert_agreed(&world).await;
}

#[tokio::test]
async fn a_lead_made_in_helloleads_becomes_a_contact() {
    let world = plain_world().await;
    let lead = json!({ "list_key": LIST, "first_name": "Bo", "mobile": "+919876543210", "country": "India", "tags": "Hot lead" });
    world.helloleads.person_creates_lead(lead);
    world.pass_period().await;
    let contact = only_contact(&world);
    assert_eq!(contact["phone"], "+919876543210");
    assert_eq!(contact["country"], "IN");
    assert_eq!(contact["tags"], json!(["hot lead"]));
    assert_agreed(&world).await;
}

#[tokio::test]
async fn edits_of_both_sides_reach_the_other() {
    let world = able_world().await;
    let contact = world.ghl.person_creates_contact(LOCATION, ann());
    world.settle().await;
    let lead = only_lead(&world);
    world.time.advance(SignedDuration::from_secs(30));
    world.ghl.person_edits_contact(LOCATION, &contact, json!({ "city": "Leeds", "lastName": null }));
    world.settle().await;
    assert_eq!(only_lead(&world)["city"], "Leeds");
    assert!(only_lead(&world)["last_name"].as_str().is_none_or(str::is_empty), "a blank is an edit too");
    world.time.advance(SignedDuration::from_secs(30));
    world.helloleads.person_edits_lead(id(&lead), json!({ "first_name": "Anne", "mobile": "+442079460000" }));
    world.pass_period().await;
    assert_eq!(only_contact(&world)["firstName"], "Anne");
    assert_eq!(only_contact(&world)["phone"], "+442079460000");
    assert_agreed(&world).await;
}

#[tokio::test]
async fn tags_are_added_and_removed_by_the_tag_calls_only() {
    let world = able_world().await;
    let contact = world.ghl.person_creates_contact(LOCATION, ann());
    world.settle().await;
    world.ghl.person_adds_tag(LOCATION, &contact, "Renewal");
    world.settle().await;
    assert_eq!(only_lead(&world)["tags"], "renewal");
    let mark = world.ghl.calls().len();
    world.time.advance(SignedDuration::from_secs(30));
    world.helloleads.person_edits_lead(id(&only_lead(&world)), json!({ "tags": "Cold" }));
    world.pass_period().await;
    assert_eq!(only_contact(&world)["tags"], json!(["cold"]));
    let calls = world.ghl.calls().names_since(mark);
    assert!(calls.contains(&"POST /contacts/:id/tags".to_owned()), "{calls:?}");
    assert!(calls.contains(&"DELETE /contacts/:id/tags".to_owned()), "{calls:?}");
    assert!(!calls.contains(&"PUT /contacts/:id".to_owned()), "{calls:?}");
    assert_agreed(&world).await;
}

#[tokio::test]
async fn what_both_accounts_held_before_is_linked_and_not_doubled() {
    let world = World::start(Options::default()).await;
    world.ghl.person_creates_contact(LOCATION, ann());
    world.ghl.person_creates_contact(LOCATION, json!({ "firstName": "Cy", "email": "cy@example.com" }));
    world.helloleads.person_creates_lead(ann_as_lead());
    world
        .helloleads
        .person_creates_lead(json!({ "list_key": LIST, "first_name": "Di", "email": "di@example.com" }));
    world.time.advance(SignedDuration::from_mins(5));
    world.connect(&[]).await;
    assert_eq!((world.ghl.contacts(LOCATION).len(), world.helloleads.leads().len()), (3, 3));
    assert_agreed(&world).await;
    let lead = pairs(&world).into_iter().find_map(|pair| pair.lead.filter(|lead| lead.name == "Ann Lee"));
    assert_eq!(lead.unwrap().phone, "+14155550101", "a blank does not erase a value");
}

#[tokio::test]
async fn a_conflict_goes_by_the_rule_and_the_loser_is_kept() {
    for (rule, winner) in
        [(ConflictRule::GhlWins, Side::Ghl), (ConflictRule::HelloLeadsWins, Side::HelloLeads)]
    {
        let world = plain_world().await;
        let contact = world.ghl.person_creates_contact(LOCATION, ann());
        world.settle().await;
        set_policy(&world, |policy| policy.conflict = rule).await;
        world.time.advance(SignedDuration::from_secs(30));
        world.ghl.person_edits_contact(LOCATION, &contact, json!({ "lastName": "Lee-Ghl" }));
        world.helloleads.person_edits_lead(id(&only_lead(&world)), json!({ "last_name": "Lee-Hello" }));
        world.pass_period().await;
        let expected = if winner == Side::Ghl { "Lee-Ghl" } else { "Lee-Hello" };
        assert_eq!(only_contact(&world)["lastName"], expected);
        assert_agreed(&world).await;
        let journal = ConflictJournal::new(world.table.clone(), world.connection())
            .all(world.time.now())
            .await
            .unwrap();
        assert_eq!(journal.len(), 1, "{rule:?}");
        assert_eq!(journal[0].winner, winner);
        let kept = journal[0].values.of(winner.other()).as_ref().and_then(|value| value.as_text());
        assert_eq!(kept, Some(if winner == Side::Ghl { "Lee-Hello" } else { "Lee-Ghl" }));
    }
}

async fn set_policy(world: &World, change: impl Fn(&mut shared::connection::policy::Policy) + Send + Sync) {
    let connections = Connections::new(world.table.clone());
    connections.change(&world.connection(), |connection| change(&mut connection.policy)).await.unwrap();
}

#[tokio::test]
async fn a_contact_deleted_in_ghl_leaves_a_marked_lead_that_nothing_brings_back() {
    let world = plain_world().await;
    let contact = world.ghl.person_creates_contact(LOCATION, ann());
    world.settle().await;
    world.ghl.person_edits_contact(LOCATION, &contact, json!({ "city": "Leeds" }));
    let late = world.ghl.take_webhooks();
    world.ghl.person_deletes_contact(LOCATION, &contact);
    world.settle().await;
    for hook in &late {
        world.ghl.deliver(hook).await;
    }
    world.settle().await;
    world.pass_period().await;
    assert_eq!(world.ghl.contacts(LOCATION).len(), 0, "no late event resurrects it");
    assert!(only_lead(&world)["notes"].as_str().unwrap().contains("deleted in GHL"));
    world.time.advance(SignedDuration::from_mins(1));
    world.helloleads.person_edits_lead(id(&only_lead(&world)), json!({ "city": "York" }));
    world.pass_period().await;
    assert_eq!(world.ghl.contacts(LOCATION).len(), 0, "an unlinked lead is left alone");
}

#[tokio::test]
async fn an_edit_in_helloleads_beats_a_delete_in_ghl() {
    let world = plain_world().await;
    let contact = world.ghl.person_creates_contact(LOCATION, ann());
    world.settle().await;
    world.time.advance(SignedDuration::from_secs(30));
    world.helloleads.person_edits_lead(id(&only_lead(&world)), json!({ "city": "York" }));
    world.ghl.person_deletes_contact(LOCATION, &contact);
    world.ghl.take_webhooks();
    world.pass_period().await;
    assert_eq!(only_contact(&world)["city"], "York");
    assert_ne!(only_contact(&world)["id"], json!(contact));
    assert_agreed(&world).await;
    world.pass_period().await;
    assert_eq!(world.ghl.contacts(LOCATION).len(), 1, "it is created once");
}

#[tokio::test]
async fn a_delete_rule_that_asks_parks_the_record() {
    let world = plain_world().await;
    let contact = world.ghl.person_creates_contact(LOCATION, ann());
    world.settle().await;
    set_policy(&world, |policy| policy.on_delete = PerSide::new(DeleteRule::Park, DeleteRule::Park)).await;
    world.ghl.person_deletes_contact(LOCATION, &contact);
    world.settle().await;
    assert_eq!(parked(&world).await[0].reason, Reason::Deleted { side: Side::Ghl });
}

#[tokio::test]
async fn two_contacts_merged_in_ghl_end_as_one_link() {
    let world = World::start(Options {
        location: sandbox::ghl::LocationSettings {
            allow_duplicates: true,
            index_lag_ms: 0,
            ..Default::default()
        },
        ..Options::default()
    })
    .await;
    world.connect(&[]).await;
    let first = world.ghl.person_creates_contact(LOCATION, ann());
    world.settle().await;
    let second = world.ghl.person_creates_contact(LOCATION, ann());
    world.ghl.take_webhooks();
    world.ghl.person_deletes_contact(LOCATION, &first);
    world.settle().await;
    assert_eq!(only_contact(&world)["id"], json!(second));
    world.time.advance(SignedDuration::from_mins(1));
    world.ghl.person_edits_contact(LOCATION, &second, json!({ "city": "Leeds" }));
    world.settle().await;
    assert_eq!(only_lead(&world)["city"], "Leeds", "the link moved to the contact that was kept");
    assert!(only_lead(&world)["notes"].as_str().is_none_or(str::is_empty));
}

#[tokio::test]
async fn a_new_contact_of_the_same_person_takes_the_unlinked_lead_up_again() {
    let world = plain_world().await;
    let contact = world.ghl.person_creates_contact(LOCATION, ann());
    world.settle().await;
    world.ghl.person_deletes_contact(LOCATION, &contact);
    world.settle().await;
    world.time.advance(SignedDuration::from_mins(1));
    let mut again = ann();
    again["city"] = json!("Leeds");
    world.ghl.person_creates_contact(LOCATION, again);
    world.settle().await;
    assert_eq!(only_lead(&world)["city"], "Leeds");
}

#[tokio::test]
async fn repeated_and_reordered_webhooks_end_in_the_last_state() {
    let world = plain_world().await;
    let contact = world.ghl.person_creates_contact(LOCATION, ann());
    world.settle().await;
    for city in ["Leeds", "York", "Hull"] {
        world.time.advance(SignedDuration::from_secs(1));
        world.ghl.person_edits_contact(LOCATION, &contact, json!({ "city": city }));
    }
    let hooks = world.ghl.take_webhooks();
    for hook in hooks.iter().rev().chain(&hooks) {
        assert_eq!(world.ghl.deliver(hook).await, 200);
    }
    world.settle().await;
    assert_eq!(only_lead(&world)["city"], "Hull");
    let mark = (world.ghl.calls().len(), world.helloleads.calls().len());
    world.time.advance(SignedDuration::from_mins(30));
    for hook in &hooks {
        world.ghl.deliver(hook).await;
    }
    world.settle().await;
    assert_eq!((world.ghl.calls().len(), world.helloleads.calls().len()), mark, "later repeats cost no call");
    assert_agreed(&world).await;
}

#[tokio::test]
async fn with_every_webhook_lost_a_change_arrives_within_one_period() {
    let world = plain_world().await;
    let contact = world.ghl.person_creates_contact(LOCATION, ann());
    world.ghl.take_webhooks();
    world.pass_period().await;
    assert_eq!(only_lead(&world)["email"], "ann@example.com");
    world.ghl.person_edits_contact(LOCATION, &contact, json!({ "city": "Leeds" }));
    world.ghl.take_webhooks();
    world.pass_period().await;
    assert_eq!(only_lead(&world)["city"], "Leeds");
}
