//! What the rules of a connection came to: when, by which event, about which records, and what was asked for, or why
//! not. Ids and names only: what the actions hold stands in their own rows until they are done.

use jiff::{SignedDuration, Timestamp};
use serde::{Deserialize, Serialize};

use super::error::Error;
use super::rules::pk;
use super::table::{If, Key, Table};
use crate::model::ids::{ConnectionId, DeliveryId, RecordId, RuleId};
use crate::model::side::PerSide;

/// How long an entry is kept.
const KEPT: SignedDuration = SignedDuration::from_hours(30 * 24);

/// The latest time that a key can hold: what came last stands first.
const LATEST: i64 = 99_999_999_999_999;

/// What came of one rule for one event.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Followed {
    pub at: Timestamp,
    pub rule: RuleId,
    /// As the rule was called then.
    pub name: String,
    /// The event's name.
    pub when: String,
    /// The record that the event was about, as far as it names one.
    #[serde(default)]
    pub ids: PerSide<Option<RecordId>>,
    pub came_to: CameTo,
}

#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(tag = "is", rename_all = "snake_case")]
pub enum CameTo {
    /// These actions were asked for, in this order; what became of each stands in its own row.
    Asked { actions: Vec<DeliveryId> },
    /// A cap stopped it.
    Stopped { why: Cap },
    /// It could not be followed; nothing was asked for.
    Failed { why: String },
}

/// What stops a rule.
#[derive(
    Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Serialize, Deserialize, schemars::JsonSchema,
)]
#[serde(rename_all = "snake_case")]
pub enum Cap {
    /// Too many rules stand behind the event already: it may be a loop.
    Depth,
    /// The rule has asked for too many writes for this record in this hour.
    Writes,
}

impl Cap {
    pub fn as_str(self) -> &'static str {
        match self {
            Self::Depth => "depth",
            Self::Writes => "writes",
        }
    }
}

#[derive(Serialize)]
struct Row<'a> {
    #[serde(flatten)]
    followed: &'a Followed,
    expires_at: i64,
}

/// The history of one connection's rules.
#[derive(Clone, Debug)]
pub struct RuleHistory {
    table: Table,
    pk: String,
}

impl RuleHistory {
    pub fn new(table: Table, connection: &ConnectionId) -> Self {
        Self { table, pk: pk(connection) }
    }

    /// Writes an entry; the same one again, by what is one event, is the same row.
    pub async fn write(&self, followed: &Followed, event: &str) -> Result<(), Error> {
        let newest_first = LATEST - followed.at.as_millisecond();
        let key = Key::new(self.pk.clone(), format!("run#{newest_first:014}#{}#{event}", followed.rule));
        let row = Row { followed, expires_at: (followed.at + KEPT).as_second() };
        self.table.put(&key, &row, If::Always, "write what a rule came to").await.map(|_| ())
    }

    /// The latest entries, the last one first.
    pub async fn latest(&self, most: usize, now: Timestamp) -> Result<Vec<Followed>, Error> {
        let rows = self.table.rows_that_begin(&self.pk, "run#", most, "read what rules came to").await?;
        let mut entries: Vec<Followed> = rows;
        entries.retain(|entry| entry.at + KEPT > now);
        Ok(entries)
    }
}
