//! Wires the function to its Lambda.

use lambda_http::{Error, run, service_fn};
use shared::clock::Clock;
use shared::environment::Environment;
use shared::http::Reqwest;
use webhook_intake::intake::Intake;

#[tokio::main(flavor = "current_thread")]
async fn main() -> Result<(), Error> {
    shared::logs::start();
    let http = Reqwest::new();
    let aws = shared::aws::config(&Environment::of_process(), &http);
    let intake = Intake::new(
        &Environment::of_process(),
        shared::aws::dynamodb(&aws),
        shared::aws::secrets_manager(&aws),
        shared::aws::sqs(&aws),
        Clock::system(),
    )?;
    run(service_fn(|request| intake.handle(request))).await
}
