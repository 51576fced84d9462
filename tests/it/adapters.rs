//! What the adapters of DynamoDB, SQS and Secrets Manager promise, whoever plays AWS.
//!
//! By default that is the sandbox's own stand-ins. With `SANDBOX_AWS_ENDPOINT` set, the same tests run against what
//! answers there: somebody else's emulator, or AWS itself.

mod queues;
mod secrets;
mod table;

use sandbox::aws::clients::{Clients, Endpoints};
use sandbox::aws::counting::Operations;
use sandbox::aws::dynamodb;
use sandbox::aws::events::FakeEventBridge;

use sandbox::aws::secrets::FakeSecretsManager;
use sandbox::aws::sqs::FakeSqs;
use sandbox::time::Time;

/// The variable that names somebody else's AWS.
const ENDPOINT: &str = "SANDBOX_AWS_ENDPOINT";

/// An AWS, and a name that nobody else in it uses.
struct Place {
    clients: Clients,
    name: String,
}

async fn place() -> Place {
    let endpoints = match std::env::var(ENDPOINT) {
        Ok(url) => Endpoints::all_at(&url),
        Err(_) => Endpoints {
            dynamodb: dynamodb::start().await,
            secrets: FakeSecretsManager::start().await.url().to_owned(),
            sqs: FakeSqs::start(Time::Real).await.url().to_owned(),
            events: FakeEventBridge::start().await.url().to_owned(),
        },
    };
    let clients = Clients::new(&endpoints, Operations::default().of("sandbox", None)).await;
    Place { clients, name: format!("contract-{}", uuid::Uuid::new_v4()) }
}
