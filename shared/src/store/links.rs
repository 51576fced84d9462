//! Links, and the pointers that lead to them from either id.

use std::collections::{BTreeMap, BTreeSet, HashMap};

use aws_sdk_dynamodb::error::SdkError;
use aws_sdk_dynamodb::operation::transact_write_items::TransactWriteItemsError;
use aws_sdk_dynamodb::types::{AttributeValue, Delete, Put, TransactWriteItem};
use jiff::Timestamp;
use serde::{Deserialize, Serialize};

use super::error::Error;
use super::identity::Identity;
pub use super::mirror::{Mirror, Pending};
use super::table::{If, Key, Table, to_dynamo, to_item};
use crate::model::fingerprint::Fingerprint;
use crate::model::ids::{ConnectionId, LinkId, RecordId};
use crate::model::record::{Field, Observed};
use crate::model::side::{Kind, PerSide, Side};

/// One record on both sides.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Link {
    pub link: LinkId,
    pub connection: ConnectionId,
    pub kind: Kind,
    pub ids: PerSide<RecordId>,
    #[serde(with = "super::mirror::packed")]
    pub mirrors: PerSide<Mirror>,
    /// Raised with each save; a save names the version that it read.
    pub version: u64,
    /// The side on which the record was deleted: the tombstone.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub buried: Option<Side>,
    /// Fields that differ because a side cannot take them, each with that side.
    #[serde(default, skip_serializing_if = "BTreeMap::is_empty")]
    pub not_taken: BTreeMap<Field, Side>,
    /// Fields that a side filled in by itself when the record was made there, such as a country: nobody typed them, and
    /// they are not brought over.
    #[serde(default, skip_serializing_if = "BTreeMap::is_empty")]
    pub filled_in: BTreeMap<Field, Side>,
    /// One record is about to be created again after a deletion.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub intent: Option<Intent>,
    /// The contact was linked just now, and its notes and tasks are to be announced.
    #[serde(default, skip_serializing_if = "std::ops::Not::not")]
    pub related_due: bool,
    /// The mapping's revision by which it was merged last: by another one, nothing about it is old news.
    #[serde(default)]
    pub mapping: u64,
    /// The mapping's filter leaves it out.
    #[serde(default, skip_serializing_if = "std::ops::Not::not")]
    pub excluded: bool,
    /// The record is in the parked list.
    #[serde(default)]
    pub parked: bool,
    /// The ids that records of it had before they were created again: they lead here for ever.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub former: Vec<(Side, RecordId)>,
    /// On which sides somebody had edited it when it was merged last, and the version that was saved with that.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub edited: Option<Edited>,
    /// How often either side was written within the hour.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub writes: Option<HourOfWrites>,
}

/// How the keys of these rows begin.
pub const ROWS: &str = "LINK#";

/// A revision that no mapping has.
pub const NEVER_MERGED: u64 = u64::MAX;

/// Where somebody edited a record.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Edited {
    pub on: Vec<Side>,
    /// Of the link: a later save was for something else.
    pub version: u64,
}

/// Our writes of one record.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct HourOfWrites {
    pub since: Timestamp,
    pub count: u32,
}

impl Link {
    /// A new link between two records, each mirrored as it was observed.
    pub fn between(connection: ConnectionId, kind: Kind, records: &PerSide<Observed>) -> Self {
        Self {
            link: LinkId::of(&connection, kind, &records.of(Side::Ghl).id),
            connection,
            kind,
            ids: PerSide::from_fn(|side| records.of(side).id.clone()),
            mirrors: PerSide::from_fn(|side| Mirror::from(records.of(side))),
            version: 1,
            buried: None,
            not_taken: BTreeMap::new(),
            filled_in: BTreeMap::new(),
            intent: None,
            related_due: false,
            mapping: NEVER_MERGED,
            excluded: false,
            parked: false,
            former: Vec::new(),
            edited: None,
            writes: None,
        }
    }

    /// The sides on which somebody edited the record, if that is what it was saved for last.
    pub fn edited_now(&self) -> &[Side] {
        self.edited.as_ref().filter(|edited| edited.version == self.version).map_or(&[], |edited| &edited.on)
    }
}

/// Written before a create, under the identity of the record that is to be created across: whoever finds one of an
/// earlier run looks for what that run may have made before making it again.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Intent {
    pub since: Timestamp,
    /// How often the create was begun.
    pub attempts: u64,
    /// The other side took the create and will name the new record later.
    #[serde(default)]
    pub sent: bool,
}

/// Where a record's id leads.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(tag = "is", rename_all = "lowercase")]
pub enum Pointer {
    Link {
        link: LinkId,
    },
    Intent {
        intent: Intent,
    },
    /// A record that is never synced, such as the probe's scratch lead.
    Ignored,
}

/// A pointer with the key that it stands under.
#[derive(Deserialize)]
struct Pointed {
    pk: String,
    #[serde(flatten)]
    pointer: Pointer,
}

/// What is known of a record.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Known {
    Nothing,
    Intent(Intent),
    Linked(Box<Link>),
    Ignored,
}

/// The links of one connection.
#[derive(Clone, Debug)]
pub struct Links {
    pub(crate) table: Table,
    connection: ConnectionId,
}

impl Links {
    pub fn new(table: Table, connection: ConnectionId) -> Self {
        Self { table, connection }
    }

    /// What is known of the record: two reads where it is linked, one where it is not.
    pub async fn known(&self, record: Identity<'_>) -> Result<Known, Error> {
        let pointer = self.table.get(&self.pointer_key(record), "read a pointer").await?;
        Ok(match pointer {
            None => Known::Nothing,
            Some(Pointer::Intent { intent }) => Known::Intent(intent),
            Some(Pointer::Ignored) => Known::Ignored,
            Some(Pointer::Link { link }) => match self.table.get(&link_key(&link), "read a link").await? {
                Some(link) => Known::Linked(Box::new(link)),
                None => Known::Nothing,
            },
        })
    }

    /// What is known of each of these records of one side, in their order.
    pub async fn known_many(&self, kind: Kind, side: Side, ids: &[RecordId]) -> Result<Vec<Known>, Error> {
        let keys: Vec<Key> = ids.iter().map(|id| self.pointer_key(Identity { kind, side, id })).collect();
        let pointers: Vec<Pointed> = self.table.get_many(&keys, "read pointers").await?;
        let pointers: HashMap<String, Pointer> =
            pointers.into_iter().map(|row| (row.pk, row.pointer)).collect();
        let linked = pointers.values().filter_map(|pointer| match pointer {
            Pointer::Link { link } => Some(link.clone()),
            Pointer::Intent { .. } | Pointer::Ignored => None,
        });
        let links = self.many(&linked.collect::<Vec<_>>()).await?;
        let known = |key: &Key| match pointers.get(&key.pk) {
            None => Known::Nothing,
            Some(Pointer::Intent { intent }) => Known::Intent(intent.clone()),
            Some(Pointer::Ignored) => Known::Ignored,
            Some(Pointer::Link { link }) => match links.get(link) {
                Some(link) => Known::Linked(Box::new(link.clone())),
                None => Known::Nothing,
            },
        };
        Ok(keys.iter().map(known).collect())
    }

    /// These links, those that exist.
    pub async fn many(&self, links: &[LinkId]) -> Result<HashMap<LinkId, Link>, Error> {
        let keys: Vec<Key> = links.iter().map(link_key).collect();
        let links: Vec<Link> = self.table.get_many(&keys, "read links").await?;
        Ok(links.into_iter().map(|link| (link.link.clone(), link)).collect())
    }

    /// Whether the record was last seen as this, and is neither parked nor buried.
    pub async fn is_mirrored(&self, record: Identity<'_>, seen: &Fingerprint) -> Result<bool, Error> {
        let side = record.side;
        Ok(match self.known(record).await? {
            Known::Linked(link) => {
                link.buried.is_none() && !link.parked && link.mirrors.of(side).fingerprint == *seen
            }
            Known::Nothing | Known::Intent(_) | Known::Ignored => false,
        })
    }

    /// Never syncs this record.
    pub async fn ignore(&self, record: Identity<'_>) -> Result<(), Error> {
        self.table.put(&self.pointer_key(record), &Pointer::Ignored, If::Always, "ignore a record").await?;
        Ok(())
    }

    /// The same of a record that nobody has begun to sync. `false` where somebody has.
    pub async fn ignore_new(&self, record: Identity<'_>) -> Result<bool, Error> {
        self.table.put(&self.pointer_key(record), &Pointer::Ignored, If::Absent, "ignore a record").await
    }

    /// Syncs a record again that was ignored.
    pub async fn heed(&self, record: Identity<'_>) -> Result<(), Error> {
        match self.known(record).await? {
            Known::Ignored => self.table.delete(&self.pointer_key(record), "sync a record again").await,
            Known::Nothing | Known::Intent(_) | Known::Linked(_) => Ok(()),
        }
    }

    /// Makes the link, reachable from both ids, and takes both records off the parked list, in one transaction.
    /// `false` where one of the two is linked already: nothing was written then.
    pub async fn establish(&self, link: &Link) -> Result<bool, Error> {
        const DOING: &str = "make a link";
        let put = Put::builder().condition_expression("attribute_not_exists(pk)");
        let mut writes = vec![self.put(put, to_item(&link_key(&link.link), link, DOING)?)?];
        for side in Side::BOTH {
            writes.push(self.point(link, side, "attribute_not_exists(pk) OR #is = :intent")?);
            // A link that differs stands in the list under its GHL id.
            if side == Side::HelloLeads || !link.parked {
                let record = Identity { kind: link.kind, side, id: link.ids.of(side) };
                writes.push(self.delete(super::parked::key(&self.connection, record))?);
            }
        }
        writes.push(self.list(link)?);
        self.transact(writes, DOING).await
    }

    /// Saves the link over the version that was read.
    ///
    /// # Errors
    /// [`Error::Stale`] where somebody else has saved it meanwhile.
    pub async fn save(&self, link: &mut Link) -> Result<(), Error> {
        const DOING: &str = "save a link";
        let read = link.version;
        link.version += 1;
        if self.table.put(&link_key(&link.link), link, If::Version(read), DOING).await? {
            Ok(())
        } else {
            Err(Error::Stale { doing: DOING })
        }
    }

    /// Saves a link that was buried, or is not any more, together with its line in the roster.
    ///
    /// # Errors
    /// [`Error::Stale`] where somebody else has saved it meanwhile.
    pub async fn save_listed(&self, link: &mut Link) -> Result<(), Error> {
        const DOING: &str = "save a link and its line in the roster";
        let saved = self.over(link, DOING)?;
        let listed = self.list(link)?;
        self.transact_fresh(vec![saved, listed], DOING).await
    }

    /// Saves the link whose record on `side` was created again under a new id. The old id leads to the link for
    /// ever, so that a late event of the deleted record finds its tombstone.
    pub async fn save_moved(&self, link: &mut Link, side: Side, was: RecordId) -> Result<(), Error> {
        const DOING: &str = "save a link under a new id";
        let unlisted = super::roster::key(&self.connection, link.kind, &was);
        let is_elsewhere = side == Side::Ghl && was != link.ids.ghl;
        if was != *link.ids.of(side) {
            link.former.push((side, was));
        }
        let mut writes = vec![self.over(link, DOING)?];
        writes.push(self.point(link, side, "attribute_not_exists(pk) OR #is = :intent")?);
        writes.push(self.list(link)?);
        if is_elsewhere {
            writes.push(self.delete(unlisted)?);
        }
        self.transact_fresh(writes, DOING).await
    }

    /// The write of a link over the version that was read.
    fn over(&self, link: &mut Link, doing: &'static str) -> Result<TransactWriteItem, Error> {
        let read = link.version;
        link.version += 1;
        let put = Put::builder()
            .condition_expression("version = :version")
            .expression_attribute_values(":version", AttributeValue::N(read.to_string()));
        self.put(put, to_item(&link_key(&link.link), link, doing)?)
    }

    /// The write of a link's line in the roster.
    fn list(&self, link: &Link) -> Result<TransactWriteItem, Error> {
        let key = super::roster::key(&self.connection, link.kind, &link.ids.ghl);
        let item = to_item(&key, &super::roster::Listed::from(link), "write the roster")?;
        self.put(Put::builder(), item)
    }

    async fn transact_fresh(&self, writes: Vec<TransactWriteItem>, doing: &'static str) -> Result<(), Error> {
        if self.transact(writes, doing).await? { Ok(()) } else { Err(Error::Stale { doing }) }
    }

    /// Removes a link and all that leads to it: whoever asks for this wants nothing to be known any more.
    pub(super) async fn remove(&self, link: &Link) -> Result<(), Error> {
        const DOING: &str = "remove a link";
        let current = Side::BOTH.map(|side| (side, link.ids.of(side).clone()));
        let pointers = current.iter().chain(&link.former);
        let pointers =
            pointers.map(|(side, id)| self.pointer_key(Identity { kind: link.kind, side: *side, id }));
        let listed = super::roster::key(&self.connection, link.kind, &link.ids.ghl);
        let keys: BTreeSet<Key> = pointers.chain([link_key(&link.link), listed]).collect();
        let removals = keys.into_iter().map(|key| self.delete(key)).collect::<Result<Vec<_>, _>>()?;
        // All at once: a link without the pointers to it would stand in the way of the same record's next link.
        self.transact(removals, DOING).await.map(|_| ())
    }

    /// Takes a line off the roster.
    pub(super) async fn unlist(&self, kind: Kind, ghl: &RecordId) -> Result<(), Error> {
        let key = super::roster::key(&self.connection, kind, ghl);
        self.table.delete(&key, "take a line off the roster").await
    }

    fn point(&self, link: &Link, side: Side, condition: &str) -> Result<TransactWriteItem, Error> {
        let key = self.pointer_key(Identity { kind: link.kind, side, id: link.ids.of(side) });
        let item = to_item(&key, &Pointer::Link { link: link.link.clone() }, "make a link")?;
        let put = Put::builder()
            .condition_expression(condition)
            .expression_attribute_names("#is", "is")
            .expression_attribute_values(":intent", AttributeValue::S("intent".to_owned()));
        self.put(put, item)
    }

    fn put(
        &self,
        put: aws_sdk_dynamodb::types::builders::PutBuilder,
        item: super::table::Item,
    ) -> Result<TransactWriteItem, Error> {
        let put = put.table_name(self.table.name()).set_item(Some(item)).build().map_err(to_form)?;
        Ok(TransactWriteItem::builder().put(put).build())
    }

    fn delete(&self, key: Key) -> Result<TransactWriteItem, Error> {
        let delete = Delete::builder().table_name(self.table.name()).set_key(Some(key.to_item()));
        Ok(TransactWriteItem::builder().delete(delete.build().map_err(to_form)?).build())
    }

    /// `false` where a condition did not hold.
    async fn transact(&self, writes: Vec<TransactWriteItem>, doing: &'static str) -> Result<bool, Error> {
        match self.table.transact(writes).await {
            Ok(()) => Ok(true),
            Err(SdkError::ServiceError(error)) if condition_failed(error.err()) => Ok(false),
            Err(error) => Err(to_dynamo(doing, error)),
        }
    }

    pub(super) fn pointer_key(&self, record: Identity<'_>) -> Key {
        let Identity { kind, side, id } = record;
        Key::new(format!("POINTER#{}#{}#{}#{id}", self.connection, kind.as_str(), side.as_str()), "pointer")
    }
}

pub(super) fn link_key(link: &LinkId) -> Key {
    Key::new(format!("{ROWS}{link}"), "link")
}

/// A transaction that met another one counts as an error to be tried again, not as a condition that failed.
pub(super) fn condition_failed(error: &TransactWriteItemsError) -> bool {
    let TransactWriteItemsError::TransactionCanceledException(cancelled) = error else { return false };
    cancelled.cancellation_reasons().iter().any(|reason| reason.code() == Some("ConditionalCheckFailed"))
}

fn to_form(source: aws_sdk_dynamodb::error::BuildError) -> Error {
    Error::Dynamo { doing: "write a transaction", source: Box::new(source) }
}
