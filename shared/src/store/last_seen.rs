//! HelloLeads records as they were last seen, and the index that finds them by e-mail and phone.
//!
//! HelloLeads has no call that gives one lead: polling (or a relayed snapshot) writes each changed lead here, and
//! the engine observes it from here.

use std::collections::HashMap;

use aws_sdk_dynamodb::error::SdkError;
use aws_sdk_dynamodb::types::builders::PutBuilder;
use aws_sdk_dynamodb::types::{AttributeValue, Delete, Put, TransactWriteItem};
use jiff::Timestamp;
use serde::{Deserialize, Serialize};

use super::error::Error;
use super::links::condition_failed;
use super::our_writes::OurWrites;
use super::table::{Item, Key, Table, to_dynamo, to_item};
use crate::model::fingerprint::Fingerprint;
use crate::model::ids::{ConnectionId, RecordId};
use crate::model::record::{Observed, Record};
use crate::model::side::Kind;

/// More records than this with one e-mail or phone are no help to anybody.
const MATCHES_MAX: usize = 20;

/// So many others can change a row while we amend it; more is left to a later attempt.
const AMENDS_MAX: usize = 8;

const DOING: &str = "write a last seen row";
const REMOVING: &str = "remove a last seen row";

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
    /// What we wrote and no webhook has outlasted yet.
    #[serde(default, skip_serializing_if = "OurWrites::is_empty")]
    pub our_writes: OurWrites,
    /// How often the row was amended since it was written as a whole.
    #[serde(default, skip_serializing_if = "is_zero")]
    pub revision: u64,
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
    pub fn new(id: RecordId, record: Record, fingerprint: Fingerprint, found_by: Vec<Fingerprint>) -> Self {
        Self {
            id,
            record,
            fingerprint,
            found_by,
            modified: None,
            told_at: None,
            our_writes: OurWrites::default(),
            revision: 0,
            reference: None,
            gone: false,
        }
    }

    pub fn into_observed(self) -> Option<Observed> {
        let Self { id, record, modified, fingerprint, reference, gone, .. } = self;
        (!gone).then_some(Observed { id, record, modified, fingerprint, heard: None, reference })
    }
}

#[expect(clippy::trivially_copy_pass_by_ref, reason = "serde passes it so")]
fn is_zero(revision: &u64) -> bool {
    *revision == 0
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
        let keys: Vec<Key> = ids.iter().map(|id| self.key(id)).collect();
        let rows: Vec<Seen> = self.table.get_many(&keys, "read last seen rows").await?;
        Ok(rows.into_iter().map(|seen| (seen.id.clone(), seen)).collect())
    }

    /// Writes the row and the index rows that find it now, whatever it had before.
    pub async fn put(&self, seen: &Seen) -> Result<(), Error> {
        self.replace(&[], seen).await
    }

    /// Writes the row and, in the same transaction, the index rows that find it; those of the e-mail and phone that it
    /// had `before` and has no more go.
    pub async fn replace(&self, before: &[Fingerprint], seen: &Seen) -> Result<(), Error> {
        self.write_if(Put::builder(), before, seen).await.map(|_| ())
    }

    /// The same for many: rows whose index rows stand already go together.
    pub async fn replace_all<'a>(
        &self,
        rows: impl IntoIterator<Item = (&'a [Fingerprint], &'a Seen)>,
    ) -> Result<(), Error> {
        let (plain, others): (Vec<_>, Vec<_>) =
            rows.into_iter().partition(|(before, seen)| *before == seen.found_by);
        let plain = plain.into_iter().map(|(_, seen)| to_item(&self.key(&seen.id), seen, DOING));
        self.table.put_many(plain.collect::<Result<_, _>>()?, DOING).await?;
        for (before, seen) in others {
            self.replace(before, seen).await?;
        }
        Ok(())
    }

    /// The same, unless a later state of the record stands there: a snapshot can come in between our reading the row
    /// and our writing it. `false` where one does.
    pub async fn replace_unless_newer(&self, before: &[Fingerprint], seen: &Seen) -> Result<bool, Error> {
        let newer = "attribute_not_exists(modified) OR modified <= :modified";
        let put = match seen.modified {
            None => Put::builder().condition_expression("attribute_not_exists(modified)"),
            Some(_) => {
                let item = to_item(&self.key(&seen.id), seen, DOING)?;
                let modified = item.get("modified").map(|value| (":modified".to_owned(), value.clone()));
                Put::builder()
                    .condition_expression(newer)
                    .set_expression_attribute_values(Some(modified.into_iter().collect()))
            }
        };
        self.write_if(put, before, seen).await
    }

    /// Changes the row to what `change` makes of it (`None` leaves it as it is) and answers what stands there then. Where
    /// others change it meanwhile, `change` is asked again: nobody's part is lost.
    ///
    /// # Errors
    /// Those of `change`, and of the table.
    pub async fn amend<E: From<Error>>(
        &self,
        id: &RecordId,
        change: impl Fn(Option<&Seen>) -> Result<Option<Seen>, E>,
    ) -> Result<Option<Seen>, E> {
        for _ in 0..AMENDS_MAX {
            let known = self.get(id).await?;
            let Some(seen) = change(known.as_ref())? else { return Ok(known) };
            let seen = Seen { revision: known.as_ref().map_or(1, |known| known.revision + 1), ..seen };
            if self.replace_if_unchanged(known.as_ref(), &seen).await? {
                return Ok(Some(seen));
            }
        }
        Err(Error::Stale { doing: DOING }.into())
    }

    /// Keeps our write, which turned `before` into what `seen` holds, in the row of a record that webhooks tell of. What
    /// they told meanwhile stays. `row_of` makes a row of a record.
    ///
    /// # Errors
    /// Those of `row_of`, and of the table.
    pub async fn keep_write<E: From<Error>>(
        &self,
        before: &Record,
        seen: &Seen,
        at: Timestamp,
        row_of: impl Fn(Record) -> Result<Seen, E>,
    ) -> Result<(), E> {
        let with_our_write = |known: Option<&Seen>| {
            let known = known.unwrap_or(seen);
            let (mut record, mut our_writes) = (known.record.clone(), known.our_writes.clone());
            our_writes.note(&mut record, before, &seen.record, at);
            let reference = seen.reference.clone().or_else(|| known.reference.clone());
            let &Seen { modified, told_at, gone, .. } = known;
            Ok(Some(Seen { modified, told_at, gone, our_writes, reference, ..row_of(record)? }))
        };
        self.amend(&seen.id, with_our_write).await.map(|_| ())
    }

    async fn replace_if_unchanged(&self, known: Option<&Seen>, seen: &Seen) -> Result<bool, Error> {
        let put = Put::builder();
        let put = match known.map(|known| known.revision) {
            None => put.condition_expression("attribute_not_exists(pk)"),
            Some(0) => put.condition_expression("attribute_not_exists(revision)"),
            Some(revision) => put
                .condition_expression("revision = :revision")
                .expression_attribute_values(":revision", AttributeValue::N(revision.to_string())),
        };
        let before = known.map_or(&[][..], |known| &known.found_by);
        self.write_if(put, before, seen).await
    }

    /// Writes the row where the condition of `put` holds; `false` where it does not. The index rows of what it had
    /// `before` stand already: where they are the same, this is one plain write.
    async fn write_if(&self, put: PutBuilder, before: &[Fingerprint], seen: &Seen) -> Result<bool, Error> {
        let put =
            put.table_name(self.table.name()).set_item(Some(to_item(&self.key(&seen.id), seen, DOING)?));
        if before == seen.found_by {
            return self.table.put_if(to_put(put)?, DOING).await;
        }
        let row = TransactWriteItem::builder().put(to_put(put)?).build();
        match self.table.transact(self.with_index(row, before, seen)?).await {
            Ok(()) => Ok(true),
            Err(SdkError::ServiceError(error)) if condition_failed(error.err()) => Ok(false),
            Err(error) => Err(to_dynamo(DOING, error)),
        }
    }

    /// The write of a row with the writes of the index rows that find it.
    fn with_index(
        &self,
        row: TransactWriteItem,
        before: &[Fingerprint],
        seen: &Seen,
    ) -> Result<Vec<TransactWriteItem>, Error> {
        let mut writes = vec![row];
        for hash in &seen.found_by {
            let item = to_item(&self.match_key(hash, &seen.id), &Match { id: seen.id.clone() }, DOING)?;
            writes.push(self.put_item(item)?);
        }
        for hash in before.iter().filter(|hash| !seen.found_by.contains(hash)) {
            writes.push(self.delete_item(&self.match_key(hash, &seen.id))?);
        }
        Ok(writes)
    }

    /// Removes the row and the index rows that find it.
    pub async fn remove(&self, id: &RecordId) -> Result<(), Error> {
        let Some(seen) = self.get(id).await? else { return Ok(()) };
        let mut writes = vec![self.delete_item(&self.key(id))?];
        for hash in &seen.found_by {
            writes.push(self.delete_item(&self.match_key(hash, id))?);
        }
        self.table.transact(writes).await.map_err(|error| to_dynamo(REMOVING, error))
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
        let put = to_put(Put::builder().table_name(self.table.name()).set_item(Some(item)))?;
        Ok(TransactWriteItem::builder().put(put).build())
    }

    fn delete_item(&self, key: &Key) -> Result<TransactWriteItem, Error> {
        let delete = Delete::builder().table_name(self.table.name()).set_key(Some(key.to_item())).build();
        let delete = delete.map_err(|source| Error::Dynamo { doing: REMOVING, source: Box::new(source) })?;
        Ok(TransactWriteItem::builder().delete(delete).build())
    }

    fn match_key(&self, hash: &Fingerprint, id: &RecordId) -> Key {
        Key::new(self.match_pk(hash), id.as_str())
    }

    pub(super) fn key(&self, id: &RecordId) -> Key {
        Key::new(format!("SEEN#{}#{}#{id}", self.connection, self.kind.as_str()), "seen")
    }

    fn match_pk(&self, hash: &Fingerprint) -> String {
        format!("MATCH#{}#{}#{}", self.connection, self.kind.as_str(), hash.as_str())
    }
}

fn to_put(put: PutBuilder) -> Result<Put, Error> {
    put.build().map_err(|source| Error::Dynamo { doing: DOING, source: Box::new(source) })
}
