//! What somebody asks to change in a lead, read from the fields that they sent.

use serde_json::{Map, Value};

use super::lead::{COLUMNS, Lead, MOBILE_CODE};
use super::state::State;
use super::wire::Refusal;

/// The text fields of `POST /leads`.
pub(super) const CREATE_FIELDS: [&str; 22] = [
    "first_name",
    "last_name",
    "designation",
    "company",
    "email",
    "mobile",
    MOBILE_CODE,
    "phone",
    "fax",
    "address_line1",
    "address_line2",
    "city",
    "state",
    "postal_code",
    "country",
    "website",
    "notes",
    "interests",
    "category",
    "tags",
    "deal_size",
    "potential",
];

/// The fields of `POST /leads` that `PUT /lead/{id}` does not know.
pub(super) const CREATE_ONLY_FIELDS: [&str; 4] = ["fax", "interests", "category", "tags"];

/// Fields that hold names of groups, and refuse special characters.
const GROUP_FIELDS: [&str; 3] = ["interests", "category", "tags"];

const POTENTIALS: [&str; 4] = ["High", "Medium", "Low", "Not Relevant"];

/// New values for some columns of a lead; `""` blanks a column.
#[derive(Default)]
pub(super) struct Edit {
    pub texts: Vec<(&'static str, String)>,
    pub custom: Vec<(String, String)>,
    /// The list to stand in, as its place among the account's lists.
    pub list: Option<usize>,
}

impl Edit {
    /// Reads the `accepted` fields, `custfields` and `list_key`, and ignores all others.
    pub fn parse(
        state: &State,
        fields: &Map<String, Value>,
        accepted: &[&'static str],
    ) -> Result<Self, Refusal> {
        let mut texts = Vec::new();
        for name in accepted {
            if let Some(value) = fields.get(*name) {
                texts.push((*name, text_of(name, value)?));
            }
        }
        Ok(Self { texts, custom: custom_fields(state, fields)?, list: list(state, fields)? })
    }

    /// Reads what a person typed, or what the relay wrote. Both hand over a mobile number as a whole: without
    /// a country code beside it, it has none to be joined with.
    pub fn parse_screen(state: &State, fields: &Map<String, Value>) -> Result<Self, Refusal> {
        let mut edit = Self::parse(state, fields, &screen_fields())?;
        if fields.contains_key("mobile") && !fields.contains_key(MOBILE_CODE) {
            edit.texts.push((MOBILE_CODE, String::new()));
        }
        Ok(edit)
    }

    pub fn drop_blanks(&mut self) {
        self.texts.retain(|(_, text)| !text.is_empty());
        self.custom.retain(|(_, text)| !text.is_empty());
    }

    /// Refuses values that HelloLeads does not take.
    pub fn check(&self) -> Result<(), Refusal> {
        self.texts.iter().filter(|(_, text)| !text.is_empty()).try_for_each(|(name, text)| check(name, text))
    }

    /// Writes the new values into `lead`; a first name beyond `first_name_max` characters is cut.
    pub fn apply(&self, lead: &mut Lead, first_name_max: Option<usize>) {
        for (column, text) in &self.texts {
            match *column {
                "first_name" => {
                    let kept: String = text.chars().take(first_name_max.unwrap_or(usize::MAX)).collect();
                    lead.set(column, &kept);
                }
                "tags" => lead.set(column, &tidy_list(text)),
                _ => lead.set(column, text),
            }
        }
        self.custom.iter().for_each(|(id, text)| lead.set_custom(id, text));
        lead.list = self.list.unwrap_or(lead.list);
    }
}

/// The fields that a person sees on the screen: all columns, the stage by name, and the country code.
pub(super) fn screen_fields() -> Vec<&'static str> {
    COLUMNS.into_iter().chain([MOBILE_CODE]).collect()
}

/// Only ids that the account knows are kept; others vanish without a word.
fn custom_fields(state: &State, fields: &Map<String, Value>) -> Result<Vec<(String, String)>, Refusal> {
    let sent = fields.get("custfields").and_then(Value::as_object).into_iter().flatten();
    sent.filter(|(id, _)| state.custom_fields.contains_key(*id))
        .map(|(id, value)| Ok((id.clone(), text_of(id, value)?)))
        .collect()
}

fn list(state: &State, fields: &Map<String, Value>) -> Result<Option<usize>, Refusal> {
    let key = fields.get("list_key").map_or(Ok(String::new()), |value| text_of("list_key", value))?;
    if key.is_empty() {
        return Ok(None);
    }
    state.list_of_key(&key).map(Some).ok_or_else(|| Refusal::of("Invalid list_key"))
}

/// A text, trimmed; numbers count as texts, and `null` as `""`.
pub(super) fn text_of(name: &str, value: &Value) -> Result<String, Refusal> {
    match value {
        Value::Null => Ok(String::new()),
        Value::String(text) => Ok(text.trim().to_owned()),
        Value::Number(number) => Ok(number.to_string()),
        Value::Bool(_) | Value::Array(_) | Value::Object(_) => {
            Err(Refusal::of(format!("{name} must be a text")))
        }
    }
}

fn check(name: &str, text: &str) -> Result<(), Refusal> {
    let fine = match name {
        "email" => text.split_once('@').is_some_and(|(user, host)| !user.is_empty() && host.contains('.')),
        "potential" => POTENTIALS.contains(&text),
        _ if GROUP_FIELDS.contains(&name) => text.chars().all(is_plain),
        _ => true,
    };
    if fine { Ok(()) } else { Err(Refusal::of(format!("Invalid {name}"))) }
}

/// HelloLeads' own sample has a hyphen in a group's name, so it is not a special character.
fn is_plain(letter: char) -> bool {
    letter.is_alphanumeric() || letter.is_whitespace() || ",-_".contains(letter)
}

/// A comma separated list without blanks, each name once.
fn tidy_list(text: &str) -> String {
    let mut names: Vec<&str> = Vec::new();
    for name in text.split(',').map(str::trim).filter(|name| !name.is_empty()) {
        if !names.contains(&name) {
            names.push(name);
        }
    }
    names.join(",")
}
