//! Requests and answers as the fake handles them, apart from any web framework.

use axum::extract::Request;
use bytes::Bytes;
use http::request::Parts;
use http::{HeaderMap, Method};
use serde_json::{Map, Value};

use super::refusal::Refusal;

/// The longest request body that the fake reads, in bytes.
const BODY_MAX: usize = 1 << 20;

/// One request, read to its end.
pub(super) struct Asked {
    pub method: Method,
    pub path: String,
    pub path_and_query: String,
    pub query: Vec<(String, String)>,
    pub headers: HeaderMap,
    pub body: Bytes,
}

impl Asked {
    /// Reads the request; `None` where the caller went away, or sent more than [`BODY_MAX`].
    pub async fn read(request: Request) -> Option<Self> {
        let (parts, body) = request.into_parts();
        Some(Self::of(parts, axum::body::to_bytes(body, BODY_MAX).await.ok()?))
    }

    /// A request whose body is there already.
    pub fn of(parts: Parts, body: Bytes) -> Self {
        let query = parts.uri.query().unwrap_or_default();
        Self {
            path: parts.uri.path().to_owned(),
            path_and_query: parts.uri.path_and_query().map_or("", |whole| whole.as_str()).to_owned(),
            query: pairs(query.as_bytes()),
            method: parts.method,
            headers: parts.headers,
            body,
        }
    }

    /// A query parameter; an empty one counts as absent.
    pub fn query(&self, name: &str) -> Option<&str> {
        value_of(&self.query, name)
    }

    /// A query parameter that the call cannot do without.
    pub fn required_query(&self, name: &str) -> Result<&str, Refusal> {
        self.query(name).ok_or_else(|| Refusal::one_field(format!("{name} should not be empty")))
    }

    /// A query parameter that is a number; `default` where it is absent.
    pub fn number_query(&self, name: &str, default: usize) -> Result<usize, Refusal> {
        let Some(text) = self.query(name) else { return Ok(default) };
        text.parse().map_err(|_| Refusal::one_field(format!("{name} must be a number")))
    }

    pub fn header(&self, name: &str) -> Option<&str> {
        self.headers.get(name).and_then(|value| value.to_str().ok())
    }

    /// The body as a JSON object.
    pub fn object(&self) -> Result<Map<String, Value>, Refusal> {
        let is_json = self.content_type_is("application/json");
        let parsed = serde_json::from_slice(&self.body).ok().filter(|_| is_json);
        parsed.ok_or_else(|| Refusal::BadRequest("The body is not a JSON object".to_owned()))
    }

    /// The body as a form: what the token endpoints take.
    pub fn form(&self) -> Result<Vec<(String, String)>, Refusal> {
        if !self.content_type_is("application/x-www-form-urlencoded") {
            return Err(Refusal::BadRequest("The body is not a URL-encoded form".to_owned()));
        }
        Ok(pairs(&self.body))
    }

    fn content_type_is(&self, expected: &str) -> bool {
        self.header("content-type").is_some_and(|found| found.starts_with(expected))
    }
}

/// The value of a form field or query parameter; an empty one counts as absent.
pub(super) fn value_of<'a>(pairs: &'a [(String, String)], name: &str) -> Option<&'a str> {
    let found = pairs.iter().find(|(key, _)| key == name)?;
    Some(found.1.as_str()).filter(|value| !value.is_empty())
}

fn pairs(encoded: &[u8]) -> Vec<(String, String)> {
    url::form_urlencoded::parse(encoded).into_owned().collect()
}

/// One answer.
#[derive(Debug)]
pub(super) struct Answer {
    pub status: u16,
    pub headers: Vec<(&'static str, String)>,
    pub content: Content,
}

#[derive(Debug)]
pub(super) enum Content {
    /// A JSON object, to which the server adds its `traceId`.
    Json(Value),
    Text {
        content_type: String,
        text: String,
    },
}

impl Answer {
    pub fn json(status: u16, body: Value) -> Self {
        Self { status, headers: Vec::new(), content: Content::Json(body) }
    }

    pub fn text(status: u16, content_type: &str, text: &str) -> Self {
        let content = Content::Text { content_type: content_type.to_owned(), text: text.to_owned() };
        Self { status, headers: Vec::new(), content }
    }

    /// Sends a browser on to `place`.
    pub fn redirect(place: &str) -> Self {
        let headers = vec![("location", place.to_owned())];
        Self { headers, ..Self::text(302, "text/html", "") }
    }
}
