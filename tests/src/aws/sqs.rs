//! A stand-in for SQS with FIFO queues: groups in order, one in flight at a time, de-duplication for five minutes,
//! visibility time-outs by the world's time, and dead letters after too many receives. It has no standard queues, no
//! long polling (nothing in this world sleeps) and no retention period.

mod batches;
mod operations;
mod queue;
mod refusals;
mod sending;

use std::collections::BTreeMap;
use std::sync::{Arc, Mutex, MutexGuard};

use jiff::{SignedDuration, Timestamp};
use serde_json::Value;

use self::queue::Queue;
pub use self::queue::{Held, Scope, Settings, md5_of};
use super::json_api::{Refusal, serve};
use crate::time::Time;

/// The account that all queues of the world belong to.
const ACCOUNT: &str = "000000000000";

/// A running stand-in. Clones share everything.
#[derive(Clone)]
pub struct FakeSqs {
    url: String,
    time: Time,
    state: Arc<Mutex<State>>,
}

#[derive(Default)]
struct State {
    queues: BTreeMap<String, Queue>,
    sends: usize,
    failing_sends: usize,
    last_sequence: u64,
}

impl FakeSqs {
    pub async fn start(time: Time) -> Self {
        let unserved = Self::unserved(time);
        let served = unserved.clone();
        let url = serve(Arc::new(move |operation, request| served.answer(operation, request))).await;
        Self { url, ..unserved }
    }

    /// One that nobody reaches over the network: it is asked by [`Self::answer`].
    pub fn unserved(time: Time) -> Self {
        Self { url: String::new(), time, state: Arc::default() }
    }

    /// Does what a call asks.
    ///
    /// # Errors
    /// What SQS refuses, with the words in which it does.
    pub fn answer(&self, operation: &str, request: &Value) -> Result<Value, Refusal> {
        operations::answer(&mut self.state(), operation, request, self.time.now())
    }

    pub fn url(&self) -> &str {
        &self.url
    }

    /// Makes a FIFO queue that de-duplicates in the whole queue; answers its URL.
    pub fn create(
        &self,
        name: &str,
        visibility: SignedDuration,
        dead_letters: Option<(&str, u32)>,
    ) -> String {
        let dead_letters = dead_letters.map(|(name, receives)| (name.to_owned(), receives));
        self.create_with(name, Settings { visibility, dead_letters, ..Settings::default() })
    }

    /// Makes a FIFO queue; answers its URL. The queue of its dead letters may be made later.
    pub fn create_with(&self, name: &str, settings: Settings) -> String {
        self.state().queues.entry(name.to_owned()).or_insert_with(|| Queue::new(settings));
        url_of(name)
    }

    /// The next calls that send, of one message or of a batch, fail with a 500. The SDK tries each three times.
    pub fn fail_next(&self, calls: usize) {
        self.state().failing_sends = calls;
    }

    /// How many messages were ever accepted; a duplicate is not accepted again.
    pub fn sends(&self) -> usize {
        self.state().sends
    }

    /// Everything a queue holds, in flight or not, in order.
    pub fn messages(&self, name: &str) -> Vec<Held> {
        self.state().queues.get(name).map(|queue| queue.messages().to_vec()).unwrap_or_default()
    }

    /// When a queue next has something to give: now, later, or never.
    pub fn next_visible_at(&self, name: &str) -> Option<Timestamp> {
        self.state().queues.get(name)?.next_visible_at()
    }

    /// Receives up to ten messages of a queue.
    pub fn receive(&self, name: &str) -> Vec<Held> {
        self.receive_up_to(name, 10)
    }

    /// Receives up to `most` messages of a queue, as an event source mapping with that batch size does.
    pub fn receive_up_to(&self, name: &str, most: usize) -> Vec<Held> {
        self.state().receive(name, most, None, self.time.now())
    }

    /// Deletes by the receipt of the latest receive; `false` where its time is over and the message will come again.
    pub fn delete_received(&self, name: &str, receipt: &str) -> bool {
        let now = self.time.now();
        self.state().queues.get_mut(name).is_some_and(|queue| queue.delete(receipt, now).is_ok())
    }

    /// Moves all dead letters to a queue, as SQS itself does it when a person asks: body and group stay.
    pub fn redrive(&self, dead_letters: &str, to: &str) {
        let (mut state, now) = (self.state(), self.time.now());
        let all = state.queues.get_mut(dead_letters).map(Queue::take_out).unwrap_or_default();
        if let Some(queue) = state.queues.get_mut(to) {
            queue.take_in(all, now);
        }
    }

    fn state(&self) -> MutexGuard<'_, State> {
        lock(&self.state)
    }
}

impl State {
    /// Receives, and moves what has worn out to its dead letters. Where no such queue stands, nothing wears out.
    fn receive(
        &mut self,
        name: &str,
        most: usize,
        visibility: Option<SignedDuration>,
        now: Timestamp,
    ) -> Vec<Held> {
        let Some(mut queue) = self.queues.remove(name) else { return Vec::new() };
        let redrive = queue.settings().dead_letters.clone();
        let dead = redrive.and_then(|(dead, receives)| Some((self.queues.get_mut(&dead)?, receives)));
        if let Some((dead, receives_max)) = dead {
            dead.take_in(queue.take_worn_out(receives_max, now), now);
        }
        let received = queue.receive(most, visibility, now);
        self.queues.insert(name.to_owned(), queue);
        received
    }
}

fn lock(state: &Mutex<State>) -> MutexGuard<'_, State> {
    state.lock().expect("no holder of the queues panics")
}

/// SDKs send to the endpoint that they are given, whatever a queue's URL names: so it can name AWS.
fn url_of(name: &str) -> String {
    format!("https://sqs.us-east-1.amazonaws.com/{ACCOUNT}/{name}")
}

fn arn_of(name: &str) -> String {
    format!("arn:aws:sqs:us-east-1:{ACCOUNT}:{name}")
}

#[cfg(test)]
mod checks;
