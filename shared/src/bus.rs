//! The event bus: what became of a connection, for whoever builds upon it. Ids and codes, never values.
//!
//! An event has the source [`SOURCE`], the news' name as its detail-type, and a detail with a `version`: a field may come
//! to it, but none changes or goes while the version stays. It can come twice, and each is at most one schedule late.

use std::error::Error as StdError;

use aws_sdk_eventbridge::Client;
use aws_sdk_eventbridge::types::PutEventsRequestEntry;
use jiff::Timestamp;
use schemars::JsonSchema;
use serde::Serialize;

use crate::action::input::Instant;
use crate::connection::State;
use crate::disposition::{Attention, Disposition};
use crate::model::ids::ConnectionId;

pub const SOURCE: &str = "helloleads-ghl-sync";

/// EventBridge takes ten events a call.
const EVENTS_PER_CALL: usize = 10;

/// What became of a connection.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum News {
    Live,
    NeedsAttention(Attention),
    Uninstalled,
    FirstImportFinished,
}

impl News {
    /// The detail-type.
    pub fn name(self) -> &'static str {
        match self {
            Self::Live => "ConnectionLive",
            Self::NeedsAttention(_) => "ConnectionNeedsAttention",
            Self::Uninstalled => "ConnectionUninstalled",
            Self::FirstImportFinished => "FirstImportFinished",
        }
    }

    /// What a new state is to others; nobody waits for the two that a person chose on our pages.
    pub fn of_state(state: State) -> Option<Self> {
        match state {
            State::Live => Some(Self::Live),
            State::NeedsAttention { attention } => Some(Self::NeedsAttention(attention)),
            State::Uninstalled => Some(Self::Uninstalled),
            State::Pending | State::Paused => None,
        }
    }

    /// Every kind of news, with what it says.
    pub const KINDS: [(&'static str, &'static str); 4] = [
        ("ConnectionLive", "A connection runs: it was started, resumed, or connected again."),
        ("ConnectionNeedsAttention", "A connection stands still until a person does what the reason says."),
        ("ConnectionUninstalled", "The app was removed from the location in GHL."),
        ("FirstImportFinished", "All records that were there at the start were gone through."),
    ];

    fn reason(self) -> Option<Attention> {
        match self {
            Self::NeedsAttention(attention) => Some(attention),
            Self::Live | Self::Uninstalled | Self::FirstImportFinished => None,
        }
    }
}

/// The detail of news of a connection.
#[derive(Serialize, JsonSchema)]
pub struct Detail<'a> {
    /// 1.
    version: u32,
    connection: &'a ConnectionId,
    #[schemars(with = "Instant")]
    at: Timestamp,
    /// Why it stands still.
    #[serde(skip_serializing_if = "Option::is_none")]
    reason: Option<Attention>,
}

/// The bus did not take the news.
#[derive(Debug, thiserror::Error)]
pub enum Error {
    #[error("EventBridge did not take the events")]
    EventBridge(#[source] Box<dyn StdError + Send + Sync>),
    #[error("EventBridge refused {refused} of {sent} events ({code})")]
    Refused { refused: i32, sent: usize, code: String },
    #[error("an event could not be written as JSON")]
    Json(#[source] serde_json::Error),
}

impl Error {
    pub fn disposition(&self) -> Disposition {
        Disposition::retry_after_seconds(5)
    }
}

/// One bus that may be put upon.
#[derive(Clone, Debug)]
pub struct Bus {
    client: Client,
    name: String,
}

impl Bus {
    pub fn new(client: Client, name: String) -> Self {
        Self { client, name }
    }

    /// Returns once the bus has everything; an error may leave some of it told.
    pub async fn put(&self, connection: &ConnectionId, news: &[News], at: Timestamp) -> Result<(), Error> {
        for some in news.chunks(EVENTS_PER_CALL) {
            let entries =
                some.iter().map(|one| self.entry(connection, *one, at)).collect::<Result<_, _>>()?;
            self.send(entries).await?;
        }
        Ok(())
    }

    /// Tells one thing that is not news of a connection's state. Returns once the bus has it.
    pub async fn tell<D: Serialize>(&self, name: &str, detail: &D) -> Result<(), Error> {
        let detail = serde_json::to_string(detail).map_err(Error::Json)?;
        self.send(vec![self.to_entry(name, detail)]).await
    }

    async fn send(&self, entries: Vec<PutEventsRequestEntry>) -> Result<(), Error> {
        let sent = entries.len();
        let answer = self.client.put_events().set_entries(Some(entries)).send().await;
        let answer = answer.map_err(|error| Error::EventBridge(Box::new(error)))?;
        if answer.failed_entry_count() > 0 {
            let code = answer.entries().iter().find_map(|entry| entry.error_code()).unwrap_or_default();
            let (refused, code) = (answer.failed_entry_count(), code.to_owned());
            return Err(Error::Refused { refused, sent, code });
        }
        Ok(())
    }

    fn to_entry(&self, name: &str, detail: String) -> PutEventsRequestEntry {
        let entry = PutEventsRequestEntry::builder().event_bus_name(&self.name).source(SOURCE);
        entry.detail_type(name).detail(detail).build()
    }

    fn entry(
        &self,
        connection: &ConnectionId,
        news: News,
        at: Timestamp,
    ) -> Result<PutEventsRequestEntry, Error> {
        let detail = Detail { version: 1, connection, at, reason: news.reason() };
        let detail = serde_json::to_string(&detail).map_err(Error::Json)?;
        Ok(self.to_entry(news.name(), detail))
    }
}
