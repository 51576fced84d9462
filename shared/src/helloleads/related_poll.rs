//! Finds new comments and changed to-dos: reads what came since the last look, keeps each row as last seen, and announces
//! it. The row comes before the hint, and the hint before the cursor: a look that dies in between is made again, and costs
//! nothing but the look.

use std::collections::BTreeMap;

use jiff::{SignedDuration, Timestamp};
use serde::{Deserialize, Serialize};

use super::client::HelloLeadsClient;
use super::comments::RowPage;
use super::error::Error;
use super::related_record::{APPOINTMENT, CHANGED, Reading, seen_of};
use super::wall_time::{to_instant, to_query, zone};
use super::wire::Row;
use crate::connection::Connection;
use crate::errand::random_delivery;
use crate::model::fingerprint::{Fingerprint, FingerprintKey};
use crate::model::ids::RecordId;
use crate::model::side::{Kind, Side};
use crate::queue::{Hint, Queues};
use crate::store::cursors::{Cursors, Versioned};
use crate::store::last_seen::{LastSeen, Seen};
use crate::store::table::Table;

/// The most pages of one look; what is left comes with the next.
const PAGES_MAX: u64 = 10;

/// How far the rows have been read.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(default)]
pub struct RelatedCursor {
    /// The time of the latest row that a finished look has seen.
    pub high_water: Option<Timestamp>,
    /// The same of the look under way, and the page that it has come to.
    pub reached: Option<Timestamp>,
    pub page: u64,
    /// Rows of the overlap that were announced already.
    pub announced: BTreeMap<RecordId, Fingerprint>,
}

/// What is read together.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Feed {
    Comments,
    ToDos,
}

impl Feed {
    fn kind(self) -> Kind {
        match self {
            Self::Comments => Kind::Note,
            Self::ToDos => Kind::Task,
        }
    }

    /// A to-do may stand for an appointment.
    fn kind_of(self, row: &Row) -> Kind {
        let title = row.text(&["title"]).unwrap_or_default();
        match self {
            Self::ToDos if title.starts_with(APPOINTMENT.trim_end()) => Kind::Appointment,
            _ => self.kind(),
        }
    }
}

/// One connection's look at a feed.
#[derive(Clone)]
pub struct RelatedPoll {
    pub client: HelloLeadsClient,
    pub connection: Connection,
    pub key: FingerprintKey,
    pub table: Table,
    pub queues: Queues,
}

impl RelatedPoll {
    /// Reads what came since the last look.
    pub async fn look(&self, feed: Feed) -> Result<(), Error> {
        let cursors = Cursors::new(self.table.clone(), &self.connection.id, Side::HelloLeads, feed.kind());
        let mut read: Versioned<RelatedCursor> = cursors.get().await?;
        let since = read.cursor.high_water;
        for _ in 0..PAGES_MAX {
            let page = read.cursor.page + 1;
            let found = self.page(feed, page, since).await?;
            let mut next = self.take(feed, &found.rows, read.cursor.clone()).await?;
            next.page = page;
            if !found.more {
                next.high_water = next.high_water.max(next.reached.take());
                next.page = 0;
            }
            if next != read.cursor {
                read = cursors.put(&read, next).await?;
            }
            if !found.more {
                break;
            }
        }
        Ok(())
    }

    async fn page(&self, feed: Feed, page: u64, since: Option<Timestamp>) -> Result<RowPage, Error> {
        let settings = &self.connection.helloleads;
        let zone = zone(settings)?;
        let overlap = SignedDuration::from_secs(i64::from(settings.poll.overlap_seconds));
        let since = since.map(|since| to_query(since - overlap, settings, &zone));
        let mut query: Vec<(&str, &str)> = Vec::new();
        let name = match feed {
            Feed::Comments => &settings.poll.created_from,
            Feed::ToDos => &settings.poll.modified_from,
        };
        query.extend(since.iter().map(|since| (name.as_str(), since.as_str())));
        if feed == Feed::Comments {
            query.extend(
                settings.poll.created_order.iter().map(|(name, value)| (name.as_str(), value.as_str())),
            );
            return self.client.comments(page, &query).await;
        }
        self.client.to_dos(page, &query).await
    }

    /// Keeps and announces the rows; answers the cursor after them.
    async fn take(
        &self,
        feed: Feed,
        rows: &[Row],
        mut cursor: RelatedCursor,
    ) -> Result<RelatedCursor, Error> {
        let zone = zone(&self.connection.helloleads)?;
        let mut hints = Vec::new();
        for row in rows {
            let kind = feed.kind_of(row);
            let Some(id) = id_of(row).filter(|_| self.is_wanted(kind, row)) else { continue };
            let known = LastSeen::new(self.table.clone(), self.connection.id.clone(), kind);
            let before = known.get(&id).await?;
            let record = before.as_ref().map(|seen| seen.record.clone()).unwrap_or_default();
            let reading = Reading { zone: &zone };
            let fresh = seen_of(kind, id.clone(), reading.merge_into(kind, record, row), &self.key)?;
            let reference = before.as_ref().and_then(|seen| seen.reference.clone());
            let modified = row.text(&["modified", "created"]).and_then(|text| to_instant(&text, &zone));
            cursor.reached = cursor.reached.max(modified);
            if cursor.announced.get(&id) == Some(&fresh.fingerprint) {
                continue;
            }
            known.put(&Seen { reference, modified, ..fresh.clone() }).await?;
            let plain = Hint::plain(
                self.connection.id.clone(),
                kind,
                Side::HelloLeads,
                id.clone(),
                random_delivery("look"),
            );
            hints.push(Hint { fingerprint: Some(fresh.fingerprint.clone()), ..plain });
            cursor.announced.insert(id, fresh.fingerprint);
        }
        self.queues.send(&hints).await?;
        self.forget_old(&mut cursor, rows.len());
        Ok(cursor)
    }

    /// A comment that says what another would say now is ours.
    fn is_wanted(&self, kind: Kind, row: &Row) -> bool {
        let is_ours = row.text(&["text", "comment"]).is_some_and(|text| text.starts_with(CHANGED));
        self.connection.kinds.contains(&kind) && !(kind == Kind::Note && is_ours)
    }

    /// Only what the next look may show again need be remembered.
    fn forget_old(&self, cursor: &mut RelatedCursor, rows: usize) {
        const REMEMBERED_MAX: usize = 500;
        while cursor.announced.len() > REMEMBERED_MAX.max(rows) {
            cursor.announced.pop_first();
        }
    }
}

fn id_of(row: &Row) -> Option<RecordId> {
    let lead = RecordId::parse(&row.text(&["lead_id", "leadId"])?).ok()?;
    RecordId::within(&lead, &row.text(&["id"])?).ok()
}
