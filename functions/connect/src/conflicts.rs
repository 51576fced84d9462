//! What both sides disputed: who won and why, the other value back by one click, and the rule that decides.

use std::collections::BTreeSet;

use lambda_http::http::StatusCode;
use lambda_http::{Body, Request, Response};
use maud::{Markup, html};
use serde::Deserialize;
use shared::connection::Connection;
use shared::connection::policy::ConflictRule;
use shared::errand::What;
use shared::lane::work::Failure;
use shared::model::ids::{ConnectionId, LinkId};
use shared::model::record::{Field, Value};
use shared::model::side::{Kind, Side};
use shared::store::conflicts::{Conflict, ConflictJournal};
use shared::store::links::Link;
use shared::sync::wish::{ConflictId, Wish};

use crate::connect::{Connect, no_such_connection, store};
use crate::form::conflict_field;
use crate::page::{Tab, go_to, says};
use crate::session::Visitor;

/// The most conflicts that the page shows.
const ROWS_MAX: usize = 100;

/// The hidden fields behind a button.
#[derive(Deserialize)]
struct Wished {
    link: LinkId,
    version: u64,
    field: String,
}

#[derive(Deserialize)]
struct Rule {
    conflict: ConflictRule,
}

impl Connect {
    pub(crate) async fn conflicts(
        &self,
        id: &ConnectionId,
        visitor: &Visitor,
    ) -> Result<Response<Body>, Failure> {
        let Some(connection) = self.connection(id).await? else {
            return Ok(no_such_connection());
        };
        let journal = ConflictJournal::new(self.engines.table.clone(), id.clone());
        let conflicts = journal.all(self.engines.clock.now()).await.map_err(store)?;
        let shown = &conflicts[..conflicts.len().min(ROWS_MAX)];
        let links: BTreeSet<LinkId> = shown.iter().map(|conflict| conflict.link.clone()).collect();
        let links: Vec<LinkId> = links.into_iter().collect();
        let links = self.links_of(id).many(&links).await.map_err(store)?;
        let body = html! {
            p.lead { "Where both sides edited the same field, one value won, and the other one is kept here for 90 days." }
            (rule(&connection, visitor))
            section {
                h2 { "Conflicts of the last 90 days: " (conflicts.len()) }
                @if shown.is_empty() { p { "Nothing was disputed." } } @else {
                    div.wide { table.stacked {
                        thead { tr { th { "Field" } th { "HelloLeads had" } th { "GHL had" } th { "Won" } th { "When" } th { "What you can do" } } }
                        tbody { @for one in shown { (row(id, one, links.get(&one.link), visitor)) } }
                    } }
                    @if conflicts.len() > shown.len() { p { "and " (conflicts.len() - shown.len()) " more, older ones" } }
                }
            }
        };
        Ok(visitor.page(Some((id, Tab::Conflicts)), "Conflicts", &body))
    }

    /// The other value of a conflict shall stand on both sides: a message to the record's lane.
    pub(crate) async fn restore(
        &self,
        request: &Request,
        id: &ConnectionId,
    ) -> Result<Response<Body>, Failure> {
        let wished: Option<Wished> = serde_urlencoded::from_bytes(request.body().as_ref()).ok();
        let Some(wished) = wished else { return Ok(no_such_conflict()) };
        let conflict = ConflictId::new(wished.link.clone(), wished.version, &wished.field);
        let journal = ConflictJournal::new(self.engines.table.clone(), id.clone());
        let found = journal.find(&conflict).await.map_err(store)?;
        let links = self.links_of(id).many(std::slice::from_ref(&wished.link)).await.map_err(store)?;
        let link = links.get(&wished.link).filter(|link| link.connection == *id);
        let (Some(_), Some(link)) = (found, link) else { return Ok(no_such_conflict()) };
        let (kind, record) = (link.kind, link.ids.ghl.clone());
        let wish = Some(Wish::Restore { conflict });
        self.send(What::Sync { connection: id.clone(), kind, side: Side::Ghl, id: record, wish }).await?;
        Ok(go_to(&format!("/connections/{id}/conflicts")))
    }

    /// Another rule for the conflicts to come.
    pub(crate) async fn change_rule(
        &self,
        request: &Request,
        id: &ConnectionId,
    ) -> Result<Response<Body>, Failure> {
        let rule: Option<Rule> = serde_urlencoded::from_bytes(request.body().as_ref()).ok();
        let Some(rule) = rule else {
            return Ok(says(StatusCode::UNPROCESSABLE_ENTITY, "Not saved", "Choose one of the rules."));
        };
        let change = |connection: &mut Connection| connection.policy.conflict = rule.conflict;
        self.engines.connections().change(id, change).await.map_err(store)?;
        Ok(go_to(&format!("/connections/{id}/conflicts")))
    }
}

fn no_such_conflict() -> Response<Body> {
    says(StatusCode::NOT_FOUND, "Not restored", "This conflict, or its record, is not kept any more.")
}

fn rule(connection: &Connection, visitor: &Visitor) -> Markup {
    html! {
        section {
            h2 { "The rule" }
            form method="post" action={ "/connections/" (connection.id) "/rule" } {
                (visitor.token())
                (conflict_field(connection))
                button { "Change the rule" }
            }
        }
    }
}

fn row(id: &ConnectionId, one: &Conflict, link: Option<&Link>, visitor: &Visitor) -> Markup {
    let reference = ConflictId::from(one);
    let loser = one.winner.other();
    html! {
        tr {
            th data-is="Field" scope="row" {
                (field_name(&one.field))
                @if let Some(link) = link { small { " " (kind_name(link.kind)) " " (link.ids.ghl) } }
            }
            td data-is="HelloLeads had" { (shown(one.values.of(Side::HelloLeads).as_ref())) }
            td data-is="GHL had" { (shown(one.values.of(Side::Ghl).as_ref())) }
            td data-is="Won" { (one.winner) }
            td data-is="When" { (one.at.strftime("%F %T UTC")) }
            td {
                @if let Some(at) = one.restored_at { "Put back on " (at.strftime("%F %T UTC")) }
                @else if link.is_none() { "The record is gone." }
                @else {
                    form.inline method="post" action={ "/connections/" (id) "/restore" } {
                        (visitor.token())
                        input type="hidden" name="link" value=(one.link);
                        input type="hidden" name="version" value=(one.link_version);
                        input type="hidden" name="field" value=(reference.field());
                        button { "Restore " (possessive(loser)) " value" }
                    }
                }
            }
        }
    }
}

fn possessive(side: Side) -> &'static str {
    match side {
        Side::HelloLeads => "HelloLeads'",
        Side::Ghl => "GHL's",
    }
}

/// A field as a person calls it.
pub(crate) fn field_name(field: &Field) -> String {
    if let Some(tag) = field.as_tag() {
        return format!("tag “{tag}”");
    }
    field.as_custom().unwrap_or(field.as_str()).replace('_', " ")
}

pub(crate) fn kind_name(kind: Kind) -> &'static str {
    kind.as_str()
}

/// A value as a person reads it.
pub(crate) fn shown(value: Option<&Value>) -> String {
    match value {
        None => "(blank)".to_owned(),
        Some(Value::Set) => "(set)".to_owned(),
        Some(Value::Text(text)) => shared::connection::mapping::transform::as_typed(text).to_owned(),
        Some(Value::Address(address)) => {
            address.lines().into_iter().filter(|line| !line.is_empty()).collect::<Vec<_>>().join(", ")
        }
    }
}
