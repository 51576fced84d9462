//! `/locations/:id/customFields`: what custom fields the location has.

use serde::Deserialize;

use super::client::{Call, GhlClient};
use super::error::Error;

#[derive(Clone, Debug, Deserialize)]
pub struct CustomField {
    pub id: String,
    #[serde(default)]
    pub name: String,
    /// TEXT, NUMERICAL, DATE … as GHL spells them.
    #[serde(default, rename = "dataType")]
    pub data_type: String,
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
