//! Moments that are waited for: when a task is due, when an appointment starts. A row says when to look at a link, and
//! nothing of what will be found: whoever looks then reads the link.

use jiff::{SignedDuration, Timestamp};
use serde::{Deserialize, Serialize};

use super::error::Error;
use super::table::{If, Key, Table};
use crate::model::ids::{ConnectionId, LinkId};
use crate::model::side::Kind;

/// How long after its moment a row is kept, should the connection stand still.
const KEPT: SignedDuration = SignedDuration::from_hours(7 * 24);

/// When to look at a link.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Due {
    pub kind: Kind,
    pub at: Timestamp,
    pub link: LinkId,
}

#[derive(Serialize)]
struct Row<'a> {
    #[serde(flatten)]
    due: &'a Due,
    expires_at: i64,
}

/// The moments of one connection.
#[derive(Clone, Debug)]
pub struct Dues {
    table: Table,
    pk: String,
}

impl Dues {
    pub fn new(table: Table, connection: &ConnectionId) -> Self {
        Self { table, pk: format!("DUE#{connection}") }
    }

    pub async fn put(&self, due: &Due) -> Result<(), Error> {
        let row = Row { due, expires_at: (due.at + KEPT).as_second() };
        self.table.put(&self.key(due), &row, If::Always, "note a moment").await.map(|_| ())
    }

    /// The moments of a kind up to `until`, the earliest first, `most` of them at the most.
    pub async fn until(&self, kind: Kind, until: Timestamp, most: usize) -> Result<Vec<Due>, Error> {
        let (from, to) =
            (format!("{}#", kind.as_str()), format!("{}#{:014}#~", kind.as_str(), millis(until)));
        self.table.rows_between(&self.pk, (&from, &to), most, "find the moments that have come").await
    }

    pub async fn remove(&self, due: &Due) -> Result<(), Error> {
        self.table.delete(&self.key(due), "forget a moment").await
    }

    fn key(&self, due: &Due) -> Key {
        Key::new(self.pk.clone(), format!("{}#{:014}#{}", due.kind.as_str(), millis(due.at), due.link))
    }
}

/// Nothing is waited for that was before computers counted time.
fn millis(at: Timestamp) -> i64 {
    at.as_millisecond().max(0)
}
