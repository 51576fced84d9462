//! The catalogue of automations, as this connection can use it, and whether events may hold values.

use lambda_http::http::header;
use lambda_http::{Body, Request, Response};
use maud::{Markup, html};
use serde::Deserialize;
use serde_json::json;
use shared::action::catalogue::{Entry, Kind, asking, entries};
use shared::connection::Connection;
use shared::lane::work::Failure;
use shared::model::ids::ConnectionId;
use shared::model::side::Side;

use crate::connect::{Connect, no_such_connection, store};
use crate::page::{Tab, go_to};
use crate::session::Visitor;

/// The form; a box that is not ticked is not sent.
#[derive(Default, Deserialize)]
#[serde(default)]
struct Chosen {
    values: String,
}

impl Connect {
    pub(crate) async fn automation(
        &self,
        id: &ConnectionId,
        visitor: &Visitor,
    ) -> Result<Response<Body>, Failure> {
        let Some(connection) = self.connection(id).await? else {
            return Ok(no_such_connection());
        };
        let all = entries();
        let (triggers, actions): (Vec<&Entry>, Vec<&Entry>) =
            all.iter().partition(|entry| entry.kind == Kind::Trigger);
        let body = html! {
            p.lead { "What rules of yours on the event bus can listen to, and what they can ask for. " a href={ "/connections/" (id) "/automation.json" } { "The same as JSON" } ", with a schema for each." }
            section {
                h2 { "What events may hold" }
                form method="post" action={ "/connections/" (id) "/automation" } {
                    (visitor.token())
                    label.choice { input type="checkbox" name="values" value="yes" checked[connection.tells_values]; span { "Events about actions hold what the APIs answered: names, addresses, texts. Otherwise they hold ids." } }
                    button.main { "Save" }
                }
            }
            section { h2 { "Triggers (" (triggers.len()) ")" } (table(&triggers, &connection)) }
            section {
                h2 { "Actions (" (actions.len()) ")" }
                p { "An action is asked for by an event with the detail-type " code { "ActionAsked" } ", from whoever may put events on the bus:" }
                pre { (pretty(&json!({ "connection": id, "action": "ghl.task.create", "input": { "contactId": "…", "title": "Call", "dueDate": "2026-12-01T15:00:00Z", "completed": false } }))) }
                (table(&actions, &connection))
            }
        };
        Ok(visitor.page(Some((id, Tab::Automation)), "Automation", &body))
    }

    /// The catalogue as a file.
    pub(crate) async fn export_catalogue(&self, id: &ConnectionId) -> Result<Response<Body>, Failure> {
        if self.connection(id).await?.is_none() {
            return Ok(no_such_connection());
        }
        let mut file =
            Response::new(Body::from(pretty(&json!({ "asking": asking(), "entries": entries() }))));
        let headers = file.headers_mut();
        headers.insert(header::CONTENT_TYPE, header::HeaderValue::from_static("application/json"));
        headers.insert(header::CACHE_CONTROL, header::HeaderValue::from_static("no-store"));
        Ok(file)
    }

    pub(crate) async fn save_automation(
        &self,
        request: &Request,
        id: &ConnectionId,
    ) -> Result<Response<Body>, Failure> {
        let chosen: Chosen = serde_urlencoded::from_bytes(request.body().as_ref()).unwrap_or_default();
        let keep = |connection: &mut Connection| connection.tells_values = chosen.values == "yes";
        match self.engines.connections().change(id, keep).await.map_err(store)? {
            Some(_) => Ok(go_to(&format!("/connections/{id}/automation"))),
            None => Ok(no_such_connection()),
        }
    }
}

fn pretty(value: &serde_json::Value) -> String {
    serde_json::to_string_pretty(value).expect("a value can be written as JSON")
}

fn table(entries: &[&Entry], connection: &Connection) -> Markup {
    html! {
        div.wide { table.stacked {
            thead { tr { th { "Name" } th { "What it is" } th { "Here" } th { "Calls" } th { "Example" } } }
            tbody { @for entry in entries { (row(entry, connection)) } }
        } }
    }
}

fn row(entry: &Entry, connection: &Connection) -> Markup {
    let detail = &entry.example["detail"];
    let shown = if entry.kind == Kind::Action { &detail["input"] } else { detail };
    html! {
        tr {
            th scope="row" { code { (entry.name) } }
            td data-is="What it is" { (entry.says) }
            td data-is="Here" { (here(entry, connection)) }
            td data-is="Calls" { (calls(entry.calls)) }
            td data-is="Example" { details { summary { "Show" } pre { (pretty(shown)) } } }
        }
    }
}

/// Whether this connection can do it.
fn here(entry: &Entry, connection: &Connection) -> String {
    let missing = entry.scopes.iter().find(|scope| !connection.granted.contains(**scope));
    match (entry.side, missing) {
        (Some(Side::HelloLeads), _) if !entry.profiles.contains(&connection.helloleads.profile) => {
            "no: the way to HelloLeads cannot do it".to_owned()
        }
        (Some(Side::Ghl), Some(scope)) if !connection.granted.is_empty() => {
            format!("no: the scope {scope} is missing")
        }
        _ => "yes".to_owned(),
    }
}

fn calls([least, most]: [u32; 2]) -> String {
    if least == most { least.to_string() } else { format!("{least} to {most}") }
}
