//! `/leads` and `/lead/{id}`: pages of leads, a create, an update. There is no call for one lead, and none to delete.

use http::Method;
use serde_json::{Value as Json, json};

use super::client::{Body, HelloLeadsClient};
use super::error::Error;
use super::wire::{Row, to_number, to_text};
use crate::connection::helloleads::Profile;
use crate::model::ids::RecordId;

/// A page of leads.
#[derive(Clone, Debug, Default)]
pub struct LeadPage {
    pub rows: Vec<Row>,
    pub current: u64,
    pub total: u64,
}

impl LeadPage {
    /// Whether there is a page behind it; an account without leads says that it has no page at all.
    pub fn has_next(&self) -> bool {
        self.current < self.total && !self.rows.is_empty()
    }
}

impl HelloLeadsClient {
    /// `GET /leads?page=N`, with any further query.
    pub async fn leads(&self, page: u64, query: &[(&str, &str)]) -> Result<LeadPage, Error> {
        let number = page.to_string();
        let size =
            self.settings().poll.page_size.as_ref().map(|(name, size)| (name.clone(), size.to_string()));
        let mut whole = vec![("page", number.as_str())];
        whole.extend(size.iter().map(|(name, size)| (name.as_str(), size.as_str())));
        whole.extend_from_slice(query);
        let body = self.get(&self.settings().paths.leads, &whole).await?;
        let rows = body.get("leads").and_then(Json::as_array).ok_or(Error::Decode { what: "leads" })?;
        let paging = |name: &str| to_number(body.get("paging").and_then(|paging| paging.get(name)));
        Ok(LeadPage {
            rows: rows.iter().filter_map(|row| row.as_object().cloned().map(Row)).collect(),
            current: paging("current_page").unwrap_or(page),
            total: paging("total_pages").unwrap_or(page),
        })
    }

    /// `POST /leads`. Success is a 2xx with `status: success` and a `lead_id`, a number or a text.
    pub async fn create_lead(&self, body: &Body) -> Result<RecordId, Error> {
        let answer = self.write(Method::POST, &self.settings().paths.create, body).await?;
        if answer.get("status").and_then(Json::as_str).is_none() {
            return Err(Error::Decode { what: "status" });
        }
        let id = answer.get("lead_id").and_then(to_text).ok_or(Error::Decode { what: "lead_id" })?;
        RecordId::parse(&id).map_err(|_| Error::Decode { what: "lead_id" })
    }

    /// The calls of `v1`: fields, custom fields and tags each have their own.
    async fn update_in_parts(&self, id: &RecordId, mut fields: Body) -> Result<(), Error> {
        let paths = &self.settings().paths;
        let (tags, custom) = (fields.remove("tags"), fields.remove("custfields"));
        let lead = || ("lead_id".to_owned(), json!(id));
        if !fields.is_empty() {
            fields.extend([lead()]);
            self.write(Method::PUT, &paths.update, &fields).await?;
        }
        if let Some(custom) = custom {
            let body = Body::from_iter([lead(), ("custfields".to_owned(), custom)]);
            self.write(Method::PUT, &paths.custom_fields, &body).await?;
        }
        if let Some(tags) = tags {
            let body = Body::from_iter([("lead_ids".to_owned(), json!([id])), ("tags".to_owned(), tags)]);
            self.write(Method::PUT, &paths.tags, &body).await?;
        }
        Ok(())
    }

    /// `PUT /lead/{id}`, the fields named only. What it answers is not documented, beyond success.
    pub async fn update_lead(&self, id: &RecordId, body: &Body) -> Result<(), Error> {
        if self.settings().profile == Profile::V1 {
            return self.update_in_parts(id, body.clone()).await;
        }
        let paths = &self.settings().paths;
        let method =
            paths.update_method.parse().map_err(|_| Error::Settings { what: "a usable update method" })?;
        self.write(method, &paths.update.replace("{id}", id.as_str()), body).await?;
        Ok(())
    }
}
