//! The function: a batch of hints in, a partial batch response out.

use std::sync::Arc;

use aws_lambda_events::event::sqs::{SqsBatchResponse, SqsEvent};
use lambda_runtime::{Error, LambdaEvent};
use shared::clock::Clock;
use shared::environment::{BadEnvironment, Environment};
use shared::http::Transport;
use shared::lane::edge::Edge;
use shared::queue::Outbox;
use shared::sync::engines::Engines;

use crate::work::ContactWork;

/// Everything that the function needs.
pub struct ContactSync {
    edge: Edge,
    work: ContactWork,
}

impl ContactSync {
    /// # Errors
    /// [`BadEnvironment`] names the variable that is missing or unusable.
    pub fn new(
        environment: &Environment,
        dynamodb: aws_sdk_dynamodb::Client,
        secrets: aws_sdk_secretsmanager::Client,
        sqs: aws_sdk_sqs::Client,
        transport: Arc<dyn Transport>,
        clock: Clock,
    ) -> Result<Self, BadEnvironment> {
        let queue_url = environment.require("CONTACT_QUEUE_URL")?.to_owned();
        let dead_letters = environment.require("CONTACT_DEAD_LETTERS_URL")?.to_owned();
        let contacts = Outbox::new(sqs.clone(), queue_url.clone());
        let engines = Engines::new(environment, dynamodb, secrets, contacts, transport, clock)?;
        let edge = Edge::new(sqs.clone(), queue_url, Outbox::new(sqs, dead_letters));
        Ok(Self { edge, work: ContactWork { engines } })
    }

    pub async fn handle(&self, event: LambdaEvent<SqsEvent>) -> Result<SqsBatchResponse, Error> {
        Ok(self.edge.handle(event.payload, &self.work).await)
    }
}
