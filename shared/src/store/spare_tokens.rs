//! The second place for a token pair, when Secrets Manager does not take it: an encrypted row.

use serde::{Deserialize, Serialize};

use super::error::Error;
use super::table::{If, Key, Table};
use crate::model::ids::ConnectionId;

/// A sealed token pair.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Sealed {
    pub generation: u64,
    /// Nonce and ciphertext, in base64.
    pub sealed: String,
}

#[derive(Clone, Debug)]
pub struct SpareTokens {
    table: Table,
}

impl SpareTokens {
    pub fn new(table: Table) -> Self {
        Self { table }
    }

    pub async fn get(&self, connection: &ConnectionId) -> Result<Option<Sealed>, Error> {
        self.table.get(&key(connection), "read spare tokens").await
    }

    pub async fn put(&self, connection: &ConnectionId, sealed: &Sealed) -> Result<(), Error> {
        self.table.put(&key(connection), sealed, If::Always, "keep spare tokens").await?;
        Ok(())
    }

    pub async fn remove(&self, connection: &ConnectionId) -> Result<(), Error> {
        self.table.delete(&key(connection), "drop spare tokens").await
    }
}

fn key(connection: &ConnectionId) -> Key {
    Key::new(format!("SPARE#{connection}"), "spare")
}
