//! SQS's operations, each from its JSON to its JSON.

use jiff::{SignedDuration, Timestamp};
use serde_json::{Map, Value, json};

use super::queue::{Held, INVISIBLE_MAX, Queue, Scope, Settings, md5_of};
use super::{State, arn_of, batches, refusals, sending, url_of};
use crate::aws::json_api::{Refusal, text};

pub(super) fn answer(
    state: &mut State,
    operation: &str,
    request: &Value,
    now: Timestamp,
) -> Result<Value, Refusal> {
    if operation == "CreateQueue" {
        return create_queue(state, request);
    }
    let name = match operation {
        "GetQueueUrl" => text(request, "QueueName"),
        _ => text(request, "QueueUrl").rsplit('/').next().unwrap_or_default(),
    };
    if !state.queues.contains_key(name) {
        return Err(refusals::no_such_queue());
    }
    match operation {
        "SendMessage" | "SendMessageBatch" if state.fails() => Err(Refusal::internal("InternalError")),
        "SendMessage" => state.send(name, request, now),
        "SendMessageBatch" => batches::send(state, name, request, now),
        "ReceiveMessage" => receive(state, name, request, now),
        _ => {
            let queue = state.queues.get_mut(name).expect("the queue was looked up before");
            answer_of(queue, name, operation, request, now)
        }
    }
}

/// The operations that touch one queue only.
fn answer_of(
    queue: &mut Queue,
    name: &str,
    operation: &str,
    request: &Value,
    now: Timestamp,
) -> Result<Value, Refusal> {
    match operation {
        "GetQueueUrl" => Ok(json!({ "QueueUrl": url_of(name) })),
        "GetQueueAttributes" => Ok(queue_attributes(name, queue, request, now)),
        "DeleteMessage" => delete(queue, request, now),
        "DeleteMessageBatch" => batches::each(request, |entry| delete(queue, entry, now)),
        "ChangeMessageVisibility" => put_off(queue, request, now),
        "ChangeMessageVisibilityBatch" => batches::each(request, |entry| put_off(queue, entry, now)),
        "PurgeQueue" => {
            queue.purge();
            Ok(json!({}))
        }
        other => Err(refusals::unsupported(format!("the stand-in has no {other}"))),
    }
}

fn create_queue(state: &mut State, request: &Value) -> Result<Value, Refusal> {
    let (name, attributes) = (text(request, "QueueName"), &request["Attributes"]);
    let has_fifo_name = name.ends_with(".fifo") && name.len() <= 80;
    if !has_fifo_name || text(attributes, "FifoQueue") != "true" {
        return Err(refusals::bad_value(
            "The stand-in has FIFO queues only, and the name of one ends in .fifo.",
        ));
    }
    let settings = settings(attributes)?;
    if let Some((dead_letters, _)) = &settings.dead_letters
        && !state.queues.contains_key(dead_letters)
    {
        return Err(refusals::bad_value("Reason: Dead letter target does not exist."));
    }
    let queue = state.queues.entry(name.to_owned()).or_insert_with(|| Queue::new(settings.clone()));
    if *queue.settings() == settings {
        Ok(json!({ "QueueUrl": url_of(name) }))
    } else {
        Err(refusals::name_taken())
    }
}

fn settings(attributes: &Value) -> Result<Settings, Refusal> {
    let mut settings = Settings::default();
    if let Some(seconds) = attributes.get("VisibilityTimeout").and_then(Value::as_str) {
        let usable = seconds.parse().ok().filter(|seconds| (0..=INVISIBLE_MAX.as_secs()).contains(seconds));
        let seconds = usable.ok_or_else(|| refusals::bad_attribute("VisibilityTimeout: 0 to 43200"))?;
        settings.visibility = SignedDuration::from_secs(seconds);
    }
    settings.content_based = text(attributes, "ContentBasedDeduplication") == "true";
    if text(attributes, "DeduplicationScope") == "messageGroup" {
        settings.scope = Scope::MessageGroup;
    }
    if let Some(policy) = attributes.get("RedrivePolicy").and_then(Value::as_str) {
        let read = redrive(policy).ok_or_else(|| refusals::bad_attribute("RedrivePolicy is malformed"))?;
        settings.dead_letters = Some(read);
    }
    Ok(settings)
}

/// The name of the dead letters' queue, and the receives. People write the number as one and as a text.
fn redrive(policy: &str) -> Option<(String, u32)> {
    let policy: Value = serde_json::from_str(policy).ok()?;
    let name = text(&policy, "deadLetterTargetArn").rsplit_once(':')?.1;
    let receives = &policy["maxReceiveCount"];
    let receives = receives.as_u64().or_else(|| receives.as_str()?.parse().ok())?;
    Some((name.to_owned(), u32::try_from(receives).ok().filter(|receives| (1..=1000).contains(receives))?))
}

fn queue_attributes(name: &str, queue: &Queue, request: &Value, now: Timestamp) -> Value {
    let settings = queue.settings();
    let in_flight = queue.messages().iter().filter(|message| message.is_in_flight(now)).count();
    let scope = match settings.scope {
        Scope::Queue => "queue",
        Scope::MessageGroup => "messageGroup",
    };
    let mut attributes = vec![
        ("QueueArn", arn_of(name)),
        ("ApproximateNumberOfMessages", (queue.messages().len() - in_flight).to_string()),
        ("ApproximateNumberOfMessagesNotVisible", in_flight.to_string()),
        ("ApproximateNumberOfMessagesDelayed", "0".to_owned()),
        ("VisibilityTimeout", settings.visibility.as_secs().to_string()),
        ("MaximumMessageSize", sending::BYTES_MAX.to_string()),
        ("FifoQueue", "true".to_owned()),
        ("ContentBasedDeduplication", settings.content_based.to_string()),
        ("DeduplicationScope", scope.to_owned()),
    ];
    if let Some((dead, receives)) = &settings.dead_letters {
        let policy = json!({ "deadLetterTargetArn": arn_of(dead), "maxReceiveCount": receives });
        attributes.push(("RedrivePolicy", policy.to_string()));
    }
    let asked = asked(request, &["AttributeNames"]);
    json!({ "Attributes": only_asked(&asked, attributes) })
}

fn receive(state: &mut State, name: &str, request: &Value, now: Timestamp) -> Result<Value, Refusal> {
    let most = request.get("MaxNumberOfMessages").and_then(Value::as_i64).unwrap_or(1);
    let most = usize::try_from(most).ok().filter(|most| (1..=10).contains(most));
    let most = most.ok_or_else(|| {
        refusals::bad_value("Value for parameter MaxNumberOfMessages is invalid. Must be between 1 and 10.")
    })?;
    let visibility = request.get("VisibilityTimeout").map(seconds).transpose()?;
    let received = state.receive(name, most, visibility, now);
    let asked = asked(request, &["MessageSystemAttributeNames", "AttributeNames"]);
    let wants_said = !self::asked(request, &["MessageAttributeNames"]).is_empty();
    let messages: Vec<Value> = received.iter().map(|held| message(held, &asked, wants_said)).collect();
    Ok(if messages.is_empty() { json!({}) } else { json!({ "Messages": messages }) })
}

fn message(held: &Held, asked: &[String], wants_said: bool) -> Value {
    let said = held.said.iter().filter(|_| wants_said);
    let said: Map<String, Value> = said
        .map(|(name, value)| (name.clone(), json!({ "DataType": "String", "StringValue": value })))
        .collect();
    json!({
        "MessageId": held.id,
        "ReceiptHandle": held.receipt,
        "Body": held.body,
        "MD5OfBody": md5_of(&held.body),
        "Attributes": only_asked(asked, held.attributes()),
        "MessageAttributes": said,
    })
}

impl Held {
    /// The attributes that SQS itself gives a message; times in milliseconds since the epoch.
    pub fn attributes(&self) -> Vec<(&'static str, String)> {
        let first_received_at = self.first_received_at.unwrap_or(self.sent_at);
        vec![
            ("ApproximateReceiveCount", self.receives.to_string()),
            ("SentTimestamp", self.sent_at.as_millisecond().to_string()),
            ("SequenceNumber", self.sequence()),
            ("MessageGroupId", self.group.clone()),
            ("SenderId", "AIDASANDBOX".to_owned()),
            ("MessageDeduplicationId", self.de_duplication.clone()),
            ("ApproximateFirstReceiveTimestamp", first_received_at.as_millisecond().to_string()),
        ]
    }
}

fn delete(queue: &mut Queue, request: &Value, now: Timestamp) -> Result<Value, Refusal> {
    queue.delete(text(request, "ReceiptHandle"), now).map_err(refusals::bad_handle)?;
    Ok(json!({}))
}

fn put_off(queue: &mut Queue, request: &Value, now: Timestamp) -> Result<Value, Refusal> {
    let after = seconds(&request["VisibilityTimeout"])?;
    queue.put_off(text(request, "ReceiptHandle"), after, now).map_err(refusals::bad_handle)?;
    Ok(json!({}))
}

/// A visibility time-out.
fn seconds(value: &Value) -> Result<SignedDuration, Refusal> {
    let usable = value.as_i64().filter(|seconds| (0..=INVISIBLE_MAX.as_secs()).contains(seconds));
    let seconds = usable.ok_or_else(|| {
        refusals::bad_value("Value for parameter VisibilityTimeout is invalid. Must be between 0 and 43200.")
    })?;
    Ok(SignedDuration::from_secs(seconds))
}

fn asked(request: &Value, lists: &[&str]) -> Vec<String> {
    let names = lists.iter().filter_map(|list| request.get(*list)?.as_array()).flatten();
    names.filter_map(|name| name.as_str().map(str::to_owned)).collect()
}

fn only_asked(asked: &[String], all: Vec<(&'static str, String)>) -> Map<String, Value> {
    let is_asked = |name: &str| asked.iter().any(|asked| asked == "All" || asked == name);
    let kept = all.into_iter().filter(|(name, _)| is_asked(name));
    kept.map(|(name, value)| (name.to_owned(), json!(value))).collect()
}
