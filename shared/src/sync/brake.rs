//! The brake: a run that would delete, create or overwrite too many records stops and asks a person; and no record is
//! written too often, whoever causes it.

use jiff::{SignedDuration, Timestamp};

use super::engine::Engine;
use super::error::Error;
use super::plan::{Plan, Writes};
use super::sweep::SweepCursor;
use crate::budget::ledger::Class;
use crate::connection::policy::BrakeSettings;
use crate::disposition::Reason;
use crate::model::act::Act;
use crate::model::ids::ConnectionId;
use crate::model::side::Side;
use crate::store::brakes::{Brakes, Count};
use crate::store::error::Error as StoreError;
use crate::store::links::{HourOfWrites, Link};
use crate::store::table::Table;
use crate::sync::progress::Progress;

const HOUR: SignedDuration = SignedDuration::from_hours(1);

/// The most records for which leave is taken at once.
const LEAVE_MAX: u64 = 25;

/// How many records of the connection may be met by this act within a day.
pub async fn limit(
    table: &Table,
    connection: &ConnectionId,
    settings: &BrakeSettings,
    act: Act,
) -> Result<u64, StoreError> {
    let most = settings.of(act);
    let sweep = SweepCursor::read(table, connection).await?;
    let contacts = match sweep.contacts {
        0 => Progress::read(table, connection).await?.ghl.total,
        contacts => contacts,
    };
    Ok(most.of(contacts))
}

impl Engine {
    /// Why this plan is not carried out now, if it is not.
    pub(super) async fn braked(&self, plan: &Plan) -> Result<Option<Reason>, Error> {
        let Some(act) = act_of(plan) else { return Ok(None) };
        if was_shown(self.class, act) {
            return Ok(None);
        }
        let what = (self.connection.id.clone(), self.kind, act);
        if self.leaves.use_one(&what) {
            return Ok(None);
        }
        let (table, settings) = (&self.links.table, &self.connection.policy.brake);
        let mut limit = settings.of(act).records;
        let mut taken = self.take_leave(act, limit, true).await?;
        if taken == 0 {
            // How many contacts there are need be known only now.
            limit = self::limit(table, &self.connection.id, settings, act).await?;
            taken = self.take_leave(act, limit, false).await?;
        }
        if taken == 0 {
            return Ok(Some(Reason::Braked { act, limit }));
        }
        self.leaves.keep(what, taken - 1);
        Ok(None)
    }

    async fn take_leave(&self, act: Act, limit: u64, may_be_more: bool) -> Result<u64, Error> {
        let (wanted, now) = (leave(limit), self.clock.now());
        let brakes = Brakes::new(self.links.table.clone(), self.connection.id.clone());
        let take = |count: &mut Count| {
            let before = *count;
            let taken = count.take(wanted, limit, now);
            if taken == 0 && may_be_more {
                *count = before;
            }
            taken
        };
        Ok(brakes.change(self.kind, act, take).await?)
    }

    /// Counts the writes that are about to be made of a record; the reason why they are not, where there were too many
    /// within the hour.
    pub(super) fn count_writes(&self, link: &mut Link, writes: &Writes) -> Option<Reason> {
        let max = self.connection.policy.writes_per_record_hour;
        counted(link.writes, writes, max, self.clock.now()).map(|hour| link.writes = hour).err()
    }
}

/// The hour with these writes, or the reason against them: there were as many as may be.
pub(super) fn counted(
    known: Option<HourOfWrites>,
    writes: &Writes,
    max: u32,
    now: Timestamp,
) -> Result<Option<HourOfWrites>, Reason> {
    let sides: u32 = Side::BOTH.iter().map(|side| u32::from(!writes.changes.of(*side).is_empty())).sum();
    if sides == 0 {
        return Ok(known);
    }
    let lasts = |hour: &HourOfWrites| now.duration_since(hour.since) < HOUR;
    let hour = known.filter(lasts).unwrap_or(HourOfWrites { since: now, count: 0 });
    if hour.count >= max {
        return Err(Reason::WritesCapped { max });
    }
    Ok(Some(HourOfWrites { count: hour.count + sides, ..hour }))
}

/// Whether a person was shown it before: what the first import makes and overwrites. It deletes nothing by itself.
pub(super) fn was_shown(class: Class, act: Act) -> bool {
    class == Class::Import && act != Act::Delete
}

/// For how many records leave is taken at once: for a fortieth of the limit.
pub(super) fn leave(limit: u64) -> u64 {
    (limit / 40).clamp(1, LEAVE_MAX)
}

pub(super) fn act_of(plan: &Plan) -> Option<Act> {
    let overwrites = |writes: &Writes| Side::BOTH.iter().any(|side| !writes.changes.of(*side).is_empty());
    match plan {
        Plan::Delete { .. } | Plan::Unlink { .. } => Some(Act::Delete),
        Plan::Create { .. } | Plan::Recreate { .. } => Some(Act::Create),
        Plan::Join { writes, .. } | Plan::Rejoin { writes, .. } | Plan::Merge { writes, .. } => {
            overwrites(writes).then_some(Act::Overwrite)
        }
        Plan::Nothing | Plan::Bury { .. } | Plan::Exclude { .. } | Plan::Park(_) => None,
    }
}
