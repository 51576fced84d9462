//! A burst of webhooks, while the queue is in trouble.

use std::collections::BTreeMap;

use bytes::Bytes;
use jiff::SignedDuration;
use sandbox::storm::cloud::Cloud;
use sandbox::storm::functions::{Call, Output, Role};
use sandbox::storm::tasks::{End, Tasks};
use sandbox::storm::weather::{Fault, Weather};
use sandbox::time::Time;
use sandbox::world::CONTACTS;
use serde_json::json;

const WEBHOOKS: usize = 10_000;
const AT_ONCE: usize = 100;
/// How many of a thousand calls the queue fails. The SDK tries each three times, until it has failed too often.
const FAILURES: u32 = 100;
/// What the allocator may keep on the way from the first fifth to the end.
const GROWTH_MAX_KB: u64 = 24 * 1024;

/// In a process of its own: what other tests hold in memory is none of its affair.
#[test]
fn of_ten_thousand_webhooks_each_is_in_the_queue_or_was_answered_with_an_error() {
    const ALONE: &str = "SANDBOX_LOAD_ALONE";
    if std::env::var_os(ALONE).is_some() {
        return burst();
    }
    let own = "load::of_ten_thousand_webhooks_each_is_in_the_queue_or_was_answered_with_an_error";
    let mut alone = std::process::Command::new(std::env::current_exe().unwrap());
    let done = alone.args(["--exact", own]).env(ALONE, "1").output().unwrap();
    let said = String::from_utf8_lossy(&done.stdout);
    assert!(done.status.success() && said.contains("1 passed"), "{said}");
}

fn burst() {
    let time = Time::starting_at("2026-11-23T10:00:00Z".parse().unwrap());
    let weather = Weather::only(1, time, &[(Fault::QueueError, FAILURES)]);
    let cloud = Cloud::in_weather(1, weather.clone());
    cloud.weather.set_calm(false);
    let intake = cloud.ground.cold_start(Role::Intake);
    let (mut answers, mut memory): (BTreeMap<u16, usize>, Vec<u64>) = (BTreeMap::new(), Vec::new());
    for wave in 0..WEBHOOKS / AT_ONCE {
        let mut tasks = Tasks::default();
        for place in 0..AT_ONCE {
            let id = format!("burst-{wave}-{place}-end");
            let work = Box::pin(intake.clone().call(Call::Web(Box::new(webhook(&cloud, &id)))));
            tasks.start(id, work, cloud.time.now(), i64::MAX, None);
        }
        let answered = finish(&cloud, tasks);
        assert_eq!(answered.len(), AT_ONCE, "each webhook is answered");
        let held: Vec<String> = cloud.sqs.messages(CONTACTS).into_iter().map(|held| held.body).collect();
        for (id, status) in answered {
            let is_there = held.iter().filter(|body| body.contains(&id)).count();
            match status {
                200 => assert_eq!(is_there, 1, "{id} was answered 200"),
                503 => {}
                other => panic!("{id} was answered {other}"),
            }
            *answers.entry(status).or_default() += 1;
        }
        let url = cloud.ground.environment.require("CONTACT_QUEUE_URL").unwrap();
        cloud.sqs.answer("PurgeQueue", &json!({ "QueueUrl": url })).unwrap();
        cloud.accepted.lock().unwrap().clear();
        cloud.weather.forget_story();
        memory.push(resident_kb());
    }
    let refused = answers[&503];
    assert!((1..WEBHOOKS / 20).contains(&refused), "some are refused, and few: {answers:?}");
    let (early, late) = (memory[memory.len() / 5], memory[memory.len() - 1]);
    assert!(late < early + GROWTH_MAX_KB, "memory grew from {early} KB to {late} KB");
}

fn webhook(cloud: &Cloud, id: &str) -> http::Request<Bytes> {
    let body = json!({
        "type": "ContactUpdate", "locationId": cloud.settings[0].location, "appId": cloud.ghl.app().app_id,
        "webhookId": id, "id": "seD4PfOuKoVMLkEZqohJ", "firstName": "Ann", "timestamp": "2026-11-23T10:00:00.000Z",
    });
    let body = body.to_string().into_bytes();
    http::Request::post("/webhooks/ghl")
        .header("content-type", "application/json")
        .header("x-ghl-signature", cloud.ghl.sign(&body))
        .body(Bytes::from(body))
        .unwrap()
}

/// Runs all of them to their end, in virtual time.
fn finish(cloud: &Cloud, mut tasks: Tasks<String, Output>) -> Vec<(String, u16)> {
    let mut answered = Vec::new();
    while !tasks.is_empty() {
        while tasks.has_woken() {
            let chosen = cloud.weather.draw(sandbox::storm::dice::Dice::roll);
            if let Some((id, End::Done(Output::Web(status)))) = tasks.step(chosen, |_| {}) {
                answered.push((id, status));
            }
        }
        if let Some(next) = cloud.weather.naps.next_at() {
            let wait = next - cloud.time.now().as_millisecond();
            cloud.time.advance(SignedDuration::from_millis(wait.max(0)));
            cloud.weather.naps.wake_due();
        }
    }
    answered
}

/// What this process holds in memory.
fn resident_kb() -> u64 {
    let status = std::fs::read_to_string("/proc/self/status").unwrap();
    let line = status.lines().find(|line| line.starts_with("VmRSS:")).unwrap();
    line.split_whitespace().nth(1).unwrap().parse().unwrap()
}
