//! Why a record could not be synced now.

use jiff::SignedDuration;

use super::port::PortError;
use crate::disposition::{Disposition, Reason};
use crate::model::ids::RecordId;
use crate::model::side::Side;

#[derive(Debug, thiserror::Error)]
pub enum Error {
    #[error(transparent)]
    Port(#[from] PortError),
    #[error(transparent)]
    Store(#[from] crate::store::error::Error),
    /// An earlier run began a create and did not finish it; what it made may not be findable yet.
    #[error("an unfinished create is looked into in {} s", after.as_secs())]
    Unfinished { after: SignedDuration },
    /// The record's contact is not linked yet: it comes first.
    #[error("the record's contact is not synced yet")]
    ContactFirst { side: Side, contact: RecordId },
    /// The queue did not take what follows from this.
    #[error(transparent)]
    Queue(#[from] crate::queue::Error),
    /// The record moved while we worked on it; looking again shows where.
    #[error("the record changed while it was being synced")]
    Moved,
}

impl Error {
    pub fn disposition(&self) -> Disposition {
        match self {
            Self::Port(error) => error.disposition(),
            Self::Store(error) => error.disposition(),
            Self::ContactFirst { side, contact } => {
                Disposition::Park(Reason::AwaitsContact { side: *side, contact: contact.clone() })
            }
            Self::Queue(error) => error.disposition(),
            Self::Unfinished { after } => Disposition::Retry { after: *after },
            Self::Moved => Disposition::retry_after_seconds(0),
        }
    }
}
