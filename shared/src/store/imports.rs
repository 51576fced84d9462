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

/// Longer than a lane waits for calls.
const AT_REST: SignedDuration = SignedDuration::from_hours(3);

#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Deserialize)]
#[serde(default)]
pub struct Import {
    pub announced_helloleads: u64,
    pub announced_ghl: u64,
    pub done_helloleads: u64,
    pub done_ghl: u64,
    /// Leads that wait in the table until all leads were read once: they are not under way, and not done.
    pub put_back: u64,
    /// Records that the import has made on each side.
    pub made_helloleads: u64,
    pub made_ghl: u64,
    /// When something was last counted, in seconds since the epoch.
    pub moved_at: i64,
    /// Contacts that GHL said it had before anything was read.
    pub expected: Option<u64>,
    /// A person stopped it, or has yet to let it begin.
    pub paused: bool,
    /// How many calls HelloLeads and GHL had been asked, and contacts done, when all leads had been read once, and when
    /// GHL's contacts came to be read.
    pub leads_from: Option<Base>,
    pub measured_from: Option<Base>,
}

/// Where measuring began.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Deserialize)]
#[serde(default)]
pub struct Base {
    pub helloleads: u64,
    pub ghl: u64,
    pub done: u64,
    /// Records made in HelloLeads.
    pub made: u64,
}

/// Which measuring begins.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Measure {
    Leads,
    Contacts,
}

impl Import {
    /// A message that comes twice is counted twice: then a few more are under way than this says.
    pub fn under_way(self) -> u64 {
        (self.announced_helloleads + self.announced_ghl).saturating_sub(self.done() + self.put_back)
    }

    pub fn done(self) -> u64 {
        self.done_helloleads + self.done_ghl
    }

    /// Leads that wait in the queue.
    pub fn leads_under_way(self) -> u64 {
        self.announced_helloleads.saturating_sub(self.done_helloleads + self.put_back)
    }

    /// Whether the queue has as many as it shall have. What has not moved for two days is not coming: messages that
    /// were joined are counted once.
    pub fn is_full(self, most: u64, now: Timestamp) -> bool {
        let moves = now.as_second() - self.moved_at < STILL.as_secs();
        self.under_way() >= most && moves
    }

    /// Whether nothing is under way, or what is has not moved for longer than any lane rests.
    pub fn is_at_rest(self, now: Timestamp) -> bool {
        let since = now.as_second() - self.moved_at;
        self.under_way() == 0 || (!self.paused && since >= AT_REST.as_secs())
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
        self.add(&[&format!("announced_{}", side.as_str())], contacts, now).await
    }

    pub async fn done(&self, side: Side, contacts: usize, now: Timestamp) -> Result<Import, Error> {
        self.add(&[&format!("done_{}", side.as_str())], contacts, now).await
    }

    /// The same, where it made a record across.
    pub async fn made(&self, side: Side, now: Timestamp) -> Result<Import, Error> {
        let (done, made) = (format!("done_{}", side.as_str()), format!("made_{}", side.other().as_str()));
        self.add(&[&done, &made], 1, now).await
    }

    /// A lead waits in the table until all were read once.
    pub async fn put_back(&self, now: Timestamp) -> Result<Import, Error> {
        self.add(&["put_back"], 1, now).await
    }

    /// The same of a record that the import had not announced; `counted` says that it will be counted when it is done.
    pub async fn put_back_unannounced(&self, counted: bool, now: Timestamp) -> Result<(), Error> {
        let counters: &[&str] = if counted { &["put_back", "announced_helloleads"] } else { &["put_back"] };
        self.add(counters, 1, now).await.map(|_| ())
    }

    /// So many leads wait no longer; `all` says that none does.
    pub async fn taken_up(&self, leads: usize, all: bool) -> Result<(), Error> {
        let number =
            if all { AttributeValue::N("0".to_owned()) } else { AttributeValue::N(leads.to_string()) };
        let values = Item::from([(":number".to_owned(), number)]);
        let change = if all { "SET put_back = :number" } else { "SET put_back = put_back - :number" };
        self.update(change, values).await
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
    pub async fn measure_from(&self, measure: Measure, base: Base) -> Result<(), Error> {
        let number = |number: u64| AttributeValue::N(number.to_string());
        let base = AttributeValue::M(Item::from([
            ("helloleads".to_owned(), number(base.helloleads)),
            ("ghl".to_owned(), number(base.ghl)),
            ("done".to_owned(), number(base.done)),
            ("made".to_owned(), number(base.made)),
        ]));
        let values = Item::from([(":base".to_owned(), base)]);
        let change = match measure {
            Measure::Leads => "SET leads_from = if_not_exists(leads_from, :base)",
            Measure::Contacts => "SET measured_from = if_not_exists(measured_from, :base)",
        };
        self.update(change, values).await
    }

    async fn add(&self, counters: &[&str], number: usize, now: Timestamp) -> Result<Import, Error> {
        const DOING: &str = "count an import";
        let added: Vec<String> = counters.iter().map(|counter| format!("{counter} :number")).collect();
        let update = self
            .table
            .client()
            .update_item()
            .table_name(self.table.name())
            .set_key(Some(self.key.to_item()))
            .update_expression(format!("SET moved_at = :now ADD {}", added.join(", ")))
            .expression_attribute_values(":now", AttributeValue::N(now.as_second().to_string()))
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
