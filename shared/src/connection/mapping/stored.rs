//! A mapping as JSON, versioned: `{"version": 2, "fields": [{"field", "direction", …}], "filter"}`. Version 1, which had
//! no number, listed names and pairs, and is read as what it meant.

use serde::{Deserialize, Serialize};
use serde_json::Value as Json;

use super::Mapping;
use super::direction::Direction;
use super::filter::FilterText;
use super::mapped::{Mapped, TAGS};
use super::problem::{BadMapping, Problem, WHOLE};
use super::transform::Transform;
use crate::model::record::Field;
use crate::model::side::PerSide;

/// The version that is written.
pub const VERSION: u64 = 2;

#[derive(Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
struct Second {
    version: u64,
    fields: Vec<FieldText>,
    #[serde(default, skip_serializing_if = "Option::is_none")]
    filter: Option<FilterText>,
}

#[derive(Clone, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
struct FieldText {
    field: String,
    #[serde(default, skip_serializing_if = "Option::is_none")]
    helloleads: Option<String>,
    #[serde(default, skip_serializing_if = "Option::is_none")]
    ghl: Option<String>,
    #[serde(default)]
    direction: Direction,
    #[serde(default)]
    transform: Transform,
    #[serde(default, skip_serializing_if = "Option::is_none")]
    default: Option<String>,
}

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct First {
    fields: Vec<String>,
    #[serde(default)]
    custom: Vec<Pair>,
}

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct Pair {
    name: String,
    helloleads: String,
    ghl: String,
}

impl TryFrom<Json> for Mapping {
    type Error = BadMapping;

    fn try_from(json: Json) -> Result<Self, BadMapping> {
        let version = match json.get("version") {
            None => 1,
            Some(version) => version
                .as_u64()
                .ok_or_else(|| BadMapping::whole("its version is no number; write \"version\": 2"))?,
        };
        match version {
            1 => read::<First>(without_version(json))?.into_mapping(),
            VERSION => read::<Second>(json)?.into_mapping(),
            other => Err(BadMapping::whole(format!(
                "it has version {other}, and this deployment knows 1 to {VERSION}; deploy the newer one, or export the mapping from this one"
            ))),
        }
    }
}

/// A first version may say that it is one.
fn without_version(mut json: Json) -> Json {
    if let Json::Object(members) = &mut json {
        members.remove("version");
    }
    json
}

fn read<T: serde::de::DeserializeOwned>(json: Json) -> Result<T, BadMapping> {
    serde_path_to_error::deserialize(json).map_err(|error| {
        let (path, told) = (error.path().to_string(), error.inner().to_string());
        BadMapping::whole(format!("it cannot be read at \"{path}\": {told}"))
    })
}

impl First {
    fn into_mapping(self) -> Result<Mapping, BadMapping> {
        let mut fields = Vec::new();
        for name in &self.fields {
            fields.push(Mapped::standard(standard(name)?));
        }
        fields.extend(self.custom.into_iter().map(|Pair { name, helloleads, ghl }| Mapped {
            ends: PerSide::new(Some(helloleads), Some(ghl)),
            ..Mapped::standard(Field::custom(&name))
        }));
        Mapping::try_new(fields, None)
    }
}

fn standard(name: &str) -> Result<Field, BadMapping> {
    let known = || Field::STANDARD.into_iter().chain([TAGS]);
    known().find(|field| field.as_str() == name).ok_or_else(|| {
        let names: Vec<String> = known().map(|field| field.to_string()).collect();
        let text = format!("there is no such field; the fields are {}", names.join(", "));
        BadMapping(vec![Problem::of(name, text)])
    })
}

impl Second {
    fn into_mapping(self) -> Result<Mapping, BadMapping> {
        let mut problems = Vec::new();
        let mut fields = Vec::new();
        for text in self.fields {
            match text.into_mapped() {
                Ok(mapped) => fields.push(mapped),
                Err(BadMapping(wrong)) => problems.extend(wrong),
            }
        }
        match Mapping::try_new(fields, self.filter) {
            Ok(mapping) if problems.is_empty() => Ok(mapping),
            Ok(_) => Err(BadMapping(problems)),
            Err(BadMapping(wrong)) => {
                // A field that could not be read is not missed a second time.
                let wrong = wrong.into_iter().filter(|one| problems.is_empty() || one.of != WHOLE);
                Err(BadMapping(problems.clone().into_iter().chain(wrong).collect()))
            }
        }
    }
}

impl FieldText {
    /// A name with fields of a side beside it is one's own; any other must be a standard field's.
    fn into_mapped(self) -> Result<Mapped, BadMapping> {
        let is_own = self.helloleads.is_some() || self.ghl.is_some();
        let field = if is_own { Field::custom(&self.field) } else { standard(&self.field)? };
        // A form that was not filled in names a blank.
        let filled = |end: Option<String>| end.filter(|end| !end.is_empty());
        let ends = PerSide::new(filled(self.helloleads), filled(self.ghl));
        let (direction, transform, default) = (self.direction, self.transform, self.default);
        Ok(Mapped { field, ends, direction, transform, default })
    }
}

impl From<Mapping> for Json {
    fn from(mapping: Mapping) -> Self {
        let filter = mapping.filter().map(|filter| filter.text().clone());
        let fields = mapping.fields().iter().map(|mapped| FieldText {
            field: mapped.name().to_owned(),
            helloleads: mapped.ends.helloleads.clone(),
            ghl: mapped.ends.ghl.clone(),
            direction: mapped.direction,
            transform: mapped.transform.clone(),
            default: mapped.default.clone(),
        });
        let whole = Second { version: VERSION, fields: fields.collect(), filter };
        serde_json::to_value(whole).expect("names and texts can be written as JSON")
    }
}
