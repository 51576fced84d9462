//! Records put aside, each with its reason.

use jiff::Timestamp;
use serde::{Deserialize, Serialize};

use super::error::Error;
use super::identity::Identity;
use super::table::{If, Key, Table};
use crate::disposition::Reason;
use crate::model::ids::{ConnectionId, RecordId};
use crate::model::side::{Kind, Side};

/// How the keys of these rows begin.
pub const ROWS: &str = "PARKED#";

/// The most that one look at the list answers.
pub const LISTED_MAX: usize = 100_000;

/// So many are read at once where only some are looked for.
const PAGE: usize = 200;

#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Parked {
    pub kind: Kind,
    pub side: Side,
    pub id: RecordId,
    pub reason: Reason,
    pub at: Timestamp,
}

/// The parked records of one connection.
#[derive(Clone, Debug)]
pub struct ParkedList {
    table: Table,
    connection: ConnectionId,
}

impl ParkedList {
    pub fn new(table: Table, connection: ConnectionId) -> Self {
        Self { table, connection }
    }

    /// Puts the record aside; a later reason replaces an earlier one.
    pub async fn put(&self, parked: &Parked) -> Result<(), Error> {
        let record = Identity { kind: parked.kind, side: parked.side, id: &parked.id };
        self.table.put(&key(&self.connection, record), parked, If::Always, "park a record").await?;
        Ok(())
    }

    pub async fn get(&self, record: Identity<'_>) -> Result<Option<Parked>, Error> {
        self.table.get(&key(&self.connection, record), "read a parked record").await
    }

    pub async fn remove(&self, record: Identity<'_>) -> Result<(), Error> {
        self.table.delete(&key(&self.connection, record), "take a record off the parked list").await
    }

    /// The parked notes, tasks and appointments of a contact.
    pub async fn of_contact(&self, side: Side, contact: &RecordId) -> Result<Vec<Parked>, Error> {
        let prefix = format!("{}#{contact}.", side.as_str());
        self.table.rows_that_begin(&pk(&self.connection), &prefix, LISTED_MAX, "list parked records").await
    }

    /// Up to so many of those that wait until all leads were read once.
    pub async fn waiting_for_first_import(&self, most: usize) -> Result<Vec<Parked>, Error> {
        let (mut found, mut after) = (Vec::new(), None::<String>);
        loop {
            let pk = pk(&self.connection);
            let rows: Vec<Parked> =
                self.table.rows_after(&pk, after.as_deref(), PAGE, "list parked records").await?;
            let is_last = rows.len() < PAGE;
            after = rows.last().map(|row| sk(Identity { kind: row.kind, side: row.side, id: &row.id }));
            found.extend(rows.into_iter().filter(|row| row.reason == Reason::FirstImport));
            if is_last || found.len() >= most {
                found.truncate(most);
                return Ok(found);
            }
        }
    }

    /// Up to [`LISTED_MAX`] parked records.
    pub async fn all(&self) -> Result<Vec<Parked>, Error> {
        self.table.rows(&pk(&self.connection), LISTED_MAX, "list parked records").await
    }
}

pub(super) fn key(connection: &ConnectionId, record: Identity<'_>) -> Key {
    Key::new(pk(connection), sk(record))
}

fn sk(record: Identity<'_>) -> String {
    format!("{}#{}#{}", record.side.as_str(), record.id, record.kind.as_str())
}

fn pk(connection: &ConnectionId) -> String {
    format!("{ROWS}{connection}")
}
