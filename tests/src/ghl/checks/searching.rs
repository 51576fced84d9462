//! `POST /contacts/search`.

use reqwest::Method;
use serde_json::{Value, json};

use super::world::{HERE, World, complaints};
use crate::ghl::LocationSettings;

async fn search(world: &World, body: Value) -> (u16, Value) {
    let mut whole = json!({"locationId": HERE, "pageLimit": 100});
    whole.as_object_mut().unwrap().extend(body.as_object().unwrap().clone());
    world.send(Method::POST, "/contacts/search", whole).await
}

/// The first names found, in order (in lower case, as a search shows them).
async fn names(world: &World, body: Value) -> Vec<String> {
    let (status, body) = search(world, body).await;
    assert_eq!(status, 200, "{body}");
    let rows = body["contacts"].as_array().unwrap();
    rows.iter().map(|row| row["firstNameLowerCase"].as_str().unwrap_or("-").to_owned()).collect()
}

/// Ann, Bo and Cy, made a second apart from 14:00:00.250 on.
async fn three(world: &World) -> [String; 3] {
    let ann =
        json!({"firstName": "Ann", "email": "ann@example.com", "phone": "+12125550123", "tags": ["vip"]});
    let ann = world.contact(ann).await;
    world.advance(1000);
    let code = json!([{"id": "field-text", "field_value": "A-1"}]);
    let bo = world.contact(json!({"firstName": "Bo", "email": "bo@example.com", "customFields": code})).await;
    world.advance(1000);
    let cy = world.contact(json!({"firstName": "Cy"})).await;
    [ann, bo, cy]
}

fn filter(field: &str, operator: &str, value: Value) -> Value {
    json!({"filters": [{"field": field, "operator": operator, "value": value}]})
}

#[tokio::test]
async fn a_row_is_not_the_contact_as_it_is_read() {
    let world = World::start().await;
    let id = world.contact(json!({"firstName": "Ann", "address1": "1 Main St", "tags": ["a"]})).await;
    let (status, body) = search(&world, json!({})).await;
    assert_eq!((status, &body["total"]), (200, &json!(1)));
    let row = &body["contacts"][0];
    assert_eq!(
        (&row["id"], &row["firstNameLowerCase"], &row["address"]),
        (&json!(id), &json!("ann"), &json!("1 Main St"))
    );
    assert!(["firstName", "lastName", "address1", "name"].iter().all(|field| row.get(field).is_none()));
    assert_eq!((row.get("email"), &row["additionalPhones"]), (Some(&Value::Null), &json!([])));
    assert_eq!(row["dateUpdated"], "2026-11-23T14:00:00.250Z");
    assert!(row["searchAfter"].is_array());
}

#[tokio::test]
async fn filters_choose() {
    let world = World::start().await;
    let [ann, ..] = three(&world).await;
    for (asked, expected) in [
        (filter("id", "eq", json!(ann)), vec!["ann"]),
        (filter("id", "not_eq", json!(ann)), vec!["cy", "bo"]),
        (filter("email", "eq", json!("BO@example.com")), vec!["bo"]),
        (filter("email", "exists", json!(null)), vec!["bo", "ann"]),
        (filter("phone", "eq", json!("+12125550123")), vec!["ann"]),
        (filter("phone", "eq", json!("2125550123")), vec![]),
        (filter("tags", "contains", json!("VI")), vec!["ann"]),
        (filter("customFields.field-text", "eq", json!("A-1")), vec!["bo"]),
        (filter("dateAdded", "range", json!({"gte": "2026-11-23T14:00:01.250Z"})), vec!["cy", "bo"]),
        (filter("dateUpdated", "range", json!({"gt": "2026-11-23T14:00:01.250Z"})), vec!["cy"]),
        (filter("dateUpdated", "range", json!({"lt": "2026-11-23T14:00:01.250Z"})), vec!["ann"]),
        (
            filter(
                "dateUpdated",
                "range",
                json!({"gte": 1_795_442_401_250_i64, "lte": 1_795_442_401_250_i64}),
            ),
            vec!["bo"],
        ),
        (json!({"query": "EXAMPLE.COM"}), vec!["bo", "ann"]),
    ] {
        assert_eq!(names(&world, asked.clone()).await, expected, "{asked}");
    }
}

#[tokio::test]
async fn filters_combine() {
    let world = World::start().await;
    three(&world).await;
    let either = json!({"group": "OR", "filters": [
        {"field": "firstName", "operator": "eq", "value": "Ann"},
        {"field": "email", "operator": "not_exists"},
    ]});
    assert_eq!(names(&world, json!({"filters": [either]})).await, ["cy", "ann"]);
    let tagged = json!({"field": "tags", "operator": "eq", "value": "vip"});
    assert_eq!(names(&world, json!({"filters": [either, tagged]})).await, ["ann"]);
}

#[tokio::test]
async fn what_a_search_does_not_know_is_refused() {
    let world = World::start().await;
    let long = "x".repeat(76);
    for body in [
        json!({"pageLimit": null}),
        json!({"pageLimit": 501}),
        json!({"locationId": null}),
        json!({"limit": 20}),
        json!({"query": long}),
        json!({"page": 0}),
        json!({"page": 101}),
        json!({"page": 1, "searchAfter": [1, "x"]}),
        json!({"searchAfter": ["x"]}),
        json!({"sort": [{"field": "phone", "direction": "asc"}]}),
        json!({"sort": [{"field": "email", "direction": "up"}]}),
        json!({"sort": vec![json!({"field": "email", "direction": "asc"}); 3]}),
        filter("email", "contains", json!("ann")),
        filter("dateUpdated", "eq", json!("2026-11-23")),
        filter("dateUpdated", "range", json!({"gte": "yesterday"})),
        filter("dateUpdated", "range", json!({"from": "2026-11-23T00:00:00Z"})),
        filter("mobile", "eq", json!("1")),
        filter("customFields.lead_code", "eq", json!("A-1")),
        filter("source", "eq", json!(long)),
        json!({"filters": [{"group": "NOR", "filters": []}]}),
    ] {
        let answer = search(&world, body.clone()).await;
        assert_eq!(complaints(&answer).len(), 1, "{body}");
    }
}

#[tokio::test]
async fn results_are_sorted_and_what_is_empty_comes_last() {
    let world = World::start().await;
    three(&world).await;
    let sorted = |field: &str, direction: &str| json!({"sort": [{"field": field, "direction": direction}]});
    assert_eq!(names(&world, sorted("dateUpdated", "asc")).await, ["ann", "bo", "cy"]);
    assert_eq!(names(&world, sorted("email", "asc")).await, ["ann", "bo", "cy"]);
    assert_eq!(names(&world, sorted("email", "desc")).await, ["bo", "ann", "cy"]);
}

/// Walks all pages by the cursor; answers the ids in the order in which they came.
async fn walk(world: &World, sort: Value) -> Vec<String> {
    let mut ids = Vec::new();
    let mut body = json!({"pageLimit": 2, "sort": sort});
    loop {
        let (_, page) = search(world, body.clone()).await;
        let rows = page["contacts"].as_array().unwrap();
        let Some(last) = rows.last() else { return ids };
        body["searchAfter"] = last["searchAfter"].clone();
        ids.extend(rows.iter().map(|row| row["id"].as_str().unwrap().to_owned()));
        assert!(ids.len() <= 5, "the cursor moves on");
    }
}

#[tokio::test]
async fn the_cursor_reaches_every_contact_once_even_among_equals() {
    let world = World::start().await;
    for _ in 0..5 {
        world.contact(json!({"firstName": "Ann"})).await;
    }
    for sort in [
        json!([{"field": "dateUpdated", "direction": "asc"}]),
        json!([{"field": "dateUpdated", "direction": "desc"}, {"field": "email", "direction": "desc"}]),
    ] {
        let mut ids = walk(&world, sort).await;
        ids.sort();
        ids.dedup();
        assert_eq!(ids.len(), 5);
    }
}

#[tokio::test]
async fn pages_by_number_follow_each_other() {
    let world = World::start().await;
    three(&world).await;
    let page = |page| json!({"pageLimit": 2, "page": page});
    assert_eq!(names(&world, page(1)).await, ["cy", "bo"]);
    assert_eq!(names(&world, page(2)).await, ["ann"]);
    assert_eq!(search(&world, page(2)).await.1["total"], 3);
}

#[tokio::test]
async fn the_index_lags_behind_every_kind_of_change() {
    let world = World::with(LocationSettings::default()).await;
    let id = world.contact(json!({"firstName": "Ann", "tags": ["old"]})).await;
    world.advance(2999);
    assert!(names(&world, json!({})).await.is_empty());
    world.advance(1);
    assert_eq!(names(&world, json!({})).await, ["ann"]);
    world.update(&id, json!({"firstName": "Anna"})).await;
    world.advance(1000);
    world.send(Method::DELETE, &format!("/contacts/{id}"), json!({})).await;
    assert_eq!(names(&world, json!({})).await, ["ann"]);
    world.advance(2000);
    assert_eq!(names(&world, json!({})).await, ["anna"]);
    world.advance(1000);
    assert!(names(&world, json!({})).await.is_empty());
    world.fake.person_restores_contact(HERE, &id);
    assert!(names(&world, json!({})).await.is_empty());
    world.advance(3000);
    assert_eq!(names(&world, json!({})).await, ["anna"]);
}
