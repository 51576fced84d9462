//! The account's custom fields. The one call of the key's that stands outside of its address's path; what it answers is
//! known from other people's clients only, so that everything but the id may be absent.

use serde_json::Value as Json;

use super::client::HelloLeadsClient;
use super::error::Error;
use super::wire::to_text;
use crate::connection::helloleads::Profile;
use crate::connection::mapping::catalogue::{Known, Takes};
use crate::connection::mapping::mapped::LEAD_CUSTOM;

impl HelloLeadsClient {
    /// `GET /api/getCustomFields?list_key=`, or what `v1` has in its place.
    pub async fn custom_fields(&self, list: &str) -> Result<Vec<Known>, Error> {
        let path = &self.settings().paths.list_custom_fields;
        let body = match self.settings().profile {
            Profile::V1 => self.get(path, &[("list_ids", list)]).await?,
            Profile::Key | Profile::Relay => self.get_at_host(path, &[("list_key", list)]).await?,
        };
        let fields = ["customFields", "custom_fields"].iter().find_map(|name| body.get(*name)?.as_array());
        let fields = fields.ok_or(Error::Decode { what: "customFields" })?;
        Ok(fields.iter().filter_map(to_known).collect())
    }
}

fn to_known(field: &Json) -> Option<Known> {
    let text = |name: &str| to_text(field.get(name)?);
    let id = text("id")?;
    let option = |option: &Json| to_text(option).or_else(|| to_text(option.get("name")?));
    let options: Vec<String> =
        field.get("options").and_then(Json::as_array).into_iter().flatten().filter_map(option).collect();
    let kind = text("type").unwrap_or_default().to_lowercase();
    let takes = match kind.as_str() {
        "number" | "currency" => Takes::Number,
        "date" => Takes::Date,
        "checkbox" | "multiselect" | "file" => Takes::Other,
        _ if options.is_empty() => Takes::Text,
        _ => Takes::Option,
    };
    Some(Known { end: format!("{LEAD_CUSTOM}{id}"), name: text("name").unwrap_or(id), takes, options })
}
