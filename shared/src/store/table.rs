//! The one table, and the keys of all its rows.
//!
//! | row | `pk` | `sk` | holds |
//! |---|---|---|---|
//! | connection | `CONNECTION#<connection>` | `connection` | settings, state; listed by the index `by_connection` |
//! | pointer | `POINTER#<connection>#<kind>#<side>#<record id>` | `pointer` | the link of a record, or the intent to create one |
//! | link | `LINK#<link>` | `link` | both ids, one mirror per side, version, tombstone |
//! | roster | `ROSTER#<connection>#<kind>` | `<GHL id>` | a link of the connection: what sweeps and reports go through |
//! | last seen | `SEEN#<connection>#<kind>#<record id>` | `seen` | a HelloLeads record as it was last seen |
//! | match | `MATCH#<connection>#<kind>#<keyed hash>` | `<record id>` | which HelloLeads records have this e-mail or phone |
//! | awaited | `AWAITED#<connection>` | `<keyed hash>` | for which GHL record a create with this was sent to a relay (lives seven days) |
//! | cursor | `CURSOR#<connection>` | `<side>#<kind>`, `sweep`, `related`, `preview` | how far a side has been read, or a sweep has come |
//! | swept | `SWEPT#<connection>#<side>` | `<sweep>#<page>` | the ids that a page of a sweep held (lives three weeks at most) |
//! | difference | `DIFFERENCE#<connection>` | `<sweep>#<number>` | what a sweep found to differ (lives thirty days) |
//! | preview | `PREVIEW#<connection>` | `<count>#<leads or found>#<page>` | what a preview has read of HelloLeads (lives two days) |
//! | brake | `BRAKE#<connection>` | `<kind>#<act>` | how many records were deleted, created or overwritten within a day |
//! | parked | `PARKED#<connection>` | `<side>#<record id>#<kind>` | a record put aside, with its reason |
//! | conflict | `CONFLICT#<connection>` | `<time>#<link>#<field>` | a value that lost, restorable |
//! | history | `HISTORY#<link>` | `<time>#<side>#<deed>#<delivery>` | what was done to a record, fields by name (lives ninety days) |
//! | budget | `BUDGET#<connection>` | `<side>` | the calls that a side of a connection was asked, and who waits for more |
//! | import | `IMPORT#<connection>` | `import` | how many contacts of the first import were announced, and are done |
//! | app | `APP` | `app` | the id of the app that was entered on a page |
//! | figures | `FIGURES#<connection>` | `<hour>` | what was done in an hour, for the status page (lives eight days) |
//! | lease | `LEASE#<name>` | `lease` | who may do a thing now, with a fencing number |
//! | install state | `INSTALL#<hash of the state>` | `once` | an install that was begun here (lives ten minutes) |
//! | sign-in link | `SIGNIN#<hash of the token>` | `once` | a link that signs one person in (lives ten minutes) |
//! | signed out | `SIGNED_OUT#<session>` | `session` | a session that its person ended (lives as long as the session would) |
//! | attempts | `ATTEMPTS#<keyed hash of an address>` | `attempts` | how often a sign-in failed from there (lives ten minutes) |
//! | people | `PEOPLE#<connection>` | `people` | the users of both accounts, read once a day |
//! | tries | `TRIES#<queue message>` | `tries` | how often the message was tried without an end (lives two weeks) |
//! | told | `TOLD#<connection>` | `told` | what the event bus was last told of it |
//! | action | `ACTION#<connection>` | `run#<event id>` | what was asked for on the bus, and what became of it (lives a month after its end; its input until then) |
//! | waiting action | `ACTION#<connection>` | `waiting#<time>#<event id>` | an action that waits until its connection runs |
//! | post | `ACTION#<connection>` | `post#<event id>` | an event on its way to the connection's receiver (lives three days) |
//! | rules | `RULE#<connection>` | `rules` | all rules of the connection |
//! | followed | `RULE#<connection>` | `run#<time, the latest first>#<rule>#<event>` | what a rule came to (lives thirty days) |
//! | reach | `RULE#<connection>` | `reach#<record id>#<what>` | how many rules stand behind an event about this (lives an hour) |
//! | rule count | `RULE#<connection>` | `count#<rule>#<record id>#<hour>`, and what was said in it | how much a rule wrote in an hour (lives two) |
//! | due | `DUE#<connection>` | `<kind>#<time>#<link>` | when to look whether a task is overdue, or an appointment soon (lives a week more) |
//! | spare tokens | `SPARE#<holder of the tokens>` | `spare` | an encrypted token pair that Secrets Manager did not take |
//!
//! Every read is strongly consistent. `expires_at` (seconds since the epoch) lets DynamoDB delete a row some time
//! after; readers check it themselves. Keys hold ids and keyed hashes only, since keys show in logs and traces.

use std::collections::{BTreeSet, HashMap};

use aws_sdk_dynamodb::Client;
use aws_sdk_dynamodb::error::SdkError;
use aws_sdk_dynamodb::operation::put_item::PutItemError;
use aws_sdk_dynamodb::operation::query::builders::QueryFluentBuilder;
use aws_sdk_dynamodb::operation::transact_write_items::TransactWriteItemsError;
use aws_sdk_dynamodb::types::{
    AttributeValue, KeysAndAttributes, Put, PutRequest, TransactWriteItem, WriteRequest,
};
use futures_util::FutureExt;
use serde::Serialize;
use serde::de::DeserializeOwned;

use super::ahead::Ahead;
use super::error::Error;
use crate::clock::Clock;

pub type Item = HashMap<String, AttributeValue>;

/// The primary key of a row.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct Key {
    pub pk: String,
    pub sk: String,
}

impl Key {
    pub fn new(pk: String, sk: impl Into<String>) -> Self {
        Self { pk, sk: sk.into() }
    }

    /// The key that a row stands under.
    fn of(row: &Item) -> Option<Self> {
        let text = |name: &str| row.get(name)?.as_s().ok().cloned();
        Some(Self { pk: text("pk")?, sk: text("sk")? })
    }

    pub fn to_item(&self) -> Item {
        HashMap::from([
            ("pk".to_owned(), AttributeValue::S(self.pk.clone())),
            ("sk".to_owned(), AttributeValue::S(self.sk.clone())),
        ])
    }
}

/// What must hold for a row to be written.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum If {
    Always,
    /// No row stands under the key.
    Absent,
    /// The row's `version` is this one.
    Version(u64),
}

/// The table by its name.
#[derive(Clone, Debug)]
pub struct Table {
    client: Client,
    name: String,
    ahead: Option<Ahead>,
}

impl Table {
    pub fn new(client: Client, name: String) -> Self {
        Self { client, name, ahead: None }
    }

    /// The same table, for which rows can be read ahead.
    #[must_use]
    pub fn reading_ahead(&self, clock: Clock) -> Self {
        Self { ahead: Some(Ahead::new(clock)), ..self.clone() }
    }

    pub fn client(&self) -> &Client {
        &self.client
    }

    pub fn name(&self) -> &str {
        &self.name
    }

    /// The row under `key`.
    /// The calls are boxed: what asks for a row can stand deep enough to meet the compiler's limit.
    pub async fn get<T: DeserializeOwned>(&self, key: &Key, doing: &'static str) -> Result<Option<T>, Error> {
        if self.ahead.as_ref().is_some_and(|ahead| ahead.wants(key)) {
            self.items(&[], doing).boxed().await?;
        }
        let item = match self.ahead.as_ref().and_then(|ahead| ahead.take(key)) {
            Some(item) => item,
            None => self.get_now(key, doing).boxed().await?,
        };
        item.map(|item| from_item(item, doing)).transpose()
    }

    async fn get_now(&self, key: &Key, doing: &'static str) -> Result<Option<Item>, Error> {
        let get = self.client.get_item().table_name(&self.name).set_key(Some(key.to_item()));
        let answer = get.consistent_read(true).send().await.map_err(|error| to_dynamo(doing, error))?;
        Ok(answer.item)
    }

    /// Writes the row; `false` where the condition does not hold.
    pub async fn put<T: Serialize>(
        &self,
        key: &Key,
        row: &T,
        condition: If,
        doing: &'static str,
    ) -> Result<bool, Error> {
        let put = Put::builder().table_name(&self.name).set_item(Some(to_item(key, row, doing)?));
        let put = match condition {
            If::Always => put,
            If::Absent => put.condition_expression("attribute_not_exists(pk)"),
            If::Version(version) => put
                .condition_expression("version = :version")
                .expression_attribute_values(":version", AttributeValue::N(version.to_string())),
        };
        let put = put.build().map_err(|source| Error::Dynamo { doing, source: Box::new(source) })?;
        self.put_if(put, doing).boxed().await
    }

    /// Carries out a write as it would stand in a transaction; `false` where its condition does not hold.
    pub(super) async fn put_if(&self, put: Put, doing: &'static str) -> Result<bool, Error> {
        self.forget(&put.item);
        let sent = self
            .client
            .put_item()
            .table_name(&self.name)
            .set_item(Some(put.item))
            .set_condition_expression(put.condition_expression)
            .set_expression_attribute_names(put.expression_attribute_names)
            .set_expression_attribute_values(put.expression_attribute_values);
        match sent.send().await {
            Ok(_) => Ok(true),
            Err(SdkError::ServiceError(error))
                if matches!(error.err(), PutItemError::ConditionalCheckFailedException(_)) =>
            {
                Ok(false)
            }
            Err(error) => Err(to_dynamo(doing, error)),
        }
    }

    pub async fn delete(&self, key: &Key, doing: &'static str) -> Result<(), Error> {
        self.ahead.iter().for_each(|ahead| ahead.forget(key));
        let delete = self.client.delete_item().table_name(&self.name).set_key(Some(key.to_item()));
        delete.send().await.map_err(|error| to_dynamo(doing, error))?;
        Ok(())
    }

    /// Writes all of it or nothing.
    pub(super) async fn transact(
        &self,
        writes: Vec<TransactWriteItem>,
    ) -> Result<(), SdkError<TransactWriteItemsError>> {
        for write in &writes {
            write.put().iter().for_each(|put| self.forget(&put.item));
            write.delete().iter().for_each(|delete| self.forget(&delete.key));
        }
        self.client.transact_write_items().set_transact_items(Some(writes)).send().await.map(|_| ())
    }

    /// What was read ahead of this row does not hold any more.
    fn forget(&self, row: &Item) {
        if let (Some(ahead), Some(key)) = (&self.ahead, Key::of(row)) {
            ahead.forget(&key);
        }
    }

    /// The rows of one partition in the order of their sort keys, `most` of them at the most.
    pub async fn rows<T: DeserializeOwned>(
        &self,
        pk: &str,
        most: usize,
        doing: &'static str,
    ) -> Result<Vec<T>, Error> {
        self.query(pk, Which::All, None, most, doing).await
    }

    /// The same of the rows whose sort keys begin so.
    pub async fn rows_that_begin<T: DeserializeOwned>(
        &self,
        pk: &str,
        beginning: &str,
        most: usize,
        doing: &'static str,
    ) -> Result<Vec<T>, Error> {
        self.query(pk, Which::Beginning(beginning), None, most, doing).await
    }

    /// The same of the rows behind the sort key `after`.
    pub async fn rows_after<T: DeserializeOwned>(
        &self,
        pk: &str,
        after: Option<&str>,
        most: usize,
        doing: &'static str,
    ) -> Result<Vec<T>, Error> {
        self.query(pk, Which::All, after, most, doing).await
    }

    /// The same of the rows between two sort keys.
    pub async fn rows_between<T: DeserializeOwned>(
        &self,
        pk: &str,
        (from, to): (&str, &str),
        most: usize,
        doing: &'static str,
    ) -> Result<Vec<T>, Error> {
        self.query(pk, Which::Between(from, to), None, most, doing).await
    }

    async fn query<T: DeserializeOwned>(
        &self,
        pk: &str,
        which: Which<'_>,
        after: Option<&str>,
        most: usize,
        doing: &'static str,
    ) -> Result<Vec<T>, Error> {
        let mut rows = Vec::new();
        let mut start = after.map(|after| Key::new(pk.to_owned(), after).to_item());
        loop {
            let query = which.asked_of(self.client.query().table_name(&self.name));
            let answer = query
                .expression_attribute_values(":pk", AttributeValue::S(pk.to_owned()))
                .consistent_read(true)
                .limit(i32::try_from(most - rows.len()).unwrap_or(i32::MAX))
                .set_exclusive_start_key(start)
                .send()
                .await
                .map_err(|error| to_dynamo(doing, error))?;
            for item in answer.items.unwrap_or_default() {
                rows.push(from_item(item, doing)?);
            }
            start = answer.last_evaluated_key;
            if start.is_none() || rows.len() >= most {
                return Ok(rows);
            }
        }
    }
}

/// Which rows of a partition.
#[derive(Clone, Copy)]
enum Which<'a> {
    All,
    Beginning(&'a str),
    Between(&'a str, &'a str),
}

impl Which<'_> {
    fn asked_of(self, query: QueryFluentBuilder) -> QueryFluentBuilder {
        let text = |text: &str| AttributeValue::S(text.to_owned());
        match self {
            Self::All => query.key_condition_expression("pk = :pk"),
            Self::Beginning(beginning) => query
                .key_condition_expression("pk = :pk AND begins_with(sk, :sk)")
                .expression_attribute_values(":sk", text(beginning)),
            Self::Between(from, to) => query
                .key_condition_expression("pk = :pk AND sk BETWEEN :from AND :to")
                .expression_attribute_values(":from", text(from))
                .expression_attribute_values(":to", text(to)),
        }
    }
}

/// How many rows one batch read asks for; DynamoDB's own limit.
const ROWS_PER_READ: usize = 100;

impl Table {
    /// The rows under these keys, those that exist, in no order.
    pub async fn get_many<T: DeserializeOwned>(
        &self,
        keys: &[Key],
        doing: &'static str,
    ) -> Result<Vec<T>, Error> {
        let items = self.items(keys, doing).boxed().await?;
        items.into_iter().map(|item| from_item(item, doing)).collect()
    }

    /// The rows under these keys. Those that are wanted are read along, and what was read ahead is brought up to date.
    async fn items(&self, keys: &[Key], doing: &'static str) -> Result<Vec<Item>, Error> {
        let Some(ahead) = &self.ahead else { return self.items_now(keys, doing).await };
        let asked: BTreeSet<&Key> = keys.iter().collect();
        let wanted = ahead.take_wanted();
        let also = wanted.iter().filter(|key| !asked.contains(key)).cloned();
        let all: Vec<Key> = keys.iter().cloned().chain(also).collect();
        let mut found: HashMap<Key, Item> = self
            .items_now(&all, doing)
            .await?
            .into_iter()
            .filter_map(|item| Some((Key::of(&item)?, item)))
            .collect();
        for key in all.into_iter().filter(|key| wanted.contains(key) || ahead.holds(key)) {
            let item = found.get(&key).cloned();
            ahead.keep(key, item);
        }
        Ok(keys.iter().filter_map(|key| found.remove(key)).collect())
    }

    async fn items_now(&self, keys: &[Key], doing: &'static str) -> Result<Vec<Item>, Error> {
        let mut found = Vec::new();
        for some in keys.chunks(ROWS_PER_READ) {
            let mut left: Vec<Item> = some.iter().map(Key::to_item).collect();
            while !left.is_empty() {
                let (items, put_off) = self.read_batch(left, doing).await?;
                found.extend(items);
                left = put_off;
            }
        }
        Ok(found)
    }

    /// Reads these rows now, for whoever asks for them next. Where the table does not read ahead, nothing.
    pub(super) async fn read_ahead(&self, keys: impl IntoIterator<Item = Key>) -> Result<(), Error> {
        self.want(keys);
        self.items(&[], "read ahead").await.map(|_| ())
    }

    /// These rows are read together with whatever is read next. Where the table does not read ahead, nothing.
    pub(super) fn want(&self, keys: impl IntoIterator<Item = Key>) {
        if let Some(ahead) = &self.ahead {
            ahead.want(keys);
        }
    }

    /// A row that was read ahead and not asked for yet.
    pub(super) fn peek<T: DeserializeOwned>(&self, key: &Key) -> Option<T> {
        from_item(self.ahead.as_ref()?.peek(key)?, "look at what was read ahead").ok()
    }

    /// One batch read: the items found, and the keys that DynamoDB put off.
    async fn read_batch(
        &self,
        keys: Vec<Item>,
        doing: &'static str,
    ) -> Result<(Vec<Item>, Vec<Item>), Error> {
        let keys = KeysAndAttributes::builder()
            .set_keys(Some(keys))
            .consistent_read(true)
            .build()
            .map_err(|source| Error::Dynamo { doing, source: Box::new(source) })?;
        let asked = self.client.batch_get_item().request_items(&self.name, keys);
        let answer = asked.send().await.map_err(|error| to_dynamo(doing, error))?;
        let items = answer.responses.unwrap_or_default().remove(&self.name).unwrap_or_default();
        let left = answer.unprocessed_keys.unwrap_or_default().remove(&self.name);
        Ok((items, left.map(|left| left.keys).unwrap_or_default()))
    }
}

/// How many rows one batch write takes; DynamoDB's own limit. And how often those that it put off are sent again.
const ROWS_PER_WRITE: usize = 25;
const WRITES_MAX: usize = 3;

impl Table {
    /// Writes these rows, whatever stands there, no key twice.
    pub async fn put_many(&self, rows: Vec<Item>, doing: &'static str) -> Result<(), Error> {
        rows.iter().for_each(|row| self.forget(row));
        let puts = rows.into_iter().map(|row| {
            let put = PutRequest::builder().set_item(Some(row)).build();
            let put = put.map_err(|source| Error::Dynamo { doing, source: Box::new(source) })?;
            Ok(WriteRequest::builder().put_request(put).build())
        });
        for some in puts.collect::<Result<Vec<_>, Error>>()?.chunks(ROWS_PER_WRITE) {
            let mut left = some.to_vec();
            for _ in 0..WRITES_MAX {
                if left.is_empty() {
                    break;
                }
                let write = self.client.batch_write_item().request_items(&self.name, left);
                let answer = write.send().await.map_err(|error| to_dynamo(doing, error))?;
                left = answer.unprocessed_items.unwrap_or_default().remove(&self.name).unwrap_or_default();
            }
            if !left.is_empty() {
                return Err(Error::Stale { doing });
            }
        }
        Ok(())
    }
}

/// The row as DynamoDB holds it, key included.
pub fn to_item<T: Serialize>(key: &Key, row: &T, doing: &'static str) -> Result<Item, Error> {
    let mut item = super::item::to_item(row).map_err(|source| Error::Form { doing, source })?;
    item.extend(key.to_item());
    Ok(item)
}

pub fn from_item<T: DeserializeOwned>(item: Item, doing: &'static str) -> Result<T, Error> {
    super::item::from_item(item).map_err(|source| Error::Form { doing, source })
}

/// The SDK's errors name the operation and the service's message, which hold no row.
pub fn to_dynamo<E>(doing: &'static str, error: SdkError<E>) -> Error
where
    SdkError<E>: std::error::Error + Send + Sync + 'static,
{
    Error::Dynamo { doing, source: Box::new(error) }
}
