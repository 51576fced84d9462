//! Tasks: GHL's with HelloLeads' to-dos and follow-ups, by each profile. They travel with contact-sync.

use jiff::SignedDuration;
use sandbox::faults::Fault;
use sandbox::world::{LOCATION, World};
use serde_json::{Value, json};
use shared::model::side::{Kind, Side};

use crate::contact_sync::{ann, only_lead, parked};
use crate::related::{Way, contact, every_way, lead, world};

fn call_back() -> Value {
    json!({ "title": "Call back", "body": "About the quote", "dueDate": "2026-12-01T15:00:00.000Z", "assignedTo": "u2" })
}

/// The first task that GHL shows of the contact.
fn in_ghl(world: &World, contact: &str) -> Value {
    let tasks = world.ghl.tasks(LOCATION, contact);
    assert_eq!(tasks.len(), 1, "{tasks:#?}");
    tasks[0].clone()
}

/// What the relay's tool, or `v1`, holds of the lead's one task.
fn to_do(world: &World, lead: &str) -> Value {
    let to_dos = world.helloleads.todos(lead);
    assert_eq!(to_dos.len(), 1, "{to_dos:#?}");
    to_dos[0].clone()
}

#[tokio::test]
async fn a_ghl_task_becomes_a_to_do_with_its_due_date_completion_and_assignee() {
    for way in [Way::V1, Way::Relay] {
        let world = world(way).await;
        let contact = contact(&world).await;
        let lead = lead(&world);
        let task = world.ghl.person_creates_task(LOCATION, &contact, call_back());
        world.settle().await;
        let made = to_do(&world, &lead);
        assert_eq!(
            (&made["title"], &made["description"]),
            (&json!("Call back"), &json!("About the quote")),
            "{way:?}"
        );
        assert_eq!(made["dueDateTime"], "2026-12-01T15:00:00Z", "{way:?}");
        assert_eq!(
            (&made["assignedTo"], &made["donePercent"]),
            (&json!("asha@example.com"), &json!(0)),
            "{way:?}"
        );
        // No webhook tells of an edit: the next look finds it.
        world.ghl.person_edits_task(LOCATION, &contact, &task, json!({ "dueDate": "2026-12-02T09:30:00Z" }));
        world.pass_period().await;
        assert_eq!(to_do(&world, &lead)["dueDateTime"], "2026-12-02T09:30:00Z", "{way:?}");
        world.ghl.person_edits_task(LOCATION, &contact, &task, json!({ "completed": true }));
        world.settle().await;
        assert_eq!(to_do(&world, &lead)["donePercent"], 100, "{way:?}");
        world.pass_period().await;
        assert_eq!(in_ghl(&world, &contact)["completed"], true, "{way:?}: nothing comes back");
        world.ghl.person_deletes_task(LOCATION, &contact, &task);
        world.settle().await;
        world.pass_period().await;
        // v1 cannot delete: the to-do stays, done.
        assert_eq!(world.helloleads.todos(&lead).len(), usize::from(way == Way::V1), "{way:?}");
        assert!(world.ghl.tasks(LOCATION, &contact).is_empty(), "{way:?}: it is not brought back");
        assert_eq!(parked(&world).await, [], "{way:?}");
    }
}

#[tokio::test]
async fn a_to_do_becomes_a_ghl_task_and_its_completion_has_a_call_of_its_own() {
    for way in [Way::V1, Way::Relay] {
        let world = world(way).await;
        let contact = contact(&world).await;
        let lead = lead(&world);
        let due = "2026-12-01T15:00:00Z";
        let fields =
            json!({ "title": "Send the offer", "dueDateTime": due, "assignedTo": "asha@example.com" });
        let to_do = world.helloleads.person_adds_todo(&lead, fields);
        world.settle().await;
        world.pass_period().await;
        let task = in_ghl(&world, &contact);
        assert_eq!(
            (&task["title"], &task["assignedTo"]),
            (&json!("Send the offer"), &json!("u2")),
            "{way:?}"
        );
        assert_eq!(task["dueDate"], "2026-12-01T15:00:00.000Z", "{way:?}");
        world.helloleads.person_edits_todo(&to_do, json!({ "donePercent": 100 }));
        world.settle().await;
        world.pass_period().await;
        assert_eq!(in_ghl(&world, &contact)["completed"], true, "{way:?}");
        let completed =
            world.ghl.calls().all().iter().filter(|call| call.name.ends_with("/completed")).count();
        assert_eq!(completed, 1, "{way:?}");
        world
            .helloleads
            .person_edits_todo(&to_do, json!({ "title": "Send the big offer", "donePercent": 0 }));
        world.settle().await;
        world.pass_period().await;
        let task = in_ghl(&world, &contact);
        assert_eq!(
            (&task["title"], &task["completed"]),
            (&json!("Send the big offer"), &json!(false)),
            "{way:?}"
        );
        assert_eq!(parked(&world).await, [], "{way:?}");
        if way == Way::Relay {
            world.helloleads.person_deletes_todo(&to_do);
            world.settle().await;
            assert!(world.ghl.tasks(LOCATION, &contact).is_empty());
        }
    }
}

#[tokio::test]
async fn with_the_key_tasks_stand_in_the_leads_notes_and_the_next_open_one_is_the_follow_up() {
    let world = world(Way::Key).await;
    let contact = contact(&world).await;
    let lead = lead(&world);
    let later = world.ghl.person_creates_task(LOCATION, &contact, call_back());
    world.settle().await;
    world.pass_period().await;
    let soon = json!({ "title": "Send the offer", "dueDate": "2026-11-24T04:30:00Z" });
    let soon = world.ghl.person_creates_task(LOCATION, &contact, soon);
    world.settle().await;
    world.pass_period().await;
    let notes = only_lead(&world)["notes"].as_str().unwrap().to_owned();
    assert!(
        notes.contains(&format!("[GHL task {later} · open · 2026-12-01 20:30:00 · asha@example.com]")),
        "{notes}"
    );
    assert!(notes.contains("Send the offer") && notes.contains("About the quote"), "{notes}");
    let follow_up = world.helloleads.follow_up(&lead).unwrap();
    assert_eq!(
        (&follow_up["followUpNotes"], &follow_up["followUpDateTime"]),
        (&json!("Send the offer"), &json!("2026-11-24 10:00:00"))
    );
    world.ghl.person_edits_task(LOCATION, &contact, &soon, json!({ "completed": true }));
    world.settle().await;
    let follow_up = world.helloleads.follow_up(&lead).unwrap();
    assert_eq!(
        (&follow_up["followUpNotes"], &follow_up["assignedToUserEmail"]),
        (&json!("Call back"), &json!("asha@example.com"))
    );
    world.ghl.person_deletes_task(LOCATION, &contact, &later);
    world.settle().await;
    assert_eq!(world.helloleads.follow_up(&lead).unwrap()["doNotFollowUpStatus"], "ON");
    assert!(!only_lead(&world)["notes"].as_str().unwrap().contains("Call back"));
    assert_eq!(parked(&world).await, []);
}

#[tokio::test]
async fn a_connection_that_leaves_the_follow_up_alone_never_writes_it() {
    let world = world(Way::Key).await;
    crate::related::enter(&world, &[("follow_up", "leave")]).await;
    let contact = contact(&world).await;
    let lead = lead(&world);
    world.ghl.person_creates_task(LOCATION, &contact, call_back());
    world.settle().await;
    world.pass_period().await;
    assert!(only_lead(&world)["notes"].as_str().unwrap().contains("Call back"));
    assert_eq!(world.helloleads.follow_up(&lead), None);
}

#[tokio::test]
async fn a_webhook_that_names_no_contact_finds_the_task_all_the_same() {
    let world = world(Way::Relay).await;
    let contact = contact(&world).await;
    let lead = lead(&world);
    world.ghl.person_creates_task(LOCATION, &contact, call_back());
    let hooks = world.ghl.take_webhooks();
    let text = String::from_utf8(hooks[0].body.clone()).unwrap();
    assert!(!text.contains("contactId"), "the fake leaves it out, as GHL does: {text}");
    world.ghl.deliver(&hooks[0]).await;
    world.settle().await;
    assert_eq!(to_do(&world, &lead)["title"], "Call back");
}

#[tokio::test]
async fn many_new_tasks_whose_webhooks_name_no_contact_are_found_by_few_readings() {
    let world = world(Way::Relay).await;
    let contact = contact(&world).await;
    let lead = lead(&world);
    for number in 0..12 {
        let task = json!({ "title": format!("Task {number}"), "dueDate": "2026-12-01T15:00:00Z" });
        world.ghl.person_creates_task(LOCATION, &contact, task);
    }
    // They wait in the queue for a while, as in a busy lane.
    world.ghl.deliver_all().await;
    world.time.advance(SignedDuration::from_secs(30));
    let mark = world.ghl.calls().len();
    world.settle().await;
    assert_eq!(world.helloleads.todos(&lead).len(), 12);
    let searches = world.ghl.calls().names_since(mark);
    let searches = searches.iter().filter(|name| name.ends_with("/tasks/search")).count();
    assert_eq!(searches, 1, "one reading answers all of them");
}

#[tokio::test]
async fn a_changed_contact_brings_the_tasks_that_were_edited_since() {
    let world = world(Way::Relay).await;
    let contact = contact(&world).await;
    let lead = lead(&world);
    let task = world.ghl.person_creates_task(LOCATION, &contact, call_back());
    world.settle().await;
    world.time.advance(SignedDuration::from_secs(5));
    world.ghl.person_edits_task(LOCATION, &contact, &task, json!({ "title": "Call back today" }));
    world.ghl.person_edits_contact(LOCATION, &contact, json!({ "city": "Leeds" }));
    world.settle().await;
    assert_eq!(to_do(&world, &lead)["title"], "Call back today");
}

#[tokio::test]
async fn a_task_that_comes_before_its_contact_brings_it_over_first() {
    for way in every_way() {
        let world = world(way).await;
        let contact = world.ghl.person_creates_contact(LOCATION, ann());
        world.ghl.person_creates_task(LOCATION, &contact, call_back());
        world.ghl.take_webhooks();
        // All webhooks are lost: the look over the tasks finds it.
        world.pass_period().await;
        world.pass_period().await;
        let lead = lead(&world);
        match way {
            Way::Key => assert!(only_lead(&world)["notes"].as_str().unwrap().contains("Call back")),
            Way::V1 | Way::Relay => assert_eq!(to_do(&world, &lead)["title"], "Call back", "{way:?}"),
        }
        assert_eq!(parked(&world).await, [], "{way:?}");
    }
}

#[tokio::test]
async fn a_task_whose_create_was_answered_by_nothing_is_not_made_twice() {
    let world = world(Way::Relay).await;
    let contact = contact(&world).await;
    let lead = lead(&world);
    world.ghl.faults().plan("POST /contacts/:id/tasks", Fault::ResetAfterWork);
    world.helloleads.person_adds_todo(&lead, json!({ "title": "Only once" }));
    world.settle().await;
    let task = in_ghl(&world, &contact);
    assert_eq!(task["title"], "Only once");
    world.pass_period().await;
    let due = &to_do(&world, &lead)["dueDateTime"];
    assert!(
        due.is_null() && !task["dueDate"].is_null(),
        "the date that GHL requires is not written back: {due}"
    );
}

#[tokio::test]
async fn a_to_do_whose_create_was_answered_by_nothing_is_not_made_twice() {
    let world = world(Way::V1).await;
    let contact = contact(&world).await;
    let lead = lead(&world);
    world.helloleads.faults().plan("POST /todo/todo/todo", Fault::ResetAfterWork);
    world.ghl.person_creates_task(LOCATION, &contact, call_back());
    world.settle().await;
    world.pass_period().await;
    assert_eq!(to_do(&world, &lead)["title"], "Call back");
    assert_eq!(in_ghl(&world, &contact)["title"], "Call back");
}

#[tokio::test]
async fn somebody_whom_the_other_side_does_not_know_is_left_blank_and_counted() {
    let world = world(Way::V1).await;
    let contact = contact(&world).await;
    let lead = lead(&world);
    let task = json!({ "title": "By Gil", "dueDate": "2026-12-01T15:00:00Z", "assignedTo": "u3" });
    world.ghl.person_creates_task(LOCATION, &contact, task);
    world.settle().await;
    assert_eq!(to_do(&world, &lead)["assignedTo"], Value::Null);
    assert_eq!(in_ghl(&world, &contact)["assignedTo"], "u3", "GHL keeps its own");
    let page = world.get(&format!("/connections/{LOCATION}")).await.text().await.unwrap();
    assert!(page.contains("1 of HelloLeads' and 2 of GHL's users"), "{page}");
    assert!(parked(&world).await.iter().all(|one| one.kind != Kind::Task && one.side == Side::Ghl));
}

#[tokio::test]
async fn where_the_users_cannot_be_listed_again_those_of_yesterday_do() {
    let world = world(Way::V1).await;
    let contact = contact(&world).await;
    world.ghl.person_creates_task(LOCATION, &contact, call_back());
    world.settle().await;
    world.time.advance(SignedDuration::from_hours(25));
    let gone = Fault::Status { status: 500, body: "{}".into(), content_type: "application/json".into() };
    for _ in 0..100 {
        world.ghl.faults().plan("GET /users/search", gone.clone());
    }
    let mut later = call_back();
    later["title"] = json!("Call once more");
    world.ghl.person_creates_task(LOCATION, &contact, later);
    world.settle().await;
    assert_eq!(world.helloleads.todos(&lead(&world)).len(), 2, "nobody waits for the list");
    assert!(world.ghl.faults().left() < 100, "it was asked for");
}
