//! The event source mapping: batches of a queue go to a function, and what it does not name as failed is deleted.

use std::pin::Pin;

use aws_lambda_events::event::sqs::{SqsBatchResponse, SqsEvent, SqsMessage, SqsMessageAttribute};
use lambda_runtime::{Context, Error, LambdaEvent};

use super::sqs::{FakeSqs, Held, md5_of};

type Answered = Pin<Box<dyn Future<Output = Result<SqsBatchResponse, Error>> + Send>>;

/// A function behind a queue.
pub type Handler = Box<dyn Fn(LambdaEvent<SqsEvent>) -> Answered + Send + Sync>;

/// No queue gives more batches than this without time passing: a message that fails is out of sight for a while.
const BATCHES_MAX: usize = 5_000;

/// Receives one batch as the event that a function is called with; `None` where the queue has nothing to give now.
pub fn receive(sqs: &FakeSqs, queue: &str) -> Option<SqsEvent> {
    receive_up_to(sqs, queue, 10)
}

/// Like [`receive`], with a batch size of its own.
pub fn receive_up_to(sqs: &FakeSqs, queue: &str, most: usize) -> Option<SqsEvent> {
    let held = sqs.receive_up_to(queue, most);
    if held.is_empty() {
        return None;
    }
    let mut event = SqsEvent::default();
    event.records = held.into_iter().map(|held| to_message(held, queue)).collect();
    Some(event)
}

/// Deletes the batch's messages but for those that the function named. An answer that names a message which is not of
/// the batch fails the batch as a whole: Lambda cannot tell what was meant.
pub fn settle(sqs: &FakeSqs, queue: &str, event: &SqsEvent, answer: &SqsBatchResponse) {
    let failed: Vec<&str> =
        answer.batch_item_failures.iter().map(|failure| failure.item_identifier.as_str()).collect();
    let id = |message: &SqsMessage| message.message_id.clone().unwrap_or_default();
    let ids: Vec<String> = event.records.iter().map(id).collect();
    if !failed.iter().all(|failed| ids.iter().any(|id| id == failed)) {
        return;
    }
    for message in event.records.iter().filter(|message| !failed.contains(&id(message).as_str())) {
        sqs.delete_received(queue, message.receipt_handle.as_deref().unwrap_or_default());
    }
}

/// Calls the function with one batch after the other until the queue has nothing to give now; answers how many it
/// took. A batch whose call fails stays, and comes again when its time is up.
///
/// # Panics
/// Where the queue never comes to rest.
pub async fn drain(sqs: &FakeSqs, queue: &str, most: usize, handler: &Handler) -> usize {
    for batches in 0..BATCHES_MAX {
        let Some(event) = receive_up_to(sqs, queue, most) else { return batches };
        match handler(LambdaEvent::new(event.clone(), Context::default())).await {
            Ok(answer) => settle(sqs, queue, &event, &answer),
            Err(error) => tracing::warn!(%error, queue, "a function failed"),
        }
    }
    panic!("{queue} does not come to rest: {:?}", sqs.messages(queue));
}

fn to_message(held: Held, queue: &str) -> SqsMessage {
    let mut message = SqsMessage::default();
    message.attributes =
        held.attributes().into_iter().map(|(name, value)| (name.to_owned(), value)).collect();
    message.message_attributes =
        held.said.iter().map(|(name, value)| (name.clone(), to_attribute(value))).collect();
    message.message_id = Some(held.id);
    message.receipt_handle = Some(held.receipt);
    message.md5_of_body = Some(md5_of(&held.body));
    message.body = Some(held.body);
    message.event_source = Some("aws:sqs".to_owned());
    message.event_source_arn = Some(format!("arn:aws:sqs:us-east-1:000000000000:{queue}"));
    message.aws_region = Some("us-east-1".to_owned());
    message
}

fn to_attribute(value: &str) -> SqsMessageAttribute {
    let mut attribute = SqsMessageAttribute::default();
    (attribute.data_type, attribute.string_value) = (Some("String".to_owned()), Some(value.to_owned()));
    attribute
}

#[cfg(test)]
mod checks;
