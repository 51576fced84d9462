//! What a sweep finds to differ, field by field, and what would mend it. Pure. Holds ids and field names, no values:
//! whoever shows it reads those from the records.

use serde::{Deserialize, Serialize};

use super::plan::Rules;
use crate::model::ids::RecordId;
use crate::model::record::{Field, Record};
use crate::model::side::{Kind, PerSide, Side};
use crate::store::links::Link;

/// One record that is not the same on both sides, and stands in no list that says why.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Difference {
    pub kind: Kind,
    pub ids: PerSide<Option<RecordId>>,
    pub differs: Differs,
}

/// In what it differs.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(tag = "is", rename_all = "snake_case")]
pub enum Differs {
    /// It is on this side, and has never been synced.
    OnlyOn { side: Side },
    /// It was synced, and is not on this side any more.
    GoneFrom { side: Side },
    /// It was deleted on this side, and is there again.
    Restored { side: Side },
    /// It was changed on this side, and that has not been synced.
    ChangedOn { side: Side },
    /// These fields hold other values.
    Fields { fields: Vec<Field> },
}

impl Difference {
    /// A record of one side.
    pub fn of_one(kind: Kind, side: Side, id: &RecordId, differs: Differs) -> Self {
        let ids = PerSide::from_fn(|one| (one == side).then(|| id.clone()));
        Self { kind, ids, differs }
    }

    pub fn of_link(link: &Link, differs: Differs) -> Self {
        let ids = PerSide::from_fn(|side| Some(link.ids.of(side).clone()));
        Self { kind: link.kind, ids, differs }
    }

    /// The record whose hint mends it: that of the side that tells news, where one does.
    pub fn to_look_at(&self) -> Option<(Side, &RecordId)> {
        let first = match self.differs {
            Differs::OnlyOn { side }
            | Differs::GoneFrom { side }
            | Differs::Restored { side }
            | Differs::ChangedOn { side } => side,
            Differs::Fields { .. } => Side::Ghl,
        };
        let id = |side: Side| self.ids.of(side).as_ref().map(|id| (side, id));
        id(first).or_else(|| id(first.other()))
    }

    /// What would be done about it.
    pub fn plan(&self) -> String {
        match &self.differs {
            Differs::OnlyOn { side } => format!("link it, or create it in {}", side.other()),
            Differs::GoneFrom { side } => {
                format!("ask {side} for it once more; if it is gone, the delete rule decides")
            }
            Differs::Restored { .. } => "sync it again under the link that it had".to_owned(),
            Differs::ChangedOn { .. } => "sync the change".to_owned(),
            Differs::Fields { .. } => {
                "look at both sides and merge; the conflict rule decides where both were edited".to_owned()
            }
        }
    }
}

impl std::fmt::Display for Difference {
    fn fmt(&self, formatter: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        let id = |side: Side| self.ids.of(side).as_ref().map_or("–".to_owned(), ToString::to_string);
        let kind = self.kind.as_str();
        write!(formatter, "{kind} {} ↔ {}: ", id(Side::HelloLeads), id(Side::Ghl))?;
        match &self.differs {
            Differs::OnlyOn { side } => write!(formatter, "only in {side}"),
            Differs::GoneFrom { side } => write!(formatter, "gone from {side}"),
            Differs::Restored { side } => write!(formatter, "deleted in {side}, and there again"),
            Differs::ChangedOn { side } => write!(formatter, "changed in {side}, not synced yet"),
            Differs::Fields { fields } => {
                let names: Vec<&str> = fields.iter().map(Field::as_str).collect();
                write!(formatter, "other values of {}", names.join(", "))
            }
        }
    }
}

/// The fields that hold other values, less those that are listed already, those that a side filled in by itself, and
/// those that a side never takes.
pub fn differing_fields(link: &Link, now: PerSide<&Record>, rules: Rules<'_>) -> Vec<Field> {
    let can = rules.can;
    let is_told = |field: &Field| {
        let never = Side::BOTH.iter().any(|side| {
            let can = can.of(*side);
            can.read_only.contains(field) || can.fixed.contains(field)
        });
        // A blank of the side that alone decides says nothing of what the other one holds.
        let source = rules.mapping.source(field).filter(|source| now.of(*source).get(field).is_none());
        never
            || source.is_some()
            || field.as_fact().is_some()
            || link.not_taken.contains_key(field)
            || link.filled_in.contains_key(field)
    };
    let fields: std::collections::BTreeSet<&Field> =
        now.helloleads.fields().chain(now.ghl.fields()).collect();
    let differ = |field: &&Field| now.helloleads.get(field) != now.ghl.get(field) && !is_told(field);
    fields.into_iter().filter(differ).cloned().collect()
}
