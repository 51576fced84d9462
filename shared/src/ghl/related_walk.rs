//! Finds the tasks and appointments that changed in GHL. Neither list can be asked for changes: each page read is compared,
//! as a whole, with what it was at the last look, and only where it differs its records are compared with their mirrors.

use std::collections::BTreeMap;

use jiff::{SignedDuration, Timestamp};
use serde::{Deserialize, Serialize};

use super::appointment_side::fingerprint as appointment_fingerprint;
use super::client::GhlClient;
use super::error::Error;
use super::task_side::fingerprint as task_fingerprint;
use super::tasks::TASKS_PER_PAGE;
use crate::errand::random_delivery;
use crate::lane::work::Failure;
use crate::model::fingerprint::{Fingerprint, FingerprintKey};
use crate::model::ids::{ConnectionId, RecordId};
use crate::model::side::{Kind, Side};
use crate::queue::{Hint, Queues};
use crate::store::cursors::{Cursors, Versioned};
use crate::store::identity::Identity;
use crate::store::links::Links;
use crate::store::table::Table;

/// Pages of tasks that one look reads; the next look goes on behind them.
const PAGES_MAX: usize = 5;
/// Pages of open tasks that one search for a new task reads; in a location with more, the looks find it.
const OPEN_PAGES_MAX: usize = 20;
/// How far GHL's clock may be from ours.
const CLOCKS: SignedDuration = SignedDuration::from_secs(10);

/// The appointments looked at: from yesterday on, and as far ahead.
const BACK: SignedDuration = SignedDuration::from_hours(24);
const AHEAD: SignedDuration = SignedDuration::from_hours(24 * 60);

/// What the pages were at the last look.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(default)]
pub struct PagesCursor {
    /// A keyed hash of each page.
    pub pages: BTreeMap<String, Fingerprint>,
    /// Where the next look begins.
    pub next: usize,
    /// When the open tasks were last read for a webhook that did not say whose task it told of.
    pub open_read_at: Option<Timestamp>,
}

/// One connection's walk.
pub struct RelatedWalk<'a> {
    pub client: &'a GhlClient,
    pub key: FingerprintKey,
    pub table: Table,
    pub queues: &'a Queues,
    pub connection: &'a ConnectionId,
}

impl RelatedWalk<'_> {
    /// Reads some pages of the tasks, and begins with the first again once all are read.
    pub async fn tasks(&self) -> Result<(), Failure> {
        let cursors = self.cursors(Kind::Task);
        let read: Versioned<PagesCursor> = cursors.get().await.map_err(store)?;
        let mut cursor = read.cursor.clone();
        for _ in 0..PAGES_MAX {
            let page = cursor.next;
            let is_full = self.read_tasks(&mut cursor, page, false).await?;
            cursor.next = if is_full { page + 1 } else { 0 };
            if !is_full {
                break;
            }
        }
        self.keep(&cursors, &read, cursor).await
    }

    /// Reads the tasks that are open, for a webhook sent at `asked_at` that told of one and not whose it is. Webhooks that
    /// come together are answered by one reading.
    pub async fn open_tasks(&self, asked_at: Option<Timestamp>, now: Timestamp) -> Result<(), Failure> {
        let cursors = self.cursors(Kind::Task);
        let read: Versioned<PagesCursor> = cursors.get().await.map_err(store)?;
        let mut cursor = read.cursor.clone();
        if asked_at.zip(cursor.open_read_at).is_some_and(|(asked, done)| asked + CLOCKS < done) {
            return Ok(());
        }
        for page in 0..OPEN_PAGES_MAX {
            if !self.read_tasks(&mut cursor, page, true).await? {
                break;
            }
        }
        cursor.open_read_at = Some(now);
        self.keep(&cursors, &read, cursor).await
    }

    /// Reads a page of tasks; whether it is a full one.
    async fn read_tasks(
        &self,
        cursor: &mut PagesCursor,
        page: usize,
        open_only: bool,
    ) -> Result<bool, Failure> {
        let tasks = self.client.search_tasks(page * TASKS_PER_PAGE, open_only).await.map_err(ghl)?;
        let seen = tasks.iter().filter_map(|task| {
            let id = RecordId::within(task.contact_id.as_ref()?, &task.id).ok()?;
            Some((id, task_fingerprint(task, &self.key)))
        });
        let name = if open_only { format!("open-{page}") } else { page.to_string() };
        self.take_page(cursor, Kind::Task, name, seen.collect()).await?;
        Ok(tasks.len() >= TASKS_PER_PAGE)
    }

    /// Reads the appointments of every calendar, from yesterday on.
    pub async fn appointments(&self, now: Timestamp) -> Result<(), Failure> {
        let cursors = self.cursors(Kind::Appointment);
        let read: Versioned<PagesCursor> = cursors.get().await.map_err(store)?;
        let mut cursor = read.cursor.clone();
        let calendars = self.client.calendars().await.map_err(ghl)?;
        // Whole days, so that a page is not another one at every look.
        let day = SignedDuration::from_hours(24).as_secs();
        let today = now - SignedDuration::from_secs(now.as_second().rem_euclid(day));
        for calendar in &calendars {
            let events = self.client.events(&calendar.id, today - BACK, today + AHEAD).await.map_err(ghl)?;
            let seen = events.iter().filter(|event| !event.is_of_a_series()).filter_map(|event| {
                let id = RecordId::within(event.contact_id.as_ref()?, &event.id).ok()?;
                Some((id, appointment_fingerprint(event, &self.key)))
            });
            self.take_page(&mut cursor, Kind::Appointment, calendar.id.clone(), seen.collect()).await?;
        }
        self.keep(&cursors, &read, cursor).await
    }

    /// Announces what is not as it is mirrored, where the page is another one than before.
    async fn take_page(
        &self,
        cursor: &mut PagesCursor,
        kind: Kind,
        page: String,
        seen: Vec<(RecordId, Fingerprint)>,
    ) -> Result<(), Failure> {
        let whole = self.key.of(seen.iter().map(|(id, seen)| (id.as_str(), seen.as_str())));
        if cursor.pages.get(&page) == Some(&whole) {
            return Ok(());
        }
        let links = Links::new(self.table.clone(), self.connection.clone());
        let mut hints = Vec::new();
        for (id, fingerprint) in seen {
            let identity = Identity { kind, side: Side::Ghl, id: &id };
            if !links.is_mirrored(identity, &fingerprint).await.map_err(store)? {
                let plain =
                    Hint::plain(self.connection.clone(), kind, Side::Ghl, id, random_delivery("look"));
                hints.push(Hint { fingerprint: Some(fingerprint), ..plain });
            }
        }
        let sent = self.queues.send(&hints).await;
        sent.map_err(|error| Failure::new(error.disposition(), error))?;
        cursor.pages.insert(page, whole);
        Ok(())
    }

    fn cursors(&self, kind: Kind) -> Cursors {
        Cursors::new(self.table.clone(), self.connection, Side::Ghl, kind)
    }

    async fn keep(
        &self,
        cursors: &Cursors,
        read: &Versioned<PagesCursor>,
        cursor: PagesCursor,
    ) -> Result<(), Failure> {
        if cursor != read.cursor {
            cursors.put(read, cursor).await.map_err(store)?;
        }
        Ok(())
    }
}

fn store(error: crate::store::error::Error) -> Failure {
    Failure::new(error.disposition(), error)
}

fn ghl(error: Error) -> Failure {
    Failure::new(error.disposition(), error)
}
