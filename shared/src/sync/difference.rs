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

#[cfg(test)]
mod tests {
    use super::*;
    use crate::connection::mapping::Mapping;
    use crate::connection::policy::Policy;
    use crate::model::fingerprint::FingerprintKey;
    use crate::model::ids::ConnectionId;
    use crate::model::record::{Observed, Value};
    use crate::sync::port::Can;

    fn id(text: &str) -> RecordId {
        RecordId::parse(text).unwrap()
    }

    fn record(fields: &[(Field, &str)]) -> Record {
        fields.iter().map(|(field, text)| (field.clone(), Value::text(*text))).collect()
    }

    fn link() -> Link {
        let records = PerSide::from_fn(|side| Observed {
            id: id(if side == Side::Ghl { "ghl1" } else { "101" }),
            record: Record::default(),
            modified: None,
            fingerprint: FingerprintKey::new(b"difference").of([]),
            heard: None,
            reference: None,
        });
        Link::between(ConnectionId::parse("loc").unwrap(), Kind::Contact, &records)
    }

    /// With HelloLeads' abilities, and a mapping of these pairs.
    fn differing(link: &Link, helloleads: &Can, mapping: &Mapping, now: [&Record; 2]) -> Vec<Field> {
        let (policy, ghl) = (Policy::default(), Can::everything());
        let rules = Rules { policy: &policy, mapping, can: PerSide::new(helloleads, &ghl) };
        differing_fields(link, PerSide::new(now[0], now[1]), rules)
    }

    #[test]
    fn fields_that_hold_other_values_differ_unless_it_is_known_why() {
        let fields = [Field::EMAIL, Field::PHONE, Field::FIRST_NAME, Field::LAST_NAME, Field::COMPANY];
        let all = |text| fields.clone().map(|field| (field, text)).to_vec();
        let (here, there) = (record(&all("a")), record(&all("b")));
        let (plain, everything) = (Mapping::default(), Can::everything());
        let sorted = |mut fields: Vec<Field>| {
            fields.sort();
            fields
        };
        let differ = |link: &Link, can: &Can| differing(link, can, &plain, [&here, &there]);
        assert_eq!(differ(&link(), &everything), sorted(fields.to_vec()));
        assert!(differing(&link(), &everything, &plain, [&here, &here]).is_empty());
        let can = Can { read_only: vec![Field::EMAIL], fixed: vec![Field::PHONE], ..Can::everything() };
        let mut known = link();
        known.not_taken.insert(Field::FIRST_NAME, Side::Ghl);
        known.filled_in.insert(Field::LAST_NAME, Side::Ghl);
        assert_eq!(differ(&known, &can), [Field::COMPANY]);
    }

    #[test]
    fn a_blank_of_the_side_that_alone_decides_is_no_difference() {
        let pairs = serde_json::json!([{ "field": "email" }, { "field": "company", "direction": "to_ghl" }]);
        let mapping = Mapping::try_from(serde_json::json!({ "version": 2, "fields": pairs })).unwrap();
        let (blank, one, other) =
            (Record::default(), record(&[(Field::COMPANY, "a")]), record(&[(Field::COMPANY, "b")]));
        let differ = |now| differing(&link(), &Can::everything(), &mapping, now);
        assert!(differ([&blank, &other]).is_empty());
        assert_eq!(differ([&one, &other]), [Field::COMPANY]);
    }

    #[test]
    fn a_difference_says_whom_to_look_at_and_what_will_be_done() {
        let of_one = |side| Difference::of_one(Kind::Contact, side, &id("7"), Differs::OnlyOn { side });
        let only = of_one(Side::HelloLeads);
        assert_eq!(only.to_look_at(), Some((Side::HelloLeads, &id("7"))));
        assert_eq!(only.ids.ghl, None);
        assert_eq!(of_one(Side::Ghl).to_look_at(), Some((Side::Ghl, &id("7"))));
        assert_eq!(only.plan(), "link it, or create it in GHL");
        assert_eq!(only.to_string(), "contact 7 ↔ –: only in HelloLeads");
        let fields = Difference::of_link(&link(), Differs::Fields { fields: vec![Field::EMAIL] });
        assert_eq!(fields.to_look_at(), Some((Side::Ghl, &id("ghl1"))));
        assert_eq!(fields.to_string(), "contact 101 ↔ ghl1: other values of email");
        let gone = Difference::of_link(&link(), Differs::GoneFrom { side: Side::HelloLeads });
        assert_eq!(gone.to_look_at(), Some((Side::HelloLeads, &id("101"))));
    }
}
