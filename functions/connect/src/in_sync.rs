//! The contacts that are in sync: linked, and in none of the lists of what stands aside.

use std::collections::HashSet;

use lambda_http::{Body, Request, RequestExt, Response};
use maud::{Markup, html};
use shared::lane::work::Failure;
use shared::model::ids::{ConnectionId, RecordId};
use shared::model::side::{Kind, Side};
use shared::store::parked::Parked;
use shared::store::roster::{Listed, Roster};

use crate::connect::{Connect, no_such_connection, store};
use crate::page::Tab;
use crate::session::Visitor;
use crate::stuck::Lists;

/// The linked contacts that one page goes through.
const ROWS_MAX: usize = 100;

impl Connect {
    /// A page of them, behind the GHL contact that the query names.
    pub(crate) async fn in_sync(
        &self,
        request: &Request,
        id: &ConnectionId,
        visitor: &Visitor,
    ) -> Result<Response<Body>, Failure> {
        if self.connection(id).await?.is_none() {
            return Ok(no_such_connection());
        }
        let query = request.query_string_parameters();
        let after = query.first("after").and_then(|after| RecordId::parse(after).ok());
        let roster = Roster::new(self.engines.table.clone(), id.clone(), Kind::Contact);
        let lines = roster.some(after.as_ref(), ROWS_MAX).await.map_err(store)?;
        let lists = self.lists(id).await?;
        let aside = Aside::of(&lists);
        let in_sync: Vec<&Listed> = lines.iter().filter(|line| !line.buried && !aside.holds(line)).collect();
        let next = lines.last().filter(|_| lines.len() == ROWS_MAX);
        let body = html! {
            p.lead { "These contacts are on both sides, and what is synced of them is the same. In the order of GHL's ids." }
            section {
                @if in_sync.is_empty() { p { "None here." } } @else { (table(id, &in_sync)) }
                @if let Some(last) = next {
                    p { a.button href={ "/connections/" (id) "/in-sync?after=" (last.ids.ghl) } { "The next ones" } }
                }
            }
        };
        Ok(visitor.page(Some((id, Tab::InSync)), "In sync", &body))
    }
}

/// The contacts that stand in any of the lists, by their side and id.
struct Aside<'a>(HashSet<(Side, &'a str)>);

impl<'a> Aside<'a> {
    fn of(lists: &'a Lists) -> Self {
        let Lists { failing, waiting, left_alone, excluded } = lists;
        let all = [failing, waiting, left_alone, excluded].into_iter().flatten();
        let contacts = all.filter(|parked: &&Parked| parked.kind == Kind::Contact);
        Self(contacts.map(|parked| (parked.side, parked.id.as_str())).collect())
    }

    fn holds(&self, line: &Listed) -> bool {
        Side::BOTH.into_iter().any(|side| self.0.contains(&(side, line.ids.of(side).as_str())))
    }
}

fn table(id: &ConnectionId, lines: &[&Listed]) -> Markup {
    html! {
        div.wide { table.stacked {
            thead { tr { th { "GHL contact" } th { "HelloLeads lead" } th { "What was done" } } }
            tbody {
                @for line in lines {
                    tr {
                        th scope="row" { (line.ids.ghl) }
                        td data-is="HelloLeads lead" { (line.ids.helloleads) }
                        td data-is="What was done" {
                            a href={ "/connections/" (id) "/history?id=" (line.ids.ghl) } aria-label={ "History of " (line.ids.ghl) } { "History" }
                        }
                    }
                }
            }
        } }
    }
}
