//! What sweeps found to differ.

use jiff::{SignedDuration, Timestamp};
use serde::{Deserialize, Serialize};

use super::error::Error;
use super::table::{If, Key, Table};
use crate::model::ids::ConnectionId;
use crate::sync::difference::Difference;

/// How long a report can be read.
const KEPT: SignedDuration = SignedDuration::from_hours(30 * 24);

/// The most differences of one sweep that are kept; what is beyond is counted only.
pub const KEPT_MAX: u64 = 10_000;

#[derive(Serialize, Deserialize)]
struct Row {
    difference: Difference,
    #[serde(default)]
    expires_at: i64,
}

/// The differences of one connection.
#[derive(Clone, Debug)]
pub struct Differences {
    table: Table,
    pk: String,
}

impl Differences {
    pub fn new(table: Table, connection: &ConnectionId) -> Self {
        Self { table, pk: format!("DIFFERENCE#{connection}") }
    }

    /// Keeps what a sweep found, the first of them as its `number`th.
    pub async fn put(
        &self,
        sweep: u64,
        number: u64,
        found: &[Difference],
        now: Timestamp,
    ) -> Result<(), Error> {
        for (place, difference) in (number..KEPT_MAX).zip(found) {
            let key = Key::new(self.pk.clone(), format!("{}{place:08}", beginning(sweep)));
            let row = Row { difference: difference.clone(), expires_at: (now + KEPT).as_second() };
            self.table.put(&key, &row, If::Always, "keep a difference").await?;
        }
        Ok(())
    }

    /// What this sweep found, `most` of it at the most.
    pub async fn of(&self, sweep: u64, most: usize) -> Result<Vec<Difference>, Error> {
        let rows: Vec<Row> =
            self.table.rows_that_begin(&self.pk, &beginning(sweep), most, "read the differences").await?;
        Ok(rows.into_iter().map(|row| row.difference).collect())
    }
}

fn beginning(sweep: u64) -> String {
    format!("{sweep:010}#")
}
