//! What an idle look costs, with few contacts and with many.

use jiff::SignedDuration;
use serde_json::json;

use super::Row;
use crate::aws::units::{self, Units};
use crate::world::{LOCATION, Options, World};

const SIZES: [usize; 4] = [100, 1_000, 10_000, 100_000];

/// So many people come before all that they bring is done.
const AT_ONCE: usize = 1_000;

/// One in an hour sees to parked records as well: the middle one counts.
const LOOKS: usize = 3;

/// The calls of an idle period with so many contacts: GHL's, HelloLeads', and the table's operations; `each` names those.
async fn idle(people: usize, each: bool) -> [usize; 3] {
    let world = World::start(Options::default()).await;
    world.helloleads.set(|switches| switches.per_hour = 100_000);
    world.connect(&[("advanced", r#"{"calls_per_hour":90000}"#)]).await;
    for number in 0..people {
        let email = format!("p{number}@example.com");
        world.ghl.person_creates_contact(LOCATION, json!({ "firstName": "P", "email": email }));
        world.time.advance(SignedDuration::from_millis(1_500));
        if number % AT_ONCE == AT_ONCE - 1 {
            world.pass_period().await;
            // What the functions asked of AWS meanwhile is of no interest here, and more than memory holds.
            world.operations.take();
        }
    }
    world.settle().await;
    for _ in 0..3 {
        world.time.advance(SignedDuration::from_mins(20));
        world.pass_period().await;
    }
    let mut looks = Vec::new();
    for _ in 0..LOOKS {
        looks.push(look(&world, each).await);
    }
    looks.sort_unstable();
    looks[LOOKS / 2]
}

async fn look(world: &World, each: bool) -> [usize; 3] {
    let before = (world.ghl.calls().len(), world.helloleads.calls().len());
    world.operations.take();
    world.pass_period().await;
    let operations = world.operations.take();
    if each {
        units::name_each(&operations);
    }
    let table = Units::of(&operations);
    let (ghl, helloleads) = (world.ghl.calls().len() - before.0, world.helloleads.calls().len() - before.1);
    [ghl, helloleads, table.reads + table.writes]
}

/// Measures with 100 contacts and each tenfold, up to so many.
pub async fn measure(most: usize, each: bool) -> Vec<Row> {
    let mut rows = Vec::new();
    let mut first: Option<[usize; 3]> = None;
    for people in SIZES.into_iter().filter(|size| *size <= most) {
        let costs = idle(people, each).await;
        let least = *first.get_or_insert(costs);
        for (place, unit) in ["GHL calls", "HelloLeads calls", "table operations"].into_iter().enumerate() {
            let name = format!("an idle look, {people} contacts");
            rows.push(Row::plain(name, costs[place] as f64, unit).at_most(least[place] as f64));
        }
    }
    rows
}
