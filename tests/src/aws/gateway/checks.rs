//! What a function sees of a request, and a browser of its answer, over real HTTP.

use std::sync::Arc;

use lambda_http::{Body, Request, RequestExt, Response};
use serde_json::{Value, json};

use super::{Handler, REQUEST_BYTES_MAX, start};

/// A function that answers with what it saw.
fn mirror() -> Handler {
    Arc::new(|request: Request| {
        Box::pin(async move {
            let body = match request.body() {
                Body::Empty => json!(null),
                Body::Text(text) => json!({ "text": text.len() }),
                Body::Binary(bytes) => json!({ "binary": bytes.len() }),
                _ => json!("unknown"),
            };
            let header = |name| request.headers().get(name).map(|value| value.to_str().unwrap().to_owned());
            let seen = json!({
                "path": request.raw_http_path(),
                "method": request.method().as_str(),
                "x-one": header("x-one"),
                "cookie": header("cookie"),
                "b": request.query_string_parameters().all("b"),
                "body": body,
            });
            Ok(Response::builder()
                .status(202)
                .header("x-made-by", "mirror")
                .body(Body::Text(seen.to_string()))?)
        })
    })
}

fn failing() -> Handler {
    Arc::new(|_| Box::pin(async { Err("a defect".into()) }))
}

async fn url() -> String {
    start("127.0.0.1:0", vec![("/fails", failing()), ("/seen", mirror())]).await
}

async fn seen(request: reqwest::RequestBuilder) -> Value {
    let answer = request.send().await.unwrap();
    assert_eq!((answer.status().as_u16(), &answer.headers()["x-made-by"]), (202, &"mirror".parse().unwrap()));
    serde_json::from_str(&answer.text().await.unwrap()).unwrap()
}

async fn post(content_type: &str, body: impl Into<reqwest::Body>) -> Value {
    let post = reqwest::Client::new().post(format!("{}/seen", url().await)).body(body);
    seen(post.header("content-type", content_type)).await["body"].clone()
}

#[tokio::test]
async fn a_request_keeps_its_path_its_query_and_its_headers() {
    let get = reqwest::Client::new().get(format!("{}/seen/a%20b?a=1&b=2&b=3", url().await));
    let get = get.header("x-one", "1").header("x-one", "2").header("cookie", "a=1; b=2");
    let seen = seen(get).await;
    assert_eq!((&seen["method"], &seen["path"]), (&json!("GET"), &json!("/seen/a%20b")));
    assert_eq!(seen["x-one"], "1,2", "headers that come several times are joined");
    assert_eq!(seen["b"], json!(["2", "3"]), "lambda_http reads the query as it was written");
    assert_eq!(seen["cookie"], "a=1; b=2");
    assert_eq!(seen["body"], json!(null));
}

#[tokio::test]
async fn text_comes_as_text_and_all_else_as_bytes() {
    assert_eq!(post("application/json; charset=utf-8", "{}").await, json!({ "text": 2 }));
    assert_eq!(post("text/plain", "é").await, json!({ "text": 2 }));
    assert_eq!(post("application/x-www-form-urlencoded", "a=1").await, json!({ "binary": 3 }));
    assert_eq!(post("application/octet-stream", "abc").await, json!({ "binary": 3 }));
    assert_eq!(post("application/json", vec![0xff, 0xfe]).await, json!({ "binary": 2 }));
}

#[tokio::test]
async fn ten_megabytes_pass_and_a_byte_more_does_not() {
    let most = "x".repeat(REQUEST_BYTES_MAX);
    assert_eq!(post("text/plain", most.clone()).await, json!({ "text": REQUEST_BYTES_MAX }));
    let post = reqwest::Client::new().post(format!("{}/seen", url().await)).body(most + "x");
    assert_eq!(post.send().await.unwrap().status(), 413);
}

#[tokio::test]
async fn a_path_without_a_function_is_not_found_and_a_failed_function_is_an_error() {
    let url = url().await;
    let get = async |path: &str| reqwest::get(format!("{url}{path}")).await.unwrap();
    assert_eq!(get("/none").await.status(), 404);
    let failed = get("/fails").await;
    assert_eq!(failed.status(), 500);
    assert_eq!(failed.text().await.unwrap(), r#"{"message":"Internal Server Error"}"#, "no cause is told");
}
