//! A person as a CRM's own screen shows them, in a form in which both CRMs can be compared. Shares no code with the
//! product: it is the judge's eye.

use std::collections::BTreeMap;

use jiff::Timestamp;
use serde_json::Value;

/// What a record shows: the values of the fields that people edit in a storm, blanks left out. A tag is a field.
pub type Fields = BTreeMap<String, String>;

/// The fields that people edit, each with its name in GHL and in HelloLeads.
pub const FIELDS: [(&str, &str, &str); 5] = [
    ("first_name", "firstName", "first_name"),
    ("email", "email", "email"),
    ("phone", "phone", "mobile"),
    ("city", "city", "city"),
    ("website", "website", "website"),
];

/// One record.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Face {
    pub id: String,
    /// The name that nobody ever edits, by which a person is known on both sides.
    pub marker: String,
    pub fields: Fields,
    /// The lead says that its contact was deleted.
    pub marked: bool,
}

pub fn of_contact(contact: &Value) -> Face {
    let mut fields: Fields =
        FIELDS.iter().map(|(name, ghl, _)| ((*name).to_owned(), same(name, &text(contact, ghl)))).collect();
    let tags = contact.get("tags").and_then(Value::as_array).cloned().unwrap_or_default();
    put_tags(&mut fields, tags.iter().filter_map(Value::as_str));
    Face { id: text(contact, "id"), marker: text(contact, "lastName"), fields: filled(fields), marked: false }
}

pub fn of_lead(lead: &Value) -> Face {
    let mut fields: Fields = FIELDS
        .iter()
        .map(|(name, _, theirs)| ((*name).to_owned(), same(name, &text(lead, theirs))))
        .collect();
    put_tags(&mut fields, text(lead, "tags").split(','));
    let marked = text(lead, "notes").contains("deleted in GHL");
    Face { id: text(lead, "id"), marker: text(lead, "last_name"), fields: filled(fields), marked }
}

/// The value as both sides would spell it.
pub fn same(field: &str, value: &str) -> String {
    let value = value.trim();
    match field {
        "email" => value.to_lowercase(),
        "phone" => value.chars().filter(char::is_ascii_digit).collect(),
        "due" | "time" => value.split('/').map(instant).collect::<Vec<_>>().join("/"),
        _ => value.to_owned(),
    }
}

/// The same instant is the same text, whatever its zone.
fn instant(text: &str) -> String {
    text.parse::<Timestamp>().map_or_else(|_| text.to_owned(), |at| at.to_string())
}

fn put_tags<'a>(fields: &mut Fields, tags: impl Iterator<Item = &'a str>) {
    for tag in tags.map(|tag| tag.trim().to_lowercase()).filter(|tag| !tag.is_empty()) {
        fields.insert(format!("tag:{tag}"), "on".to_owned());
    }
}

fn filled(mut fields: Fields) -> Fields {
    fields.retain(|_, value| !value.is_empty());
    fields
}

pub fn text(row: &Value, name: &str) -> String {
    row.get(name).and_then(Value::as_str).unwrap_or_default().to_owned()
}
