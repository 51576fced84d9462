//! Wires the function to its Lambda.

use std::sync::Arc;

use lambda_runtime::{Error, run, service_fn};
use notes_sync::notes_sync::NotesSync;
use shared::clock::Clock;
use shared::environment::Environment;
use shared::http::Reqwest;
use shared::sync::hint_work::Aws;

#[tokio::main(flavor = "current_thread")]
async fn main() -> Result<(), Error> {
    shared::logs::start();
    let http = Reqwest::new();
    let config = shared::aws::config(&Environment::of_process(), &http);
    let aws = Aws {
        dynamodb: shared::aws::dynamodb(&config),
        secrets: shared::aws::secrets_manager(&config),
        sqs: shared::aws::sqs(&config),
    };
    let notes_sync = NotesSync::new(&Environment::of_process(), aws, Arc::new(http), Clock::system())?;
    run(service_fn(|event| notes_sync.handle(event))).await
}
