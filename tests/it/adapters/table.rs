//! DynamoDB: every kind of row, and what must hold when two write at once.

use futures_util::future::join_all;
use jiff::{SignedDuration, Timestamp};
use sandbox::aws::dynamodb::create_table;
use sandbox::aws::template::Template;
use shared::connection::Connection;
use shared::disposition::Reason;
use shared::model::fingerprint::{Fingerprint, FingerprintKey};
use shared::model::ids::{ConnectionId, RecordId};
use shared::model::record::{Field, Observed, Record, Value};
use shared::model::side::{Kind, PerSide, Side};
use shared::store::attempts::{Attempts, FAILURES_MAX};
use shared::store::conflicts::{Conflict, ConflictJournal};
use shared::store::connections::Connections;
use shared::store::cursors::Cursors;
use shared::store::error::Error;
use shared::store::identity::Identity;
use shared::store::imports::Imports;
use shared::store::last_seen::{LastSeen, Seen};
use shared::store::leases::Leases;
use shared::store::links::{Known, Link, Links};
use shared::store::one_time::{LIFE, OneTime, Purpose};
use shared::store::parked::{Parked, ParkedList};
use shared::store::table::Table;
use shared::sync::wish::ConflictId;

use super::place;

async fn table() -> Table {
    let place = place().await;
    create_table(&place.clients.dynamodb, &Template::load(), &place.name, false).await;
    Table::new(place.clients.dynamodb, place.name)
}

fn now() -> Timestamp {
    "2026-11-23T10:00:00Z".parse().unwrap()
}

fn connection() -> ConnectionId {
    ConnectionId::parse("location1").unwrap()
}

fn id(text: &str) -> RecordId {
    RecordId::parse(text).unwrap()
}

fn contact(side: Side, id: &RecordId) -> Identity<'_> {
    Identity { kind: Kind::Contact, side, id }
}

fn hash(text: &str) -> Fingerprint {
    FingerprintKey::new(b"key").of([("text", text)])
}

fn observed(text: &str) -> Observed {
    let mut record = Record::default();
    record.put_text(Field::EMAIL, Some(format!("{text}@example.com")));
    let (id, fingerprint) = (id(text), hash(text));
    Observed { id, record, modified: Some(now()), fingerprint, heard: None, reference: None }
}

fn link(helloleads: &str, ghl: &str) -> Link {
    let records = PerSide::new(observed(helloleads), observed(ghl));
    Link::between(connection(), Kind::Contact, &records)
}

fn is_stale<T>(done: Result<T, Error>) -> bool {
    matches!(done, Err(Error::Stale { .. }))
}

#[tokio::test]
async fn a_link_is_found_from_either_id_with_all_that_it_holds() {
    let links = Links::new(table().await, connection());
    let made = link("h1", "g1");
    assert!(links.establish(&made).await.unwrap());
    for (side, text) in [(Side::HelloLeads, "h1"), (Side::Ghl, "g1")] {
        let known = links.known(contact(side, &id(text))).await.unwrap();
        assert_eq!(known, Known::Linked(Box::new(made.clone())), "{side}");
        assert!(links.is_mirrored(contact(side, &id(text)), &hash(text)).await.unwrap());
    }
    assert_eq!(links.known(contact(Side::Ghl, &id("h1"))).await.unwrap(), Known::Nothing);
}

#[tokio::test]
async fn a_second_link_to_either_record_is_impossible_and_leaves_nothing_behind() {
    let links = Links::new(table().await, connection());
    assert!(links.establish(&link("h1", "g1")).await.unwrap());
    for (helloleads, ghl) in [("h1", "g2"), ("h2", "g1"), ("h1", "g1")] {
        assert!(!links.establish(&link(helloleads, ghl)).await.unwrap(), "{helloleads} {ghl}");
    }
    assert_eq!(links.known(contact(Side::Ghl, &id("g2"))).await.unwrap(), Known::Nothing);
    assert_eq!(links.known(contact(Side::HelloLeads, &id("h2"))).await.unwrap(), Known::Nothing);
}

#[tokio::test]
async fn of_many_who_link_one_record_at_once_one_does() {
    let links = Links::new(table().await, connection());
    let made: Vec<Link> = (0..8).map(|number| link("h1", &format!("g{number}"))).collect();
    let tried = join_all(made.iter().map(|one| links.establish(one))).await;
    // A transaction that meets another one may be told to come again: that is no second link either.
    let done = tried.iter().filter(|tried| matches!(tried, Ok(true))).count();
    assert_eq!(done, 1, "{tried:?}");
}

#[tokio::test]
async fn of_two_who_save_the_same_version_of_a_link_one_is_told() {
    let links = Links::new(table().await, connection());
    let mut one = link("h1", "g1");
    links.establish(&one).await.unwrap();
    let mut other = one.clone();
    links.save(&mut one).await.unwrap();
    assert!(is_stale(links.save(&mut other).await));
    let was = id("h1");
    one.ids = PerSide::new(id("h2"), id("g1"));
    links.save_moved(&mut one, Side::HelloLeads, was.clone()).await.unwrap();
    for old_and_new in ["h1", "h2"] {
        let known = links.known(contact(Side::HelloLeads, &id(old_and_new))).await.unwrap();
        assert_eq!(known, Known::Linked(Box::new(one.clone())));
    }
    assert_eq!(one.former, [(Side::HelloLeads, was.clone())]);
    assert!(is_stale(links.save_moved(&mut other, Side::HelloLeads, was).await));
}

#[tokio::test]
async fn an_intent_is_written_by_one_only_and_taken_over_by_one_only() {
    let links = Links::new(table().await, connection());
    let ann = id("g1");
    let record = contact(Side::Ghl, &ann);
    assert!(links.intend(record, None, now()).await.unwrap());
    assert!(!links.intend(record, None, now()).await.unwrap());
    let Known::Intent(found) = links.known(record).await.unwrap() else { panic!("an intent") };
    assert!(links.intend(record, Some(&found), now()).await.unwrap());
    assert!(!links.intend(record, Some(&found), now()).await.unwrap());
    assert!(links.establish(&link("h1", "g1")).await.unwrap(), "a link replaces its intent");
    links.withdraw(contact(Side::Ghl, &id("g9"))).await.unwrap();
}

#[tokio::test]
async fn of_many_who_want_a_lease_one_gets_it_and_fences_rise() {
    let leases = Leases::new(table().await);
    let life = SignedDuration::from_secs(60);
    let wanted = join_all((0..20).map(|_| leases.take("tokens/1", now(), life))).await;
    let got: Vec<_> = wanted.into_iter().filter_map(|taken| taken.unwrap()).collect();
    assert_eq!(got.len(), 1);
    assert!(leases.take("tokens/1", now(), life).await.unwrap().is_none());
    let next = leases.take("tokens/1", now() + life, life).await.unwrap().unwrap();
    assert!(next > got[0], "it ran out, and the next one's number is higher");
    leases.give_back("tokens/1", got[0]).await.unwrap();
    assert!(leases.take("tokens/1", now() + life, life).await.unwrap().is_none(), "not his to give back");
    leases.give_back("tokens/1", next).await.unwrap();
    assert!(leases.take("tokens/1", now() + life, life).await.unwrap().is_some());
}

#[tokio::test]
async fn a_connection_is_listed_and_changed_over_the_version_that_was_read() {
    let connections = Connections::new(table().await);
    let mut one = Connection::installed(connection(), None);
    connections.save(&mut one).await.unwrap();
    assert!(is_stale(connections.save(&mut Connection::installed(connection(), None)).await));
    let mut other = connections.get(&connection()).await.unwrap().unwrap();
    connections.save(&mut one).await.unwrap();
    assert!(is_stale(connections.save(&mut other).await));
    let changed = connections.change(&connection(), |one| one.token_generation += 1).await.unwrap();
    assert_eq!(changed.unwrap().token_generation, 1);
    assert_eq!(connections.all().await.unwrap().len(), 1);
    assert!(connections.change(&ConnectionId::parse("absent").unwrap(), |_| ()).await.unwrap().is_none());
}

#[tokio::test]
async fn a_one_time_token_works_once_for_its_purpose_and_for_its_time() {
    let table = table().await;
    let of = |purpose| OneTime::new(table.clone(), purpose);
    let state = of(Purpose::Install).give(now()).await.unwrap();
    assert!(!of(Purpose::SignIn).take(&state, now()).await.unwrap());
    assert!(of(Purpose::Install).take(&state, now()).await.unwrap());
    assert!(!of(Purpose::Install).take(&state, now()).await.unwrap());
    assert!(!of(Purpose::Install).take("never given", now()).await.unwrap());
    let late = of(Purpose::SignIn).give(now()).await.unwrap();
    assert!(!of(Purpose::SignIn).take(&late, now() + LIFE).await.unwrap());
}

#[tokio::test]
async fn failures_from_one_address_are_counted_for_a_while_and_for_that_address() {
    let table = table().await;
    let (one, other) = (Attempts::new(table.clone(), "one"), Attempts::new(table, "other"));
    for _ in 0..FAILURES_MAX {
        assert!(!one.are_too_many(now()).await.unwrap());
        one.fail(now()).await.unwrap();
    }
    assert!(one.are_too_many(now()).await.unwrap());
    assert!(!other.are_too_many(now()).await.unwrap());
    let later = now() + SignedDuration::from_mins(10);
    assert!(!one.are_too_many(later).await.unwrap());
    one.fail(later).await.unwrap();
    assert!(!one.are_too_many(later).await.unwrap(), "the count begins anew");
}

#[tokio::test]
async fn of_two_runs_with_one_cursor_one_is_told() {
    let cursors = Cursors::new(table().await, &connection(), Side::Ghl, Kind::Contact);
    let begun = cursors.get::<Vec<String>>().await.unwrap();
    assert_eq!((begun.version, begun.cursor.len()), (0, 0));
    let next = cursors.put(&begun, vec!["page 2".to_owned()]).await.unwrap();
    assert!(is_stale(cursors.put(&begun, vec!["page 3".to_owned()]).await));
    assert_eq!(cursors.get::<Vec<String>>().await.unwrap().cursor, next.cursor);
}

#[tokio::test]
async fn more_rows_than_one_read_takes_are_all_read_and_found_by_what_they_show_now() {
    let seen = LastSeen::new(table().await, connection(), Kind::Contact);
    let row = |number: usize, shows: &str| {
        let Observed { id, record, modified, fingerprint, reference, .. } = observed(&format!("h{number}"));
        Seen { modified, reference, ..Seen::new(id, record, fingerprint, vec![hash(shows)]) }
    };
    for number in 0..120 {
        seen.put(&row(number, "somebody")).await.unwrap();
    }
    let ids: Vec<RecordId> = (0..125).map(|number| id(&format!("h{number}"))).collect();
    assert_eq!(seen.get_many(&ids).await.unwrap().len(), 120);
    seen.put(&row(7, "ann")).await.unwrap();
    let found = seen.find(&hash("ann")).await.unwrap();
    assert_eq!(found, [row(7, "ann")]);
    seen.put(&row(7, "bo")).await.unwrap();
    assert!(seen.find(&hash("ann")).await.unwrap().is_empty(), "the index row is older than the record");
}

#[tokio::test]
async fn counters_of_an_import_lose_nothing_when_many_count_at_once() {
    let imports = Imports::new(table().await, &connection());
    imports.announced(Side::Ghl, 30, now()).await.unwrap();
    for counted in join_all((0..30).map(|_| imports.done(Side::Ghl, 1, now()))).await {
        counted.unwrap();
    }
    assert_eq!(imports.get().await.unwrap().under_way(), 0);
}

#[tokio::test]
async fn what_is_parked_and_what_was_disputed_are_listed_until_they_are_taken_off() {
    let table = table().await;
    let parked = ParkedList::new(table.clone(), connection());
    for number in 0..3 {
        let id = id(&format!("g{number}"));
        let one = Parked { kind: Kind::Contact, side: Side::Ghl, id, reason: Reason::NoFirstName, at: now() };
        parked.put(&one).await.unwrap();
    }
    parked.remove(contact(Side::Ghl, &id("g1"))).await.unwrap();
    let left: Vec<String> = parked.all().await.unwrap().into_iter().map(|one| one.id.to_string()).collect();
    assert_eq!(left, ["g0", "g2"]);
    let journal = ConflictJournal::new(table, connection());
    let conflict = Conflict {
        link: link("h1", "g1").link,
        link_version: 1,
        field: Field::LAST_NAME,
        values: PerSide::new(Some(Value::text("Lee")), None),
        winner: Side::Ghl,
        at: now(),
        restored_at: None,
    };
    journal.put(&conflict).await.unwrap();
    journal.put(&conflict).await.unwrap();
    assert_eq!(
        journal.all(now()).await.unwrap(),
        std::slice::from_ref(&conflict),
        "a repeat is the same entry"
    );
    let id = ConflictId::from(&conflict);
    assert_eq!(journal.find(&id).await.unwrap(), Some(conflict.clone()));
    assert_eq!(journal.find(&ConflictId::new(conflict.link.clone(), 2, id.field())).await.unwrap(), None);
    journal.restored(&conflict, now()).await.unwrap();
    assert_eq!(journal.find(&id).await.unwrap().unwrap().restored_at, Some(now()));
}
