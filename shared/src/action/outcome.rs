//! What became of an action, as the bus is told it: ids and codes, and the answer only where the connection's owner lets
//! values out.

use jiff::Timestamp;
use schemars::JsonSchema;
use serde::{Deserialize, Serialize};
use serde_json::Value as Json;

use super::input::Instant;
use crate::model::ids::{ConnectionId, DeliveryId, RecordId};

/// The detail-types.
pub const DONE: &str = "ActionDone";
pub const REFUSED: &str = "ActionRefused";
pub const UNCERTAIN: &str = "ActionUncertain";

/// EventBridge takes 256 KB for an event; this leaves room for what else stands in it.
const RESULT_MAX: usize = 200_000;
/// The most ids that are named.
const IDS_MAX: usize = 100;

/// The detail of each of the three.
#[derive(Debug, Serialize, JsonSchema)]
pub struct Outcome<'a> {
    /// 1.
    pub version: u32,
    /// None where the event named none that there is.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub connection: Option<&'a ConnectionId>,
    #[schemars(with = "Instant")]
    pub at: Timestamp,
    /// The id of what was asked for.
    pub asked: &'a DeliveryId,
    #[serde(skip_serializing_if = "Option::is_none")]
    pub action: Option<&'a str>,
    /// The records that it was about: made, changed, or found.
    #[serde(skip_serializing_if = "Vec::is_empty")]
    pub ids: Vec<RecordId>,
    /// Why it was not done.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub why: Option<&'a Why>,
    /// What the API answered, where values may be told.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub result: Option<Json>,
    /// The answer is too large for an event.
    #[serde(skip_serializing_if = "std::ops::Not::not")]
    pub result_left_out: bool,
}

/// Why an action was not done. Holds no values.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
pub struct Why {
    pub code: Code,
    pub text: String,
    /// The record that is in the way.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub holder: Option<RecordId>,
}

#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
#[serde(rename_all = "snake_case")]
pub enum Code {
    /// The event itself cannot be read.
    BadEvent,
    NoSuchConnection,
    NoSuchAction,
    BadInput,
    TooLarge,
    /// GHL did not grant the scope that it needs.
    ScopeMissing,
    /// The connection's HelloLeads profile cannot do it.
    ProfileCannot,
    /// The record is not there.
    NotFound,
    /// Another record has the same e-mail or phone.
    Duplicate,
    /// The API refused it.
    Refused,
    /// It failed for too long.
    GivenUp,
}

impl Why {
    pub fn new(code: Code, text: impl Into<String>) -> Self {
        Self { code, text: text.into(), holder: None }
    }
}

impl Outcome<'_> {
    /// Puts the answer in, if it fits.
    pub fn put_result(&mut self, result: Json) {
        if result.to_string().len() > RESULT_MAX {
            self.result_left_out = true;
        } else {
            self.result = Some(result);
        }
    }
}

/// The ids of the records that an answer holds: its own, or those of the records in it.
pub fn ids_in(answer: &Json) -> Vec<RecordId> {
    let mut found = Vec::new();
    match own_id(answer) {
        Some(id) => found.push(id),
        None => collect(answer, &mut found),
    }
    found
}

fn collect(value: &Json, found: &mut Vec<RecordId>) {
    let members: Vec<&Json> = match value {
        Json::Object(members) => members.values().collect(),
        Json::Array(items) => items.iter().collect(),
        _ => return,
    };
    for member in members {
        if found.len() >= IDS_MAX {
            return;
        }
        match (own_id(member), member) {
            (Some(id), _) => found.push(id),
            (None, Json::Array(_)) => collect(member, found),
            _ => {}
        }
    }
}

fn own_id(value: &Json) -> Option<RecordId> {
    let id = ["id", "_id", "lead_id"].iter().find_map(|name| value.get(name))?;
    match id {
        Json::String(id) => RecordId::parse(id).ok(),
        Json::Number(id) => RecordId::parse(&id.to_string()).ok(),
        _ => None,
    }
}

#[cfg(test)]
mod tests {
    use serde_json::json;

    use super::*;

    fn ids(answer: Json) -> Vec<String> {
        ids_in(&answer).iter().map(ToString::to_string).collect()
    }

    #[test]
    fn the_ids_of_an_answer_are_those_of_its_records_and_nothing_else() {
        assert_eq!(ids(json!({ "contact": { "id": "c1", "businessId": "b1" }, "traceId": "t" })), ["c1"]);
        assert_eq!(ids(json!({ "id": "e1", "calendarId": "k1" })), ["e1"]);
        assert_eq!(ids(json!({ "notes": [{ "id": "n1" }, { "id": "n2" }], "count": 2 })), ["n1", "n2"]);
        assert_eq!(ids(json!([{ "_id": "x" }])), ["x"]);
        assert_eq!(ids(json!({ "tags": ["ann@example.com"], "succeded": true })), Vec::<String>::new());
        assert_eq!(ids(json!({ "id": "ann@example.com" })), Vec::<String>::new());
    }

    #[test]
    fn an_answer_that_is_too_large_is_left_out_and_says_so() {
        let asked = DeliveryId::parse("e1").unwrap();
        let mut outcome = Outcome {
            version: 1,
            connection: None,
            at: Timestamp::UNIX_EPOCH,
            asked: &asked,
            action: None,
            ids: Vec::new(),
            why: None,
            result: None,
            result_left_out: false,
        };
        outcome.put_result(json!("x".repeat(RESULT_MAX)));
        assert!(outcome.result.is_none() && outcome.result_left_out);
    }
}
