//! `/locations/:id/customValues`: texts that templates of the location refer to.

use schemars::JsonSchema;
use serde::Deserialize;

use super::calendar_groups::Nothing;
use super::operation::Operation;
use super::operation::scope::{VALUES_READ, VALUES_WRITE};
use crate::action::input::SomeText;
use crate::model::ids::RecordId;

pub const OPERATIONS: &[&Operation] = &[&LIST, &READ, &CREATE, &UPDATE, &DELETE];

pub const LIST: Operation =
    Operation::get::<Nothing>("ghl.custom_value.list", VALUES_READ, "/locations/{locationId}/customValues")
        .says("Lists the location's custom values.", "{}");

pub const READ: Operation = Operation::get::<OfValue>(
    "ghl.custom_value.read",
    VALUES_READ,
    "/locations/{locationId}/customValues/{valueId}",
)
.says("Reads a custom value.", r#"{"valueId": "pMvQZ0eWn3kS2dLrT8xu"}"#);

pub const CREATE: Operation = Operation::post::<NewValue>(
    "ghl.custom_value.create",
    VALUES_WRITE,
    "/locations/{locationId}/customValues",
)
.says("Creates a custom value.", r#"{"name": "Opening hours", "value": "9 to 5"}"#);

pub const UPDATE: Operation = Operation::put::<ChangedValue>(
    "ghl.custom_value.update",
    VALUES_WRITE,
    "/locations/{locationId}/customValues/{valueId}",
)
.says(
    "Changes a custom value.",
    r#"{"valueId": "pMvQZ0eWn3kS2dLrT8xu", "name": "Opening hours", "value": "8 to 6"}"#,
);

pub const DELETE: Operation = Operation::delete::<OfValue>(
    "ghl.custom_value.delete",
    VALUES_WRITE,
    "/locations/{locationId}/customValues/{valueId}",
)
.says("Deletes a custom value.", r#"{"valueId": "pMvQZ0eWn3kS2dLrT8xu"}"#);

#[derive(Deserialize, JsonSchema)]
#[serde(rename_all = "camelCase", deny_unknown_fields)]
#[expect(dead_code, reason = "its form is checked, and the input is sent as it is")]
struct OfValue {
    value_id: RecordId,
}

#[derive(Deserialize, JsonSchema)]
#[serde(rename_all = "camelCase", deny_unknown_fields)]
#[expect(dead_code, reason = "its form is checked, and the input is sent as it is")]
struct NewValue {
    name: SomeText,
    value: String,
}

#[derive(Deserialize, JsonSchema)]
#[serde(rename_all = "camelCase", deny_unknown_fields)]
#[expect(dead_code, reason = "its form is checked, and the input is sent as it is")]
struct ChangedValue {
    value_id: RecordId,
    name: SomeText,
    value: String,
}
