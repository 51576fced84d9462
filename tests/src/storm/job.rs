//! What a function of a storm is at work on, and in which container.

use aws_lambda_events::event::sqs::SqsEvent;
use jiff::Timestamp;

use super::functions::{Function, Output, Role};
use super::webhook::Webhook;

/// Who works.
pub(super) struct Job {
    pub container: usize,
    pub begun: Timestamp,
    pub what: What,
}

pub(super) enum What {
    Batch(&'static str, SqsEvent),
    Webhook(Box<Webhook>),
    Schedule,
}

pub(super) struct Container {
    pub role: Role,
    pub function: Option<Function>,
    pub busy: bool,
}

impl What {
    pub fn told(&self) -> String {
        match self {
            Self::Batch(queue, event) => {
                let bodies = event.records.iter().filter_map(|record| record.body.as_deref());
                format!("{queue} {}", bodies.collect::<Vec<_>>().join(" "))
            }
            Self::Webhook(webhook) => {
                format!("{} {}", webhook.id, String::from_utf8_lossy(webhook.request.body()))
            }
            Self::Schedule => "the schedule".to_owned(),
        }
    }
}

/// How it ended, in words.
pub(super) fn told(output: Option<&Output>) -> String {
    match output {
        None => "killed".to_owned(),
        Some(Output::Batch(answer)) => format!("{} messages failed", answer.batch_item_failures.len()),
        Some(Output::Web(status)) => format!("answers {status}"),
        Some(Output::Scheduled) => "done".to_owned(),
        Some(Output::Failed) => "failed as a whole".to_owned(),
    }
}
