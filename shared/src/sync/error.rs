//! Why a record could not be synced now.

use jiff::SignedDuration;

use super::port::PortError;
use crate::disposition::Disposition;

#[derive(Debug, thiserror::Error)]
pub enum Error {
    #[error(transparent)]
    Port(#[from] PortError),
    #[error(transparent)]
    Store(#[from] crate::store::error::Error),
    /// An earlier run began a create and did not finish it; what it made may not be findable yet.
    #[error("an unfinished create is looked into in {} s", after.as_secs())]
    Unfinished { after: SignedDuration },
    /// The record moved while we worked on it; looking again shows where.
    #[error("the record changed while it was being synced")]
    Moved,
}

impl Error {
    pub fn disposition(&self) -> Disposition {
        match self {
            Self::Port(error) => error.disposition(),
            Self::Store(error) => error.disposition(),
            Self::Unfinished { after } => Disposition::Retry { after: *after },
            Self::Moved => Disposition::retry_after_seconds(0),
        }
    }
}
