//! What the bus asks for: done once, in its connection's lane, within its budget, and told with no value in it.

use jiff::SignedDuration;
use sandbox::faults::Fault;
use sandbox::ghl::{Choice, LocationSettings};
use sandbox::world::{COMPANY, JOBS, LOCATION, Options, World};
use serde_json::{Value, json};

use crate::related::{Way, contact, world, world_with};

/// What the bus was told of what was asked for.
fn told(world: &World, asked: &str) -> Vec<Value> {
    let all = world.bus.take().into_iter();
    all.filter(|event| event["detail"]["asked"] == asked && event["detail-type"] != "ActionAsked").collect()
}

/// Asks, lets everything come to rest, and answers the one thing that the bus was told of it.
async fn ask(world: &World, action: &str, input: Value) -> Value {
    let asked = world.ask_for(action, &input).await;
    world.settle().await;
    only(told(world, &asked))
}

fn only(mut told: Vec<Value>) -> Value {
    assert_eq!(told.len(), 1, "{told:?}");
    told.remove(0)
}

fn why(told: &Value) -> (&str, &str) {
    assert_eq!(told["detail-type"], "ActionRefused", "{told}");
    let why = &told["detail"]["why"];
    (why["code"].as_str().unwrap(), why["text"].as_str().unwrap())
}

fn call(title: &str) -> Value {
    json!({ "title": title, "dueDate": "2026-12-01T15:00:00Z", "completed": false })
}

fn task(contact: &str) -> Value {
    let mut input = call("Call Ann");
    input["contactId"] = json!(contact);
    input
}

fn calls(world: &World, name: &str) -> usize {
    world.ghl.calls().all().iter().filter(|call| call.name == name).count()
}

#[tokio::test]
async fn an_action_is_done_and_told_by_ids_and_its_record_is_synced_like_any_other() {
    let world = world(Way::V1).await;
    let contact = contact(&world).await;
    let told = ask(&world, "ghl.task.create", task(&contact)).await;
    let made = world.ghl.tasks(LOCATION, &contact)[0]["id"].clone();
    let detail = json!({
        "version": 1, "connection": LOCATION, "at": told["detail"]["at"], "asked": told["detail"]["asked"],
        "action": "ghl.task.create", "ids": [made],
    });
    assert_eq!((&told["detail-type"], &told["detail"]), (&json!("ActionDone"), &detail));
    let lead = crate::related::lead(&world);
    assert_eq!(world.helloleads.todos(&lead)[0]["title"], "Call Ann", "the sync brought it over");
}

#[tokio::test]
async fn an_event_that_comes_again_does_nothing() {
    let world = world(Way::Key).await;
    let contact = contact(&world).await;
    let detail = json!({ "connection": LOCATION, "action": "ghl.task.create", "input": task(&contact), "id": "order-17" });
    for _ in 0..3 {
        world.put_asked(&detail).await;
        world.settle().await;
        world.time.advance(SignedDuration::from_hours(1));
    }
    assert_eq!(told(&world, "order-17").len(), 1);
    assert_eq!(world.ghl.tasks(LOCATION, &contact).len(), 1);
    let event = json!({ "id": "event-a", "detail-type": "ActionAsked", "detail": {
        "connection": LOCATION, "action": "ghl.task.create", "input": task(&contact) } });
    assert!(world.hand_over(&event).await && world.hand_over(&event).await);
    world.settle().await;
    assert_eq!(world.ghl.tasks(LOCATION, &contact).len(), 2, "the bus delivered one event twice");
}

#[tokio::test]
async fn what_is_wrong_with_an_event_is_named_by_its_place_and_no_value_is_told() {
    let world = world(Way::Key).await;
    let contact = contact(&world).await;
    let secret = "ann.secret@example.com";
    for (action, input, code, text) in [
        (
            "ghl.nothing",
            json!({}),
            "no_such_action",
            "no action has this name; the catalogue lists those that there are",
        ),
        ("ghl.task.create", json!({ "title": secret }), "bad_input", "input: missing field `contactId`"),
        ("ghl.contact.read", json!({ "contactId": secret }), "bad_input", "input.contactId: "),
        (
            "ghl.note.create",
            json!({ "contactId": contact, "body": secret, "text": secret }),
            "bad_input",
            "input.text: unknown field `text`",
        ),
        (
            "ghl.task.update",
            json!({ "contactId": contact, "taskId": "t1", "completed": secret }),
            "bad_input",
            "input.completed: expected a boolean",
        ),
        ("ghl.contact.read", json!({ "contactId": "nobody" }), "not_found", "GHL has no record with this id"),
        (
            "ghl.contact.update",
            json!({ "contactId": contact, "country": secret }),
            "refused",
            "GHL refused the call with 422",
        ),
        (
            "ghl.tag.create",
            json!({ "name": secret }),
            "scope_missing",
            "GHL did not grant the scope locations/tags.write",
        ),
        (
            "helloleads.to_do.create",
            json!({ "lead_id": "1", "title": secret }),
            "profile_cannot",
            "this connection's way",
        ),
    ] {
        let told = ask(&world, action, input).await;
        let (found, says) = why(&told);
        assert!(found == code && says.starts_with(text), "{action}: {told}");
        assert!(!told.to_string().contains(secret), "{told}");
    }
    let asked = world.put_asked(&json!({ "action": 7 })).await;
    world.settle().await;
    assert_eq!(why(&only(told(&world, &asked))).0, "bad_event");
    let elsewhere = json!({ "connection": "another", "action": "ghl.contact.read", "input": {} });
    let asked = world.put_asked(&elsewhere).await;
    world.settle().await;
    assert_eq!(why(&only(told(&world, &asked))).0, "no_such_connection");
}

#[tokio::test]
async fn a_create_whose_answer_is_lost_is_not_done_again_and_a_change_is() {
    let world = world(Way::Key).await;
    let contact = contact(&world).await;
    let lost = || Fault::StatusAfterWork { status: 502, body: "Bad gateway".to_owned() };
    world.ghl.faults().plan("POST /contacts/:id/tasks", lost());
    let told = ask(&world, "ghl.task.create", task(&contact)).await;
    assert_eq!(told["detail-type"], "ActionUncertain");
    assert_eq!(world.ghl.tasks(LOCATION, &contact).len(), 1);
    let id = world.ghl.tasks(LOCATION, &contact)[0]["id"].clone();
    world.ghl.faults().plan("PUT /contacts/:id/tasks/:taskId", lost());
    let input = json!({ "contactId": contact, "taskId": id, "title": "Call again" });
    assert_eq!(ask(&world, "ghl.task.update", input).await["detail-type"], "ActionDone");
    world.ghl.faults().plan("DELETE /contacts/:id/tasks/:taskId", lost());
    let input = json!({ "contactId": contact, "taskId": id });
    let told = ask(&world, "ghl.task.delete", input).await;
    assert_eq!(told["detail-type"], "ActionDone", "it was gone when it was tried again: {told}");
}

#[tokio::test]
async fn a_create_that_was_certainly_not_done_is_tried_again() {
    let world = world(Way::Key).await;
    let contact = contact(&world).await;
    let busy =
        Fault::Status { status: 429, body: "{}".to_owned(), content_type: "application/json".to_owned() };
    world.ghl.faults().plan("POST /contacts/:id/tasks", busy);
    let told = ask(&world, "ghl.task.create", task(&contact)).await;
    assert_eq!(told["detail-type"], "ActionDone");
    assert_eq!(world.ghl.tasks(LOCATION, &contact).len(), 1);
}

#[tokio::test]
async fn what_is_asked_of_a_paused_connection_waits_and_no_queue_holds_it() {
    let world = world(Way::Key).await;
    let contact = contact(&world).await;
    let page = format!("/connections/{LOCATION}");
    assert_eq!(world.post(&format!("{page}/pause"), &[]).await.status(), 303);
    let first = world.ask_for("ghl.note.create", &json!({ "contactId": contact, "body": "One." })).await;
    world.time.advance(SignedDuration::from_secs(1));
    world.settle().await;
    let second = world.ask_for("ghl.note.create", &json!({ "contactId": contact, "body": "Two." })).await;
    world.settle().await;
    assert!(world.sqs.messages(JOBS).is_empty());
    assert_eq!((told(&world, &first).len(), world.ghl.notes(LOCATION, &contact).len()), (0, 0));
    assert_eq!(world.post(&format!("{page}/resume"), &[]).await.status(), 303);
    world.settle().await;
    let done = world.bus.take();
    for asked in [&first, &second] {
        let of_it = done.iter().filter(|event| event["detail"]["asked"] == asked.as_str());
        assert_eq!(of_it.map(|event| &event["detail-type"]).collect::<Vec<_>>(), ["ActionDone"]);
    }
    let bodies: Vec<Value> =
        world.ghl.notes(LOCATION, &contact).iter().map(|note| note["body"].clone()).collect();
    assert_eq!(
        bodies,
        ["Two.", "One."],
        "in the order in which they were asked for; the newest stands first"
    );
}

#[tokio::test]
async fn no_message_holds_what_an_event_holds_and_the_row_forgets_it_once_it_is_done() {
    let world = world(Way::Key).await;
    let contact = contact(&world).await;
    let asked =
        world.ask_for("ghl.note.create", &json!({ "contactId": contact, "body": "Secret words." })).await;
    let event = world.bus.take_for_rules().pop().unwrap();
    assert!(world.hand_over(&event).await);
    let messages = format!("{:?}", world.sqs.messages(JOBS));
    assert!(messages.contains(&asked) && !messages.contains("Secret"), "{messages}");
    world.settle().await;
    let rows = format!("{:?}", rows(&world).await);
    assert!(rows.contains(&asked) && !rows.contains("Secret"), "{rows}");
}

async fn rows(world: &World) -> Vec<Value> {
    world.table.rows(&format!("ACTION#{LOCATION}"), 100, "look").await.unwrap()
}

#[tokio::test]
async fn what_the_bus_does_not_take_is_told_again_and_nothing_is_done_again() {
    let world = world(Way::Key).await;
    let contact = contact(&world).await;
    let asked = world.ask_for("ghl.task.create", &task(&contact)).await;
    let event = world.bus.take_for_rules().pop().unwrap();
    assert!(world.hand_over(&event).await);
    world.bus.fail_next(3);
    world.settle().await;
    assert_eq!(only(told(&world, &asked))["detail-type"], "ActionDone");
    assert_eq!(calls(&world, "POST /contacts/:id/tasks"), 1);
}

#[tokio::test]
async fn a_connection_reaches_its_own_location_only_and_none_waits_for_another() {
    let world = world(Way::Key).await;
    let contact = contact(&world).await;
    let other = "Zx9EPM428h8vShlRW1KU";
    world.ghl.add_location(COMPANY, other, LocationSettings::default());
    world.install(Choice::Location(other.to_owned())).await;
    world.settle().await;
    let connections = shared::store::connections::Connections::new(world.table.clone());
    let id = shared::model::ids::ConnectionId::parse(other).unwrap();
    let live = |row: &mut shared::connection::Connection| row.state = shared::connection::State::Live;
    connections.change(&id, live).await.unwrap();
    let theirs =
        json!({ "connection": other, "action": "ghl.contact.read", "input": { "contactId": contact } });
    let asked = world.put_asked(&theirs).await;
    world.settle().await;
    assert_eq!(why(&only(told(&world, &asked))).0, "refused", "the contact is another location's");
    // GHL answers this location's lane with 500 again and again; the other one's does not wait.
    for _ in 0..50 {
        let failed =
            Fault::Status { status: 500, body: "{}".into(), content_type: "application/json".into() };
        world.ghl.faults().plan("GET /contacts/:id", failed);
    }
    world.ask_for("ghl.contact.read", &json!({ "contactId": contact })).await;
    let list = json!({ "connection": other, "action": "ghl.calendar.list", "input": {} });
    let asked = world.put_asked(&list).await;
    let begun = world.time.now();
    while world.step().await {}
    assert_eq!(only(told(&world, &asked))["detail-type"], "ActionDone");
    assert_eq!(world.time.now(), begun);
}

#[tokio::test]
async fn values_are_told_only_where_the_owner_switched_them_on() {
    let world = world(Way::Key).await;
    let contact = contact(&world).await;
    let read = json!({ "contactId": contact });
    let told = ask(&world, "ghl.contact.read", read.clone()).await;
    assert!(
        told["detail"].get("result").is_none() && !told.to_string().contains("ann@example.com"),
        "{told}"
    );
    let page = format!("/connections/{LOCATION}/automation");
    assert_eq!(world.post(&page, &[("values", "yes")]).await.status(), 303);
    let told = ask(&world, "ghl.contact.read", read.clone()).await;
    assert_eq!(told["detail"]["result"]["contact"]["email"], "ann@example.com");
    assert_eq!(world.post(&page, &[]).await.status(), 303);
    assert!(ask(&world, "ghl.contact.read", read).await["detail"].get("result").is_none());
}

#[tokio::test]
async fn the_page_and_its_json_hold_every_entry_and_say_what_this_connection_cannot_do() {
    let world = world(Way::Key).await;
    let page = world.get(&format!("/connections/{LOCATION}/automation")).await.text().await.unwrap();
    let json: Value = serde_json::from_str(
        &world.get(&format!("/connections/{LOCATION}/automation.json")).await.text().await.unwrap(),
    )
    .unwrap();
    let entries = json["entries"].as_array().unwrap();
    assert!(entries.len() >= 126);
    for entry in entries {
        assert!(
            page.contains(&format!("<code>{}</code>", entry["name"].as_str().unwrap())),
            "{}",
            entry["name"]
        );
        assert!(entry["schema"]["properties"].is_object() || entry["schema"]["type"] == "object", "{entry}");
    }
    assert!(page.contains("no: the scope locations/tags.write is missing"));
    assert!(page.contains("no: the way to HelloLeads cannot do it"));
}

#[test]
fn the_command_lists_every_entry() {
    let mut out = Vec::new();
    let asked = sandbox::catalogue::Catalogue { json: false, named: Some("ghl.task".to_owned()) };
    assert!(sandbox::catalogue::catalogue(&asked, &mut out).unwrap());
    let text = String::from_utf8(out).unwrap();
    assert!(
        text.contains("ghl.task.create") && text.contains("7 entries") && !text.contains("ghl.note"),
        "{text}"
    );
}

/// What the bus was told of records, as name and what the detail says besides when.
fn changes(world: &World) -> Vec<(String, Value)> {
    let told = world.bus.take().into_iter().filter(|event| event["detail"].get("change").is_some());
    let plain = |mut event: Value| {
        let detail = event["detail"].as_object_mut().unwrap();
        for name in ["at", "change", "link", "version"] {
            detail.remove(name);
        }
        (event["detail-type"].as_str().unwrap().to_owned(), event["detail"].take())
    };
    told.map(plain).collect()
}

#[tokio::test]
async fn the_bus_is_told_what_became_of_a_record_by_ids_and_names_of_fields() {
    let world = world_with(Way::Key, Options { streams: true, ..Options::default() }).await;
    let contact = contact(&world).await;
    let lead = crate::related::lead(&world);
    let ids = json!({ "connection": LOCATION, "kind": "contact", "ghl": contact, "helloleads": lead });
    let mut linked = ids.clone();
    linked["edited"] = json!(["ghl"]);
    assert_eq!(changes(&world), [("RecordLinked".to_owned(), linked)]);
    world.ghl.person_edits_contact(LOCATION, &contact, json!({ "city": "Leeds", "tags": ["vip"] }));
    world.settle().await;
    let told = changes(&world);
    let fields: Vec<&Value> = told
        .iter()
        .filter(|(name, _)| name == "RecordChanged")
        .map(|(_, detail)| &detail["fields"])
        .collect();
    assert!(
        !fields.is_empty() && fields.iter().all(|fields| !fields.to_string().contains("vip")),
        "{told:?}"
    );
    assert!(fields.iter().any(|fields| fields.as_array().unwrap().contains(&json!("address"))), "{told:?}");
    assert!(told.iter().all(|(_, detail)| detail.get("values").is_none()), "{told:?}");
    let other = world.ghl.person_creates_contact(LOCATION, json!({ "firstName": "No address" }));
    world.settle().await;
    let parked =
        json!({ "connection": LOCATION, "kind": "contact", "ghl": other, "code": "no_email_or_phone" });
    assert_eq!(changes(&world), [("RecordParked".to_owned(), parked)]);
    world.ghl.person_deletes_contact(LOCATION, &contact);
    world.settle().await;
    let mut deleted = ids;
    deleted["side"] = json!("ghl");
    assert_eq!(changes(&world).last(), Some(&("RecordDeleted".to_owned(), deleted)));
}

#[tokio::test]
async fn a_change_that_the_bus_does_not_take_is_told_again() {
    let world = world_with(Way::Key, Options { streams: true, ..Options::default() }).await;
    world.bus.take();
    world.ghl.person_creates_contact(LOCATION, crate::contact_sync::ann());
    world.ghl.deliver_all().await;
    while world.work_contacts().await {}
    world.bus.fail_next(3);
    world.settle().await;
    assert_eq!(changes(&world).iter().map(|(name, _)| name.as_str()).collect::<Vec<_>>(), ["RecordLinked"]);
}

/// What the bus was told of changed contacts: the names of the fields, and on which side somebody edited them.
fn edits(world: &World) -> Vec<(Value, Value)> {
    let changed = changes(world).into_iter().filter(|(name, _)| name == "RecordChanged");
    changed.map(|(_, mut detail)| (detail["fields"].take(), detail["edited"].take())).collect()
}

#[tokio::test]
async fn a_change_says_on_which_side_somebody_made_it() {
    let world = world_with(Way::V1, Options { streams: true, ..Options::default() }).await;
    let contact = contact(&world).await;
    let lead = crate::related::lead(&world);
    world.bus.take();
    world.ghl.person_edits_contact(LOCATION, &contact, json!({ "city": "Leeds" }));
    world.settle().await;
    world.pass_period().await;
    let of_ghl = edits(&world);
    assert_eq!(of_ghl[0], (json!(["address"]), json!(["ghl"])));
    assert!(
        of_ghl[1..].iter().all(|(_, edited)| edited.is_null()),
        "our own write is nobody's edit: {of_ghl:?}"
    );
    world.time.advance(SignedDuration::from_mins(5));
    world.helloleads.person_edits_lead(&lead, json!({ "last_name": "Hill" }));
    world.pass_period().await;
    assert_eq!(edits(&world)[0], (json!(["last_name"]), json!(["helloleads"])));
    world.time.advance(SignedDuration::from_mins(10));
    world.ghl.person_edits_contact(LOCATION, &contact, json!({ "lastName": "Berg" }));
    world.ghl.take_webhooks();
    world.helloleads.person_edits_lead(&lead, json!({ "company": "Acme" }));
    world.pass_period().await;
    let both = edits(&world);
    assert_eq!(both[0].1, json!(["helloleads", "ghl"]), "{both:?}");
}

#[tokio::test]
async fn an_event_of_a_record_holds_what_its_fields_hold_where_the_owner_switched_that_on() {
    let world = world_with(Way::Key, Options { streams: true, ..Options::default() }).await;
    let contact = contact(&world).await;
    let page = format!("/connections/{LOCATION}/automation");
    assert_eq!(world.post(&page, &[("values", "yes")]).await.status(), 303);
    world.bus.take();
    world.ghl.person_edits_contact(
        LOCATION,
        &contact,
        json!({ "city": "Leeds", "tags": ["vip"], "firstName": "" }),
    );
    world.settle().await;
    let told = changes(&world);
    let values = &told.iter().find(|(name, _)| name == "RecordChanged").unwrap().1["values"];
    assert_eq!((&values["city"], &values["tags"]), (&json!("Leeds"), &json!(["vip"])), "{told:?}");
    assert!(values.get("email").is_none(), "what did not change is not told: {values}");
    assert_eq!(world.post(&page, &[]).await.status(), 303);
    world.ghl.person_edits_contact(LOCATION, &contact, json!({ "city": "York" }));
    world.settle().await;
    assert!(changes(&world).iter().all(|(_, detail)| detail.get("values").is_none()));
}
