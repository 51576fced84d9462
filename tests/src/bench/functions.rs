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
/// What a function takes before it counts, and in each of its turns.
const REQUESTS: usize = 300;
const ROUNDS: usize = 15;

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

/// The time from a process's start to its first answer.
async fn start_ms(path: &str, variables: &Variables, event: &str) -> io::Result<f64> {
    let mut process = Process::start(&built(path), variables).await?;
    process.call(event).await?;
    Ok(process.age().as_secs_f64() * 1_000.0)
}

/// The median of many starts of each. They take turns, so that what else the machine does meanwhile costs each of them
/// the same.
///
/// # Errors
/// Where a program was not built.
pub async fn cold() -> io::Result<Vec<Row>> {
    let (world, endpoint) = world().await;
    let mut programs = vec![("hello", "examples/hello", Variables::new(), Vec::new())];
    programs.extend(
        FUNCTIONS.map(|(function, program)| {
            (program, program, variables(&world, &endpoint, function), Vec::new())
        }),
    );
    for _ in 0..STARTS {
        for (program, path, variables, times) in &mut programs {
            times.push(start_ms(path, variables, &first_event(program)).await?);
        }
    }
    let mut medians = programs.into_iter().map(|(program, _, _, mut times)| {
        times.sort_by(f64::total_cmp);
        (program, times[STARTS / 2])
    });
    let (_, hello) = medians.next().expect("hello is the first");
    let mut rows = vec![Row::plain("a bare function, process start to first answer", hello, "ms")];
    for (program, took) in medians {
        let most = if program == "webhook-intake" { INTAKE_STARTS_MAX } else { OTHER_STARTS_MAX };
        rows.push(Row::plain(program, took, "ms"));
        rows.push(Row::plain(program, took / hello, "× the bare function").at_most(most));
    }
    Ok(rows)
}

/// A warm function, and what it did with the requests so far.
struct Warm {
    process: Process,
    path: &'static str,
    cpu_ns: u64,
    times_us: Vec<f64>,
}

impl Warm {
    async fn start(path: &'static str, variables: &Variables, events: &[String]) -> io::Result<Self> {
        let process = Process::start(&built(path), variables).await?;
        let mut warm = Self { process, path, cpu_ns: 0, times_us: Vec::new() };
        warm.take(events).await?;
        (warm.cpu_ns, warm.times_us) = (0, Vec::new());
        Ok(warm)
    }

    async fn take(&mut self, events: &[String]) -> io::Result<()> {
        let begun = self.process.cpu_ns()?;
        for event in events {
            let at = Instant::now();
            let answer = self.process.call(event).await?;
            self.times_us.push(at.elapsed().as_secs_f64() * 1e6);
            if !answer.windows(OK.len()).any(|part| part == OK) {
                let answer = String::from_utf8_lossy(&answer);
                return Err(io::Error::other(format!("{} answers {answer}", self.path)));
            }
        }
        self.cpu_ns += self.process.cpu_ns()? - begun;
        Ok(())
    }

    fn cpu_us(&self) -> f64 {
        self.cpu_ns as f64 / 1e3 / self.times_us.len() as f64
    }

    /// The time within which so many of a hundred requests were answered.
    fn within_us(&self, percent: usize) -> f64 {
        let mut times = self.times_us.clone();
        times.sort_by(f64::total_cmp);
        times[times.len() * percent / 100]
    }
}

/// The three take turns, so that what else the machine does meanwhile costs each of them the same.
///
/// # Errors
/// Where a program was not built.
pub async fn intake() -> io::Result<Vec<Row>> {
    let (world, endpoint) = world().await;
    let variables = variables(&world, &endpoint, "WebhookIntakeFunction");
    let events = |round: usize| -> Vec<String> {
        (0..REQUESTS).map(|number| signed(&world, round * REQUESTS + number)).collect()
    };
    let mut hello = Warm::start("examples/hello", &Variables::new(), &events(0)).await?;
    let mut sender = Warm::start("examples/sender", &variables, &events(0)).await?;
    let mut intake = Warm::start("webhook-intake", &variables, &events(0)).await?;
    for round in 1..=ROUNDS {
        let events = events(round);
        for warm in [&mut hello, &mut sender, &mut intake] {
            warm.take(&events).await?;
        }
    }
    let (p50, p99) = (intake.within_us(50), intake.within_us(99));
    Ok(vec![
        Row::plain("CPU of a bare function that answers 200", hello.cpu_us(), "µs a request"),
        Row::plain("CPU of a bare function that sends one message", sender.cpu_us(), "µs a request"),
        Row::plain("CPU of webhook-intake", intake.cpu_us(), "µs a request"),
        Row::plain("webhook-intake to the bare sender", intake.cpu_us() / sender.cpu_us(), "×")
            .at_most(CPU_MAX),
        Row::plain("webhook-intake to the bare 200", intake.cpu_us() / hello.cpu_us(), "×"),
        Row::plain("half of the requests within", p50, "µs"),
        Row::plain("p99 to p50", p99 / p50, "×").at_most(SPREAD_MAX),
    ])
}

/// A webhook of 2 KB as the HTTP API hands it over, signed as GHL does; no two have one delivery. It is GHL's published
/// example of a contact, with more custom fields.
fn signed(world: &World, number: usize) -> String {
    let delivery = format!("bench-{number}");
    let mut body = example(include_str!("../../../events/ghl/ContactUpdate.json"));
    body["locationId"] = json!(LOCATION);
    body["appId"] = json!(world.ghl.app().app_id);
    body["webhookId"] = json!(delivery);
    body["timestamp"] = json!(world.time.now().to_string());
    let field = |number| json!({ "id": format!("field{number:015}"), "value": "Website, 2026" });
    body["customFields"] = (0..24).map(field).collect();
    let body = body.to_string();
    let mut event = example(&first_event("webhook-intake"));
    event["headers"]["x-ghl-signature"] = json!(world.ghl.sign(body.as_bytes()));
    event["headers"]["x-delivery"] = json!(delivery);
    event["body"] = json!(body);
    event.to_string()
}

fn example(text: &str) -> Value {
    serde_json::from_str(text).expect("it is JSON")
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
        for number in 0..REQUESTS {
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
