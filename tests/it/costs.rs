//! What a synced change costs in API calls. Polls are counted apart.

use jiff::SignedDuration;
use sandbox::world::{LOCATION, World};
use serde_json::json;

use crate::contact_sync::{able_world, ann, ann_as_lead, only_lead};
use crate::related::Way;

/// The calls of one step: GHL's, HelloLeads' writes, and its polls.
struct Count<'a> {
    world: &'a World,
    marks: (usize, usize),
}

impl<'a> Count<'a> {
    fn begin(world: &'a World) -> Self {
        Self { world, marks: (world.ghl.calls().len(), world.helloleads.calls().len()) }
    }

    fn end(self) -> (Vec<String>, Vec<String>, usize) {
        let ghl = self.world.ghl.calls().names_since(self.marks.0);
        let ghl = ghl.into_iter().filter(|name| name != "POST /contacts/search").collect();
        let helloleads = self.world.helloleads.calls().names_since(self.marks.1);
        let (polls, writes): (Vec<_>, Vec<_>) = helloleads.into_iter().partition(|name| name == "GET /leads");
        (ghl, writes, polls.len())
    }
}

#[tokio::test]
async fn a_synced_change_costs_what_the_readme_says() {
    let world = able_world().await;
    let count = Count::begin(&world);
    let contact = world.ghl.person_creates_contact(LOCATION, ann());
    world.settle().await;
    assert_eq!(
        count.end(),
        (vec!["GET /contacts/:id".into()], vec!["POST /leads".into()], 1),
        "created in GHL"
    );

    world.time.advance(SignedDuration::from_mins(10));
    let count = Count::begin(&world);
    world.ghl.person_edits_contact(LOCATION, &contact, json!({ "city": "Leeds" }));
    world.settle().await;
    assert_eq!(
        count.end(),
        (vec!["GET /contacts/:id".into()], vec!["PUT /lead/:id".into()], 1),
        "edited in GHL"
    );

    world.time.advance(SignedDuration::from_mins(10));
    let count = Count::begin(&world);
    world.helloleads.person_edits_lead(only_lead(&world)["id"].as_str().unwrap(), json!({ "city": "York" }));
    world.pass_period().await;
    let edited = vec!["GET /contacts/:id".to_owned(), "PUT /contacts/:id".to_owned()];
    assert_eq!(count.end(), (edited, vec![], 1), "edited in HelloLeads, its echo included");

    world.time.advance(SignedDuration::from_mins(10));
    let count = Count::begin(&world);
    let mut lead = ann_as_lead();
    lead["email"] = json!("bo@example.com");
    world.helloleads.person_creates_lead(lead);
    world.pass_period().await;
    let created = vec!["GET /contacts/search/duplicate".to_owned(), "POST /contacts/".to_owned()];
    assert_eq!(count.end(), (created, vec![], 1), "created in HelloLeads, its echo included");
}

#[tokio::test]
async fn an_idle_period_costs_two_calls_however_many_contacts_there_are() {
    for people in [1, 60] {
        let world = able_world().await;
        for number in 0..people {
            world.time.advance(SignedDuration::from_secs(60));
            let email = format!("p{number}@example.com");
            world.ghl.person_creates_contact(LOCATION, json!({ "firstName": "P", "email": email }));
            world.settle().await;
        }
        world.time.advance(SignedDuration::from_hours(1));
        world.pass_period().await;
        let count = (world.ghl.calls().len(), world.helloleads.calls().len());
        world.time.advance(SignedDuration::from_hours(1));
        world.pass_period().await;
        let idle = (world.ghl.calls().len() - count.0, world.helloleads.calls().len() - count.1);
        assert_eq!(idle, (1, 1), "one search in GHL and one page of HelloLeads, with {people} people");
    }
}

#[tokio::test]
async fn a_synced_note_task_or_appointment_costs_what_the_readme_says() {
    let world = crate::related::world(Way::Relay).await;
    let contact = crate::related::contact(&world).await;
    let lead = crate::related::lead(&world);
    let calls = |world: &World, mark: usize| world.ghl.calls().names_since(mark);
    let tomorrow = "2026-12-01T15:00:00Z";

    let mark = world.ghl.calls().len();
    world.ghl.person_creates_note(LOCATION, &contact, "Wants a call.");
    world.settle().await;
    // The users of both sides are read once a day.
    assert_eq!(calls(&world, mark), ["GET /users/search", "GET /contacts/:id/notes/:noteId"]);

    let mark = world.ghl.calls().len();
    world.helloleads.person_adds_comment(&lead, "asha@example.com", "Met at the fair.");
    world.settle().await;
    assert_eq!(calls(&world, mark), ["GET /contacts/:id/notes", "POST /contacts/:id/notes"], "echo included");

    let mark = world.ghl.calls().len();
    world.ghl.person_creates_task(LOCATION, &contact, json!({ "title": "Call", "dueDate": tomorrow }));
    world.settle().await;
    assert_eq!(calls(&world, mark), ["POST /locations/:id/tasks/search", "GET /contacts/:id/tasks/:taskId"]);

    let mark = world.ghl.calls().len();
    let booked = json!({ "title": "Visit", "start": tomorrow, "status": "confirmed" });
    world.helloleads.person_books_appointment(&lead, booked);
    world.settle().await;
    let expected = [
        "GET /contacts/:id/appointments",
        "POST /calendars/events/appointments",
        "GET /calendars/events/appointments/:id",
    ];
    assert_eq!(calls(&world, mark), expected, "echo included");
}

#[tokio::test]
async fn an_idle_period_with_every_kind_costs_a_few_calls() {
    for (way, helloleads) in [(Way::Key, 2), (Way::V1, 3), (Way::Relay, 0)] {
        let world = crate::related::world(way).await;
        let contact = crate::related::contact(&world).await;
        world.ghl.person_creates_note(LOCATION, &contact, "Wants a call.");
        let task = json!({ "title": "Call", "dueDate": "2026-12-01T15:00:00Z" });
        world.ghl.person_creates_task(LOCATION, &contact, task);
        world.settle().await;
        world.time.advance(SignedDuration::from_mins(30));
        world.pass_period().await;
        world.pass_period().await;
        world.time.advance(SignedDuration::from_hours(1));
        world.pass_period().await;
        let count = (world.ghl.calls().len(), world.helloleads.calls().len());
        for _ in 0..12 {
            world.pass_period().await;
        }
        let idle = (world.ghl.calls().len() - count.0, world.helloleads.calls().len() - count.1);
        // The contacts' search, a page of tasks, the calendars, and the one calendar's appointments, twelve times; and
        // once an hour, which contacts were changed last.
        let expected = (12 * 4 + 1, 12 * helloleads);
        assert_eq!(idle, expected, "{way:?}: {:?}", world.ghl.calls().names_since(count.0));
    }
}

/// Reads and writes of the table, each transaction counted as one.
fn reads_and_writes(world: &World) -> (usize, usize) {
    let operations = world.operations.take_of_table();
    let read = |name: &String| ["GetItem", "BatchGetItem", "Query"].contains(&name.as_str());
    let reads = operations.iter().filter(|name| read(name)).count();
    (reads, operations.len() - reads)
}

#[tokio::test]
async fn a_synced_change_reads_and_writes_the_table_as_often_as_the_readme_says() {
    let world = able_world().await;
    let people: Vec<String> = (0..10)
        .map(|number| {
            let person = json!({ "firstName": "P", "email": format!("p{number}@example.com") });
            world.ghl.person_creates_contact(LOCATION, person)
        })
        .collect();
    world.settle().await;
    // Leave to overwrite is taken for many contacts at once.
    world.ghl.person_edits_contact(LOCATION, &people[1], json!({ "city": "Leeds" }));
    world.settle().await;
    world.time.advance(SignedDuration::from_mins(10));
    world.operations.take();
    world.ghl.person_edits_contact(LOCATION, &people[0], json!({ "city": "Leeds" }));
    world.settle().await;
    assert_eq!(reads_and_writes(&world), (2, 7), "one contact edited in GHL");

    world.time.advance(SignedDuration::from_mins(10));
    world.operations.take();
    for id in &people {
        world.ghl.person_edits_contact(LOCATION, id, json!({ "city": "York" }));
    }
    world.settle().await;
    assert_eq!(reads_and_writes(&world), (2, 26), "ten contacts edited in GHL, in one batch");
}
