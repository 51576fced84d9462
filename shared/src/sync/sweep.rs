//! Going through all records of both sides, once a day and whenever a person asks: how far it has come, and when it is
//! due. The steps themselves are `reconcile`'s.

use std::collections::BTreeMap;

use jiff::{SignedDuration, Timestamp};
use serde::{Deserialize, Serialize};

use crate::model::ids::{ConnectionId, RecordId};
use crate::model::side::Kind;
use crate::store::cursors::Cursors;
use crate::store::error::Error;
use crate::store::table::Table;

/// A sweep that has not moved for so long has died, and is taken up again.
const STILL: SignedDuration = SignedDuration::from_hours(2);

/// Where a sweep is.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(tag = "is", rename_all = "snake_case")]
pub enum Place {
    /// None is under way.
    #[default]
    Done,
    /// Reads a page of HelloLeads' leads; the second time only because some were missing the first time.
    Leads { list: usize, page: u64, read: u64, second: bool },
    /// Reads a page of GHL's contacts.
    Contacts { after: Option<String>, read: u64 },
    /// Compares the mirrors of what belongs to contacts.
    Related { kind: Kind, after: Option<RecordId> },
    /// Compares what was read with the roster.
    Compare { second: bool },
}

/// The sweeps of one connection.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(default)]
pub struct SweepCursor {
    /// Which sweep; each has its own number.
    pub number: u64,
    pub place: Place,
    /// Whether what is found is also announced, so that it is synced.
    pub repair: bool,
    pub began_at: Option<Timestamp>,
    pub stepped_at: Option<Timestamp>,
    pub finished_at: Option<Timestamp>,
    /// Pages read of each side in this sweep.
    pub lead_pages: u64,
    pub contact_pages: u64,
    /// Records that this sweep has seen.
    pub leads_seen: u64,
    pub contacts_seen: u64,
    /// Contacts that the last finished sweep saw.
    pub contacts: u64,
    /// What it found to differ.
    pub differences: u64,
    /// So many records are gone from a side that the brake was put on.
    pub too_many_gone: Option<u64>,
}

impl SweepCursor {
    pub fn cursors(table: &Table, connection: &ConnectionId) -> Cursors {
        Cursors::named(table.clone(), connection, "sweep")
    }

    pub async fn read(table: &Table, connection: &ConnectionId) -> Result<Self, Error> {
        Ok(Self::cursors(table, connection).get().await?.cursor)
    }

    /// Whether a sweep is to be begun or taken up. The first one comes one period after `imported_at`.
    pub fn is_due(&self, imported_at: Timestamp, period: SignedDuration, now: Timestamp) -> bool {
        match self.place {
            Place::Done => now.duration_since(self.finished_at.unwrap_or(imported_at)) >= period,
            _ => self.stepped_at.is_none_or(|stepped| now.duration_since(stepped) >= STILL),
        }
    }

    /// The cursor of a new sweep. A relay's leads cannot be read: it begins with the contacts.
    pub fn begun(&self, repair: bool, reads_leads: bool, now: Timestamp) -> Self {
        let place = match reads_leads {
            true => Place::Leads { list: 0, page: 1, read: 0, second: false },
            false => Place::Contacts { after: None, read: 0 },
        };
        Self {
            number: self.number + 1,
            place,
            repair,
            began_at: Some(now),
            stepped_at: Some(now),
            finished_at: self.finished_at,
            contacts: self.contacts,
            ..Self::default()
        }
    }

    /// The cursor after the last step.
    #[must_use]
    pub fn finished(self, now: Timestamp) -> Self {
        Self { place: Place::Done, finished_at: Some(now), contacts: self.contacts_seen, ..self }
    }

    /// What a person reads of it.
    pub fn line(&self) -> String {
        let at = |time: Option<Timestamp>| {
            time.map_or("never".to_owned(), |at| at.strftime("%F %T UTC").to_string())
        };
        match &self.place {
            Place::Done => format!(
                "last finished {}: {} leads, {} contacts, {} differences",
                at(self.finished_at),
                self.leads_seen,
                self.contacts_seen,
                self.differences
            ),
            _ => format!(
                "under way since {}: {} leads and {} contacts so far, {} differences",
                at(self.began_at),
                self.leads_seen,
                self.contacts_seen,
                self.differences
            ),
        }
    }
}

/// How far the rotation over contacts has come, which are asked for their notes, tasks and appointments one by one.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(default)]
pub struct RelatedSweepCursor {
    pub round_at: Option<Timestamp>,
    /// The contact that was asked for last.
    pub after: Option<RecordId>,
    /// When the whole of it was last done.
    pub turned_at: Option<Timestamp>,
    /// When the contacts that were changed lately were asked for.
    pub recent: BTreeMap<RecordId, Timestamp>,
}

impl RelatedSweepCursor {
    pub fn cursors(table: &Table, connection: &ConnectionId) -> Cursors {
        Cursors::named(table.clone(), connection, "related")
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_sweep_is_due_a_period_after_the_last_one_and_a_dead_one_is_taken_up() {
        let at = |hours: i64| Timestamp::UNIX_EPOCH + SignedDuration::from_hours(hours);
        let day = SignedDuration::from_hours(24);
        let none = SweepCursor::default();
        assert!(!none.is_due(at(0), day, at(23)) && none.is_due(at(0), day, at(24)));
        let begun = none.begun(true, true, at(24));
        assert!(!begun.is_due(at(0), day, at(25)) && begun.is_due(at(0), day, at(26)));
        let done = begun.finished(at(30));
        assert!(!done.is_due(at(0), day, at(53)) && done.is_due(at(0), day, at(54)));
        assert_eq!((done.begun(false, false, at(54)).number, done.number), (2, 1));
    }
}
