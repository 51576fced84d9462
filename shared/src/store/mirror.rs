//! What a side held after our last write, and what of that is not certain yet.

use std::collections::BTreeMap;

use jiff::Timestamp;
use serde::{Deserialize, Serialize};

use crate::model::fingerprint::Fingerprint;
use crate::model::ids::RecordId;
use crate::model::record::{Field, Observed, Record, Value};

/// What a side held after our last write, as that side answered it.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Mirror {
    pub record: Record,
    pub fingerprint: Fingerprint,
    /// What the side said of its last change.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub modified: Option<Timestamp>,
    /// The latest word of the side after which the record was read, by the side's own clock.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub heard: Option<Timestamp>,
    /// Our last write, on a side that does not answer writes, until the next observation shows what came of it.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub pending: Option<Pending>,
}

impl Mirror {
    /// The record `id` as it would be observed if nobody had changed it since.
    pub fn into_observed(self, id: RecordId) -> Observed {
        let Self { record, fingerprint, modified, heard, .. } = self;
        Observed { id, record, modified, fingerprint, heard, reference: None }
    }
}

impl From<&Observed> for Mirror {
    fn from(observed: &Observed) -> Self {
        let Observed { record, fingerprint, modified, heard, .. } = observed.clone();
        Self { record, fingerprint, modified, heard, pending: None }
    }
}

/// A write whose outcome has not been seen yet.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Pending {
    /// The fields written, each with what it held before.
    pub was: BTreeMap<Field, Option<Value>>,
    pub at: Timestamp,
    /// What the side said of its last change before the write.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub modified_before: Option<Timestamp>,
}
