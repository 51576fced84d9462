//! One FIFO queue: what it holds, what it gives, and what a receipt handle is good for. It knows no clock.

use std::collections::{BTreeMap, BTreeSet};

use jiff::{SignedDuration, Timestamp};

/// For how long a de-duplication id is remembered, from the send that was accepted.
const DE_DUPLICATION: SignedDuration = SignedDuration::from_mins(5);

/// How long a message can be out of sight in all, from its receive. Putting it off does not begin anew.
pub(super) const INVISIBLE_MAX: SignedDuration = SignedDuration::from_hours(12);

/// Where a de-duplication id is unique.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub enum Scope {
    #[default]
    Queue,
    MessageGroup,
}

/// What a queue is made with.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Settings {
    pub visibility: SignedDuration,
    /// The queue of the dead letters, and after how many receives a message goes there.
    pub dead_letters: Option<(String, u32)>,
    /// Whether a message without a de-duplication id gets the hash of its body.
    pub content_based: bool,
    pub scope: Scope,
}

impl Default for Settings {
    /// SQS's own defaults.
    fn default() -> Self {
        let visibility = SignedDuration::from_secs(30);
        Self { visibility, dead_letters: None, content_based: false, scope: Scope::Queue }
    }
}

/// A message that a queue holds, in flight or not.
#[derive(Clone, Debug)]
pub struct Held {
    pub id: String,
    pub body: String,
    /// The attributes that its sender gave it.
    pub said: BTreeMap<String, String>,
    pub group: String,
    pub de_duplication: String,
    pub receives: u32,
    pub sent_at: Timestamp,
    /// Later than now: the message is in flight.
    pub visible_at: Timestamp,
    pub first_received_at: Option<Timestamp>,
    /// The handle of the latest receive; empty before the first.
    pub receipt: String,
    received_at: Timestamp,
    sequence: u64,
}

impl Held {
    /// The message's place in its queue: twenty digits, as SQS writes it.
    pub fn sequence(&self) -> String {
        sequence_text(self.sequence)
    }

    pub fn is_in_flight(&self, now: Timestamp) -> bool {
        self.visible_at > now
    }
}

/// A message on its way in.
#[derive(Clone, Debug)]
pub(super) struct Draft {
    pub body: String,
    pub said: BTreeMap<String, String>,
    pub group: String,
    pub de_duplication: String,
}

/// What a send is answered with. A duplicate is answered with what the first one was.
#[derive(Clone, Debug)]
pub(super) struct Sent {
    pub id: String,
    pub sequence: u64,
    at: Timestamp,
}

/// Why a receipt handle is of no use.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum HandleProblem {
    /// No receive gave it.
    Unknown,
    /// Its message is visible again, or was received again.
    Expired,
    /// Its message was deleted.
    Gone,
    /// Its message would be out of sight for longer than SQS allows.
    TooLong,
}

pub(super) struct Queue {
    settings: Settings,
    messages: Vec<Held>,
    /// What was accepted lately: group (where it counts) and de-duplication id.
    remembered: BTreeMap<(Option<String>, String), Sent>,
    /// All receipt handles ever given, each with its message's id.
    handles: BTreeMap<String, String>,
}

impl Queue {
    pub fn new(settings: Settings) -> Self {
        Self { settings, messages: Vec::new(), remembered: BTreeMap::new(), handles: BTreeMap::new() }
    }

    pub fn settings(&self) -> &Settings {
        &self.settings
    }

    pub fn messages(&self) -> &[Held] {
        &self.messages
    }

    /// Takes a message in under the number `sequence`; `Err` with the first one's answer where it is a duplicate.
    pub fn send(&mut self, draft: Draft, sequence: u64, now: Timestamp) -> Result<Sent, Sent> {
        let group = (self.settings.scope == Scope::MessageGroup).then(|| draft.group.clone());
        let key = (group, draft.de_duplication.clone());
        if let Some(first) = self.remembered.get(&key)
            && now.duration_since(first.at) < DE_DUPLICATION
        {
            return Err(first.clone());
        }
        let sent = Sent { id: format!("message-{sequence}"), sequence, at: now };
        self.remembered.insert(key, sent.clone());
        self.messages.push(Held {
            id: sent.id.clone(),
            body: draft.body,
            said: draft.said,
            group: draft.group,
            de_duplication: draft.de_duplication,
            receives: 0,
            sent_at: now,
            visible_at: now,
            first_received_at: None,
            receipt: String::new(),
            received_at: now,
            sequence,
        });
        Ok(sent)
    }

    /// Gives up to `most` messages in order. A group of which any message is in flight gives none.
    pub fn receive(&mut self, most: usize, visibility: Option<SignedDuration>, now: Timestamp) -> Vec<Held> {
        let (closed, visibility) = (self.closed(now), visibility.unwrap_or(self.settings.visibility));
        let open = self.messages.iter_mut().filter(|message| !closed.contains(&message.group));
        let mut received = Vec::new();
        for message in open.take(most) {
            message.receives += 1;
            message.visible_at = now + visibility;
            message.received_at = now;
            message.first_received_at.get_or_insert(now);
            message.receipt = format!("receipt-of-{}-{}", message.id, message.receives);
            self.handles.insert(message.receipt.clone(), message.id.clone());
            received.push(message.clone());
        }
        received
    }

    /// Takes out what has been received `receives_max` times and would be given once more.
    pub fn take_worn_out(&mut self, receives_max: u32, now: Timestamp) -> Vec<Held> {
        let closed = self.closed(now);
        let is_worn_out =
            |message: &mut Held| message.receives >= receives_max && !closed.contains(&message.group);
        self.messages.extract_if(.., is_worn_out).collect()
    }

    /// Takes in the dead letters of another queue: their ids stay, their count and their age begin anew.
    pub fn take_in(&mut self, dead: Vec<Held>, now: Timestamp) {
        let anew = |message| Held {
            receives: 0,
            sent_at: now,
            visible_at: now,
            first_received_at: None,
            receipt: String::new(),
            ..message
        };
        self.messages.extend(dead.into_iter().map(anew));
    }

    /// Deletes by receipt. Deleting again what was deleted succeeds, as in SQS.
    pub fn delete(&mut self, receipt: &str, now: Timestamp) -> Result<(), HandleProblem> {
        match self.place(receipt, now) {
            Ok(place) => {
                self.messages.remove(place);
                Ok(())
            }
            Err(HandleProblem::Gone) => Ok(()),
            Err(problem) => Err(problem),
        }
    }

    /// Lets a message in flight come back `after` now.
    pub fn put_off(
        &mut self,
        receipt: &str,
        after: SignedDuration,
        now: Timestamp,
    ) -> Result<(), HandleProblem> {
        let place = self.place(receipt, now)?;
        let message = &mut self.messages[place];
        if now + after > message.received_at + INVISIBLE_MAX {
            return Err(HandleProblem::TooLong);
        }
        message.visible_at = now + after;
        Ok(())
    }

    pub fn purge(&mut self) {
        self.messages.clear();
    }

    pub fn take_out(&mut self) -> Vec<Held> {
        std::mem::take(&mut self.messages)
    }

    /// When the first group can be received: a group with messages in flight, once the last of them is back.
    pub fn next_visible_at(&self) -> Option<Timestamp> {
        let mut groups: BTreeMap<&str, Timestamp> = BTreeMap::new();
        for message in &self.messages {
            let opens = groups.entry(&message.group).or_insert(message.visible_at);
            *opens = message.visible_at.max(*opens);
        }
        groups.into_values().min()
    }

    fn closed(&self, now: Timestamp) -> BTreeSet<String> {
        let in_flight = self.messages.iter().filter(|message| message.is_in_flight(now));
        in_flight.map(|message| message.group.clone()).collect()
    }

    /// The place of the message that this handle holds in flight.
    fn place(&self, receipt: &str, now: Timestamp) -> Result<usize, HandleProblem> {
        let id = self.handles.get(receipt).ok_or(HandleProblem::Unknown)?;
        let place = self.messages.iter().position(|message| message.id == *id).ok_or(HandleProblem::Gone)?;
        let message = &self.messages[place];
        let is_live = message.receipt == receipt && message.is_in_flight(now);
        is_live.then_some(place).ok_or(HandleProblem::Expired)
    }
}

pub(super) fn sequence_text(sequence: u64) -> String {
    format!("{sequence:020}")
}

/// The checksum that SQS answers with a message.
pub fn md5_of(body: &str) -> String {
    format!("{:x}", md5::compute(body))
}
