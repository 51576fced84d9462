//! Requests and answers as the fake handles them, apart from any web framework.

use axum::extract::Request;
use bytes::Bytes;
use http::request::Parts;
use http::{HeaderMap, Method};
use serde_json::{Map, Value, json};

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
            query: url::form_urlencoded::parse(query.as_bytes()).into_owned().collect(),
            method: parts.method,
            headers: parts.headers,
            body,
        }
    }

    /// A query parameter; an empty one counts as absent.
    pub fn query(&self, name: &str) -> Option<&str> {
        let found = self.query.iter().find(|(key, _)| key == name)?;
        Some(found.1.as_str()).filter(|value| !value.is_empty())
    }

    pub fn header(&self, name: &str) -> &str {
        self.headers.get(name).and_then(|value| value.to_str().ok()).unwrap_or_default()
    }

    /// The body as a JSON object.
    pub fn object(&self) -> Result<Map<String, Value>, Refusal> {
        serde_json::from_slice(&self.body).map_err(|_| Refusal::of("The request body is not a JSON object"))
    }
}

/// One answer.
pub(super) struct Answer {
    pub status: u16,
    pub content_type: String,
    pub body: String,
}

impl Answer {
    pub fn json(status: u16, body: &Value) -> Self {
        Self { status, content_type: "application/json".to_owned(), body: body.to_string() }
    }

    pub fn text(status: u16, body: &str) -> Self {
        Self { status, content_type: "text/plain; charset=utf-8".to_owned(), body: body.to_owned() }
    }

    /// The page of the web server in front of the API, for a path that the API does not know.
    pub fn not_found_page() -> Self {
        let body = "<!DOCTYPE html><html><head><title>404 Page Not Found</title></head>\
                    <body><h1>404 Page Not Found</h1></body></html>";
        Self { status: 404, content_type: "text/html; charset=utf-8".to_owned(), body: body.to_owned() }
    }

    /// A refusal of the API's outer gate: credentials, the rate limit.
    pub fn denied(status: u16, message: &str) -> Self {
        Self::json(status, &json!({"error": true, "message": message}))
    }
}

/// Why the API does not do what it was asked, in its words.
#[derive(Debug, PartialEq, Eq)]
pub(super) struct Refusal(pub String);

impl Refusal {
    pub fn of(message: impl Into<String>) -> Self {
        Self(message.into())
    }

    /// HelloLeads' own client code looks at the body's `status`, not at the HTTP status: hence the switch.
    pub fn answer(&self, error_in_200: bool) -> Answer {
        let status = if error_in_200 { 200 } else { 400 };
        Answer::json(status, &json!({"status": "error", "error": true, "message": self.0}))
    }
}
