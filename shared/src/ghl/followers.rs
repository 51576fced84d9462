//! `/contacts/:id/followers`: the users who follow a contact.

use schemars::JsonSchema;
use serde::Deserialize;

use super::operation::Operation;
use super::operation::scope::CONTACTS_WRITE;
use crate::model::ids::RecordId;

pub const OPERATIONS: &[&Operation] = &[&ADD, &REMOVE];

pub const ADD: Operation = Operation::post::<Followers>(
    "ghl.contact.add_followers",
    CONTACTS_WRITE,
    "/contacts/{contactId}/followers",
)
.repeatable()
.says(
    "Lets users follow a contact.",
    r#"{"contactId": "seD4PfOuKoVMLkEZqohJ", "followers": ["Rg6BRRiHh7dS9gJy3W8a"]}"#,
);

pub const REMOVE: Operation = Operation::delete::<Followers>(
    "ghl.contact.remove_followers",
    CONTACTS_WRITE,
    "/contacts/{contactId}/followers",
)
.with_body()
.says(
    "Ends that users follow a contact.",
    r#"{"contactId": "seD4PfOuKoVMLkEZqohJ", "followers": ["Rg6BRRiHh7dS9gJy3W8a"]}"#,
);

#[derive(Deserialize, JsonSchema)]
#[serde(rename_all = "camelCase", deny_unknown_fields)]
#[expect(dead_code, reason = "its form is checked, and the input is sent as it is")]
struct Followers {
    contact_id: RecordId,
    /// The ids of users.
    followers: Vec<RecordId>,
}
