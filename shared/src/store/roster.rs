//! The roster of a connection: every link it has, tombstones included, in the order of GHL's ids. Sweeps, reports and
//! whoever is to forget something go through it.

use serde::{Deserialize, Serialize};

use super::error::Error;
use super::links::Link;
use super::table::{Key, Table};
use crate::model::ids::{ConnectionId, LinkId, RecordId};
use crate::model::side::{Kind, PerSide};

/// The lines that one read answers.
pub const LINES_PER_PAGE: usize = 1_000;

/// The most notes, tasks or appointments of one contact.
const OF_A_CONTACT_MAX: usize = 10_000;

/// One line.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Listed {
    pub ids: PerSide<RecordId>,
    pub link: LinkId,
    #[serde(default)]
    pub buried: bool,
}

impl From<&Link> for Listed {
    fn from(link: &Link) -> Self {
        Self { ids: link.ids.clone(), link: link.link.clone(), buried: link.buried.is_some() }
    }
}

/// The links of one kind.
#[derive(Clone, Debug)]
pub struct Roster {
    table: Table,
    connection: ConnectionId,
    kind: Kind,
}

impl Roster {
    pub fn new(table: Table, connection: ConnectionId, kind: Kind) -> Self {
        Self { table, connection, kind }
    }

    /// The next lines behind that of the GHL record `after`; fewer than [`LINES_PER_PAGE`] are the last.
    pub async fn page(&self, after: Option<&RecordId>) -> Result<Vec<Listed>, Error> {
        self.some(after, LINES_PER_PAGE).await
    }

    /// The same, `most` of them at the most.
    pub async fn some(&self, after: Option<&RecordId>, most: usize) -> Result<Vec<Listed>, Error> {
        let pk = pk(&self.connection, self.kind);
        self.table.rows_after(&pk, after.map(RecordId::as_str), most, "read the roster").await
    }

    /// How many records are linked and not deleted, and whether that is all: counting stops after so many pages.
    pub async fn count(&self, pages_max: usize) -> Result<(usize, bool), Error> {
        let (mut count, mut after) = (0, None);
        for _ in 0..pages_max {
            let page = self.page(after.as_ref()).await?;
            count += page.iter().filter(|line| !line.buried).count();
            if page.len() < LINES_PER_PAGE {
                return Ok((count, true));
            }
            after = page.last().map(|line| line.ids.ghl.clone());
        }
        Ok((count, false))
    }

    /// The notes, tasks or appointments of a GHL contact.
    pub async fn of_contact(&self, contact: &RecordId) -> Result<Vec<Listed>, Error> {
        let pk = pk(&self.connection, self.kind);
        self.table.rows_that_begin(&pk, &format!("{contact}."), OF_A_CONTACT_MAX, "read the roster").await
    }
}

pub(super) fn key(connection: &ConnectionId, kind: Kind, ghl: &RecordId) -> Key {
    Key::new(pk(connection, kind), ghl.as_str())
}

fn pk(connection: &ConnectionId, kind: Kind) -> String {
    format!("ROSTER#{connection}#{}", kind.as_str())
}
