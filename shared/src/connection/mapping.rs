//! Which fields a connection keeps the same, which way, in what form, and which contacts.

pub mod catalogue;
pub mod direction;
pub mod filter;
pub mod mapped;
pub mod problem;
pub mod stored;
pub mod transform;

#[cfg(test)]
mod laws;

use serde::{Deserialize, Serialize};

use crate::model::record::{Field, Record, Value};
use crate::model::side::Side;
use direction::Direction;
use filter::{Filter, FilterText};
use mapped::{CONTACT_CUSTOM, Mapped, TAGS, places};
use problem::{BadMapping, FILTER, Problem, WHOLE};

/// The most fields that a mapping has.
pub const FIELDS_MAX: usize = 100;

/// The fields chosen. A `Mapping` that exists can be carried out: each field has a place of its own on the sides that it
/// is written to, and one that goes both ways comes back as it went.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(try_from = "serde_json::Value", into = "serde_json::Value")]
pub struct Mapping {
    fields: Vec<Mapped>,
    filter: Option<Filter>,
}

impl Default for Mapping {
    /// Every standard field and the tags, both ways, of every contact.
    fn default() -> Self {
        let fields = Field::STANDARD.into_iter().chain([TAGS]).map(Mapped::standard).collect();
        Self { fields, filter: None }
    }
}

impl Mapping {
    /// # Errors
    /// [`BadMapping`] says of each field what is wrong with it and what to do.
    pub fn try_new(fields: Vec<Mapped>, filter: Option<FilterText>) -> Result<Self, BadMapping> {
        let mut problems: Vec<Problem> = fields.iter().flat_map(Mapped::problems).collect();
        problems.extend(shared_places(&fields));
        if fields.len() > FIELDS_MAX {
            problems.push(Problem::of(WHOLE, format!("it has more than {FIELDS_MAX} fields")));
        }
        let recognised = [Field::EMAIL, Field::PHONE];
        if !fields.iter().any(|one| recognised.contains(&one.field) && one.direction == Direction::Both) {
            let text = "email or phone must go both ways: contacts are recognised by them";
            problems.push(Problem::of(WHOLE, text));
        }
        let custom = fields.iter().filter_map(|one| one.field.as_custom().map(str::to_owned)).collect();
        let filter = match filter.map(|text| Filter::parse(text, custom)).transpose() {
            Ok(filter) => filter,
            Err(text) => {
                problems.push(Problem::of(FILTER, text));
                None
            }
        };
        if problems.is_empty() { Ok(Self { fields, filter }) } else { Err(BadMapping(problems)) }
    }

    pub fn fields(&self) -> &[Mapped] {
        &self.fields
    }

    pub fn filter(&self) -> Option<&Filter> {
        self.filter.as_ref()
    }

    /// How the field is mapped; every tag as all tags are.
    pub fn of(&self, field: &Field) -> Option<&Mapped> {
        let wanted = if field.as_tag().is_some() { &TAGS } else { field };
        self.fields.iter().find(|mapped| mapped.field == *wanted)
    }

    pub fn has(&self, field: &Field) -> bool {
        self.of(field).is_some()
    }

    pub fn has_tags(&self) -> bool {
        self.has(&TAGS)
    }

    /// The pairs of fields beside the standard ones.
    pub fn custom(&self) -> impl Iterator<Item = &Mapped> {
        self.fields.iter().filter(|mapped| mapped.is_custom())
    }

    /// The GHL custom field ids that the mapping names.
    pub fn ghl_custom_ids(&self) -> impl Iterator<Item = (&Mapped, &str)> {
        self.custom()
            .filter_map(|mapped| Some((mapped, mapped.end(Side::Ghl)?.strip_prefix(CONTACT_CUSTOM)?)))
    }

    /// The side that alone decides about the field, where one does.
    pub fn source(&self, field: &Field) -> Option<Side> {
        self.of(field).and_then(|mapped| mapped.direction.source())
    }

    /// Whether the field may be written to the side.
    pub fn reaches(&self, side: Side, field: &Field) -> bool {
        self.of(field).is_none_or(|mapped| mapped.direction.reaches(side))
    }

    /// Whether the value has a form that the side can be told.
    pub fn can_write(&self, side: Side, field: &Field, value: Option<&Value>) -> bool {
        match (self.of(field), value.and_then(Value::as_text)) {
            (Some(mapped), Some(text)) => mapped.write(side, text).is_some(),
            _ => true,
        }
    }

    /// The common form of what a side shows of a field.
    pub fn read(&self, side: Side, field: &Field, shown: Option<&str>, region: &str) -> Option<String> {
        match self.of(field) {
            Some(mapped) => mapped.read(side, shown, region),
            None => shown.map(str::to_owned),
        }
    }

    /// What a side is told of a field.
    pub fn write(&self, side: Side, field: &Field, common: &str) -> Option<String> {
        match self.of(field) {
            Some(mapped) => mapped.write(side, common),
            None => Some(common.to_owned()),
        }
    }

    /// Whether the filter looks at something that is not synced, and must be read all the same.
    pub fn looks_at(&self, fact: &Field) -> bool {
        self.filter.as_ref().is_some_and(|filter| filter.names(fact))
    }

    /// Whether a contact that holds this is synced.
    ///
    /// # Errors
    /// What the filter did instead of giving a truth.
    pub fn lets_in(&self, record: &Record) -> Result<bool, String> {
        self.filter.as_ref().map_or(Ok(true), |filter| filter.holds(record))
    }

    /// Whether rows that were read under `other` tell what this mapping needs to know.
    pub fn reads_like(&self, other: &Self) -> bool {
        let reads = |mapping: &Self| {
            let facts = filter::FACTS.map(|fact| mapping.looks_at(&fact));
            (mapping.fields.clone(), facts)
        };
        reads(self) == reads(other)
    }
}

/// What is written by one field belongs to that field alone.
fn shared_places(fields: &[Mapped]) -> Vec<Problem> {
    let mut problems = Vec::new();
    for (at, mapped) in fields.iter().enumerate() {
        if fields[..at].iter().any(|other| other.field == mapped.field) {
            problems.push(Problem::of(mapped.name(), "is mapped twice; take one of the two out"));
            continue;
        }
        for side in Side::BOTH {
            let uses =
                |other: &&Mapped| places(other, side).iter().any(|one| places(mapped, side).contains(one));
            let clash = fields[..at]
                .iter()
                .filter(uses)
                .find(|other| other.direction.reaches(side) || mapped.direction.reaches(side));
            if let Some(other) = clash {
                let text = format!(
                    "it and \"{}\" stand in the same field of {side}, which one of them writes; choose another field, or take one out",
                    other.name()
                );
                problems.push(Problem::of(mapped.name(), text));
            }
        }
    }
    problems
}

#[cfg(test)]
mod tests {
    use super::*;

    fn parse(json: &str) -> Result<Mapping, String> {
        serde_json::from_str(json).map_err(|error| error.to_string())
    }

    fn with(field: &str) -> Result<Mapping, String> {
        parse(&format!(r#"{{"version":2,"fields":[{{"field":"email"}},{{"field":"first_name"}},{field}]}}"#))
    }

    #[test]
    fn an_unknown_field_is_refused_with_the_list_of_known_ones() {
        for json in [
            r#"{"fields":["email","shoe_size"]}"#,
            r#"{"version":2,"fields":[{"field":"email"},{"field":"shoe_size"}]}"#,
        ] {
            let error = parse(json).unwrap_err();
            assert!(["shoe_size", "first_name", "tags"].iter().all(|name| error.contains(name)), "{error}");
        }
    }

    #[test]
    fn contacts_must_be_recognised_on_both_sides() {
        assert!(parse(r#"{"fields":["first_name"]}"#).unwrap_err().contains("email or phone"));
        let one_way = r#"{"version":2,"fields":[{"field":"email","direction":"to_ghl"}]}"#;
        assert!(parse(one_way).unwrap_err().contains("both ways"));
    }

    #[test]
    fn what_cannot_be_carried_out_is_refused_with_the_reason() {
        let pair =
            |more: &str| format!(r#"{{"field":"b","helloleads":"deal_size","ghl":"customFields.a1"{more}}}"#);
        let cases = [
            (pair("").replace("\"b\"", "\"Budget\""), "a name of its own"),
            (pair("").replace("deal_size", "dealsize"), "custfields.<id>"),
            (pair("").replace("customFields.a1", "a1"), "customFields.<id>"),
            (format!("{},{}", pair(""), pair("").replace("\"b\"", "\"c\"")), "same field of HelloLeads"),
            (format!("{},{}", pair(""), pair("")), "mapped twice"),
            (pair("").replace("deal_size", "name"), "\"first_name\" stand in the same field of HelloLeads"),
            (pair(r#","transform":{"as":"constant","value":"x"}"#), "cannot be undone"),
            (pair(r#","default":"x""#), "cannot be told from a typed value"),
            (pair(r#","transform":{"as":"options","options":[]}"#), "is empty"),
            (
                pair(
                    r#","transform":{"as":"options","options":[{"helloleads":"Hot","ghl":"A"},{"helloleads":"Warm","ghl":"a"}]}"#,
                ),
                "the option \"a\" of GHL stands in the table twice",
            ),
            (pair(r#","transform":{"as":"rot13"}"#), "rot13"),
            (pair(r#","direction":"sideways""#), "sideways"),
            (r#"{"field":"phone","transform":{"as":"upper"}}"#.to_owned(), "has a form of its own"),
            (r#"{"field":"phone","default":"1","direction":"to_ghl"}"#.to_owned(), "has a form of its own"),
        ];
        for (field, expected) in cases {
            let error = with(&field).expect_err(&field);
            assert!(error.contains(expected), "{field}: {error}");
        }
        let many_to_one = r#","direction":"to_ghl","transform":{"as":"options","options":[{"helloleads":"Hot","ghl":"A"},{"helloleads":"Warm","ghl":"A"}]}"#;
        assert!(with(&pair(many_to_one)).is_ok(), "one way, two words may become one");
    }

    #[test]
    fn one_source_may_have_two_targets() {
        let to = |name: &str, id: &str| {
            format!(
                r#"{{"field":"{name}","helloleads":"deal_size","ghl":"customFields.{id}","direction":"to_ghl"}}"#
            )
        };
        assert!(with(&format!("{},{}", to("a", "1"), to("b", "2"))).is_ok());
        assert!(
            with(&format!("{},{}", to("a", "1"), to("b", "1"))).unwrap_err().contains("same field of GHL")
        );
    }

    #[test]
    fn a_version_that_is_not_known_is_refused_and_an_older_one_is_read() {
        let error = parse(r#"{"version":3,"fields":[]}"#).unwrap_err();
        assert!(error.contains("version 3") && error.contains("1 to 2"), "{error}");
        assert!(parse(r#"{"version":"two","fields":[]}"#).unwrap_err().contains("no number"));
        let old = parse(
            r#"{"fields":["email","tags"],"custom":[{"name":"b","helloleads":"deal_size","ghl":"customFields.a"}]}"#,
        );
        let pair = r#"{"field":"b","helloleads":"deal_size","ghl":"customFields.a"}"#;
        let new =
            parse(&format!(r#"{{"version":2,"fields":[{{"field":"email"}},{{"field":"tags"}},{pair}]}}"#));
        assert_eq!(old.unwrap(), new.unwrap());
    }

    #[test]
    fn a_mapping_reads_back_as_it_was_written() {
        let full = r#"{"version":2,"fields":[{"field":"email"},{"field":"first_name","transform":{"as":"upper"},"direction":"to_ghl"},
            {"field":"born","helloleads":"custfields.7","ghl":"customFields.b","transform":{"as":"date","helloleads":"DD/MM/YYYY","ghl":"YYYY-MM-DD"}},
            {"field":"from","ghl":"customFields.c","direction":"to_ghl","transform":{"as":"constant","value":"HelloLeads"}},
            {"field":"heat","helloleads":"potential","ghl":"customFields.d","transform":{"as":"options","options":[{"helloleads":"High","ghl":"Hot"}]}}],
            "filter":{"any":[{"what":"tag","is":"is","value":"VIP"},{"what":"heat","is":"filled"}]}}"#;
        for mapping in [Mapping::default(), parse(full).unwrap()] {
            let json = serde_json::to_string(&mapping).unwrap();
            assert_eq!(parse(&json).unwrap(), mapping, "{json}");
            assert_eq!(serde_json::to_string(&parse(&json).unwrap()).unwrap(), json);
        }
        assert!(
            Mapping::default().has(&Field::tag("vip")) && !Mapping::default().has(&Field::custom("budget"))
        );
    }

    #[test]
    fn a_filter_that_gives_no_truth_is_refused_with_the_reason() {
        let filter = |cel: &str| {
            let cel = serde_json::Value::from(cel);
            parse(&format!(r#"{{"version":2,"fields":[{{"field":"email"}}],"filter":{{"cel":{cel}}}}}"#))
        };
        let cases = [
            ("tags ==", "cannot be read at line 1"),
            ("company", "gives a text rather than true or false"),
            ("size(tags)", "gives a number"),
            ("shoe_size == \"9\"", "names \"shoe_size\", which no contact has"),
            ("custom.budget == \"9\"", "which the mapping has no pair for"),
            ("company > 5", "do not go together"),
            ("", "cannot be read"),
        ];
        for (cel, expected) in cases {
            let error = filter(cel).expect_err(cel);
            assert!(error.contains("\"filter\"") && error.contains(expected), "{cel}: {error}");
        }
        assert!(filter(&"x".repeat(1_001)).unwrap_err().contains("longer than 1000"));
        for deep in ["(", "!", "-", "[", "a?b:", "{1:", "!(-", "1+", "1=="] {
            assert!(filter(&deep.repeat(900 / deep.len())).unwrap_err().contains("nested"), "{deep}");
        }
        // What is long without being nested is no danger to the stack.
        for long in ["true&&", "true||", "a.b.", "size(tags)>0&&"] {
            let expression = format!("{}true", long.repeat(900 / long.len()));
            assert!(
                filter(&expression).is_ok()
                    == (expression.starts_with("true") || expression.starts_with("size")),
                "{long}"
            );
        }
        for good in [
            "\"vip\" in tags",
            "country == \"IN\" && stage != \"Lost\"",
            "list.startsWith(\"Web\")",
            "city == \"\"",
        ] {
            assert!(filter(good).is_ok(), "{good}");
        }
    }

    #[test]
    fn a_filter_decides_by_tag_list_stage_and_field() {
        let test = |what: &str, is: &str, value: &str| {
            let test = serde_json::json!({ "what": what, "is": is, "value": value });
            let json = serde_json::json!({ "version": 2, "fields": [{ "field": "email" }, { "field": "city", "helloleads": "interests", "ghl": "customFields.x" }], "filter": { "all": [test] } });
            Mapping::try_from(json).map_err(|error| error.to_string())
        };
        let mut record = Record::from_iter([
            (Field::COMPANY, Value::text("Acme \"A\"")),
            (Field::STAGE, Value::text("Customer")),
            (Field::LIST, Value::text("Website enquiries")),
            (Field::tag("vip"), Value::Set),
        ]);
        record.put_text(Field::custom("city"), Some("Leeds".into()));
        let cases = [
            ("tag", "is", "VIP", true),
            ("tag", "is_not", "vip", false),
            ("tag", "contains", "vi", true),
            ("tag", "blank", "", false),
            ("stage", "is", "Customer", true),
            ("list", "contains", "Website", true),
            ("company", "is", "Acme \"A\"", true),
            ("city", "is", "Leeds", true),
            ("last_name", "blank", "", true),
            ("last_name", "filled", "", false),
        ];
        for (what, is, value, expected) in cases {
            assert_eq!(test(what, is, value).unwrap().lets_in(&record), Ok(expected), "{what} {is} {value}");
        }
        assert!(test("address", "is", "x").unwrap_err().contains("could be tested"));
        assert!(test("stage", "is", " ").unwrap_err().contains("nothing to compare"));
    }
}
