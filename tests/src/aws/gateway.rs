//! The HTTP API in front of the functions: a real HTTP server that hands each request on as API Gateway does.

use std::pin::Pin;
use std::sync::Arc;

use axum::Router;
use axum::body::{Body as AxumBody, to_bytes};
use axum::extract::State;
use axum::http::Request as AxumRequest;
use axum::response::{IntoResponse, Response as AxumResponse};
use base64::Engine as _;
use base64::engine::general_purpose::STANDARD;
use lambda_http::{Body, Request, Response};
use serde_json::{Map, Value, json};
use tokio::net::TcpListener;

/// API Gateway's own limit for a request.
const REQUEST_BYTES_MAX: usize = 10 * 1024 * 1024;

type Answered = Pin<Box<dyn Future<Output = Result<Response<Body>, lambda_http::Error>> + Send>>;

/// A function behind the API.
pub type Handler = Arc<dyn Fn(Request) -> Answered + Send + Sync>;

/// Which function answers which paths; the first that fits answers.
pub type Routes = Vec<(&'static str, Handler)>;

/// Serves on this address until the runtime ends; answers where.
pub async fn start(address: &str, routes: Routes) -> String {
    let listener = TcpListener::bind(address).await.expect("the address is free");
    let address = listener.local_addr().expect("a bound listener has an address");
    let router = Router::new().fallback(handle).with_state(Arc::new(routes));
    tokio::spawn(async move { axum::serve(listener, router).await });
    format!("http://{address}")
}

async fn handle(State(routes): State<Arc<Routes>>, request: AxumRequest<AxumBody>) -> AxumResponse {
    let path = request.uri().path().to_owned();
    let Some((_, handler)) = routes.iter().find(|(prefix, _)| path.starts_with(prefix)) else {
        return axum::http::StatusCode::NOT_FOUND.into_response();
    };
    let Ok(event) = to_event(request).await else {
        return axum::http::StatusCode::PAYLOAD_TOO_LARGE.into_response();
    };
    let request =
        lambda_http::request::from_str(&event.to_string()).expect("the event is one of an HTTP API");
    match handler(request).await {
        Ok(response) => from_response(response),
        Err(error) => {
            tracing::error!(%error, "a function failed");
            axum::http::StatusCode::INTERNAL_SERVER_ERROR.into_response()
        }
    }
}

/// The event of an HTTP API, payload version 2.0: a text body as it is, any other in base64.
async fn to_event(request: AxumRequest<AxumBody>) -> Result<Value, axum::Error> {
    let (parts, body) = request.into_parts();
    let body = to_bytes(body, REQUEST_BYTES_MAX).await?;
    let (method, path, query) =
        (parts.method.as_str(), parts.uri.path(), parts.uri.query().unwrap_or_default());
    let headers: Map<String, Value> = parts
        .headers
        .iter()
        .map(|(name, value)| (name.to_string(), json!(String::from_utf8_lossy(value.as_bytes()))))
        .collect();
    let parameters: Map<String, Value> = url::form_urlencoded::parse(query.as_bytes())
        .map(|(name, value)| (name.into_owned(), json!(value.into_owned())))
        .collect();
    let plain = std::str::from_utf8(&body).ok();
    let mut event = json!({
        "version": "2.0",
        "routeKey": "$default",
        "rawPath": path,
        "rawQueryString": query,
        "headers": headers,
        "queryStringParameters": parameters,
        "requestContext": {
            "accountId": "000000000000", "apiId": "sandbox", "domainName": "sandbox", "domainPrefix": "sandbox",
            "requestId": "sandbox", "routeKey": "$default", "stage": "$default",
            "time": "01/Jan/2026:00:00:00 +0000", "timeEpoch": 0,
            "http": { "method": method, "path": path, "protocol": "HTTP/1.1", "sourceIp": "127.0.0.1", "userAgent": "" },
        },
        "isBase64Encoded": plain.is_none(),
    });
    event["body"] = plain.map_or_else(|| json!(STANDARD.encode(&body)), |plain| json!(plain));
    Ok(event)
}

fn from_response(response: Response<Body>) -> AxumResponse {
    let (parts, body) = response.into_parts();
    let body = match body {
        Body::Empty => AxumBody::empty(),
        Body::Text(text) => AxumBody::from(text),
        Body::Binary(bytes) => AxumBody::from(bytes),
        _ => AxumBody::empty(),
    };
    let mut answer = AxumResponse::new(body);
    *answer.status_mut() = parts.status;
    *answer.headers_mut() = parts.headers;
    answer
}
