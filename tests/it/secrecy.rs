//! P10 over the whole demo: what people typed and what lets somebody in stands where it must, and nowhere else.

use std::io;

use aws_sdk_dynamodb::types::AttributeValue;
use sandbox::demo::{related, story};
use sandbox::world::{
    APPOINTMENTS, CONTACT_DEAD_LETTERS, CONTACTS, ERRANDS, LOCATION, NOTES, Options, World,
};
use serde_json::Value;
use shared::metrics::MetricLines;
use tracing_subscriber::layer::SubscriberExt;

use crate::kept_log::{KeptLog, finest, heard_on_every_thread};

/// The rows that may hold what records hold: mirrors, last seen records, the losing values of conflicts.
const MAY_HOLD_VALUES: [&str; 3] = ["LINK#", "SEEN#", "CONFLICT#"];

/// Shorter ones are parts of words.
const LENGTH_MIN: usize = 6;

/// What is in the records: addresses, numbers, last names, the texts of notes, tasks and appointments.
fn typed(world: &World) -> Vec<String> {
    const FIELDS: [&str; 9] =
        ["email", "phone", "mobile", "lastName", "last_name", "body", "text", "description", "website"];
    let mut records = world.ghl.contacts(LOCATION);
    for contact in records.clone() {
        let id = contact["id"].as_str().unwrap();
        records.extend(world.ghl.notes(LOCATION, id));
        records.extend(world.ghl.tasks(LOCATION, id));
    }
    for lead in world.helloleads.leads() {
        let id = lead["id"].as_str().unwrap();
        records.extend(world.helloleads.comments(id));
        records.extend(world.helloleads.todos(id));
        records.push(lead);
    }
    let values = records.iter().flat_map(|record| FIELDS.map(|field| record[field].as_str()));
    let mut values: Vec<String> = values.flatten().map(str::to_owned).collect();
    values.retain(|value| value.len() >= LENGTH_MIN);
    values
}

/// What lets somebody in: every text in Secrets Manager.
fn secrets(world: &World) -> Vec<String> {
    let mut texts = Vec::new();
    for name in world.secrets.names() {
        let value = world.secrets.value(&name).unwrap();
        match serde_json::from_str::<Value>(&value) {
            Ok(Value::Object(fields)) => texts.extend(
                // The app's id is in each webhook, a scope in each answer.
                fields
                    .iter()
                    .filter(|(name, _)| {
                        ["token", "secret", "key", "password"].iter().any(|word| name.contains(word))
                    })
                    .filter_map(|(_, value)| value.as_str().map(str::to_owned)),
            ),
            _ => texts.push(value),
        }
    }
    texts.retain(|text| text.len() >= LENGTH_MIN);
    texts
}

async fn rows(world: &World) -> Vec<(String, String)> {
    let mut rows = Vec::new();
    let mut pages =
        world.table.client().scan().table_name(world.table.name()).into_paginator().items().send();
    while let Some(item) = pages.next().await {
        let item = item.unwrap();
        let text = |name: &str| item.get(name).and_then(|value: &AttributeValue| value.as_s().ok()).cloned();
        rows.push((format!("{} {}", text("pk").unwrap(), text("sk").unwrap()), format!("{item:?}")));
    }
    rows
}

/// The demo is one long future: its own thread has room for it.
#[test]
fn the_demo_tells_nobody_what_people_typed_nor_what_lets_somebody_in() {
    let run = || {
        let runtime = tokio::runtime::Builder::new_current_thread().enable_all().build().unwrap();
        runtime.block_on(run_and_look());
    };
    std::thread::Builder::new().stack_size(64 << 20).spawn(run).unwrap().join().unwrap();
}

async fn run_and_look() {
    heard_on_every_thread();
    let log = KeptLog::default();
    let (lines, metrics) = (log.clone(), log.clone());
    let worlds = [World::start(Options::default()).await, World::start(Options::default()).await];
    let subscriber = tracing_subscriber::registry()
        .with(finest())
        .with(tracing_subscriber::fmt::layer().json().with_writer(move || lines.clone()))
        .with(MetricLines::new("secrecy".to_owned(), worlds[0].time.clock(), metrics));
    let guard = tracing::subscriber::set_default(subscriber);
    assert!(story::tell_in(&worlds[0], io::sink(), false).await.unwrap());
    assert!(related::by_a_relay(&worlds[1], io::sink()).await.unwrap());
    let mut pages = String::new();
    for world in &worlds {
        for path in [
            "/oauth/callback?code=never-given",
            "/oauth/callback?error=access_denied",
            "/connections/nobody",
            "/sign-in?token=never-given",
            "/nowhere",
        ] {
            let answer = reqwest::get(format!("{}{path}", world.url)).await.unwrap();
            assert!(answer.status().as_u16() >= 400 || answer.url().path() != path, "{path}");
            pages.push_str(&answer.text().await.unwrap());
        }
    }
    drop(guard);
    let logged = log.text();
    assert!(logged.lines().count() > 100 && logged.contains("CloudWatchMetrics"), "it did log, and measure");
    for world in &worlds {
        let (typed, secrets) = (typed(world), secrets(world));
        assert!(typed.len() > 5 && secrets.len() > 3, "there is something to keep: {typed:?}");
        let all: Vec<&String> = typed.iter().chain(&secrets).collect();
        let held = |text: &str| all.iter().find(|secret| text.contains(secret.as_str())).copied().cloned();
        for line in logged.lines() {
            assert_eq!(held(line), None, "{line}");
        }
        assert_eq!(held(&pages), None);
        for queue in [CONTACTS, NOTES, APPOINTMENTS, ERRANDS, CONTACT_DEAD_LETTERS] {
            for message in world.sqs.messages(queue) {
                assert_eq!(held(&message.body), None, "{queue}");
            }
        }
        for (key, row) in rows(world).await {
            assert_eq!(held(&key), None);
            assert_eq!(secrets.iter().find(|secret| row.contains(secret.as_str())), None, "{key}");
            if !MAY_HOLD_VALUES.iter().any(|start| key.starts_with(start)) {
                assert_eq!(typed.iter().find(|value| row.contains(value.as_str())), None, "{key}");
            }
        }
    }
}
