//! The function: the schedule asks it to look at every connection, its queue hands it the errands.

use std::sync::Arc;

use aws_lambda_events::event::sqs::{SqsBatchResponse, SqsEvent};
use futures_util::FutureExt;
use jiff::Timestamp;
use lambda_runtime::{Error, LambdaEvent};
use serde_json::Value;
use shared::bus::Bus;
use shared::clock::Clock;
use shared::connection::{Connection, State};
use shared::environment::{BadEnvironment, Environment};
use shared::errand::{Errand, What, random_delivery};
use shared::http::Transport;
use shared::lane::dead_letters::DeadLetters;
use shared::lane::edge::Edge;
use shared::lane::until::Until;
use shared::metrics::{self, Metric};
use shared::model::ids::DeliveryId;
use shared::queue::{Message, Outbox};
use shared::store::tries::Tries;
use shared::sync::engines::Engines;

use crate::errands::{Errands, Run};

/// Everything that the function needs.
pub struct Reconcile {
    edge: Edge,
    errands: Errands,
}

impl Reconcile {
    /// # Errors
    /// [`BadEnvironment`] names the variable that is missing or unusable.
    pub fn new(
        environment: &Environment,
        dynamodb: aws_sdk_dynamodb::Client,
        secrets: aws_sdk_secretsmanager::Client,
        sqs: aws_sdk_sqs::Client,
        events: aws_sdk_eventbridge::Client,
        transport: Arc<dyn Transport>,
        clock: Clock,
    ) -> Result<Self, BadEnvironment> {
        let text = |name| environment.require(name).map(str::to_owned);
        let engines = Engines::new(environment, dynamodb, secrets, &sqs, transport, clock)?;
        let queue = Outbox::new(sqs.clone(), text("RECONCILE_QUEUE_URL")?);
        let jobs = Outbox::new(sqs.clone(), text("AUTOMATION_QUEUE_URL")?);
        let dead_letters = DeadLetters::new(sqs.clone(), text("RECONCILE_DEAD_LETTERS_URL")?);
        let (tries, clock) = (Tries::new(engines.table.clone()), engines.clock.clone());
        let edge = Edge::new(sqs, text("RECONCILE_QUEUE_URL")?, dead_letters, tries, clock);
        let bus = Bus::new(events, text("EVENT_BUS_NAME")?);
        Ok(Self { edge, errands: Errands { engines, queue, bus, jobs } })
    }

    /// A batch of its queue, or anything else: the schedule.
    pub async fn handle(&self, event: LambdaEvent<Value>) -> Result<Value, Error> {
        if event.payload.get("Records").is_some() {
            let batch: SqsEvent = serde_json::from_value(event.payload)?;
            let until = Until::of(event.context.deadline);
            let run = Run { errands: &self.errands, until };
            // Boxed, since the runtime wraps it deep enough to meet the compiler's limit.
            let answer: SqsBatchResponse = self.edge.handle(batch, &run, until).boxed().await;
            return Ok(serde_json::to_value(answer)?);
        }
        let asked = self.ask_for_looks().await?;
        tracing::info!(connections = asked, "every running connection is looked at");
        Ok(serde_json::json!({ "asked": asked }))
    }

    /// One message for each connection that runs: each is looked at in its own lane.
    async fn ask_for_looks(&self) -> Result<usize, Error> {
        let now = self.errands.engines.clock.now();
        let connections = self.errands.engines.connections().all().await?;
        let needs_attention =
            |connection: &&Connection| matches!(connection.state, State::NeedsAttention { .. });
        let stopped = connections.iter().filter(needs_attention).count();
        metrics::record(Metric::NeedsAttention, stopped as f64, "");
        let over = connections.iter().filter(|connection| connection.is_over(now));
        let purges = over.map(|connection| What::Purge { connection: connection.id.clone() });
        let running = connections.iter().filter(|connection| connection.state.is_live());
        let looks = running.map(|connection| What::Look { connection: connection.id.clone(), asked_at: now });
        let errands: Vec<Errand> = looks.chain(purges).map(|what| scheduled(what, now)).collect();
        self.errands.queue.send(&errands).await?;
        self.errands.tell(&connections).await;
        Ok(errands.len())
    }
}

/// A schedule that fires twice within a second asks once.
fn scheduled(what: What, now: Timestamp) -> Errand {
    let lane = Errand { delivery: random_delivery("schedule"), what };
    let named = format!("schedule-{}-{}", now.as_second(), lane.lane());
    let delivery = DeliveryId::parse(&named).unwrap_or_else(|_| lane.delivery.clone());
    Errand { delivery, ..lane }
}
