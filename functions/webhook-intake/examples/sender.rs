//! A bare function that sends its body to the queue by the SDK, and answers: what `cargo sandbox bench intake` measures
//! `webhook-intake` against.

use lambda_http::{Body, Error, Request, Response, run, service_fn};
use shared::environment::Environment;
use shared::http::Reqwest;

#[tokio::main(flavor = "current_thread")]
async fn main() -> Result<(), Error> {
    let environment = Environment::of_process();
    let sqs = shared::aws::sqs(&shared::aws::config(&environment, &Reqwest::new()));
    let queue = environment.require("CONTACT_QUEUE_URL")?.to_owned();
    run(service_fn(|request: Request| send(&sqs, &queue, request))).await
}

async fn send(sqs: &aws_sdk_sqs::Client, queue: &str, request: Request) -> Result<Response<Body>, Error> {
    let id = request.headers().get("x-delivery").and_then(|id| id.to_str().ok()).unwrap_or("none");
    // As large as the message that the webhook becomes.
    let body = format!("{{\"delivery\":\"{id}\",\"padding\":\"{}\"}}", "x".repeat(200));
    let send = sqs.send_message().queue_url(queue).message_body(body);
    send.message_group_id("bench").message_deduplication_id(id).send().await?;
    Ok(Response::new(Body::Empty))
}
