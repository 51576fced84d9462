//! Captured events and answers, read by the code that reads them in production.

use std::sync::Mutex;

use async_trait::async_trait;
use lambda_runtime::{Context, LambdaEvent};
use sandbox::aws::template::repository;
use sandbox::world::{Options, World};
use serde_json::Value;
use shared::connection::helloleads::{HelloLeadsSettings, HookSettings};
use shared::connection::mapping::Mapping;
use shared::helloleads::client::HelloLeadsClient;
use shared::helloleads::hook::{HookEvent, HookKind, parse, sign, verify};
use shared::helloleads::record::Form;
use shared::http::{Request, Response, Transport, TransportError};
use shared::model::record::Field;
use shared::model::side::Kind;
use shared::vault::connection_secrets::HelloLeadsKey;

use crate::contact_sync::plain_world;

fn text(path: &str) -> String {
    std::fs::read_to_string(repository().join("events").join(path)).unwrap()
}

fn value(path: &str) -> Value {
    serde_json::from_str(&text(path)).unwrap()
}

/// Answers every call with the same body, and remembers the addresses asked.
struct Canned {
    body: String,
    asked: Mutex<Vec<String>>,
}

#[async_trait]
impl Transport for Canned {
    async fn send(&self, request: Request) -> Result<Response, TransportError> {
        self.asked.lock().unwrap().push(request.uri().to_string());
        Ok(Response::new(self.body.clone().into()))
    }
}

fn client(path: &str) -> HelloLeadsClient {
    let transport = std::sync::Arc::new(Canned { body: text(path), asked: Mutex::default() });
    let key = HelloLeadsKey { api_key: "key".to_owned().into(), email: "owner@example.com".to_owned() };
    HelloLeadsClient::new(transport, HelloLeadsSettings::default(), key, None)
}

#[tokio::test]
async fn a_page_of_leads_reads_in_both_spellings_and_with_every_blank() {
    let page = client("helloleads/leads.page.json").leads(1, &[]).await.unwrap();
    assert_eq!((page.rows.len(), page.current, page.total, page.has_next()), (2, 1, 1, false));
    let (settings, mapping) = (HelloLeadsSettings::default(), Mapping::default());
    let form = Form { settings: &settings, mapping: &mapping, region: "IN" };
    let oliver = form.to_record(&page.rows[0]);
    assert_eq!(oliver.text(&Field::PHONE), Some("+447700900123"));
    assert_eq!(oliver.text(&Field::COUNTRY), Some("GB"));
    assert_eq!(oliver.tags().count(), 0);
    let priya = form.to_record(&page.rows[1]);
    assert_eq!(priya.tags().collect::<Vec<_>>(), ["expo", "hot lead"]);
    let blank = [Field::LAST_NAME, Field::EMAIL, Field::ADDRESS, Field::DATE_OF_BIRTH];
    assert!(blank.iter().all(|field| priya.get(field).is_none()), "{priya:?}");
}

#[tokio::test]
async fn lists_without_a_key_are_passed_over() {
    let lists = client("helloleads/lists.json").lists().await.unwrap();
    assert_eq!(lists.iter().map(|list| list.key.as_str()).collect::<Vec<_>>(), ["a1b2c3"]);
}

/// Signs a captured hook, and reads it as the intake does.
fn read_hook(name: &str, content_type: &str, settings: &HookSettings) -> HookEvent {
    let now: jiff::Timestamp = "2026-11-23T10:30:00Z".parse().unwrap();
    let secret: secrecy::SecretString = "secret".to_owned().into();
    let body = text(&format!("helloleads/{name}"));
    let mut headers = lambda_http::http::HeaderMap::new();
    headers.insert("x-hls-timestamp", now.as_second().into());
    let signature = format!("v1={}", sign(&secret, now.as_second(), body.as_bytes()));
    headers.insert("x-hls-signature", signature.parse().unwrap());
    let verified = verify(&headers, body.as_bytes(), settings, std::slice::from_ref(&secret), now).unwrap();
    parse(&verified, content_type, settings).unwrap()
}

#[test]
fn every_captured_hook_reads_as_what_it_is() {
    let cases = [
        ("lead.created.json", "application/json", HookKind::Changed, Some("Oliver")),
        ("lead.updated.json", "application/json", HookKind::Changed, Some("Olivia")),
        ("lead.updated.form", "application/x-www-form-urlencoded", HookKind::Changed, Some("Olivia")),
        ("lead.foreign.json", "application/json", HookKind::Changed, Some("Olivia")),
        ("lead.deleted.json", "application/json", HookKind::Deleted, None),
    ];
    for (name, content_type, kind, first_name) in cases {
        let mut settings = HelloLeadsSettings::default().hook;
        if name == "lead.foreign.json" {
            settings.pointers.event = "/kind".into();
            settings.pointers.id = "/delivery".into();
            settings.pointers.lead = "/data/contact".into();
        }
        let event = read_hook(name, content_type, &settings);
        assert_eq!(event.kind, kind, "{name}");
        assert!(event.delivery.as_str().starts_with("evt-100"), "{name}");
        let lead = event.lead.unwrap();
        assert_eq!(lead.text(&["id"]).as_deref(), Some("9481462"), "{name}");
        assert_eq!(lead.text(&["first_name"]).as_deref(), first_name, "{name}");
    }
}

#[test]
fn every_captured_hook_of_a_note_task_or_appointment_names_it_and_its_lead() {
    let cases = [
        ("note.created.json", Kind::Note, "7001"),
        ("task.completed.json", Kind::Task, "7002"),
        ("appointment.updated.json", Kind::Appointment, "7003"),
    ];
    let settings = HelloLeadsSettings::default().hook;
    for (name, kind, id) in cases {
        let event = read_hook(name, "application/json", &settings);
        assert_eq!(event.kind, HookKind::Related { kind, gone: false }, "{name}");
        assert_eq!(event.record.unwrap().text(&["id"]).as_deref(), Some(id), "{name}");
        assert_eq!(event.lead.unwrap().text(&["id"]).as_deref(), Some("9481462"), "{name}");
    }
}

#[tokio::test]
async fn the_schedules_event_asks_for_a_look_at_every_running_connection() {
    let world = plain_world().await;
    let event = LambdaEvent::new(value("schedule/every-five-minutes.json"), Context::default());
    let asked = world.reconcile().handle(event).await.unwrap();
    assert_eq!(asked["asked"], 1);
}

#[tokio::test]
async fn batches_for_connections_that_are_not_ours_are_done_with() {
    let world = World::start(Options::default()).await;
    let batch = serde_json::from_value(value("sqs/contacts.json")).unwrap();
    let answer = world.contact_sync().handle(LambdaEvent::new(batch, Context::default())).await.unwrap();
    assert!(answer.batch_item_failures.is_empty());
    let batch = serde_json::from_value(value("sqs/notes.json")).unwrap();
    let answer = world.notes_sync().handle(LambdaEvent::new(batch, Context::default())).await.unwrap();
    assert!(answer.batch_item_failures.is_empty());
    let batch = serde_json::from_value(value("sqs/appointments.json")).unwrap();
    let answer = world.appointment_sync().handle(LambdaEvent::new(batch, Context::default())).await.unwrap();
    assert!(answer.batch_item_failures.is_empty());
    let event = LambdaEvent::new(value("sqs/errands.json"), Context::default());
    let answer = world.reconcile().handle(event).await.unwrap();
    assert_eq!(answer["batchItemFailures"], serde_json::json!([]));
    let event = LambdaEvent::new(value("sqs/jobs.json"), Context::default());
    let answer = world.automation().handle(event).await.unwrap();
    assert_eq!(answer["batchItemFailures"], serde_json::json!([]));
    assert!(world.ghl.calls().is_empty() && world.helloleads.calls().is_empty());
}

#[tokio::test]
async fn the_bus_s_event_is_taken_for_a_connection_that_runs() {
    let world = plain_world().await;
    let event = LambdaEvent::new(value("bus/action-asked.json"), Context::default());
    let answer = world.automation().handle(event).await.unwrap();
    assert_eq!(answer["taken"], true);
}

#[tokio::test]
async fn the_schedule_asks_for_moments_of_every_connection_that_runs() {
    let world = plain_world().await;
    let event = LambdaEvent::new(value("schedule/moments.json"), Context::default());
    let answer = world.automation().handle(event).await.unwrap();
    assert_eq!(answer, serde_json::json!({ "told": 0 }));
}

#[tokio::test]
async fn the_pages_events_are_answered() {
    let world = World::start(Options::default()).await;
    for (name, status) in [("connect.start.json", 303), ("connect.callback.json", 400)] {
        let request = lambda_http::request::from_str(&text(&format!("http/{name}"))).unwrap();
        let answer = world.connect_function().handle(request).await.unwrap();
        assert_eq!(answer.status(), status, "{name}");
    }
}
