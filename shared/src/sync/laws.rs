//! The laws of merge, tried on every combination of a small world: each side and each mirror holds nothing, `a`, `b`
//! or `c`, with either winner, mirrored or meeting for the first time.

use super::merge::{Merged, merge};
use crate::model::record::{Field, Record, Value};
use crate::model::side::{PerSide, Side};

type Held = Option<&'static str>;

const VALUES: [Held; 4] = [None, Some("a"), Some("b"), Some("c")];

fn record(held: Held) -> Record {
    held.map(|text| (Field::COMPANY, Value::text(text))).into_iter().collect()
}

fn held(record: &Record) -> Option<String> {
    record.text(&Field::COMPANY).map(str::to_owned)
}

/// One combination, and what merging made of it.
#[derive(Clone, Copy, Debug)]
struct Case {
    now: PerSide<Held>,
    mirror: Option<PerSide<Held>>,
    winner: Side,
    /// The side that alone decides, where the field goes one way.
    source: Option<Side>,
}

impl Case {
    fn merged(&self) -> Merged {
        let now = PerSide::from_fn(|side| record(*self.now.of(side)));
        let mirror = self.mirror.map(|mirror| PerSide::from_fn(|side| record(*mirror.of(side))));
        let mirrors = mirror.as_ref().map(|mirror| PerSide::new(&mirror.helloleads, &mirror.ghl));
        merge(PerSide::new(&now.helloleads, &now.ghl), mirrors, self.winner, &|_| self.source)
    }

    /// What each side holds once the changes are written.
    fn after(&self) -> PerSide<Option<String>> {
        let merged = self.merged();
        PerSide::from_fn(|side| held(&record(*self.now.of(side)).with(merged.changes.of(side))))
    }

    fn edited(&self, side: Side) -> bool {
        self.mirror.is_some_and(|mirror| mirror.of(side) != self.now.of(side))
    }

    fn writes(&self) -> usize {
        let merged = self.merged();
        Side::BOTH.into_iter().filter(|side| !merged.changes.of(*side).is_empty()).count()
    }

    fn swapped(&self) -> Self {
        let swap = |pair: PerSide<Held>| PerSide::new(pair.ghl, pair.helloleads);
        Self {
            now: swap(self.now),
            mirror: self.mirror.map(swap),
            winner: self.winner.other(),
            source: self.source.map(Side::other),
        }
    }
}

fn every_case() -> impl Iterator<Item = Case> {
    let pairs =
        || VALUES.into_iter().flat_map(|one| VALUES.into_iter().map(move |other| PerSide::new(one, other)));
    let mirrors = move || pairs().map(Some).chain([None]);
    pairs().flat_map(move |now| {
        mirrors().flat_map(move |mirror| Side::BOTH.map(|winner| Case { now, mirror, winner, source: None }))
    })
}

#[test]
fn the_small_world_is_whole() {
    assert_eq!(every_case().count(), 16 * 17 * 2);
}

#[test]
fn a_field_is_written_on_one_side_at_most_and_then_both_agree() {
    for case in every_case() {
        let (writes, after) = (case.writes(), case.after());
        assert!(writes <= 1, "{case:?}");
        assert!(writes == 0 || after.helloleads == after.ghl, "{case:?} {after:?}");
    }
}

#[test]
fn what_nobody_edited_is_left_alone() {
    for case in every_case().filter(|case| case.mirror.is_some()) {
        if !case.edited(Side::HelloLeads) && !case.edited(Side::Ghl) {
            assert_eq!(case.writes(), 0, "{case:?}");
        }
    }
}

#[test]
fn an_edit_of_one_side_reaches_the_other_a_blank_too() {
    for case in every_case().filter(|case| case.mirror.is_some()) {
        for side in Side::BOTH {
            if case.edited(side) && !case.edited(side.other()) {
                let after = case.after();
                assert_eq!(after.of(side.other()), after.of(side), "{case:?}");
                assert_eq!(after.of(side).as_deref(), *case.now.of(side), "{case:?}");
            }
        }
    }
}

#[test]
fn a_dispute_is_two_edits_that_differ_and_keeps_both_values() {
    for case in every_case().filter(|case| case.mirror.is_some()) {
        let both = case.edited(Side::HelloLeads) && case.edited(Side::Ghl);
        let expected = both && case.now.helloleads != case.now.ghl;
        let disputes = case.merged().disputes;
        assert_eq!(disputes.len(), usize::from(expected), "{case:?}");
        for dispute in disputes {
            let values = PerSide::from_fn(|side| dispute.values.of(side).as_ref().and_then(Value::as_text));
            assert_eq!(values, case.now, "{case:?}");
            assert_eq!(case.after().of(case.winner).as_deref(), *case.now.of(case.winner), "{case:?}");
        }
    }
}

#[test]
fn at_the_first_meeting_a_blank_never_erases_a_value() {
    for case in every_case().filter(|case| case.mirror.is_none()) {
        let after = case.after();
        let any = case.now.helloleads.is_some() || case.now.ghl.is_some();
        assert_eq!(after.helloleads.is_some(), any, "{case:?}");
        assert_eq!(after.helloleads, after.ghl, "{case:?}");
        let lost = Side::BOTH
            .into_iter()
            .any(|side| case.now.of(side).is_some() && after.of(side).as_deref() != *case.now.of(side));
        assert_eq!(lost, !case.merged().disputes.is_empty(), "what is overruled is journalled: {case:?}");
    }
}

#[test]
fn merging_what_was_merged_changes_nothing() {
    for case in every_case() {
        let after = case.after();
        let records = PerSide::from_fn(|side| {
            let value = after.of(side).clone().map(|text| (Field::COMPANY, Value::Text(text)));
            value.into_iter().collect::<Record>()
        });
        let pair = PerSide::new(&records.helloleads, &records.ghl);
        assert_eq!(merge(pair, Some(pair), case.winner, &|_| None), Merged::default(), "{case:?}");
    }
}

#[test]
fn neither_side_is_favoured_but_by_the_rule() {
    for case in every_case() {
        let (one, other) = (case.merged(), case.swapped().merged());
        assert_eq!(one.changes.helloleads, other.changes.ghl, "{case:?}");
        assert_eq!(one.changes.ghl, other.changes.helloleads, "{case:?}");
    }
}

fn every_one_way_case() -> impl Iterator<Item = Case> {
    every_case().flat_map(|case| Side::BOTH.map(|source| Case { source: Some(source), ..case }))
}

#[test]
fn a_field_that_goes_one_way_never_writes_to_its_source() {
    for case in every_one_way_case() {
        let source = case.source.unwrap();
        assert!(case.merged().changes.of(source).is_empty(), "{case:?}");
    }
}

#[test]
fn the_target_comes_to_hold_what_the_source_was_edited_to() {
    for case in every_one_way_case() {
        let source = case.source.unwrap();
        let (now, after) = (*case.now.of(source), case.after());
        let edited = case.mirror.is_some_and(|mirror| *mirror.of(source) != now);
        if edited || (case.mirror.is_none() && now.is_some()) {
            assert_eq!(after.of(source.other()).as_deref(), now, "{case:?}");
        }
    }
}

#[test]
fn what_the_source_overrules_is_kept_and_a_blank_that_nobody_made_overrules_nothing() {
    for case in every_one_way_case() {
        let source = case.source.unwrap();
        let target = source.other();
        let before = case.mirror.and_then(|mirror| *mirror.of(target));
        let lost =
            *case.now.of(target) != before && case.after().of(target).as_deref() != *case.now.of(target);
        let disputes = case.merged().disputes;
        assert_eq!(disputes.len(), usize::from(lost), "{case:?}");
        assert!(disputes.iter().all(|dispute| dispute.winner == source), "{case:?}");
        let untold = case.mirror.and_then(|mirror| *mirror.of(source));
        if case.now.of(source).is_none() && untold.is_none() {
            assert_eq!(case.after().of(target).as_deref(), *case.now.of(target), "{case:?}");
        }
    }
}
