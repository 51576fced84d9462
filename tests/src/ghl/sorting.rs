//! The order of search results, and the cursor that names a place in it.

use std::cmp::Ordering;

use serde_json::{Value, json};

use super::contact::Contact;
use super::refusal::Refusal;

/// The most fields that a search can be sorted by.
const SORTS_MAX: usize = 2;

#[derive(Debug)]
pub(super) struct Sorting(Vec<Sort>);

#[derive(Debug)]
struct Sort {
    field: Field,
    descending: bool,
}

#[derive(Clone, Copy, Debug)]
enum Field {
    FirstName,
    LastName,
    Business,
    Added,
    Updated,
    Email,
    Dnd,
    Source,
}

impl Sorting {
    /// Reads the `sort` of a search; without one, the newest contacts come first.
    pub fn parse(sort: Option<&Value>) -> Result<Self, Refusal> {
        let Some(sort) = sort else {
            return Ok(Self(vec![Sort { field: Field::Added, descending: true }]));
        };
        let sorts = sort.as_array().ok_or_else(|| Refusal::one_field("sort must be an array"))?;
        if sorts.len() > SORTS_MAX {
            let message = format!("sort must contain no more than {SORTS_MAX} elements");
            return Err(Refusal::one_field(message));
        }
        Ok(Self(sorts.iter().map(Sort::parse).collect::<Result<_, _>>()?))
    }

    /// The contact's place in this order: its sort values, then its id, so that no two places are the same.
    pub fn place(&self, contact: &Contact) -> Vec<Value> {
        let values = self.0.iter().map(|sort| sort.field.value(contact));
        values.chain([json!(contact.id)]).collect()
    }

    /// Compares two places.
    pub fn compare(&self, one: &[Value], other: &[Value]) -> Ordering {
        let directions = self.0.iter().map(|sort| sort.descending).chain([false]);
        one.iter()
            .zip(other)
            .zip(directions)
            .map(|((one, other), descending)| compare(one, other, descending))
            .find(|ordering| ordering.is_ne())
            .unwrap_or(Ordering::Equal)
    }

    /// Reads a `searchAfter`: it must be a place in this very order.
    pub fn cursor(&self, search_after: &Value) -> Result<Vec<Value>, Refusal> {
        let place = search_after.as_array().filter(|place| place.len() == self.0.len() + 1);
        place.cloned().ok_or_else(|| Refusal::one_field("searchAfter does not match the sort"))
    }
}

impl Sort {
    fn parse(sort: &Value) -> Result<Self, Refusal> {
        let name = sort["field"].as_str().unwrap_or_default();
        let field = Field::parse(name);
        let field = field.ok_or_else(|| Refusal::one_field(format!("Invalid sort field - {name}")))?;
        match sort["direction"].as_str() {
            Some("asc") => Ok(Self { field, descending: false }),
            Some("desc") => Ok(Self { field, descending: true }),
            _ => Err(Refusal::one_field("direction must be one of: asc, desc")),
        }
    }
}

impl Field {
    fn parse(name: &str) -> Option<Self> {
        match name {
            "firstNameLowerCase" => Some(Self::FirstName),
            "lastNameLowerCase" => Some(Self::LastName),
            "businessName" => Some(Self::Business),
            "dateAdded" => Some(Self::Added),
            "dateUpdated" => Some(Self::Updated),
            "email" => Some(Self::Email),
            "dnd" => Some(Self::Dnd),
            "source" => Some(Self::Source),
            _ => None,
        }
    }

    /// Null where the contact has nothing in this field.
    fn value(self, contact: &Contact) -> Value {
        let lower = |field: &str| json!(contact.text(field).map(str::to_lowercase));
        match self {
            Self::FirstName => lower("firstName"),
            Self::LastName => lower("lastName"),
            Self::Business => lower("companyName"),
            Self::Added => json!(contact.added.as_millisecond()),
            Self::Updated => json!(contact.updated.as_millisecond()),
            Self::Email => lower("email"),
            Self::Dnd => json!(u8::from(contact.dnd)),
            Self::Source => lower("source"),
        }
    }
}

/// What has no value comes last in either direction.
fn compare(one: &Value, other: &Value, descending: bool) -> Ordering {
    if one.is_null() || other.is_null() {
        return one.is_null().cmp(&other.is_null());
    }
    let ascending = match (one.as_i64(), other.as_i64()) {
        (Some(one), Some(other)) => one.cmp(&other),
        _ => one.as_str().cmp(&other.as_str()),
    };
    if descending { ascending.reverse() } else { ascending }
}
