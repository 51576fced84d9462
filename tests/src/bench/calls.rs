//! What one synced change costs in API calls, and in what is asked of AWS. What an idle period costs is measured first and
//! taken off: nobody's change causes it.

use std::io::{self, Write};

use jiff::SignedDuration;
use serde_json::{Value, json};

use super::Row;
use super::log_bytes::LogBytes;
use crate::aws::units::{self, Units};
use crate::world::ways::{self, CALENDAR, Way};
use crate::world::{LIST, LOCATION, Options, World};

/// So many contacts change together, as many as one batch of the queue holds.
pub(super) const TOGETHER: usize = 10;
/// So many change one after the other, with this between two of them.
pub(super) const STREAM: usize = 60;
const STREAM_PAUSE: SignedDuration = SignedDuration::from_secs(10);
/// Long enough for every slice of a budget to be over.
const REST: SignedDuration = SignedDuration::from_mins(10);

/// What must be kept to, for each synced change.
const READS_MAX: f64 = 2.0;
const WRITES_MAX: f64 = 2.0;
const SECRETS_MAX: f64 = 0.01;
const BURST_WRITES_MAX: f64 = 1.5;

/// What was asked for so far.
#[derive(Clone, Copy, Debug, Default)]
pub(super) struct Cost {
    pub ghl: usize,
    pub helloleads_reads: usize,
    pub helloleads_writes: usize,
    pub table: Units,
    pub sends: usize,
    pub secrets: usize,
    /// Bytes of log lines.
    pub logged: usize,
}

impl Cost {
    fn less(self, idle: Self) -> Self {
        let table = Units {
            reads: self.table.reads.saturating_sub(idle.table.reads),
            read_units: self.table.read_units.saturating_sub(idle.table.read_units),
            writes: self.table.writes.saturating_sub(idle.table.writes),
            write_units: self.table.write_units.saturating_sub(idle.table.write_units),
        };
        Self {
            ghl: self.ghl.saturating_sub(idle.ghl),
            helloleads_reads: self.helloleads_reads.saturating_sub(idle.helloleads_reads),
            helloleads_writes: self.helloleads_writes.saturating_sub(idle.helloleads_writes),
            table,
            sends: self.sends.saturating_sub(idle.sends),
            secrets: self.secrets.saturating_sub(idle.secrets),
            logged: self.logged.saturating_sub(idle.logged),
        }
    }
}

/// Measures one step after the other.
struct Meter {
    rows: Vec<Row>,
    each: bool,
    log: LogBytes,
}

impl Meter {
    /// What everything cost that was done since `begin`.
    fn cost(&self, world: &World, marks: (usize, usize)) -> Cost {
        let operations = world.operations.take();
        if self.each {
            units::name_each(&operations);
        }
        let named = |service: &str| operations.iter().filter(|one| one.target.starts_with(service)).count();
        let helloleads = world.helloleads.calls().names_since(marks.1);
        let reads = helloleads.iter().filter(|name| name.starts_with("GET")).count();
        Cost {
            ghl: world.ghl.calls().len() - marks.0,
            helloleads_reads: reads,
            helloleads_writes: helloleads.len() - reads,
            table: Units::of(&operations),
            sends: named("AmazonSQS"),
            secrets: named("secretsmanager"),
            logged: self.log.take(),
        }
    }

    fn begin(&self, world: &World, what: &str) -> (usize, usize) {
        world.operations.take();
        self.log.take();
        if self.each {
            let _ = writeln!(io::stderr(), "{what}");
        }
        (world.ghl.calls().len(), world.helloleads.calls().len())
    }

    /// Measures what webhooks bring: `act`, and all that follows.
    async fn at_once(&mut self, world: &World, what: &str, act: impl FnOnce()) -> Cost {
        world.time.advance(REST);
        let marks = self.begin(world, what);
        act();
        world.settle().await;
        self.cost(world, marks)
    }

    /// Measures what looks find: an idle one first, then `act` and the next.
    async fn by_looks(&mut self, world: &World, what: &str, act: impl FnOnce()) -> Cost {
        world.pass_period().await;
        let marks = self.begin(world, "an idle period");
        world.pass_period().await;
        let idle = self.cost(world, marks);
        let marks = self.begin(world, what);
        act();
        world.pass_period().await;
        self.cost(world, marks).less(idle)
    }

    /// Writes down what `changes` changes cost, each.
    fn note(&mut self, what: &str, changes: usize, cost: Cost, limits: Limits) {
        let each = |count: usize| count as f64 / changes as f64;
        let row = |unit, count| Row::plain(what, each(count), unit);
        let ghl = row("GHL calls", cost.ghl);
        let reads = row("table reads", cost.table.reads);
        let writes = row("table writes", cost.table.writes);
        self.rows.push(match limits.ghl {
            Some(most) => ghl.at_most(most),
            None => ghl,
        });
        self.rows.push(row("HelloLeads writes", cost.helloleads_writes));
        self.rows.push(row("HelloLeads reads", cost.helloleads_reads));
        self.rows.push(if limits.table { reads.at_most(READS_MAX) } else { reads });
        self.rows.push(if limits.table { writes.at_most(WRITES_MAX) } else { writes });
        self.rows.push(row("read units", cost.table.read_units));
        self.rows.push(row("write units", cost.table.write_units));
        self.rows.push(row("queue sends", cost.sends));
        self.rows.push(row("secrets", cost.secrets).at_most(SECRETS_MAX));
        self.rows.push(row("bytes logged", cost.logged));
    }
}

/// Which limits hold for a figure.
#[derive(Clone, Copy, Debug)]
struct Limits {
    ghl: Option<f64>,
    table: bool,
}

const TO_HELLOLEADS: Limits = Limits { ghl: Some(1.0), table: true };
const TO_GHL: Limits = Limits { ghl: Some(2.0), table: true };
const ECHO: Limits = Limits { ghl: Some(0.0), table: false };
const UNLIMITED: Limits = Limits { ghl: None, table: false };

/// Measures everything; `each` names every operation.
pub async fn measure(each: bool) -> Vec<Row> {
    let (log, _guard) = LogBytes::listen();
    let mut meter = Meter { rows: Vec::new(), each, log };
    of_contacts(&mut meter).await;
    of_belongings(&mut meter).await;
    meter.rows
}

/// A contact with as many fields as people fill in.
fn person(number: usize) -> Value {
    json!({
        "firstName": "Olivia", "lastName": format!("Harrington {number}"), "companyName": "Harrington & Sons Ltd",
        "email": format!("olivia.harrington.{number}@example.com"), "phone": format!("+4420794600{number:02}"),
        "address1": "221B Baker Street", "city": "London", "state": "Greater London", "postalCode": "NW1 6XE",
        "country": "GB", "website": "https://www.harrington.example", "source": "Website", "tags": ["vip", "newsletter"],
    })
}

/// A world with so many people on both sides, at rest; answers their GHL ids.
async fn populated() -> (World, Vec<String>) {
    let world = World::start(Options::default()).await;
    world.helloleads.set(|switches| {
        switches.tags_on_update = true;
        switches.clears_on_empty = true;
        switches.per_hour = 6_000;
    });
    // HelloLeads' 90 an hour would be spent before all is measured; where they run short, each call costs a write more.
    world.connect(&[("probe", "yes"), ("advanced", r#"{"calls_per_hour":6000}"#)]).await;
    let people: Vec<String> =
        (0..STREAM).map(|number| world.ghl.person_creates_contact(LOCATION, person(number))).collect();
    world.settle().await;
    // Leave to overwrite is taken for many contacts at once.
    edit(&world, &people[0], "Leeds");
    world.settle().await;
    for _ in 0..3 {
        world.time.advance(REST);
        world.pass_period().await;
    }
    (world, people)
}

fn edit(world: &World, id: &str, city: &str) {
    world.ghl.person_edits_contact(LOCATION, id, json!({ "city": city }));
}

/// What ten edits of GHL contacts together cost, and what so many one after the other do.
pub(super) async fn edits() -> (Cost, Cost) {
    let (log, _guard) = LogBytes::listen();
    let (world, people) = populated().await;
    let mut meter = Meter { rows: Vec::new(), each: false, log };
    let all = || people[..TOGETHER].iter().for_each(|id| edit(&world, id, "York"));
    let together = meter.at_once(&world, "", all).await;
    (together, stream_cost(&meter, &world, &people, "").await)
}

async fn of_contacts(meter: &mut Meter) {
    let (world, people) = populated().await;
    let edit = |id: &str, city: &str| edit(&world, id, city);
    let cost = meter
        .at_once(&world, "GHL → HelloLeads, a contact edited, alone", || edit(&people[1], "Leeds"))
        .await;
    meter.note("GHL → HelloLeads, a contact edited, alone", 1, cost, TO_HELLOLEADS);
    let what = "GHL → HelloLeads, ten contacts edited together, each";
    let all = || people[..TOGETHER].iter().for_each(|id| edit(id, "York"));
    let cost = meter.at_once(&world, what, all).await;
    meter.note(what, TOGETHER, cost, TO_HELLOLEADS);
    stream(meter, &world, &people).await;
    burst(meter, &world, &people[2]).await;
    let what = "GHL → HelloLeads, a contact created, alone";
    let cost =
        meter.at_once(&world, what, || drop(world.ghl.person_creates_contact(LOCATION, person(90)))).await;
    meter.note(what, 1, cost, TO_HELLOLEADS);
    from_helloleads(meter, &world).await;
    echo(meter, &world).await;
}

async fn stream(meter: &mut Meter, world: &World, people: &[String]) {
    let what = "GHL → HelloLeads, sixty contacts edited, one every ten seconds, each";
    let cost = stream_cost(meter, world, people, what).await;
    meter.note(what, people.len(), cost, TO_HELLOLEADS);
}

/// One change after the other, each in a batch of its own.
async fn stream_cost(meter: &Meter, world: &World, people: &[String], what: &str) -> Cost {
    world.time.advance(REST);
    let marks = meter.begin(world, what);
    for id in people {
        world.time.advance(STREAM_PAUSE);
        edit(world, id, "Bath");
        world.settle().await;
    }
    meter.cost(world, marks)
}

async fn burst(meter: &mut Meter, world: &World, id: &str) {
    let what = "GHL → HelloLeads, ten edits of one contact in a burst, all together";
    let edits = || {
        for number in 0..TOGETHER {
            world.ghl.person_edits_contact(LOCATION, id, json!({ "city": format!("City {number}") }));
        }
    };
    let cost = meter.at_once(world, what, edits).await;
    let row = |unit, count: usize| Row::plain(what, count as f64, unit);
    meter.rows.push(row("HelloLeads writes", cost.helloleads_writes).at_most(BURST_WRITES_MAX));
    meter.rows.push(row("GHL calls", cost.ghl));
}

async fn from_helloleads(meter: &mut Meter, world: &World) {
    let leads: Vec<String> = world
        .helloleads
        .leads()
        .iter()
        .filter(|lead| lead["email"].as_str().is_some_and(|email| email.starts_with("olivia")))
        .filter_map(|lead| lead["id"].as_str().map(str::to_owned))
        .take(TOGETHER)
        .collect();
    let edit = |id: &String, city: &str| world.helloleads.person_edits_lead(id, json!({ "city": city }));
    edit(&leads[0], "Hull");
    world.pass_period().await;
    world.pass_period().await;
    let what = "HelloLeads → GHL, a lead edited, alone";
    let cost = meter.by_looks(world, what, || edit(&leads[1], "Hull")).await;
    meter.note(what, 1, cost, TO_GHL);
    let what = "HelloLeads → GHL, ten leads edited together, each";
    let cost = meter.by_looks(world, what, || leads.iter().for_each(|id| edit(id, "Derby"))).await;
    meter.note(what, TOGETHER, cost, TO_GHL);
    let what = "HelloLeads → GHL, a lead created, alone";
    let lead =
        json!({ "list_key": LIST, "first_name": "Bo", "last_name": "Lee", "email": "bo.lee@example.com" });
    let cost = meter.by_looks(world, what, || drop(world.helloleads.person_creates_lead(lead))).await;
    meter.note(what, 1, cost, TO_GHL);
}

/// GHL's webhooks of our own writes, and one that comes twice.
async fn echo(meter: &mut Meter, world: &World) {
    let lead =
        world.helloleads.leads().into_iter().find(|lead| lead["email"] == "olivia.harrington.3@example.com");
    let id = lead.and_then(|lead| lead["id"].as_str().map(str::to_owned)).unwrap_or_default();
    world.helloleads.person_edits_lead(&id, json!({ "city": "Ely" }));
    world.time.advance(REST);
    world.tick().await;
    while world.work().await {}
    let what = "our own write comes back from GHL as a webhook";
    let marks = meter.begin(world, what);
    world.settle().await;
    let cost = meter.cost(world, marks);
    meter.note(what, 1, cost, ECHO);
}

/// Notes, tasks and appointments, by the relay, which can do everything.
async fn of_belongings(meter: &mut Meter) {
    let world = ways::world(Way::Relay).await;
    let contact = world.ghl.person_creates_contact(LOCATION, person(0));
    world.settle().await;
    world.pass_period().await;
    let lead = world.helloleads.leads().remove(0)["id"].as_str().unwrap_or_default().to_owned();
    let tomorrow = "2026-12-01T15:00:00Z";
    // The users of both sides are read once a day.
    world.ghl.person_creates_note(LOCATION, &contact, "The first.");
    let first = json!({ "calendarId": CALENDAR, "contactId": contact, "title": "First", "startTime": tomorrow,
        "endTime": "2026-12-01T16:00:00Z" });
    world.ghl.person_books_appointment(LOCATION, first);
    world.settle().await;

    let (ghl, helloleads) = (&world.ghl, &world.helloleads);
    let what = "GHL → HelloLeads, a note";
    let cost = meter
        .at_once(&world, what, || drop(ghl.person_creates_note(LOCATION, &contact, "Wants a call.")))
        .await;
    meter.note(what, 1, cost, Limits { table: false, ..TO_HELLOLEADS });
    let what = "HelloLeads → GHL, a note";
    let comment = || drop(helloleads.person_adds_comment(&lead, "asha@example.com", "Met at the fair."));
    let cost = meter.at_once(&world, what, comment).await;
    meter.note(what, 1, cost, Limits { table: false, ..TO_GHL });
    let what = "GHL → HelloLeads, a task";
    let task = json!({ "title": "Call", "dueDate": tomorrow });
    let cost = meter.at_once(&world, what, || drop(ghl.person_creates_task(LOCATION, &contact, task))).await;
    meter.note(what, 1, cost, UNLIMITED);
    let what = "HelloLeads → GHL, a task";
    let todo = json!({ "title": "Send the offer", "dueDateTime": tomorrow });
    let cost = meter.at_once(&world, what, || drop(helloleads.person_adds_todo(&lead, todo))).await;
    meter.note(what, 1, cost, Limits { table: false, ..TO_GHL });
    let what = "GHL → HelloLeads, an appointment";
    let booked = json!({ "calendarId": CALENDAR, "contactId": contact, "title": "Visit", "startTime": tomorrow,
        "endTime": "2026-12-01T16:00:00Z" });
    let cost = meter.at_once(&world, what, || drop(ghl.person_books_appointment(LOCATION, booked))).await;
    meter.note(what, 1, cost, UNLIMITED);
    let what = "HelloLeads → GHL, an appointment";
    let booked = json!({ "title": "Visit", "start": "2026-12-02T15:00:00Z", "status": "confirmed" });
    let cost = meter.at_once(&world, what, || drop(helloleads.person_books_appointment(&lead, booked))).await;
    meter.note(what, 1, cost, UNLIMITED);
}
