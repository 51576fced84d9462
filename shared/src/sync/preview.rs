//! What a run would do, counted: how far the count has come, and what it comes to. Holds counts, ids and field names, and
//! nobody's data.

use std::collections::BTreeMap;

use jiff::{SignedDuration, Timestamp};
use serde::{Deserialize, Serialize};

use super::forecast::seconds;
use super::plan::{Plan, Writes};
use crate::connection::Connection;
use crate::disposition::Reason;
use crate::model::ids::ConnectionId;
use crate::model::record::{Change, Field};
use crate::model::side::{PerSide, Side};
use crate::store::cursors::Cursors;
use crate::store::error::Error;
use crate::store::table::Table;

/// HelloLeads is looked at once for so many writes.
const WRITES_PER_LOOK: u64 = 9;

/// A count that has not moved for so long has died, and a new one may begin.
const STILL: SignedDuration = SignedDuration::from_hours(2);

/// Where a count is.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(tag = "is", rename_all = "snake_case")]
pub enum Place {
    /// None is under way.
    #[default]
    Done,
    /// Reads a page of leads, where they have not been read by the sync itself.
    Leads { list: usize, page: u64 },
    /// Plans for a page of contacts.
    Contacts { after: Option<String>, page: u64 },
    /// Plans for the leads that no contact was found for.
    LeadsAlone,
}

/// The counts of one connection.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(default)]
pub struct PreviewCursor {
    /// Which count; each has its own number.
    pub number: u64,
    pub place: Place,
    /// The revision of the mapping that is counted for.
    pub mapping: u64,
    /// The leads were read for the count; else they are those that the sync has seen.
    pub reads_leads: bool,
    /// When a person asked for a count that has not begun yet.
    pub asked_at: Option<Timestamp>,
    pub began_at: Option<Timestamp>,
    pub stepped_at: Option<Timestamp>,
    pub finished_at: Option<Timestamp>,
    pub lead_pages: u64,
    /// Pages of the leads as HelloLeads says.
    pub lead_pages_total: u64,
    pub leads: u64,
    pub contacts: u64,
    /// Contacts as GHL says.
    pub contacts_total: u64,
    /// Why the count ended before its time.
    pub trouble: Option<String>,
    /// There are more leads than a count takes.
    pub is_cut: bool,
    pub tally: Tally,
}

impl PreviewCursor {
    pub fn cursors(table: &Table, connection: &ConnectionId) -> Cursors {
        Cursors::named(table.clone(), connection, "preview")
    }

    pub async fn read(table: &Table, connection: &ConnectionId) -> Result<Self, Error> {
        Ok(Self::cursors(table, connection).get().await?.cursor)
    }

    /// The cursor of a new count.
    pub fn begun(&self, connection: &Connection, reads_leads: bool, now: Timestamp) -> Self {
        let place = match reads_leads {
            true => Place::Leads { list: 0, page: 1 },
            false => Place::Contacts { after: None, page: 0 },
        };
        Self {
            number: self.number + 1,
            place,
            mapping: connection.mapping_revision,
            reads_leads,
            began_at: Some(now),
            stepped_at: Some(now),
            ..Self::default()
        }
    }

    /// Where the leads of this count are.
    pub fn has_read_leads(&self) -> bool {
        self.reads_leads && !matches!(self.place, Place::Leads { .. })
    }

    pub fn is_under_way(&self, now: Timestamp) -> bool {
        let moves = |stepped: Timestamp| now.duration_since(stepped) < STILL;
        self.asked_at.is_some_and(moves) || (self.place != Place::Done && self.stepped_at.is_some_and(moves))
    }

    /// The calls that a run which does all this makes of each side, and the time that the scarcer side's budget makes
    /// it take.
    pub fn cost(&self, connection: &Connection) -> (PerSide<u64>, SignedDuration) {
        let writes = self.tally.calls.helloleads;
        let helloleads = self.lead_pages + writes + writes.div_ceil(WRITES_PER_LOOK);
        let ghl = self.contacts.div_ceil(100) + self.contacts + self.tally.calls.ghl;
        let of_helloleads =
            connection.helloleads.counted_limits().map_or(0.0, |limits| seconds(helloleads as f64, limits));
        let longest = of_helloleads.max(seconds(ghl as f64, crate::ghl::client::LIMITS));
        (PerSide::new(helloleads, ghl), SignedDuration::from_secs(longest as i64))
    }
}

/// What all plans come to.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(default)]
pub struct Tally {
    /// Records that are the same already.
    pub same: u64,
    /// Records created on each side.
    pub created: PerSide<u64>,
    /// Records of both sides that are found to be the same person, and become one.
    pub merged: u64,
    /// Records changed on each side, and how often each field is.
    pub changed: PerSide<u64>,
    pub fields: PerSide<BTreeMap<Field, u64>>,
    /// Fields that both sides hold otherwise: one value is kept in the journal.
    pub conflicts: u64,
    /// Records deleted on each side, and records that are marked and left alone.
    pub deleted: PerSide<u64>,
    pub unlinked: PerSide<u64>,
    /// Records that the filter leaves out.
    pub excluded: u64,
    /// Records skipped for other reasons, each with its count and the words for one of them.
    pub skipped: BTreeMap<String, (u64, String)>,
    /// Writes of each side, in calls.
    pub calls: PerSide<u64>,
}

impl Tally {
    /// Counts what the plan does.
    pub fn add(&mut self, plan: &Plan) {
        match plan {
            Plan::Nothing | Plan::Bury { .. } => {}
            Plan::Create { from, .. } => self.create(from.other()),
            Plan::Recreate { on, .. } => self.create(*on),
            Plan::Join { writes, .. } | Plan::Rejoin { writes, .. } => {
                self.merged += 1;
                self.write(writes);
            }
            Plan::Merge { writes, .. } if is_empty(writes) => self.same += 1,
            Plan::Merge { writes, .. } => self.write(writes),
            Plan::Delete { on, .. } => {
                *self.deleted.of_mut(*on) += 1;
                *self.calls.of_mut(*on) += 1;
            }
            Plan::Unlink { on, .. } => {
                *self.unlinked.of_mut(*on) += 1;
                *self.calls.of_mut(*on) += u64::from(*on == Side::HelloLeads);
            }
            Plan::Exclude { reason, .. } | Plan::Park(reason) => self.skip(reason),
        }
    }

    /// Counts a record that is skipped.
    pub fn skip(&mut self, reason: &Reason) {
        if *reason == Reason::LeftOut {
            self.excluded += 1;
            return;
        }
        let skipped = self.skipped.entry(reason.code().to_owned());
        skipped.or_insert_with(|| (0, reason.to_string())).0 += 1;
    }

    fn create(&mut self, on: Side) {
        *self.created.of_mut(on) += 1;
        // GHL is searched before anything is created there.
        *self.calls.of_mut(on) += if on == Side::Ghl { 2 } else { 1 };
    }

    fn write(&mut self, writes: &Writes) {
        self.conflicts += writes.disputes.len() as u64;
        for side in Side::BOTH {
            let change = writes.changes.of(side);
            if change.is_empty() {
                continue;
            }
            *self.changed.of_mut(side) += 1;
            *self.calls.of_mut(side) += calls_of(side, change);
            for field in change.fields() {
                let named = if field.as_tag().is_some() {
                    crate::connection::mapping::mapped::TAGS
                } else {
                    field.clone()
                };
                *self.fields.of_mut(side).entry(named).or_default() += 1;
            }
        }
    }
}

fn is_empty(writes: &Writes) -> bool {
    Side::BOTH.iter().all(|side| writes.changes.of(*side).is_empty())
}

/// GHL has a call for fields, one for tags that are added, and one for those that are taken away.
fn calls_of(side: Side, change: &Change) -> u64 {
    let has = |wanted: fn(bool, bool) -> bool| {
        change.iter().any(|(field, value)| wanted(field.as_tag().is_some(), value.is_some()))
    };
    match side {
        Side::HelloLeads => 1,
        Side::Ghl => {
            let parts = [has(|tag, _| !tag), has(|tag, set| tag && set), has(|tag, set| tag && !set)];
            parts.into_iter().filter(|part| *part).count() as u64
        }
    }
}
