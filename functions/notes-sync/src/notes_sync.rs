//! The function: a batch of hints in, a partial batch response out.

use std::sync::Arc;

use aws_lambda_events::event::sqs::{SqsBatchResponse, SqsEvent};
use lambda_runtime::{Error, LambdaEvent};
use shared::clock::Clock;
use shared::environment::{BadEnvironment, Environment};
use shared::http::Transport;
use shared::lane::until::Until;
use shared::sync::hint_work::{Aws, SyncFunction};

/// Everything that the function needs.
pub struct NotesSync(SyncFunction);

impl NotesSync {
    /// # Errors
    /// [`BadEnvironment`] names the variable that is missing or unusable.
    pub fn new(
        environment: &Environment,
        aws: Aws,
        transport: Arc<dyn Transport>,
        clock: Clock,
    ) -> Result<Self, BadEnvironment> {
        let (queue, dead_letters) = ("NOTES_QUEUE_URL", "NOTES_DEAD_LETTERS_URL");
        SyncFunction::new(environment, queue, dead_letters, aws, transport, clock).map(Self)
    }

    /// # Errors
    /// None: what cannot be done now is named in the answer.
    pub async fn handle(&self, event: LambdaEvent<SqsEvent>) -> Result<SqsBatchResponse, Error> {
        let until = Until::of(event.context.deadline);
        Ok(self.0.handle(event.payload, until).await)
    }
}
