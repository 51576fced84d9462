//! The product's way to both CRMs, without a socket: calls are refused, delayed or lost, before or after the work.

use async_trait::async_trait;
use bytes::Bytes;
use http::StatusCode;
use jiff::SignedDuration;
use serde_json::Value;
use shared::http::{CALL_TIMEOUT, Request, Response, Transport, TransportError};
use shared::model::side::Kind;

use super::belongings::{marked, to_face};
use super::entries;
use super::face::{Face, of_contact, of_lead, text};
use super::model::{Model, On};
use super::setting::{GHL_PORT, HELLOLEADS_PORTS};
use super::weather::{Fault, Weather};
use crate::ghl::FakeGhl;
use crate::helloleads::FakeHelloLeads;

/// The most that half the way to a CRM takes, in milliseconds.
const HOP_MS: i64 = 250;

const HTML: &str = "<html><head><title>502 Bad Gateway</title></head><body>nginx</body></html>";

/// Both CRMs, each HelloLeads account for itself.
#[derive(Clone)]
pub struct CrmWire {
    pub ghl: FakeGhl,
    pub locations: Vec<String>,
    /// The accounts that are looked at rather than told about.
    pub polled: Vec<Crm>,
    pub helloleads: Vec<FakeHelloLeads>,
    pub weather: Weather,
    pub model: Model,
}

/// Whom a call goes to.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub enum Crm {
    Ghl,
    /// A HelloLeads account, by the place of its connection.
    HelloLeads(usize),
}

#[async_trait]
impl Transport for CrmWire {
    async fn send(&self, request: Request) -> Result<Response, TransportError> {
        let crm = to_crm(&request);
        let what =
            format!("{} {}", request.method(), request.uri().path_and_query().map_or("", |it| it.as_str()));
        self.weather.hop(HOP_MS).await;
        let fault = self.fault_before(crm, &request);
        if let Some(fault) = fault {
            self.weather.tell(|| format!("  ! {}: {crm:?} {what}", fault.name()));
            return self.refuse(fault).await;
        }
        let answer = self.work(crm, &what, request.clone());
        if let Some(fault) = self.fault_after(&request, answer.status()) {
            self.weather.tell(|| format!("  ! {}: {crm:?} {what}", fault.name()));
            self.model.answer_lost(&request, answer.status());
            self.doubt(crm, &request, fault);
            return self.refuse(fault).await;
        }
        self.weather.hop(HOP_MS).await;
        Ok(answer)
    }
}

impl CrmWire {
    fn fault_before(&self, crm: Crm, request: &Request) -> Option<Fault> {
        let is_token = request.uri().path().starts_with("/oauth/");
        let faults = [Fault::CrmBusy, Fault::CrmError, Fault::CrmHtml, Fault::CrmTimeout, Fault::CrmReset];
        if crm == Crm::Ghl && !is_token && self.weather.strikes(Fault::CrmUnauthorised) {
            return Some(Fault::CrmUnauthorised);
        }
        self.weather.first_of(&faults)
    }

    fn fault_after(&self, request: &Request, status: StatusCode) -> Option<Fault> {
        let path = request.uri().path();
        let creates = request.method() == http::Method::POST
            && status.is_success()
            && !path.ends_with("/search")
            && !path.ends_with("/tags")
            && !path.starts_with("/oauth/")
            && !path.starts_with("/relay/");
        if creates && self.weather.strikes(Fault::CreateRefusedAndDone) {
            return Some(Fault::CreateRefusedAndDone);
        }
        self.weather.first_of(&[
            Fault::CrmErrorAfterWork,
            Fault::CrmTimeoutAfterWork,
            Fault::CrmResetAfterWork,
        ])
    }

    async fn refuse(&self, fault: Fault) -> Result<Response, TransportError> {
        match fault {
            Fault::CrmTimeout | Fault::CrmTimeoutAfterWork => {
                let patience = SignedDuration::try_from(CALL_TIMEOUT).expect("ten seconds is a short time");
                self.weather.naps.nap(patience).await;
                Err(TransportError::Timeout)
            }
            Fault::CrmReset | Fault::CrmResetAfterWork => {
                Err(TransportError::Broken("the connection broke".into()))
            }
            Fault::CrmBusy => Ok(answer(429, "application/json", r#"{"message":"Too many requests"}"#)),
            Fault::CrmUnauthorised => Ok(answer(401, "application/json", r#"{"message":"Invalid JWT"}"#)),
            Fault::CreateRefusedAndDone => {
                Ok(answer(422, "application/json", r#"{"message":"it could not be saved","statusCode":422}"#))
            }
            Fault::CrmHtml => Ok(answer(502, "text/html", HTML)),
            _ => Ok(answer(503, "application/json", r#"{"message":"try again"}"#)),
        }
    }

    fn work(&self, crm: Crm, what: &str, request: Request) -> Response {
        let body = request.body().clone();
        let (before, entries) = (self.record(crm, &request), self.entries(crm, &request));
        let answered = match crm {
            Crm::Ghl => self.ghl.answer(request.clone()),
            Crm::HelloLeads(place) => self.helloleads[place].answer(request.clone()),
        };
        if let Some(before) = before {
            self.model.wrote(self.weather.begun(), &before.marker, false);
            let after = self.record(crm, &request);
            let polled = matches!(crm, Crm::Ghl) || self.polled.contains(&crm);
            let begun = if polled { self.weather.time.now() } else { self.weather.begun() };
            let shown_as = (crm, before.id.as_str());
            let mut excused = self.model.overwritten(shown_as, &before, after.as_ref(), begun);
            let now = self.entries(crm, &request);
            for entry in entries {
                let after = now.iter().find(|one| one.id == entry.id);
                excused += self.model.overwritten(shown_as, &entry, after, begun);
            }
            for _ in 0..excused {
                self.weather.count("(edit overwritten that nobody could have noticed)");
            }
        }
        if let Some(marker) = made(&request).filter(|_| answered.status().is_success()) {
            self.model.wrote(self.weather.begun(), &marker, true);
        }
        self.model.note(crm, &request, &answered);
        if request.uri().path() == "/oauth/token" {
            self.model.granted(self.weather.begun(), &answered);
        }
        self.weather.tell(|| {
            let shown = String::from_utf8_lossy(&body);
            let shown = if what.contains("/oauth/") { "" } else { shown.as_ref() };
            let got = if request.method() == http::Method::GET || what.contains("/oauth/") {
                String::new()
            } else {
                String::from_utf8_lossy(answered.body()).chars().take(160).collect()
            };
            format!("  {crm:?} {what} {shown} -> {} {got}", answered.status().as_u16())
        });
        answered
    }
}

impl CrmWire {
    /// Nobody hears what came of this call, or hears something else.
    fn doubt(&self, crm: Crm, request: &Request, fault: Fault) {
        if let Some(record) = self.record(crm, request) {
            self.model.doubt(&record.marker, false);
        }
        let Some(marker) = made(request) else { return };
        self.model.doubt(&marker, true);
        if fault == Fault::CreateRefusedAndDone {
            self.model.change(&marker, |subject| subject.denied = true);
        }
    }

    /// The record that a write is about, as its side shows it now.
    fn record(&self, crm: Crm, request: &Request) -> Option<Face> {
        if *request.method() == http::Method::GET {
            return None;
        }
        let body: Value = serde_json::from_slice(request.body()).unwrap_or_default();
        match crm {
            Crm::Ghl => self.of_ghl(request.uri().path()),
            Crm::HelloLeads(place) => {
                let account = &self.helloleads[place];
                let named = || body["lead_id"].as_str().or(body["lead_ids"][0].as_str());
                let lead = match request.uri().path().rsplit_once("/lead/") {
                    Some((_, id)) => id.to_owned(),
                    None => named().or(body["lead"]["id"].as_str())?.to_owned(),
                };
                let kind = body["event"].as_str().and_then(|event| event.split('.').next()).unwrap_or("lead");
                let (kind, all) = match kind {
                    "note" => (Kind::Note, account.comments(&lead)),
                    "task" => (Kind::Task, account.todos(&lead)),
                    "appointment" => (Kind::Appointment, account.appointments(&lead)),
                    _ => return Some(of_lead(&account.lead(&lead)?)),
                };
                let shown = all.into_iter().find(|shown| shown["id"] == body[kind.as_str()]["id"])?;
                Some(to_face(On::HelloLeads, kind, &shown))
            }
        }
    }

    /// What stands in the notes of a lead that is written by the key.
    fn entries(&self, crm: Crm, request: &Request) -> Vec<Face> {
        let (Crm::HelloLeads(place), Some((_, lead))) = (crm, request.uri().path().rsplit_once("/lead/"))
        else {
            return Vec::new();
        };
        let notes = self.helloleads[place].lead(lead).map_or_else(String::new, |lead| text(&lead, "notes"));
        let all = Kind::OF_A_CONTACT.into_iter();
        all.flat_map(|kind| {
            entries::shown(&notes, kind).into_iter().map(move |shown| to_face(On::HelloLeads, kind, &shown))
        })
        .collect()
    }

    /// The contact, note, task or appointment that a path names.
    fn of_ghl(&self, path: &str) -> Option<Face> {
        let in_any = |find: &dyn Fn(&str) -> Option<Value>| self.locations.iter().find_map(|it| find(it));
        let segments: Vec<&str> = path.trim_matches('/').split('/').collect();
        let (kind, found) = match segments.as_slice() {
            ["contacts", contact] | ["contacts", contact, "tags"] => {
                return in_any(&|location| self.ghl.contact(location, contact)).map(|it| of_contact(&it));
            }
            ["contacts", contact, "notes", id] => {
                (Kind::Note, in_any(&|location| named(self.ghl.notes(location, contact), id)))
            }
            ["contacts", contact, "tasks", id, ..] => {
                (Kind::Task, in_any(&|location| named(self.ghl.tasks(location, contact), id)))
            }
            ["calendars", "events", .., id] => {
                (Kind::Appointment, in_any(&|location| named(self.ghl.appointments(location), id)))
            }
            _ => return None,
        };
        Some(to_face(On::Ghl, kind, &found?))
    }
}

/// The marker of what a call makes: a contact, lead, note, task or appointment.
fn made(request: &Request) -> Option<String> {
    let (path, body) = (request.uri().path(), serde_json::from_slice::<Value>(request.body()).ok()?);
    let relayed = path.starts_with("/relay/");
    let makes = match body["event"].as_str() {
        Some(event) => event.ends_with(".created"),
        None => *request.method() == http::Method::POST && !path.ends_with("/search"),
    };
    let part = ["lead", "note", "task", "appointment"].into_iter().rev().find(|part| body[part].is_object());
    let record = if relayed { &body[part?] } else { &body };
    let text = |name: &str| record[name].as_str();
    let marker = text("lastName").or(text("last_name")).or(text("title"));
    makes.then(|| marker.or_else(|| text("body").map(|note| marked(note).0)))?.map(str::to_owned)
}

fn named(all: Vec<Value>, id: &str) -> Option<Value> {
    all.into_iter().find(|shown| shown["id"] == id)
}

fn to_crm(request: &Request) -> Crm {
    let port = request.uri().port_u16().unwrap_or(0);
    if port == GHL_PORT {
        return Crm::Ghl;
    }
    let place = HELLOLEADS_PORTS.iter().position(|known| *known == port);
    Crm::HelloLeads(place.unwrap_or_else(|| panic!("nobody answers on port {port}")))
}

fn answer(status: u16, content_type: &str, body: &str) -> Response {
    http::Response::builder()
        .status(status)
        .header("content-type", content_type)
        .body(Bytes::from(body.to_owned()))
        .expect("a constant status and content type make a response")
}
