//! The second place for a token pair, when Secrets Manager does not take it: an encrypted row.

use serde::{Deserialize, Serialize};

use super::error::Error;
use super::table::{If, Key, Table};
use crate::vault::connection_secrets::Holder;

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

    pub async fn get(&self, holder: &Holder) -> Result<Option<Sealed>, Error> {
        self.table.get(&key(holder), "read spare tokens").await
    }

    pub async fn put(&self, holder: &Holder, sealed: &Sealed) -> Result<(), Error> {
        self.table.put(&key(holder), sealed, If::Always, "keep spare tokens").await?;
        Ok(())
    }

    pub async fn remove(&self, holder: &Holder) -> Result<(), Error> {
        self.table.delete(&key(holder), "drop spare tokens").await
    }
}

fn key(holder: &Holder) -> Key {
    Key::new(format!("SPARE#{holder}"), "spare")
}
