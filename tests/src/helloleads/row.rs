//! A lead as a row: how the API and the relay show it.

use serde_json::{Map, Value, json};

use super::lead::{COLUMNS, Lead};
use super::state::State;
use super::switches::Blank;

/// The spellings of the call `/leadsOrderBy`, which some accounts may see everywhere.
const OTHER_SPELLINGS: [(&str, &str); 3] =
    [("lead_stage", "stage"), ("deal_size", "dealSize"), ("phone", "alternatePhone")];

/// The row in the account's usual spelling.
pub(super) fn row(state: &State, lead: &Lead) -> Value {
    spelled_row(state, lead, state.switches.other_spelling)
}

/// The row, in the other spelling where `other` says so.
pub(super) fn spelled_row(state: &State, lead: &Lead, other: bool) -> Value {
    let mut row = Map::new();
    row.insert("id".to_owned(), json!(lead.id.to_string()));
    for (place, column) in COLUMNS.into_iter().enumerate() {
        row.insert(spelling(column, other).to_owned(), cell(state, lead, place, column));
    }
    // The published sample has this leading space.
    row.insert("list_name".to_owned(), json!(format!(" {}", state.lists[lead.list].name)));
    row.insert("created".to_owned(), json!(state.wall_text(lead.created)));
    row.insert("modified".to_owned(), json!(state.wall_text(lead.modified)));
    row.insert("custfields".to_owned(), custom_fields(state.switches.blank, lead));
    Value::Object(row)
}

fn spelling(column: &'static str, other: bool) -> &'static str {
    let respelled = OTHER_SPELLINGS.iter().find(|(usual, _)| other && *usual == column);
    respelled.map_or(column, |(_, other)| other)
}

fn cell(state: &State, lead: &Lead, place: usize, column: &str) -> Value {
    let text = if column == "mobile" { lead.joined_mobile() } else { lead.text(column).to_owned() };
    if !text.is_empty() {
        return json!(text);
    }
    let null = match state.switches.blank {
        Blank::Null => column != "tags",
        Blank::Empty => false,
        Blank::Mixed => is_even(place as u64 + lead.id),
    };
    if null { Value::Null } else { json!("") }
}

fn custom_fields(blank: Blank, lead: &Lead) -> Value {
    let array = match blank {
        Blank::Null => false,
        Blank::Empty => true,
        Blank::Mixed => is_even(lead.id),
    };
    if lead.custom.is_empty() && array { json!([]) } else { json!(lead.custom) }
}

fn is_even(number: u64) -> bool {
    number.is_multiple_of(2)
}
