//! What can go wrong with the table.

use std::error::Error as StdError;

use crate::disposition::Disposition;

#[derive(Debug, thiserror::Error)]
pub enum Error {
    #[error("DynamoDB could not {doing}")]
    Dynamo {
        doing: &'static str,
        #[source]
        source: Box<dyn StdError + Send + Sync>,
    },
    #[error("a row read to {doing} is not of the form that this version writes")]
    Form {
        doing: &'static str,
        #[source]
        source: serde_json::Error,
    },
    #[error("somebody else changed the row while we worked on it ({doing})")]
    Stale { doing: &'static str },
}

impl Error {
    /// All three are gone after a while or after a new deployment: nothing is lost by trying again.
    pub fn disposition(&self) -> Disposition {
        match self {
            Self::Stale { .. } => Disposition::retry_after_seconds(0),
            Self::Dynamo { .. } => Disposition::retry_after_seconds(2),
            Self::Form { .. } => Disposition::retry_after_seconds(60),
        }
    }
}
