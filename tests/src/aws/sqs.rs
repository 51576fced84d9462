//! A stand-in for SQS with FIFO queues: groups in order, one in flight at a time, de-duplication for five minutes,
//! visibility time-outs by the world's time, and dead letters after too many receives.

use std::collections::BTreeMap;
use std::sync::{Arc, Mutex, MutexGuard};

use jiff::{SignedDuration, Timestamp};
use serde_json::{Value, json};

use super::json_api::{Refusal, serve};
use crate::time::Time;

const DE_DUPLICATION: SignedDuration = SignedDuration::from_mins(5);

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
    last: u64,
}

struct Queue {
    visibility: SignedDuration,
    dead_letters: Option<(String, u32)>,
    messages: Vec<Held>,
    /// De-duplication ids, each with the time it was last accepted.
    remembered: BTreeMap<String, Timestamp>,
}

/// A message that a queue holds, in flight or not.
#[derive(Clone, Debug)]
pub struct Held {
    pub id: String,
    pub body: String,
    pub group: String,
    pub de_duplication: String,
    pub receives: u32,
    pub sent_at: Timestamp,
    pub visible_at: Timestamp,
    pub receipt: String,
    sequence: u64,
}

impl FakeSqs {
    pub async fn start(time: Time) -> Self {
        let state: Arc<Mutex<State>> = Arc::default();
        let (served, clock) = (state.clone(), time.clone());
        let url =
            serve(Arc::new(move |operation, request| answer(&served, clock.now(), operation, request))).await;
        Self { url, time, state }
    }

    pub fn url(&self) -> &str {
        &self.url
    }

    /// Makes a FIFO queue; answers its URL.
    pub fn create(
        &self,
        name: &str,
        visibility: SignedDuration,
        dead_letters: Option<(&str, u32)>,
    ) -> String {
        let dead_letters = dead_letters.map(|(name, receives)| (name.to_owned(), receives));
        let queue = Queue { visibility, dead_letters, messages: Vec::new(), remembered: BTreeMap::new() };
        self.state().queues.insert(name.to_owned(), queue);
        format!("{}/000000000000/{name}", self.url)
    }

    /// The next sends fail with a 500.
    pub fn fail_next(&self, sends: usize) {
        self.state().failing_sends = sends;
    }

    /// How many messages were ever accepted.
    pub fn sends(&self) -> usize {
        self.state().sends
    }

    /// Everything a queue holds.
    pub fn messages(&self, name: &str) -> Vec<Held> {
        self.state().queues.get(name).map(|queue| queue.messages.clone()).unwrap_or_default()
    }

    /// When a queue next has something to give: now, later, or never.
    pub fn next_visible_at(&self, name: &str) -> Option<Timestamp> {
        let state = self.state();
        let queue = state.queues.get(name)?;
        queue
            .messages
            .iter()
            .filter(|message| is_first_of_group(queue, message))
            .map(|one| one.visible_at)
            .min()
    }

    /// Receives up to ten messages of a queue, as Lambda's event source mapping does.
    pub fn receive(&self, name: &str) -> Vec<Held> {
        let now = self.time.now();
        receive(&mut self.state(), name, 10, now)
    }

    pub fn delete(&self, name: &str, id: &str) {
        if let Some(queue) = self.state().queues.get_mut(name) {
            queue.messages.retain(|message| message.id != id);
        }
    }

    fn state(&self) -> MutexGuard<'_, State> {
        self.state.lock().expect("no holder of the queues panics")
    }
}

fn is_first_of_group(queue: &Queue, message: &Held) -> bool {
    queue
        .messages
        .iter()
        .find(|other| other.group == message.group)
        .is_some_and(|first| first.id == message.id)
}

/// Visible messages in order; a group of which an earlier message is in flight is closed.
fn receive(state: &mut State, name: &str, most: usize, now: Timestamp) -> Vec<Held> {
    bury_the_worn_out(state, name, now);
    let Some(queue) = state.queues.get_mut(name) else { return Vec::new() };
    let (mut closed, mut received) = (Vec::<String>::new(), Vec::new());
    let visibility = queue.visibility;
    for message in &mut queue.messages {
        if closed.contains(&message.group) || received.len() == most {
            continue;
        }
        if message.visible_at > now {
            closed.push(message.group.clone());
            continue;
        }
        message.receives += 1;
        message.visible_at = now + visibility;
        message.receipt = format!("{}-{}", message.id, message.receives);
        received.push(message.clone());
    }
    received
}

fn bury_the_worn_out(state: &mut State, name: &str, now: Timestamp) {
    let Some(queue) = state.queues.get_mut(name) else { return };
    let Some((dead_letters, most)) = queue.dead_letters.clone() else { return };
    let worn_out = |message: &Held| message.receives >= most && message.visible_at <= now;
    let (buried, kept) = queue.messages.drain(..).partition(worn_out);
    queue.messages = kept;
    let buried: Vec<Held> = buried;
    if let Some(dead) = state.queues.get_mut(&dead_letters) {
        dead.messages.extend(buried.into_iter().map(|message| Held {
            receives: 0,
            visible_at: now,
            ..message
        }));
    }
}

fn answer(state: &Mutex<State>, now: Timestamp, operation: &str, request: &Value) -> Result<Value, Refusal> {
    let mut state = state.lock().expect("no holder of the queues panics");
    let url = request.get("QueueUrl").and_then(Value::as_str).unwrap_or_default();
    let name = url.rsplit('/').next().unwrap_or_default().to_owned();
    if !state.queues.contains_key(&name) {
        return Err(Refusal::new(
            "com.amazonaws.sqs#QueueDoesNotExist",
            "The specified queue does not exist.",
        ));
    }
    match operation {
        "SendMessageBatch" => send_batch(&mut state, &name, request, now),
        "ChangeMessageVisibilityBatch" => change_visibility(&mut state, &name, request, now),
        other => Err(Refusal::new("UnsupportedOperation", format!("the stand-in has no {other}"))),
    }
}

fn entries(request: &Value) -> Result<&Vec<Value>, Refusal> {
    let entries = request.get("Entries").and_then(Value::as_array);
    entries.filter(|entries| (1..=10).contains(&entries.len())).ok_or_else(|| {
        Refusal::new("com.amazonaws.sqs#TooManyEntriesInBatchRequest", "a batch has one to ten entries")
    })
}

fn send_batch(state: &mut State, name: &str, request: &Value, now: Timestamp) -> Result<Value, Refusal> {
    if state.failing_sends > 0 {
        state.failing_sends -= 1;
        return Err(Refusal::internal());
    }
    let mut sent = Vec::new();
    for entry in entries(request)? {
        let text = |name: &str| entry.get(name).and_then(Value::as_str).unwrap_or_default().to_owned();
        let (group, de_duplication) = (text("MessageGroupId"), text("MessageDeduplicationId"));
        let odd = |text: &str| text.is_empty() || text.len() > 128;
        if odd(&group) || odd(&de_duplication) {
            let says = "a FIFO message needs a group and a de-duplication id of 1 to 128 characters";
            return Err(Refusal::new("InvalidParameterValue", says));
        }
        state.last += 1;
        let (sequence, id) = (state.last, format!("message-{}", state.last));
        let body = text("MessageBody");
        sent.push(json!({ "Id": text("Id"), "MessageId": id, "MD5OfMessageBody": "", "SequenceNumber": sequence.to_string() }));
        let queue = state.queues.get_mut(name).expect("the queue was looked up before");
        let again =
            queue.remembered.get(&de_duplication).is_some_and(|at| now.duration_since(*at) < DE_DUPLICATION);
        if again {
            continue;
        }
        queue.remembered.insert(de_duplication.clone(), now);
        let receipt = String::new();
        let (sent_at, visible_at, receives) = (now, now, 0);
        queue.messages.push(Held {
            id,
            body,
            group,
            de_duplication,
            receives,
            sent_at,
            visible_at,
            receipt,
            sequence,
        });
        state.sends += 1;
    }
    Ok(json!({ "Successful": sent, "Failed": [] }))
}

fn change_visibility(
    state: &mut State,
    name: &str,
    request: &Value,
    now: Timestamp,
) -> Result<Value, Refusal> {
    let (mut changed, mut failed) = (Vec::new(), Vec::new());
    let queue = state.queues.get_mut(name).expect("the queue was looked up before");
    for entry in entries(request)? {
        let receipt = entry.get("ReceiptHandle").and_then(Value::as_str).unwrap_or_default();
        let seconds = entry.get("VisibilityTimeout").and_then(Value::as_i64).unwrap_or(0);
        match queue
            .messages
            .iter_mut()
            .find(|message| message.receipt == receipt && (0..=43_200).contains(&seconds))
        {
            Some(message) => {
                message.visible_at = now + SignedDuration::from_secs(seconds);
                changed.push(json!({ "Id": entry["Id"] }));
            }
            None => failed
                .push(json!({ "Id": entry["Id"], "SenderFault": true, "Code": "ReceiptHandleIsInvalid" })),
        }
    }
    Ok(json!({ "Successful": changed, "Failed": failed }))
}

impl Held {
    /// The message's place in its queue.
    pub fn sequence(&self) -> u64 {
        self.sequence
    }
}
