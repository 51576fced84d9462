//! What a side held after our last write, and what of that is not certain yet.

use std::collections::BTreeMap;

use jiff::Timestamp;
use serde::{Deserialize, Serialize};

use crate::model::fingerprint::Fingerprint;
use crate::model::ids::RecordId;
use crate::model::record::{Field, Observed, Record, Value};
use crate::model::side::PerSide;

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

/// Both mirrors as a row holds them. Most of what the two sides hold is the same, and a row is paid for by its size: of
/// HelloLeads' record it holds what GHL's has not.
#[derive(Serialize, Deserialize)]
pub(super) struct Packed {
    ghl: Mirror,
    helloleads: Mirror,
    /// What GHL's record has and HelloLeads' has not.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    ghl_only: Vec<Field>,
}

impl From<PerSide<Mirror>> for Packed {
    fn from(PerSide { helloleads, ghl }: PerSide<Mirror>) -> Self {
        let own = helloleads.record.iter().filter(|(field, value)| ghl.record.get(field) != Some(*value));
        let record: Record = own.map(|(field, value)| (field.clone(), value.clone())).collect();
        let ghl_only = ghl.record.fields().filter(|field| helloleads.record.get(field).is_none());
        Self { ghl_only: ghl_only.cloned().collect(), helloleads: Mirror { record, ..helloleads }, ghl }
    }
}

impl From<Packed> for PerSide<Mirror> {
    fn from(Packed { ghl, helloleads, ghl_only }: Packed) -> Self {
        let mut record = ghl.record.clone();
        ghl_only.into_iter().for_each(|field| record.put(field, None));
        for (field, value) in helloleads.record.iter() {
            record.put(field.clone(), Some(value.clone()));
        }
        Self::new(Mirror { record, ..helloleads }, ghl)
    }
}

/// For `#[serde(with)]`.
pub(super) mod packed {
    use serde::{Deserialize, Deserializer, Serialize, Serializer};

    use super::{Mirror, Packed};
    use crate::model::side::PerSide;

    pub fn serialize<S: Serializer>(mirrors: &PerSide<Mirror>, serializer: S) -> Result<S::Ok, S::Error> {
        Packed::from(mirrors.clone()).serialize(serializer)
    }

    pub fn deserialize<'de, D: Deserializer<'de>>(deserializer: D) -> Result<PerSide<Mirror>, D::Error> {
        Packed::deserialize(deserializer).map(PerSide::from)
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::model::fingerprint::FingerprintKey;

    fn mirror(fields: &[(Field, &str)]) -> Mirror {
        Mirror {
            record: fields.iter().map(|(field, text)| (field.clone(), Value::text(*text))).collect(),
            fingerprint: FingerprintKey::new(b"packed").of([]),
            modified: None,
            heard: None,
            pending: None,
        }
    }

    #[test]
    fn what_both_sides_hold_is_in_a_row_once_and_comes_out_twice() {
        let ghl =
            mirror(&[(Field::FIRST_NAME, "Ann"), (Field::EMAIL, "ann@example.com"), (Field::PHONE, "+1")]);
        let helloleads =
            mirror(&[(Field::FIRST_NAME, "Ann"), (Field::EMAIL, "a@example.com"), (Field::COMPANY, "A")]);
        let mirrors = PerSide::new(helloleads, ghl);
        let row = serde_json::to_string(&Packed::from(mirrors.clone())).unwrap();
        assert_eq!(row.matches("Ann").count(), 1, "{row}");
        let read: Packed = serde_json::from_str(&row).unwrap();
        assert_eq!(PerSide::from(read), mirrors);
    }
}
