//! Removes everything that is held about one contact: links, mirrors, last seen rows, the journal, parked records.

use serde::Deserialize;

use super::awaited::Awaited;
use super::error::Error;
use super::identity::Identity;
use super::last_seen::LastSeen;
use super::links::{Known, Link, Links};
use super::parked::ParkedList;
use super::roster::{Listed, Roster};
use super::table::{Key, Table};
use crate::helloleads::lead_notes::WHOLE;
use crate::model::ids::{ConnectionId, RecordId};
use crate::model::side::{Kind, Side};

/// The most conflicts of one link.
const CONFLICTS_MAX: usize = 10_000;

/// The families of rows that stand under a connection's id alone.
const FAMILIES: [&str; 15] = [
    "ACTION",
    "RULE",
    "DUE",
    "AWAITED",
    "TOLD",
    "FIGURES",
    "CURSOR",
    "PARKED",
    "CONFLICT",
    "BUDGET",
    "IMPORT",
    "PEOPLE",
    "BRAKE",
    "DIFFERENCE",
    PREVIEW,
];

/// What a preview has read may show whoever is to be forgotten.
const PREVIEW: &str = "PREVIEW";

/// The rows that are removed together.
const ROWS_MAX: usize = 1_000;

/// The key of a row, and nothing else of it.
#[derive(Deserialize)]
struct Bare {
    pk: String,
    sk: String,
}

/// What one connection holds.
#[derive(Clone, Debug)]
pub struct Forgetting {
    table: Table,
    connection: ConnectionId,
    links: Links,
    parked: ParkedList,
    awaited: Awaited,
}

impl Forgetting {
    pub fn new(table: Table, connection: ConnectionId) -> Self {
        let links = Links::new(table.clone(), connection.clone());
        let parked = ParkedList::new(table.clone(), connection.clone());
        let awaited = Awaited::new(table.clone(), connection.clone());
        Self { table, connection, links, parked, awaited }
    }

    /// Forgets a contact, named by its id on either side, with its notes, tasks and appointments. Each step can be
    /// repeated, and the link goes last: whoever dies in between begins anew.
    pub async fn contact(&self, side: Side, id: &RecordId) -> Result<(), Error> {
        self.partition(&format!("{PREVIEW}#{}", self.connection)).await?;
        let known = self.links.known(Identity { kind: Kind::Contact, side, id }).await?;
        let Known::Linked(link) = known else { return self.unlinked(side, id).await };
        for kind in Kind::OF_A_CONTACT {
            self.related(kind, &link).await?;
        }
        for side in Side::BOTH {
            self.waiting(side, link.ids.of(side)).await?;
        }
        self.awaited.forget(&link.ids.ghl).await?;
        let whole = RecordId::within(&link.ids.helloleads, WHOLE).ok();
        if let Some(whole) = whole {
            self.rows(Kind::Note).remove(&whole).await?;
        }
        self.link(&link).await
    }

    /// Forgets a note, task or appointment.
    pub async fn related_record(&self, kind: Kind, line: &Listed) -> Result<(), Error> {
        match self.links.known(Identity { kind, side: Side::Ghl, id: &line.ids.ghl }).await? {
            Known::Linked(link) => self.link(&link).await,
            Known::Nothing | Known::Intent(_) | Known::Ignored => {
                self.links.unlist(kind, &line.ids.ghl).await
            }
        }
    }

    /// Forgets what is left of a connection whose records are forgotten: its rows of every family, itself last.
    pub async fn connection(&self) -> Result<(), Error> {
        for family in FAMILIES {
            let pk = format!("{family}#{}", self.connection);
            self.partition(&pk).await?;
        }
        for side in Side::BOTH {
            self.partition(&format!("SWEPT#{}#{}", self.connection, side.as_str())).await?;
        }
        self.partition(&format!("CONNECTION#{}", self.connection)).await
    }

    async fn partition(&self, pk: &str) -> Result<(), Error> {
        loop {
            let rows: Vec<Bare> = self.table.rows(pk, ROWS_MAX, "find what is left of a connection").await?;
            if rows.is_empty() {
                return Ok(());
            }
            for row in rows {
                self.table.delete(&Key::new(row.pk, row.sk), "remove what is left of a connection").await?;
            }
        }
    }

    async fn unlinked(&self, side: Side, id: &RecordId) -> Result<(), Error> {
        let identity = Identity { kind: Kind::Contact, side, id };
        if side == Side::HelloLeads {
            self.rows(Kind::Contact).remove(id).await?;
        }
        self.waiting(side, id).await?;
        self.parked.remove(identity).await?;
        if side == Side::Ghl {
            self.awaited.forget(id).await?;
            self.links.unlist(Kind::Contact, id).await?;
        }
        self.links.withdraw(identity).await
    }

    async fn related(&self, kind: Kind, contact: &Link) -> Result<(), Error> {
        let roster = Roster::new(self.table.clone(), self.connection.clone(), kind);
        let ghl = contact.former.iter().filter(|(side, _)| *side == Side::Ghl).map(|(_, id)| id);
        for id in ghl.chain([&contact.ids.ghl]) {
            for line in roster.of_contact(id).await? {
                self.related_record(kind, &line).await?;
            }
        }
        Ok(())
    }

    /// What waits for the contact, and was never linked.
    async fn waiting(&self, side: Side, contact: &RecordId) -> Result<(), Error> {
        for parked in self.parked.of_contact(side, contact).await? {
            let identity = Identity { kind: parked.kind, side: parked.side, id: &parked.id };
            if side == Side::HelloLeads {
                self.rows(parked.kind).remove(&parked.id).await?;
            }
            self.links.withdraw(identity).await?;
            self.parked.remove(identity).await?;
        }
        Ok(())
    }

    async fn link(&self, link: &Link) -> Result<(), Error> {
        let journal = format!("{}{}", super::conflicts::ROWS, self.connection);
        let beginning = format!("{}#", link.link);
        let conflicts: Vec<Bare> = self
            .table
            .rows_that_begin(&journal, &beginning, CONFLICTS_MAX, "find the conflicts of a link")
            .await?;
        for row in conflicts {
            self.table.delete(&Key::new(row.pk, row.sk), "remove a conflict").await?;
        }
        self.partition(&super::history::pk(&link.link)).await?;
        for side in Side::BOTH {
            self.parked.remove(Identity { kind: link.kind, side, id: link.ids.of(side) }).await?;
        }
        let former = link.former.iter().filter(|(side, _)| *side == Side::HelloLeads).map(|(_, id)| id);
        for id in former.chain([&link.ids.helloleads]) {
            self.rows(link.kind).remove(id).await?;
        }
        self.links.remove(link).await
    }

    fn rows(&self, kind: Kind) -> LastSeen {
        LastSeen::new(self.table.clone(), self.connection.clone(), kind)
    }
}
