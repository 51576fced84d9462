//! Turns a batch of queue messages into work, and what came of it into the batch's answer.

use std::collections::BTreeMap;
use std::panic::AssertUnwindSafe;
use std::pin::pin;

use aws_lambda_events::event::sqs::{BatchItemFailure, SqsBatchResponse, SqsEvent, SqsMessage};
use aws_sdk_sqs::Client;
use aws_sdk_sqs::types::ChangeMessageVisibilityBatchRequestEntry;
use futures_util::FutureExt;
use futures_util::future::{Either, join_all, select};
use jiff::SignedDuration;

use super::dead_letters::{DeadLetters, Letter};
use super::until::Until;
use super::work::{Failure, Work};
use crate::clock::Clock;
use crate::disposition::{Disposition, Reason};
use crate::metrics::{self, Metric};
use crate::store::tries::Tries;

/// How often a message may come before its next failure is its last. Waits for calls come on top.
pub const RECEIVES_MAX: u32 = 50;

/// How often handling a message may panic before it is given up.
pub const PANICS_MAX: u32 = 3;

/// How often the function may die at a message, or run out of time, before it is given up. The first try is not noted,
/// so that messages which come once cost nothing: this is how many of those that are noted may never end.
pub const DEATHS_MAX: u32 = 3;
const OPEN_TRIES_MAX: u32 = DEATHS_MAX - 1;

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
    dead_letters: DeadLetters,
    tries: Tries,
    clock: Clock,
}

/// One message of the batch.
struct Received<M> {
    /// The ids of all queue messages that this one stands for.
    ids: Vec<String>,
    message: M,
    receives: u32,
}

impl<M> Received<M> {
    fn id(&self) -> &str {
        self.ids.first().map_or("", String::as_str)
    }
}

/// What is done with the messages of one batch, and until when.
struct Batch<'a, W> {
    work: &'a W,
    until: Until,
    /// How many tries of which messages never ended.
    open_tries: BTreeMap<String, u32>,
}

impl Edge {
    pub fn new(
        client: Client,
        queue_url: String,
        dead_letters: DeadLetters,
        tries: Tries,
        clock: Clock,
    ) -> Self {
        Self { client, queue_url, dead_letters, tries, clock }
    }

    /// Handles a batch. Never fails as a whole: what cannot be done now is named in the answer.
    pub async fn handle<W: Work>(&self, event: SqsEvent, work: &W, until: Until) -> SqsBatchResponse {
        let batch = &Batch { work, until, open_tries: self.open_tries(&event).await };
        let is_suspect = |messages: &[SqsMessage]| messages.iter().any(|one| batch.open_tries_of(one) > 0);
        let (suspects, others): (Vec<_>, Vec<_>) =
            by_lane(event).into_iter().partition(|(_, messages)| is_suspect(messages));
        // Side by side: a lane that waits for its side keeps no other one waiting.
        let handled = others.into_iter().map(|(lane, messages)| self.handle_lane(lane, messages, batch));
        let mut failed: Vec<String> = join_all(handled).await.into_iter().flatten().collect();
        // One after the other, once the others are done: whoever makes the function die takes none of them along.
        for (lane, messages) in suspects {
            failed.extend(self.handle_lane(lane, messages, batch).await);
        }
        let mut answer = SqsBatchResponse::default();
        answer.batch_item_failures = failed.into_iter().map(to_item_failure).collect();
        metrics::write_gathered();
        answer
    }

    /// Only a message that has come before can have been tried. Where the table does not answer, nobody is suspected:
    /// no try can begin then either.
    async fn open_tries(&self, event: &SqsEvent) -> BTreeMap<String, u32> {
        let came_before = event.records.iter().filter(|message| receives(message) > 1);
        let ids: Vec<&str> = came_before.filter_map(|message| message.message_id.as_deref()).collect();
        match self.tries.open(&ids).await {
            Ok(open) => open.into_iter().map(|(id, begun)| (id.to_owned(), begun)).collect(),
            Err(error) => {
                tracing::warn!(error = chain(&error), "nobody knows which tries never ended");
                BTreeMap::new()
            }
        }
    }

    /// Handles the messages of one lane in order; answers the ids of those that must come again.
    async fn handle_lane<W: Work>(
        &self,
        lane: String,
        messages: Vec<SqsMessage>,
        batch: &Batch<'_, W>,
    ) -> Vec<String> {
        let lane = lane.as_str();
        let handles = receipt_handles(&messages);
        let mut left = Vec::new();
        for message in messages {
            match parse(&message) {
                Ok(received) => left.push(received),
                Err(problem) => {
                    if self.bury_unreadable(lane, &message, &problem).await.is_err() {
                        return handles.into_keys().collect();
                    }
                }
            }
        }
        let left = joined(left, batch.work);
        let Err((first_failed, rest)) = self.carry_out_all(lane, &left, batch).await else {
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
        batch: &Batch<'_, W>,
    ) -> Result<(), (usize, SignedDuration)> {
        let Some(first) = messages.first() else { return Ok(()) };
        let stop = |place: usize, failure: &Failure| {
            report(lane, failure);
            (place, rest(failure, messages[place].receives))
        };
        if batch.until.has_come(&self.clock) {
            return Err(stop(0, &out_of_time()));
        }
        let all: Vec<&W::Message> = messages.iter().map(|received| &received.message).collect();
        let session = batch.work.open(&all).await.map_err(|failure| stop(0, &failure))?;
        let done = self.carry_out_each(lane, messages, batch, &session).await;
        batch.work.close(session, &first.message).await;
        done.map_err(|(place, failure)| stop(place, &failure))
    }

    /// The place of the first message that failed, and how.
    async fn carry_out_each<W: Work>(
        &self,
        lane: &str,
        messages: &[Received<W::Message>],
        batch: &Batch<'_, W>,
        session: &W::Session,
    ) -> Result<(), (usize, Failure)> {
        for (place, received) in messages.iter().enumerate() {
            if batch.until.has_come(&self.clock) {
                return Err((place, out_of_time()));
            }
            let done = self.carry_out(lane, received, batch, session).await;
            done.map_err(|failure| (place, failure))?;
        }
        Ok(())
    }

    /// A message that came before is noted while it is tried: a try that never ends stays noted.
    async fn carry_out<W: Work>(
        &self,
        lane: &str,
        received: &Received<W::Message>,
        batch: &Batch<'_, W>,
        session: &W::Session,
    ) -> Result<(), Failure> {
        if received.receives == 1 {
            return self.attempt_in_time(lane, received, batch, session).await.unwrap_or_else(cut_off);
        }
        let id = received.id();
        if batch.open_tries.get(id).is_some_and(|open| *open >= OPEN_TRIES_MAX) {
            self.give_up(lane, received, batch, "the function died at it, or ran out of time").await?;
            self.end_try(id).await;
            return Ok(());
        }
        let begun = self.tries.begin(id, self.clock.now()).await;
        begun.map_err(|error| Failure::new(error.disposition(), error))?;
        let ended = self.attempt_in_time(lane, received, batch, session).await;
        if ended.is_some() {
            self.end_try(id).await;
        }
        ended.unwrap_or_else(cut_off)
    }

    /// What came of it; `None` where it had to be cut off for the sake of the batch's answer.
    async fn attempt_in_time<W: Work>(
        &self,
        lane: &str,
        received: &Received<W::Message>,
        batch: &Batch<'_, W>,
        session: &W::Session,
    ) -> Option<Result<(), Failure>> {
        let attempt = pin!(self.attempt(lane, received, batch, session));
        let Some(left) = batch.until.left(&self.clock) else { return Some(attempt.await) };
        match select(attempt, pin!(self.clock.sleep(left))).await {
            Either::Left((done, _)) => Some(done),
            Either::Right(_) => None,
        }
    }

    async fn attempt<W: Work>(
        &self,
        lane: &str,
        received: &Received<W::Message>,
        batch: &Batch<'_, W>,
        session: &W::Session,
    ) -> Result<(), Failure> {
        let done = AssertUnwindSafe(batch.work.carry_out(session, &received.message)).catch_unwind().await;
        match done {
            Ok(Err(failure)) if received.receives > RECEIVES_MAX && !is_wait(&failure) => {
                report(lane, &failure);
                self.give_up(lane, received, batch, "it never ended well").await
            }
            Ok(done) => done,
            Err(_) if received.receives >= PANICS_MAX => {
                self.give_up(lane, received, batch, "it met a defect of ours").await
            }
            Err(_) => Err(Failure::new(Disposition::retry_after_seconds(1), "handling a message panicked")),
        }
    }

    /// Puts a message aside for good, in whichever list its work has, and in the dead letters.
    async fn give_up<W: Work>(
        &self,
        lane: &str,
        received: &Received<W::Message>,
        batch: &Batch<'_, W>,
        detail: &str,
    ) -> Result<(), Failure> {
        let reason = Reason::TooManyTries { attempts: received.receives, detail: detail.to_owned() };
        batch.work.give_up(&received.message, &reason).await?;
        let body = serde_json::to_string(&received.message).unwrap_or_default();
        let (message_id, code) = (received.id(), reason.code());
        let reason = reason.to_string();
        self.bury(&Letter { lane, message_id, code, reason: &reason, body: &body }).await
    }

    /// Where this fails, the try counts as one that never ended, and nothing else is lost.
    async fn end_try(&self, message: &str) {
        if let Err(error) = self.tries.end(message).await {
            tracing::warn!(message, error = chain(&error), "a try that ended could not be crossed out");
        }
    }

    /// A body that is no message of ours: it goes to the dead letters at once, as it came.
    async fn bury_unreadable(&self, lane: &str, message: &SqsMessage, reason: &str) -> Result<(), Failure> {
        tracing::warn!(lane, problem = reason, "a queue message cannot be read");
        let message_id = message.message_id.as_deref().unwrap_or_default();
        let body = message.body.as_deref().unwrap_or_default();
        self.bury(&Letter { lane, message_id, code: "unreadable_message", reason, body }).await
    }

    async fn bury(&self, letter: &Letter<'_>) -> Result<(), Failure> {
        let put = self.dead_letters.put(letter).await;
        put.map_err(|error| Failure::new(error.disposition(), error))
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

impl<W> Batch<'_, W> {
    fn open_tries_of(&self, message: &SqsMessage) -> u32 {
        let id = message.message_id.as_deref().unwrap_or_default();
        self.open_tries.get(id).copied().unwrap_or_default()
    }
}

/// The batch's next messages are left for the next run, at once.
fn out_of_time() -> Failure {
    Failure::new(Disposition::Wait { after: SignedDuration::ZERO }, "the function's time is nearly over")
}

fn cut_off() -> Result<(), Failure> {
    Err(Failure::new(Disposition::retry_after_seconds(1), "the function's time was over"))
}

fn is_wait(failure: &Failure) -> bool {
    matches!(failure.disposition, Disposition::Wait { .. })
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
    let ids = message.message_id.iter().cloned().collect();
    Ok(Received { ids, message: parsed, receives: receives(message) })
}

fn receives(message: &SqsMessage) -> u32 {
    let count = message.attributes.get("ApproximateReceiveCount");
    count.and_then(|count| count.parse().ok()).unwrap_or(1)
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
