//! What the GHL client asks of the tokens.

use async_trait::async_trait;
use secrecy::SecretString;

use super::error::Error;

/// The access token of one GHL location.
#[async_trait]
pub trait Access: Send + Sync {
    /// The token to call with.
    async fn token(&self) -> Result<SecretString, Error>;

    /// A token newer than `refused`, which GHL answered with 401. Whoever renewed it meanwhile, it is renewed once.
    async fn renew(&self, refused: &SecretString) -> Result<SecretString, Error>;
}
