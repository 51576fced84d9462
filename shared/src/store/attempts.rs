//! How often a sign-in failed from one address, so that nobody can try for long.

use aws_sdk_dynamodb::types::AttributeValue;
use jiff::{SignedDuration, Timestamp};
use serde::Deserialize;

use super::error::Error;
use super::table::{Key, Table, to_dynamo};

/// How many may fail within [`WINDOW`].
pub const FAILURES_MAX: u64 = 10;

/// Counted together.
const WINDOW: SignedDuration = SignedDuration::from_mins(10);

#[derive(Deserialize)]
struct Row {
    failures: u64,
    /// The window that the count belongs to.
    number: i64,
}

/// The attempts from one address.
#[derive(Clone, Debug)]
pub struct Attempts {
    table: Table,
    key: Key,
}

impl Attempts {
    /// `from` tells one address from another; a keyed hash, since an address is a person's.
    pub fn new(table: Table, from: &str) -> Self {
        Self { table, key: Key::new(format!("ATTEMPTS#{from}"), "attempts") }
    }

    /// Whether so many failed in this window that no other is heard.
    pub async fn are_too_many(&self, now: Timestamp) -> Result<bool, Error> {
        let row: Option<Row> = self.table.get(&self.key, "count sign-ins").await?;
        Ok(row.is_some_and(|row| row.number == window(now) && row.failures >= FAILURES_MAX))
    }

    /// One more failed.
    pub async fn fail(&self, now: Timestamp) -> Result<(), Error> {
        const DOING: &str = "count a failed sign-in";
        let number = |number: i64| AttributeValue::N(number.to_string());
        let update = |expression: &str| {
            self.table
                .client()
                .update_item()
                .table_name(self.table.name())
                .set_key(Some(self.key.to_item()))
                .update_expression(expression)
                .expression_attribute_names("#number", "number")
                .expression_attribute_values(":number", number(window(now)))
                .expression_attribute_values(":one", number(1))
                .expression_attribute_values(":until", number((now + WINDOW).as_second()))
        };
        let counted =
            update("SET expires_at = :until ADD failures :one").condition_expression("#number = :number");
        match counted.send().await {
            Ok(_) => return Ok(()),
            Err(error)
                if error
                    .as_service_error()
                    .is_some_and(|error| error.is_conditional_check_failed_exception()) => {}
            Err(error) => return Err(to_dynamo(DOING, error)),
        }
        let begun = update("SET expires_at = :until, failures = :one, #number = :number");
        begun.send().await.map_err(|error| to_dynamo(DOING, error))?;
        Ok(())
    }
}

fn window(now: Timestamp) -> i64 {
    now.as_second() / WINDOW.as_secs()
}
