//! What the engine asks of a side. Both adapters answer it; each declares what it can do.

use async_trait::async_trait;

use crate::disposition::Disposition;
use crate::model::fingerprint::Fingerprint;
use crate::model::ids::RecordId;
use crate::model::record::{Change, Field, Observed, Record};
use crate::model::side::{Kind, Side};

/// What a side can do. The engine asks and takes the documented fallback instead of failing.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Can {
    /// Records can be created.
    pub create: bool,
    /// Records can be changed.
    pub update: bool,
    /// Records can be deleted.
    pub delete: bool,
    /// Fields can be blanked.
    pub clear: bool,
    /// Tags can be changed on a record that exists.
    pub update_tags: bool,
    /// Fields that are only ever read.
    pub read_only: Vec<Field>,
    /// Fields that a create takes and an update does not.
    pub create_only: Vec<Field>,
    /// Fields that are settled when a record is made: that they differ afterwards is no news.
    pub fixed: Vec<Field>,
    /// A record needs one of these to be created here, so that it can be recognised; none are needed where none are
    /// named.
    pub recognised_by: Vec<Field>,
    /// Records are read fresh, and a write is answered with the record as stored. Where not, a record is as it was
    /// last seen: [`Port::refresh`] comes before a write, and the next observation settles what was stored.
    pub answers_writes: bool,
}

impl Can {
    /// A side that can do everything, and answers what it stored. Each side takes off what it cannot.
    pub fn everything() -> Self {
        Self {
            create: true,
            update: true,
            delete: true,
            clear: true,
            update_tags: true,
            read_only: Vec::new(),
            create_only: Vec::new(),
            fixed: Vec::new(),
            recognised_by: Vec::new(),
            answers_writes: true,
        }
    }

    /// Whether a create takes this field.
    pub fn create_with(&self, field: &Field) -> bool {
        !self.read_only.contains(field)
    }

    /// Whether an update takes this new value (`None` blanks the field).
    pub fn update_to(&self, field: &Field, value: Option<&crate::model::record::Value>) -> bool {
        if !self.update || self.read_only.contains(field) || self.create_only.contains(field) {
            return false;
        }
        match field.as_tag() {
            Some(_) => self.update_tags,
            None => value.is_some() || self.clear,
        }
    }
}

/// What came of a create.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Created {
    /// The record as stored.
    Made(Observed),
    /// Sent, and the id will come with a later observation (a relay that does not answer with it).
    Sent,
    /// Refused: this record has the same value in a field that must be unique.
    Duplicate { holder: RecordId, field: Field },
}

/// What came of an update.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Updated {
    /// The record as stored, or, where the side does not answer writes, as it should be now.
    Stored(Observed),
    /// Refused: another record has the same value in a field that must be unique.
    Duplicate { holder: RecordId, field: Field },
    /// The record is not there any more.
    Gone,
}

/// One side of one connection.
#[async_trait]
pub trait Port: Send + Sync {
    fn side(&self) -> Side;

    fn can(&self) -> &Can;

    /// The record now, or `None` where it is gone. A side that cannot give one record answers with what it was last
    /// seen to be.
    async fn observe(&self, id: &RecordId) -> Result<Option<Observed>, PortError>;

    /// Whether a record that [`Port::observe`] does not show was deleted. A side that answers with what it last saw may
    /// also never have seen it.
    async fn is_gone(&self, _id: &RecordId) -> Result<bool, PortError> {
        Ok(true)
    }

    /// Makes the next [`Port::observe`] answer as freshly as this side can, and says whether an earlier one may be out
    /// of date now. Costs nothing when called again. A side that is always read fresh has nothing to do.
    async fn refresh(&self) -> Result<bool, PortError> {
        Ok(false)
    }

    /// The records that are what this one is: contacts that share its e-mail address or phone number; notes, tasks
    /// and appointments of the contact `under` that hold the same.
    async fn find(&self, record: &Record, under: Option<&RecordId>) -> Result<Vec<Observed>, PortError>;

    /// The record across for which this one was made, where a create of ours was sent and not answered.
    async fn origin(&self, _here: &Observed) -> Result<Option<RecordId>, PortError> {
        Ok(None)
    }

    /// Creates the record, for the contact `under` where it belongs to one. `reference` is its id across, for a side
    /// that can keep it.
    async fn create(
        &self,
        record: &Record,
        reference: &RecordId,
        under: Option<&RecordId>,
    ) -> Result<Created, PortError>;

    /// Writes the change, and nothing but the change, to the record observed as `before`.
    async fn update(&self, before: &Observed, change: &Change) -> Result<Updated, PortError>;

    /// Deletes the record; one that is gone already counts as deleted.
    async fn delete(&self, id: &RecordId) -> Result<(), PortError>;

    /// Marks the record as one whose counterpart was deleted, as the connection's settings say. A side that is never
    /// left with such a record has nothing to do.
    async fn mark_deleted(&self, _id: &RecordId) -> Result<(), PortError> {
        Ok(())
    }

    /// The contact's records of this kind, each with its fingerprint, where the side lists them by contact.
    async fn related(
        &self,
        _contact: &RecordId,
        _kind: Kind,
    ) -> Result<Vec<(RecordId, Fingerprint)>, PortError> {
        Ok(Vec::new())
    }
}

/// A side that failed.
#[derive(Debug, thiserror::Error)]
pub enum PortError {
    #[error("GHL could not be asked")]
    Ghl(#[from] crate::ghl::error::Error),
    #[error("HelloLeads could not be asked")]
    HelloLeads(#[from] crate::helloleads::error::Error),
}

impl PortError {
    pub fn disposition(&self) -> Disposition {
        match self {
            Self::Ghl(error) => error.disposition(),
            Self::HelloLeads(error) => error.disposition(),
        }
    }
}
