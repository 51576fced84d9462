//! `/lists`: the account's lists. The call that shows whether key and e-mail are right.

use serde_json::Value as Json;

use super::client::HelloLeadsClient;
use super::error::Error;

/// A list of leads that can be polled and written to.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct List {
    pub key: String,
    pub name: String,
}

impl HelloLeadsClient {
    /// `GET /lists`. Lists without a key, which HelloLeads has, are passed over.
    pub async fn lists(&self) -> Result<Vec<List>, Error> {
        let body = self.get(&self.settings().paths.lists, &[]).await?;
        let lists = body.get("lists").and_then(Json::as_array).ok_or(Error::Decode { what: "lists" })?;
        Ok(lists.iter().filter_map(to_list).collect())
    }
}

fn to_list(list: &Json) -> Option<List> {
    let text = |name: &str| super::wire::to_text(list.get(name)?);
    Some(List { key: text("list_key")?, name: text("name").unwrap_or_default() })
}
