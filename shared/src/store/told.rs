//! What the event bus was last told of a connection.

use serde::{Deserialize, Serialize};

use super::error::Error;
use super::table::{If, Key, Table};
use crate::connection::State;
use crate::model::ids::ConnectionId;

/// What was told; nothing yet, at first.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
pub struct Told {
    #[serde(default)]
    pub state: Option<State>,
    /// Its first import is finished.
    #[serde(default)]
    pub imported: bool,
}

/// The row of one connection.
#[derive(Clone, Debug)]
pub struct ToldOf {
    table: Table,
    key: Key,
}

impl ToldOf {
    pub fn new(table: Table, connection: &ConnectionId) -> Self {
        Self { table, key: Key::new(format!("TOLD#{connection}"), "told") }
    }

    pub async fn get(&self) -> Result<Told, Error> {
        let row: Option<Told> = self.table.get(&self.key, "read what was told").await?;
        Ok(row.unwrap_or_default())
    }

    pub async fn put(&self, told: Told) -> Result<(), Error> {
        self.table.put(&self.key, &told, If::Always, "note what was told").await.map(|_| ())
    }
}
