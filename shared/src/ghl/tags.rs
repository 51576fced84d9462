//! `/contacts/:id/tags`: the only calls that change the tags of a contact that exists. The tags of a PUT would replace
//! all that are there.

use http::Method;
use serde::Deserialize;
use serde_json::json;

use super::client::{Answer, Call, GhlClient};
use super::error::Error;
use crate::model::ids::RecordId;

/// `{"tags": […]}`: whether these are all tags or the ones added is not documented, so that nobody reads them.
#[derive(Deserialize)]
struct Tags {}

impl GhlClient {
    /// `POST /contacts/:id/tags`, scope `contacts.write`. `false` where the contact is gone.
    pub async fn add_tags(&self, id: &RecordId, tags: &[&str]) -> Result<bool, Error> {
        self.change_tags(Method::POST, id, tags).await
    }

    /// `DELETE /contacts/:id/tags`, a DELETE with a body, scope `contacts.write`. `false` where the contact is gone.
    pub async fn remove_tags(&self, id: &RecordId, tags: &[&str]) -> Result<bool, Error> {
        self.change_tags(Method::DELETE, id, tags).await
    }

    async fn change_tags(&self, method: Method, id: &RecordId, tags: &[&str]) -> Result<bool, Error> {
        let call = Call::new(method, format!("/contacts/{id}/tags")).body(json!({ "tags": tags }));
        Ok(matches!(self.ask::<Tags>(&call).await?, Answer::Done(_)))
    }
}
