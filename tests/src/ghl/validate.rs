//! The published request schemas: which properties a body may have, and of which type.
//!
//! A property that a schema does not list is refused, not ignored, and one such property refuses the whole body.

use serde_json::{Map, Value};

use super::refusal::Refusal;

/// What a property takes.
#[derive(Clone, Copy, PartialEq, Eq)]
enum Shape {
    Text,
    TextOrNull,
    Bool,
    Object,
    Tags,
    CustomFields,
}
use Shape::{Bool, CustomFields, Object, Tags, Text, TextOrNull};

/// What create and update take alike.
const BOTH: &[(&str, Shape)] = &[
    ("firstName", TextOrNull),
    ("lastName", TextOrNull),
    ("name", TextOrNull),
    ("email", TextOrNull),
    ("phone", TextOrNull),
    ("address1", TextOrNull),
    ("city", TextOrNull),
    ("state", TextOrNull),
    ("postalCode", Text),
    ("website", TextOrNull),
    ("timezone", TextOrNull),
    ("dnd", Bool),
    ("dndSettings", Object),
    ("inboundDndSettings", Object),
    ("tags", Tags),
    ("customFields", CustomFields),
    ("dateOfBirth", TextOrNull),
    ("country", Text),
];
const CREATE_ONLY: &[(&str, Shape)] = &[
    ("locationId", Text),
    ("gender", Text),
    ("companyName", TextOrNull),
    ("source", Text),
    ("assignedTo", Text),
];
const UPDATE_ONLY: &[(&str, Shape)] = &[("source", TextOrNull), ("assignedTo", TextOrNull)];
/// What people can write beyond the API.
const PERSON_ONLY: &[(&str, Shape)] = &[("additionalEmails", Tags), ("businessId", TextOrNull)];
const TAGS: &[(&str, Shape)] = &[("tags", Tags)];

/// The channels that do-not-disturb settings name, as they are spelled before API version 3.
const CHANNELS: [&str; 6] = ["Call", "Email", "SMS", "WhatsApp", "GMB", "FB"];

pub(super) fn create(body: &Map<String, Value>) -> Result<(), Refusal> {
    let mut complaints = complaints(body, &[BOTH, CREATE_ONLY]);
    if body.get("locationId").is_none_or(|id| id == "") {
        complaints.push("locationId should not be empty".to_owned());
    }
    refuse(complaints)
}

pub(super) fn update(body: &Map<String, Value>) -> Result<(), Refusal> {
    refuse(complaints(body, &[BOTH, UPDATE_ONLY]))
}

/// What a person enters: every field of the API and two more, all of which can be emptied.
pub(super) fn person(fields: &Map<String, Value>) -> Result<(), Refusal> {
    let mut entered = fields.clone();
    entered.retain(|_, value| !value.is_null());
    refuse(complaints(&entered, &[BOTH, CREATE_ONLY, PERSON_ONLY]))
}

/// The body of `POST` and `DELETE .../tags`: the tags as they were sent.
pub(super) fn tags(body: &Map<String, Value>) -> Result<Vec<&str>, Refusal> {
    let mut complaints = complaints(body, &[TAGS]);
    if !body.contains_key("tags") {
        complaints.push("tags must be an array".to_owned());
    }
    refuse(complaints)?;
    Ok(texts(&body["tags"]))
}

/// The texts of an array.
pub(super) fn texts(array: &Value) -> Vec<&str> {
    array.as_array().into_iter().flatten().filter_map(Value::as_str).collect()
}

fn refuse(complaints: Vec<String>) -> Result<(), Refusal> {
    if complaints.is_empty() { Ok(()) } else { Err(Refusal::Unprocessable(complaints)) }
}

fn complaints(body: &Map<String, Value>, schemas: &[&[(&str, Shape)]]) -> Vec<String> {
    let mut complaints = Vec::new();
    for (name, value) in body {
        match schemas.iter().copied().flatten().find(|(known, _)| known == name) {
            Some((_, shape)) => complaints.extend(complaint(name, value, *shape)),
            None => complaints.push(format!("property {name} should not exist")),
        }
    }
    complaints
}

fn complaint(name: &str, value: &Value, shape: Shape) -> Option<String> {
    match shape {
        Text if !value.is_string() => Some(format!("{name} must be a string")),
        TextOrNull if !value.is_string() && !value.is_null() => Some(format!("{name} must be a string")),
        Bool if !value.is_boolean() => Some(format!("{name} must be a boolean value")),
        Object => dnd_complaint(name, value),
        Tags => tags_complaint(name, value),
        CustomFields => custom_fields_complaint(value),
        Text | TextOrNull | Bool => None,
    }
}

fn tags_complaint(name: &str, value: &Value) -> Option<String> {
    let Some(items) = value.as_array() else { return Some(format!("{name} must be an array")) };
    let all_texts = items.iter().all(Value::is_string);
    (!all_texts).then(|| format!("each value in {name} must be a string"))
}

/// `{channel: {status, message, code}}`.
fn dnd_complaint(name: &str, value: &Value) -> Option<String> {
    let Some(channels) = value.as_object() else { return Some(format!("{name} must be an object")) };
    let known: &[&str] = if name == "inboundDndSettings" { &["all"] } else { &CHANNELS };
    let statuses: &[&str] = if name == "inboundDndSettings" {
        &["active", "inactive"]
    } else {
        &["active", "inactive", "permanent"]
    };
    channels.iter().find_map(|(channel, setting)| {
        if !known.contains(&channel.as_str()) {
            return Some(format!("{name}.property {channel} should not exist"));
        }
        let fits = setting["status"].as_str().is_some_and(|status| statuses.contains(&status));
        (!fits).then(|| format!("{name}.{channel}.status must be one of: {}", statuses.join(", ")))
    })
}

/// `[{id, key, field_value}]`; `fieldValue` is taken too.
fn custom_fields_complaint(value: &Value) -> Option<String> {
    let Some(items) = value.as_array() else { return Some("customFields must be an array".to_owned()) };
    items.iter().enumerate().find_map(|(place, item)| {
        let Some(item) = item.as_object() else {
            return Some(format!("customFields.{place} must be an object"));
        };
        let known = ["id", "key", "field_value", "fieldValue"];
        if let Some(unknown) = item.keys().find(|name| !known.contains(&name.as_str())) {
            return Some(format!("customFields.{place}.property {unknown} should not exist"));
        }
        let named = ["id", "key"].iter().any(|name| item.get(*name).is_some_and(Value::is_string));
        (!named).then(|| format!("customFields.{place}.id must be a string"))
    })
}
