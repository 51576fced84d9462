//! Described cases of planning, matching and settling: one line each.

use std::collections::{BTreeMap, BTreeSet};

use jiff::{SignedDuration, Timestamp};

use super::matching::{Candidate, Match, choose};
use super::plan::{Found, Plan, Rules, plan};
use super::port::Can;
use super::settle::settle;
use crate::connection::mapping::Mapping;
use crate::connection::policy::{DeleteRule, Policy};
use crate::disposition::Reason;
use crate::model::fingerprint::{Fingerprint, FingerprintKey};
use crate::model::ids::{ConnectionId, RecordId};
use crate::model::record::{Field, Observed, Record, Value};
use crate::model::side::{Kind, PerSide, Side};
use crate::store::links::{Link, Mirror, Pending};

pub(super) fn id(text: &str) -> RecordId {
    RecordId::parse(text).unwrap()
}

pub(super) fn fingerprint() -> Fingerprint {
    FingerprintKey::new(b"cases").of([])
}

pub(super) fn record(fields: &[(Field, &str)]) -> Record {
    fields.iter().map(|(field, text)| (field.clone(), Value::text(*text))).collect()
}

pub(super) fn seen(name: &str, fields: &[(Field, &str)]) -> Observed {
    Observed {
        id: id(name),
        record: record(fields),
        modified: None,
        fingerprint: fingerprint(),
        heard: None,
        reference: None,
    }
}

pub(super) fn all() -> Can {
    Can { recognised_by: vec![Field::EMAIL, Field::PHONE], ..Can::everything() }
}

fn planned(found: &Found, policy: &Policy, can: &PerSide<Can>) -> Plan {
    planned_by(&Mapping::default(), found, policy, can)
}

fn planned_by(mapping: &Mapping, found: &Found, policy: &Policy, can: &PerSide<Can>) -> Plan {
    plan(found, Rules { policy, mapping, can: PerSide::new(&can.helloleads, &can.ghl) })
}

pub(super) const ANN: [(Field, &str); 2] = [(Field::FIRST_NAME, "Ann"), (Field::EMAIL, "ann@example.com")];

pub(super) fn link_of_ann() -> Link {
    let records = PerSide::new(seen("101", &ANN), seen("ghl1", &ANN));
    Link::between(ConnectionId::parse("loc").unwrap(), Kind::Contact, &records)
}

fn linked(helloleads: Option<Observed>, ghl: Option<Observed>) -> Found {
    Found::Linked { link: Box::new(link_of_ann()), now: PerSide::new(helloleads, ghl), successor: None }
}

fn edited(name: &str) -> Observed {
    seen(name, &[(Field::FIRST_NAME, "Anne"), (Field::EMAIL, "ann@example.com")])
}

#[test]
fn what_is_gone_on_both_sides_is_buried() {
    let plan = planned(&linked(None, None), &Policy::default(), &PerSide::new(all(), all()));
    assert!(matches!(plan, Plan::Bury { .. }), "{plan:?}");
}

#[test]
fn an_edit_beats_a_delete() {
    let found = linked(Some(edited("101")), None);
    for rule in [DeleteRule::Delete, DeleteRule::Unlink, DeleteRule::Park] {
        let policy = Policy { on_delete: PerSide::new(rule, rule), ..Policy::default() };
        let plan = planned(&found, &policy, &PerSide::new(all(), all()));
        assert!(matches!(plan, Plan::Recreate { on: Side::Ghl, .. }), "{rule:?} {plan:?}");
    }
}

#[test]
fn an_unedited_record_follows_the_delete_rule() {
    let found = linked(Some(seen("101", &ANN)), None);
    let with = |rule, delete| {
        let policy = Policy { on_delete: PerSide::new(rule, rule), ..Policy::default() };
        planned(&found, &policy, &PerSide::new(Can { delete, ..all() }, all()))
    };
    assert!(matches!(with(DeleteRule::Delete, true), Plan::Delete { on: Side::HelloLeads, .. }));
    assert!(matches!(with(DeleteRule::Delete, false), Plan::Unlink { on: Side::HelloLeads, .. }));
    assert!(matches!(with(DeleteRule::Unlink, true), Plan::Unlink { on: Side::HelloLeads, .. }));
    assert!(matches!(with(DeleteRule::Recreate, true), Plan::Recreate { on: Side::Ghl, .. }));
    assert_eq!(with(DeleteRule::Park, true), Plan::Park(Reason::Deleted { side: Side::Ghl }));
}

#[test]
fn a_tombstone_is_not_opened_by_a_late_event() {
    let mut link = link_of_ann();
    link.buried = Some(Side::Ghl);
    let now = PerSide::new(Some(edited("101")), None);
    let found = Found::Linked { link: Box::new(link.clone()), now, successor: None };
    assert_eq!(planned(&found, &Policy::default(), &PerSide::new(all(), all())), Plan::Nothing);
    let now = PerSide::new(Some(seen("101", &ANN)), Some(seen("ghl1", &ANN)));
    let found = Found::Linked { link: Box::new(link), now, successor: None };
    let plan = planned(&found, &Policy::default(), &PerSide::new(all(), all()));
    assert!(matches!(plan, Plan::Merge { .. }), "what was restored is synced again: {plan:?}");
}

#[test]
fn a_record_merged_into_another_is_joined_to_it() {
    let successor = Some(seen("ghl2", &ANN));
    let now = PerSide::new(Some(seen("101", &ANN)), None);
    let found = Found::Linked { link: Box::new(link_of_ann()), now, successor };
    let plan = planned(&found, &Policy::default(), &PerSide::new(all(), all()));
    assert!(matches!(plan, Plan::Rejoin { side: Side::Ghl, .. }), "{plan:?}");
}

#[test]
fn a_contact_with_neither_email_nor_phone_is_parked() {
    let here = Some(seen("ghl1", &[(Field::FIRST_NAME, "Ann")]));
    let found = Found::Unlinked { side: Side::Ghl, here, across: Match::Nobody, buried: None };
    let plan = planned(&found, &Policy::default(), &PerSide::new(all(), all()));
    assert_eq!(plan, Plan::Park(Reason::NoEmailOrPhone { side: Side::HelloLeads }));
}

#[test]
fn a_field_that_a_side_cannot_take_is_said_and_not_written() {
    let company = |name: &str| seen("101", &[(Field::EMAIL, "ann@example.com"), (Field::COMPANY, name)]);
    let records = PerSide::new(company("Old"), Observed { id: id("ghl1"), ..company("Old") });
    let link = Link::between(ConnectionId::parse("loc").unwrap(), Kind::Contact, &records);
    let now = PerSide::new(Some(company("New")), Some(Observed { id: id("ghl1"), ..company("Old") }));
    let can = PerSide::new(all(), Can { create_only: vec![Field::COMPANY], ..all() });
    let found = Found::Linked { link: Box::new(link), now, successor: None };
    let Plan::Merge { writes, .. } = planned(&found, &Policy::default(), &can) else {
        panic!("both are there")
    };
    assert!(writes.changes.ghl.is_empty());
    assert_eq!(writes.not_taken.ghl, BTreeSet::from([Field::COMPANY]));
}

fn candidate(name: &str, fields: &[(Field, &str)], linked_to: Option<&str>) -> Candidate {
    Candidate { observed: seen(name, fields), linked_to: linked_to.map(id) }
}

#[test]
fn the_same_email_is_the_same_person() {
    let here = record(&ANN);
    let one = candidate("g1", &ANN, None);
    assert_eq!(choose(Kind::Contact, &here, std::slice::from_ref(&one)), Match::One(one.observed.clone()));
    let two = candidate("g2", &ANN, None);
    assert_eq!(choose(Kind::Contact, &here, &[one, two]), Match::Several(vec![id("g1"), id("g2")]));
    let taken = candidate("g3", &ANN, Some("77"));
    assert_eq!(
        choose(Kind::Contact, &here, &[taken]),
        Match::Linked { holder: id("g3"), linked_to: id("77") }
    );
    assert_eq!(choose(Kind::Contact, &here, &[]), Match::Nobody);
}

#[test]
fn a_shared_phone_alone_does_not_make_two_people_one() {
    let phone = (Field::PHONE, "+14155550100");
    let here = record(&[(Field::FIRST_NAME, "Ann"), (Field::EMAIL, "ann@example.com"), phone.clone()]);
    let cases = [
        ("no name and no e-mail there", vec![phone.clone()], true),
        ("the same name in another case", vec![(Field::FIRST_NAME, "ANN"), phone.clone()], true),
        ("another name", vec![(Field::FIRST_NAME, "Bob"), phone.clone()], false),
        ("another e-mail", vec![(Field::EMAIL, "bob@example.com"), phone], false),
    ];
    for (what, there, same) in cases {
        let found = choose(Kind::Contact, &here, &[candidate("g1", &there, None)]);
        assert_eq!(matches!(found, Match::One(_)), same, "{what}");
    }
}

/// A mirror whose first name was written as `Anneliese`, at second 100, over a row changed at second 50.
fn written() -> Mirror {
    let record = record(&[(Field::FIRST_NAME, "Anneliese"), (Field::EMAIL, "ann@example.com")]);
    let at = |seconds| Timestamp::UNIX_EPOCH + SignedDuration::from_secs(seconds);
    let pending = Pending {
        was: BTreeMap::from([(Field::FIRST_NAME, Some(Value::text("Ann")))]),
        at: at(100),
        modified_before: Some(at(50)),
    };
    Mirror { record, fingerprint: fingerprint(), modified: None, heard: None, pending: Some(pending) }
}

fn row(first_name: &str, modified: i64) -> Observed {
    let modified = Some(Timestamp::UNIX_EPOCH + SignedDuration::from_secs(modified));
    Observed {
        modified,
        ..seen("101", &[(Field::FIRST_NAME, first_name), (Field::EMAIL, "ann@example.com")])
    }
}

#[test]
fn a_row_from_before_our_write_is_not_an_edit() {
    let settled = settle(&written(), &row("Ann", 50));
    assert_eq!(settled.now.text(&Field::FIRST_NAME), Some("Anneliese"));
    assert_eq!(settled.mirror, written());
}

#[test]
fn what_the_side_made_of_our_write_is_not_an_edit() {
    for spelling in ["Annel", "ANNELIESE", "Anne-liese"] {
        let settled = settle(&written(), &row(spelling, 101));
        assert_eq!(settled.now, settled.mirror.record);
        assert_eq!(settled.now.text(&Field::FIRST_NAME), Some(spelling));
        assert_eq!((settled.mirror.pending, settled.ignored.len()), (None, 0));
    }
}

#[test]
fn a_write_that_the_side_ignored_is_said() {
    let settled = settle(&written(), &row("Ann", 101));
    assert_eq!(settled.now, settled.mirror.record);
    assert_eq!(settled.ignored, BTreeSet::from([Field::FIRST_NAME]));
}

#[test]
fn an_edit_after_our_write_is_an_edit() {
    for (name, modified) in [("Anna", 160), ("Berta", 101), ("Berta", 50), ("Ann", 160)] {
        let settled = settle(&written(), &row(name, modified));
        assert_eq!(settled.now.text(&Field::FIRST_NAME), Some(name), "{modified}");
        assert_eq!(settled.mirror.record.text(&Field::FIRST_NAME), Some("Anneliese"), "{modified}");
    }
}

#[test]
fn a_row_that_shows_our_write_settles_nothing_yet() {
    let settled = settle(&written(), &row("Anneliese", 101));
    assert_eq!(settled.mirror, written());
    assert_eq!(settled.now, settled.mirror.record);
}

#[test]
fn a_link_between_two_records_starts_clean() {
    let link = link_of_ann();
    assert_eq!((link.version, link.buried, link.not_taken), (1, None, BTreeMap::new()));
}

#[test]
fn an_edit_that_a_writes_answer_shows_is_left_for_the_next_look() {
    let before = seen("ghl1", &ANN);
    let wrote = BTreeSet::from([Field::EMAIL]);
    let mut stored = seen("ghl1", &[(Field::FIRST_NAME, "Anne"), (Field::EMAIL, "new@example.com")]);
    stored.fingerprint = FingerprintKey::new(b"cases").of([("first_name", "Anne")]);
    let mirror = super::write::mirror_of_answer(&before, &stored, &wrote);
    assert_eq!(
        mirror.record.get(&Field::FIRST_NAME),
        Some(&Value::text("Ann")),
        "the edit is not merged yet"
    );
    assert_eq!(mirror.record.get(&Field::EMAIL), Some(&Value::text("new@example.com")));
    assert_eq!(mirror.fingerprint, before.fingerprint, "its own webhook is no echo");
    let stored = seen("ghl1", &[(Field::FIRST_NAME, "Ann"), (Field::EMAIL, "new@example.com")]);
    assert_eq!(super::write::mirror_of_answer(&before, &stored, &wrote).record, stored.record);
}

fn for_vips() -> Mapping {
    let filter = serde_json::json!({ "all": [{ "what": "tag", "is": "is", "value": "vip" }] });
    let fields = ["email", "first_name", "tags"].map(|field| serde_json::json!({ "field": field }));
    Mapping::try_from(serde_json::json!({ "version": 2, "fields": fields, "filter": filter })).unwrap()
}

fn with_tag(mut one: Observed) -> Observed {
    one.record.put(Field::tag("vip"), Some(Value::Set));
    one
}

#[test]
fn whoever_the_filter_leaves_out_is_neither_created_nor_written_nor_deleted() {
    let policy =
        Policy { on_delete: PerSide::new(DeleteRule::Delete, DeleteRule::Delete), ..Policy::default() };
    let alone =
        |here| Found::Unlinked { side: Side::Ghl, here: Some(here), across: Match::Nobody, buried: None };
    let cases = [
        (alone(seen("ghl1", &ANN)), true),
        (alone(with_tag(seen("ghl1", &ANN))), false),
        (linked(Some(edited("101")), Some(seen("ghl1", &ANN))), true),
        (linked(None, Some(seen("ghl1", &ANN))), true),
        (linked(Some(with_tag(seen("101", &ANN))), Some(seen("ghl1", &ANN))), false),
        (linked(None, None), false),
    ];
    for (found, expected) in cases {
        let plan = planned_by(&for_vips(), &found, &policy, &PerSide::new(all(), all()));
        let is_left_out = matches!(&plan, Plan::Exclude { reason: Reason::LeftOut, .. });
        assert_eq!(is_left_out, expected, "{found:?} {plan:?}");
    }
}

#[test]
fn a_field_that_does_not_reach_a_side_does_not_make_a_contact_known_there() {
    let fields = serde_json::json!([{ "field": "email", "direction": "to_ghl" }, { "field": "phone" }]);
    let mapping = Mapping::try_from(serde_json::json!({ "version": 2, "fields": fields })).unwrap();
    let found = Found::Unlinked {
        side: Side::Ghl,
        here: Some(seen("ghl1", &ANN)),
        across: Match::Nobody,
        buried: None,
    };
    let plan = planned_by(&mapping, &found, &Policy::default(), &PerSide::new(all(), all()));
    assert_eq!(plan, Plan::Park(Reason::NoEmailOrPhone { side: Side::HelloLeads }));
}

#[test]
fn a_value_that_a_side_has_no_form_for_is_listed_and_the_rest_is_written() {
    let options = serde_json::json!({ "as": "options", "options": [{ "helloleads": "High", "ghl": "Hot" }] });
    let pair = serde_json::json!({ "field": "heat", "helloleads": "potential", "ghl": "customFields.h", "transform": options });
    let fields = serde_json::json!([{ "field": "email" }, { "field": "first_name" }, pair]);
    let mapping = Mapping::try_from(serde_json::json!({ "version": 2, "fields": fields })).unwrap();
    let heat = Field::custom("heat");
    let tepid = mapping.read(Side::HelloLeads, &heat, Some("Tepid"), "US");
    let mut lead = edited("101");
    lead.record.put_text(heat.clone(), tepid);
    let found = linked(Some(lead), Some(seen("ghl1", &ANN)));
    let plan = planned_by(&mapping, &found, &Policy::default(), &PerSide::new(all(), all()));
    let writes = plan.writes().unwrap();
    assert_eq!(writes.not_taken.ghl, BTreeSet::from([heat.clone()]));
    assert_eq!(writes.changes.ghl.fields().collect::<Vec<_>>(), [&Field::FIRST_NAME]);
}

#[test]
fn a_plan_writes_to_the_side_that_it_changes_and_to_no_other() {
    let (policy, can) = (Policy::default(), PerSide::new(all(), all()));
    let alone =
        Found::Unlinked { side: Side::Ghl, here: Some(edited("g")), across: Match::Nobody, buried: None };
    let link = Box::new(link_of_ann());
    let cases = [
        (planned(&alone, &policy, &can), Some(Side::HelloLeads)),
        (planned(&linked(Some(edited("101")), Some(seen("ghl1", &ANN))), &policy, &can), Some(Side::Ghl)),
        (planned(&linked(Some(edited("101")), None), &policy, &can), Some(Side::Ghl)),
        (Plan::Delete { link: link.clone(), on: Side::Ghl }, Some(Side::Ghl)),
        (Plan::Unlink { link: link.clone(), on: Side::HelloLeads }, Some(Side::HelloLeads)),
        (planned(&linked(None, None), &policy, &can), None),
        (Plan::Exclude { link: Some(link), reason: Reason::LeftOut }, None),
        (Plan::Nothing, None),
    ];
    for (plan, written) in cases {
        let writes = Side::BOTH.into_iter().filter(|side| plan.writes_to(*side));
        assert_eq!(writes.collect::<Vec<_>>(), written.into_iter().collect::<Vec<_>>(), "{plan:?}");
    }
}

#[test]
fn a_match_whose_record_here_was_deleted_goes_on_under_its_link() {
    let link = Box::new(link_of_ann());
    let across = Match::One(seen("ghl1", &ANN));
    let found = Found::Unlinked {
        side: Side::HelloLeads,
        here: Some(seen("102", &ANN)),
        across,
        buried: Some(link.clone()),
    };
    let plan = planned(&found, &Policy::default(), &PerSide::new(all(), all()));
    assert!(
        matches!(&plan, Plan::Rejoin { link: same, side: Side::HelloLeads, .. } if *same == link),
        "{plan:?}"
    );
}

#[test]
fn a_field_edited_on_both_sides_is_a_dispute_of_the_plan() {
    let berta = seen("ghl1", &[(Field::FIRST_NAME, "Berta"), (Field::EMAIL, "ann@example.com")]);
    let found = linked(Some(edited("101")), Some(berta));
    let plan = planned(&found, &Policy::default(), &PerSide::new(all(), all()));
    let disputed: Vec<&Field> = plan.writes().unwrap().disputes.iter().map(|one| &one.field).collect();
    assert_eq!(disputed, [&Field::FIRST_NAME]);
}

#[test]
fn a_linked_contact_that_the_filter_leaves_out_is_left_out_with_its_link() {
    let found = linked(Some(edited("101")), Some(seen("ghl1", &ANN)));
    let plan = planned_by(&for_vips(), &found, &Policy::default(), &PerSide::new(all(), all()));
    assert!(matches!(plan, Plan::Exclude { link: Some(_), .. }), "{plan:?}");
}
