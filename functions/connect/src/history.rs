//! What the sync did to one contact: each change with its side, its fields, its time and what brought it.

use lambda_http::{Body, Request, RequestExt, Response};
use maud::{Markup, html};
use shared::lane::work::Failure;
use shared::model::ids::{ConnectionId, RecordId};
use shared::model::side::{Kind, Side};
use shared::store::history::{Deed, Entry, History};
use shared::store::identity::Identity;
use shared::store::links::{Known, Link};

use crate::conflicts::field_name;
use crate::connect::{Connect, no_such_connection, store};
use crate::page::Tab;
use crate::session::Visitor;

impl Connect {
    /// The history of the contact that the query names, by its id on either side.
    pub(crate) async fn history(
        &self,
        request: &Request,
        id: &ConnectionId,
        visitor: &Visitor,
    ) -> Result<Response<Body>, Failure> {
        if self.connection(id).await?.is_none() {
            return Ok(no_such_connection());
        }
        let query = request.query_string_parameters();
        let asked = query.first("id").unwrap_or_default().trim().to_owned();
        let found = match RecordId::parse(&asked) {
            Ok(contact) => self.linked(id, &contact).await?,
            Err(_) => None,
        };
        let body = html! {
            p.lead { "What the sync did to a contact in the last 90 days: which side it wrote, which fields, when, and what brought it." }
            section {
                form method="get" action={ "/connections/" (id) "/history" } {
                    label for="id" { "Id of the contact, or of the lead" small { "It stands in the address of its own page, in either CRM." } }
                    input id="id" name="id" value=(asked) required;
                    button.main { "Show its history" }
                }
            }
            @if let Some(link) = &found {
                (entries(link, &History::new(self.engines.table.clone()).of(&link.link, self.engines.clock.now()).await.map_err(store)?))
            } @else if !asked.is_empty() {
                div.note role="status" { p { "No contact with this id is linked. If it should be, look at the stuck records." } }
            }
        };
        Ok(visitor.page(Some((id, Tab::History)), "History", &body))
    }

    async fn linked(&self, id: &ConnectionId, contact: &RecordId) -> Result<Option<Link>, Failure> {
        let links = self.links_of(id);
        for side in Side::BOTH {
            let record = Identity { kind: Kind::Contact, side, id: contact };
            if let Known::Linked(link) = links.known(record).await.map_err(store)? {
                return Ok(Some(*link));
            }
        }
        Ok(None)
    }
}

fn entries(link: &Link, entries: &[Entry]) -> Markup {
    html! {
        section {
            h2 { "GHL contact " (link.ids.ghl) " and HelloLeads lead " (link.ids.helloleads) }
            @if link.buried.is_some() { p { "It was deleted, and is not synced any more." } }
            @if entries.is_empty() { p { "Nothing was written since the two were linked: they were the same." } } @else {
                div.wide { table.stacked {
                    thead { tr { th { "When" } th { "What" } th { "Fields" } th { "Brought by" } } }
                    tbody { @for entry in entries { (row(entry)) } }
                } }
            }
        }
    }
}

fn row(entry: &Entry) -> Markup {
    let fields: Vec<String> = entry.fields.iter().map(field_name).collect();
    html! {
        tr {
            th scope="row" { (entry.at.strftime("%F %T UTC")) }
            td data-is="What" { (deed(entry.deed)) " " (entry.on) }
            td data-is="Fields" { (if fields.is_empty() { "–".to_owned() } else { fields.join(", ") }) }
            td data-is="Brought by" { @if let Some(delivery) = &entry.delivery { code { (delivery) } } @else { "–" } }
        }
    }
}

fn deed(deed: Deed) -> &'static str {
    match deed {
        Deed::Created => "Created in",
        Deed::Changed => "Changed in",
        Deed::Deleted => "Deleted in",
        Deed::Marked => "Marked, and left alone from then on, in",
    }
}
