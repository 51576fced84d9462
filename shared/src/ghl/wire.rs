//! GHL's JSON. Every field may be absent, `null` or empty, and unknown ones are passed over.

use jiff::Timestamp;
use serde::{Deserialize, Deserializer};
use serde_json::Value;

use super::error::Error;
use crate::model::ids::RecordId;

/// A contact, as `GET`, `POST` and `PUT` answer it and as a webhook carries it.
#[derive(Clone, Debug, Default, Deserialize)]
#[serde(rename_all = "camelCase", default)]
pub struct Contact {
    pub id: Option<RecordId>,
    #[serde(deserialize_with = "text")]
    pub name: Option<String>,
    #[serde(deserialize_with = "text")]
    pub first_name: Option<String>,
    #[serde(deserialize_with = "text")]
    pub last_name: Option<String>,
    #[serde(deserialize_with = "text")]
    pub email: Option<String>,
    #[serde(deserialize_with = "text")]
    pub phone: Option<String>,
    #[serde(deserialize_with = "text")]
    pub company_name: Option<String>,
    #[serde(deserialize_with = "text")]
    pub address1: Option<String>,
    #[serde(deserialize_with = "text")]
    pub city: Option<String>,
    #[serde(deserialize_with = "text")]
    pub state: Option<String>,
    #[serde(deserialize_with = "text")]
    pub postal_code: Option<String>,
    #[serde(deserialize_with = "text")]
    pub country: Option<String>,
    #[serde(deserialize_with = "text")]
    pub website: Option<String>,
    #[serde(deserialize_with = "text")]
    pub date_of_birth: Option<String>,
    #[serde(deserialize_with = "texts")]
    pub tags: Vec<String>,
    #[serde(deserialize_with = "custom_values")]
    pub custom_fields: Vec<CustomValue>,
    #[serde(deserialize_with = "instant")]
    pub date_updated: Option<Timestamp>,
}

/// The value of a custom field: a text, number, list or object, by the field's type.
#[derive(Clone, Debug, Default, Deserialize)]
#[serde(default)]
pub struct CustomValue {
    pub id: String,
    #[serde(alias = "fieldValue", alias = "field_value")]
    pub value: Value,
}

impl CustomValue {
    /// The value as one text: a list's items, or an object's values, with a comma between.
    pub fn as_text(&self) -> Option<String> {
        to_text(&self.value)
    }
}

fn to_text(value: &Value) -> Option<String> {
    let joined = |values: Vec<String>| (!values.is_empty()).then(|| values.join(", "));
    match value {
        Value::Null => None,
        Value::String(text) => crate::normalise::text::normalise(text),
        Value::Number(number) => Some(number.to_string()),
        Value::Bool(truth) => Some(truth.to_string()),
        Value::Array(items) => joined(items.iter().filter_map(to_text).collect()),
        Value::Object(members) => joined(members.values().filter_map(to_text).collect()),
    }
}

/// The contact that a note, task or appointment names by its id.
pub fn contact_of(id: &RecordId) -> Result<RecordId, Error> {
    id.contact().ok_or(Error::Decode { path: "contactId".to_owned() })
}

/// `{"contact": …}`
#[derive(Debug, Deserialize)]
pub struct ContactAnswer {
    #[serde(default)]
    pub contact: Option<Contact>,
}

/// A text; a number where a text belongs is taken as its digits; anything else is blank.
fn text<'de, D: Deserializer<'de>>(deserializer: D) -> Result<Option<String>, D::Error> {
    Ok(match Value::deserialize(deserializer)? {
        Value::String(text) if !text.trim().is_empty() => Some(text),
        Value::Number(number) => Some(number.to_string()),
        _ => None,
    })
}

pub(super) fn texts<'de, D: Deserializer<'de>>(deserializer: D) -> Result<Vec<String>, D::Error> {
    Ok(match Value::deserialize(deserializer)? {
        Value::Array(items) => {
            items.into_iter().filter_map(|item| item.as_str().map(str::to_owned)).collect()
        }
        _ => Vec::new(),
    })
}

fn custom_values<'de, D: Deserializer<'de>>(deserializer: D) -> Result<Vec<CustomValue>, D::Error> {
    Ok(match Value::deserialize(deserializer)? {
        Value::Array(items) => {
            items.into_iter().filter_map(|item| serde_json::from_value(item).ok()).collect()
        }
        _ => Vec::new(),
    })
}

/// An instant as ISO 8601 or as milliseconds since the epoch.
fn instant<'de, D: Deserializer<'de>>(deserializer: D) -> Result<Option<Timestamp>, D::Error> {
    Ok(match Value::deserialize(deserializer)? {
        Value::String(text) => text.parse().ok(),
        Value::Number(number) => number.as_i64().and_then(|millis| Timestamp::from_millisecond(millis).ok()),
        _ => None,
    })
}
