//! A contact as GHL keeps it.

use std::collections::BTreeMap;

use jiff::Timestamp;
use jiff::civil::Date;
use serde_json::Value;

/// A contact. Text fields are kept by their API names; an empty one is absent.
#[derive(Clone, Debug, PartialEq)]
pub(super) struct Contact {
    pub id: String,
    pub location: String,
    pub text: BTreeMap<String, String>,
    pub date_of_birth: Option<Date>,
    pub dnd: bool,
    pub dnd_settings: Option<Value>,
    pub inbound_dnd_settings: Option<Value>,
    /// Trimmed, lower-case, in the order in which they were added.
    pub tags: Vec<String>,
    /// Values by the id of their custom field.
    pub custom_values: BTreeMap<String, Value>,
    /// Only people can write these: the API shows them and refuses them.
    pub additional_emails: Vec<String>,
    /// The users who follow it, by their ids.
    pub followers: Vec<String>,
    /// How the contact came to be; the API's own contacts have none.
    pub attribution: Option<Value>,
    pub added: Timestamp,
    pub updated: Timestamp,
    pub deleted: bool,
}

impl Contact {
    pub fn blank(id: String, location: &str, now: Timestamp) -> Self {
        Self {
            id,
            location: location.to_owned(),
            text: BTreeMap::new(),
            date_of_birth: None,
            dnd: false,
            dnd_settings: None,
            inbound_dnd_settings: None,
            tags: Vec::new(),
            custom_values: BTreeMap::new(),
            additional_emails: Vec::new(),
            followers: Vec::new(),
            attribution: None,
            added: now,
            updated: now,
            deleted: false,
        }
    }

    pub fn text(&self, field: &str) -> Option<&str> {
        self.text.get(field).map(String::as_str)
    }

    /// An empty `value` clears the field.
    pub fn set_text(&mut self, field: &str, value: &str) {
        if value.is_empty() {
            self.text.remove(field);
        } else {
            self.text.insert(field.to_owned(), value.to_owned());
        }
    }

    /// First and last name, as far as there are any.
    pub fn name(&self) -> Option<String> {
        match (self.text("firstName"), self.text("lastName")) {
            (Some(first), Some(last)) => Some(format!("{first} {last}")),
            (first, last) => first.or(last).map(str::to_owned),
        }
    }

    /// Do-not-disturb has its own webhook, so that its changes are told apart from others.
    pub fn same_dnd(&self, other: &Self) -> bool {
        let of = |contact: &Self| {
            (contact.dnd, contact.dnd_settings.clone(), contact.inbound_dnd_settings.clone())
        };
        of(self) == of(other)
    }
}
