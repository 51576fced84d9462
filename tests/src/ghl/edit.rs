//! Writing sent fields into a contact, by GHL's rules. The bodies were checked by [`super::validate`] before.

use serde_json::{Map, Value};

use super::contact::Contact;
use super::location::Location;
use super::refusal::Refusal;
use super::switches::Switches;
use super::{validate, value};

/// Writes `fields` into `contact`; what is not sent stays as it was. On a refusal the contact is half written
/// and must be thrown away.
pub(super) fn apply(
    contact: &mut Contact,
    fields: &Map<String, Value>,
    location: &Location,
    switches: &Switches,
) -> Result<(), Refusal> {
    if let Some(name) = fields.get("name") {
        split_name(contact, name.as_str().unwrap_or_default());
    }
    for (field, value) in fields {
        write(contact, field, value, location, switches)?;
    }
    Ok(())
}

/// The first word is the first name. `firstName` and `lastName`, where they are sent too, are written after it.
fn split_name(contact: &mut Contact, name: &str) {
    let (first, last) = name.trim().split_once(' ').unwrap_or((name.trim(), ""));
    contact.set_text("firstName", first);
    contact.set_text("lastName", last.trim());
}

fn write(
    contact: &mut Contact,
    field: &str,
    sent: &Value,
    location: &Location,
    switches: &Switches,
) -> Result<(), Refusal> {
    let text = sent.as_str();
    match field {
        "name" | "locationId" => {}
        "email" => contact.set_text(field, &text.map(value::email).transpose()?.unwrap_or_default()),
        "phone" => {
            let phone = text.map(|text| value::phone(text, location.settings.country)).transpose()?;
            contact.set_text(field, &phone.unwrap_or_default());
        }
        "country" if sent == "" && switches.empty_country_clears => contact.set_text(field, ""),
        "country" => contact.set_text(field, &text.map(value::country).transpose()?.unwrap_or_default()),
        "dateOfBirth" => contact.date_of_birth = text.map(value::date).transpose()?,
        "dnd" => contact.dnd = sent == true,
        "dndSettings" => contact.dnd_settings = Some(sent.clone()).filter(|sent| !sent.is_null()),
        "inboundDndSettings" => {
            contact.inbound_dnd_settings = Some(sent.clone()).filter(|sent| !sent.is_null());
        }
        "tags" => contact.tags = value::tags(validate::texts(sent)),
        "additionalEmails" => contact.additional_emails = value::tags(validate::texts(sent)),
        "customFields" => write_custom_values(contact, sent, location)?,
        _ => contact.set_text(field, text.unwrap_or_default()),
    }
    Ok(())
}

/// Only the fields that are sent change; an empty value clears its field.
fn write_custom_values(contact: &mut Contact, sent: &Value, location: &Location) -> Result<(), Refusal> {
    for item in sent.as_array().into_iter().flatten() {
        let named = item["id"].as_str().or(item["key"].as_str()).unwrap_or_default();
        let field = location.custom_field(named);
        let field =
            field.ok_or_else(|| Refusal::one_field(format!("Custom field {named} does not exist")))?;
        let id = field["id"].as_str().unwrap_or_default().to_owned();
        let value = item.get("field_value").or_else(|| item.get("fieldValue")).unwrap_or(&Value::Null);
        if is_empty(value) {
            contact.custom_values.remove(&id);
        } else {
            contact.custom_values.insert(id, as_stored(value, field)?);
        }
    }
    Ok(())
}

fn is_empty(value: &Value) -> bool {
    match value {
        Value::Null => true,
        Value::String(text) => text.is_empty(),
        Value::Array(items) => items.is_empty(),
        Value::Object(_) | Value::Bool(_) | Value::Number(_) => false,
    }
}

/// A number sent as text is stored as a number, one choice sent for a list of choices as a list.
fn as_stored(value: &Value, field: &Value) -> Result<Value, Refusal> {
    match (field["dataType"].as_str().unwrap_or_default(), value) {
        ("NUMERICAL" | "MONETORY", Value::String(text)) => {
            let number: Option<serde_json::Number> = text.trim().parse().ok();
            number.map(Value::Number).ok_or_else(|| {
                Refusal::one_field(format!(
                    "{} must be a number",
                    field["fieldKey"].as_str().unwrap_or_default()
                ))
            })
        }
        ("MULTIPLE_OPTIONS" | "CHECKBOX", Value::String(_)) => Ok(Value::Array(vec![value.clone()])),
        _ => Ok(value.clone()),
    }
}
