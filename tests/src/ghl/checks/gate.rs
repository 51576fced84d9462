//! Versions, tokens, scopes and rate limits.

use reqwest::Method;
use serde_json::json;

use super::world::{AGENCY, HERE, THERE, World, answer, json_of};

#[tokio::test]
async fn the_version_header_must_be_there_and_known() {
    let world = World::start().await;
    let url = format!("{}/contacts/?locationId={HERE}", world.fake.url());
    let without = world.http.get(&url).bearer_auth(&world.access);
    assert_eq!(answer(without).await.1["message"], "version header was not found");
    let wrong = world.http.get(&url).bearer_auth(&world.access).header("version", "2020-01-01");
    assert_eq!(
        answer(wrong).await,
        (400, json!({"statusCode": 400, "message": "version header is invalid"}))
    );
}

#[tokio::test]
async fn a_token_is_needed_and_must_be_known() {
    let world = World::start().await;
    let refused = json!({
        "statusCode": 401,
        "message": "Invalid token: access token is invalid",
        "error": "Unauthorized",
    });
    let path = "/contacts/whoever";
    assert_eq!(answer(world.anonymous(Method::GET, path)).await, (401, refused.clone()));
    assert_eq!(answer(world.anonymous(Method::GET, path).bearer_auth("made-up")).await, (401, refused));
}

#[tokio::test]
async fn another_locations_contact_is_forbidden_even_when_deleted() {
    let world = World::start().await;
    let id = world.fake.person_creates_contact(THERE, json!({"firstName": "Ann"}));
    let path = format!("/contacts/{id}");
    let refused = world.get(&path).await;
    assert_eq!(
        (refused.0, &refused.1["message"]),
        (403, &json!("The token does not have access to this location."))
    );
    world.fake.person_deletes_contact(THERE, &id);
    for method in [Method::GET, Method::DELETE] {
        assert_eq!(answer(world.request(method, &path)).await.0, 403);
    }
}

#[tokio::test]
async fn another_location_may_not_be_named() {
    let world = World::start().await;
    let search = world.send(Method::POST, "/contacts/search", json!({"locationId": THERE, "pageLimit": 10}));
    assert_eq!(search.await.0, 403);
    assert_eq!(world.send(Method::POST, "/contacts/", json!({"locationId": THERE})).await.0, 403);
    for path in [
        format!("/contacts/?locationId={THERE}"),
        format!("/contacts/search/duplicate?locationId={THERE}&email=a@b.co"),
        format!("/locations/{THERE}/customFields"),
        format!("/locations/{THERE}"),
        format!("/users/search?companyId={AGENCY}&locationId={THERE}"),
        "/users/search?companyId=another".to_owned(),
    ] {
        assert_eq!(world.get(&path).await.0, 403, "{path}");
    }
}

#[tokio::test]
async fn an_unknown_path_is_not_found() {
    let world = World::start().await;
    let (status, body) = world.get("/contacts/a/b/c").await;
    assert_eq!((status, &body["message"]), (404, &json!("Cannot GET /contacts/a/b/c")));
}

#[tokio::test]
async fn every_answer_tells_what_is_left_of_the_rate_limits() {
    let world = World::start().await;
    world.fake.set_limits(3, 1000);
    for (path, left) in [("/contacts/nobody", "2"), ("/nowhere", "2"), ("/contacts/nobody", "1")] {
        let response = world.request(Method::GET, path).send().await.unwrap();
        let header = |name: &str| response.headers()[name].to_str().unwrap().to_owned();
        assert_eq!(header("X-RateLimit-Remaining"), left, "{path}");
        assert_eq!(header("X-RateLimit-Max"), "3");
        assert_eq!(header("X-RateLimit-Interval-Milliseconds"), "10000");
        assert_eq!(header("X-RateLimit-Limit-Daily"), "1000");
        assert!(header("X-RateLimit-Daily-Remaining").starts_with("99"));
    }
}

#[tokio::test]
async fn calls_beyond_the_burst_are_refused_until_the_window_has_slid() {
    let world = World::start().await;
    world.fake.set_limits(2, 1000);
    world.contact(json!({})).await;
    world.advance(6000);
    world.contact(json!({})).await;
    world.advance(3999);
    assert_eq!(world.create(json!({})).await.0, 429);
    world.advance(1);
    world.contact(json!({})).await;
    assert_eq!(world.create(json!({})).await.0, 429);
    assert_eq!(world.fake.contacts(HERE).len(), 3);
}

#[tokio::test]
async fn a_spent_day_is_told_apart_by_its_header_and_ends_at_midnight() {
    let world = World::start().await;
    world.fake.set_limits(100, 1);
    world.contact(json!({})).await;
    world.advance(60_000);
    let refused = world.request(Method::GET, "/contacts/nobody").send().await.unwrap();
    assert_eq!(refused.headers()["X-RateLimit-Daily-Remaining"], "0");
    assert_eq!(refused.headers()["X-RateLimit-Remaining"], "100");
    assert_eq!(json_of(refused).await.0, 429);
    world.advance(10 * 3_600_000);
    world.contact(json!({})).await;
}

#[tokio::test]
async fn each_location_has_rate_limits_of_its_own() {
    let world = World::start().await;
    world.fake.set_limits(1, 1000);
    let other = world.fake.install(THERE).access;
    world.contact(json!({})).await;
    assert_eq!(world.create(json!({})).await.0, 429);
    let elsewhere = world.anonymous(Method::GET, &format!("/locations/{THERE}")).bearer_auth(other);
    assert_eq!(answer(elsewhere).await.0, 200);
}

#[tokio::test]
async fn every_call_is_logged_by_its_template() {
    let world = World::start().await;
    let id = world.contact(json!({})).await;
    world.read(&id).await;
    world.get("/nowhere?x=1").await;
    let calls = world.fake.calls().all();
    let shown: Vec<_> =
        calls.iter().map(|call| (call.name.as_str(), call.path.as_str(), call.status)).collect();
    let path = format!("/contacts/{id}");
    let expected = [
        ("POST /contacts/", "/contacts/", 201),
        ("GET /contacts/:id", path.as_str(), 200),
        ("unknown", "/nowhere?x=1", 404),
    ];
    assert_eq!(shown, expected);
}
