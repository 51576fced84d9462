//! `/contacts/:id/tags`: the only calls that change the tags of a contact that exists. The tags of a PUT would replace
//! all that are there. And the same for several contacts at once.

use schemars::JsonSchema;
use serde::Deserialize;
use serde_json::json;

use super::client::{Answer, GhlClient};
use super::error::Error;
use super::operation::scope::CONTACTS_WRITE;
use super::operation::{Endpoint, Operation};
use crate::model::ids::RecordId;

pub const OPERATIONS: &[&Operation] = &[&ADD, &REMOVE, &ADD_TO_MANY, &REMOVE_FROM_MANY];

pub const ADD: Operation =
    Operation::post::<Tagged>("ghl.contact.add_tags", CONTACTS_WRITE, "/contacts/{contactId}/tags")
        .repeatable()
        .says(
            "Adds tags to a contact; those that it has stay.",
            r#"{"contactId": "seD4PfOuKoVMLkEZqohJ", "tags": ["vip"]}"#,
        );

pub const REMOVE: Operation =
    Operation::delete::<Tagged>("ghl.contact.remove_tags", CONTACTS_WRITE, "/contacts/{contactId}/tags")
        .with_body()
        .says("Removes tags from a contact.", r#"{"contactId": "seD4PfOuKoVMLkEZqohJ", "tags": ["vip"]}"#);

/// The published file lists no scope for it.
pub const ADD_TO_MANY: Operation =
    Operation::post::<ManyTagged>("ghl.contacts.add_tags", CONTACTS_WRITE, "/contacts/bulk/tags/update/add")
        .location_in_body()
        .repeatable()
        .says(
            "Adds tags to several contacts by one call.",
            r#"{"contacts": ["seD4PfOuKoVMLkEZqohJ"], "tags": ["newsletter"]}"#,
        );

/// The published file lists no scope for it.
pub const REMOVE_FROM_MANY: Operation = Operation::post::<ManyUntagged>(
    "ghl.contacts.remove_tags",
    CONTACTS_WRITE,
    "/contacts/bulk/tags/update/remove",
)
.location_in_body()
.repeatable()
.says(
    "Removes tags, or with removeAllTags all of them, from several contacts by one call.",
    r#"{"contacts": ["seD4PfOuKoVMLkEZqohJ"], "tags": ["newsletter"]}"#,
);

#[derive(Deserialize, JsonSchema)]
#[serde(rename_all = "camelCase", deny_unknown_fields)]
#[expect(dead_code, reason = "its form is checked, and the input is sent as it is")]
struct Tagged {
    contact_id: RecordId,
    tags: Vec<String>,
}

#[derive(Deserialize, JsonSchema)]
#[serde(rename_all = "camelCase", deny_unknown_fields)]
#[expect(dead_code, reason = "its form is checked, and the input is sent as it is")]
struct ManyTagged {
    contacts: Vec<RecordId>,
    tags: Vec<String>,
}

#[derive(Deserialize, JsonSchema)]
#[serde(rename_all = "camelCase", deny_unknown_fields)]
#[expect(dead_code, reason = "its form is checked, and the input is sent as it is")]
struct ManyUntagged {
    contacts: Vec<RecordId>,
    tags: Vec<String>,
    remove_all_tags: Option<bool>,
}

/// `{"tags": […]}`: whether these are all tags or the ones added is not documented, so that nobody reads them.
#[derive(Deserialize)]
struct Tags {}

impl GhlClient {
    /// `false` where the contact is gone.
    pub async fn add_tags(&self, id: &RecordId, tags: &[&str]) -> Result<bool, Error> {
        self.change_tags(&ADD.endpoint, id, tags).await
    }

    /// `false` where the contact is gone.
    pub async fn remove_tags(&self, id: &RecordId, tags: &[&str]) -> Result<bool, Error> {
        self.change_tags(&REMOVE.endpoint, id, tags).await
    }

    async fn change_tags(&self, endpoint: &Endpoint, id: &RecordId, tags: &[&str]) -> Result<bool, Error> {
        let call = endpoint.call(self.location(), &[id.as_str()]).body(json!({ "tags": tags }));
        Ok(matches!(self.ask::<Tags>(&call).await?, Answer::Done(_)))
    }
}
