//! HelloLeads' JSON. Rows come in two spellings; a blank is `null`, `""`, `{}` or `[]`; a number may be a text.

use serde_json::{Map, Value as Json};

/// A lead as a row: HelloLeads' field names and values.
#[derive(Clone, Debug, Default, PartialEq)]
pub struct Row(pub Map<String, Json>);

impl Row {
    /// The first of these fields that is not blank, as text.
    pub fn text(&self, names: &[&str]) -> Option<String> {
        names.iter().find_map(|name| to_text(self.0.get(*name)?))
    }

    /// Whether any of these fields is there at all, blank or not.
    pub fn has(&self, names: &[&str]) -> bool {
        names.iter().any(|name| self.0.contains_key(*name))
    }

    /// A custom field by its id.
    pub fn custom(&self, id: &str) -> Option<String> {
        to_text(self.0.get("custfields")?.get(id)?)
    }

    pub fn has_custom(&self, id: &str) -> bool {
        self.0.get("custfields").is_some_and(|fields| fields.get(id).is_some())
    }
}

/// A value as text; blanks of any form are none.
pub fn to_text(value: &Json) -> Option<String> {
    match value {
        Json::String(text) => Some(text.trim()).filter(|text| !text.is_empty()).map(str::to_owned),
        Json::Number(number) => Some(number.to_string()),
        Json::Bool(truth) => Some(truth.to_string()),
        Json::Null | Json::Array(_) | Json::Object(_) => None,
    }
}

/// A number that may be written as a text.
pub fn to_number(value: Option<&Json>) -> Option<u64> {
    match value? {
        Json::Number(number) => number.as_u64(),
        Json::String(text) => text.trim().parse().ok(),
        _ => None,
    }
}

#[cfg(test)]
mod tests {
    use serde_json::json;

    use super::*;

    fn row(value: Json) -> Row {
        Row(value.as_object().cloned().unwrap())
    }

    #[test]
    fn every_form_of_a_blank_is_blank() {
        for blank in [json!(null), json!(""), json!("  "), json!({}), json!([])] {
            assert_eq!(row(json!({ "fax": blank })).text(&["fax"]), None, "{blank}");
        }
        assert_eq!(row(json!({ "custfields": [] })).custom("7"), None);
        assert_eq!(row(json!({ "custfields": { "7": "x" } })).custom("7"), Some("x".into()));
    }

    #[test]
    fn the_first_spelling_that_is_there_counts() {
        let names = ["lead_stage", "stage"];
        assert_eq!(row(json!({ "stage": "New" })).text(&names), Some("New".into()));
        assert_eq!(row(json!({ "lead_stage": "Old", "stage": "New" })).text(&names), Some("Old".into()));
    }

    #[test]
    fn a_number_may_be_a_text() {
        assert_eq!(to_number(Some(&json!("3"))), Some(3));
        assert_eq!(to_number(Some(&json!(3))), Some(3));
        assert_eq!(to_number(None), None);
    }
}
