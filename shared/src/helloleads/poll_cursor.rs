//! How far HelloLeads' leads have been read, and what is being announced of them.

use jiff::Timestamp;
use serde::{Deserialize, Serialize};

use super::page_walk::PageWalk;
use crate::model::ids::{DeliveryId, RecordId};

/// How far HelloLeads' leads have been read.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(default)]
pub struct PollCursor {
    /// When every lead had been read once.
    pub first_read_at: Option<Timestamp>,
    /// The walk under way.
    pub walk: Option<PageWalk>,
    /// The latest change that need not be read again.
    pub high_water: Option<Timestamp>,
    /// The latest change that a finished walk has seen.
    pub seen_to: Option<Timestamp>,
    /// When the last walk began.
    pub started_at: Option<Timestamp>,
    /// When a row proved that the modified filter is ignored.
    pub filter_untrue_since: Option<Timestamp>,
    /// Leads read by the first walk, on so many pages, and the pages that its window has.
    pub done: u64,
    pub pages_read: u64,
    pub pages: u64,
    /// Hints of rows that are being written: sent again by whoever finds them here.
    pub announcing: Option<Announcement>,
    /// The connection's `mapping_reading` by which the leads were read.
    pub mapping: u64,
}

/// What is announced together, under one delivery.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Announcement {
    pub delivery: DeliveryId,
    pub changed: Vec<RecordId>,
    /// Entries in leads' notes.
    #[serde(default)]
    pub entries: Vec<RecordId>,
}

impl PollCursor {
    pub fn first_read_done(&self) -> bool {
        self.first_read_at.is_some()
    }

    /// Whether the next look finds all that it must, where this cursor is not saved over `before`: at worst it reads some
    /// rows again.
    pub(super) fn says_nothing_new(&self, before: &Self) -> bool {
        let Self { high_water, seen_to, started_at, .. } = self.clone();
        before.walk.is_none() && *self == Self { high_water, seen_to, started_at, ..before.clone() }
    }
}
