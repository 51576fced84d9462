//! What an action takes: checked before anything is done, and described as JSON Schema.

use schemars::{JsonSchema, Schema, SchemaGenerator, generate::SchemaSettings, json_schema};
use serde::de::DeserializeOwned;
use serde::{Deserialize, Deserializer};
use serde_json::Value as Json;

use crate::redact::redact;

/// The type of an action's input.
#[derive(Clone, Copy, Debug)]
pub struct Input {
    check: fn(&Json) -> Result<(), BadInput>,
    schema: fn() -> Schema,
}

impl Input {
    pub const fn of<I: DeserializeOwned + JsonSchema>() -> Self {
        Self { check: |input| parse::<I>(input).map(|_| ()), schema: schema_of::<I> }
    }

    /// # Errors
    /// [`BadInput`] says where the input is not as the schema says.
    pub fn check(self, input: &Json) -> Result<(), BadInput> {
        (self.check)(input)
    }

    pub fn schema(self) -> Schema {
        (self.schema)()
    }
}

/// An input that cannot be used. Says where and what was expected, and nothing of what stands there.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
#[error("{place}: {problem}")]
pub struct BadInput {
    pub place: String,
    pub problem: String,
}

impl BadInput {
    pub fn at(place: &str, problem: impl Into<String>) -> Self {
        let place = if place.is_empty() { "input".to_owned() } else { format!("input.{place}") };
        Self { place, problem: problem.into() }
    }
}

/// Reads an input as its type.
///
/// # Errors
/// [`BadInput`] says where it is not as the schema says.
pub fn parse<I: DeserializeOwned>(input: &Json) -> Result<I, BadInput> {
    serde_path_to_error::deserialize(input).map_err(|error| {
        let path = error.path().to_string();
        let place = if path == "." { "" } else { path.as_str() };
        BadInput::at(&redact(place), without_value(&error.inner().to_string()))
    })
}

/// serde says what it found before it says what it expected; what it found is a value of somebody's.
fn without_value(problem: &str) -> String {
    let says_value = ["invalid type", "invalid value", "invalid length", "unknown variant"];
    let expected = problem.split_once("expected ").map(|(_, expected)| format!("expected {expected}"));
    match expected {
        Some(expected) if says_value.iter().any(|start| problem.starts_with(start)) => redact(&expected),
        _ => redact(problem),
    }
}

/// The schema of what is read as this type, as draft 2020-12, whole in itself.
pub fn schema_of<T: JsonSchema>() -> Schema {
    settings().into_generator().into_root_schema_for::<T>()
}

/// The schema of what is written of this type.
pub fn written_schema_of<T: JsonSchema>() -> Schema {
    settings().for_serialize().into_generator().into_root_schema_for::<T>()
}

fn settings() -> SchemaSettings {
    SchemaSettings::draft2020_12().with(|settings| settings.inline_subschemas = true)
}

/// An instant in ISO 8601, with its offset.
#[derive(Clone, Copy, Debug)]
pub struct Instant(pub jiff::Timestamp);

impl<'de> Deserialize<'de> for Instant {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        let text = String::deserialize(deserializer)?;
        let parsed: Result<jiff::Timestamp, _> = text.parse();
        parsed.map(Self).map_err(|_| {
            serde::de::Error::custom("expected an instant with its offset, such as 2026-12-01T15:00:00Z")
        })
    }
}

impl JsonSchema for Instant {
    fn schema_name() -> std::borrow::Cow<'static, str> {
        "Instant".into()
    }

    fn json_schema(_: &mut SchemaGenerator) -> Schema {
        json_schema!({ "type": "string", "format": "date-time" })
    }
}

/// A text that is not blank.
#[derive(Clone, Debug)]
pub struct SomeText(pub String);

impl<'de> Deserialize<'de> for SomeText {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        let text = String::deserialize(deserializer)?;
        if text.trim().is_empty() {
            Err(serde::de::Error::custom("must not be blank"))
        } else {
            Ok(Self(text))
        }
    }
}

impl JsonSchema for SomeText {
    fn schema_name() -> std::borrow::Cow<'static, str> {
        "SomeText".into()
    }

    fn json_schema(_: &mut SchemaGenerator) -> Schema {
        json_schema!({ "type": "string", "pattern": r"\S" })
    }
}

#[cfg(test)]
mod tests {
    use serde_json::json;

    use super::*;
    use crate::model::ids::RecordId;

    #[derive(Deserialize, JsonSchema)]
    #[serde(rename_all = "camelCase", deny_unknown_fields)]
    #[expect(dead_code, reason = "only its form is looked at")]
    struct Example {
        contact_id: RecordId,
        due: Option<Instant>,
        of: Option<Inner>,
    }

    #[derive(Deserialize, JsonSchema)]
    #[expect(dead_code, reason = "only its form is looked at")]
    struct Inner {
        done: bool,
    }

    fn problem(input: Json) -> String {
        Input::of::<Example>().check(&input).unwrap_err().to_string()
    }

    #[test]
    fn a_bad_input_is_named_by_its_place_and_not_by_its_value() {
        let secret = "ann@example.com";
        assert!(Input::of::<Example>().check(&json!({ "contactId": "c1" })).is_ok());
        let of_type = problem(json!({ "contactId": "c1", "of": { "done": secret } }));
        assert_eq!(of_type, "input.of.done: expected a boolean");
        let missing = problem(json!({}));
        assert_eq!(missing, "input: missing field `contactId`");
        let unknown = problem(json!({ "contactId": "c1", "tags": secret }));
        assert_eq!(unknown, "input.tags: unknown field `tags`, expected one of `contactId`, `due`, `of`");
        for bad in [
            json!({ "contactId": secret }),
            json!({ "contactId": "c1", "due": secret }),
            json!(secret),
            json!({ "contactId": "c1", secret: 1 }),
        ] {
            let says = problem(bad);
            assert!(says.starts_with("input") && !says.contains(secret), "{says}");
        }
    }

    #[test]
    fn the_schema_says_what_the_check_does() {
        let schema = Input::of::<Example>().schema();
        let schema = schema.as_value();
        assert_eq!(schema["required"], json!(["contactId"]));
        assert_eq!(schema["additionalProperties"], json!(false));
        assert_eq!(schema["properties"]["contactId"]["type"], "string");
    }
}
