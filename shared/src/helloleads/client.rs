//! Calls to HelloLeads with the API key. Success is judged by the body: a failure can come with status 200.

use std::sync::Arc;

use bytes::Bytes;
use http::header::{ACCEPT, CONTENT_TYPE, HeaderName, RETRY_AFTER};
use http::{HeaderValue, Method, StatusCode};
use jiff::SignedDuration;
use secrecy::ExposeSecret;
use serde_json::{Map, Value as Json};

use super::error::Error;
use crate::budget::ledger::Limit;
use crate::budget::purse::Purse;
use crate::connection::helloleads::HelloLeadsSettings;
use crate::http::{Request, Response, Transport};
use crate::redact::redact;
use crate::vault::connection_secrets::HelloLeadsKey;

/// HelloLeads does not say when its hour ends.
const HOUR_SPENT: SignedDuration = SignedDuration::from_mins(5);

/// What `v1` calls the organisation; calls by the key have none.
const ORGANISATION: &str = "org_id";

/// One account of HelloLeads.
#[derive(Clone)]
pub struct HelloLeadsClient {
    transport: Arc<dyn Transport>,
    settings: HelloLeadsSettings,
    key: HelloLeadsKey,
    /// The account's calls; none for a look around that no connection pays for.
    purse: Option<Purse>,
}

/// An answer that is a JSON object and says nothing of an error.
pub type Body = Map<String, Json>;

impl HelloLeadsClient {
    pub fn new(
        transport: Arc<dyn Transport>,
        settings: HelloLeadsSettings,
        key: HelloLeadsKey,
        purse: Option<Purse>,
    ) -> Self {
        Self { transport, settings, key, purse }
    }

    pub fn settings(&self) -> &HelloLeadsSettings {
        &self.settings
    }

    pub async fn get(&self, path: &str, query: &[(&str, &str)]) -> Result<Body, Error> {
        let mut whole = query.to_vec();
        whole.extend(self.settings.organisation.as_deref().map(|id| (ORGANISATION, id)));
        self.send(Method::GET, self.settings.base_url.join(path, &whole), None).await
    }

    /// The same for a path of the host itself.
    pub async fn get_at_host(&self, path: &str, query: &[(&str, &str)]) -> Result<Body, Error> {
        self.send(Method::GET, self.settings.base_url.join_host(path, query), None).await
    }

    pub async fn write(&self, method: Method, path: &str, body: &Body) -> Result<Body, Error> {
        let mut whole = body.clone();
        if let Some(id) = &self.settings.organisation {
            whole.insert(ORGANISATION.to_owned(), Json::from(id.as_str()));
        }
        self.send(method, self.settings.base_url.join(path, &[]), Some(&whole)).await
    }

    async fn send(&self, method: Method, url: url::Url, body: Option<&Body>) -> Result<Body, Error> {
        let bytes = body.map_or_else(Bytes::new, |body| Bytes::from(Json::Object(body.clone()).to_string()));
        let mut request = Request::new(bytes);
        *request.method_mut() = method;
        *request.uri_mut() = url.as_str().parse().expect("a URL is a URI");
        let headers = request.headers_mut();
        headers.insert(ACCEPT, HeaderValue::from_static("application/json"));
        if body.is_some() {
            headers.insert(CONTENT_TYPE, HeaderValue::from_static("application/json"));
        }
        let auth = &self.settings.auth;
        let credential = format!("{}{}", auth.key_prefix, self.key.api_key.expose_secret());
        let credentials = [(&auth.key_header, &credential), (&auth.email_header, &self.key.email)];
        for (name, value) in credentials.into_iter().chain(&auth.headers) {
            let name: HeaderName =
                name.parse().map_err(|_| Error::Settings { what: "usable header names" })?;
            let mut value = HeaderValue::try_from(value).map_err(|_| Error::KeyRefused { status: 0 })?;
            value.set_sensitive(true);
            headers.insert(name, value);
        }
        let Some(purse) = &self.purse else { return read(&self.transport.send(request).await?) };
        purse.take().await?;
        let answer = read(&self.transport.send(request).await?);
        if let Err(Error::RateLimited { after }) = &answer {
            purse.rest(Limit::Window, *after).await?;
        }
        answer
    }
}

fn read(response: &Response) -> Result<Body, Error> {
    let status = response.status();
    match status {
        StatusCode::TOO_MANY_REQUESTS => return Err(Error::RateLimited { after: rest_after(response) }),
        StatusCode::UNAUTHORIZED | StatusCode::FORBIDDEN => {
            return Err(Error::KeyRefused { status: status.as_u16() });
        }
        status if status.is_server_error() => return Err(Error::Server { status: status.as_u16() }),
        _ => {}
    }
    let body: Body =
        serde_json::from_slice(response.body()).map_err(|_| Error::NotJson { status: status.as_u16() })?;
    let failed = !status.is_success() || is_failure(&body);
    if failed { Err(Error::Refused { message: message_of(&body) }) } else { Ok(body) }
}

/// `error` says so by being there, `status` by being something else than success.
fn is_failure(body: &Body) -> bool {
    let error = body.get("error").is_some_and(|error| !matches!(error, Json::Null | Json::Bool(false)));
    let status = body.get("status").and_then(Json::as_str);
    error || status.is_some_and(|status| !status.eq_ignore_ascii_case("success"))
}

fn message_of(body: &Body) -> String {
    let text = ["message", "error"].into_iter().find_map(|name| body.get(name).and_then(Json::as_str));
    redact(text.unwrap_or("no reason given"))
}

fn rest_after(response: &Response) -> SignedDuration {
    let seconds = response.headers().get(RETRY_AFTER).and_then(|value| value.to_str().ok()?.parse().ok());
    seconds.map_or(HOUR_SPENT, SignedDuration::from_secs)
}
