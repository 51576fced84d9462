//! Consent, installs and uninstalls.

use reqwest::Method;
use serde_json::{Value, json};

use super::tokens::{CALLBACK, ask, choose, company_access};
use super::world::{AGENCY, HERE, THERE, World, answer};
use crate::ghl::{Choice, SignedWebhook};

fn bodies(hooks: Vec<SignedWebhook>) -> Vec<Value> {
    hooks.into_iter().map(|hook| serde_json::from_slice(&hook.body).unwrap()).collect()
}

#[tokio::test]
async fn the_chooser_comes_back_with_a_code_and_the_state_it_got() {
    let world = World::start().await;
    world.fake.choose(Choice::Location(THERE.to_owned()));
    for path in ["/v2/oauth/chooselocation", "/oauth/chooselocation"] {
        let callback = choose(&world, path, &[("scope", "contacts.readonly"), ("state", "a b&c")]).await;
        assert_eq!(callback[1], ("state".to_owned(), "a b&c".to_owned()));
        let fields =
            [("grant_type", "authorization_code"), ("code", &callback[0].1), ("redirect_uri", CALLBACK)];
        let (status, body) = ask(&world, &fields).await;
        assert_eq!((status, &body["locationId"]), (200, &json!(THERE)));
        assert_eq!(body["scope"], "contacts.readonly");
    }
}

#[tokio::test]
async fn without_a_state_the_chooser_sends_none_back() {
    let world = World::start().await;
    world.fake.choose(Choice::Location(THERE.to_owned()));
    let callback = choose(&world, "/v2/oauth/chooselocation", &[]).await;
    assert_eq!(callback.iter().map(|(name, _)| name.as_str()).collect::<Vec<_>>(), ["code"]);
}

#[tokio::test]
async fn the_chooser_does_not_know_another_app() {
    let world = World::start().await;
    world.fake.choose(Choice::Location(THERE.to_owned()));
    let path = format!("/v2/oauth/chooselocation?response_type=code&client_id=x&redirect_uri={CALLBACK}");
    let response = world.anonymous(Method::GET, &path).send().await.unwrap();
    assert_eq!(response.status(), 400);
    assert!(response.text().await.unwrap().contains("error.noAppVersionIdFound"));
}

#[tokio::test]
async fn an_agency_sees_where_the_app_is_installed() {
    let world = World::start().await;
    let agency = company_access(&world).await;
    world.fake.uninstall(HERE);
    let app = world.fake.app().app_id;
    let list = |more: &str| {
        let path = format!("/oauth/installedLocations?companyId={AGENCY}&appId={app}{more}");
        answer(world.anonymous(Method::GET, &path).bearer_auth(&agency))
    };
    let (status, body) = list("&isInstalled=true&skip=0&limit=20").await;
    assert_eq!((status, &body["count"]), (200, &json!(1)));
    assert_eq!(body["locations"][0]["_id"], THERE);
    assert_eq!(body["locations"][0]["installedAt"], "2026-11-23T14:00:00.250Z");
    let (_, body) = list("&skip=1&limit=1").await;
    assert_eq!((&body["count"], &body["locations"].as_array().unwrap().len()), (&json!(2), &1));
    assert_eq!(body["locations"][0]["_id"], THERE);
}

#[tokio::test]
async fn an_install_webhook_names_location_and_company() {
    let world = World::start().await;
    world.fake.fire_install(HERE);
    let body = bodies(world.fake.take_webhooks()).remove(0);
    assert_eq!((&body["type"], &body["installType"]), (&json!("INSTALL"), &json!("Location")));
    assert_eq!((&body["locationId"], &body["companyId"]), (&json!(HERE), &json!(AGENCY)));
    assert_eq!(body["appId"], json!(world.fake.app().app_id));
}

#[tokio::test]
async fn an_uninstall_kills_the_tokens_and_silences_the_location() {
    let world = World::start().await;
    world.fake.uninstall(HERE);
    world.fake.person_creates_contact(HERE, json!({"firstName": "Ann"}));
    let hooks = bodies(world.fake.take_webhooks());
    assert_eq!(hooks.len(), 1);
    let names: Vec<&String> = hooks[0].as_object().unwrap().keys().collect();
    assert_eq!(names, ["appId", "locationId", "timestamp", "type", "versionId", "webhookId"]);
    assert_eq!(hooks[0]["type"], "UNINSTALL");
    assert_eq!(world.get("/contacts/nobody").await.0, 401);
}

#[tokio::test]
async fn a_location_without_the_app_sends_no_webhooks() {
    let world = World::start().await;
    world.fake.person_creates_contact(THERE, json!({"firstName": "Ann"}));
    assert_eq!(world.fake.webhooks_waiting(), 0);
    world.fake.fire_install(THERE);
    world.fake.person_creates_contact(THERE, json!({"firstName": "Bo"}));
    assert_eq!(world.fake.webhooks_waiting(), 2);
}
