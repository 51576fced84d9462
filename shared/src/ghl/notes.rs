//! `/contacts/:id/notes`: the notes of one contact. Published in the contacts file of API version `2021-07-28`.

use schemars::JsonSchema;
use serde::Deserialize;
use serde_json::json;

use super::client::{Answer, GhlClient};
use super::contacts::OfContact;
use super::error::Error;
use super::operation::Operation;
use super::operation::scope::{CONTACTS_READ, CONTACTS_WRITE};
use crate::action::input::SomeText;
use crate::model::ids::RecordId;

pub const OPERATIONS: &[&Operation] = &[&LIST, &READ, &CREATE, &UPDATE, &DELETE];

pub const LIST: Operation =
    Operation::get::<OfContact>("ghl.note.list", CONTACTS_READ, "/contacts/{contactId}/notes")
        .says("Lists a contact's notes.", r#"{"contactId": "seD4PfOuKoVMLkEZqohJ"}"#);

pub const READ: Operation =
    Operation::get::<OfNote>("ghl.note.read", CONTACTS_READ, "/contacts/{contactId}/notes/{noteId}")
        .says("Reads a note.", r#"{"contactId": "seD4PfOuKoVMLkEZqohJ", "noteId": "Zr8hnbEUQcR0VtCkT0Zt"}"#);

pub const CREATE: Operation =
    Operation::post::<NewNote>("ghl.note.create", CONTACTS_WRITE, "/contacts/{contactId}/notes").says(
        "Adds a note to a contact.",
        r#"{"contactId": "seD4PfOuKoVMLkEZqohJ", "body": "Asked for the price list."}"#,
    );

pub const UPDATE: Operation =
    Operation::put::<ChangedNote>("ghl.note.update", CONTACTS_WRITE, "/contacts/{contactId}/notes/{noteId}").says(
        "Changes a note.",
        r#"{"contactId": "seD4PfOuKoVMLkEZqohJ", "noteId": "Zr8hnbEUQcR0VtCkT0Zt", "body": "Has the price list."}"#,
    );

pub const DELETE: Operation =
    Operation::delete::<OfNote>("ghl.note.delete", CONTACTS_WRITE, "/contacts/{contactId}/notes/{noteId}")
        .says(
            "Deletes a note.",
            r#"{"contactId": "seD4PfOuKoVMLkEZqohJ", "noteId": "Zr8hnbEUQcR0VtCkT0Zt"}"#,
        );

#[derive(Deserialize, JsonSchema)]
#[serde(rename_all = "camelCase", deny_unknown_fields)]
#[expect(dead_code, reason = "its form is checked, and the input is sent as it is")]
struct OfNote {
    contact_id: RecordId,
    note_id: RecordId,
}

#[derive(Deserialize, JsonSchema)]
#[serde(rename_all = "camelCase", deny_unknown_fields)]
#[expect(dead_code, reason = "its form is checked, and the input is sent as it is")]
struct NewNote {
    contact_id: RecordId,
    body: SomeText,
    /// Who wrote it: the id of a user.
    user_id: Option<RecordId>,
    title: Option<String>,
    color: Option<String>,
    pinned: Option<bool>,
}

#[derive(Deserialize, JsonSchema)]
#[serde(rename_all = "camelCase", deny_unknown_fields)]
#[expect(dead_code, reason = "its form is checked, and the input is sent as it is")]
struct ChangedNote {
    contact_id: RecordId,
    note_id: RecordId,
    body: Option<SomeText>,
    user_id: Option<RecordId>,
    title: Option<String>,
    color: Option<String>,
    pinned: Option<bool>,
}

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
    /// None where the contact is gone.
    pub async fn notes(&self, contact: &RecordId) -> Result<Vec<Note>, Error> {
        let call = LIST.endpoint.call(self.location(), &[contact.as_str()]);
        Ok(self.ask::<Notes>(&call).await?.done().map_or_else(Vec::new, |answer| answer.notes))
    }

    pub async fn note(&self, contact: &RecordId, id: &str) -> Result<Option<Note>, Error> {
        let call = READ.endpoint.call(self.location(), &[contact.as_str(), id]);
        Ok(self.ask::<OneNote>(&call).await?.done().map(|answer| answer.note))
    }

    pub async fn create_note(&self, contact: &RecordId, body: &str) -> Result<Answer<Note>, Error> {
        let call = CREATE.endpoint.call(self.location(), &[contact.as_str()]).body(json!({ "body": body }));
        Ok(self.ask::<OneNote>(&call).await?.map(|answer| answer.note))
    }

    pub async fn update_note(&self, contact: &RecordId, id: &str, body: &str) -> Result<Answer<Note>, Error> {
        let call =
            UPDATE.endpoint.call(self.location(), &[contact.as_str(), id]).body(json!({ "body": body }));
        Ok(self.ask::<OneNote>(&call).await?.map(|answer| answer.note))
    }

    /// `false` where it was gone already.
    pub async fn delete_note(&self, contact: &RecordId, id: &str) -> Result<bool, Error> {
        let call = DELETE.endpoint.call(self.location(), &[contact.as_str(), id]);
        Ok(self.ask::<Succeeded>(&call).await?.done().is_some())
    }
}
