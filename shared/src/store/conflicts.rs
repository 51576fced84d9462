//! The conflict journal: the value that lost, when both sides edited the same field.

use jiff::{SignedDuration, Timestamp};
use serde::{Deserialize, Serialize};

use super::error::Error;
use super::table::{If, Key, Table};
use crate::model::ids::{ConnectionId, LinkId};
use crate::model::record::{Field, Value};
use crate::model::side::{PerSide, Side};
use crate::sync::wish::ConflictId;

/// How the keys of these rows begin.
pub const ROWS: &str = "CONFLICT#";

/// How long a losing value can be restored.
const KEPT: SignedDuration = SignedDuration::from_hours(90 * 24);

/// The most that one look at the journal answers.
const LISTED_MAX: usize = 10_000;

/// One field that both sides edited.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Conflict {
    pub link: LinkId,
    /// The link's version when it happened: a run that is repeated after a crash writes the same row again.
    pub link_version: u64,
    pub field: Field,
    pub values: PerSide<Option<Value>>,
    pub winner: Side,
    pub at: Timestamp,
    /// When a person had the other value put back.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub restored_at: Option<Timestamp>,
}

#[derive(Serialize)]
struct Row<'a> {
    #[serde(flatten)]
    conflict: &'a Conflict,
    expires_at: i64,
}

/// The journal of one connection.
#[derive(Clone, Debug)]
pub struct ConflictJournal {
    table: Table,
    connection: ConnectionId,
}

impl ConflictJournal {
    pub fn new(table: Table, connection: ConnectionId) -> Self {
        Self { table, connection }
    }

    pub async fn put(&self, conflict: &Conflict) -> Result<(), Error> {
        let sk = format!("{}#{:010}#{}", conflict.link, conflict.link_version, conflict.field);
        let row = Row { conflict, expires_at: (conflict.at + KEPT).as_second() };
        self.table.put(&Key::new(self.pk(), sk), &row, If::Always, "write the conflict journal").await?;
        Ok(())
    }

    /// The conflict of this id, if it is still kept.
    pub async fn find(&self, id: &ConflictId) -> Result<Option<Conflict>, Error> {
        let beginning = format!("{}#{:010}#", id.link, id.version);
        let (pk, doing) = (self.pk(), "find a conflict");
        let found: Vec<Conflict> = self.table.rows_that_begin(&pk, &beginning, LISTED_MAX, doing).await?;
        Ok(found.into_iter().find(|conflict| ConflictId::from(conflict) == *id))
    }

    /// Notes that the other value was put back.
    pub async fn restored(&self, conflict: &Conflict, now: Timestamp) -> Result<(), Error> {
        self.put(&Conflict { restored_at: Some(now), ..conflict.clone() }).await
    }

    /// Conflicts of the last ninety days, newest first.
    pub async fn all(&self, now: Timestamp) -> Result<Vec<Conflict>, Error> {
        let mut conflicts: Vec<Conflict> =
            self.table.rows(&self.pk(), LISTED_MAX, "read the conflict journal").await?;
        conflicts.retain(|conflict| conflict.at + KEPT > now);
        conflicts.sort_by_key(|conflict| std::cmp::Reverse(conflict.at));
        Ok(conflicts)
    }

    fn pk(&self) -> String {
        format!("{ROWS}{}", self.connection)
    }
}
