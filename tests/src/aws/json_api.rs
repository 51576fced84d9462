//! The AWS JSON protocol, as far as the stand-ins speak it: `X-Amz-Target` names the operation.

use std::sync::Arc;

use axum::Router;
use axum::body::{Body, Bytes};
use axum::extract::State;
use axum::http::{HeaderMap, StatusCode};
use axum::response::Response;
use serde_json::{Value, json};
use tokio::net::TcpListener;

/// A refusal: its error code, and what it says.
#[derive(Clone, Debug)]
pub struct Refusal {
    pub status: u16,
    /// The error's name, as `__type` carries it.
    pub code: &'static str,
    /// SQS spoke another protocol once. Its SDKs still tell errors apart by the codes of that time, which come in the
    /// header `x-amzn-query-error`; an error without it is an unknown one to them.
    pub query_code: Option<&'static str>,
    pub message: String,
}

impl Refusal {
    pub fn new(code: &'static str, message: impl Into<String>) -> Self {
        Self { status: 400, code, query_code: None, message: message.into() }
    }

    /// A fault that the SDK tries again.
    pub fn internal(code: &'static str) -> Self {
        Self { status: 500, ..Self::new(code, "a fault on demand") }
    }
}

/// Answers one operation.
pub type Answer = Arc<dyn Fn(&str, &Value) -> Result<Value, Refusal> + Send + Sync>;

/// Serves on a free port of this machine until the runtime ends; answers its address.
pub async fn serve(answer: Answer) -> String {
    let listener = TcpListener::bind("127.0.0.1:0").await.expect("the machine has a free port");
    let address = listener.local_addr().expect("a bound listener has an address");
    let router = Router::new().fallback(handle).with_state(answer);
    tokio::spawn(async move { axum::serve(listener, router).await });
    format!("http://{address}")
}

/// A text of the request; an absent one is empty.
pub fn text<'a>(request: &'a Value, name: &str) -> &'a str {
    request.get(name).and_then(Value::as_str).unwrap_or_default()
}

async fn handle(State(answer): State<Answer>, headers: HeaderMap, body: Bytes) -> Response {
    let target = headers.get("x-amz-target").and_then(|value| value.to_str().ok()).unwrap_or_default();
    let operation = target.rsplit('.').next().unwrap_or_default();
    let request: Value = serde_json::from_slice(&body).unwrap_or(Value::Null);
    to_response(answer(operation, &request)).map(Body::from)
}

/// What came of an operation, as AWS answers it.
pub fn to_response(answer: Result<Value, Refusal>) -> http::Response<String> {
    match answer {
        Ok(answered) => respond(StatusCode::OK, None, &answered),
        Err(refusal) => {
            let status =
                StatusCode::from_u16(refusal.status).expect("the stand-ins refuse with real statuses");
            let body = json!({ "__type": refusal.code, "message": refusal.message });
            respond(status, refusal.query_code, &body)
        }
    }
}

fn respond(status: StatusCode, query_code: Option<&str>, body: &Value) -> http::Response<String> {
    let mut response =
        http::Response::builder().status(status).header("content-type", "application/x-amz-json-1.0");
    if let Some(code) = query_code {
        response = response.header("x-amzn-query-error", format!("{code};Sender"));
    }
    response.body(body.to_string()).expect("a status and constant headers make a response")
}
