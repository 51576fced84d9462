//! Comments and to-dos: `/allLeadActivities` by the key; `/leads/leadActivities`, `/leads/leadCommentCreate` and
//! `/todo/todo/todo` by `v1`.

use http::Method;
use serde_json::{Value as Json, json};

use super::client::{Body, HelloLeadsClient};
use super::error::Error;
use super::wire::{Row, to_number, to_text};
use crate::model::ids::RecordId;
use crate::normalise::email;

/// A page of rows, and whether there is one behind it.
pub struct RowPage {
    pub rows: Vec<Row>,
    pub more: bool,
}

impl HelloLeadsClient {
    /// A page of the account's comments.
    pub async fn comments(&self, page: u64, query: &[(&str, &str)]) -> Result<RowPage, Error> {
        let number = page.to_string();
        let mut whole = vec![("page", number.as_str()), ("activityType", "comments")];
        whole.extend_from_slice(query);
        let body = self.get(&self.settings().paths.comments, &whole).await?;
        to_page(&body, "activities", page)
    }

    /// A page of the account's to-dos.
    pub async fn to_dos(&self, page: u64, query: &[(&str, &str)]) -> Result<RowPage, Error> {
        let number = page.to_string();
        let mut whole = vec![("page", number.as_str())];
        whole.extend_from_slice(query);
        let body = self.get(&self.settings().paths.to_dos, &whole).await?;
        to_page(&body, "todos", page)
    }

    pub async fn create_comment(&self, lead: &RecordId, text: &str) -> Result<String, Error> {
        let body = json!({ "lead_id": lead, "comment": text });
        let answer = self.write(Method::POST, &self.settings().paths.create_comment, &to_body(body)).await?;
        answer.get("comment_id").and_then(to_text).ok_or(Error::Decode { what: "comment_id" })
    }

    pub async fn create_to_do(&self, lead: &RecordId, fields: Body) -> Result<String, Error> {
        let body = Body::from_iter(fields.into_iter().chain([("lead_id".to_owned(), json!(lead))]));
        let answer = self.write(Method::POST, &self.settings().paths.to_dos, &body).await?;
        answer.get("todo_id").and_then(to_text).ok_or(Error::Decode { what: "todo_id" })
    }

    pub async fn update_to_do(&self, id: &str, fields: Body) -> Result<(), Error> {
        let body = Body::from_iter(fields.into_iter().chain([("id".to_owned(), json!(id))]));
        self.write(Method::PUT, &self.settings().paths.to_dos, &body).await?;
        Ok(())
    }

    /// The e-mail addresses of the account's users.
    pub async fn users(&self) -> Result<Vec<String>, Error> {
        let body = self.get(&self.settings().paths.users, &[("page", "1")]).await?;
        let users = body.get("users").and_then(Json::as_array).ok_or(Error::Decode { what: "users" })?;
        let address = |user: &Json| email::normalise(&to_text(user.get("email")?)?);
        Ok(users.iter().filter_map(address).collect())
    }
}

fn to_page(body: &Body, name: &'static str, page: u64) -> Result<RowPage, Error> {
    let rows = body.get(name).and_then(Json::as_array).ok_or(Error::Decode { what: name })?;
    let total = body.get("paging").and_then(|paging| paging.get("total_pages")).or(body.get("totalPages"));
    let rows: Vec<Row> = rows.iter().filter_map(|row| row.as_object().cloned().map(Row)).collect();
    Ok(RowPage { more: !rows.is_empty() && page < to_number(total).unwrap_or(page), rows })
}

fn to_body(fields: Json) -> Body {
    fields.as_object().cloned().unwrap_or_default()
}
