//! Tries that were begun and have not ended: how a message that makes its function die is told from one that waits.
//!
//! SQS counts receives, and a wait for calls is a receive too. So a message that comes again is noted before it is tried,
//! and crossed out when its try has ended, whatever came of it. What is left was begun by a function that died.

use std::collections::BTreeMap;

use aws_sdk_dynamodb::types::AttributeValue;
use jiff::{SignedDuration, Timestamp};
use serde::Deserialize;

use super::error::Error;
use super::table::{Key, Table, to_dynamo};

/// As long as SQS keeps a message.
const KEPT: SignedDuration = SignedDuration::from_hours(14 * 24);

#[derive(Deserialize)]
struct Row {
    pk: String,
    begun: u32,
}

/// The tries of all queues' messages.
#[derive(Clone, Debug)]
pub struct Tries {
    table: Table,
}

impl Tries {
    pub fn new(table: Table) -> Self {
        Self { table }
    }

    /// How many tries of each of these messages were begun and never ended; those without any are left out.
    pub async fn open<'a>(&self, messages: &[&'a str]) -> Result<BTreeMap<&'a str, u32>, Error> {
        if messages.is_empty() {
            return Ok(BTreeMap::new());
        }
        let keys: Vec<Key> = messages.iter().map(|message| key(message)).collect();
        let rows: Vec<Row> = self.table.get_many(&keys, "look for tries that never ended").await?;
        let begun = |message: &str| rows.iter().find(|row| row.pk == key(message).pk).map(|row| row.begun);
        Ok(messages.iter().filter_map(|message| Some((*message, begun(message)?))).collect())
    }

    pub async fn begin(&self, message: &str, now: Timestamp) -> Result<(), Error> {
        let number = |number: i64| AttributeValue::N(number.to_string());
        let update = self.table.client().update_item().table_name(self.table.name());
        update
            .set_key(Some(key(message).to_item()))
            .update_expression("SET expires_at = :until ADD begun :one")
            .expression_attribute_values(":one", number(1))
            .expression_attribute_values(":until", number((now + KEPT).as_second()))
            .send()
            .await
            .map_err(|error| to_dynamo("note that a try begins", error))?;
        Ok(())
    }

    pub async fn end(&self, message: &str) -> Result<(), Error> {
        self.table.delete(&key(message), "note that a try ended").await
    }
}

fn key(message: &str) -> Key {
    Key::new(format!("TRIES#{message}"), "tries")
}
