//! What a preview has read: HelloLeads' leads, page by page, and which of them a GHL contact was found for. A connection
//! that runs has its leads in last seen rows; one that has not begun has them here, for two days.

use std::collections::HashSet;

use jiff::{SignedDuration, Timestamp};
use serde::{Deserialize, Serialize};

use super::error::Error;
use super::last_seen::Seen;
use super::table::{If, Key, Table};
use crate::model::ids::{ConnectionId, RecordId};

/// How long what was read is of use. People's data is not kept for longer than it is needed.
const KEPT: SignedDuration = SignedDuration::from_hours(48);

/// The most pages of one preview.
const PAGES_MAX: usize = 10_000;

#[derive(Serialize, Deserialize)]
struct Page {
    #[serde(default)]
    leads: Vec<Seen>,
    #[serde(default)]
    found: Vec<RecordId>,
    #[serde(default)]
    expires_at: i64,
}

/// The previews of one connection.
#[derive(Clone, Debug)]
pub struct Previews {
    table: Table,
    pk: String,
}

impl Previews {
    pub fn new(table: Table, connection: &ConnectionId) -> Self {
        Self { table, pk: format!("PREVIEW#{connection}") }
    }

    /// Keeps a page of leads; once more is the same.
    pub async fn put_leads(
        &self,
        preview: u64,
        page: u64,
        leads: Vec<Seen>,
        now: Timestamp,
    ) -> Result<(), Error> {
        self.put(
            preview,
            "leads",
            page,
            Page { leads, found: Vec::new(), expires_at: (now + KEPT).as_second() },
        )
        .await
    }

    /// Keeps the leads that the contacts of a page of GHL's are, or may be.
    pub async fn put_found(
        &self,
        preview: u64,
        page: u64,
        found: Vec<RecordId>,
        now: Timestamp,
    ) -> Result<(), Error> {
        self.put(
            preview,
            "found",
            page,
            Page { leads: Vec::new(), found, expires_at: (now + KEPT).as_second() },
        )
        .await
    }

    async fn put(&self, preview: u64, what: &str, page: u64, row: Page) -> Result<(), Error> {
        let key = Key::new(self.pk.clone(), format!("{}{page:08}", beginning(preview, what)));
        self.table.put(&key, &row, If::Always, "keep a page of a preview").await?;
        Ok(())
    }

    /// Every lead that was read.
    pub async fn leads(&self, preview: u64, now: Timestamp) -> Result<Vec<Seen>, Error> {
        Ok(self.pages(preview, "leads", now).await?.into_iter().flat_map(|page| page.leads).collect())
    }

    /// Every lead that a contact was found for.
    pub async fn found(&self, preview: u64, now: Timestamp) -> Result<HashSet<RecordId>, Error> {
        Ok(self.pages(preview, "found", now).await?.into_iter().flat_map(|page| page.found).collect())
    }

    async fn pages(&self, preview: u64, what: &str, now: Timestamp) -> Result<Vec<Page>, Error> {
        let beginning = beginning(preview, what);
        let pages: Vec<Page> =
            self.table.rows_that_begin(&self.pk, &beginning, PAGES_MAX, "read a preview").await?;
        Ok(pages.into_iter().filter(|page| page.expires_at > now.as_second()).collect())
    }
}

fn beginning(preview: u64, what: &str) -> String {
    format!("{preview:010}#{what}#")
}
