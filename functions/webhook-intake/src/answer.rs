//! What a webhook's sender is told.

use lambda_http::http::StatusCode;
use lambda_http::{Body, Response};

/// An answer: its status, and one sentence.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Answer {
    pub status: StatusCode,
    pub says: String,
}

impl Answer {
    pub fn new(status: StatusCode, says: impl Into<String>) -> Self {
        Self { status, says: says.into() }
    }

    pub fn into_response(self) -> Response<Body> {
        let body = serde_json::json!({ "message": self.says }).to_string();
        Response::builder()
            .status(self.status)
            .header("content-type", "application/json")
            .body(Body::from(body))
            .expect("a status and a constant header make a response")
    }
}

/// Work that failed, as an answer: the sender is asked to try again, and learns nothing else.
pub fn not_now(error: &(dyn std::error::Error + 'static)) -> Answer {
    tracing::error!(error = shared::lane::edge::chain(error), "a webhook could not be accepted");
    Answer::new(StatusCode::SERVICE_UNAVAILABLE, "this webhook could not be accepted now; send it again")
}
