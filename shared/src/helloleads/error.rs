//! What HelloLeads answers when it does not do what it was asked. No text holds a record's data.

use jiff::SignedDuration;

use crate::disposition::{Attention, Disposition, Reason};
use crate::http::TransportError;
use crate::model::side::Side;

/// Why nothing is written into leads' notes.
const BLIND: &str = "this account does not show which leads changed, and what people wrote into the lead's notes since could be lost";

#[derive(Debug, thiserror::Error)]
pub enum Error {
    #[error("HelloLeads gave no answer")]
    Transport(#[from] TransportError),
    #[error("HelloLeads' calls are spent for {} s", after.as_secs())]
    RateLimited { after: SignedDuration },
    #[error("HelloLeads refuses the API key or its e-mail address (status {status})")]
    KeyRefused { status: u16 },
    #[error("HelloLeads refused the call: {message}")]
    Refused { message: String },
    #[error("HelloLeads failed with {status}")]
    Server { status: u16 },
    #[error("HelloLeads answered {status} with something that is not JSON")]
    NotJson { status: u16 },
    #[error("HelloLeads' answer has no usable \"{what}\"")]
    Decode { what: &'static str },
    #[error("not all leads have been read once")]
    FirstReadUnfinished,
    #[error("the lead's notes would have {length} characters, and {max} are taken")]
    TooLong { length: usize, max: usize },
    #[error("{BLIND}")]
    Blind,
    #[error("the lead's notes are being written to by another function")]
    NotesBusy,
    #[error("a lead needs a first name")]
    NoFirstName,
    #[error("the connection's settings lack {what}")]
    Settings { what: &'static str },
    #[error("the relay's catch hook answered {status}")]
    Relay { status: u16 },
    #[error(transparent)]
    Budget(#[from] crate::budget::purse::Error),
    #[error(transparent)]
    Store(#[from] crate::store::error::Error),
    #[error(transparent)]
    Queue(#[from] crate::queue::Error),
}

impl Error {
    pub fn disposition(&self) -> Disposition {
        let refused = |message: &str| {
            Disposition::Park(Reason::Refused { side: Side::HelloLeads, message: message.to_owned() })
        };
        match self {
            Self::Transport(_) => Disposition::retry_after_seconds(10),
            Self::RateLimited { after } => Disposition::Wait { after: *after },
            Self::Budget(error) => error.disposition(),
            Self::KeyRefused { .. } => Disposition::Stop(Attention::HelloLeadsKeyRefused),
            Self::Refused { message } => refused(message),
            Self::Server { .. } => Disposition::retry_after_seconds(30),
            Self::NotJson { .. } => Disposition::retry_after_seconds(60),
            Self::Decode { what } => {
                Disposition::Park(Reason::Unreadable { side: Side::HelloLeads, detail: (*what).to_owned() })
            }
            Self::FirstReadUnfinished => Disposition::Park(Reason::FirstImport),
            Self::TooLong { length, max } => {
                Disposition::Park(Reason::TooLong { side: Side::HelloLeads, length: *length, max: *max })
            }
            Self::Blind => refused(BLIND),
            Self::NotesBusy => Disposition::retry_after_seconds(2),
            Self::NoFirstName => Disposition::Park(Reason::NoFirstName),
            Self::Settings { what } => refused(&format!("the connection's settings lack {what}")),
            Self::Relay { status: 401 | 403 | 404 | 410 } => Disposition::Stop(Attention::RelayRefused),
            Self::Relay { status: 400 | 422 } => refused("the relay refused it"),
            Self::Relay { .. } => Disposition::retry_after_seconds(30),
            Self::Store(error) => error.disposition(),
            Self::Queue(error) => error.disposition(),
        }
    }
}
