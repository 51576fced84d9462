//! `POST /leads`.

use reqwest::Method;
use serde_json::{Value, json};

use super::world::{World, answer};

async fn refusal(world: &World, body: Value) -> String {
    let body = world.post("/leads", body).await;
    assert_eq!(body["status"], "error");
    body["message"].as_str().unwrap().to_owned()
}

#[tokio::test]
async fn a_created_lead_is_answered_with_a_number_and_read_with_a_text() {
    let world = World::start().await;
    let body = json!({"list_key": "list-a", "first_name": "Asha", "email": "Asha@Example.com"});
    let answer = world.post("/leads", body).await;
    assert_eq!(answer["status"], "success");
    let id = answer["lead_id"].as_u64().unwrap().to_string();
    assert_eq!(world.field(&id, "id"), json!(id));
    assert_eq!(world.field(&id, "email"), "Asha@Example.com");
    assert_eq!(world.field(&id, "potential"), "Low");
}

#[tokio::test]
async fn ids_soon_gain_a_digit() {
    let world = World::start().await;
    let mut ids = Vec::new();
    for _ in 0..3 {
        ids.push(world.lead(json!({})).await);
    }
    assert_eq!(ids, ["9999998", "9999999", "10000000"]);
}

#[tokio::test]
async fn a_lead_needs_a_list_a_first_name_and_a_way_to_reach_it() {
    let world = World::start().await;
    let named = json!({"first_name": "Asha", "email": "a@example.com"});
    assert_eq!(refusal(&world, named).await, "list_key is required");
    let astray = json!({"list_key": "list-x", "first_name": "Asha", "email": "a@example.com"});
    assert_eq!(refusal(&world, astray).await, "Invalid list_key");
    let nameless = json!({"list_key": "list-a", "first_name": " ", "email": "a@example.com"});
    assert_eq!(refusal(&world, nameless).await, "first_name is required");
    let unreachable = json!({"list_key": "list-a", "first_name": "Asha"});
    assert_eq!(refusal(&world, unreachable).await, "email or mobile is required");
    assert!(world.fake.leads().is_empty());
}

#[tokio::test]
async fn special_characters_in_groups_are_refused() {
    let world = World::start().await;
    for field in ["interests", "category", "tags"] {
        let mut body = json!({"list_key": "list-a", "first_name": "Asha", "email": "a@example.com"});
        body[field] = json!("R&D");
        assert_eq!(refusal(&world, body).await, format!("Invalid {field}"));
    }
}

#[tokio::test]
async fn values_that_make_no_sense_are_refused() {
    let world = World::start().await;
    let shout = json!({"list_key": "list-a", "first_name": "Asha", "email": "asha"});
    assert_eq!(refusal(&world, shout).await, "Invalid email");
    let hot = json!({"list_key": "list-a", "first_name": "Asha", "mobile": "1", "potential": "Hot"});
    assert_eq!(refusal(&world, hot).await, "Invalid potential");
    let nested = json!({"list_key": "list-a", "first_name": ["Asha"], "mobile": "1"});
    assert_eq!(refusal(&world, nested).await, "first_name must be a text");
    assert_eq!(refusal(&world, json!([])).await, "The request body is not a JSON object");
}

#[tokio::test]
async fn a_refusal_comes_as_200_or_as_400() {
    let world = World::start().await;
    let post = || world.request(Method::POST, "/leads").body("{}");
    assert_eq!(answer(post()).await.0, 200);
    world.fake.set(|switches| switches.error_in_200 = false);
    assert_eq!(answer(post()).await.0, 400);
}

#[tokio::test]
async fn the_same_lead_twice_makes_two_leads() {
    let world = World::start().await;
    world.lead(json!({})).await;
    world.lead(json!({})).await;
    assert_eq!(world.fake.leads().len(), 2);
}

#[tokio::test]
async fn a_long_first_name_is_cut_without_a_word() {
    let world = World::with(|switches| switches.first_name_max = Some(3)).await;
    let id = world.lead(json!({"first_name": "Zoë-Marie"})).await;
    assert_eq!(world.field(&id, "first_name"), "Zoë");
}

#[tokio::test]
async fn only_known_custom_fields_are_kept() {
    let world = World::start().await;
    world.fake.add_custom_field("71", "Budget");
    let id = world.lead(json!({"custfields": {"71": "high", "72": "lost"}})).await;
    assert_eq!(world.field(&id, "custfields"), json!({"71": "high"}));
    let host = world.fake.url().replace("/index.php/private/api", "");
    let request = world.request(Method::GET, "/").build().unwrap();
    let url = format!("{host}/api/getCustomFields?list_key=list-a");
    let (_, fields) = answer(world.http.get(url).headers(request.headers().clone())).await;
    assert_eq!(fields["customFields"], json!([{"id": "71", "name": "Budget", "type": "text"}]));
}
