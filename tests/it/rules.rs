//! Rules: what an event brings about is asked for once, with values of the event, in order, and never in circles.

use jiff::SignedDuration;
use sandbox::world::{LOCATION, Options, World};
use serde_json::{Value, json};
use shared::model::ids::RuleId;
use shared::rule::{RuleText, StepText};
use shared::store::rule_history::{CameTo, Cap, Followed, RuleHistory};
use shared::store::rules::RulesOf;

use crate::related::{Way, contact, lead, world_with};

/// A world in which the table tells of its rows, with a contact on both sides.
pub async fn ruled(way: Way) -> (World, String) {
    let world = world_with(way, Options { streams: true, ..Options::default() }).await;
    let contact = contact(&world).await;
    world.bus.take();
    (world, contact)
}

pub fn step(action: &str, input: Value) -> StepText {
    StepText { action: action.to_owned(), input }
}

/// Adds a rule that is on, with an id that follows from how many there are.
pub async fn add(world: &World, when: &str, condition: &str, then: &[StepText]) {
    let of = RulesOf::new(world.table.clone(), &world.connection());
    let mut rules = of.get().await.unwrap();
    let number = rules.rules.len() + 1;
    let rule = RuleText {
        id: RuleId::parse(&format!("r{number}")).unwrap(),
        name: format!("Rule {number}"),
        on: true,
        when: when.to_owned(),
        condition: condition.to_owned(),
        then: then.to_vec(),
    };
    rules.put(rule).unwrap();
    of.save(&mut rules).await.unwrap();
}

/// What the rules came to, the last one first.
pub async fn history(world: &World) -> Vec<Followed> {
    let history = RuleHistory::new(world.table.clone(), &world.connection());
    history.latest(1_000, world.time.now()).await.unwrap()
}

/// How often each was asked for, stopped, or failed.
async fn came_to(world: &World) -> (usize, Vec<Cap>, Vec<String>) {
    let (mut asked, mut stopped, mut failed) = (0, Vec::new(), Vec::new());
    for followed in history(world).await {
        match followed.came_to {
            CameTo::Asked { .. } => asked += 1,
            CameTo::Stopped { why } => stopped.push(why),
            CameTo::Failed { why } => failed.push(why),
        }
    }
    (asked, stopped, failed)
}

pub fn told(world: &World, name: &str) -> Vec<Value> {
    world.bus.take().into_iter().filter(|event| event["detail-type"] == name).collect()
}

pub fn tags(world: &World, contact: &str) -> Vec<String> {
    let tags = world.ghl.contact(LOCATION, contact).unwrap()["tags"].clone();
    serde_json::from_value(tags).unwrap()
}

fn bodies(world: &World, contact: &str) -> Vec<String> {
    let notes = world.ghl.notes(LOCATION, contact);
    notes.iter().rev().map(|note| note["body"].as_str().unwrap().to_owned()).collect()
}

pub fn note(body: &str) -> StepText {
    step("ghl.note.create", json!({ "contactId": "=contact.ghl", "body": body }))
}

#[tokio::test]
async fn what_a_rule_asks_for_is_made_of_the_event_and_the_record_and_done_in_order() {
    let (world, contact) = ruled(Way::Key).await;
    let tag = step(
        "ghl.contact.add_tags",
        json!({ "contactId": "=contact.ghl", "tags": ["moved", "=record.city"] }),
    );
    let condition =
        "kind == \"contact\" && \"address\" in fields && \"ghl\" in edited && record.city != \"\"";
    add(
        &world,
        "RecordChanged",
        condition,
        &[tag, note("=\"Moved to \" + record.city + \": \" + joined(fields)")],
    )
    .await;
    world.ghl.person_edits_contact(LOCATION, &contact, json!({ "city": "Leeds" }));
    world.settle().await;
    let mut found = tags(&world, &contact);
    found.sort();
    assert_eq!(found, ["leeds", "moved"]);
    assert_eq!(bodies(&world, &contact), ["Moved to Leeds: address"]);
    let entries = history(&world).await;
    assert_eq!(entries.len(), 1);
    let entry = &entries[0];
    assert_eq!((entry.name.as_str(), entry.when.as_str()), ("Rule 1", "RecordChanged"));
    assert_eq!(entry.ids.ghl.as_ref().unwrap().as_str(), contact);
    assert!(matches!(&entry.came_to, CameTo::Asked { actions } if actions.len() == 2));
    world.ghl.person_edits_contact(LOCATION, &contact, json!({ "firstName": "Anna" }));
    world.settle().await;
    assert_eq!(history(&world).await.len(), 1, "a condition that does not hold is not written down");
}

#[tokio::test]
async fn an_event_that_comes_again_brings_nothing_about_again() {
    let (world, contact) = ruled(Way::Key).await;
    add(&world, "RecordParked", "code == \"no_email_or_phone\"", &[note("Parked.")]).await;
    let detail = json!({ "version": 1, "connection": LOCATION, "at": "2026-11-23T10:20:00Z", "change": "c-1",
        "kind": "contact", "ghl": contact, "code": "no_email_or_phone" });
    for id in ["event-x", "event-x", "event-y"] {
        let event = json!({ "id": id, "detail-type": "RecordParked", "detail": detail });
        assert!(world.hand_over(&event).await);
        world.settle().await;
        world.time.advance(SignedDuration::from_mins(10));
    }
    assert_eq!(bodies(&world, &contact), ["Parked."]);
    assert_eq!(came_to(&world).await, (1, vec![], vec![]));
}

#[tokio::test]
async fn a_rule_that_fails_says_why_without_values_and_asks_for_nothing() {
    let (world, contact) = ruled(Way::Key).await;
    let wrong = step("ghl.note.create", json!({ "contactId": "=record.email", "body": "Hello" }));
    add(&world, "RecordChanged", "kind == \"contact\"", &[note("First."), wrong]).await;
    add(&world, "RecordChanged", "event.values.city == \"Leeds\"", &[note("No.")]).await;
    for city in ["Leeds", "York"] {
        world.ghl.person_edits_contact(LOCATION, &contact, json!({ "city": city }));
        world.settle().await;
    }
    assert!(bodies(&world, &contact).is_empty());
    let (asked, stopped, mut failed) = came_to(&world).await;
    failed.sort();
    assert_eq!((asked, stopped), (0, vec![]));
    assert_eq!(failed.len(), 2, "the same failure is written once in an hour: {failed:?}");
    assert!(failed[0].starts_with("if: the expression names \"values\""), "{failed:?}");
    assert!(failed[1].starts_with("step 2: input.contactId: "), "{failed:?}");
    assert!(!format!("{failed:?}").contains("example.com"));
}

#[tokio::test]
async fn rules_of_one_connection_hear_nothing_of_another_and_reach_nothing_of_it() {
    let (world, contact) = ruled(Way::Key).await;
    add(&world, "RecordChanged", "", &[note("Mine.")]).await;
    let event = json!({ "id": "e1", "detail-type": "RecordChanged", "detail": { "version": 1, "connection": "another",
        "at": "2026-11-23T10:20:00Z", "change": "c-1", "kind": "contact", "ghl": contact, "fields": ["phone"] } });
    assert!(world.hand_over(&event).await);
    world.settle().await;
    assert!(bodies(&world, &contact).is_empty());
    let elsewhere =
        step("ghl.note.create", json!({ "contactId": contact, "body": "x", "locationId": "another" }));
    let rule = RuleText {
        id: RuleId::parse("r2").unwrap(),
        name: "Elsewhere".to_owned(),
        on: true,
        when: "RecordChanged".to_owned(),
        condition: String::new(),
        then: vec![elsewhere],
    };
    let problems = shared::rule::Rule::parse(&rule).unwrap_err();
    assert!(problems[0].to_string().starts_with("step 1: input.locationId: unknown field"), "{problems:?}");
}

#[tokio::test]
async fn what_a_rule_asks_of_a_paused_connection_waits_for_it() {
    let (world, contact) = ruled(Way::Key).await;
    add(
        &world,
        "ActionDone",
        "event.action == \"ghl.contact.read\"",
        &[step("ghl.note.create", json!({ "contactId": "=event.ids[0]", "body": "Read." }))],
    )
    .await;
    world.ask_for("ghl.contact.read", &json!({ "contactId": contact })).await;
    world.settle().await;
    assert_eq!(bodies(&world, &contact), ["Read."]);
    let page = format!("/connections/{LOCATION}");
    assert_eq!(world.post(&format!("{page}/pause"), &[]).await.status(), 303);
    let event = json!({ "id": "e1", "detail-type": "ActionDone", "detail": { "version": 1, "connection": LOCATION,
        "at": "2026-11-23T10:20:00Z", "asked": "x", "action": "ghl.contact.read", "ids": [contact] } });
    assert!(world.hand_over(&event).await);
    world.settle().await;
    assert_eq!(bodies(&world, &contact).len(), 1);
    assert_eq!(world.post(&format!("{page}/resume"), &[]).await.status(), 303);
    world.settle().await;
    assert_eq!(bodies(&world, &contact).len(), 2);
}

#[tokio::test]
async fn a_rule_that_goes_round_in_circles_is_stopped_and_named() {
    let (world, contact) = ruled(Way::Key).await;
    let again = step(
        "ghl.contact.add_tags",
        json!({ "contactId": "=contact.ghl", "tags": ["=\"tag \" + string(size(record.tags))"] }),
    );
    add(&world, "RecordChanged", "\"tags\" in fields", &[again]).await;
    world.ghl.person_edits_contact(LOCATION, &contact, json!({ "tags": ["start"] }));
    for _ in 0..12 {
        world.settle().await;
        world.time.advance(SignedDuration::from_mins(3));
        world.pass_period().await;
    }
    let (asked, stopped, failed) = came_to(&world).await;
    assert_eq!((asked, stopped, failed), (3, vec![Cap::Depth], vec![]));
    let stopped = told(&world, "RuleStopped");
    assert_eq!(stopped.len(), 1, "it is told once");
    let detail = &stopped[0]["detail"];
    assert_eq!(
        (&detail["name"], &detail["why"], &detail["event"]),
        (&json!("Rule 1"), &json!("depth"), &json!("RecordChanged"))
    );
    assert_eq!(detail["ghl"], contact);
    assert_eq!(tags(&world, &contact).len(), 4);
}

#[tokio::test]
async fn two_rules_that_call_each_other_are_stopped_too() {
    let (world, contact) = ruled(Way::V1).await;
    add(&world, "RecordLinked", "kind == \"note\"", &[step(
        "ghl.task.create",
        json!({ "contactId": "=contact.ghl", "title": "=\"From \" + ghl", "dueDate": "=in_hours(48)", "completed": false }),
    )])
    .await;
    add(&world, "RecordLinked", "kind == \"task\"", &[note("=\"From \" + record.title")]).await;
    world.ghl.person_creates_note(LOCATION, &contact, "Start.");
    for _ in 0..4 {
        world.settle().await;
        world.pass_period().await;
    }
    assert_eq!(world.ghl.tasks(LOCATION, &contact).len(), 2);
    assert_eq!(bodies(&world, &contact).len(), 2);
    let (asked, stopped, _) = came_to(&world).await;
    assert_eq!((asked, stopped), (3, vec![Cap::Depth]));
}

#[tokio::test]
async fn a_rule_writes_ten_times_an_hour_for_a_record_and_people_s_edits_are_no_circle() {
    let (world, contact) = ruled(Way::Key).await;
    add(&world, "RecordChanged", "\"address\" in fields && \"ghl\" in edited", &[note("=record.city")]).await;
    for number in 0..13 {
        world.ghl.person_edits_contact(LOCATION, &contact, json!({ "city": format!("Town {number}") }));
        world.settle().await;
        world.time.advance(SignedDuration::from_mins(1));
    }
    assert_eq!(bodies(&world, &contact).len(), 10);
    assert_eq!(came_to(&world).await, (10, vec![Cap::Writes], vec![]));
    assert_eq!(told(&world, "RuleStopped").len(), 1);
    world.time.advance(SignedDuration::from_hours(1));
    world.ghl.person_edits_contact(LOCATION, &contact, json!({ "city": "Later" }));
    world.settle().await;
    assert_eq!(bodies(&world, &contact).len(), 11, "the next hour counts anew");
}

#[tokio::test]
async fn no_row_of_a_rule_s_history_and_no_message_holds_a_value() {
    let (world, contact) = ruled(Way::Key).await;
    add(&world, "RecordChanged", "kind == \"contact\"", &[note("=\"Mail \" + record.email")]).await;
    world.ghl.person_edits_contact(LOCATION, &contact, json!({ "city": "Leeds" }));
    world.settle().await;
    assert_eq!(bodies(&world, &contact), ["Mail ann@example.com"]);
    let rows: Vec<Value> =
        world.table.rows_that_begin(&format!("RULE#{LOCATION}"), "run#", 100, "look").await.unwrap();
    let runs: Vec<Value> = world.table.rows(&format!("ACTION#{LOCATION}"), 100, "look").await.unwrap();
    assert!(!rows.is_empty() && !runs.is_empty());
    let all = format!("{rows:?}{runs:?}{:?}", world.bus.take());
    assert!(!all.contains("ann@example.com") && !all.contains("Leeds"), "{all}");
    assert!(!lead(&world).is_empty());
}
