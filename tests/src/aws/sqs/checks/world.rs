//! A stand-in with one queue, a client for it, and words for what the checks do.

use aws_sdk_sqs::Client;
use aws_sdk_sqs::error::{DisplayErrorContext, ProvideErrorMetadata};
use aws_sdk_sqs::operation::send_message::SendMessageOutput;
use aws_sdk_sqs::types::{Message, MessageSystemAttributeName};
use jiff::SignedDuration;

use crate::aws::checks::config;
use crate::aws::sqs::{FakeSqs, Settings};
use crate::time::Time;

pub(super) const QUEUE: &str = "hints.fifo";
pub(super) const DEAD_LETTERS: &str = "dead-letters.fifo";

/// How long a message of the queue stays in flight.
pub(super) const VISIBILITY: i64 = 60;

pub(super) struct World {
    pub time: Time,
    pub sqs: FakeSqs,
    pub client: Client,
    pub url: String,
}

impl World {
    pub async fn start() -> Self {
        Self::with(Settings::default()).await
    }

    pub async fn with(settings: Settings) -> Self {
        let time = Time::starting_at("2026-11-23T10:00:00Z".parse().unwrap());
        let sqs = FakeSqs::start(time.clone()).await;
        let visibility = SignedDuration::from_secs(VISIBILITY);
        let url = sqs.create_with(QUEUE, Settings { visibility, ..settings });
        let client = Client::new(&config(sqs.url()).await);
        Self { time, sqs, client, url }
    }

    pub fn pass(&self, seconds: i64) {
        self.time.advance(SignedDuration::from_secs(seconds));
    }

    /// Sends a message whose de-duplication id is its body.
    pub async fn send(&self, group: &str, body: &str) -> SendMessageOutput {
        let send = self.client.send_message().queue_url(&self.url).message_body(body);
        let send = send.message_group_id(group).message_deduplication_id(body);
        send.send().await.unwrap_or_else(|error| panic!("{}", DisplayErrorContext(error)))
    }

    pub async fn receive(&self) -> Vec<Message> {
        self.receive_from(&self.url).await
    }

    pub async fn receive_from(&self, url: &str) -> Vec<Message> {
        let receive = self.client.receive_message().queue_url(url).max_number_of_messages(10);
        let receive = receive.message_system_attribute_names(MessageSystemAttributeName::All);
        receive.send().await.unwrap().messages.unwrap_or_default()
    }

    pub async fn receive_bodies(&self) -> Vec<String> {
        bodies(&self.receive().await)
    }

    /// The code of the error, or `None` where the message was deleted.
    pub async fn delete(&self, receipt: &str) -> Option<String> {
        let deleted = self.client.delete_message().queue_url(&self.url).receipt_handle(receipt).send().await;
        deleted.err().map(|error| code(&error))
    }

    /// The code of the error, or `None` where the message was put off.
    pub async fn put_off(&self, receipt: &str, seconds: i32) -> Option<String> {
        let change = self.client.change_message_visibility().queue_url(&self.url).receipt_handle(receipt);
        change.visibility_timeout(seconds).send().await.err().map(|error| code(&error))
    }

    /// The bodies of all messages held.
    pub fn held(&self, queue: &str) -> Vec<String> {
        self.sqs.messages(queue).into_iter().map(|held| held.body).collect()
    }
}

pub(super) fn bodies(messages: &[Message]) -> Vec<String> {
    messages.iter().map(|message| message.body().unwrap().to_owned()).collect()
}

pub(super) fn receipt(message: &Message) -> &str {
    message.receipt_handle().unwrap()
}

pub(super) fn code(error: &impl ProvideErrorMetadata) -> String {
    error.code().unwrap_or("none").to_owned()
}
