//! What to do about one record. Pure, and it cannot fail: a conflict or a refusal to guess is a value.
//!
//! | link | this side | other side | plan |
//! |---|---|---|---|
//! | none | missing | – | nothing |
//! | none | present | nobody matches | create across, if this side may be created there |
//! | none | present | one matches | link the two: merge against blanks |
//! | none | present | several, or a linked one | park |
//! | some | missing | missing | bury |
//! | some | present | missing, but one matches that is not linked | join it: the two were merged there |
//! | some | as mirrored | missing | the delete rule: delete, unlink, create again, park |
//! | some | edited | missing | create again: an edit beats a delete |
//! | some | present | present | three-way merge |
//! | buried | – | the deleted one is still missing | nothing: no late event resurrects it |
//! | buried | present | present | merge: it was restored |
//!
//! Whatever the plan, a contact that the mapping's filter leaves out is left alone: it is listed, and neither written nor
//! deleted. The filter looks at the contact as it would be once the plan was carried out.

use std::collections::BTreeSet;

use super::matching::Match;
use super::merge::{Dispute, Merged, merge, winner};
use super::port::Can;
use super::settle::{Settled, settle};
use crate::connection::mapping::Mapping;
use crate::connection::policy::{DeleteRule, Policy};
use crate::disposition::Reason;
use crate::model::record::{Change, Field, Observed, Record};
use crate::model::side::{PerSide, Side};
use crate::store::links::Link;

/// What gathering found.
#[derive(Clone, Debug)]
pub enum Found {
    /// A record that is not linked.
    /// `buried` is the link of the match, where its record here was deleted earlier.
    Unlinked { side: Side, here: Option<Observed>, across: Match, buried: Option<Box<Link>> },
    /// A linked record, as both sides show it. Where one is missing, `successor` is the one match that is free.
    Linked { link: Box<Link>, now: PerSide<Option<Observed>>, successor: Option<Observed> },
}

/// What to do.
#[derive(Clone, Debug, PartialEq, Eq)]
#[expect(clippy::large_enum_variant, reason = "one value lives at a time, and only within one call")]
pub enum Plan {
    Nothing,
    /// Create `here`, a record of side `from`, on the other side.
    Create {
        from: Side,
        here: Observed,
    },
    /// Link two records that are the same person, and make them the same.
    Join {
        now: PerSide<Observed>,
        writes: Writes,
    },
    /// The same under a link that exists, whose record on `side` is another one now.
    Rejoin {
        link: Box<Link>,
        side: Side,
        now: PerSide<Observed>,
        writes: Writes,
    },
    /// Make the two records of a link the same.
    Merge {
        link: Box<Link>,
        now: PerSide<Observed>,
        settled: PerSide<Settled>,
        writes: Writes,
    },
    /// Both are gone.
    Bury {
        link: Box<Link>,
    },
    /// One is gone, and so shall the other be.
    Delete {
        link: Box<Link>,
        on: Side,
    },
    /// One is gone; the other stays, marked, and is never synced again.
    Unlink {
        link: Box<Link>,
        on: Side,
    },
    /// One is gone, and is made again from the other.
    Recreate {
        link: Box<Link>,
        on: Side,
        from: Observed,
    },
    /// The filter leaves it out.
    Exclude {
        link: Option<Box<Link>>,
        reason: Reason,
    },
    Park(Reason),
}

/// What a plan heeds besides what was found.
#[derive(Clone, Copy)]
pub struct Rules<'a> {
    pub policy: &'a Policy,
    pub mapping: &'a Mapping,
    pub can: PerSide<&'a Can>,
}

/// What to write where.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Writes {
    pub changes: PerSide<Change>,
    pub disputes: Vec<Dispute>,
    /// Changes that their side cannot take.
    pub not_taken: PerSide<BTreeSet<Field>>,
}

impl Plan {
    /// What it writes to records that are there, where it does.
    pub fn writes(&self) -> Option<&Writes> {
        match self {
            Self::Join { writes, .. } | Self::Rejoin { writes, .. } | Self::Merge { writes, .. } => {
                Some(writes)
            }
            _ => None,
        }
    }

    /// Whether carrying it out writes to this side.
    pub fn writes_to(&self, side: Side) -> bool {
        match self {
            Self::Nothing | Self::Bury { .. } | Self::Exclude { .. } | Self::Park(_) => false,
            Self::Create { from, .. } => *from != side,
            Self::Join { writes, .. } | Self::Rejoin { writes, .. } | Self::Merge { writes, .. } => {
                !writes.changes.of(side).is_empty()
            }
            Self::Delete { on, .. } | Self::Unlink { on, .. } | Self::Recreate { on, .. } => *on == side,
        }
    }
}

/// The plan for what was found.
pub fn plan(found: &Found, rules: Rules<'_>) -> Plan {
    let planned = match found {
        Found::Unlinked { here: None, .. } => Plan::Nothing,
        Found::Unlinked { side, here: Some(here), across, buried } => match (across, buried) {
            (Match::One(there), Some(link)) => {
                let (now, writes) = join(*side, here, there, rules);
                Plan::Rejoin { link: link.clone(), side: *side, now, writes }
            }
            _ => plan_unlinked(*side, here, across, rules),
        },
        Found::Linked { link, now, successor } => plan_linked(link, now, successor.as_ref(), rules),
    };
    match left_out(found, &planned, rules.mapping) {
        Some(reason) => Plan::Exclude { link: found.link().cloned().map(Box::new), reason },
        None => planned,
    }
}

impl Found {
    /// The link that is there, if one is.
    pub fn link(&self) -> Option<&Link> {
        match self {
            Self::Unlinked { .. } => None,
            Self::Linked { link, .. } => Some(link),
        }
    }
}

/// Why the contact is left alone, if the filter leaves it out.
fn left_out(found: &Found, planned: &Plan, mapping: &Mapping) -> Option<Reason> {
    mapping.filter()?;
    if matches!(planned, Plan::Nothing | Plan::Bury { .. }) {
        return None;
    }
    match mapping.lets_in(&outcome(found, planned)) {
        Ok(true) => None,
        Ok(false) => Some(Reason::LeftOut),
        Err(detail) => Some(Reason::FilterFails { detail }),
    }
}

/// The contact as both sides would show it together, once the plan was carried out.
fn outcome(found: &Found, planned: &Plan) -> Record {
    let mut whole = Record::default();
    let records: Vec<(Side, &Record)> = match (planned, found) {
        (Plan::Join { now, .. } | Plan::Rejoin { now, .. }, _) => {
            Side::BOTH.map(|side| (side, &now.of(side).record)).to_vec()
        }
        (Plan::Merge { settled, .. }, _) => Side::BOTH.map(|side| (side, &settled.of(side).now)).to_vec(),
        (_, Found::Unlinked { side, here, .. }) => here.iter().map(|one| (*side, &one.record)).collect(),
        (_, Found::Linked { now, .. }) => {
            let there = |side: Side| now.of(side).as_ref().map(|one| (side, &one.record));
            Side::BOTH.into_iter().filter_map(there).collect()
        }
    };
    for (side, record) in records {
        let after =
            planned.writes().map_or_else(|| record.clone(), |writes| record.with(writes.changes.of(side)));
        for (field, value) in after.iter() {
            whole.put(field.clone(), Some(value.clone()));
        }
    }
    whole
}

fn plan_unlinked(side: Side, here: &Observed, across: &Match, rules: Rules<'_>) -> Plan {
    let there = side.other();
    match across {
        Match::Nobody => match cannot_create(&here.record, there, rules) {
            Some(reason) => Plan::Park(reason),
            None => Plan::Create { from: side, here: here.clone() },
        },
        Match::One(one) => {
            let (now, writes) = join(side, here, one, rules);
            Plan::Join { now, writes }
        }
        Match::Apart => Plan::Nothing,
        Match::Linked { holder, linked_to } => {
            let (holder, linked_to) = (holder.clone(), linked_to.clone());
            Plan::Park(Reason::MatchIsLinked { side: there, holder, linked_to })
        }
        Match::Several(candidates) => {
            Plan::Park(Reason::Ambiguous { side: there, candidates: candidates.clone() })
        }
    }
}

/// Two records that meet for the first time: merged against blanks.
fn join(side: Side, here: &Observed, there: &Observed, rules: Rules<'_>) -> (PerSide<Observed>, Writes) {
    let now = pair(side, here.clone(), there.clone());
    let records = PerSide::new(&now.helloleads.record, &now.ghl.record);
    let modified = PerSide::from_fn(|side| now.of(side).modified);
    let winner = winner(rules.policy.conflict, modified);
    let merged = merge(records, None, winner, &|field| rules.mapping.source(field));
    (now, to_writes(merged, rules))
}

/// A side takes no contact that has neither e-mail nor phone: nothing could recognise it there.
fn cannot_create(record: &Record, on: Side, rules: Rules<'_>) -> Option<Reason> {
    let can = rules.can.of(on);
    let goes = |field: &Field| rules.mapping.reaches(on, field) && record.get(field).is_some();
    if !can.recognised_by.is_empty() && !can.recognised_by.iter().any(goes) {
        return Some(Reason::NoEmailOrPhone { side: on });
    }
    let refused =
        || Reason::NotTaken { side: on, fields: record.without_facts().fields().cloned().collect() };
    (!can.create).then(refused)
}

fn plan_linked(
    link: &Link,
    now: &PerSide<Option<Observed>>,
    successor: Option<&Observed>,
    rules: Rules<'_>,
) -> Plan {
    if let Some(deleted) = link.buried
        && now.of(deleted).is_none()
    {
        return Plan::Nothing;
    }
    match (&now.helloleads, &now.ghl) {
        (None, None) => Plan::Bury { link: Box::new(link.clone()) },
        (Some(helloleads), Some(ghl)) => plan_merge(link, helloleads, ghl, rules),
        (Some(left), None) => plan_deleted(link, Side::Ghl, left, successor, rules),
        (None, Some(left)) => plan_deleted(link, Side::HelloLeads, left, successor, rules),
    }
}

fn plan_merge(link: &Link, helloleads: &Observed, ghl: &Observed, rules: Rules<'_>) -> Plan {
    let now = PerSide::new(helloleads.clone(), ghl.clone());
    let settled = PerSide::from_fn(|side| settle(link.mirrors.of(side), now.of(side)));
    let modified = PerSide::from_fn(|side| now.of(side).modified);
    let merged = merge(
        PerSide::new(&settled.helloleads.now, &settled.ghl.now),
        Some(PerSide::new(&settled.helloleads.mirror.record, &settled.ghl.mirror.record)),
        winner(rules.policy.conflict, modified),
        &|field| rules.mapping.source(field),
    );
    Plan::Merge { link: Box::new(link.clone()), now, settled, writes: to_writes(merged, rules) }
}

/// `left` is what the deletion on side `deleted` has left.
fn plan_deleted(
    link: &Link,
    deleted: Side,
    left: &Observed,
    successor: Option<&Observed>,
    rules: Rules<'_>,
) -> Plan {
    let on = deleted.other();
    let link = Box::new(link.clone());
    if let Some(successor) = successor {
        let (now, writes) = join(on, left, successor, rules);
        return Plan::Rejoin { link, side: deleted, now, writes };
    }
    let settled = settle(link.mirrors.of(on), left);
    let edited = settled.now.without_facts() != settled.mirror.record.without_facts();
    match rules.policy.on_delete.of(on) {
        rule if edited || *rule == DeleteRule::Recreate => {
            match cannot_create(&left.record, deleted, rules) {
                Some(reason) => Plan::Park(reason),
                None => Plan::Recreate { link, on: deleted, from: left.clone() },
            }
        }
        DeleteRule::Delete if rules.can.of(on).delete => Plan::Delete { link, on },
        DeleteRule::Delete | DeleteRule::Unlink | DeleteRule::Recreate => Plan::Unlink { link, on },
        DeleteRule::Park => Plan::Park(Reason::Deleted { side: deleted }),
    }
}

/// Leaves out what a side cannot take, and says so. A field that the side never takes is no news of any record: the
/// status page says it once.
fn to_writes(merged: Merged, rules: Rules<'_>) -> Writes {
    let can = rules.can;
    let mut writes = Writes { disputes: merged.disputes, ..Writes::default() };
    for side in Side::BOTH {
        let news = merged.changes.of(side).iter().filter(|(field, _)| !can.of(side).fixed.contains(field));
        for (field, value) in news {
            let has_form = rules.mapping.can_write(side, field, value);
            if has_form && can.of(side).update_to(field, value) {
                writes.changes.of_mut(side).set(field.clone(), value.cloned());
            } else if !can.of(side).read_only.contains(field) {
                writes.not_taken.of_mut(side).insert(field.clone());
            }
        }
    }
    writes
}

/// The two as a pair, in the order of the sides.
pub fn pair<T>(side: Side, here: T, there: T) -> PerSide<T> {
    match side {
        Side::HelloLeads => PerSide::new(here, there),
        Side::Ghl => PerSide::new(there, here),
    }
}
