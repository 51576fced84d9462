//! `/locations/:id/tags`: the tags that a location knows.

use schemars::JsonSchema;
use serde::Deserialize;

use super::calendar_groups::Nothing;
use super::operation::scope::{TAGS_READ, TAGS_WRITE};
use super::operation::Operation;
use crate::action::input::SomeText;
use crate::model::ids::RecordId;

pub const OPERATIONS: &[&Operation] = &[&LIST, &READ, &CREATE, &UPDATE, &DELETE];

pub const LIST: Operation =
    Operation::get::<Nothing>("ghl.tag.list", TAGS_READ, "/locations/{locationId}/tags")
        .says("Lists the location's tags.", "{}");

pub const READ: Operation =
    Operation::get::<OfTag>("ghl.tag.read", TAGS_READ, "/locations/{locationId}/tags/{tagId}")
        .says("Reads a tag.", r#"{"tagId": "sNSvQaC7Ivp5Z0bXQUKM"}"#);

pub const CREATE: Operation =
    Operation::post::<NewTag>("ghl.tag.create", TAGS_WRITE, "/locations/{locationId}/tags")
        .says("Creates a tag.", r#"{"name": "partner"}"#);

pub const UPDATE: Operation =
    Operation::put::<ChangedTag>("ghl.tag.update", TAGS_WRITE, "/locations/{locationId}/tags/{tagId}")
        .says("Renames a tag.", r#"{"tagId": "sNSvQaC7Ivp5Z0bXQUKM", "name": "partners"}"#);

pub const DELETE: Operation =
    Operation::delete::<OfTag>("ghl.tag.delete", TAGS_WRITE, "/locations/{locationId}/tags/{tagId}")
        .says("Deletes a tag.", r#"{"tagId": "sNSvQaC7Ivp5Z0bXQUKM"}"#);

#[derive(Deserialize, JsonSchema)]
#[serde(rename_all = "camelCase", deny_unknown_fields)]
#[expect(dead_code, reason = "its form is checked, and the input is sent as it is")]
struct OfTag {
    tag_id: RecordId,
}

#[derive(Deserialize, JsonSchema)]
#[serde(rename_all = "camelCase", deny_unknown_fields)]
#[expect(dead_code, reason = "its form is checked, and the input is sent as it is")]
struct NewTag {
    name: SomeText,
}

#[derive(Deserialize, JsonSchema)]
#[serde(rename_all = "camelCase", deny_unknown_fields)]
#[expect(dead_code, reason = "its form is checked, and the input is sent as it is")]
struct ChangedTag {
    tag_id: RecordId,
    name: SomeText,
}
