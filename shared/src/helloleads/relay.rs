//! Our changes, posted to the user's automation tool, signed as its own webhooks are.

use std::sync::Arc;

use bytes::Bytes;
use http::{HeaderName, HeaderValue, Method};
use secrecy::SecretString;
use serde_json::{Value as Json, json};

use super::client::Body;
use super::error::Error;
use super::hook::sign;
use super::wire::to_text;
use crate::clock::Clock;
use crate::connection::helloleads::HookSettings;
use crate::errand::random_delivery;
use crate::http::{Request, Transport};
use crate::model::ids::RecordId;
use crate::model::side::Kind;
use crate::store::awaited::Awaited;

/// The user's catch hook.
#[derive(Clone)]
pub struct Relay {
    pub transport: Arc<dyn Transport>,
    pub settings: HookSettings,
    pub secret: SecretString,
    pub clock: Clock,
    /// What was sent, for a tool that does not answer with the id of what it makes.
    pub awaited: Awaited,
}

impl Relay {
    /// Posts one event; answers the lead's id, where the tool answers with it.
    pub async fn post(&self, event: &str, lead: Body) -> Result<Option<RecordId>, Error> {
        let id = self.send(event, json!({ "lead": lead }), "lead").await?;
        Ok(id.and_then(|id| RecordId::parse(&id).ok()))
    }

    /// Posts what happened to a note, task or appointment of a lead; answers its id, where the tool answers with it.
    pub async fn post_related(
        &self,
        what: &str,
        kind: Kind,
        lead: &RecordId,
        record: Body,
    ) -> Result<Option<String>, Error> {
        let name = kind.as_str();
        self.send(&format!("{name}.{what}"), json!({ "lead": { "id": lead }, name: record }), name).await
    }

    /// Posts an event with these parts; answers the id of the part that is called so.
    async fn send(&self, event: &str, parts: Json, answered: &str) -> Result<Option<String>, Error> {
        let hook =
            self.settings.catch_hook.as_ref().ok_or(Error::Settings { what: "the relay's catch hook" })?;
        let now = self.clock.now();
        let id = random_delivery("sync");
        let mut body = parts;
        body["event"] = json!(event);
        body["id"] = json!(id);
        body["occurred_at"] = json!(now.to_string());
        let body = body.to_string();
        let signature = sign(&self.secret, now.as_second(), body.as_bytes());
        let mut request = Request::new(Bytes::from(body));
        *request.method_mut() = Method::POST;
        *request.uri_mut() = hook.as_url().as_str().parse().expect("a URL is a URI");
        let headers = [
            (self.settings.timestamp_header.as_str(), now.as_second().to_string()),
            (
                self.settings.signature_header.as_str(),
                format!("{}{signature}", self.settings.signature_prefix),
            ),
            ("content-type", "application/json".to_owned()),
        ];
        for (name, value) in headers {
            let usable = || Error::Settings { what: "usable header names" };
            let name: HeaderName = name.parse().map_err(|_| usable())?;
            request.headers_mut().insert(name, HeaderValue::try_from(value).map_err(|_| usable())?);
        }
        let response = self.transport.send(request).await?;
        if !response.status().is_success() {
            return Err(Error::Relay { status: response.status().as_u16() });
        }
        let answer: Option<Json> = serde_json::from_slice(response.body()).ok();
        Ok(answer.and_then(|answer| to_text(answer.get(answered)?.get("id")?)))
    }
}
