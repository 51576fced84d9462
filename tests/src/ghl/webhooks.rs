//! The webhooks that GHL sends: at least once, in no promised order, signed over the raw body.

use std::collections::{BTreeMap, VecDeque};

use jiff::Timestamp;
use serde_json::{Map, Value, json};

use super::contact::Contact;
use super::ids::{Ids, Kind};
use super::{fake, shape, signing};

/// How often a webhook is sent again after its first try, before it is given up.
const REPEATS_MAX: u32 = 12;

/// The contact events.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Event {
    Create,
    Update,
    TagUpdate,
    DndUpdate,
    Delete,
}

impl Event {
    fn name(self) -> &'static str {
        match self {
            Self::Create => "ContactCreate",
            Self::Update => "ContactUpdate",
            Self::TagUpdate => "ContactTagUpdate",
            Self::DndUpdate => "ContactDndUpdate",
            Self::Delete => "ContactDelete",
        }
    }
}

/// One webhook, ready to be delivered, repeated, reordered or dropped.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct SignedWebhook {
    pub headers: Vec<(String, String)>,
    pub body: Vec<u8>,
    pub webhook_id: String,
    /// The body's `type`, such as `ContactUpdate`.
    pub event: String,
}

/// The webhooks that nobody has accepted yet.
#[derive(Default)]
pub(super) struct Outbox {
    waiting: VecDeque<SignedWebhook>,
    failures: BTreeMap<String, u32>,
    given_up: usize,
}

impl Outbox {
    pub fn push(&mut self, hook: SignedWebhook) {
        self.waiting.push_back(hook);
    }

    pub fn waiting(&self) -> &VecDeque<SignedWebhook> {
        &self.waiting
    }

    pub fn take_all(&mut self) -> Vec<SignedWebhook> {
        self.waiting.drain(..).collect()
    }

    /// How many webhooks were refused to the end.
    pub fn given_up(&self) -> usize {
        self.given_up
    }

    pub fn accepted(&mut self, hook: &SignedWebhook) {
        self.failures.remove(&hook.webhook_id);
        self.remove(hook);
    }

    /// Keeps the webhook for another try, with the same body, unless it had its last.
    pub fn refused(&mut self, hook: &SignedWebhook) {
        self.remove(hook);
        let failures = self.failures.entry(hook.webhook_id.clone()).or_default();
        *failures += 1;
        if *failures > REPEATS_MAX {
            self.given_up += 1;
        } else {
            self.waiting.push_back(hook.clone());
        }
    }

    fn remove(&mut self, hook: &SignedWebhook) {
        self.waiting.retain(|waiting| waiting.webhook_id != hook.webhook_id);
    }
}

/// The webhook of a contact event.
pub(super) fn of_contact(event: Event, contact: &Contact) -> Map<String, Value> {
    let mut body = shape::as_hook(contact);
    if event == Event::DndUpdate {
        body.insert("dnd".to_owned(), json!(contact.dnd));
        body.insert("dndSettings".to_owned(), contact.dnd_settings.clone().unwrap_or_else(|| json!({})));
    }
    body.insert("type".to_owned(), json!(event.name()));
    body
}

/// The webhook of an install into one location.
pub(super) fn of_install(company: &str) -> Map<String, Value> {
    object(json!({
        "type": "INSTALL",
        "installType": "Location",
        "companyId": company,
        "userId": fake::INSTALLER,
        "companyName": "Example Agency",
        "isWhitelabelCompany": false,
        "whitelabelDetails": {},
    }))
}

/// The webhook of an uninstall from one location: it does not name the company.
pub(super) fn of_uninstall() -> Map<String, Value> {
    object(json!({"type": "UNINSTALL"}))
}

/// Adds the envelope (flat, beside the record's own fields) and signs. Sent again, it keeps its `timestamp`.
pub(super) fn signed(
    mut body: Map<String, Value>,
    ids: &mut Ids,
    now: Timestamp,
    legacy: bool,
) -> SignedWebhook {
    let webhook_id = ids.next_uuid(Kind::Webhook);
    let event = body["type"].as_str().unwrap_or_default().to_owned();
    body.insert("versionId".to_owned(), json!(fake::VERSION_ID));
    body.insert("appId".to_owned(), json!(fake::APP_ID));
    body.insert("timestamp".to_owned(), json!(shape::instant(now)));
    body.insert("webhookId".to_owned(), json!(webhook_id));
    let body = Value::Object(body).to_string().into_bytes();
    let mut headers = vec![
        ("content-type".to_owned(), "application/json".to_owned()),
        ("x-ghl-signature".to_owned(), signing::sign(&body)),
    ];
    if legacy {
        headers.push(("x-wh-signature".to_owned(), signing::sign_legacy(&body)));
    }
    SignedWebhook { headers, body, webhook_id, event }
}

fn object(value: Value) -> Map<String, Value> {
    value.as_object().cloned().unwrap_or_default()
}
