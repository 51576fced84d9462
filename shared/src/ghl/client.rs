//! One location's calls to GHL: the request is plain data with one `send`.

use std::borrow::Cow;
use std::sync::Arc;

use bytes::Bytes;
use http::header::{ACCEPT, AUTHORIZATION, CONTENT_TYPE, HeaderMap, RETRY_AFTER};
use http::{HeaderValue, Method, StatusCode};
use jiff::SignedDuration;
use secrecy::{ExposeSecret, SecretString};
use serde::Deserialize;
use serde::de::DeserializeOwned;
use serde_json::Value;

use super::error::Error;
use crate::budget::ledger::{Limit, Limits, Word};
use crate::budget::purse::Purse;
use crate::http::{BaseUrl, Request, Response, Transport};
use crate::model::ids::{ConnectionId, RecordId};
use crate::redact::redact;
use crate::tokens::access::Access;

/// The API version that calls name; contacts, locations, users and OAuth are published under it.
pub const VERSION: &str = "2021-07-28";
/// The version that calendars are published under.
const CALENDAR_VERSION: &str = "2021-04-15";

/// How long the burst limit takes to pass where GHL does not say.
const BURST: SignedDuration = SignedDuration::from_secs(10);
/// How long a lane rests at a time when the day's calls are spent: GHL does not say when its day ends.
const DAY_SPENT: SignedDuration = SignedDuration::from_hours(1);

/// A call: method, path below the base, query, body.
#[derive(Clone, Debug)]
pub struct Call {
    method: Method,
    path: String,
    query: Vec<(Cow<'static, str>, String)>,
    body: Option<Value>,
}

impl Call {
    pub fn new(method: Method, path: impl Into<String>) -> Self {
        Self { method, path: path.into(), query: Vec::new(), body: None }
    }

    pub fn get(path: impl Into<String>) -> Self {
        Self::new(Method::GET, path)
    }

    pub fn query(mut self, name: impl Into<Cow<'static, str>>, value: impl Into<String>) -> Self {
        self.query.push((name.into(), value.into()));
        self
    }

    pub fn body(mut self, body: Value) -> Self {
        self.body = Some(body);
        self
    }
}

/// What a call about one record comes to.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Answer<T> {
    Done(T),
    /// The record is not there.
    Missing,
    /// Another record has the same e-mail or phone.
    Duplicate {
        holder: RecordId,
        matching_field: Option<String>,
    },
}

impl<T> Answer<T> {
    /// What was answered, where the record is there.
    pub fn done(self) -> Option<T> {
        match self {
            Self::Done(answer) => Some(answer),
            Self::Missing | Self::Duplicate { .. } => None,
        }
    }

    pub fn map<U>(self, read: impl FnOnce(T) -> U) -> Answer<U> {
        match self {
            Self::Done(answer) => Answer::Done(read(answer)),
            Self::Missing => Answer::Missing,
            Self::Duplicate { holder, matching_field } => Answer::Duplicate { holder, matching_field },
        }
    }
}

/// GHL's own words for a refusal.
#[derive(Debug, Default, Deserialize)]
struct Refusal {
    #[serde(default)]
    message: Value,
    #[serde(default, rename = "traceId")]
    trace: Option<String>,
    #[serde(default)]
    meta: Option<DuplicateMeta>,
}

#[derive(Debug, Deserialize)]
struct DuplicateMeta {
    #[serde(rename = "contactId")]
    contact_id: RecordId,
    #[serde(default, rename = "matchingField")]
    matching_field: Option<String>,
}

/// Calls GHL for one location.
#[derive(Clone)]
pub struct GhlClient {
    transport: Arc<dyn Transport>,
    base: BaseUrl,
    access: Arc<dyn Access>,
    location: ConnectionId,
    /// The location's calls; none for a look around that no connection pays for.
    purse: Option<Purse>,
}

/// A location's calls, unless GHL's own answers say something else.
pub const LIMITS: Limits = Limits { calls: 100, window: BURST, daily: Some(200_000), worth: 2, sweeps: 100 };

impl GhlClient {
    pub fn new(
        transport: Arc<dyn Transport>,
        base: BaseUrl,
        access: Arc<dyn Access>,
        location: ConnectionId,
        purse: Option<Purse>,
    ) -> Self {
        Self { transport, base, access, location, purse }
    }

    pub fn location(&self) -> &ConnectionId {
        &self.location
    }

    /// Sends the call, and reads its answer as `T`.
    pub async fn send<T: DeserializeOwned>(&self, call: &Call) -> Result<T, Error> {
        match self.ask(call).await? {
            Answer::Done(answer) => Ok(answer),
            Answer::Missing => Err(refused(404, "not found", None)),
            Answer::Duplicate { .. } => {
                Err(refused(400, "another record has the same e-mail or phone", None))
            }
        }
    }

    /// Sends a call about one record: that it is missing, or that another one is in the way, is an answer too.
    pub async fn ask<T: DeserializeOwned>(&self, call: &Call) -> Result<Answer<T>, Error> {
        let token = self.access.token().await?;
        let mut response = self.send_with(call, &token).await?;
        if response.status() == StatusCode::UNAUTHORIZED {
            let token = self.access.renew(&token).await?;
            response = self.send_with(call, &token).await?;
        }
        read(&response)
    }

    async fn send_with(&self, call: &Call, token: &SecretString) -> Result<Response, Error> {
        let query: Vec<(&str, &str)> =
            call.query.iter().map(|(name, value)| (name.as_ref(), value.as_str())).collect();
        let url = self.base.join(&call.path, &query);
        let body = call.body.as_ref().map_or_else(Bytes::new, |body| Bytes::from(body.to_string()));
        let mut bearer = HeaderValue::try_from(format!("Bearer {}", token.expose_secret()))
            .map_err(|_| Error::Unauthorized { trace: None })?;
        bearer.set_sensitive(true);
        let mut request = Request::new(body);
        *request.method_mut() = call.method.clone();
        *request.uri_mut() = url.as_str().parse().expect("a URL is a URI");
        let headers = request.headers_mut();
        headers.insert(AUTHORIZATION, bearer);
        headers.insert("Version", HeaderValue::from_static(version_of(&call.path)));
        headers.insert(ACCEPT, HeaderValue::from_static("application/json"));
        if call.body.is_some() {
            headers.insert(CONTENT_TYPE, HeaderValue::from_static("application/json"));
        }
        let Some(purse) = &self.purse else { return Ok(self.transport.send(request).await?) };
        purse.take().await?;
        let response = self.transport.send(request).await?;
        purse.heed(word_of(response.headers())).await;
        if response.status() == StatusCode::TOO_MANY_REQUESTS {
            let (limit, after) = rest_of(response.headers());
            purse.rest(limit, after).await?;
        }
        Ok(response)
    }
}

fn version_of(path: &str) -> &'static str {
    if path.starts_with("/calendars") { CALENDAR_VERSION } else { VERSION }
}

fn read<T: DeserializeOwned>(response: &Response) -> Result<Answer<T>, Error> {
    let status = response.status();
    if status.is_success() {
        return decode(response).map(Answer::Done);
    }
    if status == StatusCode::TOO_MANY_REQUESTS {
        return Err(Error::RateLimited { after: rest_of(response.headers()).1 });
    }
    let refusal: Option<Refusal> = serde_json::from_slice(response.body()).ok();
    let trace = refusal.as_ref().and_then(|refusal| refusal.trace.clone());
    match (status, refusal) {
        (StatusCode::UNAUTHORIZED, _) => Err(Error::Unauthorized { trace }),
        (StatusCode::FORBIDDEN, _) => Err(Error::Forbidden { trace }),
        (status, _) if status.is_server_error() => Err(Error::Server { status: status.as_u16(), trace }),
        (_, Some(Refusal { meta: Some(meta), .. })) => {
            Ok(Answer::Duplicate { holder: meta.contact_id, matching_field: meta.matching_field })
        }
        (StatusCode::NOT_FOUND, Some(_)) => Ok(Answer::Missing),
        (StatusCode::BAD_REQUEST, Some(refusal)) if words(&refusal.message).contains("not found") => {
            Ok(Answer::Missing)
        }
        (_, Some(refusal)) => Err(refused(status.as_u16(), &words(&refusal.message), trace)),
        (_, None) => Err(Error::NotJson { status: status.as_u16() }),
    }
}

fn decode<T: DeserializeOwned>(response: &Response) -> Result<T, Error> {
    let status = response.status().as_u16();
    let value: Value = serde_json::from_slice(response.body()).map_err(|_| Error::NotJson { status })?;
    serde_path_to_error::deserialize(value).map_err(|error| Error::Decode { path: error.path().to_string() })
}

fn refused(status: u16, message: &str, trace: Option<String>) -> Error {
    Error::Refused { status, message: redact(message), trace }
}

/// GHL's message is a text or a list of texts.
fn words(message: &Value) -> String {
    match message {
        Value::String(text) => text.clone(),
        Value::Array(texts) => texts.iter().filter_map(Value::as_str).collect::<Vec<_>>().join("; "),
        _ => "no reason given".to_owned(),
    }
}

/// The burst limit and the daily limit answer alike; the headers tell them apart.
fn rest_of(headers: &HeaderMap) -> (Limit, SignedDuration) {
    let word = word_of(headers);
    let limit = if word.daily_remaining == Some(0) { Limit::Day } else { Limit::Window };
    let asked = headers.get(RETRY_AFTER).and_then(|value| value.to_str().ok()?.parse().ok());
    let after = match (asked, limit) {
        (Some(seconds), _) => SignedDuration::from_secs(seconds),
        (None, Limit::Day) => DAY_SPENT,
        (None, Limit::Window) => word.interval.unwrap_or(BURST),
    };
    (limit, after)
}

/// What the headers of every answer say of the limits.
fn word_of(headers: &HeaderMap) -> Word {
    let number = |name: &str| headers.get(name).and_then(|value| value.to_str().ok()?.parse().ok());
    let interval = number("x-ratelimit-interval-milliseconds");
    Word {
        max: number("x-ratelimit-max"),
        remaining: number("x-ratelimit-remaining"),
        interval: interval.map(|millis: u32| SignedDuration::from_millis(i64::from(millis))),
        daily_max: number("x-ratelimit-limit-daily"),
        daily_remaining: number("x-ratelimit-daily-remaining"),
    }
}
