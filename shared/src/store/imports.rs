//! How far a connection's first import has come: what was announced, what of it is done, and whether it is paused.

use aws_sdk_dynamodb::types::{AttributeValue, ReturnValue};
use jiff::{SignedDuration, Timestamp};
use serde::Deserialize;

use super::error::Error;
use super::table::{Item, Key, Table, from_item, to_dynamo};
use crate::model::ids::ConnectionId;
use crate::model::side::Side;

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
#[serde(default)]
pub struct Import {
    pub announced_helloleads: u64,
    pub announced_ghl: u64,
    pub done_helloleads: u64,
    pub done_ghl: u64,
    /// When something was last counted, in seconds since the epoch.
    pub moved_at: i64,
    /// Contacts that GHL said it had before anything was read.
    pub expected: Option<u64>,
    /// A person stopped it, or has yet to let it begin.
    pub paused: bool,
    /// How many calls HelloLeads and GHL had been asked, and contacts done, when GHL's contacts came to be read.
    pub measured_from: Option<Base>,
}

/// Where measuring began.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Deserialize)]
pub struct Base {
    pub helloleads: u64,
    pub ghl: u64,
    pub done: u64,
}

impl Import {
    /// A message that comes twice is counted twice: then a few more are under way than this says.
    pub fn under_way(self) -> u64 {
        (self.announced_helloleads + self.announced_ghl).saturating_sub(self.done())
    }

    pub fn done(self) -> u64 {
        self.done_helloleads + self.done_ghl
    }

    /// Leads that wait in the queue.
    pub fn leads_under_way(self) -> u64 {
        self.announced_helloleads.saturating_sub(self.done_helloleads)
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

    pub async fn announced(&self, side: Side, contacts: usize, now: Timestamp) -> Result<Import, Error> {
        self.add(&format!("announced_{}", side.as_str()), contacts, now).await
    }

    pub async fn done(&self, side: Side, contacts: usize, now: Timestamp) -> Result<Import, Error> {
        self.add(&format!("done_{}", side.as_str()), contacts, now).await
    }

    /// Notes how many contacts GHL has, and whether the import waits for a person's word.
    pub async fn expect(&self, contacts: u64, paused: bool) -> Result<(), Error> {
        let expected = AttributeValue::N(contacts.to_string());
        let values =
            Item::from([(":one".to_owned(), expected), (":two".to_owned(), AttributeValue::Bool(paused))]);
        self.update("SET expected = :one, paused = :two", values).await
    }

    pub async fn pause(&self, paused: bool) -> Result<(), Error> {
        let values = Item::from([(":paused".to_owned(), AttributeValue::Bool(paused))]);
        self.update("SET paused = :paused", values).await
    }

    /// Notes where measuring begins; the first one counts.
    pub async fn measure_from(&self, base: Base) -> Result<(), Error> {
        let number = |number: u64| AttributeValue::N(number.to_string());
        let base = AttributeValue::M(Item::from([
            ("helloleads".to_owned(), number(base.helloleads)),
            ("ghl".to_owned(), number(base.ghl)),
            ("done".to_owned(), number(base.done)),
        ]));
        let values = Item::from([(":base".to_owned(), base)]);
        self.update("SET measured_from = if_not_exists(measured_from, :base)", values).await
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

    async fn update(&self, expression: &str, values: Item) -> Result<(), Error> {
        let update = self.table.client().update_item().table_name(self.table.name());
        let update = update.set_key(Some(self.key.to_item())).update_expression(expression);
        let update = update.set_expression_attribute_values(Some(values));
        update.send().await.map_err(|error| to_dynamo("note how an import goes on", error))?;
        Ok(())
    }
}
