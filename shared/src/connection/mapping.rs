//! Which fields a connection keeps the same.

use std::collections::BTreeSet;

use serde::{Deserialize, Serialize};

use crate::model::record::Field;

/// The fields chosen. A `Mapping` that exists names only fields that both sides have.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(try_from = "MappingText", into = "MappingText")]
pub struct Mapping {
    standard: BTreeSet<Field>,
    tags: bool,
    custom: Vec<CustomPair>,
}

/// One custom field of each side that hold the same thing.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct CustomPair {
    /// Our name for it: lower-case letters, digits and `_`.
    pub name: String,
    /// `custfields.<id>`, or one of [`LEAD_EXTRAS`].
    pub helloleads: String,
    /// `customFields.<id>`, the id as `GET /locations/:id/customFields` gives it.
    pub ghl: String,
}

/// Fields of a lead that GHL has no home for, and that may be mapped to a GHL custom field.
pub const LEAD_EXTRAS: [&str; 7] =
    ["designation", "phone", "address_line2", "interests", "category", "potential", "deal_size"];

/// A mapping that cannot be used.
#[derive(Debug, thiserror::Error, PartialEq, Eq)]
pub enum BadMapping {
    #[error("the mapping names the field \"{name}\", which does not exist; the fields are {known}")]
    UnknownField { name: String, known: String },
    #[error("the mapping must hold email or phone: contacts are recognised by them")]
    NoIdentity,
    #[error("the custom field \"{name}\" must have a name of a-z, 0-9 and _ that no other has")]
    BadName { name: String },
    #[error(
        "the custom field \"{name}\" names \"{theirs}\" in HelloLeads; write custfields.<id> or one of {known}"
    )]
    UnknownLeadField { name: String, theirs: String, known: String },
    #[error("the custom field \"{name}\" names \"{theirs}\" in GHL; write customFields.<id>")]
    UnknownContactField { name: String, theirs: String },
    #[error("the custom field \"{name}\" is mapped twice on {side}")]
    MappedTwice { name: String, side: crate::model::side::Side },
}

/// A mapping as JSON: `{"fields": ["email", …, "tags"], "custom": [{"name", "helloleads", "ghl"}]}`.
#[derive(Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
struct MappingText {
    fields: Vec<String>,
    #[serde(default)]
    custom: Vec<CustomPair>,
}

const TAGS: &str = "tags";

impl Default for Mapping {
    /// Every standard field and the tags.
    fn default() -> Self {
        Self { standard: Field::STANDARD.into_iter().collect(), tags: true, custom: Vec::new() }
    }
}

impl Mapping {
    /// # Errors
    /// [`BadMapping`] says which name is wrong and what may stand there.
    pub fn parse(fields: &[String], custom: Vec<CustomPair>) -> Result<Self, BadMapping> {
        let mut standard = BTreeSet::new();
        for name in fields.iter().filter(|name| *name != TAGS) {
            let known = Field::STANDARD.into_iter().find(|field| field.as_str() == name);
            standard.insert(known.ok_or_else(|| BadMapping::UnknownField {
                name: name.clone(),
                known: format!(
                    "{}, {TAGS}",
                    Field::STANDARD.map(|field| field.as_str().to_owned()).join(", ")
                ),
            })?);
        }
        if !standard.contains(&Field::EMAIL) && !standard.contains(&Field::PHONE) {
            return Err(BadMapping::NoIdentity);
        }
        check_custom(&custom)?;
        Ok(Self { standard, tags: fields.iter().any(|name| name == TAGS), custom })
    }

    pub fn has(&self, field: &Field) -> bool {
        if field.as_tag().is_some() {
            return self.tags;
        }
        match field.as_custom() {
            Some(name) => self.custom.iter().any(|pair| pair.name == name),
            None => self.standard.contains(field),
        }
    }

    pub fn has_tags(&self) -> bool {
        self.tags
    }

    pub fn custom(&self) -> &[CustomPair] {
        &self.custom
    }

    /// The GHL custom field ids that the mapping names.
    pub fn ghl_custom_ids(&self) -> impl Iterator<Item = (&CustomPair, &str)> {
        self.custom.iter().filter_map(|pair| Some((pair, pair.ghl.strip_prefix("customFields.")?)))
    }
}

fn check_custom(custom: &[CustomPair]) -> Result<(), BadMapping> {
    use crate::model::side::Side;
    for (place, pair) in custom.iter().enumerate() {
        let name = pair.name.clone();
        let plain = |byte: u8| byte.is_ascii_lowercase() || byte.is_ascii_digit() || byte == b'_';
        let earlier = &custom[..place];
        if name.is_empty() || !name.bytes().all(plain) || earlier.iter().any(|other| other.name == name) {
            return Err(BadMapping::BadName { name });
        }
        let lead_field = pair.helloleads.strip_prefix("custfields.").is_some_and(|id| !id.is_empty());
        if !lead_field && !LEAD_EXTRAS.contains(&pair.helloleads.as_str()) {
            let (theirs, known) = (pair.helloleads.clone(), LEAD_EXTRAS.join(", "));
            return Err(BadMapping::UnknownLeadField { name, theirs, known });
        }
        if pair.ghl.strip_prefix("customFields.").is_none_or(str::is_empty) {
            return Err(BadMapping::UnknownContactField { name, theirs: pair.ghl.clone() });
        }
        if earlier.iter().any(|other| other.helloleads == pair.helloleads) {
            return Err(BadMapping::MappedTwice { name, side: Side::HelloLeads });
        }
        if earlier.iter().any(|other| other.ghl == pair.ghl) {
            return Err(BadMapping::MappedTwice { name, side: Side::Ghl });
        }
    }
    Ok(())
}

impl TryFrom<MappingText> for Mapping {
    type Error = BadMapping;
    fn try_from(text: MappingText) -> Result<Self, BadMapping> {
        Self::parse(&text.fields, text.custom)
    }
}

impl From<Mapping> for MappingText {
    fn from(mapping: Mapping) -> Self {
        let tags = mapping.tags.then(|| TAGS.to_owned());
        let fields = mapping.standard.iter().map(|field| field.as_str().to_owned()).chain(tags).collect();
        Self { fields, custom: mapping.custom }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn parse(json: &str) -> Result<Mapping, String> {
        serde_json::from_str(json).map_err(|error| error.to_string())
    }

    #[test]
    fn an_unknown_field_is_refused_with_the_list_of_known_ones() {
        let error = parse(r#"{"fields":["email","shoe_size"]}"#).unwrap_err();
        assert!(
            error.contains("shoe_size") && error.contains("first_name") && error.contains("tags"),
            "{error}"
        );
    }

    #[test]
    fn a_mapping_without_email_and_phone_is_refused() {
        assert!(parse(r#"{"fields":["first_name"]}"#).unwrap_err().contains("email or phone"));
    }

    #[test]
    fn a_custom_field_must_exist_on_both_sides_and_once() {
        let custom = |pairs: &str| parse(&format!(r#"{{"fields":["email"],"custom":[{pairs}]}}"#));
        let good = r#"{"name":"budget","helloleads":"deal_size","ghl":"customFields.a1"}"#;
        assert!(custom(good).is_ok());
        let cases = [
            (r#"{"name":"Budget","helloleads":"deal_size","ghl":"customFields.a1"}"#, "must have a name"),
            (r#"{"name":"b","helloleads":"dealsize","ghl":"customFields.a1"}"#, "custfields.<id>"),
            (r#"{"name":"b","helloleads":"deal_size","ghl":"a1"}"#, "customFields.<id>"),
            (r#"{"name":"b","helloleads":"deal_size","ghl":"customFields.z"}"#, "twice on HelloLeads"),
            (r#"{"name":"b","helloleads":"potential","ghl":"customFields.a1"}"#, "twice on GHL"),
        ];
        for (second, expected) in cases {
            let error = custom(&format!("{good},{second}")).unwrap_err();
            assert!(error.contains(expected), "{second}: {error}");
        }
    }

    #[test]
    fn a_mapping_reads_back_as_it_was_written() {
        let mapping = Mapping::default();
        let json = serde_json::to_string(&mapping).unwrap();
        assert_eq!(parse(&json).unwrap(), mapping);
        assert!(mapping.has(&Field::tag("vip")) && !mapping.has(&Field::custom("budget")));
    }
}
