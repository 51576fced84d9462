//! What no list of ours holds: messages that cannot be read, and messages that are given up.
//!
//! A letter is the message as it came, in its own lane, so that SQS can move it back to its queue. Why it is here stands
//! in its attributes.

use aws_sdk_sqs::Client;
use aws_sdk_sqs::types::MessageAttributeValue;

use crate::queue::Error;

/// The longest text that an attribute is given.
const TEXT_MAX: usize = 500;

/// One message, with why it is given up. Holds ids and a reason, and no record.
#[derive(Clone, Copy, Debug)]
pub struct Letter<'a> {
    pub lane: &'a str,
    /// The queue message that it was.
    pub message_id: &'a str,
    pub code: &'a str,
    pub reason: &'a str,
    pub body: &'a str,
}

/// The dead letters of one queue.
#[derive(Clone, Debug)]
pub struct DeadLetters {
    client: Client,
    url: String,
}

impl DeadLetters {
    pub fn new(client: Client, url: String) -> Self {
        Self { client, url }
    }

    /// Returns once the queue has it. A message that is put here twice stands here once.
    pub async fn put(&self, letter: &Letter<'_>) -> Result<(), Error> {
        let send = self.client.send_message().queue_url(&self.url).message_body(letter.body);
        send.message_group_id(letter.lane)
            .message_deduplication_id(letter.message_id)
            .message_attributes("code", text(letter.code)?)
            .message_attributes("reason", text(letter.reason)?)
            .send()
            .await
            .map_err(|error| Error::Sqs(Box::new(error)))?;
        Ok(())
    }
}

/// SQS takes no control characters.
fn text(text: &str) -> Result<MessageAttributeValue, Error> {
    let text: String = text.chars().filter(|letter| !letter.is_control()).take(TEXT_MAX).collect();
    let value = MessageAttributeValue::builder().data_type("String").string_value(text);
    value.build().map_err(|error| Error::Sqs(Box::new(error)))
}
