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
    pub code: &'static str,
    pub message: String,
}

impl Refusal {
    pub fn new(code: &'static str, message: impl Into<String>) -> Self {
        Self { status: 400, code, message: message.into() }
    }

    /// A fault that the SDK tries again.
    pub fn internal() -> Self {
        Self { status: 500, code: "InternalError", message: "a fault on demand".to_owned() }
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

async fn handle(State(answer): State<Answer>, headers: HeaderMap, body: Bytes) -> Response {
    let target = headers.get("x-amz-target").and_then(|value| value.to_str().ok()).unwrap_or_default();
    let operation = target.rsplit('.').next().unwrap_or_default();
    let request: Value = serde_json::from_slice(&body).unwrap_or(Value::Null);
    match answer(operation, &request) {
        Ok(answered) => respond(StatusCode::OK, &answered),
        Err(refusal) => {
            let status =
                StatusCode::from_u16(refusal.status).expect("the stand-ins refuse with real statuses");
            respond(status, &json!({ "__type": refusal.code, "message": refusal.message }))
        }
    }
}

fn respond(status: StatusCode, body: &Value) -> Response {
    Response::builder()
        .status(status)
        .header("content-type", "application/x-amz-json-1.0")
        .body(Body::from(body.to_string()))
        .expect("a status and a constant header make a response")
}
