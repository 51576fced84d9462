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

use std::collections::BTreeSet;

use super::matching::Match;
use super::merge::{Dispute, Merged, merge, winner};
use super::port::Can;
use super::settle::{Settled, settle};
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
    Park(Reason),
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
    /// Whether carrying it out writes to this side.
    pub fn writes_to(&self, side: Side) -> bool {
        match self {
            Self::Nothing | Self::Bury { .. } | Self::Park(_) => false,
            Self::Create { from, .. } => *from != side,
            Self::Join { writes, .. } | Self::Rejoin { writes, .. } | Self::Merge { writes, .. } => {
                !writes.changes.of(side).is_empty()
            }
            Self::Delete { on, .. } | Self::Unlink { on, .. } | Self::Recreate { on, .. } => *on == side,
        }
    }
}

/// The plan for what was found.
pub fn plan(found: &Found, policy: &Policy, can: PerSide<&Can>) -> Plan {
    match found {
        Found::Unlinked { here: None, .. } => Plan::Nothing,
        Found::Unlinked { side, here: Some(here), across, buried } => match (across, buried) {
            (Match::One(there), Some(link)) => {
                let (now, writes) = join(*side, here, there, policy, can);
                Plan::Rejoin { link: link.clone(), side: *side, now, writes }
            }
            _ => plan_unlinked(*side, here, across, policy, can),
        },
        Found::Linked { link, now, successor } => plan_linked(link, now, successor.as_ref(), policy, can),
    }
}

fn plan_unlinked(side: Side, here: &Observed, across: &Match, policy: &Policy, can: PerSide<&Can>) -> Plan {
    let there = side.other();
    match across {
        Match::Nobody => match cannot_create(&here.record, there, can) {
            Some(reason) => Plan::Park(reason),
            None => Plan::Create { from: side, here: here.clone() },
        },
        Match::One(one) => {
            let (now, writes) = join(side, here, one, policy, can);
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
fn join(
    side: Side,
    here: &Observed,
    there: &Observed,
    policy: &Policy,
    can: PerSide<&Can>,
) -> (PerSide<Observed>, Writes) {
    let now = pair(side, here.clone(), there.clone());
    let records = PerSide::new(&now.helloleads.record, &now.ghl.record);
    let modified = PerSide::from_fn(|side| now.of(side).modified);
    let merged = merge(records, None, winner(policy.conflict, modified));
    (now, to_writes(merged, can))
}

/// A side takes no contact that has neither e-mail nor phone: nothing could recognise it there.
fn cannot_create(record: &Record, on: Side, can: PerSide<&Can>) -> Option<Reason> {
    let needed = &can.of(on).recognised_by;
    if !needed.is_empty() && needed.iter().all(|field| record.get(field).is_none()) {
        return Some(Reason::NoEmailOrPhone { side: on });
    }
    let refused = || Reason::NotTaken { side: on, fields: record.fields().cloned().collect() };
    (!can.of(on).create).then(refused)
}

fn plan_linked(
    link: &Link,
    now: &PerSide<Option<Observed>>,
    successor: Option<&Observed>,
    policy: &Policy,
    can: PerSide<&Can>,
) -> Plan {
    if let Some(deleted) = link.buried
        && now.of(deleted).is_none()
    {
        return Plan::Nothing;
    }
    match (&now.helloleads, &now.ghl) {
        (None, None) => Plan::Bury { link: Box::new(link.clone()) },
        (Some(helloleads), Some(ghl)) => plan_merge(link, helloleads, ghl, policy, can),
        (Some(left), None) => plan_deleted(link, Side::Ghl, left, successor, policy, can),
        (None, Some(left)) => plan_deleted(link, Side::HelloLeads, left, successor, policy, can),
    }
}

fn plan_merge(
    link: &Link,
    helloleads: &Observed,
    ghl: &Observed,
    policy: &Policy,
    can: PerSide<&Can>,
) -> Plan {
    let now = PerSide::new(helloleads.clone(), ghl.clone());
    let settled = PerSide::from_fn(|side| settle(link.mirrors.of(side), now.of(side)));
    let modified = PerSide::from_fn(|side| now.of(side).modified);
    let merged = merge(
        PerSide::new(&settled.helloleads.now, &settled.ghl.now),
        Some(PerSide::new(&settled.helloleads.mirror.record, &settled.ghl.mirror.record)),
        winner(policy.conflict, modified),
    );
    Plan::Merge { link: Box::new(link.clone()), now, settled, writes: to_writes(merged, can) }
}

/// `left` is what the deletion on side `deleted` has left.
fn plan_deleted(
    link: &Link,
    deleted: Side,
    left: &Observed,
    successor: Option<&Observed>,
    policy: &Policy,
    can: PerSide<&Can>,
) -> Plan {
    let on = deleted.other();
    let link = Box::new(link.clone());
    if let Some(successor) = successor {
        let (now, writes) = join(on, left, successor, policy, can);
        return Plan::Rejoin { link, side: deleted, now, writes };
    }
    let settled = settle(link.mirrors.of(on), left);
    let edited = settled.now != settled.mirror.record;
    match policy.on_delete.of(on) {
        rule if edited || *rule == DeleteRule::Recreate => match cannot_create(&left.record, deleted, can) {
            Some(reason) => Plan::Park(reason),
            None => Plan::Recreate { link, on: deleted, from: left.clone() },
        },
        DeleteRule::Delete if can.of(on).delete => Plan::Delete { link, on },
        DeleteRule::Delete | DeleteRule::Unlink | DeleteRule::Recreate => Plan::Unlink { link, on },
        DeleteRule::Park => Plan::Park(Reason::Deleted { side: deleted }),
    }
}

/// Leaves out what a side cannot take, and says so. A field that the side never takes is no news of any record: the
/// status page says it once.
fn to_writes(merged: Merged, can: PerSide<&Can>) -> Writes {
    let mut writes = Writes { disputes: merged.disputes, ..Writes::default() };
    for side in Side::BOTH {
        let news = merged.changes.of(side).iter().filter(|(field, _)| !can.of(side).fixed.contains(field));
        for (field, value) in news {
            if can.of(side).update_to(field, value) {
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
