//! A first import of any size, in virtual time: killed at random, and judged by what both CRMs hold in the end.

use std::collections::BTreeMap;
use std::ops::Range;

use jiff::{SignedDuration, Timestamp};
use serde_json::{Value, json};
use shared::disposition::Disposition;
use shared::errand::What;
use shared::lane::work::Failure;
use shared::store::connections::Connections;
use shared::store::imports::Imports;
use shared::sync::bulk::BulkPage;
use shared::sync::forecast::Forecast;
use shared::sync::progress::Progress;

use crate::calls::Call;
use crate::deaths::until_death;
use crate::ghl::Choice;
use crate::world::{LIST, LOCATION, Options, World};

/// No import takes more steps than so many for each contact.
const STEPS_PER_PERSON_MAX: u64 = 60;

/// How large an import is.
#[derive(Clone, Copy, Debug)]
pub struct Plan {
    /// People who are in GHL only, in HelloLeads only, and in both.
    pub only_ghl: usize,
    pub only_helloleads: usize,
    pub in_both: usize,
    /// What HelloLeads takes in an hour, and is told to be asked for.
    pub calls_per_hour: u32,
    /// How often a function dies in the middle of its work.
    pub kills: usize,
    /// What chance is made from.
    pub seed: u64,
}

/// What came of it.
#[derive(Clone, Debug)]
pub struct Report {
    pub people: usize,
    pub contacts: usize,
    pub leads: usize,
    /// E-mail addresses that more than one record of a side has.
    pub twice: usize,
    /// Calls that a side refused because there were too many.
    pub refused: usize,
    /// Of a hundred possible calls, how many were made while there was work: GHL, HelloLeads.
    pub used: (usize, usize),
    pub kills: usize,
    pub took: SignedDuration,
    /// So much of it nobody could work, since a dead function's messages had to come back first.
    pub stood: SignedDuration,
    /// At so many of a hundred, what was said to be left, and what was: deaths, and how long one stands still for them,
    /// nobody can foresee.
    pub forecasts: Vec<(u64, SignedDuration, SignedDuration)>,
    pub calls: (usize, usize),
    /// Writes of HelloLeads.
    pub lead_writes: usize,
    /// Each call of either side by its name, ids left out.
    pub call_names: Vec<String>,
    /// What the functions held in memory beyond what new ones hold, in KB: after the first tenth, and after the rest.
    pub held: (usize, usize),
}

/// What the work on a contact is, in GHL's calls.
const GHL_WORK: [&str; 2] = ["GET /contacts/search/duplicate", "GET /contacts/:id"];

/// A wait no longer than this is for calls; a longer one, where somebody died, is for a dead function's messages.
const FOR_CALLS_MAX: SignedDuration = SignedDuration::from_secs(15);

/// When nobody could work, since somebody had died.
#[derive(Default)]
struct Stood(Vec<(Timestamp, Timestamp)>);

impl Stood {
    fn waited(&mut self, from: Timestamp, to: Timestamp) {
        if to.duration_since(from) > FOR_CALLS_MAX {
            self.0.push((from, to));
        }
    }

    fn between(&self, from: Timestamp, to: Timestamp) -> SignedDuration {
        let within = self.0.iter().filter(|(begun, ended)| *begun >= from && *ended <= to);
        within.map(|(begun, ended)| ended.duration_since(*begun)).sum()
    }
}

/// Chance that is the same each time.
struct Chance(u64);

impl Chance {
    fn below(&mut self, most: u64) -> u64 {
        self.0 = self.0.wrapping_mul(6_364_136_223_846_793_005).wrapping_add(1_442_695_040_888_963_407);
        (self.0 >> 33) % most
    }

    /// These numbers in no order: nobody's accounts are sorted by who is in the other one.
    fn mixed(&mut self, numbers: Range<usize>) -> Vec<usize> {
        let mut mixed: Vec<usize> = numbers.collect();
        for place in (1..mixed.len()).rev() {
            let other = usize::try_from(self.below(place as u64 + 1)).unwrap_or_default();
            mixed.swap(place, other);
        }
        mixed
    }
}

/// The world before anybody thought of connecting the two accounts.
pub async fn furnished(plan: &Plan) -> World {
    let world = World::start(Options::default()).await;
    let per_hour = plan.calls_per_hour;
    world.helloleads.set(|switches| switches.per_hour = per_hour + 10);
    let mut chance = Chance(plan.seed);
    for number in chance.mixed(0..plan.only_ghl + plan.in_both) {
        world.ghl.person_creates_contact(LOCATION, contact(number));
        world.time.advance(SignedDuration::from_millis(50));
    }
    for number in chance.mixed(plan.only_ghl..plan.only_ghl + plan.in_both + plan.only_helloleads) {
        world.helloleads.person_creates_lead(lead(number));
        world.time.advance(SignedDuration::from_millis(50));
    }
    world.ghl.take_webhooks();
    world.time.advance(SignedDuration::from_hours(1));
    world
}

fn contact(number: usize) -> Value {
    json!({
        "firstName": format!("First{number}"), "lastName": format!("Last{number}"),
        "email": format!("p{number}@example.com"), "phone": format!("+1415{:07}", 2_000_000 + number),
    })
}

fn lead(number: usize) -> Value {
    json!({
        "list_key": LIST, "first_name": format!("First{number}"), "last_name": format!("Last{number}"),
        "email": format!("p{number}@example.com"),
    })
}

/// Connects both accounts; the import may wait for a person's word.
pub async fn connect(world: &World, plan: &Plan) {
    let installed = world.install(Choice::Location(LOCATION.to_owned())).await;
    assert_eq!(installed.status(), 303, "the callback leads to the connection's page");
    let budget = format!(r#"{{"calls_per_hour": {}}}"#, plan.calls_per_hour);
    let entered = world.enter_helloleads(&[("advanced", &budget)]).await;
    assert_eq!(entered.status(), 303, "{}", entered.text().await.unwrap_or_default());
}

/// What the product says of how the import goes on; none once it is over.
///
/// # Panics
/// Where the table cannot be read, which is no word on the import.
pub async fn forecast(world: &World) -> Option<Forecast> {
    let (id, table) = (world.connection(), &world.table);
    let connection = Connections::new(table.clone()).get(&id).await.expect("the table is there");
    let progress = Progress::read(table, &id).await.expect("the table is there");
    let import = Imports::new(table.clone(), &id).get().await.expect("the table is there");
    let connection = connection.expect("it is connected");
    let read = Forecast::read(table, &connection, &progress, import, world.time.now()).await;
    read.expect("the table is there")
}

/// How much the functions hold in memory beyond what new ones hold, in KB; they begin anew.
async fn let_go(world: &mut World, memory: fn() -> usize) -> usize {
    let with_old = memory();
    world.cold_start().await;
    with_old.saturating_sub(memory()) / 1024
}

/// Runs the import to its end; `tell` hears how far it has come, and `memory` says how many bytes are in use.
///
/// # Panics
/// Where it never ends.
pub async fn run(plan: &Plan, memory: fn() -> usize, mut tell: impl FnMut(&Forecast)) -> Report {
    let mut world = furnished(plan).await;
    connect(&world, plan).await;
    while world.step().await {}
    if Imports::new(world.table.clone(), &world.connection()).get().await.is_ok_and(|import| import.paused) {
        world.ask(What::ResumeImport { connection: world.connection() }).await;
    }
    let begun = world.time.now();
    let marks = (world.ghl.calls().len(), world.helloleads.calls().len());
    let mut chance = Chance(plan.seed);
    let (mut killed, mut next_tick, mut ended) = (0, begun, begun);
    let mut said: Vec<(u64, SignedDuration, Timestamp)> = Vec::new();
    let (mut held_first, mut stood, mut idle) = (None, Stood::default(), false);
    let people = plan.only_ghl + plan.only_helloleads + plan.in_both;
    // A step is a batch of ten; some are over before the one who works on them dies.
    let every = (people as u64 / (40 * (plan.kills as u64 + 1))).max(2);
    for step in 0..STEPS_PER_PERSON_MAX * (people as u64 + 100) {
        if step % 20 == 0 || idle {
            // What the functions asked of AWS is of no interest here, and more than memory holds.
            world.operations.take();
            let Some(forecast) = forecast(&world).await else { break };
            tell(&forecast);
            let percent = forecast.done * 100 / forecast.total.max(1);
            if percent >= 10 && held_first.is_none() {
                held_first = Some(let_go(&mut world, memory).await);
            }
            let is_first = said.iter().all(|(at, ..)| at / 10 != percent / 10);
            if (10..100).contains(&percent) && is_first {
                said.push((percent, forecast.left, world.time.now()));
            }
        }
        if killed < plan.kills && chance.below(every) == 0 {
            let polls = usize::try_from(chance.below(300)).unwrap_or_default();
            killed += usize::from(until_death(polls, world.step()).await.is_none());
        } else {
            let before = world.time.now();
            idle = !world.go_on(&mut next_tick).await;
            ended = before;
            if idle && killed > 0 {
                stood.waited(before, world.time.now());
            }
        }
        assert!(step + 1 < STEPS_PER_PERSON_MAX * (people as u64 + 100), "the import never ends");
    }
    world.settle().await;
    let held = (held_first.unwrap_or_default(), let_go(&mut world, memory).await);
    Report { held, ..report(&world, plan, marks, killed, (begun, ended), &stood, said) }
}

fn report(
    world: &World,
    plan: &Plan,
    marks: (usize, usize),
    kills: usize,
    (begun, ended): (Timestamp, Timestamp),
    stood: &Stood,
    said: Vec<(u64, SignedDuration, Timestamp)>,
) -> Report {
    let ghl = world.ghl.calls().all().split_off(marks.0);
    let helloleads = world.helloleads.calls().all().split_off(marks.1);
    let refused = ghl.iter().chain(&helloleads).filter(|call| call.status == 429).count();
    let (contacts, leads) = (world.ghl.contacts(LOCATION), world.helloleads.leads());
    let limits = shared::ghl::client::LIMITS;
    let hour = SignedDuration::from_hours(1);
    Report {
        people: plan.only_ghl + plan.only_helloleads + plan.in_both,
        twice: twice(&contacts) + twice(&leads),
        contacts: contacts.len(),
        leads: leads.len(),
        refused,
        used: (
            used(&ghl, &GHL_WORK, (limits.calls, limits.window), stood),
            used(&helloleads, &["POST /leads"], (plan.calls_per_hour, hour), stood),
        ),
        kills,
        took: ended.duration_since(begun),
        stood: stood.between(begun, ended),
        forecasts: said
            .into_iter()
            .map(|(at, left, when)| (at, left, ended.duration_since(when) - stood.between(when, ended)))
            .collect(),
        lead_writes: helloleads.iter().filter(|call| !call.name.starts_with("GET")).count(),
        calls: (ghl.len(), helloleads.len()),
        call_names: ghl.into_iter().chain(helloleads).map(|call| call.name).collect(),
        held: (0, 0),
    }
}

fn twice(records: &[Value]) -> usize {
    let mut counts: BTreeMap<String, usize> = BTreeMap::new();
    for record in records {
        *counts.entry(record["email"].as_str().unwrap_or_default().to_owned()).or_default() += 1;
    }
    counts.values().filter(|count| **count > 1).count()
}

/// How many of a hundred possible calls were made from the first call of these names on, in whole windows: in the one
/// that the last call is in, there was no work left for all of it.
fn used(calls: &[Call], names: &[&str], (limit, window): (u32, SignedDuration), stood: &Stood) -> usize {
    let work = calls.iter().filter(|call| names.contains(&call.name.as_str()));
    let times: Vec<Timestamp> = work.map(|call| call.at).collect();
    let (Some(first), Some(last)) = (times.first(), times.last()) else { return 0 };
    let worked = last.duration_since(*first) - stood.between(*first, *last);
    let windows = worked.as_millis() / window.as_millis();
    let rest =
        SignedDuration::from_millis(i64::try_from(worked.as_millis() % window.as_millis()).unwrap_or(0));
    let (windows, end) = if windows == 0 { (1, *last) } else { (windows, *last - rest) };
    let made = calls.iter().filter(|call| first <= &call.at && call.at < end).count();
    let could = u128::from(limit) * windows.unsigned_abs();
    usize::try_from(made as u128 * 100 / could.max(1)).unwrap_or_default()
}

/// The whole file for HelloLeads' own bulk import.
pub async fn bulk_file(world: &World) -> BulkPage {
    let connections = Connections::new(world.table.clone());
    let connection = connections.get(&world.connection()).await.ok().flatten().expect("it is connected");
    let engines = world.engines();
    let mut whole = BulkPage::default();
    loop {
        let page = match engines.bulk_page(&connection, whole.next.as_ref()).await {
            Ok(page) => page,
            Err(Failure { disposition: Disposition::Wait { after }, .. }) => {
                world.time.advance(after);
                continue;
            }
            Err(failure) => panic!("GHL answers: {failure:?}"),
        };
        whole.lines.push_str(&page.lines);
        whole.contacts += page.contacts;
        whole.left_out += page.left_out;
        whole.next = page.next;
        if whole.next.is_none() {
            return whole;
        }
    }
}
