//! `GET /leads` and its relatives.

use jiff::SignedDuration;
use serde_json::{Value, json};

use super::world::World;

/// Three leads a minute apart, the oldest of which was edited last.
async fn three_leads(world: &World) -> [String; 3] {
    let mut ids = [String::new(), String::new(), String::new()];
    for id in &mut ids {
        *id = world.fake.person_creates_lead(json!({"first_name": "Asha"}));
        world.time.advance(SignedDuration::from_mins(1));
    }
    world.fake.person_edits_lead(&ids[0], json!({"company": "Acme"}));
    ids
}

#[tokio::test]
async fn the_newest_id_comes_first() {
    let world = World::start().await;
    let [first, second, third] = three_leads(&world).await;
    assert_eq!(world.column("/leads", "id").await, [third, second, first]);
}

#[tokio::test]
async fn an_order_is_honoured_by_switch() {
    let world = World::start().await;
    let [first, second, third] = three_leads(&world).await;
    let ids = [first.clone(), second.clone(), third.clone()];
    assert_eq!(world.column("/leads?orderByCreatedDateTime=ASC", "id").await, ids);
    let by_change = [second.clone(), third.clone(), first.clone()];
    assert_eq!(world.column("/leads?orderByModifiedDateTime=ASC", "id").await, by_change);
    let latest = [first.clone(), third.clone(), second.clone()];
    assert_eq!(world.column("/leads?orderByModifiedDateTime=DESC", "id").await, latest);
    world.fake.set(|switches| switches.order_honoured = false);
    assert_eq!(world.column("/leads?orderByModifiedDateTime=ASC", "id").await, [third, second, first]);
}

#[tokio::test]
async fn date_filters_speak_the_accounts_zone_and_include_their_bounds() {
    let world = World::start().await;
    let [first, _, third] = three_leads(&world).await;
    let path = "/leads?modifiedDateTime_From=2026-11-23+19:32:00&orderByModifiedDateTime=ASC";
    assert_eq!(world.column(path, "id").await, [third, first.clone()]);
    let path = "/leads?createdDateTime_From=2026-11-23%2019:30:00&createdDateTime_To=2026-11-23%2019:30:00";
    assert_eq!(world.column(path, "id").await, [first]);
}

#[tokio::test]
async fn the_modified_filter_is_ignored_by_switch() {
    let world = World::with(|switches| switches.modified_filter = false).await;
    three_leads(&world).await;
    let path = "/leads?modifiedDateTime_From=2026-11-23+19:33:00";
    assert_eq!(world.column(path, "id").await.len(), 3);
}

#[tokio::test]
async fn a_malformed_bound_is_refused() {
    let world = World::start().await;
    let answer = world.get("/leads?modifiedDateTime_From=2026-11-23T19:32:00Z").await;
    assert_eq!(answer["message"], "Invalid modifiedDateTime_From");
    assert_eq!(answer["leads"], Value::Null);
}

#[tokio::test]
async fn rows_are_chosen_by_list_stage_and_category() {
    let world = World::start().await;
    let won = world.fake.person_creates_lead(json!({"lead_stage": "Customer", "category": "Individual"}));
    let fair = world.fake.person_creates_lead(json!({"list_key": "list-b"}));
    assert_eq!(world.column("/leads?list_key=list-b", "id").await, [fair.as_str()]);
    assert_eq!(world.column("/leads?lead_stage_id=504,505", "id").await, [won.as_str()]);
    assert_eq!(world.column("/leads?lead_category=Individual", "id").await, [won]);
    assert_eq!(world.column("/leads?lead_stage_id=501", "id").await, [fair]);
}

#[tokio::test]
async fn pages_follow_each_other_and_say_where_they_stand() {
    let world = World::with(|switches| switches.page_size = 2).await;
    let [first, _, _] = three_leads(&world).await;
    let answer = world.get("/leads?page=2").await;
    assert_eq!(answer["paging"], json!({"total_pages": 2, "current_page": 2}));
    assert_eq!(answer["leads"][0]["id"], json!(first));
    assert_eq!(world.column("/leads?page=3", "id").await, [""; 0]);
    world.fake.set(|switches| switches.string_numbers = true);
    assert_eq!(world.get("/leads").await["paging"], json!({"total_pages": "2", "current_page": "1"}));
}

#[tokio::test]
async fn an_empty_account_has_no_page() {
    let world = World::start().await;
    let answer = world.get("/leads").await;
    assert_eq!(answer, json!({"leads": [], "paging": {"total_pages": 0, "current_page": 1}}));
}

#[tokio::test]
async fn the_older_list_call_spells_and_orders_in_its_own_way() {
    let world = World::start().await;
    let [first, second, third] = three_leads(&world).await;
    assert_eq!(world.column("/leadsOrderBy?order=asc", "id").await, [first, second, third.clone()]);
    let newest = world.get("/leadsOrderBy?order=desc&createdDate=2026-11-23").await["leads"][0].clone();
    assert_eq!((&newest["id"], &newest["stage"]), (&json!(third), &json!("New")));
    assert_eq!(newest["lead_stage"], Value::Null);
    assert_eq!(world.column("/leadsOrderBy?createdDate=2026-11-24", "id").await, [""; 0]);
}

#[tokio::test]
async fn lists_may_lack_a_key() {
    let world = World::start().await;
    world.fake.add_list(None, "Old imports");
    let lists = world.get("/lists").await["lists"].clone();
    assert_eq!((&lists[0]["list_key"], &lists[0]["name"]), (&json!("list-a"), &json!("Website Enquiries")));
    assert_eq!((&lists[2]["list_key"], &lists[2]["name"]), (&Value::Null, &json!("Old imports")));
}

#[tokio::test]
async fn users_are_the_accounts_owners() {
    let world = World::start().await;
    assert_eq!(world.get("/users").await["users"][0]["email"], "owner@example.com");
}

#[tokio::test]
async fn a_leads_history_shows_its_comments_and_logs() {
    let world = World::start().await;
    let id = world.lead(json!({})).await;
    world.fake.person_comments(&id, "Called back");
    let path = |kind| format!("/leadActivities?leadId={id}&activityType={kind}");
    let comments = world.get(&path("comments")).await;
    assert_eq!(comments["activities"][0]["text"], "Called back");
    assert_eq!(comments["activities"].as_array().unwrap().len(), 1);
    assert_eq!(world.get(&path("logs")).await["activities"][0]["text"], "Lead created");
    assert_eq!(world.get(&path("all")).await["activities"].as_array().unwrap().len(), 2);
}
