//! What can go wrong with a secret. No message holds any of it.

use std::error::Error as StdError;

use crate::disposition::Disposition;

#[derive(Debug, thiserror::Error)]
pub enum Error {
    #[error("Secrets Manager could not {doing}")]
    Manager {
        doing: &'static str,
        #[source]
        source: Box<dyn StdError + Send + Sync>,
    },
    #[error("the secret {name} is not of the form {expected}")]
    Form { name: String, expected: &'static str },
}

impl Error {
    pub fn disposition(&self) -> Disposition {
        match self {
            Self::Manager { .. } => Disposition::retry_after_seconds(5),
            Self::Form { .. } => Disposition::retry_after_seconds(60),
        }
    }
}
