//! How far each side has been read. What a cursor holds is its side's own affair.

use serde::de::DeserializeOwned;
use serde::{Deserialize, Serialize};

use super::error::Error;
use super::table::{If, Key, Table};
use crate::model::ids::ConnectionId;
use crate::model::side::{Kind, Side};

/// A cursor as read, with the version that a write must name.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
pub struct Versioned<T> {
    pub version: u64,
    pub cursor: T,
}

/// The cursor of one connection, side and kind.
#[derive(Clone, Debug)]
pub struct Cursors {
    table: Table,
    key: Key,
}

impl Cursors {
    pub fn new(table: Table, connection: &ConnectionId, side: Side, kind: Kind) -> Self {
        Self::named(table, connection, &format!("{}#{}", side.as_str(), kind.as_str()))
    }

    /// A cursor of something else than one kind of one side.
    pub fn named(table: Table, connection: &ConnectionId, name: &str) -> Self {
        Self { table, key: Key::new(format!("CURSOR#{connection}"), name) }
    }

    pub(super) fn key(&self) -> &Key {
        &self.key
    }

    /// The cursor, or its beginning where none was saved.
    pub async fn get<T: DeserializeOwned + Default>(&self) -> Result<Versioned<T>, Error> {
        Ok(self.table.get(&self.key, "read a cursor").await?.unwrap_or_default())
    }

    /// Saves the cursor over the one that was read.
    ///
    /// # Errors
    /// [`Error::Stale`] where another run has saved meanwhile.
    pub async fn put<T: Serialize>(&self, read: &Versioned<T>, cursor: T) -> Result<Versioned<T>, Error> {
        const DOING: &str = "save a cursor";
        let condition = if read.version == 0 { If::Absent } else { If::Version(read.version) };
        let next = Versioned { version: read.version + 1, cursor };
        if self.table.put(&self.key, &next, condition, DOING).await? {
            Ok(next)
        } else {
            Err(Error::Stale { doing: DOING })
        }
    }
}
