//! Appointments, by each profile.

use jiff::SignedDuration;
use sandbox::faults::Fault;
use sandbox::world::{LOCATION, World};
use serde_json::{Value, json};
use shared::disposition::Reason;
use shared::model::side::{Kind, Side};

use crate::contact_sync::{ann, only_lead, parked};
use crate::related::{CALENDAR, Way, contact, every_way, lead, world};

fn visit(contact: &str) -> Value {
    json!({
        "calendarId": CALENDAR, "contactId": contact, "title": "Site visit", "appointmentStatus": "confirmed",
        "startTime": "2026-12-01T10:00:00-05:00", "endTime": "2026-12-01T11:30:00-05:00", "assignedUserId": "u2",
        "address": "1 Main St",
    })
}

fn in_ghl(world: &World) -> Value {
    let all = world.ghl.appointments(LOCATION);
    assert_eq!(all.len(), 1, "{all:#?}");
    all[0].clone()
}

fn instant(value: &Value) -> String {
    let instant: jiff::Timestamp = value.as_str().unwrap().parse().unwrap();
    instant.to_string()
}

#[tokio::test]
async fn a_ghl_appointment_is_made_moved_cancelled_and_deleted_in_helloleads() {
    let world = world(Way::Relay).await;
    let contact = contact(&world).await;
    let lead = lead(&world);
    let id = world.ghl.person_books_appointment(LOCATION, visit(&contact));
    world.settle().await;
    let made = world.helloleads.appointments(&lead)[0].clone();
    assert_eq!(
        (&made["title"], &made["status"], &made["place"]),
        (&json!("Site visit"), &json!("confirmed"), &json!("1 Main St"))
    );
    assert_eq!(
        (instant(&made["start"]), instant(&made["end"])),
        ("2026-12-01T15:00:00Z".into(), "2026-12-01T16:30:00Z".into())
    );
    assert_eq!(made["assignee"], "asha@example.com");
    world.time.advance(SignedDuration::from_secs(5));
    let moved = json!({ "startTime": "2026-12-02T10:00:00-05:00", "endTime": "2026-12-02T11:30:00-05:00" });
    world.ghl.person_edits_appointment(LOCATION, &id, moved);
    world.settle().await;
    assert_eq!(instant(&world.helloleads.appointments(&lead)[0]["start"]), "2026-12-02T15:00:00Z");
    world.time.advance(SignedDuration::from_secs(5));
    world.ghl.person_edits_appointment(LOCATION, &id, json!({ "appointmentStatus": "cancelled" }));
    world.settle().await;
    assert_eq!(world.helloleads.appointments(&lead)[0]["status"], "cancelled", "cancelled is not deleted");
    world.pass_period().await;
    assert_eq!(in_ghl(&world)["appointmentStatus"], "cancelled", "nothing comes back");
    world.ghl.person_deletes_appointment(LOCATION, &id);
    world.settle().await;
    assert!(world.helloleads.appointments(&lead).is_empty());
    assert_eq!(parked(&world).await, []);
}

#[tokio::test]
async fn a_helloleads_appointment_goes_into_the_chosen_calendar_and_reminds_nobody_twice() {
    let world = world(Way::Relay).await;
    contact(&world).await;
    let lead = lead(&world);
    // In the middle of the night there, and beside another appointment: it exists all the same.
    let fields = json!({ "title": "Call", "start": "2026-12-01T04:00:00Z", "end": null, "status": "scheduled", "notes": "Bring the offer" });
    let id = world.helloleads.person_books_appointment(&lead, fields);
    world.settle().await;
    let made = in_ghl(&world);
    assert_eq!(
        (&made["calendarId"], &made["title"], &made["appointmentStatus"]),
        (&json!(CALENDAR), &json!("Call"), &json!("new"))
    );
    assert_eq!(
        (instant(&made["startTime"]), instant(&made["endTime"])),
        ("2026-12-01T04:00:00Z".into(), "2026-12-01T04:30:00Z".into())
    );
    assert_eq!(world.ghl.reminders_sent(), 0);
    world.time.advance(SignedDuration::from_secs(5));
    world
        .helloleads
        .person_edits_appointment(&id, json!({ "start": "2026-12-03T04:00:00Z", "status": "missed" }));
    world.settle().await;
    let made = in_ghl(&world);
    assert_eq!(
        (instant(&made["startTime"]), instant(&made["endTime"])),
        ("2026-12-03T04:00:00Z".into(), "2026-12-03T04:30:00Z".into())
    );
    assert_eq!(made["appointmentStatus"], "noshow");
    world.pass_period().await;
    assert_eq!(
        world.helloleads.appointments(&lead)[0]["end"],
        Value::Null,
        "the end that GHL made up is not written back"
    );
    world.helloleads.person_deletes_appointment(&id);
    world.settle().await;
    assert!(world.ghl.appointments(LOCATION).is_empty());
    assert_eq!((world.ghl.reminders_sent(), parked(&world).await), (0, Vec::new()));
}

#[tokio::test]
async fn with_v1_an_appointment_is_a_to_do_with_its_start() {
    let world = world(Way::V1).await;
    let contact = contact(&world).await;
    let lead = lead(&world);
    let id = world.ghl.person_books_appointment(LOCATION, visit(&contact));
    world.settle().await;
    let to_do = world.helloleads.todos(&lead)[0].clone();
    assert_eq!(
        (&to_do["title"], &to_do["dueDateTime"]),
        (&json!("Appointment: Site visit"), &json!("2026-12-01T15:00:00Z"))
    );
    world.time.advance(SignedDuration::from_mins(1));
    let to_do = to_do["id"].as_str().unwrap().to_owned();
    world.helloleads.person_edits_todo(&to_do, json!({ "dueDateTime": "2026-12-03T15:00:00Z" }));
    world.pass_period().await;
    let moved = in_ghl(&world);
    assert_eq!(
        (instant(&moved["startTime"]), instant(&moved["endTime"])),
        ("2026-12-03T15:00:00Z".into(), "2026-12-03T16:30:00Z".into()),
        "it lasts as long as before"
    );
    assert!(world.ghl.tasks(LOCATION, &contact).is_empty(), "its to-do is not a task as well");
    world.ghl.person_edits_appointment(LOCATION, &id, json!({ "appointmentStatus": "showed" }));
    world.settle().await;
    assert_eq!(world.helloleads.todos(&lead)[0]["donePercent"], 100);
    world.helloleads.person_adds_todo(
        &lead,
        json!({ "title": "Appointment: Demo", "dueDateTime": "2026-12-04T15:00:00Z" }),
    );
    world.pass_period().await;
    assert!(world.ghl.appointments(LOCATION).iter().any(|one| one["title"] == "Demo"));
    assert_eq!(parked(&world).await, []);
}

#[tokio::test]
async fn with_the_key_an_appointment_stands_in_the_leads_notes_and_is_the_follow_up() {
    let world = world(Way::Key).await;
    let contact = contact(&world).await;
    let lead = lead(&world);
    let id = world.ghl.person_books_appointment(LOCATION, visit(&contact));
    world.settle().await;
    world.pass_period().await;
    let notes = only_lead(&world)["notes"].as_str().unwrap().to_owned();
    let head = format!(
        "[GHL appointment {id} · confirmed · 2026-12-01 20:30:00 · asha@example.com · 2026-12-01 22:00:00 · 1 Main St]"
    );
    assert!(notes.contains(&head) && notes.contains("Site visit"), "{notes}");
    assert_eq!(world.helloleads.follow_up(&lead).unwrap()["followUpDateTime"], "2026-12-01 20:30:00");
    world.ghl.person_edits_appointment(LOCATION, &id, json!({ "appointmentStatus": "cancelled" }));
    world.settle().await;
    assert_eq!(world.helloleads.follow_up(&lead).unwrap()["doNotFollowUpStatus"], "ON");
    assert!(only_lead(&world)["notes"].as_str().unwrap().contains("· cancelled ·"));
    assert_eq!(parked(&world).await, []);
}

#[tokio::test]
async fn an_appointment_brings_its_contact_and_the_tasks_that_go_with_it() {
    for way in every_way() {
        let world = world(way).await;
        let contact = world.ghl.person_creates_contact(LOCATION, ann());
        world.ghl.person_books_appointment(LOCATION, visit(&contact));
        let hooks = world.ghl.take_webhooks();
        let booked = hooks.iter().find(|hook| hook.event == "AppointmentCreate").unwrap();
        world.ghl.deliver(booked).await;
        world.settle().await;
        let lead = lead(&world);
        match way {
            Way::Key => assert!(only_lead(&world)["notes"].as_str().unwrap().contains("Site visit")),
            Way::V1 => assert_eq!(world.helloleads.todos(&lead).len(), 1),
            Way::Relay => assert_eq!(world.helloleads.appointments(&lead).len(), 1),
        }
        assert_eq!(parked(&world).await, [], "{way:?}");
    }
    let world = world(Way::Relay).await;
    let contact = contact(&world).await;
    let lead = lead(&world);
    let id = world.ghl.person_books_appointment(LOCATION, visit(&contact));
    world.settle().await;
    world.ghl.person_creates_task(
        LOCATION,
        &contact,
        json!({ "title": "Prepare", "dueDate": "2026-11-30T15:00:00Z" }),
    );
    world.ghl.take_webhooks();
    world.time.advance(SignedDuration::from_secs(5));
    world.ghl.person_edits_appointment(LOCATION, &id, json!({ "title": "Site visit, again" }));
    world.settle().await;
    assert_eq!(world.helloleads.todos(&lead)[0]["title"], "Prepare", "its contact's tasks come with it");
}

#[tokio::test]
async fn wall_clocks_are_right_before_and_after_the_clock_changes() {
    // New York leaves summer time on 1 November 2026 and enters it on 14 March 2027.
    for (wall, instant_there) in [
        ("2027-03-13T09:00:00-05:00", "2027-03-13T14:00:00Z"),
        ("2027-03-14T09:00:00-04:00", "2027-03-14T13:00:00Z"),
    ] {
        let world = world(Way::Relay).await;
        let contact = contact(&world).await;
        let lead = lead(&world);
        let mut fields = visit(&contact);
        fields["startTime"] = json!(wall);
        fields["endTime"] = Value::Null;
        fields.as_object_mut().unwrap().remove("endTime");
        world.ghl.person_books_appointment(LOCATION, fields);
        world.settle().await;
        assert_eq!(instant(&world.helloleads.appointments(&lead)[0]["start"]), instant_there);
        let back = json!({ "title": "Back", "start": instant_there, "status": "confirmed" });
        world.helloleads.person_books_appointment(&lead, back);
        world.settle().await;
        let there = world.ghl.appointments(LOCATION);
        let made = there.iter().find(|one| one["title"] == "Back").unwrap();
        assert_eq!(made["startTime"], wall, "GHL shows it at its own wall time");
    }
}

#[tokio::test]
async fn a_day_long_appointment_lasts_the_day_of_the_account() {
    let world = world(Way::Relay).await;
    contact(&world).await;
    let lead = lead(&world);
    world.helloleads.person_books_appointment(
        &lead,
        json!({ "title": "Fair", "start": "2026-12-05", "status": "scheduled" }),
    );
    world.settle().await;
    let made = in_ghl(&world);
    assert_eq!(
        (instant(&made["startTime"]), instant(&made["endTime"])),
        ("2026-12-04T18:30:00Z".into(), "2026-12-05T18:30:00Z".into())
    );
}

#[tokio::test]
async fn a_status_that_ghl_does_not_have_is_kept_and_listed() {
    let world = world(Way::Relay).await;
    let contact = contact(&world).await;
    let lead = lead(&world);
    world.ghl.person_books_appointment(LOCATION, visit(&contact));
    world.settle().await;
    let id = world.helloleads.appointments(&lead)[0]["id"].as_str().unwrap().to_owned();
    world.time.advance(SignedDuration::from_secs(5));
    world.helloleads.person_edits_appointment(&id, json!({ "status": "On hold", "title": "Site visit?" }));
    world.settle().await;
    let there = in_ghl(&world);
    assert_eq!((&there["title"], &there["appointmentStatus"]), (&json!("Site visit?"), &json!("confirmed")));
    assert_eq!(world.helloleads.appointments(&lead)[0]["status"], "On hold");
    let listed = parked(&world).await;
    assert!(
        matches!(&listed[0].reason, Reason::NotTaken { side: Side::Ghl, fields } if fields[0].as_str() == "status"),
        "{listed:?}"
    );
}

#[tokio::test]
async fn a_recurring_series_is_left_alone_and_said_so() {
    let world = world(Way::Relay).await;
    let contact = contact(&world).await;
    let lead = lead(&world);
    let mut weekly = visit(&contact);
    weekly["rrule"] = json!("FREQ=WEEKLY;COUNT=4");
    weekly["isRecurring"] = json!(true);
    world.ghl.person_books_appointment(LOCATION, weekly);
    world.settle().await;
    assert!(world.helloleads.appointments(&lead).is_empty());
    let listed = parked(&world).await;
    assert!(
        listed.iter().any(|one| one.kind == Kind::Appointment && one.reason == Reason::Recurring),
        "{listed:?}"
    );
    let page = world.get(&format!("/connections/{LOCATION}")).await.text().await.unwrap();
    assert!(page.contains("1 appointment of a recurring series"), "{page}");
    let stuck = world.get(&format!("/connections/{LOCATION}/stuck")).await.text().await.unwrap();
    assert!(stuck.contains("Needs a person: 0"), "nobody need do anything about it");
}

#[tokio::test]
async fn without_a_calendar_an_appointment_is_listed_with_what_to_do() {
    let world = world(Way::Relay).await;
    contact(&world).await;
    let lead = lead(&world);
    let wrong = crate::related::try_enter(&world, &[("calendar", "nowhere")]).await;
    assert!(wrong.contains("no calendar") && wrong.contains("Sales"), "{wrong}");
    crate::related::without_calendar(&world).await;
    world
        .helloleads
        .person_books_appointment(&lead, json!({ "title": "Call", "start": "2026-12-01T04:00:00Z" }));
    world.settle().await;
    assert!(parked(&world).await.iter().any(|one| one.reason == Reason::NoCalendar));
}

#[tokio::test]
async fn an_appointment_whose_create_was_answered_by_nothing_is_not_made_twice() {
    let world = world(Way::Relay).await;
    contact(&world).await;
    let lead = lead(&world);
    world.ghl.faults().plan("POST /calendars/events/appointments", Fault::ResetAfterWork);
    world.helloleads.person_books_appointment(
        &lead,
        json!({ "title": "Call", "start": "2026-12-01T04:00:00Z", "status": "confirmed" }),
    );
    world.settle().await;
    assert_eq!(in_ghl(&world)["title"], "Call");
}
