//! A record as both sides understand it: a map from field to normalised value. An absent field is a blank.

use std::borrow::Cow;
use std::collections::BTreeMap;

use jiff::Timestamp;
use serde::{Deserialize, Serialize};

use super::fingerprint::Fingerprint;
use super::ids::RecordId;

/// The name of a field, the same on both sides. A tag is a field of its own (`tag:vip`), and so is a custom field
/// (`custom:budget`), so that nothing but this map has to be merged.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
#[serde(transparent)]
pub struct Field(Cow<'static, str>);

impl Field {
    pub const FIRST_NAME: Self = Self(Cow::Borrowed("first_name"));
    pub const LAST_NAME: Self = Self(Cow::Borrowed("last_name"));
    pub const EMAIL: Self = Self(Cow::Borrowed("email"));
    pub const PHONE: Self = Self(Cow::Borrowed("phone"));
    pub const COMPANY: Self = Self(Cow::Borrowed("company"));
    pub const ADDRESS: Self = Self(Cow::Borrowed("address"));
    pub const COUNTRY: Self = Self(Cow::Borrowed("country"));
    pub const WEBSITE: Self = Self(Cow::Borrowed("website"));
    pub const DATE_OF_BIRTH: Self = Self(Cow::Borrowed("date_of_birth"));

    /// The text of a note; the description of a task or appointment.
    pub const BODY: Self = Self(Cow::Borrowed("body"));
    /// The person who wrote a note.
    pub const AUTHOR: Self = Self(Cow::Borrowed("author"));
    pub const TITLE: Self = Self(Cow::Borrowed("title"));
    /// When a task is due: an instant.
    pub const DUE: Self = Self(Cow::Borrowed("due"));
    /// Set where a task is done.
    pub const COMPLETED: Self = Self(Cow::Borrowed("completed"));
    /// The e-mail address of whoever it is assigned to.
    pub const ASSIGNEE: Self = Self(Cow::Borrowed("assignee"));
    /// From when to when an appointment is, as `<instant>/<instant>`: the two change together.
    pub const TIME: Self = Self(Cow::Borrowed("time"));
    pub const STATUS: Self = Self(Cow::Borrowed("status"));
    pub const PLACE: Self = Self(Cow::Borrowed("place"));

    /// Which list of HelloLeads' a lead stands in, and its stage there, by name: facts that filters look at, and that
    /// are never merged.
    pub const LIST: Self = Self(Cow::Borrowed("fact:list"));
    pub const STAGE: Self = Self(Cow::Borrowed("fact:stage"));

    /// The fields every connection may map, custom fields and tags aside.
    pub const STANDARD: [Self; 9] = [
        Self::FIRST_NAME,
        Self::LAST_NAME,
        Self::EMAIL,
        Self::PHONE,
        Self::COMPANY,
        Self::ADDRESS,
        Self::COUNTRY,
        Self::WEBSITE,
        Self::DATE_OF_BIRTH,
    ];

    /// The field that says that the tag is set; `name` is already normalised.
    pub fn tag(name: &str) -> Self {
        Self(Cow::Owned(format!("tag:{name}")))
    }

    /// A custom field by the name that the mapping gives it.
    pub fn custom(name: &str) -> Self {
        Self(Cow::Owned(format!("custom:{name}")))
    }

    /// A name that stands for itself.
    pub const fn fixed(name: &'static str) -> Self {
        Self(Cow::Borrowed(name))
    }

    pub fn as_fact(&self) -> Option<&str> {
        self.0.strip_prefix("fact:")
    }

    pub fn as_tag(&self) -> Option<&str> {
        self.0.strip_prefix("tag:")
    }

    pub fn as_custom(&self) -> Option<&str> {
        self.0.strip_prefix("custom:")
    }

    pub fn as_str(&self) -> &str {
        &self.0
    }
}

impl std::fmt::Display for Field {
    fn fmt(&self, formatter: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        formatter.write_str(&self.0)
    }
}

/// A normalised value: two values are the same exactly if they are equal.
#[derive(Clone, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
#[serde(rename_all = "lowercase")]
pub enum Value {
    Text(String),
    Address(Address),
    /// What a tag holds: the tag is there.
    Set,
}

/// A postal address: its lines belong together and change together. At least one line is not blank.
#[derive(Clone, Default, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
pub struct Address {
    #[serde(default, skip_serializing_if = "String::is_empty")]
    pub street: String,
    #[serde(default, skip_serializing_if = "String::is_empty")]
    pub city: String,
    #[serde(default, skip_serializing_if = "String::is_empty")]
    pub state: String,
    #[serde(default, skip_serializing_if = "String::is_empty")]
    pub postal_code: String,
}

impl Address {
    pub fn lines(&self) -> [&str; 4] {
        [&self.street, &self.city, &self.state, &self.postal_code]
    }

    /// Whether every line that `other` fills in stands here too.
    pub fn covers(&self, other: &Self) -> bool {
        self.lines().iter().zip(other.lines()).all(|(ours, theirs)| theirs.is_empty() || *ours == theirs)
    }
}

impl Value {
    pub fn text(text: impl Into<String>) -> Self {
        Self::Text(text.into())
    }

    pub fn as_text(&self) -> Option<&str> {
        match self {
            Self::Text(text) => Some(text),
            Self::Address(_) | Self::Set => None,
        }
    }

    pub fn as_address(&self) -> Option<&Address> {
        match self {
            Self::Address(address) => Some(address),
            Self::Text(_) | Self::Set => None,
        }
    }
}

/// Values are people's data: a debug print shows the kind only.
impl std::fmt::Debug for Value {
    fn fmt(&self, formatter: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        formatter.write_str(match self {
            Self::Text(_) => "Text(…)",
            Self::Address(_) => "Address(…)",
            Self::Set => "Set",
        })
    }
}

impl std::fmt::Debug for Address {
    fn fmt(&self, formatter: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        formatter.write_str("Address(…)")
    }
}

/// Field → value; blanks are not in it.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(transparent)]
pub struct Record(BTreeMap<Field, Value>);

impl Record {
    pub fn get(&self, field: &Field) -> Option<&Value> {
        self.0.get(field)
    }

    pub fn text(&self, field: &Field) -> Option<&str> {
        self.get(field).and_then(Value::as_text)
    }

    /// Sets the field, or blanks it.
    pub fn put(&mut self, field: Field, value: Option<Value>) {
        match value {
            Some(value) => self.0.insert(field, value),
            None => self.0.remove(&field),
        };
    }

    /// Sets the field to a text, or blanks it.
    pub fn put_text(&mut self, field: Field, text: Option<String>) {
        self.put(field, text.map(Value::Text));
    }

    pub fn fields(&self) -> impl Iterator<Item = &Field> {
        self.0.keys()
    }

    pub fn iter(&self) -> impl Iterator<Item = (&Field, &Value)> {
        self.0.iter()
    }

    /// The tags set, in order.
    pub fn tags(&self) -> impl Iterator<Item = &str> {
        self.0.keys().filter_map(Field::as_tag)
    }

    pub fn is_empty(&self) -> bool {
        self.0.is_empty()
    }

    /// What is synced of it: all but the facts.
    #[must_use]
    pub fn without_facts(&self) -> Self {
        let synced = self.iter().filter(|(field, _)| field.as_fact().is_none());
        synced.map(|(field, value)| (field.clone(), value.clone())).collect()
    }

    /// This record with `change` applied.
    pub fn with(&self, change: &Change) -> Self {
        let mut changed = self.clone();
        for (field, value) in change.iter() {
            changed.put(field.clone(), value.cloned());
        }
        changed
    }
}

impl FromIterator<(Field, Value)> for Record {
    fn from_iter<I: IntoIterator<Item = (Field, Value)>>(pairs: I) -> Self {
        Self(pairs.into_iter().collect())
    }
}

/// What to write: field → new value, or `None` to blank it. Fields not named stay as they are.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Change(BTreeMap<Field, Option<Value>>);

impl Change {
    pub fn set(&mut self, field: Field, value: Option<Value>) {
        self.0.insert(field, value);
    }

    pub fn get(&self, field: &Field) -> Option<Option<&Value>> {
        self.0.get(field).map(Option::as_ref)
    }

    pub fn iter(&self) -> impl Iterator<Item = (&Field, Option<&Value>)> {
        self.0.iter().map(|(field, value)| (field, value.as_ref()))
    }

    pub fn fields(&self) -> impl Iterator<Item = &Field> {
        self.0.keys()
    }

    pub fn is_empty(&self) -> bool {
        self.0.is_empty()
    }

    /// This change but for one field.
    pub fn without(&self, field: &Field) -> Self {
        let mut left = self.clone();
        left.0.remove(field);
        left
    }
}

impl From<&Record> for Change {
    /// Writes every field of the record.
    fn from(record: &Record) -> Self {
        Self(record.iter().map(|(field, value)| (field.clone(), Some(value.clone()))).collect())
    }
}

/// A record as its side shows it now.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Observed {
    pub id: RecordId,
    pub record: Record,
    /// When its side says it was last changed, where the side says so.
    pub modified: Option<Timestamp>,
    /// A keyed hash of what a webhook or a polled row of this very state would carry.
    pub fingerprint: Fingerprint,
    /// When its side told of it, where that is why it was read.
    pub heard: Option<Timestamp>,
    /// The id across that the record itself names, where our write put it there and the side kept it.
    pub reference: Option<RecordId>,
}
