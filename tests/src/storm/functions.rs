//! The functions in their containers: what one remembers between invocations is lost when it dies.

use std::sync::Arc;

use aws_lambda_events::event::sqs::{SqsBatchResponse, SqsEvent};
use bytes::Bytes;
use lambda_runtime::{Context, LambdaEvent};
use serde_json::json;
use shared::environment::Environment;
use shared::http::Transport;

use super::naps::Naps;
use crate::aws::clients::Clients;
use crate::aws::gateway;
use crate::world::{APPOINTMENTS, CONTACTS, ERRANDS, NOTES};

/// Which function.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Role {
    Intake,
    Contacts,
    Notes,
    Appointments,
    Reconcile,
}

impl Role {
    pub const ALL: [Self; 5] =
        [Self::Intake, Self::Contacts, Self::Notes, Self::Appointments, Self::Reconcile];

    /// Its queue, and how many messages it takes at once.
    pub fn queue(self) -> Option<(&'static str, usize)> {
        match self {
            Self::Intake => None,
            Self::Contacts => Some((CONTACTS, 10)),
            Self::Notes => Some((NOTES, 10)),
            Self::Appointments => Some((APPOINTMENTS, 10)),
            Self::Reconcile => Some((ERRANDS, 1)),
        }
    }

    /// After how many seconds Lambda ends it, as the template says.
    pub fn seconds_max(self) -> i64 {
        match self {
            Self::Intake => 10,
            Self::Contacts | Self::Notes | Self::Appointments => 120,
            Self::Reconcile => 300,
        }
    }
}

/// One started function.
#[derive(Clone)]
pub enum Function {
    Intake(Arc<webhook_intake::intake::Intake>),
    Contacts(Arc<contact_sync::contact_sync::ContactSync>),
    Notes(Arc<notes_sync::notes_sync::NotesSync>),
    Appointments(Arc<appointment_sync::appointment_sync::AppointmentSync>),
    Reconcile(Arc<reconcile::reconcile::Reconcile>),
}

/// What a function is called with.
#[derive(Clone, Debug)]
pub enum Call {
    Batch(SqsEvent),
    Web(Box<http::Request<Bytes>>),
    Schedule,
}

/// What it answered.
#[derive(Debug)]
pub enum Output {
    Batch(SqsBatchResponse),
    Web(u16),
    Scheduled,
    Failed,
}

/// What functions are started with.
#[derive(Clone)]
pub struct Ground {
    pub environment: Environment,
    pub clients: Clients,
    pub transport: Arc<dyn Transport>,
    pub naps: Naps,
}

impl Ground {
    /// A function that remembers nothing yet.
    pub fn cold_start(&self, role: Role) -> Function {
        const WHOLE: &str = "the environment is whole";
        let Clients { dynamodb, secrets, sqs, events } = self.clients.clone();
        let (environment, transport, clock) = (&self.environment, self.transport.clone(), self.naps.clock());
        match role {
            Role::Intake => Function::Intake(Arc::new(
                webhook_intake::intake::Intake::new(environment, dynamodb, secrets, sqs, clock).expect(WHOLE),
            )),
            Role::Contacts => Function::Contacts(Arc::new(
                contact_sync::contact_sync::ContactSync::new(
                    environment,
                    self.clients.aws(),
                    transport,
                    clock,
                )
                .expect(WHOLE),
            )),
            Role::Notes => Function::Notes(Arc::new(
                notes_sync::notes_sync::NotesSync::new(environment, self.clients.aws(), transport, clock)
                    .expect(WHOLE),
            )),
            Role::Appointments => Function::Appointments(Arc::new(
                appointment_sync::appointment_sync::AppointmentSync::new(
                    environment,
                    self.clients.aws(),
                    transport,
                    clock,
                )
                .expect(WHOLE),
            )),
            Role::Reconcile => Function::Reconcile(Arc::new(
                reconcile::reconcile::Reconcile::new(
                    environment,
                    dynamodb,
                    secrets,
                    sqs,
                    events,
                    transport,
                    clock,
                )
                .expect(WHOLE),
            )),
        }
    }

    /// The function behind the pages.
    pub fn connect(&self) -> connect::connect::Connect {
        let Clients { dynamodb, secrets, sqs, .. } = self.clients.clone();
        let (transport, clock) = (self.transport.clone(), self.naps.clock());
        connect::connect::Connect::new(&self.environment, dynamodb, secrets, sqs, transport, clock)
            .expect("the environment is whole")
    }
}

impl Function {
    /// Calls it once.
    pub async fn call(self, call: Call) -> Output {
        let batch = |answer: Result<SqsBatchResponse, lambda_runtime::Error>| {
            answer.map_or(Output::Failed, Output::Batch)
        };
        match (self, call) {
            (Self::Contacts(function), Call::Batch(event)) => batch(function.handle(lambda(event)).await),
            (Self::Notes(function), Call::Batch(event)) => batch(function.handle(lambda(event)).await),
            (Self::Appointments(function), Call::Batch(event)) => batch(function.handle(lambda(event)).await),
            (Self::Reconcile(function), Call::Batch(event)) => {
                let payload = serde_json::to_value(&event).expect("an event can be written as JSON");
                let answer = function.handle(lambda(payload)).await.map(serde_json::from_value);
                answer.ok().and_then(Result::ok).map_or(Output::Failed, Output::Batch)
            }
            (Self::Reconcile(function), Call::Schedule) => {
                let answer = function.handle(lambda(json!({ "source": "aws.events" }))).await;
                answer.map_or(Output::Failed, |_| Output::Scheduled)
            }
            (Self::Intake(function), Call::Web(request)) => {
                let answer = function.handle(gateway::to_request(*request)).await;
                answer.map_or(Output::Failed, |answer| Output::Web(answer.status().as_u16()))
            }
            _ => panic!("a function is called with what is not for it"),
        }
    }
}

fn lambda<T>(payload: T) -> LambdaEvent<T> {
    LambdaEvent::new(payload, Context::default())
}
