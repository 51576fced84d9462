//! What the sync did to each record: which side, which fields, when, and the delivery that brought it. Field names only:
//! the values stand in both CRMs. The rows of a batch are written together.

use jiff::{SignedDuration, Timestamp};
use serde::{Deserialize, Serialize};

use super::error::Error;
use super::table::{Item, Key, Table, to_item};
use crate::model::ids::{DeliveryId, LinkId};
use crate::model::record::Field;
use crate::model::side::Side;

/// How long an entry is kept.
const KEPT: SignedDuration = SignedDuration::from_hours(90 * 24);

const DOING: &str = "write the history";

/// The most entries that one look answers.
const LISTED_MAX: usize = 1_000;

/// What was done.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Deed {
    Created,
    Changed,
    Deleted,
    /// The other one was deleted: this one was marked, and is left alone.
    Marked,
}

/// One thing that was done to one record.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Entry {
    pub link: LinkId,
    pub at: Timestamp,
    /// The side that was written.
    pub on: Side,
    pub deed: Deed,
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub fields: Vec<Field>,
    /// What brought it.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub delivery: Option<DeliveryId>,
}

#[derive(Serialize)]
struct Row<'a> {
    #[serde(flatten)]
    entry: &'a Entry,
    expires_at: i64,
}

/// All histories.
#[derive(Clone, Debug)]
pub struct History {
    table: Table,
}

impl History {
    pub fn new(table: Table) -> Self {
        Self { table }
    }

    /// Writes the entries, 25 a call.
    pub async fn write(&self, entries: &[Entry]) -> Result<(), Error> {
        let rows = entries.iter().map(to_row).collect::<Result<Vec<_>, _>>()?;
        self.table.put_many(rows, DOING).await
    }

    /// What was done to the records of a link in the last ninety days, the latest first.
    pub async fn of(&self, link: &LinkId, now: Timestamp) -> Result<Vec<Entry>, Error> {
        let mut entries: Vec<Entry> = self.table.rows(&pk(link), LISTED_MAX, "read a history").await?;
        entries.retain(|entry| entry.at + KEPT > now);
        entries.reverse();
        Ok(entries)
    }
}

/// The same entry again is the same row: two sides are never written in the same millisecond by the same delivery
/// in the same way.
fn to_row(entry: &Entry) -> Result<Item, Error> {
    let delivery = entry.delivery.as_ref().map_or("", DeliveryId::as_str);
    let sk = format!("{:014}#{}#{:?}#{delivery}", entry.at.as_millisecond(), entry.on.as_str(), entry.deed);
    let row = Row { entry, expires_at: (entry.at + KEPT).as_second() };
    to_item(&Key::new(pk(&entry.link), sk), &row, DOING)
}

pub(super) fn pk(link: &LinkId) -> String {
    format!("HISTORY#{link}")
}
