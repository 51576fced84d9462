//! How a lead reads.

use serde_json::{Value, json};

use super::world::World;
use crate::helloleads::Blank;

#[tokio::test]
async fn a_row_reads_like_the_published_sample() {
    let world = World::start().await;
    let id = world.lead(json!({"mobile": "9989452233", "mobile_code": "+91"})).await;
    let row = world.get("/leads").await["leads"][0].clone();
    assert_eq!(row["id"], json!(id));
    assert_eq!(row["list_name"], " Website Enquiries");
    assert_eq!(row["mobile"], "+919989452233");
    assert_eq!(row["created"], "2026-11-23 19:30:00");
    assert_eq!((&row["last_name"], &row["tags"], &row["custfields"]), (&Value::Null, &json!(""), &json!({})));
    assert_eq!(row.as_object().unwrap().len(), 30);
    assert_eq!(world.fake.lead(&id), Some(row));
}

#[tokio::test]
async fn a_mobile_written_back_as_it_was_read_doubles_its_code() {
    let world = World::start().await;
    let id = world.lead(json!({"mobile": "+919989452233", "mobile_code": "+91"})).await;
    assert_eq!(world.field(&id, "mobile"), "+91919989452233");
    let id = world.lead(json!({"mobile": "9989452233", "mobile_code": "91"})).await;
    world.put(&id, json!({"mobile": "+919989452233"})).await;
    assert_eq!(world.field(&id, "mobile"), "+91919989452233");
}

#[tokio::test]
async fn a_mobile_without_a_code_reads_as_it_was_written() {
    let world = World::start().await;
    let id = world.lead(json!({"mobile": "+449989452233"})).await;
    assert_eq!(world.field(&id, "mobile"), "+449989452233");
}

#[tokio::test]
async fn a_mobile_typed_by_a_person_takes_the_place_of_number_and_code() {
    let world = World::start().await;
    let id = world.lead(json!({"mobile": "9989452233", "mobile_code": "+91"})).await;
    world.fake.person_edits_lead(&id, json!({"mobile": "+449989452233"}));
    assert_eq!(world.field(&id, "mobile"), "+449989452233");
}

#[tokio::test]
async fn blanks_read_as_the_switch_says() {
    let world = World::with(|switches| switches.blank = Blank::Empty).await;
    let id = world.lead(json!({})).await;
    assert_eq!((world.field(&id, "notes"), world.field(&id, "custfields")), (json!(""), json!([])));
    world.fake.set(|switches| switches.blank = Blank::Mixed);
    let row = world.fake.lead(&id).unwrap();
    let cells: Vec<&Value> = row.as_object().unwrap().values().collect();
    assert!(cells.contains(&&Value::Null) && cells.contains(&&json!("")));
}

#[tokio::test]
async fn the_other_spelling_replaces_the_usual_one() {
    let world = World::with(|switches| switches.other_spelling = true).await;
    let id = world.lead(json!({"phone": "0441", "deal_size": 250})).await;
    let row = world.fake.lead(&id).unwrap();
    assert_eq!((&row["stage"], &row["dealSize"]), (&json!("New"), &json!("250")));
    assert_eq!(row["alternatePhone"], "0441");
    assert!(["lead_stage", "deal_size", "phone"].iter().all(|name| row.get(name).is_none()));
}

#[tokio::test]
async fn times_follow_the_accounts_zone_and_its_wrong_clock() {
    let world = World::with(|switches| switches.timezone = "UTC".to_owned()).await;
    let id = world.lead(json!({})).await;
    assert_eq!(world.field(&id, "created"), "2026-11-23 14:00:00");
    world.fake.set(|switches| switches.skew_seconds = -90);
    let id = world.lead(json!({})).await;
    assert_eq!(world.field(&id, "created"), "2026-11-23 13:58:30");
}

#[tokio::test]
async fn a_person_needs_no_rules() {
    let world = World::start().await;
    let id = world.fake.person_creates_lead(json!({"last_name": "Rao", "tags": "vip"}));
    world.fake.person_edits_lead(&id, json!({"last_name": null, "list_key": "list-b", "mobile": "+1555"}));
    assert_eq!(world.field(&id, "last_name"), Value::Null);
    assert_eq!(world.field(&id, "mobile"), "+1555");
    assert_eq!(world.field(&id, "list_name"), " Trade Fair");
    world.fake.person_deletes_lead(&id);
    assert_eq!(world.fake.lead(&id), None);
    assert!(world.fake.leads().is_empty());
}
