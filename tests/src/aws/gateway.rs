//! The HTTP API in front of the functions: a real HTTP server that hands each request on as API Gateway does.

pub mod deployed;
mod event;

use std::pin::Pin;
use std::sync::Arc;

use axum::Router;
use axum::body::{Body as AxumBody, to_bytes};
use axum::extract::State;
use axum::http::header::CONTENT_TYPE;
use axum::http::{HeaderValue, Request as AxumRequest, Response as AxumResponse, StatusCode};
use bytes::Bytes;
use lambda_http::{Body, Request, Response};
use serde_json::json;
use tokio::net::TcpListener;

/// API Gateway's own limit for a request.
const REQUEST_BYTES_MAX: usize = 10 * 1024 * 1024;

type Answered = Pin<Box<dyn Future<Output = Result<Response<Body>, lambda_http::Error>> + Send>>;

/// A function behind the API.
pub type Handler = Arc<dyn Fn(Request) -> Answered + Send + Sync>;

/// Which function answers which paths; the first whose start fits answers.
pub type Routes = Vec<(&'static str, Handler)>;

/// Serves on this address (`127.0.0.1:0` for any free port) until the runtime ends; answers where.
pub async fn start(address: &str, routes: Routes) -> String {
    let listener = TcpListener::bind(address).await.expect("the address is free");
    let address = listener.local_addr().expect("a bound listener has an address");
    let router = Router::new().fallback(handle).with_state(Arc::new(routes));
    tokio::spawn(async move { axum::serve(listener, router).await });
    format!("http://{address}")
}

async fn handle(State(routes): State<Arc<Routes>>, request: AxumRequest<AxumBody>) -> AxumResponse<AxumBody> {
    let path = request.uri().path().to_owned();
    let Some((_, handler)) = routes.iter().find(|(prefix, _)| path.starts_with(prefix)) else {
        return of_gateway(StatusCode::NOT_FOUND, "Not Found");
    };
    let (parts, body) = request.into_parts();
    let Ok(body) = to_bytes(body, REQUEST_BYTES_MAX).await else {
        return of_gateway(StatusCode::PAYLOAD_TOO_LARGE, "Request Entity Too Large");
    };
    match handler(to_request(http::Request::from_parts(parts, body))).await {
        Ok(response) => from_response(response),
        Err(error) => {
            tracing::error!(%error, "a function failed");
            of_gateway(StatusCode::INTERNAL_SERVER_ERROR, "Internal Server Error")
        }
    }
}

/// The request as the function gets it.
pub fn to_request(request: http::Request<Bytes>) -> Request {
    let (parts, body) = request.into_parts();
    let event = event::to_event(&parts, &body).to_string();
    lambda_http::request::from_str(&event).expect("the event is one of an HTTP API")
}

/// What API Gateway itself answers where no function does.
fn of_gateway(status: StatusCode, says: &str) -> AxumResponse<AxumBody> {
    let mut answer = AxumResponse::new(AxumBody::from(json!({ "message": says }).to_string()));
    *answer.status_mut() = status;
    answer.headers_mut().insert(CONTENT_TYPE, HeaderValue::from_static("application/json"));
    answer
}

fn from_response(response: Response<Body>) -> AxumResponse<AxumBody> {
    let (parts, body) = response.into_parts();
    let body = match body {
        Body::Text(text) => AxumBody::from(text),
        Body::Binary(bytes) => AxumBody::from(bytes),
        _ => AxumBody::empty(),
    };
    let mut answer = AxumResponse::new(body);
    *answer.status_mut() = parts.status;
    *answer.headers_mut() = parts.headers;
    answer
}

#[cfg(test)]
mod checks;
