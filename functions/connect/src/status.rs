//! What a person sees of a connection: how it stands, what waits for a person, and its settings.

use lambda_http::http::StatusCode;
use lambda_http::{Body, Request, Response};
use maud::{Markup, html};
use secrecy::ExposeSecret;
use shared::connection::{Connection, State};
use shared::helloleads::hook::live_secrets;
use shared::lane::work::Failure;
use shared::model::ids::ConnectionId;
use shared::model::record::Value;
use shared::model::side::Side;
use shared::store::conflicts::{Conflict, ConflictJournal};
use shared::store::parked::{Parked, ParkedList};
use shared::store::people;
use shared::sync::progress::Progress;

use crate::calls::calls_of;
use crate::connect::{Connect, store};
use crate::limits::limits_of;
use crate::page::{Tab, says};
use crate::session::Visitor;

/// The most rows that a table of the page shows.
const ROWS_MAX: usize = 50;

impl Connect {
    /// The start page: every connection, and how to make one.
    pub(crate) async fn all_connections(
        &self,
        request: &Request,
        visitor: &Visitor,
    ) -> Result<Response<Body>, Failure> {
        let connections = self.engines.connections().all().await.map_err(store)?;
        let own = self.own_address(request);
        let body = html! {
            @if connections.is_empty() { p { "Nothing is connected yet." } }
            @else {
                table {
                    thead { tr { th { "GHL location" } th { "State" } } }
                    tbody {
                        @for connection in &connections {
                            tr { td { a href={ "/connections/" (connection.id) } { (connection.id) } } td { (connection.state) } }
                        }
                    }
                }
            }
            h2 { "Connect a GHL location" }
            p { a href="/install" { "Connect GHL" } " and choose the location, or an agency to connect all of its locations." }
            p { "In the GHL app's settings, the redirect address is " code { (own) "/oauth/callback" }
                " and the webhook address is " code { (own) "/webhooks/ghl" } "." }
        };
        Ok(visitor.page(None, "Connections", &body))
    }

    /// The page of one connection.
    pub(crate) async fn status(
        &self,
        request: &Request,
        id: &ConnectionId,
        visitor: &Visitor,
    ) -> Result<Response<Body>, Failure> {
        let Some(connection) = self.engines.connections().get(id).await.map_err(store)? else {
            return Ok(says(StatusCode::NOT_FOUND, "Not found", "There is no such connection."));
        };
        if connection.state == State::Pending {
            return self.go_on_with(&connection, visitor).await;
        }
        let table = self.engines.table.clone();
        let parked = ParkedList::new(table.clone(), id.clone()).all().await.map_err(store)?;
        let journal = ConflictJournal::new(table.clone(), id.clone());
        let conflicts = journal.all(self.engines.clock.now()).await.map_err(store)?;
        let progress = Progress::read(&table, id).await.map_err(store)?;
        let hook = self.hook(request, &connection).await?;
        let people = people::read(&table, id).await.map_err(store)?;
        let calls = calls_of(&connection, &table, self.engines.clock.now()).await.map_err(store)?;
        let (import, brakes) = (
            self.import_of(&connection, &progress, visitor).await?,
            self.brakes_of(&connection, visitor).await?,
        );
        let sweeps = self.sweeps_of(&connection, visitor).await?;
        let body = html! {
            (state_of(&connection, visitor))
            (brakes)
            (import)
            (progress_of(&progress))
            (calls)
            (parked_of(&parked))
            (conflicts_of(&conflicts))
            (sweeps)
            (limits_of(&connection, people.as_ref()))
            (hook)
        };
        Ok(visitor.page(Some((id, Tab::Status)), &format!("Connection {id}"), &body))
    }

    /// What the user's automation tool is given.
    async fn hook(&self, request: &Request, connection: &Connection) -> Result<Markup, Failure> {
        let keys = self.engines.keys.get().await.map_err(|error| Failure::new(error.disposition(), error))?;
        let settings = &connection.helloleads.hook;
        let secrets = live_secrets(keys.hook_master(), &connection.id, settings.generation);
        let own = self.own_address(request);
        Ok(html! {
            h2 { "Webhook for HelloLeads changes" }
            p { "HelloLeads sends no webhooks itself. An automation tool (Zapier, Make, Pabbly, Pipedream …) can send them in its place, to "
                code { (own) "/hooks/helloleads/" (connection.id) }
                ", signed with HMAC-SHA256 over timestamp, a dot and the body, in " code { (settings.signature_header) }
                " (as " code { (settings.signature_prefix) "<hex>" } ") and " code { (settings.timestamp_header) } "." }
            details { summary { "Show the secret" } p { code { (secrets.first().map(ExposeSecret::expose_secret).unwrap_or_default()) } } }
        })
    }
}

fn state_of(connection: &Connection, visitor: &Visitor) -> Markup {
    let id = &connection.id;
    let good = connection.state.is_live();
    html! {
        p.note.good[good] { strong { (connection.state) } }
        @match connection.state {
            State::Live => { (visitor.button(&format!("/connections/{id}/pause"), "Pause")) },
            State::Paused | State::NeedsAttention { .. } => {
                (visitor.button(&format!("/connections/{id}/resume"), "Resume"))
                p { a href="/install" { "Connect GHL again" } }
            },
            State::Pending => {},
            State::Uninstalled => p { a href="/install" { "Connect GHL again" } " to go on with the links that are kept." },
        }
    }
}

fn progress_of(progress: &Progress) -> Markup {
    html! {
        h2 { "Progress" }
        table { tbody {
            @for line in progress.lines() { tr { th { (line.0) } td { (line.1) } } }
        } }
    }
}

fn parked_of(parked: &[Parked]) -> Markup {
    let (alone, others): (Vec<_>, Vec<_>) = parked.iter().partition(|one| one.reason.is_left_alone());
    let (waiting, failing): (Vec<_>, Vec<_>) = others.into_iter().partition(|one| one.reason.is_waiting());
    html! {
        h2 { "Needs a person: " (failing.len()) }
        @if failing.is_empty() { p { "No record is stuck." } }
        @else {
            table {
                thead { tr { th { "Record" } th { "Reason" } th { "Since" } } }
                tbody {
                    @for one in failing.iter().take(ROWS_MAX) {
                        tr { td { (one.side) " " (one.kind.as_str()) " " code { (one.id) } } td { (one.reason) } td { (one.at.strftime("%F %T UTC")) } }
                    }
                }
            }
            @if failing.len() > ROWS_MAX { p { "and " (failing.len() - ROWS_MAX) " more" } }
        }
        @if !alone.is_empty() { p { (counted(alone.len(), "appointment")) " of a recurring series left alone: change them on both sides by hand." } }
        @if !waiting.is_empty() { p { (waiting.len()) " records wait and go on by themselves." } }
    }
}

fn counted(number: usize, what: &str) -> String {
    if number == 1 { format!("1 {what}") } else { format!("{number} {what}s") }
}

fn conflicts_of(conflicts: &[Conflict]) -> Markup {
    html! {
        h2 { "Conflicts of the last 90 days: " (conflicts.len()) }
        @if !conflicts.is_empty() {
            table {
                thead { tr { th { "Field" } th { "HelloLeads had" } th { "GHL had" } th { "Won" } th { "When" } } }
                tbody {
                    @for one in conflicts.iter().take(ROWS_MAX) {
                        tr {
                            td { (one.field) }
                            td { (shown(one.values.of(Side::HelloLeads).as_ref())) }
                            td { (shown(one.values.of(Side::Ghl).as_ref())) }
                            td { (one.winner) }
                            td { (one.at.strftime("%F %T UTC")) }
                        }
                    }
                }
            }
        }
    }
}

/// A value as a person reads it.
fn shown(value: Option<&Value>) -> String {
    match value {
        None => "(blank)".to_owned(),
        Some(Value::Set) => "(set)".to_owned(),
        Some(Value::Text(text)) => text.clone(),
        Some(Value::Address(address)) => {
            address.lines().into_iter().filter(|line| !line.is_empty()).collect::<Vec<_>>().join(", ")
        }
    }
}
