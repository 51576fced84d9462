//! What comes in at the webhook addresses, and how it is answered.

use base64::Engine as _;
use base64::engine::general_purpose::STANDARD;
use sandbox::aws::template::repository;
use sandbox::world::{APPOINTMENTS, CONTACTS, ERRANDS, NOTES, Options, World};
use serde_json::{Value, json};

use crate::Headers;

/// A captured event, made this app's.
pub(crate) fn captured(world: &World, name: &str) -> Value {
    let path = repository().join("events/ghl").join(name);
    let mut event: Value = serde_json::from_str(&std::fs::read_to_string(path).unwrap()).unwrap();
    event["appId"] = json!(world.ghl.app().app_id);
    event
}

async fn post(world: &World, headers: &[(&str, &str)], body: Vec<u8>) -> (u16, String) {
    let mut asked =
        world.browser.post(format!("{}/webhooks/ghl", world.url)).header("content-type", "application/json");
    for (name, value) in headers {
        asked = asked.header(*name, *value);
    }
    let answer = asked.body(body).send().await.unwrap();
    (answer.status().as_u16(), answer.text().await.unwrap())
}

pub(crate) async fn post_signed(world: &World, event: &Value) -> (u16, String) {
    let body = event.to_string().into_bytes();
    post(world, &[("x-ghl-signature", &world.ghl.sign(&body))], body).await
}

#[tokio::test]
async fn every_captured_event_is_answered_with_200_and_queued_if_it_is_used() {
    let world = World::start(Options::default()).await;
    let cases = [
        ("ContactCreate.json", 1, 0),
        ("ContactCreate.sparse.json", 1, 0),
        ("ContactUpdate.json", 1, 0),
        ("ContactTagUpdate.json", 1, 0),
        ("ContactDndUpdate.json", 1, 0),
        ("ContactDelete.json", 1, 0),
        ("INSTALL.location.json", 0, 1),
        ("INSTALL.agency.json", 0, 0),
        ("UNINSTALL.location.json", 0, 1),
        ("UNINSTALL.agency.json", 0, 1),
        ("OpportunityCreate.json", 0, 0),
        ("TaskCreate.json", 1, 0),
        ("TaskCreate.sparse.json", 0, 1),
        ("TaskComplete.json", 1, 0),
        ("TaskDelete.json", 1, 0),
        ("NoteCreate.json", 1, 0),
        ("NoteUpdate.json", 1, 0),
        ("NoteDelete.json", 1, 0),
        ("AppointmentCreate.json", 1, 0),
        ("AppointmentUpdate.json", 1, 0),
        ("AppointmentDelete.json", 1, 0),
    ];
    let held = |world: &World| {
        let hints = [CONTACTS, NOTES, APPOINTMENTS].map(|queue| world.sqs.messages(queue).len());
        (hints.iter().sum::<usize>(), world.sqs.messages(ERRANDS).len())
    };
    for (name, hints, errands) in cases {
        let before = held(&world);
        let (status, says) = post_signed(&world, &captured(&world, name)).await;
        assert_eq!(status, 200, "{name}: {says}");
        let after = held(&world);
        assert_eq!((after.0 - before.0, after.1 - before.1), (hints, errands), "{name}");
    }
}

#[tokio::test]
async fn a_hint_holds_ids_and_no_record_data() {
    let world = World::start(Options::default()).await;
    for (name, queue) in [("NoteCreate.json", NOTES), ("AppointmentCreate.json", APPOINTMENTS)] {
        post_signed(&world, &captured(&world, name)).await;
        let held = &world.sqs.messages(queue)[0];
        for data in ["quote", "Site visit", "Main St", "samples"] {
            assert!(!held.body.contains(data), "{data} stands in {}", held.body);
        }
    }
    post_signed(&world, &captured(&world, "ContactUpdate.json")).await;
    let held = &world.sqs.messages(CONTACTS)[0];
    assert_eq!(held.group, "ve9EPM428h8vShlRW1KT");
    for data in ["John", "gmail", "9509597501", "Loram", "ruDolo", "3535"] {
        assert!(!held.body.contains(data), "{data} stands in {}", held.body);
    }
}

#[tokio::test]
async fn an_unknown_location_is_answered_with_200_and_harms_nobody() {
    let world = World::start(Options::default()).await;
    let mut event = captured(&world, "ContactUpdate.json");
    event["locationId"] = json!("nobodyKnowsThisLocation");
    assert_eq!(post_signed(&world, &event).await.0, 200);
    world.settle().await;
    assert!(world.sqs.messages(CONTACTS).is_empty());
    assert!(world.ghl.calls().is_empty());
}

#[tokio::test]
async fn a_webhook_that_is_not_ghls_is_refused_with_its_reason() {
    let world = World::start(Options::default()).await;
    let body = captured(&world, "ContactUpdate.json").to_string().into_bytes();
    let good = world.ghl.sign(&body);
    let mut other = body.clone();
    other.push(b' ');
    let legacy = world.ghl.sign_legacy(&body);
    let cases: [(Headers<'_>, &[u8], &str); 6] = [
        (&[], &body, "X-GHL-Signature is missing"),
        (&[("x-ghl-signature", "N/A")], &body, "X-GHL-Signature is missing"),
        (&[("x-ghl-signature", "not base64!")], &body, "not base64"),
        (&[("x-ghl-signature", &good)], &other, "does not fit"),
        (&[("x-wh-signature", &legacy)], &body, "legacy X-WH-Signature is not accepted"),
        (&[("x-ghl-signature", "AAAA"), ("x-wh-signature", &legacy)], &body, "does not fit"),
    ];
    for (headers, body, expected) in cases {
        let (status, says) = post(&world, headers, body.to_vec()).await;
        assert_eq!(status, 401, "{headers:?}: {says}");
        assert!(says.contains(expected), "{headers:?}: {says}");
    }
    assert!(world.sqs.messages(CONTACTS).is_empty());
}

#[tokio::test]
async fn a_signed_body_that_cannot_be_used_is_refused_with_its_reason() {
    let world = World::start(Options::default()).await;
    let mut wrong_app = captured(&world, "ContactUpdate.json");
    wrong_app["appId"] = json!("another");
    let mut no_id = captured(&world, "ContactUpdate.json");
    no_id.as_object_mut().unwrap().remove("id");
    let mut bad_id = captured(&world, "ContactUpdate.json");
    bad_id["id"] = json!("../../etc");
    let cases: [(Vec<u8>, u16, &str); 6] = [
        (wrong_app.to_string().into_bytes(), 403, "another app"),
        (vec![0xff, 0xfe, 0x00], 400, "UTF-8"),
        (b"[1, 2]".to_vec(), 400, "JSON object"),
        (b"hello".to_vec(), 400, "JSON object"),
        (no_id.to_string().into_bytes(), 400, "contact id"),
        (bad_id.to_string().into_bytes(), 400, "contact id"),
    ];
    for (body, expected_status, expected) in cases {
        let signature = world.ghl.sign(&body);
        let (status, says) = post(&world, &[("x-ghl-signature", &signature)], body).await;
        assert_eq!(status, expected_status, "{says}");
        assert!(says.contains(expected), "{says}");
    }
}

#[tokio::test]
async fn a_body_of_more_than_256_kb_is_refused() {
    let world = World::start(Options::default()).await;
    let (status, says) = post(&world, &[], vec![b'x'; 256 * 1024 + 1]).await;
    assert_eq!(status, 413, "{says}");
}

#[tokio::test]
async fn a_webhook_is_not_acknowledged_before_the_queue_has_it() {
    let world = World::start(Options::default()).await;
    world.sqs.fail_next(100);
    let event = captured(&world, "ContactUpdate.json");
    assert_eq!(post_signed(&world, &event).await.0, 503);
    world.sqs.fail_next(0);
    assert_eq!(post_signed(&world, &event).await.0, 200);
    assert_eq!(post_signed(&world, &event).await.0, 200);
    assert_eq!(world.sqs.messages(CONTACTS).len(), 1, "the repeat is the same message");
}

/// The handler itself, with the events that `sam local invoke` is given.
async fn invoke(world: &World, variables: &[(&str, &str)], event: &Value) -> (u16, String) {
    let environment = world.environment.with(variables);
    let aws = world.clients();
    let intake = webhook_intake::intake::Intake::new(
        &environment,
        aws.dynamodb,
        aws.secrets,
        aws.sqs,
        world.time.clock(),
    );
    let request = lambda_http::request::from_str(&event.to_string()).unwrap();
    let answer = intake.unwrap().handle(request).await.unwrap();
    (answer.status().as_u16(), String::from_utf8(answer.body().to_vec()).unwrap())
}

fn http_event(name: &str) -> Value {
    let path = repository().join("events/http").join(name);
    serde_json::from_str(&std::fs::read_to_string(path).unwrap()).unwrap()
}

#[tokio::test]
async fn a_base64_body_is_decoded_before_it_is_checked() {
    let world = World::start(Options::default()).await;
    let body = captured(&world, "ContactUpdate.json").to_string();
    let mut event = http_event("ghl.base64.json");
    event["body"] = json!(STANDARD.encode(&body));
    event["headers"]["x-ghl-signature"] = json!(world.ghl.sign(body.as_bytes()));
    assert_eq!(invoke(&world, &[], &event).await.0, 200);
    assert_eq!(invoke(&world, &[], &http_event("ghl.base64.json")).await.0, 401);
    assert_eq!(invoke(&world, &[], &http_event("ghl.unsigned.json")).await.0, 401);
    assert_eq!(invoke(&world, &[], &http_event("helloleads.unsigned.json")).await.0, 401);
}

#[tokio::test]
async fn the_legacy_signature_counts_only_where_it_is_allowed_and_alone() {
    let world = World::start(Options::default()).await;
    let body = captured(&world, "ContactUpdate.json").to_string();
    let mut event = http_event("ghl.unsigned.json");
    event["body"] = json!(body);
    event["headers"]["x-wh-signature"] = json!(world.ghl.sign_legacy(body.as_bytes()));
    let key = world.ghl.legacy_public_key_pem();
    let allowed = [("GHL_ACCEPT_LEGACY_SIGNATURE", "true"), ("GHL_LEGACY_PUBLIC_KEY", key.as_str())];
    assert_eq!(invoke(&world, &allowed, &event).await.0, 200);
    assert_eq!(invoke(&world, &[], &event).await.0, 401);
    event["headers"]["x-ghl-signature"] = json!("AAAA");
    assert_eq!(
        invoke(&world, &allowed, &event).await.0,
        401,
        "the current header alone counts where it is there"
    );
}

#[tokio::test]
async fn ghls_own_published_key_is_the_default() {
    let world = World::start(Options::default()).await;
    let body = captured(&world, "ContactUpdate.json").to_string();
    let mut event = http_event("ghl.unsigned.json");
    event["body"] = json!(body);
    event["headers"]["x-ghl-signature"] = json!(world.ghl.sign(body.as_bytes()));
    let (status, says) = invoke(&world, &[("GHL_WEBHOOK_PUBLIC_KEY", "")], &event).await;
    assert_eq!(status, 401, "the test key is not GHL's: {says}");
}
