//! What GHL answers when it does not do what it was asked. No text holds a record's data.

use jiff::SignedDuration;

use crate::disposition::{Attention, Disposition, Reason};
use crate::http::TransportError;
use crate::model::side::Side;

#[derive(Debug, thiserror::Error)]
pub enum Error {
    #[error("GHL gave no answer")]
    Transport(#[from] TransportError),
    #[error("GHL's rate limit is spent for {} s", after.as_secs())]
    RateLimited { after: SignedDuration },
    #[error("GHL refuses the token, a fresh one too{}", trace_of(trace))]
    Unauthorized { trace: Option<String> },
    #[error("GHL says that the token does not cover this{}", trace_of(trace))]
    Forbidden { trace: Option<String> },
    #[error("GHL refused the call with {status}: {message}{}", trace_of(trace))]
    Refused { status: u16, message: String, trace: Option<String> },
    #[error("GHL failed with {status}{}", trace_of(trace))]
    Server { status: u16, trace: Option<String> },
    #[error("GHL answered {status} with something that is not JSON")]
    NotJson { status: u16 },
    #[error("GHL's answer cannot be read at \"{path}\"")]
    Decode { path: String },
    #[error("the connection has no GHL calendar")]
    NoCalendar,
    #[error("the appointment is part of a recurring series")]
    Recurring,
    #[error(transparent)]
    Budget(#[from] crate::budget::purse::Error),
    #[error("there is no usable token")]
    Token(#[from] crate::tokens::error::Error),
}

fn trace_of(trace: &Option<String>) -> String {
    trace.as_ref().map_or_else(String::new, |trace| format!(" (traceId {trace})"))
}

impl Error {
    pub fn disposition(&self) -> Disposition {
        match self {
            Self::Transport(_) => Disposition::retry_after_seconds(5),
            Self::RateLimited { after } => Disposition::Wait { after: *after },
            Self::Budget(error) => error.disposition(),
            // GHL has just granted this token: a person who connects again would be granted another such.
            Self::Unauthorized { .. } => Disposition::retry_after_seconds(300),
            Self::Forbidden { .. } => Disposition::Stop(Attention::GhlForbidden),
            Self::Refused { message, .. } => {
                Disposition::Park(Reason::Refused { side: Side::Ghl, message: message.clone() })
            }
            Self::Server { .. } => Disposition::retry_after_seconds(15),
            Self::NotJson { .. } => Disposition::retry_after_seconds(30),
            Self::Decode { path } => {
                Disposition::Park(Reason::Unreadable { side: Side::Ghl, detail: path.clone() })
            }
            Self::NoCalendar => Disposition::Park(Reason::NoCalendar),
            Self::Recurring => Disposition::Park(Reason::Recurring),
            Self::Token(error) => error.disposition(),
        }
    }
}
