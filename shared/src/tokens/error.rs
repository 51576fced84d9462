//! Why there is no access token.

use std::error::Error as StdError;

use crate::disposition::{Attention, Disposition};

#[derive(Debug, thiserror::Error)]
pub enum Error {
    /// GHL refuses the refresh token, and no newer one stands anywhere.
    #[error("GHL refused to renew the tokens (status {status})")]
    Refused { status: u16 },
    /// No tokens are kept for this connection.
    #[error("no tokens are kept for this connection")]
    Missing,
    /// Somebody else is renewing them at this moment.
    #[error("another function is renewing the tokens")]
    Busy,
    #[error("GHL's token endpoint gave no usable answer")]
    Endpoint(#[source] Box<dyn StdError + Send + Sync>),
    #[error("the secret could not be read or written")]
    Vault(#[source] Box<dyn StdError + Send + Sync>),
    #[error("the token pair could not be sealed for the spare row")]
    Unsealable,
    #[error(transparent)]
    Store(#[from] crate::store::error::Error),
}

impl Error {
    pub fn disposition(&self) -> Disposition {
        match self {
            Self::Refused { .. } | Self::Missing => Disposition::Stop(Attention::GhlTokensRefused),
            Self::Busy => Disposition::retry_after_seconds(3),
            Self::Endpoint(_) => Disposition::retry_after_seconds(20),
            Self::Vault(_) | Self::Unsealable => Disposition::retry_after_seconds(5),
            Self::Store(error) => error.disposition(),
        }
    }
}
