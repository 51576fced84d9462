//! Installs that were begun here: the `state` of an OAuth redirect, good once and for ten minutes.

use aws_sdk_dynamodb::types::ReturnValue;
use jiff::{SignedDuration, Timestamp};
use serde::{Deserialize, Serialize};

use super::error::Error;
use super::table::{If, Key, Table, from_item, to_dynamo};

const LIFE: SignedDuration = SignedDuration::from_mins(10);

#[derive(Serialize, Deserialize)]
struct Row {
    expires_at: i64,
}

#[derive(Clone, Debug)]
pub struct InstallStates {
    table: Table,
}

impl InstallStates {
    pub fn new(table: Table) -> Self {
        Self { table }
    }

    pub async fn put(&self, state: &str, now: Timestamp) -> Result<(), Error> {
        let row = Row { expires_at: (now + LIFE).as_second() };
        self.table.put(&key(state), &row, If::Absent, "begin an install").await?;
        Ok(())
    }

    /// Uses the state up. `false` where it was never given, is used up, or is too old.
    pub async fn take(&self, state: &str, now: Timestamp) -> Result<bool, Error> {
        const DOING: &str = "finish an install";
        let answer = self
            .table
            .client()
            .delete_item()
            .table_name(self.table.name())
            .set_key(Some(key(state).to_item()))
            .return_values(ReturnValue::AllOld)
            .send()
            .await
            .map_err(|error| to_dynamo(DOING, error))?;
        let row: Option<Row> = answer.attributes.map(|item| from_item(item, DOING)).transpose()?;
        Ok(row.is_some_and(|row| row.expires_at > now.as_second()))
    }
}

/// The state comes from outside: its hash is the key.
fn key(state: &str) -> Key {
    let hash = aws_lc_rs::digest::digest(&aws_lc_rs::digest::SHA256, state.as_bytes());
    Key::new(format!("INSTALL#{}", hex::encode(hash)), "install")
}
