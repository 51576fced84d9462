//! The functions as they are deployed: how fast they begin, what a webhook costs, and how large they are. Each is
//! measured beside bare ones, in the same run and through the same runtime API.

use std::collections::BTreeMap;
use std::fs;
use std::io;
use std::time::Instant;

use flate2::Compression;
use flate2::write::DeflateEncoder;
use serde_json::{Value, json};

use super::Row;
use super::runtime::{Process, built};
use crate::aws::front;
use crate::time::Time;
use crate::world::{LOCATION, Options, World};

/// Each function, by its logical id and its program.
const FUNCTIONS: [(&str, &str); 7] = [
    ("WebhookIntakeFunction", "webhook-intake"),
    ("ContactSyncFunction", "contact-sync"),
    ("NotesSyncFunction", "notes-sync"),
    ("AppointmentSyncFunction", "appointment-sync"),
    ("ReconcileFunction", "reconcile"),
    ("ConnectFunction", "connect"),
    ("AutomationFunction", "automation"),
];

const STARTS: usize = 21;
const WARM_UP: usize = 300;
const REQUESTS: usize = 3_000;

/// What an answer holds that accepts a webhook.
const OK: &[u8] = br#""statusCode":200"#;

const INTAKE_STARTS_MAX: f64 = 2.0;
const OTHER_STARTS_MAX: f64 = 3.0;
const CPU_MAX: f64 = 1.3;
const SPREAD_MAX: f64 = 3.0;
const ZIP_MB_MAX: f64 = 3.5;
const RSS_MB_MAX: f64 = 20.0;

type Variables = BTreeMap<String, String>;

/// What the functions need around them.
async fn world() -> (World, String) {
    let world = World::start(Options { time: Time::Real, ..Options::default() }).await;
    let endpoint = front::start("127.0.0.1:0", world.endpoints().clone()).await;
    (world, endpoint)
}

fn variables(world: &World, endpoint: &str, function: &str) -> Variables {
    let pairs = world.variables().get(function).into_iter().flat_map(|given| given.pairs());
    let mut variables: Variables = pairs.map(|(name, value)| (name.to_owned(), value.to_owned())).collect();
    variables.insert("AWS_ENDPOINT_URL".to_owned(), endpoint.to_owned());
    variables
}

/// An event that each function answers without asking anybody.
fn first_event(program: &str) -> String {
    match program {
        "webhook-intake" | "hello" | "sender" => {
            include_str!("../../../events/http/ghl.unsigned.json").to_owned()
        }
        "connect" => include_str!("../../../events/http/connect.start.json").to_owned(),
        _ => json!({ "Records": [] }).to_string(),
    }
}

/// The median time from a process's start to its first answer.
async fn start_ms(program: &str, path: &str, variables: &Variables) -> io::Result<f64> {
    let mut times = Vec::new();
    for _ in 0..STARTS {
        let mut process = Process::start(&built(path), variables).await?;
        process.call(&first_event(program)).await?;
        times.push(process.age().as_secs_f64() * 1_000.0);
    }
    times.sort_by(f64::total_cmp);
    Ok(times[times.len() / 2])
}

/// # Errors
/// Where a program was not built.
pub async fn cold() -> io::Result<Vec<Row>> {
    let (world, endpoint) = world().await;
    let hello = start_ms("hello", "examples/hello", &Variables::new()).await?;
    let mut rows = vec![Row::plain("a bare function, process start to first answer", hello, "ms")];
    for (function, program) in FUNCTIONS {
        let took = start_ms(program, program, &variables(&world, &endpoint, function)).await?;
        let most = if program == "webhook-intake" { INTAKE_STARTS_MAX } else { OTHER_STARTS_MAX };
        rows.push(Row::plain(program, took, "ms"));
        rows.push(Row::plain(program, took / hello, "× the bare function").at_most(most));
    }
    Ok(rows)
}

/// What one warm function did with many requests.
struct Warm {
    cpu_us: f64,
    p50_us: f64,
    p99_us: f64,
}

async fn warm(path: &str, variables: &Variables, event: impl Fn(usize) -> String) -> io::Result<Warm> {
    let mut process = Process::start(&built(path), variables).await?;
    let (mut begun, mut times) = (0, Vec::new());
    for number in 0..WARM_UP + REQUESTS {
        if number == WARM_UP {
            begun = process.cpu_ns()?;
        }
        let event = event(number);
        let at = Instant::now();
        let answer = process.call(&event).await?;
        if !answer.windows(OK.len()).any(|part| part == OK) {
            return Err(io::Error::other(format!("{path} answers {}", String::from_utf8_lossy(&answer))));
        }
        if number >= WARM_UP {
            times.push(at.elapsed().as_secs_f64() * 1e6);
        }
    }
    let cpu_us = (process.cpu_ns()? - begun) as f64 / 1e3 / REQUESTS as f64;
    times.sort_by(f64::total_cmp);
    Ok(Warm { cpu_us, p50_us: times[REQUESTS / 2], p99_us: times[REQUESTS * 99 / 100] })
}

/// # Errors
/// Where a program was not built.
pub async fn intake() -> io::Result<Vec<Row>> {
    let (world, endpoint) = world().await;
    let variables = variables(&world, &endpoint, "WebhookIntakeFunction");
    let hello = warm("examples/hello", &Variables::new(), |number| signed(&world, number)).await?;
    let sender = warm("examples/sender", &variables, |number| signed(&world, number)).await?;
    let intake = warm("webhook-intake", &variables, |number| signed(&world, number)).await?;
    Ok(vec![
        Row::plain("CPU of a bare function that answers 200", hello.cpu_us, "µs a request"),
        Row::plain("CPU of a bare function that sends one message", sender.cpu_us, "µs a request"),
        Row::plain("CPU of webhook-intake", intake.cpu_us, "µs a request"),
        Row::plain("webhook-intake to the bare sender", intake.cpu_us / sender.cpu_us, "×").at_most(CPU_MAX),
        Row::plain("webhook-intake to the bare 200", intake.cpu_us / hello.cpu_us, "×"),
        Row::plain("half of the requests within", intake.p50_us, "µs"),
        Row::plain("p99 to p50", intake.p99_us / intake.p50_us, "×").at_most(SPREAD_MAX),
    ])
}

/// A webhook of 2 KB as the HTTP API hands it over, signed as GHL does; no two have one delivery.
fn signed(world: &World, number: usize) -> String {
    let delivery = format!("bench-{number}");
    let mut body = json!({
        "type": "ContactUpdate", "locationId": LOCATION, "appId": world.ghl.app().app_id, "webhookId": delivery,
        "id": "seD4PfOuKoVMLkEZqohJ", "firstName": "Ann", "lastName": "Lee", "email": "ann@example.com",
        "phone": "+14155550101", "timestamp": world.time.now().to_string(), "address1": "",
    });
    let missing = 2_048_usize.saturating_sub(body.to_string().len());
    body["address1"] = json!("x".repeat(missing));
    let body = body.to_string();
    let mut event: Value = serde_json::from_str(&first_event("webhook-intake")).unwrap_or_default();
    event["headers"]["x-ghl-signature"] = json!(world.ghl.sign(body.as_bytes()));
    event["headers"]["x-delivery"] = json!(delivery);
    event["body"] = json!(body);
    event.to_string()
}

/// # Errors
/// Where a program was not built.
pub async fn size() -> io::Result<Vec<Row>> {
    let (world, endpoint) = world().await;
    let mut rows = Vec::new();
    for (function, program) in FUNCTIONS {
        let bytes = fs::read(built(program))?;
        let mut zipped = DeflateEncoder::new(Vec::new(), Compression::best());
        io::Write::write_all(&mut zipped, &bytes)?;
        rows.push(Row::plain(program, bytes.len() as f64 / 1e6, "MB unpacked"));
        rows.push(Row::plain(program, zipped.finish()?.len() as f64 / 1e6, "MB zipped").at_most(ZIP_MB_MAX));
        let mut process = Process::start(&built(program), &variables(&world, &endpoint, function)).await?;
        for number in 0..WARM_UP {
            let event =
                if program == "webhook-intake" { signed(&world, number) } else { first_event(program) };
            process.call(&event).await?;
        }
        rows.push(
            Row::plain(program, process.high_water_kb()? as f64 / 1e3, "MB of memory").at_most(RSS_MB_MAX),
        );
    }
    Ok(rows)
}
