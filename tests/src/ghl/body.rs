//! Checking the bodies that write or search notes, tasks and appointments against their published schemas.

use jiff::Timestamp;
use serde_json::{Map, Value};

use super::refusal::Refusal;

pub(super) type Fields = Map<String, Value>;

/// What a property takes.
#[derive(Clone, Copy)]
pub(super) enum Takes {
    Text,
    /// A text that is not empty.
    SomeText,
    Bool,
    Texts,
    /// A list of anything.
    List,
    Number,
    /// An ISO 8601 instant with its offset.
    Instant,
    OneOf(&'static [&'static str]),
}

/// The properties of a body, by name.
pub(super) type Schema = [(&'static str, Takes)];

/// Refuses a body with a property that the schema does not list, or with one of the wrong type, or without one
/// that is required.
pub(super) fn check(body: &Fields, schema: &Schema, required: &[&str]) -> Result<(), Refusal> {
    let mut complaints: Vec<String> =
        body.iter().filter_map(|(name, value)| complaint(name, value, schema)).collect();
    let missing = required.iter().filter(|name| !body.contains_key(**name));
    complaints.extend(missing.map(|name| format!("{name} should not be empty")));
    if complaints.is_empty() { Ok(()) } else { Err(Refusal::Unprocessable(complaints)) }
}

/// The same for what a person enters, who can empty a field with null.
pub(super) fn check_entered(entered: &Fields, schema: &Schema) -> Result<(), Refusal> {
    let mut filled = entered.clone();
    filled.retain(|_, value| !value.is_null());
    check(&filled, schema, &[])
}

/// Writes `sent` over `fields`; null empties a field.
pub(super) fn write(fields: &mut Fields, sent: Fields) {
    for (name, value) in sent {
        if value.is_null() {
            fields.remove(&name);
        } else {
            fields.insert(name, value);
        }
    }
}

/// The instant of a property that [`check`] has let through.
pub(super) fn instant(body: &Fields, name: &str) -> Option<Timestamp> {
    text(body, name)?.parse().ok()
}

/// The text of a property; `None` where there is none.
pub(super) fn text<'a>(body: &'a Fields, name: &str) -> Option<&'a str> {
    body.get(name).and_then(Value::as_str)
}

fn complaint(name: &str, value: &Value, schema: &Schema) -> Option<String> {
    let Some((_, takes)) = schema.iter().find(|(known, _)| *known == name) else {
        return Some(format!("property {name} should not exist"));
    };
    match takes {
        Takes::SomeText if value == "" => Some(format!("{name} should not be empty")),
        Takes::Text | Takes::SomeText if !value.is_string() => Some(format!("{name} must be a string")),
        Takes::Bool if !value.is_boolean() => Some(format!("{name} must be a boolean value")),
        Takes::Number if !value.is_u64() => Some(format!("{name} must be a positive number")),
        Takes::List if !value.is_array() => Some(format!("{name} must be an array")),
        Takes::Texts if !is_texts(value) => Some(format!("{name} must be an array of strings")),
        Takes::Instant if !is_instant(value) => Some(format!("{name} must be a valid ISO 8601 date string")),
        Takes::OneOf(known) if !value.as_str().is_some_and(|text| known.contains(&text)) => {
            Some(format!("{name} must be one of: {}", known.join(", ")))
        }
        _ => None,
    }
}

fn is_texts(value: &Value) -> bool {
    value.as_array().is_some_and(|items| items.iter().all(Value::is_string))
}

fn is_instant(value: &Value) -> bool {
    value.as_str().is_some_and(|text| text.parse::<Timestamp>().is_ok())
}
