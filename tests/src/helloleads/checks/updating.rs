//! `PUT /lead/{id}`.

use jiff::SignedDuration;
use reqwest::Method;
use serde_json::{Value, json};

use super::world::World;
use crate::helloleads::UpdateStyle;

#[tokio::test]
async fn an_update_changes_what_it_names_and_answers_no_record() {
    let world = World::start().await;
    let id = world.lead(json!({"company": "Old", "city": "Pune"})).await;
    let answer = world.put(&id, json!({"company": "New", "shoe_size": "44"})).await;
    assert_eq!(answer, json!({"status": "success", "message": "Lead updated successfully"}));
    assert_eq!(world.field(&id, "company"), "New");
    assert_eq!(world.field(&id, "city"), "Pune");
    assert_eq!(world.field(&id, "shoe_size"), Value::Null);
}

#[tokio::test]
async fn a_whole_update_blanks_what_it_does_not_name() {
    let world = World::with(|switches| switches.update_style = UpdateStyle::Whole).await;
    let id = world.lead(json!({"company": "Old", "city": "Pune", "tags": "vip"})).await;
    world.put(&id, json!({"first_name": "Asha", "email": "asha@example.com", "company": "New"})).await;
    assert_eq!(world.field(&id, "company"), "New");
    assert_eq!(world.field(&id, "city"), Value::Null);
    assert_eq!((world.field(&id, "tags"), world.field(&id, "potential")), (json!("vip"), json!("Low")));
}

#[tokio::test]
async fn an_update_that_does_not_work_answers_an_html_page() {
    let world = World::with(|switches| switches.update_works = false).await;
    let id = world.lead(json!({"company": "Old"})).await;
    let request = world.request(Method::PUT, &format!("/lead/{id}")).body(r#"{"company":"New"}"#);
    let response = request.send().await.unwrap();
    assert_eq!(response.status(), 404);
    assert!(response.text().await.unwrap().contains("<html>"));
    assert_eq!(world.field(&id, "company"), "Old");
}

#[tokio::test]
async fn tags_change_by_switch_only() {
    let world = World::start().await;
    let id = world.lead(json!({"tags": "vip, vip ,,fair"})).await;
    assert_eq!(world.put(&id, json!({"tags": "cold"})).await["status"], "success");
    assert_eq!(world.field(&id, "tags"), "vip,fair");
    world.fake.set(|switches| switches.tags_on_update = true);
    world.put(&id, json!({"tags": "cold"})).await;
    assert_eq!(world.field(&id, "tags"), "cold");
}

#[tokio::test]
async fn an_empty_value_clears_by_switch_only() {
    let world = World::start().await;
    let id = world.lead(json!({"company": "Old", "city": "Pune"})).await;
    world.put(&id, json!({"company": "", "city": null})).await;
    assert_eq!(world.field(&id, "company"), "Old");
    world.fake.set(|switches| switches.clears_on_empty = true);
    world.put(&id, json!({"company": "", "city": null})).await;
    assert_eq!(world.field(&id, "company"), Value::Null);
    assert_eq!(world.field(&id, "city"), Value::Null);
}

#[tokio::test]
async fn an_update_may_not_take_the_last_way_to_reach_a_lead() {
    let world = World::with(|switches| switches.clears_on_empty = true).await;
    let id = world.lead(json!({})).await;
    assert_eq!(world.put(&id, json!({"email": ""})).await["message"], "email or mobile is required");
    assert_eq!(world.field(&id, "email"), "asha@example.com");
}

#[tokio::test]
async fn a_stage_is_written_by_id_and_read_by_name() {
    let world = World::start().await;
    let id = world.lead(json!({})).await;
    assert_eq!(world.field(&id, "lead_stage"), "New");
    world.put(&id, json!({"lead_stage_id": "504"})).await;
    assert_eq!(world.field(&id, "lead_stage"), "Customer");
    assert_eq!(world.put(&id, json!({"lead_stage_id": "9"})).await["message"], "Invalid lead_stage_id");
}

#[tokio::test]
async fn a_lead_moves_to_another_list() {
    let world = World::start().await;
    let id = world.lead(json!({})).await;
    world.put(&id, json!({"list_key": "list-b"})).await;
    assert_eq!(world.field(&id, "list_name"), " Trade Fair");
}

#[tokio::test]
async fn modified_moves_with_a_change_and_rests_without_one() {
    let world = World::start().await;
    let id = world.lead(json!({"company": "Old"})).await;
    world.time.advance(SignedDuration::from_secs(5));
    world.put(&id, json!({"company": "Old"})).await;
    world.put(&id, json!({"followUpDetails": {"followUpDateTime": "2026-12-01 10:00:00"}})).await;
    assert_eq!(world.field(&id, "modified"), "2026-11-23 19:30:00");
    world.put(&id, json!({"company": "New"})).await;
    assert_eq!(world.field(&id, "modified"), "2026-11-23 19:30:05");
    assert_eq!(world.field(&id, "created"), "2026-11-23 19:30:00");
}

#[tokio::test]
async fn an_unknown_lead_is_refused() {
    let world = World::start().await;
    assert_eq!(world.put("77", json!({"company": "New"})).await["message"], "Lead not found");
    assert_eq!(world.put("x", json!({"company": "New"})).await["message"], "Lead not found");
}
