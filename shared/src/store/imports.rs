//! How much of a first import is under way: what was announced, and what of it is done.

use aws_sdk_dynamodb::types::{AttributeValue, ReturnValue};
use jiff::{SignedDuration, Timestamp};
use serde::Deserialize;

use super::error::Error;
use super::table::{Key, Table, from_item, to_dynamo};
use crate::model::ids::ConnectionId;

/// The most contacts of GHL that wait in the queue: however small HelloLeads' budget is, none waits there for as long
/// as a queue keeps its messages.
pub const CONTACTS_MAX: u64 = 200;

/// The most leads of HelloLeads: GHL takes them within half an hour. The read of all leads should not wait for long,
/// since nothing is created in HelloLeads before it is done.
pub const LEADS_MAX: u64 = 5_000;

/// With so few under way, the next ones are announced.
const FEW: u64 = 50;
/// Every so many done, in case a word was lost.
const EVERY: u64 = 10;
/// Longer than any budget makes an import wait.
const STILL: SignedDuration = SignedDuration::from_hours(48);

#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Deserialize)]
pub struct Import {
    #[serde(default)]
    announced: u64,
    #[serde(default)]
    done: u64,
    /// When one of the two was last counted, in seconds since the epoch.
    #[serde(default)]
    moved_at: i64,
}

impl Import {
    /// A message that comes twice is counted twice: then a few more are under way than this says.
    pub fn under_way(self) -> u64 {
        self.announced.saturating_sub(self.done)
    }

    /// Whether the queue has as many as it shall have. What has not moved for two days is not coming: messages that
    /// were joined are counted once.
    pub fn is_full(self, most: u64, now: Timestamp) -> bool {
        let moves = now.as_second() - self.moved_at < STILL.as_secs();
        self.under_way() >= most && moves
    }

    /// Whether it is time to announce more.
    pub fn wants_more(self) -> bool {
        self.under_way() <= FEW && self.under_way().is_multiple_of(EVERY)
    }
}

/// The row of one connection.
#[derive(Clone, Debug)]
pub struct Imports {
    table: Table,
    key: Key,
}

impl Imports {
    pub fn new(table: Table, connection: &ConnectionId) -> Self {
        Self { table, key: Key::new(format!("IMPORT#{connection}"), "import") }
    }

    pub async fn get(&self) -> Result<Import, Error> {
        Ok(self.table.get(&self.key, "read an import").await?.unwrap_or_default())
    }

    pub async fn announced(&self, contacts: usize, now: Timestamp) -> Result<Import, Error> {
        self.add("announced", contacts, now).await
    }

    pub async fn done(&self, contacts: usize, now: Timestamp) -> Result<Import, Error> {
        self.add("done", contacts, now).await
    }

    async fn add(&self, counter: &str, number: usize, now: Timestamp) -> Result<Import, Error> {
        const DOING: &str = "count an import";
        let update = self
            .table
            .client()
            .update_item()
            .table_name(self.table.name())
            .set_key(Some(self.key.to_item()))
            .update_expression("SET moved_at = :now ADD #counter :number")
            .expression_attribute_values(":now", AttributeValue::N(now.as_second().to_string()))
            .expression_attribute_names("#counter", counter)
            .expression_attribute_values(":number", AttributeValue::N(number.to_string()))
            .return_values(ReturnValue::AllNew);
        let answer = update.send().await.map_err(|error| to_dynamo(DOING, error))?;
        from_item(answer.attributes.unwrap_or_default(), DOING)
    }
}
