//! The difference report, field by field, and its repair.

use sandbox::world::{LOCATION, World};
use serde_json::json;
use shared::model::ids::RecordId;
use shared::model::record::{Field, Value};
use shared::model::side::{Kind, Side};
use shared::store::identity::Identity;
use shared::store::links::{Known, Link, Links};
use shared::sync::difference::Differs;

use crate::contact_sync::{able_world, ann, assert_agreed, only_lead};
use crate::related::{contact, every_way, world};

async fn change_link(world: &World, id: &str, change: impl FnOnce(&mut Link)) {
    let id = RecordId::parse(id).unwrap();
    let links = Links::new(world.table.clone(), world.connection());
    let identity = Identity { kind: Kind::Contact, side: Side::Ghl, id: &id };
    let Known::Linked(mut link) = links.known(identity).await.unwrap() else { panic!("it is linked") };
    change(&mut link);
    links.save(&mut link).await.unwrap();
}

#[tokio::test]
async fn a_difference_is_reported_field_by_field_with_a_plan_and_mended_on_request() {
    let world = able_world().await;
    let id = world.ghl.person_creates_contact(LOCATION, ann());
    world.settle().await;
    assert_eq!(world.verify(false).await, []);
    // As a defect of ours would leave it: what we believe GHL to hold is not what HelloLeads holds.
    change_link(&world, &id, |link| {
        link.mirrors.ghl.record.put(Field::LAST_NAME, Some(Value::text("Leigh")));
        link.mirrors.ghl.record.put(Field::COMPANY, Some(Value::text("Acme")));
    })
    .await;
    let found = world.verify(false).await;
    assert_eq!(found.len(), 1);
    assert_eq!(found[0].differs, Differs::Fields { fields: vec![Field::COMPANY, Field::LAST_NAME] });
    let lead = only_lead(&world)["id"].as_str().unwrap().to_owned();
    assert_eq!(found[0].to_string(), format!("contact {lead} ↔ {id}: company, last_name differ"));
    assert!(found[0].plan().contains("merge"));
    assert_eq!(world.verify(false).await.len(), 1, "a report mends nothing");
    world.verify(true).await;
    assert_eq!(world.verify(false).await, []);
    assert_agreed(&world).await;
}

#[tokio::test]
async fn what_is_listed_with_its_reason_is_no_difference() {
    let world = able_world().await;
    world.ghl.person_creates_contact(LOCATION, json!({ "firstName": "Nobody" }));
    world.settle().await;
    assert_eq!(world.verify(true).await, []);
    world.settle().await;
}

#[tokio::test]
async fn a_report_of_every_kind_by_every_profile_is_empty() {
    for way in every_way() {
        let world = world(way).await;
        let id = contact(&world).await;
        let lead = crate::related::lead(&world);
        world.ghl.person_creates_note(LOCATION, &id, "<p>Wants a <b>call</b>.</p>");
        world.helloleads.person_adds_comment(&lead, "asha@example.com", "Met at the fair.");
        let task = json!({ "title": "Call", "dueDate": "2026-12-01T15:00:00Z", "assignedTo": "u2" });
        world.ghl.person_creates_task(LOCATION, &id, task);
        let visit = json!({
            "calendarId": crate::related::CALENDAR, "contactId": id, "title": "Visit",
            "startTime": "2026-12-02T15:00:00Z", "endTime": "2026-12-02T16:00:00Z",
        });
        world.ghl.person_books_appointment(LOCATION, visit);
        world.settle().await;
        world.pass_period().await;
        world.pass_period().await;
        assert_eq!(world.verify(false).await, [], "{way:?}");
        world.pass_day().await;
        assert_eq!(world.verify(false).await, [], "{way:?}");
        assert_agreed(&world).await;
    }
}
