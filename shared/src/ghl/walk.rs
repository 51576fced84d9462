//! Walks over the contacts that changed in GHL, the longest unchanged first. The first walk sees them all.

use std::collections::BTreeMap;

use jiff::{SignedDuration, Timestamp};
use serde::{Deserialize, Serialize};
use serde_json::Value as Json;

use super::client::GhlClient;
use super::search::{FoundContact, FoundPage};
use crate::budget::ledger::Class;
use crate::errand::random_delivery;
use crate::lane::work::Failure;
use crate::model::ids::RecordId;
use crate::model::side::{Kind, Side};
use crate::queue::{Hint, Queues};
use crate::store::cursors::{Cursors, Versioned};

/// How far each walk reaches back behind the last change seen: GHL's index lags "a few seconds".
const OVERLAP: SignedDuration = SignedDuration::from_secs(60);

/// How long after a change it is certain that the index shows it: from then on nothing is read twice, however many
/// contacts changed at once.
const SETTLES: SignedDuration = SignedDuration::from_mins(10);
/// The most contacts of the overlap that are remembered; others are announced again, and found to be known.
const ANNOUNCED_MAX: usize = 2_000;

/// How far the walk has come.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(default)]
pub struct WalkCursor {
    /// The latest change that a finished walk has seen.
    pub high_water: Option<Timestamp>,
    /// Where the next page of an unfinished walk begins, as JSON text.
    pub search_after: Option<String>,
    /// The latest change that the unfinished walk has seen.
    pub reached: Option<Timestamp>,
    /// Contacts of the overlap that were announced already, each with its change.
    pub announced: BTreeMap<RecordId, Timestamp>,
    /// Contacts seen by the first walk, and how many there are.
    pub done: u64,
    pub total: u64,
    pub first_walk_done: bool,
    pub first_walk_at: Option<Timestamp>,
    /// The revision of the mapping by which all contacts were announced.
    pub mapping: u64,
}

impl WalkCursor {
    /// What another mapping saw is to be looked at again.
    fn by(self, mapping: u64) -> Self {
        if self.mapping >= mapping { self } else { Self { mapping, ..Self::default() } }
    }
}

/// What one page came to.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct WalkStep {
    pub hints: usize,
    pub more: bool,
}

/// One connection's walk.
pub struct Walk<'a> {
    pub client: &'a GhlClient,
    pub cursors: Cursors,
    pub queues: &'a Queues,
    /// The revision of the mapping that holds now.
    pub mapping: u64,
}

impl Walk<'_> {
    /// Whether not all contacts have been seen once by the mapping that holds now.
    pub async fn is_importing(cursors: &Cursors, mapping: u64) -> Result<bool, Failure> {
        let read: Versioned<WalkCursor> = cursors.get().await.map_err(store)?;
        Ok(!read.cursor.by(mapping).first_walk_done)
    }

    /// Reads one page, announces what is new on it, then saves the cursor: a walk that dies in between announces the
    /// page again, and that costs nothing but the look.
    pub async fn step(&self, now: Timestamp) -> Result<WalkStep, Failure> {
        let mut read: Versioned<WalkCursor> = self.cursors.get().await.map_err(store)?;
        read.cursor = read.cursor.by(self.mapping);
        let cursor = &read.cursor;
        let since = cursor.high_water.map(|high| match now.duration_since(high) > SETTLES {
            true => high,
            false => high - OVERLAP,
        });
        let after: Option<Json> =
            cursor.search_after.as_deref().and_then(|text| serde_json::from_str(text).ok());
        let page = self.client.search_changed(since, after.as_ref()).await;
        let page = page.map_err(|error| Failure::new(error.disposition(), error))?;
        let class = if cursor.first_walk_done { Class::Live } else { Class::Import };
        let news: Vec<&FoundContact> = page.contacts.iter().filter(|found| is_news(cursor, found)).collect();
        let hints: Vec<Hint> = news.iter().map(|found| self.to_hint(found, class)).collect();
        let sent = self.queues.send(&hints).await;
        sent.map_err(|error| Failure::new(error.disposition(), error))?;
        let next = advance(cursor.clone(), &page, now);
        let more = next.search_after.is_some();
        if next != *cursor {
            self.cursors.put(&read, next).await.map_err(store)?;
        }
        Ok(WalkStep { hints: hints.len(), more })
    }

    fn to_hint(&self, found: &FoundContact, class: Class) -> Hint {
        let (connection, delivery) = (self.client.location().clone(), random_delivery("walk"));
        let plain = Hint::plain(connection, Kind::Contact, Side::Ghl, found.id.clone(), delivery);
        Hint { modified: found.date_updated, class, ..plain }
    }
}

fn is_news(cursor: &WalkCursor, found: &FoundContact) -> bool {
    found.date_updated.is_none() || cursor.announced.get(&found.id) != found.date_updated.as_ref()
}

/// The cursor after this page.
fn advance(mut cursor: WalkCursor, page: &FoundPage, now: Timestamp) -> WalkCursor {
    for found in &page.contacts {
        if let Some(changed) = found.date_updated {
            cursor.announced.insert(found.id.clone(), changed);
            cursor.reached = cursor.reached.max(Some(changed));
        }
    }
    if !cursor.first_walk_done {
        cursor.done += page.contacts.len() as u64;
        cursor.total = page.total.unwrap_or(cursor.done).max(cursor.done);
    }
    let full = page.contacts.len() >= super::search::PAGE as usize;
    let last = page.contacts.last().and_then(|found| found.search_after.as_ref()).map(Json::to_string);
    // A cursor that does not move would be walked for ever.
    cursor.search_after = last.filter(|after| full && cursor.search_after.as_ref() != Some(after));
    if cursor.search_after.is_none() {
        cursor.high_water = cursor.high_water.max(cursor.reached);
        cursor.reached = None;
        cursor.first_walk_done = true;
        cursor.first_walk_at = cursor.first_walk_at.or(Some(now));
    }
    let kept_from = cursor.reached.or(cursor.high_water).map(|high| high - OVERLAP);
    cursor.announced.retain(|_, changed| kept_from.is_none_or(|from| *changed >= from));
    while cursor.announced.len() > ANNOUNCED_MAX {
        let oldest = cursor.announced.iter().min_by_key(|(_, changed)| **changed).map(|(id, _)| id.clone());
        oldest.and_then(|id| cursor.announced.remove(&id));
    }
    cursor
}

fn store(error: crate::store::error::Error) -> Failure {
    Failure::new(error.disposition(), error)
}
