//! The relay: the automation tool that a user runs beside HelloLeads, which has no webhooks of its own. It
//! sees what people do in HelloLeads and tells us.

use std::collections::VecDeque;

use aws_lc_rs::hmac;
use serde_json::{Value, json};
use url::form_urlencoded::Serializer;

use super::fake::FakeHelloLeads;
use super::lead::Lead;
use super::related::{Item, Kind};
use super::related_relay;
use super::row::row;
use super::state::State;

/// How the relay proves that a webhook is its own.
#[derive(Clone)]
pub enum RelayAuth {
    /// `X-Hls-Timestamp`, and `X-Hls-Signature: v1=<hex HMAC-SHA256 of "<timestamp>.<body>">`.
    Hmac { secret: String },
    /// `Authorization: Bearer <secret>`, for tools that cannot compute a signature.
    Bearer { secret: String },
}

/// The shape of the relay's webhooks.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub enum RelayBody {
    /// `{"event","id","occurred_at","lead":{…}}`
    #[default]
    Json,
    /// The same as a form, nested as PHP does it: `event=…&lead[first_name]=…`; `null` is an empty value.
    Form,
    /// `{"kind","delivery","sent_at","data":{"contact":{…}}}`: a shape of the tool's own.
    Foreign,
}

/// One webhook that waits to be delivered: a snapshot of the lead at the time of the change. It is signed
/// when it is sent, by [`FakeHelloLeads::relay_headers`].
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct RelayHook {
    pub event_id: String,
    /// `lead.created`, `lead.updated` or `lead.deleted`.
    pub event: String,
    pub lead_id: String,
    pub content_type: String,
    pub body: Vec<u8>,
}

/// What the relay is set to do.
#[derive(Default)]
pub(super) struct Relay {
    target: Option<(String, RelayAuth)>,
    body: RelayBody,
    pub catch_secret: Option<String>,
    waiting: VecDeque<RelayHook>,
    last_event: u64,
}

impl FakeHelloLeads {
    /// From now on each change that a person or the relay makes queues a webhook for this address.
    pub fn relay_to(&self, hook_url: &str, auth: RelayAuth) {
        self.state().relay.target = Some((hook_url.to_owned(), auth));
    }

    /// The shape of the webhooks queued from now on.
    pub fn set_relay_body(&self, body: RelayBody) {
        self.state().relay.body = body;
    }

    /// The secret that signs what the catch hook takes. Without one it takes nothing.
    pub fn set_catch_secret(&self, secret: &str) {
        self.state().relay.catch_secret = Some(secret.to_owned());
    }

    pub fn relay_hooks_waiting(&self) -> usize {
        self.state().relay.waiting.len()
    }

    /// Takes all waiting webhooks, oldest first: the caller delivers, drops, repeats or reorders them.
    pub fn take_relay_hooks(&self) -> Vec<RelayHook> {
        self.state().relay.waiting.drain(..).collect()
    }

    /// The headers with which a webhook would be sent now: the content type and the proof.
    pub fn relay_headers(&self, hook: &RelayHook) -> Vec<(String, String)> {
        let state = self.state();
        let (_, auth) = state.relay.target.as_ref().expect("relay_to was called");
        let content_type = ("content-type".to_owned(), hook.content_type.clone());
        match auth {
            RelayAuth::Hmac { secret } => {
                let timestamp = state.time.now().as_second().to_string();
                let signature = format!("v1={}", signature(secret, &timestamp, &hook.body));
                let proof =
                    [("x-hls-timestamp".to_owned(), timestamp), ("x-hls-signature".to_owned(), signature)];
                [content_type].into_iter().chain(proof).collect()
            }
            RelayAuth::Bearer { secret } => {
                vec![content_type, ("authorization".to_owned(), format!("Bearer {secret}"))]
            }
        }
    }

    /// Sends one webhook and answers the status; 0 where no answer came. It is not queued again.
    pub async fn deliver_relay(&self, hook: &RelayHook) -> u16 {
        let url = self.state().relay.target.as_ref().expect("relay_to was called").0.clone();
        let mut request = self.http().post(url).body(hook.body.clone());
        for (name, value) in self.relay_headers(hook) {
            request = request.header(name, value);
        }
        request.send().await.map_or(0, |response| response.status().as_u16())
    }

    /// Sends all waiting webhooks once, in order, and answers how many were accepted; the others wait again.
    pub async fn deliver_relays(&self) -> usize {
        let hooks = self.take_relay_hooks();
        let tried = hooks.len();
        let mut refused = VecDeque::new();
        for hook in hooks {
            if !(200..300).contains(&self.deliver_relay(&hook).await) {
                refused.push_back(hook);
            }
        }
        let accepted = tried - refused.len();
        let waiting = &mut self.state().relay.waiting;
        // What came up meanwhile is younger than what was refused.
        refused.append(waiting);
        *waiting = refused;
        accepted
    }
}

/// Queues a webhook about a lead that exists.
pub(super) fn tell(state: &mut State, event: &str, id: u64) {
    let lead = state.leads.get(id).expect("the lead was kept a moment ago");
    let mut shown = row(state, lead);
    if let Some(reference) = lead.reference.as_ref().filter(|_| state.switches.relay_keeps_reference) {
        shown["reference"] = json!(reference);
    }
    queue(state, event, id, shown);
}

/// Queues a webhook about a lead that is gone: it names the lead and the time, and shows nothing more.
pub(super) fn tell_deleted(state: &mut State, lead: &Lead) {
    let shown = json!({"id": lead.id.to_string(), "modified": state.wall_text(state.its_now())});
    queue(state, "lead.deleted", lead.id, shown);
}

/// Queues a webhook about a comment, to-do or appointment that exists.
pub(super) fn tell_related(state: &mut State, kind: Kind, what: &str, id: u64) {
    let item = &state.related.items[&(kind, id)];
    let shown = related_relay::shown(item, kind, state.switches.relay_keeps_reference);
    let (event, lead) = (format!("{}.{what}", kind.relay_name()), item.lead);
    queue_with(state, &event, lead, json!({ "id": lead.to_string() }), Some((kind, shown)));
}

/// Queues a webhook about one that is gone: it names it, and shows nothing more.
pub(super) fn tell_related_deleted(state: &mut State, kind: Kind, item: &Item) {
    let (event, shown) = (format!("{}.deleted", kind.relay_name()), json!({ "id": item.id.to_string() }));
    queue_with(state, &event, item.lead, json!({ "id": item.lead.to_string() }), Some((kind, shown)));
}

fn queue(state: &mut State, event: &str, id: u64, lead: Value) {
    queue_with(state, event, id, lead, None);
}

fn queue_with(state: &mut State, event: &str, id: u64, lead: Value, record: Option<(Kind, Value)>) {
    if state.relay.target.is_none() {
        return;
    }
    state.relay.last_event += 1;
    let event_id = format!("relay-event-{}", state.relay.last_event);
    let occurred_at = state.time.now().to_string();
    let (content_type, body) = written(state.relay.body, event, &event_id, &occurred_at, lead, record);
    let (event, lead_id) = (event.to_owned(), id.to_string());
    state.relay.waiting.push_back(RelayHook {
        event_id,
        event,
        lead_id,
        content_type: content_type.to_owned(),
        body,
    });
}

fn written(
    shape: RelayBody,
    event: &str,
    id: &str,
    at: &str,
    lead: Value,
    record: Option<(Kind, Value)>,
) -> (&'static str, Vec<u8>) {
    let mut canonical = json!({"event": event, "id": id, "occurred_at": at, "lead": lead});
    if let Some((kind, shown)) = record {
        canonical[kind.relay_name()] = shown;
    }
    match shape {
        RelayBody::Json => ("application/json", canonical.to_string().into_bytes()),
        RelayBody::Form => {
            let mut form = Serializer::new(String::new());
            append(&mut form, "", &canonical);
            ("application/x-www-form-urlencoded", form.finish().into_bytes())
        }
        RelayBody::Foreign => {
            let foreign = json!({"kind": event, "delivery": id, "sent_at": at, "data": {"contact": lead}});
            ("application/json", foreign.to_string().into_bytes())
        }
    }
}

fn append(form: &mut Serializer<String>, name: &str, value: &Value) {
    match value {
        Value::Object(fields) => {
            for (key, value) in fields {
                let nested = if name.is_empty() { key.clone() } else { format!("{name}[{key}]") };
                append(form, &nested, value);
            }
        }
        Value::Array(values) => values.iter().for_each(|value| append(form, &format!("{name}[]"), value)),
        Value::Null => drop(form.append_pair(name, "")),
        Value::String(text) => drop(form.append_pair(name, text)),
        Value::Bool(_) | Value::Number(_) => drop(form.append_pair(name, &value.to_string())),
    }
}

/// The hex HMAC-SHA256 of `<timestamp>.<body>`.
pub(super) fn signature(secret: &str, timestamp: &str, body: &[u8]) -> String {
    let mut signing = hmac::Context::with_key(&hmac::Key::new(hmac::HMAC_SHA256, secret.as_bytes()));
    signing.update(timestamp.as_bytes());
    signing.update(b".");
    signing.update(body);
    hex::encode(signing.sign())
}
