//! The filters of `POST /contacts/search`.

use jiff::Timestamp;
use serde_json::{Map, Value};

use super::contact::Contact;
use super::location::Location;
use super::refusal::Refusal;
use super::shape;

/// The longest value that a filter takes, in characters.
pub(super) const VALUE_CHARS_MAX: usize = 75;

/// Text fields that can be asked for by their own names.
const TEXTS: [&str; 12] = [
    "email",
    "phone",
    "firstName",
    "lastName",
    "address1",
    "city",
    "state",
    "country",
    "postalCode",
    "source",
    "companyName",
    "assignedTo",
];

/// A filter that was understood.
#[derive(Debug)]
pub(super) enum Filter {
    All(Vec<Filter>),
    Any(Vec<Filter>),
    One(Field, Test),
}

#[derive(Debug, PartialEq, Eq)]
pub(super) enum Field {
    Id,
    Text(String),
    Tags,
    Type,
    Dnd,
    Added,
    Updated,
    /// A custom field by its id; asking by its name finds nothing in the real one and is refused here.
    Custom(String),
}

#[derive(Debug)]
pub(super) enum Test {
    Is { value: String, wanted: bool },
    Contains { value: String, wanted: bool },
    Exists(bool),
    Range(Range),
}

/// Instants; an end that is `None` is open.
#[derive(Debug, Default)]
pub(super) struct Range {
    gte: Option<Timestamp>,
    gt: Option<Timestamp>,
    lte: Option<Timestamp>,
    lt: Option<Timestamp>,
}

impl Filter {
    /// Reads the `filters` of a search: all of them must hold.
    pub fn parse(filters: Option<&Value>, location: &Location) -> Result<Self, Refusal> {
        match filters {
            None => Ok(Self::All(Vec::new())),
            Some(filters) => Ok(Self::All(Self::parse_list(filters, location)?)),
        }
    }

    fn parse_list(filters: &Value, location: &Location) -> Result<Vec<Self>, Refusal> {
        let filters = filters.as_array().ok_or_else(|| refused("filters must be an array"))?;
        filters.iter().map(|filter| Self::parse_one(filter, location)).collect()
    }

    fn parse_one(filter: &Value, location: &Location) -> Result<Self, Refusal> {
        let filter = filter.as_object().ok_or_else(|| refused("each value in filters must be an object"))?;
        match filter.get("group").map(Value::as_str) {
            Some(Some("AND")) => Ok(Self::All(Self::parse_list(&filter["filters"], location)?)),
            Some(Some("OR")) => Ok(Self::Any(Self::parse_list(&filter["filters"], location)?)),
            Some(_) => Err(refused("group must be one of: AND, OR")),
            None => {
                let field = Field::parse(text(filter, "field"), location)?;
                let test = Test::parse(&field, text(filter, "operator"), filter.get("value"))?;
                Ok(Self::One(field, test))
            }
        }
    }

    pub fn fits(&self, contact: &Contact) -> bool {
        match self {
            Self::All(filters) => filters.iter().all(|filter| filter.fits(contact)),
            Self::Any(filters) => filters.iter().any(|filter| filter.fits(contact)),
            Self::One(field, test) => test.fits(field, contact),
        }
    }
}

impl Field {
    fn parse(name: &str, location: &Location) -> Result<Self, Refusal> {
        if let Some(id) = name.strip_prefix("customFields.") {
            let known = location.custom_fields.iter().any(|field| field["id"] == id);
            return if known { Ok(Self::Custom(id.to_owned())) } else { Err(unknown_field(name)) };
        }
        match name {
            "id" => Ok(Self::Id),
            "tags" => Ok(Self::Tags),
            "type" => Ok(Self::Type),
            "dnd" => Ok(Self::Dnd),
            "dateAdded" => Ok(Self::Added),
            "dateUpdated" => Ok(Self::Updated),
            _ if TEXTS.contains(&name) => Ok(Self::Text(name.to_owned())),
            _ => Err(unknown_field(name)),
        }
    }

    fn operators(&self) -> &'static [&'static str] {
        match self {
            Self::Id => &["eq", "not_eq"],
            Self::Added | Self::Updated => &["range", "exists", "not_exists"],
            Self::Text(name) if name == "email" => &["eq", "not_eq", "exists", "not_exists"],
            Self::Dnd | Self::Type => &["eq", "not_eq", "exists", "not_exists"],
            Self::Text(_) | Self::Tags | Self::Custom(_) => {
                &["eq", "not_eq", "contains", "not_contains", "exists", "not_exists"]
            }
        }
    }

    /// What the contact holds in this field; nothing where it is empty.
    fn values(&self, contact: &Contact) -> Vec<String> {
        match self {
            Self::Id => vec![contact.id.clone()],
            Self::Text(name) => contact.text(name).map(str::to_owned).into_iter().collect(),
            Self::Tags => contact.tags.clone(),
            Self::Type => vec![shape::CONTACT_TYPE.to_owned()],
            Self::Dnd => vec![contact.dnd.to_string()],
            Self::Added | Self::Updated => vec![self.instant(contact).to_string()],
            Self::Custom(id) => contact.custom_values.get(id).map(spellings).unwrap_or_default(),
        }
    }

    fn instant(&self, contact: &Contact) -> Timestamp {
        if *self == Self::Added { contact.added } else { contact.updated }
    }
}

impl Test {
    fn parse(field: &Field, operator: &str, value: Option<&Value>) -> Result<Self, Refusal> {
        if !field.operators().contains(&operator) {
            return Err(refused(&format!("operator must be one of: {}", field.operators().join(", "))));
        }
        match operator {
            "exists" | "not_exists" => Ok(Self::Exists(operator == "exists")),
            "range" => Ok(Self::Range(Range::parse(value)?)),
            _ => {
                let (value, wanted) = (sent_text(value)?, !operator.starts_with("not_"));
                if operator.ends_with("contains") {
                    Ok(Self::Contains { value, wanted })
                } else {
                    Ok(Self::Is { value, wanted })
                }
            }
        }
    }

    fn fits(&self, field: &Field, contact: &Contact) -> bool {
        let values = field.values(contact);
        match self {
            Self::Is { value, wanted } => values.contains(&as_kept(field, value)) == *wanted,
            Self::Contains { value, wanted } => {
                let part = value.to_lowercase();
                values.iter().any(|held| held.to_lowercase().contains(&part)) == *wanted
            }
            Self::Exists(wanted) => values.is_empty() != *wanted,
            Self::Range(range) => range.holds(field.instant(contact)),
        }
    }
}

impl Range {
    fn parse(value: Option<&Value>) -> Result<Self, Refusal> {
        let ends = value.and_then(Value::as_object).filter(|ends| !ends.is_empty());
        let ends = ends.ok_or_else(|| refused("value must be an object with gte, gt, lte or lt"))?;
        let mut range = Self::default();
        for (end, value) in ends {
            let at = Some(instant(value).ok_or_else(|| refused(&format!("value.{end} must be a date")))?);
            match end.as_str() {
                "gte" => range.gte = at,
                "gt" => range.gt = at,
                "lte" => range.lte = at,
                "lt" => range.lt = at,
                _ => return Err(refused(&format!("value.property {end} should not exist"))),
            }
        }
        Ok(range)
    }

    fn holds(&self, at: Timestamp) -> bool {
        self.gte.is_none_or(|end| at >= end)
            && self.gt.is_none_or(|end| at > end)
            && self.lte.is_none_or(|end| at <= end)
            && self.lt.is_none_or(|end| at < end)
    }
}

/// ISO 8601 text, or milliseconds since the epoch.
fn instant(value: &Value) -> Option<Timestamp> {
    match value {
        Value::String(text) => text.parse().ok(),
        other => Timestamp::from_millisecond(other.as_i64()?).ok(),
    }
}

/// E-mails and tags are kept in lower case and asked for in any.
fn as_kept(field: &Field, value: &str) -> String {
    match field {
        Field::Tags => value.to_lowercase(),
        Field::Text(name) if name == "email" => value.to_lowercase(),
        _ => value.to_owned(),
    }
}

fn sent_text(value: Option<&Value>) -> Result<String, Refusal> {
    let text = value.map(spellings).unwrap_or_default();
    let [text] = text.as_slice() else { return Err(refused("value should not be empty")) };
    if text.chars().count() > VALUE_CHARS_MAX {
        return Err(refused(&format!("value must be shorter than or equal to {VALUE_CHARS_MAX} characters")));
    }
    Ok(text.clone())
}

fn spellings(value: &Value) -> Vec<String> {
    match value {
        Value::Null => Vec::new(),
        Value::String(text) => vec![text.clone()],
        Value::Array(items) => items.iter().flat_map(spellings).collect(),
        Value::Bool(_) | Value::Number(_) | Value::Object(_) => vec![value.to_string()],
    }
}

fn text<'a>(filter: &'a Map<String, Value>, name: &str) -> &'a str {
    filter.get(name).and_then(Value::as_str).unwrap_or_default()
}

fn unknown_field(name: &str) -> Refusal {
    refused(&format!("Invalid field - {name}"))
}

fn refused(message: &str) -> Refusal {
    Refusal::one_field(message)
}
