//! Wires the function to its Lambda.

use std::sync::Arc;

use connect::connect::Connect;
use lambda_runtime::{Error, LambdaEvent, run, service_fn};
use shared::clock::Clock;
use shared::environment::Environment;
use shared::http::Reqwest;

#[tokio::main]
async fn main() -> Result<(), Error> {
    shared::logs::start();
    let aws = shared::aws::config().await;
    let connect = Connect::new(
        &Environment::of_process(),
        shared::aws::dynamodb(&aws),
        shared::aws::secrets_manager(&aws),
        shared::aws::sqs(&aws),
        Arc::new(Reqwest::new()),
        Clock::system(),
    )?;
    run(service_fn(|event: LambdaEvent<serde_json::Value>| connect.invoke(event.payload))).await
}
