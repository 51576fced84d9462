//! The catalogue of automations, as this connection can use it, and whether events may hold values.

use lambda_http::http::{StatusCode, header};
use lambda_http::{Body, Request, Response};
use maud::{Markup, html};
use serde::Deserialize;
use serde_json::json;
use shared::action::catalogue::{Entry, Kind, asking, entries};
use shared::connection::Connection;
use shared::http::BaseUrl;
use shared::lane::work::Failure;
use shared::model::ids::ConnectionId;
use shared::model::side::Side;
use shared::outgoing::{OutgoingHook, Secret};

use crate::connect::{Connect, no_such_connection, store};
use crate::page::{Tab, go_to, pretty, says};
use crate::session::Visitor;

/// The form; a box that is not ticked is not sent.
#[derive(Default, Deserialize)]
#[serde(default)]
struct Chosen {
    values: String,
    /// Where events are sent; blank for nowhere.
    url: String,
    renew: String,
    /// How long before its start an appointment is soon; blank leaves it.
    soon: String,
}

/// The shortest and the longest time that is soon, in minutes: the schedule asks every five.
const SOON: std::ops::RangeInclusive<u32> = 5..=1_440;

impl Connect {
    pub(crate) async fn automation(
        &self,
        id: &ConnectionId,
        visitor: &Visitor,
    ) -> Result<Response<Body>, Failure> {
        let Some(connection) = self.connection(id).await? else {
            return Ok(no_such_connection());
        };
        let secret = self.outgoing_secret(&connection).await?;
        let all = entries();
        let (triggers, actions): (Vec<&Entry>, Vec<&Entry>) =
            all.iter().partition(|entry| entry.kind == Kind::Trigger);
        let body = html! {
            p.lead { "What rules of yours on the event bus can listen to, and what they can ask for. " a href={ "/connections/" (id) "/automation.json" } { "The same as JSON" } ", with a schema for each. " a href={ "/connections/" (id) "/rules" } { "Rules" } " tie the two together without an event bus of your own." }
            section {
                h2 { "Events of this connection" }
                (receiver(&connection))
                form method="post" action={ "/connections/" (id) "/automation" } {
                    (visitor.token())
                    label.choice { input type="checkbox" name="values" value="yes" checked[connection.tells_values]; span { "Events hold values: those about actions what the APIs answered, those about records what the fields hold now. Names, addresses, texts. Otherwise they hold ids and names of fields." } }
                    label for="soon" { "An appointment is soon" small { "So many minutes before it starts, " code { "AppointmentSoon" } " is told." } }
                    input id="soon" name="soon" type="number" min=(SOON.start()) max=(SOON.end()) value=(connection.soon_minutes);
                    label for="url" { "Receiver" small { "An https address of the public internet that gets every event of this connection. Blank for none." } }
                    input id="url" name="url" value=(connection.outgoing.as_ref().map_or("", |hook| hook.url.as_url().as_str()));
                    @if let Some(secret) = &secret {
                        p { "Each is signed by the Standard Webhooks convention, with this secret: " code { (secret) } }
                        label.choice { input type="checkbox" name="renew" value="yes"; span { "Make another secret" } }
                    }
                    button.main { "Save" }
                }
            }
            section { h2 { "Triggers (" (triggers.len()) ")" } (table(&triggers, &connection)) }
            section {
                h2 { "Actions (" (actions.len()) ")" }
                p { "An action is asked for by an event with the detail-type " code { "ActionAsked" } ", from whoever may put events on the bus:" }
                pre { (pretty(&json!({ "connection": id, "action": "ghl.task.create", "input": { "contactId": "…", "title": "Call", "dueDate": "2026-12-01T15:00:00Z", "completed": false } }))) }
                @for side in Side::BOTH {
                    @let of_side: Vec<&Entry> = actions.iter().copied().filter(|entry| entry.side == Some(side)).collect();
                    details { summary { (side) " (" (of_side.len()) ")" } (table(&of_side, &connection)) }
                }
            }
        };
        Ok(visitor.page(Some((id, Tab::Automation)), "Automation", &body))
    }

    /// What the receiver checks signatures with, where there is one.
    async fn outgoing_secret(&self, connection: &Connection) -> Result<Option<String>, Failure> {
        let Some(hook) = &connection.outgoing else { return Ok(None) };
        let keys = self.engines.keys.get().await;
        let keys = keys.map_err(|error| Failure::new(error.disposition(), error))?;
        Ok(Some(Secret::of(keys.hook_master(), &connection.id, hook.generation).shown()))
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
        let url = match chosen.url.trim() {
            "" => None,
            entered => match BaseUrl::parse(entered) {
                Ok(url) => Some(url),
                Err(wrong) => {
                    return Ok(says(
                        StatusCode::UNPROCESSABLE_ENTITY,
                        "Not saved",
                        &format!("The receiver: {wrong}."),
                    ));
                }
            },
        };
        let soon = match chosen.soon.trim() {
            "" => None,
            entered => match entered.parse().ok().filter(|minutes| SOON.contains(minutes)) {
                Some(minutes) => Some(minutes),
                None => {
                    let text = format!(
                        "An appointment is soon {} to {} minutes before it starts.",
                        SOON.start(),
                        SOON.end()
                    );
                    return Ok(says(StatusCode::UNPROCESSABLE_ENTITY, "Not saved", &text));
                }
            },
        };
        let keep = |connection: &mut Connection| {
            connection.tells_values = chosen.values == "yes";
            connection.soon_minutes = soon.unwrap_or(connection.soon_minutes);
            let before = connection.outgoing.as_ref().map_or(0, |hook| hook.generation);
            let generation = before + u32::from(chosen.renew == "yes");
            connection.outgoing = url.clone().map(|url| OutgoingHook { url, generation, stopped: false });
        };
        match self.engines.connections().change(id, keep).await.map_err(store)? {
            Some(_) => Ok(go_to(&format!("/connections/{id}/automation"))),
            None => Ok(no_such_connection()),
        }
    }
}

fn receiver(connection: &Connection) -> Markup {
    html! {
        @if connection.outgoing.as_ref().is_some_and(|hook| hook.stopped) {
            div.note.bad role="alert" { p { "The receiver failed for half a day, or said that it is gone: nothing is sent any more. Mend it, and save it here again." } }
        }
    }
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
