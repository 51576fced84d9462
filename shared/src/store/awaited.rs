//! For which record a create was sent to a relay that does not answer with the id: by the keyed hash of what was sent (a
//! contact's e-mail or phone), since a relay need not repeat our reference, a search across may not show a contact yet,
//! and the record may be edited before the relay tells of what it made.

use jiff::{SignedDuration, Timestamp};
use serde::{Deserialize, Serialize};

use super::error::Error;
use super::table::{If, Key, Table};
use crate::model::fingerprint::Fingerprint;
use crate::model::ids::{ConnectionId, RecordId};

/// What comes later than this is found by a search across.
const KEPT: SignedDuration = SignedDuration::from_hours(7 * 24);

/// The most creates of one connection within [`KEPT`] that are gone through to forget one.
const ROWS_MAX: usize = 100_000;

#[derive(Serialize, Deserialize)]
struct Row {
    /// The record across.
    origin: RecordId,
    expires_at: i64,
}

#[derive(Deserialize)]
struct Listed {
    sk: String,
    origin: RecordId,
}

/// The creates of one connection that nobody has answered.
#[derive(Clone, Debug)]
pub struct Awaited {
    table: Table,
    connection: ConnectionId,
}

impl Awaited {
    pub fn new(table: Table, connection: ConnectionId) -> Self {
        Self { table, connection }
    }

    /// Notes for which record one that holds this was sent.
    pub async fn put(&self, hash: &Fingerprint, origin: &RecordId, now: Timestamp) -> Result<(), Error> {
        let row = Row { origin: origin.clone(), expires_at: (now + KEPT).as_second() };
        self.table.put(&self.key(hash), &row, If::Always, "note what is sent to the relay").await?;
        Ok(())
    }

    /// Forgets what was sent for this record, and for what belongs to it.
    pub async fn forget(&self, contact: &RecordId) -> Result<(), Error> {
        const DOING: &str = "forget what was sent to the relay";
        let rows: Vec<Listed> = self.table.rows(&self.pk(), ROWS_MAX, DOING).await?;
        let is_its = |row: &Listed| row.origin == *contact || row.origin.contact().as_ref() == Some(contact);
        for row in rows.into_iter().filter(is_its) {
            self.table.delete(&Key::new(self.pk(), row.sk), DOING).await?;
        }
        Ok(())
    }

    /// For which record one that holds this was sent last.
    pub async fn origin(&self, hash: &Fingerprint) -> Result<Option<RecordId>, Error> {
        let row: Option<Row> = self.table.get(&self.key(hash), "look for what was sent to the relay").await?;
        Ok(row.map(|row| row.origin))
    }

    fn key(&self, hash: &Fingerprint) -> Key {
        Key::new(self.pk(), hash.as_str())
    }

    fn pk(&self) -> String {
        format!("AWAITED#{}", self.connection)
    }
}
