//! What time brings about: told once, at its time, and not where the record is another one by then.

use jiff::SignedDuration;
use sandbox::world::{LOCATION, World};
use serde_json::{Value, json};

use crate::related::{CALENDAR, Way, every_way, lead};
use crate::rules::{ruled, told};

fn at(world: &World, minutes: i64) -> String {
    (world.time.now() + SignedDuration::from_mins(minutes)).to_string()
}

fn visit(world: &World, contact: &str, minutes: i64) -> Value {
    json!({ "calendarId": CALENDAR, "contactId": contact, "title": "Visit", "startTime": at(world, minutes),
        "endTime": at(world, minutes + 30) })
}

fn task(world: &World, minutes: i64) -> Value {
    json!({ "title": "Call", "dueDate": at(world, minutes) })
}

/// Periods pass; answers how many events of this name were told.
async fn after(world: &World, periods: usize, name: &str) -> usize {
    for _ in 0..periods {
        world.pass_period().await;
    }
    told(world, name).len()
}

#[tokio::test]
async fn an_appointment_is_soon_once_an_hour_before_its_start() {
    for way in every_way() {
        let (world, contact) = ruled(way).await;
        let id = world.ghl.person_books_appointment(LOCATION, visit(&world, &contact, 78));
        world.settle().await;
        assert_eq!(after(&world, 3, "AppointmentSoon").await, 0, "{way:?}");
        world.pass_period().await;
        let soon = told(&world, "AppointmentSoon");
        assert_eq!(soon.len(), 1, "{way:?}");
        let detail = &soon[0]["detail"];
        assert_eq!(
            (&detail["kind"], &detail["ghl"]),
            (&json!("appointment"), &json!(format!("{contact}.{id}")))
        );
        assert!(!soon[0].to_string().contains("Visit"), "{soon:?}");
        assert_eq!(after(&world, 14, "AppointmentSoon").await, 0, "{way:?}");
        let left: Vec<Value> = world.table.rows(&format!("DUE#{LOCATION}"), 10, "look").await.unwrap();
        assert!(left.is_empty(), "{way:?}");
    }
}

#[tokio::test]
async fn how_long_before_is_a_setting() {
    let (world, contact) = ruled(Way::V1).await;
    let page = format!("/connections/{LOCATION}/automation");
    for wrong in ["4", "1441", "soon"] {
        assert_eq!(world.post(&page, &[("soon", wrong)]).await.status(), 422, "{wrong}");
    }
    assert_eq!(world.post(&page, &[("soon", "10")]).await.status(), 303);
    world.ghl.person_books_appointment(LOCATION, visit(&world, &contact, 23));
    world.settle().await;
    assert_eq!(after(&world, 2, "AppointmentSoon").await, 0);
    assert_eq!(after(&world, 1, "AppointmentSoon").await, 1);
    assert!(world.get(&page).await.text().await.unwrap().contains("value=\"10\""));
}

#[tokio::test]
async fn an_appointment_that_was_moved_cancelled_or_deleted_is_not_soon() {
    let (world, contact) = ruled(Way::V1).await;
    let book = || world.ghl.person_books_appointment(LOCATION, visit(&world, &contact, 75));
    let (moved, cancelled, deleted) = (book(), book(), book());
    world.settle().await;
    let later = json!({ "startTime": at(&world, 600), "endTime": at(&world, 630) });
    world.ghl.person_edits_appointment(LOCATION, &moved, later);
    world.ghl.person_edits_appointment(LOCATION, &cancelled, json!({ "appointmentStatus": "cancelled" }));
    world.ghl.person_deletes_appointment(LOCATION, &deleted);
    world.settle().await;
    assert_eq!(after(&world, 6, "AppointmentSoon").await, 0);
    world.time.advance(SignedDuration::from_mins(510));
    assert_eq!(
        after(&world, 3, "AppointmentSoon").await,
        1,
        "the one that was moved is soon at its new time"
    );
}

#[tokio::test]
async fn a_task_is_overdue_once_unless_it_is_done_or_moved() {
    for way in every_way() {
        let (world, contact) = ruled(way).await;
        let make = || world.ghl.person_creates_task(LOCATION, &contact, task(&world, 12));
        let (open, done, moved) = (make(), make(), make());
        world.settle().await;
        world.pass_period().await;
        world.ghl.person_edits_task(LOCATION, &contact, &done, json!({ "completed": true }));
        world.ghl.person_edits_task(LOCATION, &contact, &moved, task(&world, 600));
        world.settle().await;
        world.pass_period().await;
        world.pass_period().await;
        let overdue = told(&world, "TaskOverdue");
        assert_eq!(overdue.len(), 1, "{way:?}: {overdue:?}");
        assert_eq!(overdue[0]["detail"]["ghl"], format!("{contact}.{open}"));
        assert_eq!(after(&world, 3, "TaskOverdue").await, 0, "{way:?}");
    }
}

#[tokio::test]
async fn what_was_overdue_before_it_was_known_and_a_date_that_nobody_chose_are_not_told() {
    let (world, contact) = ruled(Way::V1).await;
    world.ghl.person_creates_task(LOCATION, &contact, task(&world, -600));
    world.helloleads.person_adds_todo(&lead(&world), json!({ "title": "Some day" }));
    world.settle().await;
    world.pass_period().await;
    assert_eq!(world.ghl.tasks(LOCATION, &contact).len(), 2);
    assert_eq!(after(&world, 4, "TaskOverdue").await, 0);
}

#[tokio::test]
async fn what_comes_while_a_connection_is_paused_is_told_when_it_runs_and_an_appointment_only_if_it_lies_ahead()
 {
    let (world, contact) = ruled(Way::V1).await;
    world.ghl.person_creates_task(LOCATION, &contact, task(&world, 7));
    world.ghl.person_books_appointment(LOCATION, visit(&world, &contact, 62));
    world.settle().await;
    let page = format!("/connections/{LOCATION}");
    assert_eq!(world.post(&format!("{page}/pause"), &[]).await.status(), 303);
    world.time.advance(SignedDuration::from_mins(120));
    world.pass_period().await;
    let all = world.bus.take();
    let is_timed =
        |event: &&Value| ["TaskOverdue", "AppointmentSoon"].iter().any(|name| event["detail-type"] == *name);
    assert_eq!(all.iter().filter(is_timed).count(), 0);
    assert_eq!(world.post(&format!("{page}/resume"), &[]).await.status(), 303);
    world.settle().await;
    world.pass_period().await;
    let all = world.bus.take();
    let names: Vec<&Value> = all.iter().filter(is_timed).map(|event| &event["detail-type"]).collect();
    assert_eq!(names, ["TaskOverdue"]);
}

#[tokio::test]
async fn what_the_bus_does_not_take_is_told_by_the_next_schedule() {
    let (world, contact) = ruled(Way::V1).await;
    world.ghl.person_creates_task(LOCATION, &contact, task(&world, 3));
    world.settle().await;
    world.time.advance(SignedDuration::from_mins(5));
    world.bus.take();
    world.bus.fail_next(3);
    world.tick_automation().await;
    assert_eq!(told(&world, "TaskOverdue").len(), 0);
    world.tick_automation().await;
    assert_eq!(told(&world, "TaskOverdue").len(), 1);
}
