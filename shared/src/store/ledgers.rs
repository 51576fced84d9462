//! The budgets' rows.

use super::error::Error;
use super::table::{If, Key, Table};
use crate::budget::ledger::Ledger;
use crate::model::ids::ConnectionId;
use crate::model::side::Side;

/// The row of one side of one connection.
#[derive(Clone, Debug)]
pub struct Ledgers {
    table: Table,
    key: Key,
}

impl Ledgers {
    pub fn new(table: Table, connection: &ConnectionId, side: Side) -> Self {
        Self { table, key: Key::new(format!("BUDGET#{connection}"), side.as_str()) }
    }

    pub async fn get(&self) -> Result<Ledger, Error> {
        Ok(self.table.get(&self.key, "read a budget").await?.unwrap_or_default())
    }

    /// Whether a later version than this was read ahead: then the row is not to be read, nor written in vain.
    pub fn is_outdated(&self, version: u64) -> bool {
        self.table.peek::<Ledger>(&self.key).is_some_and(|ahead| ahead.version > version)
    }

    pub(super) fn key(&self) -> &Key {
        &self.key
    }

    /// Saves the ledger over the version that was read; `false` where somebody else has saved one meanwhile.
    pub async fn put(&self, ledger: &mut Ledger) -> Result<bool, Error> {
        let condition = if ledger.version == 0 { If::Absent } else { If::Version(ledger.version) };
        ledger.version += 1;
        self.table.put(&self.key, ledger, condition, "save a budget").await
    }
}
