//! Reconciliation: with every webhook lost, within one period; a run that stops before its end is ended for it.

use jiff::SignedDuration;
use lambda_runtime::{Context, LambdaEvent};
use sandbox::aws::event_source;
use sandbox::world::{ERRANDS, LOCATION};
use serde_json::json;
use shared::errand::What;

use crate::contact_sync::{assert_agreed, only_lead, plain_world};
use crate::related::{CALENDAR, Way, contact, lead, world};

#[tokio::test]
async fn with_every_webhook_lost_a_change_of_every_kind_that_a_side_lists_arrives_within_a_period() {
    for way in [Way::Key, Way::V1] {
        let world = world(way).await;
        let id = contact(&world).await;
        let lead = lead(&world);
        let task = json!({ "title": "Call", "dueDate": "2026-12-01T15:00:00Z" });
        let task = world.ghl.person_creates_task(LOCATION, &id, task);
        let visit = json!({
            "calendarId": CALENDAR, "contactId": id, "title": "Visit", "startTime": "2026-12-02T15:00:00Z",
            "endTime": "2026-12-02T16:00:00Z",
        });
        world.ghl.person_books_appointment(LOCATION, visit);
        world.ghl.person_edits_contact(LOCATION, &id, json!({ "city": "Leeds" }));
        world.helloleads.person_adds_comment(&lead, "asha@example.com", "Met at the fair.");
        world.ghl.take_webhooks();
        world.pass_period().await;
        assert_eq!(only_lead(&world)["city"], "Leeds", "{way:?}");
        assert_eq!(world.ghl.notes(LOCATION, &id).len(), 1, "{way:?}: the comment");
        let shown = match way {
            Way::V1 => format!("{:?}", world.helloleads.todos(&lead)),
            _ => only_lead(&world)["notes"].to_string(),
        };
        assert!(shown.contains("Call") && shown.contains("Visit"), "{way:?}: {shown}");
        world.ghl.person_edits_task(LOCATION, &id, &task, json!({ "title": "Ring" }));
        world.ghl.take_webhooks();
        world.pass_period().await;
        let shown = match way {
            Way::V1 => format!("{:?}", world.helloleads.todos(&lead)),
            _ => only_lead(&world)["notes"].to_string(),
        };
        assert!(shown.contains("Ring"), "{way:?}: {shown}");
        assert_agreed(&world).await;
        assert_eq!(world.verify(false).await, [], "{way:?}");
    }
}

#[tokio::test]
async fn a_run_that_is_out_of_time_reads_nothing_and_goes_on_by_a_message_to_itself() {
    let world = plain_world().await;
    world.helloleads.person_creates_lead(crate::contact_sync::ann_as_lead());
    world.time.advance(SignedDuration::from_mins(5));
    world.ask(What::GoOn { connection: world.connection() }).await;
    let event = event_source::receive_up_to(&world.sqs, ERRANDS, 1).unwrap();
    let mut context = Context::default();
    context.deadline = u64::try_from(world.time.now().as_millisecond()).unwrap() + 30_000;
    let mark = world.helloleads.calls().len();
    let payload = serde_json::to_value(&event).unwrap();
    let answer = world.reconcile().handle(LambdaEvent::new(payload, context)).await.unwrap();
    let answer = serde_json::from_value(answer).unwrap();
    event_source::settle(&world.sqs, ERRANDS, &event, &answer);
    assert_eq!(
        world.helloleads.calls().len(),
        mark,
        "there are thirty seconds left, and a step may take sixty"
    );
    assert_eq!(world.sqs.messages(ERRANDS).len(), 1);
    world.settle().await;
    assert_eq!(world.ghl.contacts(LOCATION).len(), 1);
    assert_agreed(&world).await;
}

#[tokio::test]
async fn many_contacts_changed_at_once_cost_no_look_more_than_few_do_once_they_are_settled() {
    let world = plain_world().await;
    world.helloleads.set(|switches| switches.per_hour = 10_000);
    for number in 0..250 {
        let email = format!("p{number}@example.com");
        world.ghl.person_creates_contact(LOCATION, json!({ "firstName": "P", "email": email }));
    }
    world.settle().await;
    world.pass_period().await;
    world.time.advance(SignedDuration::from_mins(20));
    world.pass_period().await;
    let marks = (world.ghl.calls().len(), world.helloleads.calls().len());
    world.pass_period().await;
    let calls = (world.ghl.calls().len() - marks.0, world.helloleads.calls().len() - marks.1);
    assert!(calls.0 <= 3, "{:?}", world.ghl.calls().names_since(marks.0));
    assert!(
        calls.1 <= 4,
        "those of one second, at the most: {:?}",
        world.helloleads.calls().names_since(marks.1)
    );
}
