//! What is given out here, comes back once, and is good for ten minutes: the `state` of an OAuth redirect, and the
//! token of a sign-in link.

use aws_sdk_dynamodb::types::ReturnValue;
use jiff::{SignedDuration, Timestamp};
use serde::{Deserialize, Serialize};

use super::error::Error;
use super::table::{If, Key, Table, from_item, to_dynamo};

/// How long it is good for.
pub const LIFE: SignedDuration = SignedDuration::from_mins(10);

#[derive(Serialize, Deserialize)]
struct Row {
    expires_at: i64,
}

/// What it is given out for: what was given for one purpose serves no other.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Purpose {
    Install,
    SignIn,
}

impl Purpose {
    fn as_str(self) -> &'static str {
        match self {
            Self::Install => "INSTALL",
            Self::SignIn => "SIGNIN",
        }
    }
}

/// The tokens of one purpose.
#[derive(Clone, Debug)]
pub struct OneTime {
    table: Table,
    purpose: Purpose,
}

impl OneTime {
    pub fn new(table: Table, purpose: Purpose) -> Self {
        Self { table, purpose }
    }

    /// A new token, which works from now on.
    pub async fn give(&self, now: Timestamp) -> Result<String, Error> {
        let token = crate::chance::id();
        let row = Row { expires_at: (now + LIFE).as_second() };
        self.table.put(&self.key(&token), &row, If::Absent, "give out a one-time token").await?;
        Ok(token)
    }

    /// Uses the token up. `false` where it was never given, is used up, or is too old.
    pub async fn take(&self, token: &str, now: Timestamp) -> Result<bool, Error> {
        const DOING: &str = "take a one-time token";
        let answer = self
            .table
            .client()
            .delete_item()
            .table_name(self.table.name())
            .set_key(Some(self.key(token).to_item()))
            .return_values(ReturnValue::AllOld)
            .send()
            .await
            .map_err(|error| to_dynamo(DOING, error))?;
        let row: Option<Row> = answer.attributes.map(|item| from_item(item, DOING)).transpose()?;
        Ok(row.is_some_and(|row| row.expires_at > now.as_second()))
    }

    /// The token comes from outside: its hash is the key, and whoever reads the table cannot use it.
    fn key(&self, token: &str) -> Key {
        let hash = ring::digest::digest(&ring::digest::SHA256, token.as_bytes());
        Key::new(format!("{}#{}", self.purpose.as_str(), hex::encode(hash)), "once")
    }
}
