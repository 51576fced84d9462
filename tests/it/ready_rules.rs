//! The rules that stand ready, each added by its button and brought about from end to end.

use jiff::SignedDuration;
use sandbox::world::{LOCATION, World};
use serde_json::{Value, json};

use crate::related::{CALENDAR, Way, lead};
use crate::rules::{history, ruled, tags};

async fn add_ready(world: &World, key: &str) {
    let form = [("do", "add"), ("rule", key)];
    assert_eq!(world.post(&format!("/connections/{LOCATION}/rules"), &form).await.status(), 303);
    world.settle().await;
    world.pass_period().await;
    world.bus.take();
}

async fn page(world: &World) -> String {
    world.get(&format!("/connections/{LOCATION}/rules")).await.text().await.unwrap()
}

fn bodies(world: &World, contact: &str) -> Vec<Value> {
    world.ghl.notes(LOCATION, contact).iter().map(|note| note["body"].clone()).collect()
}

fn visit(world: &World, contact: &str, minutes: i64) -> Value {
    let at = |minutes| (world.time.now() + SignedDuration::from_mins(minutes)).to_string();
    json!({ "calendarId": CALENDAR, "contactId": contact, "title": "Visit", "startTime": at(minutes),
        "endTime": at(minutes + 30) })
}

#[tokio::test]
async fn a_stage_gives_a_tag_and_a_task_once_and_a_stage_that_was_there_before_does_not() {
    for way in [Way::Key, Way::V1] {
        let (world, contact) = ruled(way).await;
        let old = world.helloleads.person_creates_lead(
            json!({ "first_name": "Old", "email": "old@example.com", "lead_stage": "Customer" }),
        );
        world.pass_period().await;
        add_ready(&world, "stage-task").await;
        world.pass_period().await;
        assert_eq!(
            history(&world).await.len(),
            0,
            "{way:?}: reading a stage for the first time is no change"
        );
        world.helloleads.person_edits_lead(&old, json!({ "city": "York" }));
        world.pass_period().await;
        assert_eq!(history(&world).await.len(), 0, "{way:?}");
        world.time.advance(SignedDuration::from_mins(1));
        world
            .helloleads
            .person_edits_lead(&lead_of(&world, "ann@example.com"), json!({ "lead_stage": "Customer" }));
        for _ in 0..3 {
            world.pass_period().await;
        }
        assert_eq!(tags(&world, &contact), ["customer"], "{way:?}");
        let tasks = world.ghl.tasks(LOCATION, &contact);
        assert_eq!(tasks.len(), 1, "{way:?}");
        assert_eq!(tasks[0]["title"], "Welcome the new customer");
        assert_eq!(history(&world).await.len(), 1, "{way:?}");
        assert!(page(&world).await.contains("done"));
    }
}

fn lead_of(world: &World, email: &str) -> String {
    let leads = world.helloleads.leads().into_iter();
    let mut found = leads.filter(|lead| lead["email"] == email);
    found.next().unwrap()["id"].as_str().unwrap().to_owned()
}

#[tokio::test]
async fn a_change_in_helloleads_is_noted_in_ghl_and_one_in_ghl_is_not() {
    let (world, contact) = ruled(Way::V1).await;
    add_ready(&world, "noted-change").await;
    world.ghl.person_edits_contact(LOCATION, &contact, json!({ "city": "Leeds" }));
    world.settle().await;
    world.pass_period().await;
    assert!(bodies(&world, &contact).is_empty());
    world.time.advance(SignedDuration::from_mins(1));
    world.helloleads.person_edits_lead(&lead(&world), json!({ "last_name": "Hill", "company": "Acme" }));
    world.pass_period().await;
    world.pass_period().await;
    assert_eq!(
        world.ghl.contact(LOCATION, &contact).unwrap()["lastName"],
        "Hill",
        "the sync brought it over"
    );
    assert_eq!(bodies(&world, &contact), [json!("Changed in HelloLeads: company, last_name")]);
}

#[tokio::test]
async fn a_task_and_an_appointment_of_ghl_are_the_leads_follow_up() {
    let (world, contact) = ruled(Way::V1).await;
    add_ready(&world, "task-follow-up").await;
    add_ready(&world, "appointment-follow-up").await;
    let lead = lead(&world);
    let task = json!({ "title": "Call back", "dueDate": "2026-12-01T15:00:00Z" });
    world.ghl.person_creates_task(LOCATION, &contact, task);
    world.settle().await;
    assert_eq!(world.helloleads.todos(&lead)[0]["title"], "Call back", "the sync made a to-do of it");
    assert_eq!(world.helloleads.follow_up(&lead).unwrap()["followUpNotes"], "Call back");
    world.ghl.person_books_appointment(LOCATION, visit(&world, &contact, 600));
    world.settle().await;
    assert_eq!(world.helloleads.follow_up(&lead).unwrap()["followUpNotes"], "Appointment: Visit");
    world
        .helloleads
        .person_adds_todo(&lead, json!({ "title": "Offer", "dueDateTime": "2026-12-05T15:00:00Z" }));
    world.pass_period().await;
    world.pass_period().await;
    assert_eq!(world.ghl.tasks(LOCATION, &contact).len(), 2);
    assert_eq!(history(&world).await.len(), 2, "what began in HelloLeads is left alone");
}

#[tokio::test]
async fn an_overdue_task_gives_its_contact_a_tag() {
    let (world, contact) = ruled(Way::V1).await;
    add_ready(&world, "overdue-tag").await;
    let due = (world.time.now() + SignedDuration::from_mins(7)).to_string();
    world.ghl.person_creates_task(LOCATION, &contact, json!({ "title": "Call", "dueDate": due }));
    world.settle().await;
    world.pass_period().await;
    assert_eq!(tags(&world, &contact), Vec::<String>::new());
    world.pass_period().await;
    assert_eq!(tags(&world, &contact), ["overdue"]);
    assert_eq!(history(&world).await.len(), 1);
}

#[tokio::test]
async fn an_appointment_that_is_soon_gives_its_contact_a_note() {
    let (world, contact) = ruled(Way::V1).await;
    add_ready(&world, "appointment-note").await;
    world.ghl.person_books_appointment(LOCATION, visit(&world, &contact, 68));
    world.settle().await;
    world.pass_period().await;
    assert!(bodies(&world, &contact).is_empty());
    world.pass_period().await;
    let notes = bodies(&world, &contact);
    assert_eq!(notes.len(), 1);
    assert!(notes[0].as_str().unwrap().starts_with("Starts soon: Visit (2026-11-23T"), "{notes:?}");
}
