//! A GHL contact as a record, and a record as the bodies of GHL's calls.

use std::collections::BTreeSet;

use serde_json::{Map, Value as Json, json};

use super::wire::Contact;
use crate::connection::mapping::Mapping;
use crate::connection::mapping::mapped::{CONTACT_CUSTOM, WHOLE_NAME};
use crate::model::fingerprint::{Fingerprint, FingerprintKey};
use crate::model::ids::ConnectionId;
use crate::model::record::{Address, Change, Field, Record, Value};
use crate::model::side::Side;
use crate::normalise::{address, country, date, email, phone, tag, text};

/// The contact's mapped fields. `region` reads phone numbers that have no country code.
pub fn to_record(contact: &Contact, mapping: &Mapping, region: &str) -> Record {
    let plain = |part: &Option<String>| part.as_deref().and_then(text::normalise);
    let line = |part: &Option<String>| part.clone().unwrap_or_default();
    let (first_name, last_name) = names(contact);
    let address = address::normalise(
        &line(&contact.address1),
        &line(&contact.city),
        &line(&contact.state),
        &line(&contact.postal_code),
    );
    let mut record = Record::default();
    record.put_text(Field::FIRST_NAME, first_name);
    record.put_text(Field::LAST_NAME, last_name);
    record.put_text(Field::EMAIL, contact.email.as_deref().and_then(email::normalise));
    record
        .put_text(Field::PHONE, contact.phone.as_deref().and_then(|number| phone::normalise(number, region)));
    record.put_text(Field::COMPANY, plain(&contact.company_name));
    record.put(Field::ADDRESS, address.map(Value::Address));
    record.put_text(Field::COUNTRY, contact.country.as_deref().and_then(country::normalise));
    record.put_text(Field::WEBSITE, plain(&contact.website));
    record.put_text(Field::DATE_OF_BIRTH, contact.date_of_birth.as_deref().and_then(date::normalise));
    for name in contact.tags.iter().filter_map(|name| tag::normalise(name)) {
        record.put(Field::tag(&name), Some(Value::Set));
    }
    for pair in mapping.custom() {
        record.put_text(pair.field.clone(), pair.end(Side::Ghl).and_then(|end| shown(contact, end)));
    }
    let mut mapped: Record = record
        .iter()
        .filter(|(field, _)| mapping.has(field))
        .map(|(field, value)| (field.clone(), value.clone()))
        .collect();
    for field in
        mapping.fields().iter().filter(|mapped| !matches!(record.get(&mapped.field), Some(Value::Address(_))))
    {
        mapped.put_text(field.field.clone(), field.read(Side::Ghl, record.text(&field.field), region));
    }
    mapped
}

/// What the contact shows in a field that a pair names.
fn shown(contact: &Contact, end: &str) -> Option<String> {
    match end {
        "firstName" => contact.first_name.clone(),
        "lastName" => contact.last_name.clone(),
        WHOLE_NAME => match names(contact) {
            (None, None) => None,
            (first, last) => Some([first, last].into_iter().flatten().collect::<Vec<_>>().join(" ")),
        },
        "companyName" => contact.company_name.clone(),
        "website" => contact.website.clone(),
        custom => {
            let id = custom.strip_prefix(CONTACT_CUSTOM)?;
            contact.custom_fields.iter().find(|value| value.id == id)?.as_text()
        }
    }
}

/// First and last name, or the whole name split where GHL has only that.
fn names(contact: &Contact) -> (Option<String>, Option<String>) {
    let plain = |part: &Option<String>| part.as_deref().and_then(text::normalise);
    match (plain(&contact.first_name), plain(&contact.last_name)) {
        (None, None) => contact.name.as_deref().map_or((None, None), text::split_name),
        names => names,
    }
}

/// The fingerprint of all that a webhook carries of a contact. It needs neither the mapping nor the region, so that
/// the webhook's receiver can make it, and is the same for a webhook's body and a call's answer of one state.
pub fn fingerprint(contact: &Contact, key: &FingerprintKey) -> Fingerprint {
    let plain = |part: &Option<String>| part.as_deref().and_then(text::normalise);
    let digits =
        |number: &str| number.chars().filter(|c| c.is_ascii_digit() || *c == '+').collect::<String>();
    let (first_name, last_name) = names(contact);
    let mut parts: Vec<(String, Option<String>)> = vec![
        ("first_name".into(), first_name),
        ("last_name".into(), last_name),
        ("email".into(), contact.email.as_deref().and_then(email::normalise)),
        ("phone".into(), contact.phone.as_deref().map(digits)),
        ("company".into(), plain(&contact.company_name)),
        ("street".into(), plain(&contact.address1)),
        ("city".into(), plain(&contact.city)),
        ("state".into(), plain(&contact.state)),
        ("postal_code".into(), plain(&contact.postal_code)),
        ("country".into(), plain(&contact.country)),
        ("website".into(), plain(&contact.website)),
        ("date_of_birth".into(), contact.date_of_birth.as_deref().and_then(date::normalise)),
    ];
    let tags: BTreeSet<String> = contact.tags.iter().filter_map(|name| tag::normalise(name)).collect();
    parts.extend(tags.into_iter().map(|name| (format!("tag:{name}"), Some(String::new()))));
    let mut custom: Vec<_> = contact.custom_fields.iter().collect();
    custom.sort_by(|one, other| one.id.cmp(&other.id));
    parts.extend(custom.into_iter().map(|value| (format!("custom:{}", value.id), value.as_text())));
    let present: Vec<(String, String)> =
        parts.into_iter().filter_map(|(name, value)| Some((name, value?))).collect();
    key.of(present.iter().map(|(name, value)| (name.as_str(), value.as_str())))
}

/// The body of `POST /contacts/`: tags go with it, since a create replaces none.
pub fn to_create(record: &Record, mapping: &Mapping, location: &ConnectionId) -> Json {
    let mut body = to_fields(&Change::from(record), mapping);
    body.insert("locationId".into(), json!(location));
    let tags: Vec<&str> = record.tags().collect();
    if !tags.is_empty() {
        body.insert("tags".into(), json!(tags));
    }
    Json::Object(body)
}

/// The body of `PUT /contacts/:id`: the changed fields that its published schema has. `None` where there are none.
pub fn to_update(change: &Change, mapping: &Mapping) -> Option<Json> {
    let mut body = to_fields(change, mapping);
    body.remove("companyName");
    (!body.is_empty()).then_some(Json::Object(body))
}

fn to_fields(change: &Change, mapping: &Mapping) -> Map<String, Json> {
    let mut body = Map::new();
    let mut custom = Vec::new();
    for (field, value) in change.iter().filter(|(field, _)| field.as_tag().is_none()) {
        if *field == Field::ADDRESS {
            put_address(&mut body, value.and_then(Value::as_address));
        } else {
            let common = value.and_then(Value::as_text);
            let told = common.and_then(|common| mapping.write(Side::Ghl, field, common));
            if common.is_some() && told.is_none() {
                continue;
            }
            match mapping.of(field).and_then(|pair| pair.end(Side::Ghl)) {
                Some(end) => put_end(&mut body, &mut custom, end, told.as_deref()),
                None => {
                    name_of(field).into_iter().for_each(|name| put_text(&mut body, name, told.as_deref()))
                }
            }
        }
    }
    if !custom.is_empty() {
        body.insert("customFields".into(), Json::Array(custom));
    }
    body
}

/// Writes into a field that a pair names.
fn put_end(body: &mut Map<String, Json>, custom: &mut Vec<Json>, end: &str, told: Option<&str>) {
    if end == WHOLE_NAME {
        let (first, last) = told.map_or((None, None), text::split_name);
        put_text(body, "firstName", first.as_deref());
        put_text(body, "lastName", last.as_deref());
    } else if let Some(id) = end.strip_prefix(CONTACT_CUSTOM) {
        custom.push(json!({ "id": id, "field_value": told.unwrap_or_default() }));
    } else {
        put_text(body, end, told);
    }
}

/// GHL's name of a standard field.
fn name_of(field: &Field) -> Option<&'static str> {
    let names = [
        (Field::FIRST_NAME, "firstName"),
        (Field::LAST_NAME, "lastName"),
        (Field::EMAIL, "email"),
        (Field::PHONE, "phone"),
        (Field::COMPANY, "companyName"),
        (Field::COUNTRY, "country"),
        (Field::WEBSITE, "website"),
        (Field::DATE_OF_BIRTH, "dateOfBirth"),
    ];
    names.into_iter().find(|(ours, _)| ours == field).map(|(_, theirs)| theirs)
}

/// A blank is `null`, which the schema allows for every field but the country. A country that is no ISO code would
/// have the whole record refused, and is left out.
fn put_text(body: &mut Map<String, Json>, name: &str, text: Option<&str>) {
    let value = match (name, text) {
        ("country", Some(code)) if code.len() != 2 => return,
        ("country", None) => json!(""),
        (_, text) => json!(text),
    };
    body.insert(name.to_owned(), value);
}

/// The lines of an address change together; the postal code is the one that cannot be `null`.
fn put_address(body: &mut Map<String, Json>, address: Option<&Address>) {
    let blank = Address::default();
    let address = address.unwrap_or(&blank);
    let or_null = |line: &str| if line.is_empty() { Json::Null } else { json!(line) };
    body.insert("address1".into(), or_null(&address.street));
    body.insert("city".into(), or_null(&address.city));
    body.insert("state".into(), or_null(&address.state));
    body.insert("postalCode".into(), json!(address.postal_code));
}
