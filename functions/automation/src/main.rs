//! Wires the function to its Lambda.

use std::sync::Arc;

use automation::automation::Automation;
use lambda_runtime::{Error, run, service_fn};
use shared::clock::Clock;
use shared::environment::Environment;
use shared::http::Reqwest;

#[tokio::main(flavor = "current_thread")]
async fn main() -> Result<(), Error> {
    shared::logs::start();
    let http = Reqwest::new();
    let aws = shared::aws::config(&Environment::of_process(), &http);
    let automation = Automation::new(
        &Environment::of_process(),
        shared::aws::dynamodb(&aws),
        shared::aws::secrets_manager(&aws),
        shared::aws::sqs(&aws),
        shared::aws::eventbridge(&aws),
        Arc::new(http),
        Clock::system(),
    )?;
    run(service_fn(|event| automation.handle(event))).await
}
