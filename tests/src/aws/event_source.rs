//! The event source mapping: batches of a queue go to a function, and what it does not name as failed is deleted.

use std::collections::HashMap;

use aws_lambda_events::event::sqs::{SqsBatchResponse, SqsEvent, SqsMessage};

use super::sqs::{FakeSqs, Held};

/// Receives one batch as the event that a function is called with; `None` where the queue has nothing to give now.
pub fn receive(sqs: &FakeSqs, queue: &str) -> Option<SqsEvent> {
    let held = sqs.receive(queue);
    if held.is_empty() {
        return None;
    }
    let mut event = SqsEvent::default();
    event.records = held.into_iter().map(|held| to_message(held, queue)).collect();
    Some(event)
}

/// Deletes the batch's messages but for those that the function named.
pub fn settle(sqs: &FakeSqs, queue: &str, event: &SqsEvent, answer: &SqsBatchResponse) {
    for message in &event.records {
        let id = message.message_id.as_deref().unwrap_or_default();
        if !answer.batch_item_failures.iter().any(|failure| failure.item_identifier == id) {
            sqs.delete(queue, id);
        }
    }
}

fn to_message(held: Held, queue: &str) -> SqsMessage {
    let mut message = SqsMessage::default();
    message.attributes = HashMap::from([
        ("ApproximateReceiveCount".to_owned(), held.receives.to_string()),
        ("SentTimestamp".to_owned(), held.sent_at.as_millisecond().to_string()),
        ("SequenceNumber".to_owned(), held.sequence().to_string()),
        ("MessageGroupId".to_owned(), held.group),
        ("MessageDeduplicationId".to_owned(), held.de_duplication),
    ]);
    message.message_id = Some(held.id);
    message.receipt_handle = Some(held.receipt);
    message.body = Some(held.body);
    message.event_source = Some("aws:sqs".to_owned());
    message.event_source_arn = Some(format!("arn:aws:sqs:us-east-1:000000000000:{queue}"));
    message.aws_region = Some("us-east-1".to_owned());
    message
}
