//! Makes the file for HelloLeads' own bulk import, page by page: GHL's contacts that are not linked yet.

use serde_json::Value as Json;

use super::engines::Engines;
use crate::connection::Connection;
use crate::ghl::record::to_record;
use crate::helloleads::bulk_file::{head, row};
use crate::helloleads::error::Error;
use crate::helloleads::record::Form;
use crate::lane::work::Failure;
use crate::model::ids::RecordId;
use crate::model::side::{Kind, Side};
use crate::store::links::{Known, Links};

/// Few enough for GHL's budget to give them at a stroke.
const CONTACTS_PER_PAGE: u32 = 50;

/// A part of the file.
#[derive(Clone, Default, PartialEq, Eq)]
pub struct BulkPage {
    pub lines: String,
    /// Contacts in it, and contacts that HelloLeads would not take.
    pub contacts: u64,
    pub left_out: u64,
    /// Where the next part begins; none behind the last.
    pub next: Option<Json>,
}

/// The lines are people's data: a debug print shows the counts only.
impl std::fmt::Debug for BulkPage {
    fn fmt(&self, formatter: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        write!(formatter, "BulkPage({} contacts, {} left out)", self.contacts, self.left_out)
    }
}

impl Engines {
    /// The part of the file that begins at `after`; the first one has the titles. One call for each contact in it: the
    /// search shows names in lower case.
    pub async fn bulk_page(
        &self,
        connection: &Connection,
        after: Option<&Json>,
    ) -> Result<BulkPage, Failure> {
        let form = Form {
            settings: &connection.helloleads,
            mapping: &connection.mapping,
            region: &connection.region,
        };
        let failed = |error: Error| Failure::new(error.disposition(), error);
        let client = self.ghl_client(connection);
        let found = client.search_all(after, CONTACTS_PER_PAGE).await;
        let found = found.map_err(|error| Failure::new(error.disposition(), error))?;
        let ids: Vec<RecordId> = found.contacts.iter().map(|contact| contact.id.clone()).collect();
        let links = Links::new(self.table.clone(), connection.id.clone());
        let known = links.known_many(Kind::Contact, Side::Ghl, &ids).await;
        let known = known.map_err(|error| Failure::new(error.disposition(), error))?;
        let mut page = BulkPage::default();
        if after.is_none() {
            page.lines = head(form).map_err(failed)?;
        }
        for (id, _) in ids.iter().zip(known).filter(|(_, known)| *known == Known::Nothing) {
            let contact = client.contact(id).await;
            let contact = contact.map_err(|error| Failure::new(error.disposition(), error))?;
            let record = contact.map(|contact| to_record(&contact, &connection.mapping, &connection.region));
            match record.map(|record| row(form, &record)).transpose().map_err(failed)?.flatten() {
                Some(line) => {
                    page.lines.push_str(&line);
                    page.contacts += 1;
                }
                None => page.left_out += 1,
            }
        }
        let last = found.contacts.last().and_then(|contact| contact.search_after.clone());
        page.next = last.filter(|last| ids.len() >= CONTACTS_PER_PAGE as usize && after != Some(last));
        Ok(page)
    }
}
