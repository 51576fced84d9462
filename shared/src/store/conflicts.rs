//! The conflict journal: the value that lost, when both sides edited the same field.

use jiff::{SignedDuration, Timestamp};
use serde::{Deserialize, Serialize};

use super::error::Error;
use super::table::{If, Key, Table};
use crate::model::ids::{ConnectionId, LinkId};
use crate::model::record::{Field, Value};
use crate::model::side::{PerSide, Side};

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

    /// Conflicts of the last ninety days, newest first.
    pub async fn all(&self, now: Timestamp) -> Result<Vec<Conflict>, Error> {
        let mut conflicts: Vec<Conflict> =
            self.table.rows(&self.pk(), LISTED_MAX, "read the conflict journal").await?;
        conflicts.retain(|conflict| conflict.at + KEPT > now);
        conflicts.sort_by_key(|conflict| std::cmp::Reverse(conflict.at));
        Ok(conflicts)
    }

    fn pk(&self) -> String {
        format!("CONFLICT#{}", self.connection)
    }
}
