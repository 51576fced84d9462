//! The ids that a sweep has seen, page by page, until it has come to its end and is compared with the roster.

use std::collections::HashSet;

use jiff::{SignedDuration, Timestamp};
use serde::{Deserialize, Serialize};

use super::error::Error;
use super::table::{If, Key, Table};
use crate::model::ids::{ConnectionId, RecordId};
use crate::model::side::Side;

/// No sweep takes longer; what is left of one is of no use.
const KEPT: SignedDuration = SignedDuration::from_hours(21 * 24);

/// The most pages that a sweep has: ten million records.
const PAGES_MAX: usize = 400_000;

#[derive(Serialize, Deserialize)]
struct Page {
    ids: Vec<RecordId>,
    #[serde(default)]
    expires_at: i64,
}

/// The pages of one side.
#[derive(Clone, Debug)]
pub struct Swept {
    table: Table,
    pk: String,
}

impl Swept {
    pub fn new(table: Table, connection: &ConnectionId, side: Side) -> Self {
        Self { table, pk: format!("SWEPT#{connection}#{}", side.as_str()) }
    }

    /// Keeps a page of a sweep; once more is the same.
    pub async fn put(&self, sweep: u64, page: u64, ids: Vec<RecordId>, now: Timestamp) -> Result<(), Error> {
        let key = Key::new(self.pk.clone(), format!("{}{page:08}", beginning(sweep)));
        let row = Page { ids, expires_at: (now + KEPT).as_second() };
        self.table.put(&key, &row, If::Always, "keep a page of a sweep").await?;
        Ok(())
    }

    /// Every id that the sweep has seen.
    pub async fn all(&self, sweep: u64) -> Result<HashSet<RecordId>, Error> {
        let pages: Vec<Page> = self
            .table
            .rows_that_begin(&self.pk, &beginning(sweep), PAGES_MAX, "read the pages of a sweep")
            .await?;
        Ok(pages.into_iter().flat_map(|page| page.ids).collect())
    }

    /// Removes the pages of a sweep that is done.
    pub async fn clear(&self, sweep: u64, pages: u64) -> Result<(), Error> {
        for page in 0..=pages {
            let key = Key::new(self.pk.clone(), format!("{}{page:08}", beginning(sweep)));
            self.table.delete(&key, "remove a page of a sweep").await?;
        }
        Ok(())
    }
}

fn beginning(sweep: u64) -> String {
    format!("{sweep:010}#")
}
