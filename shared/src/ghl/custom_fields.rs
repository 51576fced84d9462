//! `/locations/:id/customFields`: what custom fields the location has.

use serde::Deserialize;

use super::client::{Call, GhlClient};
use super::error::Error;
use crate::connection::mapping::catalogue::{Known, Takes};
use crate::connection::mapping::mapped::CONTACT_CUSTOM;

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
    /// `GET /locations/:id/customFields?model=contact`, scope `locations/customFields.readonly`.
    pub async fn custom_fields(&self) -> Result<Vec<CustomField>, Error> {
        let call =
            Call::get(format!("/locations/{}/customFields", self.location())).query("model", "contact");
        let answer: Answer = self.send(&call).await?;
        Ok(answer.custom_fields)
    }
}
