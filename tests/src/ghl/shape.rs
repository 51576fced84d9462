//! The shapes in which a contact is shown: each call has its own, and they do not agree with each other.

use jiff::Timestamp;
use jiff::civil::Date;
use serde_json::{Map, Value, json};

use super::contact::Contact;

/// The type of every contact that the API makes.
pub(super) const CONTACT_TYPE: &str = "lead";

/// ISO 8601 in UTC with milliseconds.
pub(super) fn instant(at: Timestamp) -> String {
    at.strftime("%Y-%m-%dT%H:%M:%S%.3fZ").to_string()
}

/// As `GET`, `PUT` and the deprecated lists show it: empty fields are absent, the date of birth is a date.
pub(super) fn as_read(contact: &Contact) -> Value {
    let mut shown = texts(contact);
    add_lower_cased(&mut shown, contact);
    add(&mut shown, "name", contact.name());
    add(&mut shown, "dateOfBirth", contact.date_of_birth.map(|date| date.to_string()));
    add(&mut shown, "attributionSource", contact.attribution.clone());
    let additional = contact.additional_emails.iter().map(|email| json!({"email": email}));
    shown.insert("additionalEmails".to_owned(), additional.collect());
    add_rest(&mut shown, contact);
    add_dates(&mut shown, contact);
    Value::Object(shown)
}

/// As the answer to a create shows it: the date of birth is an instant, and there is no `name`.
pub(super) fn as_created(contact: &Contact) -> Value {
    let mut shown = texts(contact);
    add_lower_cased(&mut shown, contact);
    add(&mut shown, "dateOfBirth", contact.date_of_birth.map(midnight));
    add(&mut shown, "birthMonth", contact.date_of_birth.map(|date| json!(date.month())));
    add(&mut shown, "birthDay", contact.date_of_birth.map(|date| json!(date.day())));
    for flag in ["deleted", "bounceEmail", "unsubscribeEmail"] {
        shown.insert(flag.to_owned(), json!(false));
    }
    add_rest(&mut shown, contact);
    add_dates(&mut shown, contact);
    Value::Object(shown)
}

/// As a search shows it: names only in lower case, `address` in place of `address1`, empty fields null.
pub(super) fn as_found(contact: &Contact, search_after: &[Value]) -> Value {
    let mut shown: Map<String, Value> = FOUND_TEXTS
        .iter()
        .map(|field| ((*field).to_owned(), contact.text(field).map_or(Value::Null, Value::from)))
        .collect();
    let lower_cased =
        |field: &str| contact.text(field).map_or(Value::Null, |name| json!(name.to_lowercase()));
    let own = json!({
        "address": contact.text("address1"),
        "businessName": contact.text("companyName"),
        "firstNameLowerCase": lower_cased("firstName"),
        "lastNameLowerCase": lower_cased("lastName"),
        "dateOfBirth": contact.date_of_birth.map(midnight),
        "additionalEmails": contact.additional_emails.iter().map(|email| json!({"email": email})).collect::<Value>(),
        "additionalPhones": [],
        "phoneLabel": null,
        "validEmail": null,
        "followers": contact.followers,
        "searchAfter": search_after,
    });
    shown.extend(own.as_object().cloned().unwrap_or_default());
    add_rest(&mut shown, contact);
    add_dates(&mut shown, contact);
    Value::Object(shown)
}

const FOUND_TEXTS: [&str; 10] = [
    "email",
    "phone",
    "city",
    "state",
    "country",
    "postalCode",
    "website",
    "source",
    "companyName",
    "assignedTo",
];

/// As a webhook carries it: flat, empty fields absent, and with no `dateUpdated` or `timezone`.
pub(super) fn as_hook(contact: &Contact) -> Map<String, Value> {
    let mut shown = texts(contact);
    for hidden in ["timezone", "gender", "businessId"] {
        shown.remove(hidden);
    }
    add(&mut shown, "name", contact.name());
    add(&mut shown, "dateOfBirth", contact.date_of_birth.map(midnight));
    add(&mut shown, "attributionSource", contact.attribution.clone());
    add_rest(&mut shown, contact);
    for hidden in ["dndSettings", "type"] {
        shown.remove(hidden);
    }
    // An unset flag counts as empty here.
    if !contact.dnd {
        shown.remove("dnd");
    }
    shown.insert("dateAdded".to_owned(), json!(instant(contact.added)));
    shown
}

fn texts(contact: &Contact) -> Map<String, Value> {
    contact.text.iter().map(|(field, text)| (field.clone(), json!(text))).collect()
}

fn add(shown: &mut Map<String, Value>, field: &str, value: Option<impl Into<Value>>) {
    if let Some(value) = value {
        shown.insert(field.to_owned(), value.into());
    }
}

fn add_lower_cased(shown: &mut Map<String, Value>, contact: &Contact) {
    let lower = |text: Option<&str>| text.map(str::to_lowercase);
    add(shown, "emailLowerCase", lower(contact.text("email")));
    add(shown, "firstNameLowerCase", lower(contact.text("firstName")));
    add(shown, "lastNameLowerCase", lower(contact.text("lastName")));
    add(shown, "fullNameLowerCase", lower(contact.name().as_deref()));
}

/// What every shape has alike.
fn add_rest(shown: &mut Map<String, Value>, contact: &Contact) {
    let custom = contact.custom_values.iter().map(|(id, value)| json!({"id": id, "value": value}));
    shown.insert("id".to_owned(), json!(contact.id));
    shown.insert("locationId".to_owned(), json!(contact.location));
    shown.insert("type".to_owned(), json!(CONTACT_TYPE));
    shown.insert("dnd".to_owned(), json!(contact.dnd));
    add(shown, "dndSettings", contact.dnd_settings.clone());
    shown.insert("tags".to_owned(), json!(contact.tags));
    shown.insert("customFields".to_owned(), custom.collect());
}

fn add_dates(shown: &mut Map<String, Value>, contact: &Contact) {
    shown.insert("dateAdded".to_owned(), json!(instant(contact.added)));
    shown.insert("dateUpdated".to_owned(), json!(instant(contact.updated)));
}

fn midnight(date: Date) -> String {
    format!("{date}T00:00:00.000Z")
}
