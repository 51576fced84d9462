//! Wires the function to its Lambda.

use std::sync::Arc;

use connect::connect::Connect;
use lambda_runtime::{Error, LambdaEvent, run, service_fn};
use shared::clock::Clock;
use shared::environment::Environment;
use shared::http::Reqwest;

#[tokio::main(flavor = "current_thread")]
async fn main() -> Result<(), Error> {
    shared::logs::start();
    let http = Reqwest::new();
    let aws = shared::aws::config(&Environment::of_process(), &http);
    let connect = Connect::new(
        &Environment::of_process(),
        shared::aws::dynamodb(&aws),
        shared::aws::secrets_manager(&aws),
        shared::aws::sqs(&aws),
        Arc::new(http),
        Clock::system(),
    )?;
    // Boxed, since the runtime wraps it deep enough to meet the compiler's limit.
    run(service_fn(|event: LambdaEvent<serde_json::Value>| Box::pin(connect.invoke(event.payload)))).await
}
