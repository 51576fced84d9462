//! Plan and merge alone, without a call: records per second on one core, and allocations per record, by
//! `cargo bench -p shared`. `copied` is the bound: a record cannot be merged faster than its two sides are copied.

use divan::counter::ItemsCount;
use divan::{AllocProfiler, Bencher};
use shared::connection::mapping::Mapping;
use shared::connection::policy::Policy;
use shared::model::fingerprint::FingerprintKey;
use shared::model::ids::{ConnectionId, RecordId};
use shared::model::record::{Field, Observed, Record, Value};
use shared::model::side::{Kind, PerSide};
use shared::store::links::Link;
use shared::sync::plan::{Found, Rules, plan};
use shared::sync::port::Can;

#[global_allocator]
static ALLOCATIONS: AllocProfiler = AllocProfiler::system();

fn main() {
    divan::main();
}

/// A contact with as many fields as people fill in.
fn person(city: &str) -> Record {
    let texts = [
        (Field::FIRST_NAME, "Olivia"),
        (Field::LAST_NAME, "Harrington"),
        (Field::EMAIL, "olivia.harrington@example.com"),
        (Field::PHONE, "+442079460000"),
        (Field::COMPANY, "Harrington & Sons Ltd"),
        (Field::custom("city"), city),
        (Field::custom("country"), "GB"),
        (Field::custom("source"), "Website"),
        (Field::tag("vip"), "1"),
        (Field::tag("newsletter"), "1"),
    ];
    texts.into_iter().map(|(field, text)| (field, Value::text(text))).collect()
}

fn seen(id: &str, city: &str) -> Observed {
    Observed {
        id: RecordId::parse(id).expect("an id"),
        record: person(city),
        modified: None,
        fingerprint: FingerprintKey::new(b"bench").of([]),
        heard: None,
        reference: None,
    }
}

/// A linked contact that both sides mirrored in London, and that stands in these cities now.
fn found(helloleads: &str, ghl: &str) -> Found {
    let mirrored = PerSide::new(seen("101", "London"), seen("ghl1", "London"));
    let connection = ConnectionId::parse("location").expect("an id");
    let link = Link::between(connection, Kind::Contact, &mirrored);
    let now = PerSide::new(Some(seen("101", helloleads)), Some(seen("ghl1", ghl)));
    Found::Linked { link: Box::new(link), now, successor: None }
}

fn planned(bencher: Bencher<'_, '_>, found: &Found) {
    let (policy, mapping, can) = (Policy::default(), Mapping::default(), Can::everything());
    let rules = Rules { policy: &policy, mapping: &mapping, can: PerSide::new(&can, &can) };
    bencher.counter(ItemsCount::new(1_u32)).bench_local(|| plan(divan::black_box(found), rules));
}

#[divan::bench]
fn unchanged(bencher: Bencher<'_, '_>) {
    planned(bencher, &found("London", "London"));
}

#[divan::bench]
fn edited_on_one_side(bencher: Bencher<'_, '_>) {
    planned(bencher, &found("London", "Leeds"));
}

#[divan::bench]
fn edited_on_both_sides(bencher: Bencher<'_, '_>) {
    planned(bencher, &found("York", "Leeds"));
}

#[divan::bench]
fn copied(bencher: Bencher<'_, '_>) {
    let found = found("London", "Leeds");
    bencher.counter(ItemsCount::new(1_u32)).bench_local(|| divan::black_box(&found).clone());
}
