//! Turns a batch of queue messages into work, and what came of it into the batch's answer.

use std::borrow::Cow;
use std::collections::BTreeMap;
use std::panic::AssertUnwindSafe;

use aws_lambda_events::event::sqs::{BatchItemFailure, SqsBatchResponse, SqsEvent, SqsMessage};
use aws_sdk_sqs::Client;
use aws_sdk_sqs::types::ChangeMessageVisibilityBatchRequestEntry;
use futures_util::FutureExt;
use futures_util::future::join_all;
use jiff::SignedDuration;
use serde::Serialize;

use super::work::{Done, Failure, Work};
use crate::disposition::{Disposition, Reason};
use crate::metrics::{self, Metric};
use crate::queue::{Message, Outbox};

/// How often a message may come before it is given up: it makes the function die, or its failure never ends.
pub const RECEIVES_MAX: u32 = 50;

/// How often handling a message may panic before it is given up.
pub const PANICS_MAX: u32 = 3;

/// From this try on, the rest between two tries doubles, up to [`REST_MAX`].
const PATIENCE: u32 = 5;
const REST_MAX: SignedDuration = SignedDuration::from_mins(15);

/// SQS keeps a message invisible for at most twelve hours,
/// counted from its receipt and not from now; the function's own time comes off it.
const VISIBILITY_MAX: SignedDuration = SignedDuration::from_hours(11);

/// The queue that calls the function, and its dead letters.
#[derive(Clone, Debug)]
pub struct Edge {
    client: Client,
    queue_url: String,
    dead_letters: Outbox,
}

/// One message of the batch.
struct Received<M> {
    /// The ids of all queue messages that this one stands for.
    ids: Vec<String>,
    message: M,
    receives: u32,
}

/// What the dead letters are told. Holds ids and a reason, and no record.
#[derive(Clone, Debug, Serialize)]
pub struct DeadLetter {
    #[serde(skip)]
    lane: String,
    /// The queue message that it was.
    pub message_id: String,
    pub reason: String,
    pub code: &'static str,
    /// The message as it came.
    pub body: String,
}

impl Message for DeadLetter {
    fn lane(&self) -> Cow<'_, str> {
        Cow::from(&self.lane)
    }

    fn de_duplication(&self) -> String {
        self.message_id.clone()
    }
}

impl Edge {
    pub fn new(client: Client, queue_url: String, dead_letters: Outbox) -> Self {
        Self { client, queue_url, dead_letters }
    }

    /// Handles a batch. Never fails as a whole: what cannot be done now is named in the answer.
    pub async fn handle<W: Work>(&self, event: SqsEvent, work: &W) -> SqsBatchResponse {
        // Side by side: a lane that waits for its side keeps no other one waiting.
        let lanes = by_lane(event).into_iter();
        let handled = lanes.map(|(lane, messages)| self.handle_lane(lane, messages, work));
        let failed = join_all(handled).await.into_iter().flatten();
        let mut answer = SqsBatchResponse::default();
        answer.batch_item_failures = failed.map(to_item_failure).collect();
        answer
    }

    /// Handles the messages of one lane in order; answers the ids of those that must come again.
    async fn handle_lane<W: Work>(&self, lane: String, messages: Vec<SqsMessage>, work: &W) -> Vec<String> {
        let lane = lane.as_str();
        let handles = receipt_handles(&messages);
        let mut left = Vec::new();
        for message in messages {
            match parse(&message) {
                Ok(received) => left.push(received),
                Err(problem) => {
                    if self.bury_unreadable(lane, &message, problem).await.is_err() {
                        left.clear();
                        return handles.into_keys().collect();
                    }
                }
            }
        }
        let left = joined(left, work);
        let Err((first_failed, rest)) = self.carry_out_all(lane, &left, work).await else {
            return Vec::new();
        };
        let ids: Vec<String> =
            left[first_failed..].iter().flat_map(|received| received.ids.clone()).collect();
        self.put_off(&handles, &ids, rest).await;
        ids
    }

    /// Where the lane stops: the place of the first message that failed, and how long the lane rests.
    async fn carry_out_all<W: Work>(
        &self,
        lane: &str,
        messages: &[Received<W::Message>],
        work: &W,
    ) -> Result<(), (usize, SignedDuration)> {
        let Some(first) = messages.first() else { return Ok(()) };
        let stop = |place: usize, failure: &Failure| {
            report(lane, failure);
            (place, rest(failure, messages[place].receives))
        };
        let session = work.open(&first.message).await.map_err(|failure| stop(0, &failure))?;
        let done = self.carry_out_each(lane, messages, work, &session).await;
        work.close(session, &first.message).await;
        done.map_err(|(place, failure)| stop(place, &failure))
    }

    /// The place of the first message that failed, and how.
    async fn carry_out_each<W: Work>(
        &self,
        lane: &str,
        messages: &[Received<W::Message>],
        work: &W,
        session: &W::Session,
    ) -> Result<(), (usize, Failure)> {
        for (place, received) in messages.iter().enumerate() {
            let done = self.carry_out(work, session, received).await.map_err(|failure| (place, failure))?;
            if let Done::Parked(reason) = done
                && !reason.is_waiting()
                && !reason.is_left_alone()
            {
                let told = self.tell_dead_letters(lane, received, &reason).await;
                told.map_err(|failure| (place, failure))?;
            }
        }
        Ok(())
    }

    async fn carry_out<W: Work>(
        &self,
        work: &W,
        session: &W::Session,
        received: &Received<W::Message>,
    ) -> Result<Done, Failure> {
        let Received { message, receives, .. } = received;
        if *receives > RECEIVES_MAX {
            return give_up(work, message, *receives, "it never ended well").await;
        }
        match AssertUnwindSafe(work.carry_out(session, message)).catch_unwind().await {
            Ok(done) => done,
            Err(_) if *receives >= PANICS_MAX => {
                give_up(work, message, *receives, "it met a defect of ours").await
            }
            Err(_) => Err(Failure::new(Disposition::retry_after_seconds(1), "handling a message panicked")),
        }
    }

    async fn tell_dead_letters<M: Message>(
        &self,
        lane: &str,
        received: &Received<M>,
        reason: &Reason,
    ) -> Result<(), Failure> {
        let body = serde_json::to_string(&received.message).unwrap_or_default();
        let message_id = received.ids.first().cloned().unwrap_or_default();
        self.send_dead_letter(lane, message_id, reason.to_string(), reason.code(), body).await
    }

    /// A body that is no message of ours: it goes to the dead letters at once, as it came.
    async fn bury_unreadable(
        &self,
        lane: &str,
        message: &SqsMessage,
        problem: String,
    ) -> Result<(), Failure> {
        tracing::warn!(lane, problem, "a queue message cannot be read");
        let message_id = message.message_id.clone().unwrap_or_default();
        let body = message.body.clone().unwrap_or_default();
        self.send_dead_letter(lane, message_id, problem, "unreadable_message", body).await
    }

    async fn send_dead_letter(
        &self,
        lane: &str,
        message_id: String,
        reason: String,
        code: &'static str,
        body: String,
    ) -> Result<(), Failure> {
        let letter = DeadLetter { lane: lane.to_owned(), message_id, reason, code, body };
        let sent = self.dead_letters.send(&[letter]).await;
        sent.map_err(|error| Failure::new(error.disposition(), error))
    }

    /// Puts off the return of the failed messages. Should SQS not take it, they return when the queue's own time is up.
    async fn put_off(&self, handles: &BTreeMap<String, String>, ids: &[String], rest: SignedDuration) {
        let seconds = whole_seconds(rest.min(VISIBILITY_MAX));
        let entries: Vec<_> =
            ids.iter().filter_map(|id| to_visibility(handles.get(id)?, id, seconds)).collect();
        for some in entries.chunks(10) {
            let change = self.client.change_message_visibility_batch().queue_url(&self.queue_url);
            match change.set_entries(Some(some.to_vec())).send().await {
                Ok(answer) if answer.failed().is_empty() => {}
                Ok(answer) => {
                    tracing::warn!(refused = answer.failed().len(), "messages could not be put off")
                }
                Err(error) => tracing::warn!(error = chain(&error), "messages could not be put off"),
            }
        }
    }
}

async fn give_up<W: Work>(
    work: &W,
    message: &W::Message,
    attempts: u32,
    detail: &str,
) -> Result<Done, Failure> {
    let reason = Reason::TooManyTries { attempts, detail: detail.to_owned() };
    work.give_up(message, &reason).await?;
    Ok(Done::Parked(reason))
}

/// The batch's messages by their lane, each lane in order.
fn by_lane(event: SqsEvent) -> BTreeMap<String, Vec<SqsMessage>> {
    let mut lanes: BTreeMap<String, Vec<SqsMessage>> = BTreeMap::new();
    for message in event.records {
        let lane = message.attributes.get("MessageGroupId").cloned().unwrap_or_default();
        lanes.entry(lane).or_default().push(message);
    }
    lanes
}

fn receipt_handles(messages: &[SqsMessage]) -> BTreeMap<String, String> {
    messages
        .iter()
        .filter_map(|message| Some((message.message_id.clone()?, message.receipt_handle.clone()?)))
        .collect()
}

fn parse<M: serde::de::DeserializeOwned>(message: &SqsMessage) -> Result<Received<M>, String> {
    let body = message.body.as_deref().unwrap_or_default();
    let parsed = serde_path_to_error::deserialize(&mut serde_json::Deserializer::from_str(body));
    let parsed =
        parsed.map_err(|error| format!("it is not a message of this queue (at \"{}\")", error.path()))?;
    let receives = message.attributes.get("ApproximateReceiveCount").and_then(|count| count.parse().ok());
    let ids = message.message_id.iter().cloned().collect();
    Ok(Received { ids, message: parsed, receives: receives.unwrap_or(1) })
}

/// Messages that come to the same are carried out once, at the place of the first of them.
fn joined<W: Work>(messages: Vec<Received<W::Message>>, work: &W) -> Vec<Received<W::Message>> {
    let mut left: Vec<Received<W::Message>> = Vec::new();
    for next in messages {
        let same = work.same_as(&next.message);
        match left.iter_mut().find(|earlier| same.is_some() && work.same_as(&earlier.message) == same) {
            Some(earlier) => {
                earlier.message = work.join(&earlier.message, &next.message);
                earlier.receives = earlier.receives.max(next.receives);
                earlier.ids.extend(next.ids);
            }
            None => left.push(next),
        }
    }
    left
}

/// How long the lane rests after this failure.
fn rest(failure: &Failure, receives: u32) -> SignedDuration {
    match failure.disposition {
        Disposition::Retry { after } if receives > PATIENCE && after < REST_MAX => {
            let doublings = (receives - PATIENCE).min(10);
            (after.max(SignedDuration::from_secs(1)) * (1 << doublings)).min(REST_MAX)
        }
        Disposition::Retry { after } | Disposition::Wait { after } => after,
        Disposition::Park(_) | Disposition::Stop(_) => SignedDuration::from_secs(60),
    }
}

/// SQS counts in seconds; whoever comes back a moment too early would only be sent away again.
fn whole_seconds(rest: SignedDuration) -> i32 {
    i32::try_from((rest.as_millis().max(0) + 999) / 1000).unwrap_or(i32::MAX)
}

fn report(lane: &str, failure: &Failure) {
    metrics::count(Metric::Rests, lane);
    tracing::warn!(lane, disposition = ?failure.disposition, error = chain(failure.error.as_ref()), "a lane rests");
}

/// The whole chain of causes; no error's own text repeats its cause.
pub fn chain(error: &dyn std::error::Error) -> String {
    let mut text = error.to_string();
    let mut cause = error.source();
    while let Some(error) = cause {
        text.push_str(": ");
        text.push_str(&error.to_string());
        cause = error.source();
    }
    text
}

fn to_visibility(handle: &str, id: &str, seconds: i32) -> Option<ChangeMessageVisibilityBatchRequestEntry> {
    ChangeMessageVisibilityBatchRequestEntry::builder()
        .id(id)
        .receipt_handle(handle)
        .visibility_timeout(seconds)
        .build()
        .ok()
}

fn to_item_failure(id: String) -> BatchItemFailure {
    let mut failure = BatchItemFailure::default();
    failure.item_identifier = id;
    failure
}
