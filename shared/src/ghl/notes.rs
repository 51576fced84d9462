//! `/contacts/:id/notes`: the notes of one contact. Published in the contacts file of API version `2021-07-28`.

use http::Method;
use serde::Deserialize;
use serde_json::json;

use super::client::{Answer, Call, GhlClient};
use super::error::Error;
use crate::model::ids::RecordId;

/// A note. It carries no time of its last change.
#[derive(Clone, Debug, Default, Deserialize)]
#[serde(rename_all = "camelCase", default)]
pub struct Note {
    pub id: String,
    pub body: Option<String>,
    /// Who wrote it; absent in webhooks.
    pub user_id: Option<String>,
}

#[derive(Deserialize)]
struct Notes {
    #[serde(default)]
    notes: Vec<Note>,
}

#[derive(Deserialize)]
struct OneNote {
    note: Note,
}

/// `{"succeded": true}`; what it says adds nothing to the status.
#[derive(Deserialize)]
struct Succeeded {}

impl GhlClient {
    /// `GET /contacts/:id/notes`, scope `contacts.readonly`. None where the contact is gone.
    pub async fn notes(&self, contact: &RecordId) -> Result<Vec<Note>, Error> {
        let call = Call::get(format!("/contacts/{contact}/notes"));
        Ok(self.ask::<Notes>(&call).await?.done().map_or_else(Vec::new, |answer| answer.notes))
    }

    /// `GET /contacts/:id/notes/:id`, scope `contacts.readonly`.
    pub async fn note(&self, contact: &RecordId, id: &str) -> Result<Option<Note>, Error> {
        let call = Call::get(format!("/contacts/{contact}/notes/{id}"));
        Ok(self.ask::<OneNote>(&call).await?.done().map(|answer| answer.note))
    }

    /// `POST /contacts/:id/notes`, scope `contacts.write`.
    pub async fn create_note(&self, contact: &RecordId, body: &str) -> Result<Answer<Note>, Error> {
        let call =
            Call::new(Method::POST, format!("/contacts/{contact}/notes")).body(json!({ "body": body }));
        Ok(self.ask::<OneNote>(&call).await?.map(|answer| answer.note))
    }

    /// `PUT /contacts/:id/notes/:id`, scope `contacts.write`.
    pub async fn update_note(&self, contact: &RecordId, id: &str, body: &str) -> Result<Answer<Note>, Error> {
        let path = format!("/contacts/{contact}/notes/{id}");
        let call = Call::new(Method::PUT, path).body(json!({ "body": body }));
        Ok(self.ask::<OneNote>(&call).await?.map(|answer| answer.note))
    }

    /// `DELETE /contacts/:id/notes/:id`, scope `contacts.write`. `false` where it was gone already.
    pub async fn delete_note(&self, contact: &RecordId, id: &str) -> Result<bool, Error> {
        let call = Call::new(Method::DELETE, format!("/contacts/{contact}/notes/{id}"));
        Ok(self.ask::<Succeeded>(&call).await?.done().is_some())
    }
}
