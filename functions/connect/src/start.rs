//! The start page: every connection, and how to make one.

use lambda_http::{Body, Response};
use maud::{Markup, html};
use shared::connection::{Connection, State};
use shared::lane::work::Failure;

use crate::connect::{Connect, store};
use crate::session::Visitor;
use crate::status::pill;
use crate::wizard::steps_before_a_connection;

impl Connect {
    pub(crate) async fn all_connections(&self, visitor: &Visitor) -> Result<Response<Body>, Failure> {
        let mut connections = self.engines.connections().all().await.map_err(store)?;
        // Whoever needs a person comes first.
        connections.sort_by_key(|connection| (urgency(connection), connection.id.clone()));
        let is_entered = self.app().await?.is_entered();
        let body = html! {
            @if connections.is_empty() { (steps_before_a_connection()) } @else { (list(&connections)) }
            section {
                h2 { @if is_entered { "Connect a GHL location" } @else { "Begin" } }
                @if is_entered {
                    p { "GHL asks which location, or an agency to connect all of its locations, and leads back here." }
                    div.buttons {
                        a.button.main href="/install" { "Connect GHL" }
                        a.button href="/app" { "The GHL app" }
                    }
                } @else {
                    p { "First the GHL app: its addresses and scopes are made out for you, and you paste its credentials." }
                    a.button.main href="/app" { "Set up the GHL app" }
                }
            }
        };
        Ok(visitor.page(None, "Connections", &body))
    }
}

fn urgency(connection: &Connection) -> u8 {
    match connection.state {
        State::NeedsAttention { .. } => 0,
        State::Pending => 1,
        State::Paused => 2,
        State::Live => 3,
        State::Uninstalled => 4,
    }
}

fn list(connections: &[Connection]) -> Markup {
    html! {
        section {
            h2 { "GHL locations: " (connections.len()) }
            div.wide { table.stacked {
                thead { tr { th { "Location" } th { "State" } th { "What to do" } } }
                tbody {
                    @for connection in connections {
                        tr {
                            th scope="row" { a href={ "/connections/" (connection.id) } { (connection.id) } }
                            td { (pill(connection.state)) }
                            td { (next(connection.state)) }
                        }
                    }
                }
            } }
        }
    }
}

/// The one thing to do about a connection, if there is one.
pub(crate) fn next(state: State) -> String {
    match state {
        State::Live => "Nothing.".to_owned(),
        State::Pending => "Finish its set-up, and start it.".to_owned(),
        State::Paused => "Resume it when you like; nothing is lost meanwhile.".to_owned(),
        State::NeedsAttention { attention } => {
            let text = attention.to_string();
            text.split_once("; ").map_or(text.clone(), |(why, what)| format!("{}: {why}.", capital(what)))
        }
        State::Uninstalled => {
            "The app was removed from this location in GHL; connect it again to go on.".to_owned()
        }
    }
}

fn capital(text: &str) -> String {
    let mut letters = text.chars();
    letters.next().map(|first| first.to_uppercase().chain(letters).collect()).unwrap_or_default()
}
