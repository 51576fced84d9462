//! `/locations/:id/customFields`: what custom fields the location has.

use schemars::JsonSchema;
use serde::Deserialize;
use serde_json::Value as Json;

use super::client::GhlClient;
use super::error::Error;
use super::operation::Operation;
use super::operation::scope::{FIELDS_READ, FIELDS_WRITE};
use crate::action::input::SomeText;
use crate::connection::mapping::catalogue::{Known, Takes};
use crate::connection::mapping::mapped::CONTACT_CUSTOM;
use crate::model::ids::RecordId;

pub const OPERATIONS: &[&Operation] = &[&LIST, &READ, &CREATE, &UPDATE, &DELETE];

pub const LIST: Operation =
    Operation::get::<OfModel>("ghl.custom_field.list", FIELDS_READ, "/locations/{locationId}/customFields")
        .says("Lists the location's custom fields.", r#"{"model": "contact"}"#);

pub const READ: Operation = Operation::get::<OfField>(
    "ghl.custom_field.read",
    FIELDS_READ,
    "/locations/{locationId}/customFields/{fieldId}",
)
.says("Reads a custom field.", r#"{"fieldId": "3sv6UEo51C9Bmpo1cKTq"}"#);

pub const CREATE: Operation = Operation::post::<NewField>(
    "ghl.custom_field.create",
    FIELDS_WRITE,
    "/locations/{locationId}/customFields",
)
.says("Creates a custom field.", r#"{"name": "Level", "dataType": "TEXT", "model": "contact"}"#);

pub const UPDATE: Operation = Operation::put::<ChangedField>(
    "ghl.custom_field.update",
    FIELDS_WRITE,
    "/locations/{locationId}/customFields/{fieldId}",
)
.says("Changes a custom field.", r#"{"fieldId": "3sv6UEo51C9Bmpo1cKTq", "name": "Grade"}"#);

pub const DELETE: Operation = Operation::delete::<OfField>(
    "ghl.custom_field.delete",
    FIELDS_WRITE,
    "/locations/{locationId}/customFields/{fieldId}",
)
.says("Deletes a custom field, with its values.", r#"{"fieldId": "3sv6UEo51C9Bmpo1cKTq"}"#);

#[derive(Deserialize, JsonSchema)]
#[serde(rename_all = "camelCase", deny_unknown_fields)]
#[expect(dead_code, reason = "its form is checked, and the input is sent as it is")]
struct OfModel {
    model: Option<ListedModel>,
}

#[derive(Deserialize, JsonSchema)]
#[serde(rename_all = "camelCase", deny_unknown_fields)]
#[expect(dead_code, reason = "its form is checked, and the input is sent as it is")]
struct OfField {
    field_id: RecordId,
}

#[derive(Deserialize, JsonSchema)]
#[serde(rename_all = "camelCase", deny_unknown_fields)]
#[expect(dead_code, reason = "its form is checked, and the input is sent as it is")]
struct NewField {
    name: SomeText,
    /// TEXT, LARGE_TEXT, NUMERICAL, PHONE, MONETORY, DATE and so on, as GHL spells them.
    data_type: SomeText,
    placeholder: Option<String>,
    accepted_format: Option<Vec<String>>,
    is_multiple_file: Option<bool>,
    max_number_of_files: Option<u32>,
    text_box_list_options: Option<Vec<Json>>,
    position: Option<u32>,
    model: Option<Model>,
}

#[derive(Deserialize, JsonSchema)]
#[serde(rename_all = "camelCase", deny_unknown_fields)]
#[expect(dead_code, reason = "its form is checked, and the input is sent as it is")]
struct ChangedField {
    field_id: RecordId,
    name: SomeText,
    placeholder: Option<String>,
    accepted_format: Option<Vec<String>>,
    is_multiple_file: Option<bool>,
    max_number_of_files: Option<u32>,
    text_box_list_options: Option<Vec<Json>>,
    position: Option<u32>,
    model: Option<Model>,
}

#[derive(Deserialize, JsonSchema)]
#[serde(rename_all = "lowercase")]
enum Model {
    Contact,
    Opportunity,
}

#[derive(Deserialize, JsonSchema)]
#[serde(rename_all = "lowercase")]
enum ListedModel {
    Contact,
    Opportunity,
    All,
}

#[derive(Clone, Debug, Deserialize)]
pub struct CustomField {
    pub id: String,
    #[serde(default)]
    pub name: String,
    /// TEXT, NUMERICAL, DATE … as GHL spells them.
    #[serde(default, rename = "dataType")]
    pub data_type: String,
    #[serde(default, rename = "picklistOptions", deserialize_with = "super::wire::texts")]
    pub options: Vec<String>,
}

impl From<CustomField> for Known {
    fn from(field: CustomField) -> Self {
        let takes = match field.data_type.as_str() {
            "NUMERICAL" | "MONETORY" => Takes::Number,
            "DATE" => Takes::Date,
            "PHONE" => Takes::Phone,
            "SINGLE_OPTIONS" | "RADIO" => Takes::Option,
            "MULTIPLE_OPTIONS" | "CHECKBOX" | "TEXTBOX_LIST" | "FILE_UPLOAD" => Takes::Other,
            _ => Takes::Text,
        };
        Self { end: format!("{CONTACT_CUSTOM}{}", field.id), name: field.name, takes, options: field.options }
    }
}

#[derive(Deserialize)]
#[serde(rename_all = "camelCase")]
struct Answer {
    #[serde(default)]
    custom_fields: Vec<CustomField>,
}

impl GhlClient {
    /// Those of contacts.
    pub async fn custom_fields(&self) -> Result<Vec<CustomField>, Error> {
        let answer: Answer =
            self.send(&LIST.endpoint.call(self.location(), &[]).query("model", "contact")).await?;
        Ok(answer.custom_fields)
    }
}
