//! Hints on their way: a queue message says "look at this record", and holds no record data.

use std::borrow::Cow;
use std::cmp::Ordering;
use std::error::Error as StdError;

use aws_sdk_sqs::Client;
use aws_sdk_sqs::types::SendMessageBatchRequestEntry;
use jiff::Timestamp;
use serde::{Deserialize, Serialize};

use crate::budget::ledger::Class;
use crate::disposition::Disposition;
use crate::environment::{BadEnvironment, Environment};
use crate::model::fingerprint::Fingerprint;
use crate::model::ids::{ConnectionId, DeliveryId, RecordId};
use crate::model::side::{Kind, Side};
use crate::sync::wish::Wish;

/// SQS takes ten messages a call.
const MESSAGES_PER_CALL: usize = 10;

/// "Look at this record."
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Hint {
    pub connection: ConnectionId,
    pub kind: Kind,
    pub side: Side,
    pub id: RecordId,
    /// What brought it: the webhook's id, or that of a poll's page.
    pub delivery: DeliveryId,
    /// What the record looked like to whoever saw it; equal to the mirror's means that nothing need be fetched.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub fingerprint: Option<Fingerprint>,
    /// What its side said of its last change to whoever saw it.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub modified: Option<Timestamp>,
    /// When its side told: a record that was read well after that holds no news of it.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub sent_at: Option<Timestamp>,
    /// What it is for: each class has a lane of its own, so that nothing live waits behind an import.
    #[serde(default, skip_serializing_if = "is_live")]
    pub class: Class,
    /// What a person wishes of it; such a hint stands alone.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub wish: Option<Wish>,
}

fn is_live(class: &Class) -> bool {
    *class == Class::Live
}

impl Hint {
    /// "Look at this record, whatever it was seen to be."
    pub fn plain(
        connection: ConnectionId,
        kind: Kind,
        side: Side,
        id: RecordId,
        delivery: DeliveryId,
    ) -> Self {
        Self {
            connection,
            kind,
            side,
            id,
            delivery,
            fingerprint: None,
            modified: None,
            sent_at: None,
            class: Class::Live,
            wish: None,
        }
    }

    /// One hint for this one and a later one of the same record. What its side told last is the state now. Two hints of
    /// which neither is known to be the later one tell nothing of it, unless they tell the same.
    #[must_use]
    pub fn joined_to(&self, later: &Self) -> Self {
        match self.sent_at.zip(later.sent_at).map(|(one, other)| one.cmp(&other)) {
            Some(Ordering::Less) => return later.clone(),
            Some(Ordering::Greater) => return self.clone(),
            Some(Ordering::Equal) | None => {}
        }
        let fingerprint = later.fingerprint.clone().filter(|seen| self.fingerprint.as_ref() == Some(seen));
        let modified = later.modified.filter(|seen| self.modified == Some(*seen));
        let sent_at = later.sent_at.filter(|sent| self.sent_at == Some(*sent));
        Self { fingerprint, modified, sent_at, ..later.clone() }
    }
}

/// A message that goes into a lane.
pub trait Message: Serialize {
    /// The lane: messages of one connection stay in order, and wait for each other.
    fn lane(&self) -> Cow<'_, str>;
    /// Two messages with the same one, sent within five minutes, are one message.
    fn de_duplication(&self) -> String;
}

impl Message for Hint {
    fn lane(&self) -> Cow<'_, str> {
        match self.class {
            Class::Live => Cow::from(self.connection.as_str()),
            Class::Import | Class::Sweep => format!("{}/{}", self.connection, self.class.as_str()).into(),
        }
    }

    /// A delivery is sent once for each record. It must not follow from the record's state: a record that changes
    /// there and back again within five minutes would lose its last hint.
    fn de_duplication(&self) -> String {
        let whole = format!("{}/{}/{}/{}", self.delivery, self.kind.as_str(), self.side.as_str(), self.id);
        hex::encode(&ring::digest::digest(&ring::digest::SHA256, whole.as_bytes()).as_ref()[..24])
    }
}

/// The queue did not accept a message. Whatever was to be acknowledged must not be.
#[derive(Debug, thiserror::Error)]
pub enum Error {
    #[error("SQS did not accept the messages")]
    Sqs(#[source] Box<dyn StdError + Send + Sync>),
    #[error("SQS refused {refused} of {sent} messages ({code})")]
    Refused { refused: usize, sent: usize, code: String },
    #[error("a message could not be written as JSON")]
    Json(#[source] serde_json::Error),
}

impl Error {
    pub fn disposition(&self) -> Disposition {
        Disposition::retry_after_seconds(2)
    }
}

/// One FIFO queue that may be sent to.
#[derive(Clone, Debug)]
pub struct Outbox {
    client: Client,
    url: String,
}

impl Outbox {
    pub fn new(client: Client, url: String) -> Self {
        Self { client, url }
    }

    /// Returns once the queue has accepted every message; an error may leave some of them sent.
    pub async fn send<M: Message>(&self, messages: &[M]) -> Result<(), Error> {
        for some in messages.chunks(MESSAGES_PER_CALL) {
            let entries = some.iter().enumerate().map(to_entry).collect::<Result<Vec<_>, _>>()?;
            let send = self.client.send_message_batch().queue_url(&self.url).set_entries(Some(entries));
            let answer = send.send().await.map_err(|error| Error::Sqs(Box::new(error)))?;
            if let Some(first) = answer.failed().first() {
                let (refused, code) = (answer.failed().len(), first.code().to_owned());
                return Err(Error::Refused { refused, sent: some.len(), code });
            }
        }
        Ok(())
    }
}

/// The queues that hints go to, by the kind of their record.
#[derive(Clone, Debug)]
pub struct Queues {
    /// Contacts and their tasks.
    pub contacts: Outbox,
    pub notes: Outbox,
    pub appointments: Outbox,
}

impl Queues {
    /// The queues as the functions' environment names them.
    ///
    /// # Errors
    /// [`BadEnvironment`] names the variable that is missing.
    pub fn new(environment: &Environment, client: &Client) -> Result<Self, BadEnvironment> {
        let outbox = |name| environment.require(name).map(|url| Outbox::new(client.clone(), url.to_owned()));
        Ok(Self {
            contacts: outbox("CONTACT_QUEUE_URL")?,
            notes: outbox("NOTES_QUEUE_URL")?,
            appointments: outbox("APPOINTMENT_QUEUE_URL")?,
        })
    }

    /// Sends each hint to the queue of its kind.
    pub async fn send(&self, hints: &[Hint]) -> Result<(), Error> {
        for kind in [Kind::Contact, Kind::Task, Kind::Note, Kind::Appointment] {
            let some: Vec<Hint> = hints.iter().filter(|hint| hint.kind == kind).cloned().collect();
            self.of(kind).send(&some).await?;
        }
        Ok(())
    }

    fn of(&self, kind: Kind) -> &Outbox {
        match kind {
            Kind::Contact | Kind::Task => &self.contacts,
            Kind::Note => &self.notes,
            Kind::Appointment => &self.appointments,
        }
    }
}

fn to_entry<M: Message>((place, message): (usize, &M)) -> Result<SendMessageBatchRequestEntry, Error> {
    SendMessageBatchRequestEntry::builder()
        .id(place.to_string())
        .message_body(serde_json::to_string(message).map_err(Error::Json)?)
        .message_group_id(message.lane())
        .message_deduplication_id(message.de_duplication())
        .build()
        .map_err(|error| Error::Sqs(Box::new(error)))
}
