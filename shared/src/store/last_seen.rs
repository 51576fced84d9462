//! HelloLeads records as they were last seen, and the index that finds them by e-mail and phone.
//!
//! HelloLeads has no call that gives one lead: polling (or a relayed snapshot) writes each changed lead here, and
//! the engine observes it from here.

use std::collections::HashMap;

use aws_sdk_dynamodb::error::SdkError;
use aws_sdk_dynamodb::types::{KeysAndAttributes, Put, TransactWriteItem};
use jiff::Timestamp;
use serde::{Deserialize, Serialize};

use super::error::Error;
use super::links::condition_failed;
use super::table::{Item, Key, Table, from_item, to_dynamo, to_item};
use crate::model::fingerprint::Fingerprint;
use crate::model::ids::{ConnectionId, RecordId};
use crate::model::record::{Observed, Record};
use crate::model::side::Kind;

/// How many rows one read asks for; DynamoDB's own limit.
const ROWS_PER_READ: usize = 100;

/// More records than this with one e-mail or phone are no help to anybody.
const MATCHES_MAX: usize = 20;

/// A HelloLeads record as it was last seen.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Seen {
    pub id: RecordId,
    pub record: Record,
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub modified: Option<Timestamp>,
    /// When a relay says that it was so. `modified` counts whole seconds only, and notes and the like have none.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub told_at: Option<Timestamp>,
    pub fingerprint: Fingerprint,
    /// The GHL id that the record itself names, where our write put it there.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub reference: Option<RecordId>,
    /// The side said that it was deleted.
    #[serde(default)]
    pub gone: bool,
    /// The keyed hashes of its e-mail and phone: where the match rows stand.
    #[serde(default)]
    pub found_by: Vec<Fingerprint>,
}

impl Seen {
    pub fn into_observed(self) -> Option<Observed> {
        let Self { id, record, modified, fingerprint, reference, gone, .. } = self;
        (!gone).then_some(Observed { id, record, modified, fingerprint, heard: None, reference })
    }
}

/// The row of the index: which record had this e-mail or phone when it was last seen.
#[derive(Serialize, Deserialize)]
struct Match {
    id: RecordId,
}

/// The rows of one connection and kind.
#[derive(Clone, Debug)]
pub struct LastSeen {
    table: Table,
    connection: ConnectionId,
    kind: Kind,
}

impl LastSeen {
    pub fn new(table: Table, connection: ConnectionId, kind: Kind) -> Self {
        Self { table, connection, kind }
    }

    pub async fn get(&self, id: &RecordId) -> Result<Option<Seen>, Error> {
        self.table.get(&self.key(id), "read a last seen row").await
    }

    /// The rows of these records, those that exist.
    pub async fn get_many(&self, ids: &[RecordId]) -> Result<HashMap<RecordId, Seen>, Error> {
        let mut rows = HashMap::new();
        for some in ids.chunks(ROWS_PER_READ) {
            let mut keys: Vec<Item> = some.iter().map(|id| self.key(id).to_item()).collect();
            while !keys.is_empty() {
                let (items, left) = self.read_batch(keys).await?;
                for item in items {
                    let seen: Seen = from_item(item, "read last seen rows")?;
                    rows.insert(seen.id.clone(), seen);
                }
                keys = left;
            }
        }
        Ok(rows)
    }

    /// One batch read: the items found, and the keys that DynamoDB put off.
    async fn read_batch(&self, keys: Vec<Item>) -> Result<(Vec<Item>, Vec<Item>), Error> {
        const DOING: &str = "read last seen rows";
        let keys = KeysAndAttributes::builder()
            .set_keys(Some(keys))
            .consistent_read(true)
            .build()
            .map_err(|source| Error::Dynamo { doing: DOING, source: Box::new(source) })?;
        let answer = self
            .table
            .client()
            .batch_get_item()
            .request_items(self.table.name(), keys)
            .send()
            .await
            .map_err(|error| to_dynamo(DOING, error))?;
        let items = answer.responses.unwrap_or_default().remove(self.table.name()).unwrap_or_default();
        let left = answer.unprocessed_keys.unwrap_or_default().remove(self.table.name());
        Ok((items, left.map(|left| left.keys).unwrap_or_default()))
    }

    /// Writes the row and, in the same transaction, the index rows that find it.
    pub async fn put(&self, seen: &Seen) -> Result<(), Error> {
        const DOING: &str = "write a last seen row";
        let mut writes = vec![self.put_item(to_item(&self.key(&seen.id), seen, DOING)?)?];
        for hash in &seen.found_by {
            let key = Key::new(self.match_pk(hash), seen.id.as_str());
            writes.push(self.put_item(to_item(&key, &Match { id: seen.id.clone() }, DOING)?)?);
        }
        let write = self.table.client().transact_write_items().set_transact_items(Some(writes));
        write.send().await.map_err(|error| to_dynamo(DOING, error))?;
        Ok(())
    }

    /// The same, unless a later state of the record stands there: a snapshot can come in between our reading the row
    /// and our writing it. `false` where one does.
    pub async fn put_unless_newer(&self, seen: &Seen) -> Result<bool, Error> {
        const DOING: &str = "write a last seen row";
        let newer = match seen.modified {
            Some(_) => "attribute_not_exists(modified) OR modified <= :modified",
            None => "attribute_not_exists(modified)",
        };
        let item = to_item(&self.key(&seen.id), seen, DOING)?;
        let modified =
            item.get("modified").map(|value| HashMap::from([(":modified".to_owned(), value.clone())]));
        let row = Put::builder()
            .table_name(self.table.name())
            .set_item(Some(item))
            .condition_expression(newer)
            .set_expression_attribute_values(modified)
            .build()
            .map_err(|source| Error::Dynamo { doing: DOING, source: Box::new(source) })?;
        let mut writes = vec![TransactWriteItem::builder().put(row).build()];
        for hash in &seen.found_by {
            let key = Key::new(self.match_pk(hash), seen.id.as_str());
            writes.push(self.put_item(to_item(&key, &Match { id: seen.id.clone() }, DOING)?)?);
        }
        let write = self.table.client().transact_write_items().set_transact_items(Some(writes));
        match write.send().await {
            Ok(_) => Ok(true),
            Err(SdkError::ServiceError(error)) if condition_failed(error.err()) => Ok(false),
            Err(error) => Err(to_dynamo(DOING, error)),
        }
    }

    /// The records that show this e-mail or phone now. Index rows left by an older value are passed over.
    pub async fn find(&self, hash: &Fingerprint) -> Result<Vec<Seen>, Error> {
        let matches: Vec<Match> =
            self.table.rows(&self.match_pk(hash), MATCHES_MAX, "find HelloLeads records").await?;
        let ids: Vec<RecordId> = matches.into_iter().map(|row| row.id).collect();
        let mut found: Vec<Seen> = self.get_many(&ids).await?.into_values().collect();
        found.retain(|seen| !seen.gone && seen.found_by.contains(hash));
        found.sort_by(|one, other| one.id.cmp(&other.id));
        Ok(found)
    }

    fn put_item(&self, item: Item) -> Result<TransactWriteItem, Error> {
        let put =
            Put::builder().table_name(self.table.name()).set_item(Some(item)).build().map_err(|source| {
                Error::Dynamo { doing: "write a last seen row", source: Box::new(source) }
            })?;
        Ok(TransactWriteItem::builder().put(put).build())
    }

    fn key(&self, id: &RecordId) -> Key {
        Key::new(format!("SEEN#{}#{}#{id}", self.connection, self.kind.as_str()), "seen")
    }

    fn match_pk(&self, hash: &Fingerprint) -> String {
        format!("MATCH#{}#{}#{}", self.connection, self.kind.as_str(), hash.as_str())
    }
}
