//! One address for all AWS services, as one variable names them to a function: each request goes on to the stand-in of
//! its service, which the header `X-Amz-Target` names.

use std::sync::Arc;

use axum::Router;
use axum::body::{Body, Bytes};
use axum::extract::State;
use axum::http::{HeaderMap, StatusCode};
use axum::response::Response;
use tokio::net::TcpListener;

use super::clients::Endpoints;

struct Front {
    behind: Endpoints,
    http: reqwest::Client,
}

/// Serves on this address until the runtime ends; answers where.
///
/// # Panics
/// Where the address is taken.
pub async fn start(address: &str, behind: Endpoints) -> String {
    let listener = TcpListener::bind(address).await.unwrap_or_else(|error| panic!("{address}: {error}"));
    let address = listener.local_addr().expect("a bound listener has an address");
    let http = reqwest::Client::builder().no_proxy().build().expect("a client without TLS can be built");
    let router = Router::new().fallback(pass_on).with_state(Arc::new(Front { behind, http }));
    tokio::spawn(async move { axum::serve(listener, router).await });
    format!("http://{address}")
}

async fn pass_on(State(front): State<Arc<Front>>, headers: HeaderMap, body: Bytes) -> Response {
    let target = headers.get("x-amz-target").and_then(|value| value.to_str().ok()).unwrap_or_default();
    let Some(url) = front.service(target) else {
        return plain(StatusCode::NOT_IMPLEMENTED, format!("no service here answers \"{target}\""));
    };
    let mut headers = headers.clone();
    headers.remove("host");
    match front.http.post(url).headers(headers).body(body).send().await {
        Ok(answer) => {
            let mut response = Response::new(Body::empty());
            *response.status_mut() = answer.status();
            *response.headers_mut() = answer.headers().clone();
            *response.body_mut() = Body::from(answer.bytes().await.unwrap_or_default());
            response
        }
        Err(error) => plain(StatusCode::BAD_GATEWAY, error.to_string()),
    }
}

impl Front {
    fn service(&self, target: &str) -> Option<&str> {
        match target.split(['.', '_']).next()? {
            "DynamoDB" => Some(&self.behind.dynamodb),
            "secretsmanager" => Some(&self.behind.secrets),
            "AmazonSQS" => Some(&self.behind.sqs),
            "AWSEvents" => Some(&self.behind.events),
            _ => None,
        }
    }
}

fn plain(status: StatusCode, says: String) -> Response {
    let mut response = Response::new(Body::from(says));
    *response.status_mut() = status;
    response
}
