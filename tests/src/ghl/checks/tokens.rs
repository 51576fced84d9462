//! Codes and tokens: what each is good for, and for how long.

use reqwest::Method;
use serde_json::{Value, json};

use super::world::{AGENCY, HERE, THERE, World, answer, form};
use crate::ghl::Choice;

pub(super) const CALLBACK: &str = "https://sync.example/oauth/callback";

/// Asks the token endpoint with the app's credentials.
pub(super) async fn ask(world: &World, fields: &[(&str, &str)]) -> (u16, Value) {
    let app = world.fake.app();
    let credentials = [("client_id", app.client_id.as_str()), ("client_secret", app.client_secret.as_str())];
    world.form("/oauth/token", &[&credentials, fields].concat()).await
}

/// Sees the chooser and follows its redirect; answers the callback's parameters.
pub(super) async fn choose(world: &World, path: &str, more: &[(&str, &str)]) -> Vec<(String, String)> {
    let app = world.fake.app().client_id;
    let query = [("response_type", "code"), ("client_id", &app), ("redirect_uri", CALLBACK)];
    let query = serde_urlencoded::to_string([&query, more].concat()).unwrap();
    let response = world.anonymous(Method::GET, &format!("{path}?{query}")).send().await.unwrap();
    assert_eq!(response.status(), 302);
    let place: url::Url = response.headers()["location"].to_str().unwrap().parse().unwrap();
    assert!(place.as_str().starts_with(CALLBACK));
    place.query_pairs().into_owned().collect()
}

/// The code of somebody who chooses this and consents to these scopes.
pub(super) async fn code(world: &World, choice: Choice, scope: &str) -> String {
    world.fake.choose(choice);
    let callback = choose(world, "/v2/oauth/chooselocation", &[("scope", scope)]).await;
    assert_eq!(callback[0].0, "code");
    callback[0].1.clone()
}

pub(super) async fn exchange(world: &World, code: &str) -> (u16, Value) {
    ask(world, &[("grant_type", "authorization_code"), ("code", code)]).await
}

async fn refresh(world: &World, token: &str) -> (u16, Value) {
    ask(world, &[("grant_type", "refresh_token"), ("refresh_token", token), ("user_type", "Location")]).await
}

/// The status of a call with this access token; 400 is the unknown contact, reached.
async fn status_with(world: &World, access: &str) -> u16 {
    answer(world.anonymous(Method::GET, "/contacts/nobody").bearer_auth(access)).await.0
}

#[tokio::test]
async fn a_code_buys_the_tokens_of_the_location() {
    let world = World::start().await;
    let code = world.fake.install_from_marketplace(THERE);
    let (status, body) = exchange(&world, &code).await;
    assert_eq!(status, 200);
    assert_eq!(body["token_type"], "Bearer");
    assert_eq!(body["expires_in"], 86399);
    assert_eq!(body["userType"], "Location");
    assert_eq!((&body["locationId"], &body["companyId"]), (&json!(THERE), &json!(AGENCY)));
    assert_eq!(body["isBulkInstallation"], false);
    assert_eq!(status_with(&world, body["access_token"].as_str().unwrap()).await, 400);
}

#[tokio::test]
async fn a_code_is_good_once() {
    let world = World::start().await;
    let code = world.fake.install_from_marketplace(HERE);
    assert_eq!(exchange(&world, &code).await.0, 200);
    let (status, body) = exchange(&world, &code).await;
    assert_eq!((status, &body["error"]), (400, &json!("invalid_grant")));
}

#[tokio::test]
async fn a_code_sent_elsewhere_is_refused() {
    let world = World::start().await;
    let code = code(&world, Choice::Location(HERE.to_owned()), "x").await;
    let fields = [
        ("grant_type", "authorization_code"),
        ("code", code.as_str()),
        ("redirect_uri", "https://elsewhere.example/callback"),
    ];
    assert_eq!(ask(&world, &fields).await.0, 400);
}

#[tokio::test]
async fn a_wrong_client_is_refused() {
    let world = World::start().await;
    let fields = [("client_id", "another"), ("client_secret", "x"), ("grant_type", "refresh_token")];
    let (status, body) = world.form("/oauth/token", &fields).await;
    assert_eq!((status, &body["error"]), (401, &json!("invalid_client")));
}

#[tokio::test]
async fn the_token_endpoint_takes_only_forms_and_known_grants() {
    let world = World::start().await;
    let request = world.http.post(format!("{}/oauth/token", world.fake.url()));
    assert_eq!(answer(request.header("content-type", "application/json").body("{}")).await.0, 400);
    let (status, body) = ask(&world, &[("grant_type", "password")]).await;
    assert_eq!((status, &body["error"]), (400, &json!("unsupported_grant_type")));
}

#[tokio::test]
async fn a_refresh_rotates_the_token() {
    let world = World::start().await;
    let pair = world.fake.install(HERE);
    let (status, body) = refresh(&world, &pair.refresh).await;
    assert_eq!((status, &body["locationId"]), (200, &json!(HERE)));
    assert_ne!(body["refresh_token"], json!(pair.refresh));
    assert_eq!(refresh(&world, body["refresh_token"].as_str().unwrap()).await.0, 200);
    assert_eq!(world.fake.refreshes_refused(), 0);
}

#[tokio::test]
async fn a_used_refresh_token_is_refused() {
    let world = World::start().await;
    let pair = world.fake.install(HERE);
    refresh(&world, &pair.refresh).await;
    let (status, body) = refresh(&world, &pair.refresh).await;
    assert_eq!((status, &body["error"]), (400, &json!("invalid_grant")));
    assert!(body["error_description"].is_string());
    assert_eq!(world.fake.refreshes_refused(), 1);
}

#[tokio::test]
async fn an_access_token_lives_86399_seconds() {
    let world = World::start().await;
    world.advance(86_399_000 - 1);
    assert_eq!(status_with(&world, &world.access).await, 400);
    world.advance(1);
    assert_eq!(status_with(&world, &world.access).await, 401);
}

#[tokio::test]
async fn an_expired_access_token_can_be_refreshed() {
    let world = World::start().await;
    let pair = world.fake.install(HERE);
    world.fake.expire_access(HERE);
    assert_eq!(status_with(&world, &pair.access).await, 401);
    let (status, body) = refresh(&world, &pair.refresh).await;
    assert_eq!(status, 200);
    assert_eq!(status_with(&world, body["access_token"].as_str().unwrap()).await, 400);
}

#[tokio::test]
async fn revoked_tokens_are_dead() {
    let world = World::start().await;
    let pair = world.fake.install(HERE);
    world.fake.revoke(HERE);
    assert_eq!(status_with(&world, &pair.access).await, 401);
    assert_eq!(refresh(&world, &pair.refresh).await.0, 401);
    assert_eq!(world.fake.refreshes_refused(), 0);
}

#[tokio::test]
async fn a_token_without_the_scope_is_refused() {
    let world = World::start().await;
    let code = code(&world, Choice::Location(HERE.to_owned()), "contacts.readonly").await;
    let access = exchange(&world, &code).await.1["access_token"].as_str().unwrap().to_owned();
    assert_eq!(status_with(&world, &access).await, 400);
    let delete = world.anonymous(Method::DELETE, "/contacts/nobody").bearer_auth(&access);
    assert_eq!(answer(delete).await.0, 401);
}

/// The access token of a whole agency.
pub(super) async fn company_access(world: &World) -> String {
    let scope = "contacts.readonly oauth.readonly oauth.write";
    let code = code(world, Choice::Company(AGENCY.to_owned()), scope).await;
    let (status, body) = exchange(world, &code).await;
    assert_eq!((status, &body["userType"]), (200, &json!("Company")));
    assert_eq!((&body["companyId"], &body["locationId"]), (&json!(AGENCY), &Value::Null));
    assert_eq!(body["approvedLocations"], json!([HERE, THERE]));
    body["access_token"].as_str().unwrap().to_owned()
}

#[tokio::test]
async fn an_agencys_token_buys_a_locations_token() {
    let world = World::start().await;
    let agency = company_access(&world).await;
    assert_eq!(status_with(&world, &agency).await, 401, "an agency's token opens no contacts");
    let request = world.anonymous(Method::POST, "/oauth/locationToken").bearer_auth(&agency);
    let (status, body) = answer(form(request, &[("companyId", AGENCY), ("locationId", THERE)])).await;
    assert_eq!((status, &body["userType"], &body["locationId"]), (200, &json!("Location"), &json!(THERE)));
    assert_eq!(status_with(&world, body["access_token"].as_str().unwrap()).await, 400);
    assert_eq!(refresh(&world, body["refresh_token"].as_str().unwrap()).await.0, 200);
}

#[tokio::test]
async fn a_location_token_is_not_sold_to_others_nor_for_places_without_the_app() {
    let world = World::start().await;
    let agency = company_access(&world).await;
    world.fake.uninstall(THERE);
    let asking = |access: &str, company, location| {
        let request = world.anonymous(Method::POST, "/oauth/locationToken").bearer_auth(access);
        answer(form(request, &[("companyId", company), ("locationId", location)]))
    };
    assert_eq!(asking(&world.access, AGENCY, HERE).await.0, 401);
    assert_eq!(asking(&agency, "another", HERE).await.0, 403);
    assert_eq!(asking(&agency, AGENCY, THERE).await.0, 400);
}
