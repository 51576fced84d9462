//! The function: the bus hands it what is asked for and what was said, its queue hands it what is to be done, the
//! table's stream what has changed, and the schedule the time.

use std::sync::Arc;

use aws_lambda_events::event::sqs::{SqsBatchResponse, SqsEvent};
use futures_util::FutureExt;
use lambda_runtime::{Error, LambdaEvent};
use serde_json::{Value, json};
use shared::action::asked::{ASKED, BusEvent};
use shared::action::outcome::{DONE, Outcome, REFUSED, UNCERTAIN, Why};
use shared::bus::Bus;
use shared::clock::Clock;
use shared::environment::{BadEnvironment, Environment};
use shared::http::Transport;
use shared::lane::dead_letters::DeadLetters;
use shared::lane::edge::{Edge, chain};
use shared::lane::until::Until;
use shared::lane::work::Failure;
use shared::model::ids::{ConnectionId, DeliveryId, RecordId};
use shared::outward::Outward;
use shared::queue::Outbox;
use shared::store::action_runs::ActionRuns;
use shared::store::tries::Tries;
use shared::sync::engines::Engines;

/// Everything that the function needs.
pub struct Automation {
    edge: Edge,
    pub(crate) engines: Engines,
    pub(crate) queue: Outbox,
    pub(crate) bus: Bus,
    /// What calls addresses that people entered.
    pub(crate) outward: Arc<dyn Transport>,
}

/// What became of something that was asked for.
pub(crate) struct Ended<'a> {
    pub connection: Option<&'a ConnectionId>,
    pub asked: &'a DeliveryId,
    pub action: Option<&'a str>,
    pub how: How<'a>,
}

pub(crate) enum How<'a> {
    Done { ids: Vec<RecordId>, result: Option<Value> },
    Refused(&'a Why),
    Uncertain,
}

impl Automation {
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
        let queue = Outbox::new(sqs.clone(), text("AUTOMATION_QUEUE_URL")?);
        let dead_letters = DeadLetters::new(sqs.clone(), text("AUTOMATION_DEAD_LETTERS_URL")?);
        let (tries, clock) = (Tries::new(engines.table.clone()), engines.clock.clone());
        let edge = Edge::new(sqs, text("AUTOMATION_QUEUE_URL")?, dead_letters, tries, clock);
        let bus = Bus::new(events, text("EVENT_BUS_NAME")?);
        Ok(Self { edge, engines, queue, bus, outward: Arc::new(Outward::default()) })
    }

    /// The same, whose webhooks go out by something else.
    #[must_use]
    pub fn posting_by(mut self, outward: Arc<dyn Transport>) -> Self {
        self.outward = outward;
        self
    }

    /// A batch of its queue or of the stream, an event of the bus, or the schedule.
    ///
    /// # Errors
    /// What the bus handed over could not be kept; Lambda hands it over again.
    pub async fn handle(&self, event: LambdaEvent<Value>) -> Result<Value, Error> {
        let records = event.payload.get("Records").and_then(Value::as_array);
        if let Some(records) =
            records.filter(|all| all.iter().any(|one| one["eventSource"] == "aws:dynamodb"))
        {
            return Ok(self.tell_changes(records).boxed().await);
        }
        if records.is_some() {
            let batch: SqsEvent = serde_json::from_value(event.payload)?;
            let until = Until::of(event.context.deadline);
            // Boxed, since the runtime wraps it deep enough to meet the compiler's limit.
            let answer: SqsBatchResponse = self.edge.handle(batch, self, until).boxed().await;
            return Ok(serde_json::to_value(answer)?);
        }
        if event.payload["tick"] == true {
            let told = self.tell_moments().boxed().await.map_err(|failure| failure.error)?;
            return Ok(json!({ "told": told }));
        }
        let event: BusEvent = serde_json::from_value(event.payload)?;
        let taken = match event.detail_type.as_str() {
            ASKED => self.take(&event).boxed().await,
            _ => self.hear(&event).boxed().await,
        };
        let taken = taken.map_err(|failure| {
            tracing::error!(event = %event.id, error = chain(failure.error.as_ref()), "an event could not be kept");
            failure.error
        })?;
        Ok(json!({ "taken": taken }))
    }

    /// What the product itself said: rules follow it, and it goes on to the connection's receiver. Neither waits for
    /// the other.
    async fn hear(&self, event: &BusEvent) -> Result<bool, Failure> {
        let followed = self.follow(event).boxed().await;
        let forwarded = self.forward(event).boxed().await;
        Ok(followed? | forwarded?)
    }

    pub(crate) fn runs(&self, connection: &ConnectionId) -> ActionRuns {
        ActionRuns::new(self.engines.table.clone(), connection)
    }

    /// Tells the bus.
    pub(crate) async fn tell(&self, ended: Ended<'_>) -> Result<(), Failure> {
        let mut outcome = Outcome {
            version: 1,
            connection: ended.connection,
            at: self.engines.clock.now(),
            asked: ended.asked,
            action: ended.action,
            ids: Vec::new(),
            why: None,
            result: None,
            result_left_out: false,
        };
        let name = match ended.how {
            How::Done { ids, result } => {
                outcome.ids = ids;
                result.into_iter().for_each(|result| outcome.put_result(result));
                DONE
            }
            How::Refused(why) => {
                outcome.why = Some(why);
                REFUSED
            }
            How::Uncertain => UNCERTAIN,
        };
        let told = self.bus.tell(name, &outcome).await;
        told.map_err(|error| Failure::new(error.disposition(), error))
    }
}

pub(crate) fn store(error: shared::store::error::Error) -> Failure {
    Failure::new(error.disposition(), error)
}
