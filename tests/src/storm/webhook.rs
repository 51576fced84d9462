//! A webhook on its way from a CRM to us, as the storm carries it.

use bytes::Bytes;
use jiff::Timestamp;

use super::cloud::Cloud;
use super::crm_wire::Crm;
use crate::ghl::SignedWebhook;
use crate::helloleads::RelayHook;

/// A webhook on its way to us.
#[derive(Clone)]
pub(super) struct Webhook {
    pub request: http::Request<Bytes>,
    pub id: String,
    pub sends: u32,
    /// The lead, note, task or appointment that it shows, as of when.
    pub shows: Option<(Crm, String, Timestamp)>,
    pub relay: Option<(usize, RelayHook)>,
}

pub(super) fn of_ghl(hook: &SignedWebhook) -> Webhook {
    let mut request = http::Request::post("/webhooks/ghl");
    for (name, value) in &hook.headers {
        request = request.header(name, value);
    }
    let request = request.body(Bytes::from(hook.body.clone())).expect("a webhook is a request");
    Webhook { request, id: hook.webhook_id.clone(), sends: 1, shows: None, relay: None }
}

pub(super) fn of_relay(cloud: &Cloud, place: usize, hook: &RelayHook) -> Webhook {
    let request = http::Request::post(format!("/hooks/helloleads/{}", cloud.settings[place].location));
    let request = request.body(Bytes::from(hook.body.clone())).expect("a webhook is a request");
    let shown: serde_json::Value = serde_json::from_slice(&hook.body).unwrap_or_default();
    let kind = hook.event.split('.').next().unwrap_or_default();
    let own = shown[kind]["id"].as_str().filter(|_| kind != "lead").unwrap_or(&hook.lead_id);
    let shows = Some((Crm::HelloLeads(place), own.to_owned(), cloud.time.now()));
    Webhook { request, id: hook.event_id.clone(), sends: 1, shows, relay: Some((place, hook.clone())) }
}
