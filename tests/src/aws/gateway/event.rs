//! The event of an HTTP API, payload version 2.0.

use std::collections::BTreeMap;

use axum::body::Bytes;
use axum::http::header::{CONTENT_TYPE, COOKIE};
use axum::http::{HeaderMap, request::Parts};
use base64::Engine as _;
use base64::engine::general_purpose::STANDARD;
use serde_json::{Map, Value, json};

/// What Lambda is called with for this request. Headers and query parameters that come several times are joined by
/// commas; cookies stand by themselves.
pub(super) fn to_event(parts: &Parts, body: &Bytes) -> Value {
    let (path, query) = (parts.uri.path(), parts.uri.query().unwrap_or_default());
    let is_text = is_text(&parts.headers, body);
    let mut event = json!({
        "version": "2.0",
        "routeKey": "$default",
        "rawPath": path,
        "rawQueryString": query,
        "headers": headers(&parts.headers),
        "requestContext": {
            "accountId": "000000000000", "apiId": "sandbox", "domainName": "sandbox", "domainPrefix": "sandbox",
            "requestId": "sandbox", "routeKey": "$default", "stage": "$default",
            "time": "01/Jan/2026:00:00:00 +0000", "timeEpoch": 0,
            "http": {
                "method": parts.method.as_str(), "path": path, "protocol": "HTTP/1.1", "sourceIp": "127.0.0.1",
                "userAgent": "",
            },
        },
        "isBase64Encoded": !body.is_empty() && !is_text,
    });
    if !query.is_empty() {
        event["queryStringParameters"] = joined(url::form_urlencoded::parse(query.as_bytes()));
    }
    let cookies = cookies(&parts.headers);
    if !cookies.is_empty() {
        event["cookies"] = json!(cookies);
    }
    if !body.is_empty() {
        event["body"] =
            if is_text { json!(String::from_utf8_lossy(body)) } else { json!(STANDARD.encode(body)) };
    }
    event
}

/// API Gateway goes by the content type: text, JSON, XML and JavaScript come as they are, all else in base64, a form
/// included. What is no UTF-8 cannot stand in a JSON event, whatever its type says.
fn is_text(headers: &HeaderMap, body: &Bytes) -> bool {
    let kind = headers.get(CONTENT_TYPE).and_then(|value| value.to_str().ok()).unwrap_or_default();
    let kind = kind.split(';').next().unwrap_or_default().trim().to_ascii_lowercase();
    let is_text_kind = kind.starts_with("text/")
        || ["application/json", "application/xml", "application/javascript"].contains(&kind.as_str());
    is_text_kind && std::str::from_utf8(body).is_ok()
}

fn headers(headers: &HeaderMap) -> Value {
    let others = headers.iter().filter(|(name, _)| *name != COOKIE);
    joined(others.map(|(name, value)| (name.as_str(), String::from_utf8_lossy(value.as_bytes()))))
}

fn cookies(headers: &HeaderMap) -> Vec<String> {
    let values = headers.get_all(COOKIE).into_iter().filter_map(|value| value.to_str().ok());
    values.flat_map(|value| value.split(';')).map(|cookie| cookie.trim().to_owned()).collect()
}

fn joined(pairs: impl Iterator<Item = (impl Into<String>, impl Into<String>)>) -> Value {
    let mut values: BTreeMap<String, String> = BTreeMap::new();
    for (name, value) in pairs {
        let value = value.into();
        let joined = values.entry(name.into()).and_modify(|earlier| {
            earlier.push(',');
            earlier.push_str(&value);
        });
        joined.or_insert(value);
    }
    Value::Object(values.into_iter().map(|(name, value)| (name, json!(value))).collect::<Map<_, _>>())
}
