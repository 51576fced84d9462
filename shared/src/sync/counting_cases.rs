//! Described cases of what is counted and told: a preview's tally and cost, how far an import and a sweep have come.

use std::collections::BTreeMap;

use jiff::SignedDuration;

use super::cases::{ANN, id, link_of_ann, record, seen};
use super::engine_cases::{at, merge_of, to};
use super::matching::Match;
use super::plan::{Found, Plan, Writes};
use super::port::Can;
use super::preview::{Place, PreviewCursor, Tally};
use super::previewer::{Written, candidates_of, mirrored, written};
use super::progress::Progress;
use super::sweep::{self, SweepCursor};
use crate::connection::Connection;
use crate::connection::helloleads::{HelloLeadsSettings, ProbeVerdict, Profile};
use crate::connection::mapping::Mapping;
use crate::connection::mapping::mapped::TAGS;
use crate::disposition::Reason;
use crate::ghl::walk::WalkCursor;
use crate::helloleads::page_walk::PageWalk;
use crate::helloleads::poll::PollCursor;
use crate::model::ids::ConnectionId;
use crate::model::record::{Field, Observed, Value};
use crate::model::side::{PerSide, Side};
use crate::store::links::Link;

fn tally_of(plans: &[Plan]) -> Tally {
    let mut tally = Tally::default();
    plans.iter().for_each(|plan| tally.add(plan));
    tally
}

fn per_side(helloleads: u64, ghl: u64) -> PerSide<u64> {
    PerSide::new(helloleads, ghl)
}

fn link() -> Box<Link> {
    Box::new(link_of_ann())
}

#[test]
fn creates_and_deletes_are_counted_on_the_side_that_is_written_with_their_calls() {
    let create = |from| Plan::Create { from, here: seen("1", &ANN) };
    let recreate = Plan::Recreate { link: link(), on: Side::Ghl, from: seen("101", &ANN) };
    let tally = tally_of(&[create(Side::Ghl), create(Side::Ghl), create(Side::HelloLeads), recreate]);
    // GHL is searched before each.
    assert_eq!((tally.created, tally.calls), (per_side(2, 2), per_side(2, 4)));
    let delete = |on| Plan::Delete { link: link(), on };
    let unlink = |on| Plan::Unlink { link: link(), on };
    let tally = tally_of(&[
        delete(Side::Ghl),
        delete(Side::Ghl),
        unlink(Side::HelloLeads),
        unlink(Side::HelloLeads),
        unlink(Side::Ghl),
    ]);
    assert_eq!(
        (tally.deleted, tally.unlinked, tally.calls),
        (per_side(0, 2), per_side(2, 1), per_side(2, 2))
    );
    let nothing = tally_of(&[Plan::Nothing, Plan::Bury { link: link() }]);
    assert_eq!(nothing, Tally::default());
}

#[test]
fn merges_are_counted_with_their_fields_and_conflicts() {
    let now = || PerSide::new(seen("101", &ANN), seen("ghl1", &ANN));
    let (vip, hot) = (Field::tag("vip"), Field::tag("hot"));
    let of_ghl = to(Side::Ghl, &[(Field::EMAIL, Some("a@b.c"))]);
    let dispute =
        super::merge::Dispute { field: Field::EMAIL, values: PerSide::new(None, None), winner: Side::Ghl };
    let mut both = of_ghl.clone();
    both.changes.helloleads.set(Field::PHONE, Some(Value::text("1")));
    both.changes.ghl.set(vip, Some(Value::Set));
    both.changes.ghl.set(hot, None);
    both.disputes = vec![dispute.clone(), dispute];
    let tally = tally_of(&[
        merge_of(Writes::default()),
        merge_of(Writes::default()),
        merge_of(both),
        Plan::Join { now: now(), writes: of_ghl.clone() },
        Plan::Rejoin { link: link(), side: Side::Ghl, now: now(), writes: of_ghl },
    ]);
    assert_eq!((tally.same, tally.merged, tally.conflicts), (2, 2, 2));
    assert_eq!(tally.changed, per_side(1, 3));
    // Fields, new tags and old tags are a call each in GHL.
    assert_eq!(tally.calls, per_side(1, 5));
    assert_eq!(tally.fields.ghl, BTreeMap::from([(Field::EMAIL, 3), (TAGS, 2)]));
    assert_eq!(tally.fields.helloleads, BTreeMap::from([(Field::PHONE, 1)]));
}

#[test]
fn tags_alone_are_a_call_for_those_that_come_and_one_for_those_that_go() {
    let calls = |tags: &[(&str, Option<Value>)]| {
        let mut writes = Writes::default();
        tags.iter().for_each(|(tag, set)| writes.changes.ghl.set(Field::tag(tag), set.clone()));
        tally_of(&[merge_of(writes)]).calls
    };
    assert_eq!(calls(&[("a", Some(Value::Set)), ("b", Some(Value::Set))]), per_side(0, 1));
    assert_eq!(calls(&[("a", None)]), per_side(0, 1));
    assert_eq!(calls(&[("a", None), ("b", Some(Value::Set))]), per_side(0, 2));
    let blanked = tally_of(&[merge_of(to(Side::Ghl, &[(Field::EMAIL, None)]))]);
    assert_eq!(blanked.calls, per_side(0, 1), "a field that is blanked is a field");
}

#[test]
fn what_is_skipped_is_counted_by_its_reason_and_what_is_left_out_by_itself() {
    let park = |side| Plan::Park(Reason::NoEmailOrPhone { side });
    let excluded = Plan::Exclude { link: None, reason: Reason::LeftOut };
    let tally = tally_of(&[
        park(Side::Ghl),
        park(Side::Ghl),
        Plan::Park(Reason::Recurring),
        excluded.clone(),
        excluded,
    ]);
    assert_eq!(tally.excluded, 2);
    let counts: Vec<(&str, u64)> =
        tally.skipped.iter().map(|(code, (count, _))| (code.as_str(), *count)).collect();
    assert_eq!(counts, [("no_email_or_phone", 2), ("recurring", 1)]);
    assert_eq!(tally.skipped["recurring"].1, Reason::Recurring.to_string());
}

fn connection(profile: Profile) -> Connection {
    let helloleads = HelloLeadsSettings::of(profile);
    Connection { helloleads, ..Connection::installed(ConnectionId::parse("loc").unwrap(), None) }
}

#[test]
fn a_run_costs_looks_and_writes_here_and_reads_and_writes_there() {
    let cursor = PreviewCursor {
        lead_pages: 3,
        contacts: 201,
        tally: Tally { calls: per_side(10, 7), ..Tally::default() },
        ..PreviewCursor::default()
    };
    let (calls, time) = cursor.cost(&connection(Profile::Key));
    // A look for each nine writes; a page for each hundred contacts, and each contact.
    assert_eq!(calls, per_side(3 + 10 + 2, 3 + 201 + 7));
    // Ninety calls an hour.
    assert_eq!(time, SignedDuration::from_mins(10));
    // Nobody counts a relay's calls; GHL takes ten a second.
    assert_eq!(cursor.cost(&connection(Profile::Relay)).1, SignedDuration::from_secs(21));
}

#[test]
fn a_count_is_under_way_until_it_has_not_moved_for_two_hours() {
    let connection = Connection { mapping_revision: 4, ..connection(Profile::Key) };
    let none = PreviewCursor::default();
    assert!(!none.is_under_way(at(0)) && !none.has_read_leads());
    let asked = PreviewCursor { asked_at: Some(at(0)), ..none.clone() };
    assert!(asked.is_under_way(at(7_199)) && !asked.is_under_way(at(7_200)));
    let begun = none.begun(&connection, true, at(0));
    assert_eq!((begun.number, begun.mapping, begun.began_at), (1, 4, Some(at(0))));
    assert_eq!(begun.place, Place::Leads { list: 0, page: 1 });
    assert!(begun.is_under_way(at(7_199)) && !begun.is_under_way(at(7_200)) && !begun.has_read_leads());
    let later = PreviewCursor { place: Place::LeadsAlone, ..begun.clone() };
    assert!(later.has_read_leads() && later.is_under_way(at(1)));
    let done = PreviewCursor { place: Place::Done, ..begun };
    assert!(!done.is_under_way(at(1)), "it has ended");
    let without = done.begun(&connection, false, at(9));
    assert_eq!((without.number, without.stepped_at), (2, Some(at(9))));
    assert_eq!(without.place, Place::Contacts { after: None, page: 0 });
    let past = PreviewCursor { place: Place::LeadsAlone, ..without };
    assert!(!past.has_read_leads(), "they are those that the sync has seen");
}

#[test]
fn a_mirror_shows_a_contact_whole_if_it_is_no_news_by_the_mapping_that_holds() {
    let connection = Connection { mapping_revision: 4, ..connection(Profile::Key) };
    let mut link = link_of_ann();
    (link.mapping, link.mirrors.ghl.modified) = (4, Some(at(10)));
    let shown = |link: &_, modified: Option<i64>| {
        let contact = Observed { modified: modified.map(at), ..seen("ghl1", &[(Field::FIRST_NAME, "ann")]) };
        mirrored(link, &connection, &contact)
    };
    assert_eq!(shown(&link, Some(10)), Some(record(&ANN)));
    assert_eq!(shown(&link, Some(9)), Some(record(&ANN)));
    assert_eq!(shown(&link, Some(11)), None);
    assert_eq!(shown(&link, None), None, "nobody knows whether it is news");
    link.mapping = 3;
    assert_eq!(shown(&link, Some(10)), None);
}

#[test]
fn the_candidates_of_what_was_found_are_those_that_match() {
    let found = |across| Found::Unlinked { side: Side::Ghl, here: None, across, buried: None };
    for (across, ids) in [
        (Match::One(seen("101", &ANN)), vec!["101"]),
        (Match::Several(vec![id("101"), id("102")]), vec!["101", "102"]),
        (Match::Linked { holder: id("103"), linked_to: id("ghl9") }, vec!["103"]),
        (Match::Nobody, vec![]),
    ] {
        assert_eq!(candidates_of(&found(across)), ids.into_iter().map(id).collect::<Vec<_>>());
    }
    let linked = Found::Linked { link: link(), now: PerSide::new(None, None), successor: None };
    assert!(candidates_of(&linked).is_empty());
}

#[test]
fn the_status_page_says_how_far_both_sides_were_read() {
    let time = Some(at(0));
    let walk = Some(PageWalk { page: 3, ..PageWalk::default() });
    let reading = Progress {
        helloleads: PollCursor { done: 200, pages: 9, walk, started_at: time, ..PollCursor::default() },
        ghl: WalkCursor { done: 5, total: 7, ..WalkCursor::default() },
    };
    let lines = reading.lines();
    let said: Vec<&str> = lines.iter().map(|(_, said)| said.as_str()).collect();
    assert_eq!(
        said,
        [
            "200 leads so far, page 3 of 9",
            "1970-01-01 00:00:00 UTC",
            "never",
            "under way, 5 of 7 contacts",
            "never"
        ]
    );
    let helloleads =
        PollCursor { done: 200, first_read_at: time, filter_untrue_since: time, ..PollCursor::default() };
    let ghl = WalkCursor { first_walk_done: true, ..reading.ghl };
    let lines = Progress { helloleads, ghl }.lines();
    assert_eq!((lines[0].0, lines[0].1.as_str()), ("First read of HelloLeads", "done, 200 leads"));
    assert_eq!(lines[3].1, "done, 5 of 7 contacts");
    assert_eq!(lines[5].0, "HelloLeads ignores the modified filter since");
}

#[test]
fn a_sweep_says_how_far_it_is_and_keeps_what_the_last_one_saw() {
    let seen_by =
        |cursor: SweepCursor| SweepCursor { leads_seen: 3, contacts_seen: 4, differences: 1, ..cursor };
    let first = seen_by(SweepCursor::default().begun(true, true, at(0)));
    assert!(first.repair);
    assert_eq!(
        first.line(),
        "under way since 1970-01-01 00:00:00 UTC: 3 leads and 4 contacts so far, differences: 1"
    );
    let done = first.finished(at(60));
    assert_eq!(done.line(), "last finished 1970-01-01 00:01:00 UTC: 3 leads, 4 contacts, differences: 1");
    assert_eq!((done.contacts, &done.place), (4, &sweep::Place::Done));
    let next = done.begun(false, false, at(90));
    assert_eq!((next.contacts, next.finished_at, next.repair), (4, Some(at(60)), false));
    assert_eq!((next.began_at, next.place), (Some(at(90)), sweep::Place::Contacts { after: None, read: 0 }));
    assert_eq!(SweepCursor::default().line(), "last finished never: 0 leads, 0 contacts, differences: 0");
}

#[test]
fn a_create_is_shown_with_the_fields_that_it_takes_and_a_merge_with_both_sides_changes() {
    let fields = serde_json::json!([
        { "field": "first_name" },
        { "field": "email" },
        { "field": "phone" },
        { "field": "company", "direction": "to_ghl" },
        { "field": "website", "transform": { "as": "options", "options": [{ "helloleads": "a", "ghl": "b" }] } },
    ]);
    let mapping = Mapping::try_from(serde_json::json!({ "version": 2, "fields": fields })).unwrap();
    let mut from = record(&ANN);
    for field in [Field::PHONE, Field::COMPANY, Field::WEBSITE, Field::STAGE] {
        from.put(field, Some(Value::text("x")));
    }
    let able = Can { read_only: vec![Field::PHONE], ..Can::everything() };
    let can = PerSide::new(able, Can::everything());
    let shown = |plan: &Plan| -> Vec<(Side, Field)> {
        written(plan, &can, &mapping).into_iter().map(|one| (one.side, one.field)).collect()
    };
    let here = Observed { record: from, ..seen("ghl1", &[]) };
    // Not what cannot be written, does not go that way, has no form there, or is no field.
    let made = [(Side::HelloLeads, Field::EMAIL), (Side::HelloLeads, Field::FIRST_NAME)];
    assert_eq!(shown(&Plan::Create { from: Side::Ghl, here: here.clone() }), made);
    let again = Plan::Recreate { link: link(), on: Side::Ghl, from: here };
    let all = [Field::COMPANY, Field::EMAIL, Field::FIRST_NAME, Field::PHONE].map(|field| (Side::Ghl, field));
    assert_eq!(shown(&again), all);
    let mut writes = to(Side::Ghl, &[(Field::EMAIL, Some("new@example.com"))]);
    writes.changes.helloleads.set(Field::FIRST_NAME, None);
    let merged = written(&merge_of(writes), &can, &mapping);
    let old = |text: &str| Some(Value::text(text));
    assert_eq!(
        merged,
        [
            Written { side: Side::HelloLeads, field: Field::FIRST_NAME, old: old("Ann"), new: None },
            Written {
                side: Side::Ghl,
                field: Field::EMAIL,
                old: old("ann@example.com"),
                new: old("new@example.com"),
            },
        ]
    );
    assert!(written(&Plan::Nothing, &can, &mapping).is_empty());
}

#[test]
fn helloleads_clock_is_as_far_ahead_as_the_probe_found_and_ghls_is_ours() {
    let mut connection = connection(Profile::Key);
    assert_eq!(connection.on_clock_of(Side::HelloLeads, at(100)), at(100), "nobody has looked");
    connection.helloleads.probe = Some(ProbeVerdict {
        at: at(0),
        update: connection.helloleads.update.clone(),
        modified_filter_works: true,
        clock_difference_seconds: 7,
        scratch_lead: "1".to_owned(),
    });
    assert_eq!(connection.on_clock_of(Side::HelloLeads, at(100)), at(107));
    assert_eq!(connection.on_clock_of(Side::Ghl, at(100)), at(100));
}
