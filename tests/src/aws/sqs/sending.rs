//! What SQS asks of a message before it takes it.

use std::collections::BTreeMap;

use jiff::Timestamp;
use serde_json::{Value, json};

use super::queue::{Draft, Sent, Settings, md5_of, sequence_text};
use super::{State, refusals};
use crate::aws::json_api::{Refusal, text};

/// The most that one message, and all messages of a batch together, may have.
pub(super) const BYTES_MAX: usize = 1024 * 1024;

const ID_CHARS_MAX: usize = 128;

impl State {
    /// Takes one message into a queue, or refuses it.
    pub(super) fn send(&mut self, name: &str, message: &Value, now: Timestamp) -> Result<Value, Refusal> {
        let queue = self.queues.get_mut(name).ok_or_else(refusals::no_such_queue)?;
        let draft = draft(message, queue.settings())?;
        let md5 = md5_of(&draft.body);
        self.last_sequence += 1;
        let sent = queue.send(draft, self.last_sequence, now);
        self.sends += usize::from(sent.is_ok());
        let (Ok(Sent { id, sequence, .. }) | Err(Sent { id, sequence, .. })) = sent;
        Ok(json!({ "MessageId": id, "MD5OfMessageBody": md5, "SequenceNumber": sequence_text(sequence) }))
    }

    /// Whether this call is one that was to fail.
    pub(super) fn fails(&mut self) -> bool {
        let fails = self.failing_sends > 0;
        self.failing_sends = self.failing_sends.saturating_sub(1);
        fails
    }
}

fn draft(message: &Value, settings: &Settings) -> Result<Draft, Refusal> {
    let body = text(message, "MessageBody").to_owned();
    check_body(&body)?;
    if message.get("DelaySeconds").and_then(Value::as_i64).is_some_and(|seconds| seconds != 0) {
        return Err(refusals::bad_value("A message of a FIFO queue has no delay of its own."));
    }
    let group = text(message, "MessageGroupId").to_owned();
    if group.is_empty() {
        return Err(refusals::missing("MessageGroupId"));
    }
    let de_duplication = match text(message, "MessageDeduplicationId") {
        "" if settings.content_based => sha256_of(&body),
        "" => {
            let says = "The queue should either have ContentBasedDeduplication enabled or MessageDeduplicationId provided explicitly";
            return Err(refusals::bad_value(says));
        }
        given => given.to_owned(),
    };
    check_id("MessageGroupId", &group)?;
    check_id("MessageDeduplicationId", &de_duplication)?;
    Ok(Draft { body, said: said(message)?, group, de_duplication })
}

/// The message's own attributes. Only dead letters have any, and only texts.
fn said(message: &Value) -> Result<BTreeMap<String, String>, Refusal> {
    let attributes = message.get("MessageAttributes").and_then(Value::as_object).into_iter().flatten();
    attributes
        .map(|(name, value)| match (text(value, "DataType"), text(value, "StringValue")) {
            ("String", "") => {
                Err(refusals::bad_value("The message attribute must contain a non-empty value."))
            }
            ("String", given) => Ok((name.clone(), given.to_owned())),
            _ => Err(refusals::unsupported("the stand-in has attributes of texts only")),
        })
        .collect()
}

fn check_body(body: &str) -> Result<(), Refusal> {
    if body.is_empty() {
        return Err(refusals::missing("MessageBody"));
    }
    if body.len() > BYTES_MAX {
        return Err(refusals::bad_value("Reason: Message must be shorter than 1048576 bytes."));
    }
    let is_taken = |letter: char| matches!(letter, '\t' | '\n' | '\r' | ' '..='\u{d7ff}' | '\u{e000}'..='\u{fffd}' | '\u{10000}'..);
    if body.chars().all(is_taken) { Ok(()) } else { Err(refusals::bad_contents()) }
}

fn check_id(parameter: &str, id: &str) -> Result<(), Refusal> {
    let fits = id.len() <= ID_CHARS_MAX && id.bytes().all(|byte| byte.is_ascii_graphic());
    let says = || {
        format!(
            "Reason: {parameter} can only include alphanumeric and punctuation characters. 1 to 128 in length"
        )
    };
    if fits { Ok(()) } else { Err(refusals::bad_value(says())) }
}

fn sha256_of(body: &str) -> String {
    hex::encode(aws_lc_rs::digest::digest(&aws_lc_rs::digest::SHA256, body.as_bytes()))
}
