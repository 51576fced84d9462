//! The HTTP API in front of functions that are deployed somewhere: the template's own routes, each of which calls its
//! function as API Gateway does. For an AWS whose API Gateway does not take the template's API.

use std::collections::BTreeMap;
use std::sync::Arc;

use axum::Router;
use axum::body::{Body, to_bytes};
use axum::extract::State;
use axum::http::header::SET_COOKIE;
use axum::http::{HeaderName, HeaderValue, Request, Response, StatusCode};
use base64::Engine as _;
use base64::engine::general_purpose::STANDARD;
use serde_json::Value;
use tokio::net::TcpListener;

use super::{REQUEST_BYTES_MAX, event, of_gateway};
use crate::aws::lambda::DeployedFunctions;
use crate::aws::template::{Route, Template};

struct Behind {
    /// Each route with the logical id of its function.
    routes: Vec<(Route, String)>,
    functions: DeployedFunctions,
}

/// Serves on a free port of this machine until the runtime ends; answers where.
pub async fn start(template: &Template, functions: DeployedFunctions) -> String {
    let listener = TcpListener::bind("127.0.0.1:0").await.expect("the machine has a free port");
    let address = listener.local_addr().expect("a bound listener has an address");
    let routes = template.functions().into_iter().flat_map(|function| {
        let id = function.logical_id;
        function.routes.into_iter().map(move |route| (route, id.clone()))
    });
    let behind = Behind { routes: routes.collect(), functions };
    let router = Router::new().fallback(handle).with_state(Arc::new(behind));
    tokio::spawn(async move { axum::serve(listener, router).await });
    format!("http://{address}")
}

async fn handle(State(behind): State<Arc<Behind>>, request: Request<Body>) -> Response<Body> {
    let (parts, body) = request.into_parts();
    let fitting = behind.routes.iter().find(|(route, _)| route.fits(parts.method.as_str(), parts.uri.path()));
    let Some((_, function)) = fitting else { return of_gateway(StatusCode::NOT_FOUND, "Not Found") };
    let Ok(body) = to_bytes(body, REQUEST_BYTES_MAX).await else {
        return of_gateway(StatusCode::PAYLOAD_TOO_LARGE, "Request Entity Too Large");
    };
    match behind.functions.call(function, &event::to_event(&parts, &body)).await {
        Ok(answer) => to_response(&answer),
        Err(error) => of_gateway(StatusCode::INTERNAL_SERVER_ERROR, &error.to_string()),
    }
}

/// The answer of a function, in the form that an HTTP API takes.
fn to_response(answer: &Value) -> Response<Body> {
    let text = answer["body"].as_str().unwrap_or_default();
    let body = match answer["isBase64Encoded"].as_bool() {
        Some(true) => STANDARD.decode(text).unwrap_or_default(),
        _ => text.as_bytes().to_vec(),
    };
    let mut response = Response::new(Body::from(body));
    let status = answer["statusCode"].as_u64().and_then(|status| u16::try_from(status).ok());
    *response.status_mut() =
        status.and_then(|status| StatusCode::from_u16(status).ok()).unwrap_or(StatusCode::BAD_GATEWAY);
    let headers: BTreeMap<String, String> =
        serde_json::from_value(answer["headers"].clone()).unwrap_or_default();
    for cookie in answer["cookies"].as_array().into_iter().flatten().filter_map(Value::as_str) {
        if let Ok(cookie) = HeaderValue::try_from(cookie) {
            response.headers_mut().append(SET_COOKIE, cookie);
        }
    }
    for (name, value) in headers {
        if let (Ok(name), Ok(value)) = (name.parse::<HeaderName>(), HeaderValue::try_from(value)) {
            response.headers_mut().insert(name, value);
        }
    }
    response
}
