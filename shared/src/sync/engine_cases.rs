//! Described cases of what the engine decides by itself beside the plan: what is an echo, what the brake counts, what a
//! side kept of a write.

use std::collections::{BTreeMap, BTreeSet};

use jiff::Timestamp;

use super::brake::{act_of, counted, leave, was_shown};
use super::cases::{ANN, all, id, link_of_ann, record, seen};
use super::create::filled_in;
use super::diary::Diary;
use super::engine::SEARCH_LAG;
use super::gather::{awaits, hidden_for, is_echo};
use super::hint_work::is_of_leads_import;
use super::leaves::Leaves;
use super::matching::{Candidate, Match, alone, link_of, possible};
use super::outcome::Outcome;
use super::plan::{Plan, Writes};
use super::port::Can;
use super::related::{Belonging, missing};
use super::wish::Restored;
use super::write::ignored;
use crate::budget::ledger::Class;
use crate::connection::policy::Most;
use crate::disposition::Reason;
use crate::model::act::Act;
use crate::model::fingerprint::FingerprintKey;
use crate::model::ids::{ConnectionId, DeliveryId, LinkId};
use crate::model::record::{Change, Field, Value};
use crate::model::side::{Kind, PerSide, Side};
use crate::queue::Hint;
use crate::store::history::Deed;
use crate::store::links::{HourOfWrites, Intent, Known, Link};

pub(super) fn at(seconds: i64) -> Timestamp {
    Timestamp::from_second(seconds).unwrap()
}

fn hint() -> Hint {
    let (connection, delivery) = (ConnectionId::parse("loc").unwrap(), DeliveryId::parse("d1").unwrap());
    Hint::plain(connection, Kind::Contact, Side::Ghl, id("ghl1"), delivery)
}

pub(super) fn to(side: Side, fields: &[(Field, Option<&str>)]) -> Writes {
    let mut writes = Writes::default();
    for (field, text) in fields {
        writes.changes.of_mut(side).set(field.clone(), text.map(Value::text));
    }
    writes
}

pub(super) fn merge_of(writes: Writes) -> Plan {
    let settled = PerSide::from_fn(|side| super::settle::Settled {
        now: record(&ANN),
        mirror: link_of_ann().mirrors.of(side).clone(),
        ignored: BTreeSet::new(),
    });
    let now = PerSide::new(seen("101", &ANN), seen("ghl1", &ANN));
    Plan::Merge { link: Box::new(link_of_ann()), now, settled, writes }
}

#[test]
fn an_echo_tells_what_the_mirror_knows_already() {
    let mut link = link_of_ann();
    link.mirrors.ghl.modified = Some(at(100));
    link.mirrors.ghl.heard = Some(at(50));
    let other = FingerprintKey::new(b"another").of([]);
    let same = Some(link.mirrors.ghl.fingerprint.clone());
    let seen = |fingerprint, modified: Option<i64>, sent_at: Option<i64>| Hint {
        fingerprint,
        modified: modified.map(at),
        sent_at: sent_at.map(at),
        ..hint()
    };
    for (says, hint, is) in [
        ("nothing", seen(None, None, None), false),
        ("the mirror's own fingerprint", seen(same.clone(), None, None), true),
        ("another", seen(Some(other), None, None), false),
        ("a change that the mirror has", seen(None, Some(100), None), true),
        ("a later change", seen(None, Some(101), None), false),
        ("told three seconds before the record was read", seen(None, None, Some(47)), true),
        ("two seconds: that may be news", seen(None, None, Some(48)), false),
        ("told after it", seen(None, None, Some(51)), false),
    ] {
        assert_eq!(is_echo(&link, &hint), is, "{says}");
    }
    let mut unknown = link.clone();
    unknown.mirrors.ghl.modified = None;
    assert!(!is_echo(&unknown, &seen(None, None, None)), "of no change nothing is known");
    link.buried = Some(Side::Ghl);
    assert!(!is_echo(&link, &seen(same, None, None)), "what was deleted may be there again");
}

#[test]
fn a_relay_has_a_day_to_tell_of_what_it_made() {
    let intent = Intent { since: at(0), attempts: 1, sent: true };
    assert_eq!(awaits(&intent, at(24 * 3_600 - 1)), Reason::AwaitingRelay);
    assert_eq!(awaits(&intent, at(24 * 3_600)), Reason::RelaySilent);
}

#[test]
fn what_an_unfinished_create_made_may_be_hidden_for_as_long_as_the_search_lags() {
    let intent = Intent { since: at(100), attempts: 1, sent: false };
    let lag = SEARCH_LAG.as_secs();
    let left = [at(100), at(101), at(99 + lag), at(100 + lag), at(101 + lag)]
        .map(|now| hidden_for(&intent, now).map(|left| left.as_secs()));
    assert_eq!(left, [Some(lag), Some(lag - 1), Some(1), None, None]);
}

#[test]
fn of_two_hints_that_become_one_the_later_word_counts() {
    let (a, b) = (FingerprintKey::new(b"a").of([]), FingerprintKey::new(b"b").of([]));
    let one = |fingerprint: &_, modified: i64, sent_at: Option<i64>| Hint {
        fingerprint: Some(Clone::clone(fingerprint)),
        modified: Some(at(modified)),
        sent_at: sent_at.map(at),
        ..hint()
    };
    let (early, late) = (one(&a, 1, Some(10)), one(&b, 2, Some(20)));
    assert_eq!(early.joined_to(&late), late);
    assert_eq!(late.joined_to(&early), late, "it overtook the earlier one");
    let unlike = one(&a, 1, Some(10)).joined_to(&one(&b, 2, Some(10)));
    assert_eq!(unlike, Hint { sent_at: Some(at(10)), ..hint() }, "neither is known to be the later one");
    let alike = one(&a, 1, None).joined_to(&one(&a, 1, None));
    assert_eq!(alike, one(&a, 1, None));
    let half = one(&a, 1, Some(10)).joined_to(&one(&a, 2, None));
    assert_eq!(half, Hint { fingerprint: Some(a), ..hint() });
}

#[test]
fn only_leads_of_an_import_wait_for_the_first_read() {
    let of = |class, kind, side| is_of_leads_import(&Hint { class, kind, side, ..hint() });
    assert!(of(Class::Import, Kind::Contact, Side::HelloLeads));
    assert!(!of(Class::Live, Kind::Contact, Side::HelloLeads));
    assert!(!of(Class::Import, Kind::Note, Side::HelloLeads));
    assert!(!of(Class::Import, Kind::Contact, Side::Ghl));
}

#[test]
fn a_limit_is_a_number_or_a_share_and_leave_is_taken_for_a_fortieth_of_it() {
    let most = Most { records: 50, percent: 5 };
    assert_eq!([0, 1_000, 1_001, 10_000].map(|contacts| most.of(contacts)), [50, 50, 50, 500]);
    assert_eq!([0, 39, 80, 1_000, 5_000].map(leave), [1, 1, 2, 25, 25]);
}

#[test]
fn the_brake_is_on_deletes_creates_and_overwrites() {
    let email = [(Field::EMAIL, Some("other@example.com"))];
    let link = || Box::new(link_of_ann());
    let now = || PerSide::new(seen("101", &ANN), seen("ghl1", &ANN));
    let writes = || to(Side::HelloLeads, &email);
    for (plan, act) in [
        (Plan::Delete { link: link(), on: Side::Ghl }, Some(Act::Delete)),
        (Plan::Unlink { link: link(), on: Side::Ghl }, Some(Act::Delete)),
        (Plan::Create { from: Side::Ghl, here: seen("ghl1", &ANN) }, Some(Act::Create)),
        (Plan::Recreate { link: link(), on: Side::Ghl, from: seen("101", &ANN) }, Some(Act::Create)),
        (Plan::Join { now: now(), writes: writes() }, Some(Act::Overwrite)),
        (Plan::Join { now: now(), writes: Writes::default() }, None),
        (Plan::Rejoin { link: link(), side: Side::Ghl, now: now(), writes: writes() }, Some(Act::Overwrite)),
        (merge_of(writes()), Some(Act::Overwrite)),
        (merge_of(to(Side::Ghl, &email)), Some(Act::Overwrite)),
        (merge_of(Writes::default()), None),
        (Plan::Nothing, None),
        (Plan::Bury { link: link() }, None),
    ] {
        assert_eq!(act_of(&plan), act, "{plan:?}");
    }
}

#[test]
fn only_what_the_first_import_makes_and_overwrites_goes_without_the_brake() {
    let acts = [Act::Create, Act::Overwrite, Act::Delete];
    assert_eq!(acts.map(|act| was_shown(Class::Import, act)), [true, true, false]);
    for class in [Class::Live, Class::Sweep] {
        assert_eq!(acts.map(|act| was_shown(class, act)), [false; 3]);
    }
}

#[test]
fn writes_of_a_record_are_counted_by_side_and_hour_and_stop_at_the_most() {
    let email = [(Field::EMAIL, Some("other@example.com"))];
    let one = to(Side::Ghl, &email);
    let mut both = one.clone();
    both.changes.helloleads = one.changes.ghl.clone();
    let hour = |since, count| Some(HourOfWrites { since: at(since), count });
    assert_eq!(counted(None, &Writes::default(), 3, at(5)), Ok(None));
    assert_eq!(counted(hour(1, 3), &Writes::default(), 3, at(5)), Ok(hour(1, 3)), "it writes nothing");
    assert_eq!(counted(None, &one, 3, at(5)), Ok(hour(5, 1)));
    assert_eq!(counted(hour(5, 1), &both, 3, at(6)), Ok(hour(5, 3)));
    assert_eq!(counted(hour(5, 2), &one, 3, at(6)), Ok(hour(5, 3)));
    assert_eq!(counted(hour(5, 3), &one, 3, at(3_604)), Err(Reason::WritesCapped { max: 3 }));
    assert_eq!(counted(hour(5, 3), &one, 3, at(3_605)), Ok(hour(3_605, 1)), "the hour is over");
}

#[test]
fn leave_is_used_up_one_by_one_and_for_what_it_was_taken() {
    let what = |act| (ConnectionId::parse("loc").unwrap(), Kind::Contact, act);
    let leaves = Leaves::default();
    assert!(!leaves.use_one(&what(Act::Create)));
    leaves.keep(what(Act::Create), 2);
    assert!(!leaves.use_one(&what(Act::Delete)));
    let used: Vec<bool> = (0..4).map(|_| leaves.use_one(&what(Act::Create))).collect();
    assert_eq!(used, [true, true, false, false]);
}

#[test]
fn a_side_takes_what_it_can_be_written() {
    let text = Value::text("x");
    let tag = Field::tag("vip");
    let can = Can { read_only: vec![Field::EMAIL], create_only: vec![Field::PHONE], ..Can::everything() };
    assert!(!can.create_with(&Field::EMAIL) && can.create_with(&Field::PHONE));
    for (field, value, without, takes) in [
        (&Field::COMPANY, Some(&text), "", true),
        (&Field::COMPANY, None, "", true),
        (&Field::COMPANY, None, "clear", false),
        (&Field::COMPANY, Some(&text), "clear", true),
        (&Field::COMPANY, Some(&text), "update", false),
        (&Field::EMAIL, Some(&text), "", false),
        (&Field::PHONE, Some(&text), "", false),
        (&tag, Some(&Value::Set), "clear", true),
        (&tag, None, "clear", true),
        (&tag, Some(&Value::Set), "tags", false),
    ] {
        let able = Can {
            clear: without != "clear",
            update: without != "update",
            update_tags: without != "tags",
            ..can.clone()
        };
        assert_eq!(able.update_to(field, value), takes, "{field} without {without:?}");
    }
}

#[test]
fn an_outcome_has_a_name_and_is_a_write_or_none() {
    let on = Side::Ghl;
    let all = [
        (Outcome::Echo, "echo", false),
        (Outcome::Unchanged, "unchanged", false),
        (Outcome::Apart, "apart", false),
        (Outcome::Created { on }, "created", true),
        (Outcome::Linked, "linked", false),
        (Outcome::Updated { on: vec![on] }, "updated", true),
        (Outcome::Buried, "buried", false),
        (Outcome::Deleted { on }, "deleted", true),
        (Outcome::Unlinked { on }, "unlinked", true),
        (Outcome::Recreated { on }, "recreated", true),
        (Outcome::Sent, "sent", true),
        (Outcome::Excluded, "excluded", false),
        (Outcome::Parked(Reason::Recurring), "parked", false),
    ];
    for (outcome, name, is_written) in all {
        assert_eq!((outcome.name(), outcome.is_written()), (name, is_written));
    }
}

#[test]
fn what_a_side_added_and_what_it_ignored_is_known() {
    let asked = record(&ANN);
    let mut made = asked.clone();
    made.put(Field::COUNTRY, Some(Value::text("IN")));
    made.put(Field::STAGE, Some(Value::text("New")));
    made.put(Field::COMPANY, Some(Value::text("Acme")));
    let given = filled_in(&made, &asked, Side::Ghl, &[Field::COMPANY]);
    assert_eq!(given, BTreeMap::from([(Field::COUNTRY, Side::Ghl)]));
    let before = seen("ghl1", &[(Field::EMAIL, "a"), (Field::PHONE, "1")]);
    let stored = seen("ghl1", &[(Field::EMAIL, "a"), (Field::PHONE, "2")]);
    let mut change = Change::default();
    change.set(Field::EMAIL, Some(Value::text("b")));
    change.set(Field::PHONE, Some(Value::text("2")));
    assert_eq!(ignored(&before, &change, &stored), BTreeSet::from([Field::EMAIL]));
    let mut same = Change::default();
    same.set(Field::EMAIL, Some(Value::text("a")));
    assert!(ignored(&before, &same, &stored).is_empty(), "it stood there before");
}

#[test]
fn a_value_that_is_wished_back_is_put_where_it_does_not_stand_and_can() {
    let wished = Restored { field: Field::FIRST_NAME, value: Some(Value::text("Anna")) };
    let writes_of = |wished: &Restored, can: &PerSide<Can>| {
        let plan = merge_of(to(Side::Ghl, &[(Field::FIRST_NAME, Some("Anne"))]));
        match plan.restoring(wished, PerSide::new(&can.helloleads, &can.ghl)) {
            Plan::Merge { writes, .. } => writes,
            other => panic!("{other:?}"),
        }
    };
    let writes = writes_of(&wished, &PerSide::new(all(), all()));
    for side in Side::BOTH {
        assert_eq!(writes.changes.of(side).get(&Field::FIRST_NAME), Some(Some(&Value::text("Anna"))));
    }
    let fixed = Can { read_only: vec![Field::FIRST_NAME], ..all() };
    let writes = writes_of(&wished, &PerSide::new(fixed, all()));
    assert_eq!(writes.changes.helloleads.get(&Field::FIRST_NAME), None);
    assert_eq!(writes.not_taken.helloleads, BTreeSet::from([Field::FIRST_NAME]));
    assert!(writes.not_taken.ghl.is_empty());
    let stands = Restored { field: Field::FIRST_NAME, value: Some(Value::text("Ann")) };
    let writes = writes_of(&stands, &PerSide::new(all(), all()));
    assert!(writes.changes.ghl.is_empty() && writes.changes.helloleads.is_empty());
}

#[test]
fn what_was_done_is_taken_out_once_with_the_delivery_that_brought_it() {
    let (diary, link) = (Diary::default(), LinkId::of(&hint().connection, Kind::Contact, &id("ghl1")));
    let (one, other) = (hint().delivery, DeliveryId::parse("d2").unwrap());
    diary.note(&link, Side::Ghl, Deed::Changed, vec![Field::EMAIL], at(1));
    diary.brought_by(&one);
    diary.note(&link, Side::HelloLeads, Deed::Changed, vec![], at(2));
    diary.brought_by(&other);
    let told: Vec<_> =
        diary.take().into_iter().map(|entry| (entry.on, entry.fields.len(), entry.delivery)).collect();
    assert_eq!(told, [(Side::Ghl, 1, Some(one)), (Side::HelloLeads, 0, Some(other))]);
    assert!(diary.take().is_empty());
}

#[test]
fn whom_a_record_across_belongs_to_follows_from_what_its_id_leads_to() {
    let link = |change: fn(&mut Link)| {
        let mut link = link_of_ann();
        change(&mut link);
        Known::Linked(Box::new(link))
    };
    let intent = Intent { since: at(0), attempts: 1, sent: false };
    // Of HelloLeads' record 101: whether it may be matched, whose it is, and whether a link comes with it.
    for (says, known, expected) in [
        ("never synced", Known::Ignored, None),
        ("unknown", Known::Nothing, Some((None, false))),
        ("about to be created across", Known::Intent(intent.clone()), Some((None, false))),
        ("linked", link(|_| ()), Some((Some("ghl1"), false))),
        ("its contact was deleted", link(|link| link.buried = Some(Side::Ghl)), Some((None, true))),
        (
            "it was deleted itself",
            link(|link| link.buried = Some(Side::HelloLeads)),
            Some((Some("ghl1"), false)),
        ),
        (
            "being made again",
            link(|link| {
                link.intent = Some(Intent { since: Timestamp::UNIX_EPOCH, attempts: 1, sent: false })
            }),
            Some((None, true)),
        ),
        ("a former id", link(|link| link.ids.helloleads = id("102")), None),
    ] {
        let found = possible(Side::HelloLeads, seen("101", &ANN), known);
        let found = found.map(|(candidate, link)| (candidate.linked_to, link.is_some()));
        assert_eq!(found, expected.map(|(to, link)| (to.map(id), link)), "{says}");
    }
}

#[test]
fn the_link_that_comes_with_a_match_is_the_matchs_own() {
    let buried = |number: &str| {
        let mut link = link_of_ann();
        link.ids.helloleads = id(number);
        let candidate = Candidate { observed: seen(number, &ANN), linked_to: None };
        (candidate, Some(Box::new(link)))
    };
    let all = || vec![buried("101"), buried("102"), (buried("103").0, None)];
    let found = |across| link_of(&across, all()).map(|link| link.ids.helloleads.clone());
    assert_eq!(found(Match::One(seen("102", &ANN))), Some(id("102")));
    assert_eq!(found(Match::One(seen("103", &ANN))), None);
    assert_eq!(found(Match::Several(vec![id("101"), id("102")])), None);
    assert_eq!(alone(&all()).len(), 3);
}

#[test]
fn what_belongs_to_a_contact_follows_it_or_waits_for_it_or_is_left_alone() {
    let contact = id("ghl1");
    let of = |known| Belonging::of(Side::Ghl, &contact, known);
    let link = |change: fn(&mut Link)| {
        let mut link = link_of_ann();
        change(&mut link);
        Known::Linked(Box::new(link))
    };
    let intent = Intent { since: at(0), attempts: 1, sent: false };
    assert_eq!(of(link(|_| ())), Some(Belonging::Across(id("101"))));
    assert_eq!(of(link(|link| link.buried = Some(Side::Ghl))), Some(Belonging::Apart));
    assert_eq!(of(link(|link| link.excluded = true)), Some(Belonging::Apart));
    assert_eq!(of(link(|link| link.ids.ghl = id("ghl2"))), Some(Belonging::Apart), "a former id");
    assert_eq!(of(Known::Ignored), Some(Belonging::Apart));
    assert_eq!((of(Known::Nothing), of(Known::Intent(intent))), (None, None));
}

#[test]
fn a_record_is_missing_where_it_is_not_and_is_across() {
    let on = |side: Option<Side>| PerSide::from_fn(|one| (side != Some(one)).then(|| seen("1", &ANN)));
    assert_eq!(missing(&on(Some(Side::Ghl))), Some(Side::Ghl));
    assert_eq!(missing(&on(Some(Side::HelloLeads))), Some(Side::HelloLeads));
    assert_eq!((missing(&on(None)), missing(&PerSide::new(None, None))), (None, None));
}
