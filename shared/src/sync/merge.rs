//! Three-way merge of two records against one mirror per side. Pure, and it cannot fail.
//!
//! | mirror | one side | other side | outcome |
//! |---|---|---|---|
//! | any | same value | same value | keep |
//! | none | value | blank | take the value: a blank never erases |
//! | none | address | part of it | take the fuller address |
//! | none | value | another | conflict |
//! | some | edited | as mirrored | take the edit, a blank too |
//! | some | as mirrored | as mirrored | keep, even if the two differ: a side may spell its value differently |
//! | some | edited | edited otherwise | conflict |
//!
//! A field that goes one way has a *source*, which is never told anything of it:
//!
//! | mirror | the source | the target | outcome |
//! |---|---|---|---|
//! | none | blank | any | keep |
//! | none | value | blank | take the source's |
//! | none | value | another | the source wins, and what it overrules is kept |
//! | some | edited | as mirrored | take the source's, a blank too |
//! | some | blank, as mirrored | edited | keep |
//! | some | value, or edited | edited otherwise | the source wins, and what it overrules is kept |

use std::collections::BTreeSet;

use crate::connection::policy::ConflictRule;
use crate::model::record::{Change, Field, Record, Value};
use crate::model::side::{PerSide, Side};

/// What each side must be told, and what was decided over a person's head.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Merged {
    pub changes: PerSide<Change>,
    pub disputes: Vec<Dispute>,
}

/// A field that both sides edited.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Dispute {
    pub field: Field,
    pub values: PerSide<Option<Value>>,
    pub winner: Side,
}

/// One field's outcome.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Verdict {
    Keep,
    Take(Side),
    Conflict,
}

/// Merges what both sides hold now. Without mirrors the two meet for the first time. `source` names the side that alone
/// decides about a field, where one does.
pub fn merge(
    now: PerSide<&Record>,
    mirrors: Option<PerSide<&Record>>,
    winner: Side,
    source: &dyn Fn(&Field) -> Option<Side>,
) -> Merged {
    let mut merged = Merged::default();
    for field in all_fields(now) {
        let values = now_values(now, &field);
        let mirrored = mirrors.map(|mirrors| now_values(mirrors, &field));
        let source = source(&field);
        let verdict = match (source, mirrored) {
            (Some(source), mirrored) => follow(source, values, mirrored),
            (None, None) => meet(values),
            (None, Some(mirrored)) => compare(values, mirrored),
        };
        let winner = source.unwrap_or(winner);
        match verdict {
            Verdict::Keep => {}
            Verdict::Take(side) => take(&mut merged, field, values, side),
            Verdict::Conflict => {
                let values = PerSide::from_fn(|side| values.of(side).cloned());
                merged.disputes.push(Dispute { field: field.clone(), values: values.clone(), winner });
                take(
                    &mut merged,
                    field,
                    PerSide::new(values.helloleads.as_ref(), values.ghl.as_ref()),
                    winner,
                );
            }
        }
    }
    merged
}

/// Whose value stands where both edited the same field. `modified` is when each side was last changed.
pub fn winner(rule: ConflictRule, modified: PerSide<Option<jiff::Timestamp>>) -> Side {
    match rule {
        ConflictRule::HelloLeadsWins => Side::HelloLeads,
        ConflictRule::GhlWins => Side::Ghl,
        ConflictRule::NewestWins => match (modified.helloleads, modified.ghl) {
            (Some(helloleads), Some(ghl)) if helloleads > ghl => Side::HelloLeads,
            _ => Side::Ghl,
        },
    }
}

fn take(merged: &mut Merged, field: Field, values: PerSide<Option<&Value>>, from: Side) {
    let value = values.of(from).cloned();
    merged.changes.of_mut(from.other()).set(field, value);
}

fn meet(values: PerSide<Option<&Value>>) -> Verdict {
    match (values.helloleads, values.ghl) {
        (ours, theirs) if ours == theirs => Verdict::Keep,
        (Some(_), None) => Verdict::Take(Side::HelloLeads),
        (None, Some(_)) => Verdict::Take(Side::Ghl),
        (Some(Value::Address(ours)), Some(Value::Address(theirs))) if ours.covers(theirs) => {
            Verdict::Take(Side::HelloLeads)
        }
        (Some(Value::Address(ours)), Some(Value::Address(theirs))) if theirs.covers(ours) => {
            Verdict::Take(Side::Ghl)
        }
        _ => Verdict::Conflict,
    }
}

fn compare(now: PerSide<Option<&Value>>, mirror: PerSide<Option<&Value>>) -> Verdict {
    if now.helloleads == now.ghl {
        return Verdict::Keep;
    }
    match (now.helloleads != mirror.helloleads, now.ghl != mirror.ghl) {
        (false, false) => Verdict::Keep,
        (true, false) => Verdict::Take(Side::HelloLeads),
        (false, true) => Verdict::Take(Side::Ghl),
        (true, true) => Verdict::Conflict,
    }
}

/// A field that goes one way.
fn follow(source: Side, now: PerSide<Option<&Value>>, mirrored: Option<PerSide<Option<&Value>>>) -> Verdict {
    let (from, to) = (*now.of(source), *now.of(source.other()));
    let mirror = mirrored.unwrap_or_default();
    let (edited, overrules) = (from != *mirror.of(source), to != *mirror.of(source.other()));
    match (edited, overrules) {
        _ if from == to => Verdict::Keep,
        (false, false) => Verdict::Keep,
        (true, false) => Verdict::Take(source),
        (false, true) if from.is_none() => Verdict::Keep,
        (_, true) => Verdict::Conflict,
    }
}

/// Facts are not merged, and a field that neither side holds now has nothing to be merged, whatever the mirrors say.
fn all_fields(now: PerSide<&Record>) -> BTreeSet<Field> {
    let held = now.helloleads.fields().chain(now.ghl.fields());
    held.filter(|field| field.as_fact().is_none()).cloned().collect()
}

fn now_values<'a>(records: PerSide<&'a Record>, field: &Field) -> PerSide<Option<&'a Value>> {
    PerSide::new(records.helloleads.get(field), records.ghl.get(field))
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::model::record::Address;

    fn at(second: i64) -> Option<jiff::Timestamp> {
        jiff::Timestamp::from_second(second).ok()
    }

    #[test]
    fn the_newest_edit_wins_and_ghls_where_nobody_can_tell() {
        let cases = [
            (at(2), at(1), Side::HelloLeads),
            (at(1), at(2), Side::Ghl),
            (at(1), at(1), Side::Ghl),
            (at(1), None, Side::Ghl),
            (None, at(1), Side::Ghl),
        ];
        for (helloleads, ghl, expected) in cases {
            let modified = PerSide::new(helloleads, ghl);
            assert_eq!(winner(ConflictRule::NewestWins, modified), expected, "{modified:?}");
            assert_eq!(winner(ConflictRule::HelloLeadsWins, modified), Side::HelloLeads);
            assert_eq!(winner(ConflictRule::GhlWins, modified), Side::Ghl);
        }
    }

    fn holding(value: Value) -> Record {
        [(Field::ADDRESS, value)].into_iter().collect()
    }

    fn address(street: &str, city: &str) -> Record {
        let (street, city) = (street.to_owned(), city.to_owned());
        holding(Value::Address(Address { street, city, ..Address::default() }))
    }

    #[test]
    fn of_two_addresses_that_meet_the_fuller_one_stands_if_they_agree() {
        let (full, part, other) = (address("1 High St", "York"), address("", "York"), address("", "Leeds"));
        let met = |helloleads, ghl| merge(PerSide::new(helloleads, ghl), None, Side::Ghl, &|_| None);
        assert_eq!(met(&full, &part).changes, PerSide::new(Change::default(), Change::from(&full)));
        assert_eq!(met(&part, &full).changes, PerSide::new(Change::from(&full), Change::default()));
        assert!(met(&full, &part).disputes.is_empty() && met(&part, &full).disputes.is_empty());
        assert_eq!(met(&full, &other).disputes.len(), 1);
        assert_eq!(met(&other, &full).disputes.len(), 1);
    }

    #[test]
    fn who_overrules_a_field_that_the_other_side_decides_is_put_right_and_told() {
        let (was, overruled) = (address("", "York"), address("", "Leeds"));
        let mirrors = Some(PerSide::new(&was, &was));
        let merged = merge(PerSide::new(&overruled, &was), mirrors, Side::HelloLeads, &|_| Some(Side::Ghl));
        assert_eq!(merged.changes.helloleads, Change::from(&was));
        assert_eq!(merged.disputes.len(), 1);
        let blank = Record::default();
        let mirrors = Some(PerSide::new(&blank, &blank));
        let merged = merge(PerSide::new(&was, &blank), mirrors, Side::HelloLeads, &|_| Some(Side::Ghl));
        assert_eq!(merged, Merged::default(), "a blank decides nothing");
    }
}
