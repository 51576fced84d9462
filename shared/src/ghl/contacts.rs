//! `/contacts`: one contact. Published in the contacts file of API version `2021-07-28`.

use schemars::JsonSchema;
use serde::Deserialize;
use serde_json::Value as Json;

use super::client::{Answer, Call, GhlClient};
use super::error::Error;
use super::operation::Operation;
use super::operation::scope::{CONTACTS_READ, CONTACTS_WRITE};
use super::wire::{Contact, ContactAnswer};
use crate::model::ids::RecordId;

pub const OPERATIONS: &[&Operation] = &[&READ, &CREATE, &UPDATE, &UPSERT, &DELETE, &APPOINTMENTS];

/// A missing contact is answered with 400 and a text, or with 404.
pub const READ: Operation =
    Operation::get::<OfContact>("ghl.contact.read", CONTACTS_READ, "/contacts/{contactId}")
        .says("Reads a contact.", r#"{"contactId": "seD4PfOuKoVMLkEZqohJ"}"#);

pub const CREATE: Operation = Operation::post::<NewContact>("ghl.contact.create", CONTACTS_WRITE, "/contacts/")
    .location_in_body()
    .says(
        "Creates a contact. GHL refuses a second one with the same e-mail or phone, unless the location allows duplicates.",
        r#"{"firstName": "Ann", "lastName": "Lee", "email": "ann.lee@example.com", "tags": ["webinar"], "source": "automation"}"#,
    );

pub const UPDATE: Operation =
    Operation::put::<ChangedContact>("ghl.contact.update", CONTACTS_WRITE, "/contacts/{contactId}").says(
        "Changes fields of a contact. Fields that are not named stay; null empties a text. Tags have actions of their own.",
        r#"{"contactId": "seD4PfOuKoVMLkEZqohJ", "city": "Leeds", "customFields": [{"id": "MgobCB14YMVKuE4Ka8p1", "field_value": "gold"}]}"#,
    );

/// The sync does not use it: it drops a secondary e-mail, and passes over a phone that another contact holds.
pub const UPSERT: Operation = Operation::post::<UpsertedContact>("ghl.contact.upsert", CONTACTS_WRITE, "/contacts/upsert")
    .location_in_body()
    .repeatable()
    .says(
        "Changes the contact with this e-mail or phone, or creates one. Tags replace those that are there. GHL matches by the location's own rule, and drops a secondary e-mail that becomes the first.",
        r#"{"firstName": "Bo", "email": "bo@example.com", "source": "form"}"#,
    );

pub const DELETE: Operation =
    Operation::delete::<OfContact>("ghl.contact.delete", CONTACTS_WRITE, "/contacts/{contactId}").says(
        "Deletes a contact. The connection's rule says what becomes of its lead.",
        r#"{"contactId": "seD4PfOuKoVMLkEZqohJ"}"#,
    );

/// Its times have no zone.
pub const APPOINTMENTS: Operation = Operation::get::<OfContact>(
    "ghl.contact.appointments",
    CONTACTS_READ,
    "/contacts/{contactId}/appointments",
)
.says("Lists a contact's appointments.", r#"{"contactId": "seD4PfOuKoVMLkEZqohJ"}"#);

/// What names a contact and nothing else.
#[derive(Deserialize, JsonSchema)]
#[serde(rename_all = "camelCase", deny_unknown_fields)]
#[expect(dead_code, reason = "its form is checked, and the input is sent as it is")]
pub struct OfContact {
    contact_id: RecordId,
}

/// The inputs that hold a contact's fields: those that all of them have, and what comes to them.
macro_rules! of_contact {
    ($(#[$doc:meta])* $name:ident { $($(#[$more:meta])* $field:ident: $type:ty,)* }) => {
        $(#[$doc])*
        #[derive(Deserialize, JsonSchema)]
        #[serde(rename_all = "camelCase", deny_unknown_fields)]
        #[expect(dead_code, reason = "its form is checked, and the input is sent as it is")]
        pub struct $name {
            first_name: Option<String>,
            last_name: Option<String>,
            name: Option<String>,
            email: Option<String>,
            /// E.164, or in the location's country.
            phone: Option<String>,
            address1: Option<String>,
            city: Option<String>,
            state: Option<String>,
            postal_code: Option<String>,
            /// ISO 3166-1 alpha-2.
            country: Option<String>,
            website: Option<String>,
            timezone: Option<String>,
            /// Such as 1990-09-25.
            date_of_birth: Option<String>,
            source: Option<String>,
            /// The id of a user.
            assigned_to: Option<String>,
            custom_fields: Option<Vec<CustomFieldValue>>,
            dnd: Option<bool>,
            dnd_settings: Option<DndSettings>,
            inbound_dnd_settings: Option<InboundDnd>,
            $($(#[$more])* $field: $type,)*
        }
    };
}

of_contact! {
    /// What a new contact may have.
    NewContact {
        company_name: Option<String>,
        gender: Option<String>,
        tags: Option<Vec<String>>,
    }
}

of_contact! {
    /// What may be changed in a contact. GHL's schema has neither a company nor a gender here, and tags would replace
    /// all that are there.
    ChangedContact {
        contact_id: RecordId,
    }
}

of_contact! {
    /// What a contact may have that is perhaps there.
    UpsertedContact {
        company_name: Option<String>,
        gender: Option<String>,
        tags: Option<Vec<String>>,
        create_new_if_duplicate_allowed: Option<bool>,
    }
}

/// The value of a custom field, named by its id or its key.
#[derive(Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
#[expect(dead_code, reason = "its form is checked, and the input is sent as it is")]
struct CustomFieldValue {
    id: Option<String>,
    key: Option<String>,
    field_value: Json,
}

/// Do not disturb, by channel.
#[derive(Deserialize, JsonSchema)]
#[serde(rename_all = "PascalCase", deny_unknown_fields)]
#[expect(dead_code, reason = "its form is checked, and the input is sent as it is")]
struct DndSettings {
    call: Option<Channel>,
    email: Option<Channel>,
    #[serde(rename = "SMS")]
    sms: Option<Channel>,
    #[serde(rename = "WhatsApp")]
    whats_app: Option<Channel>,
    #[serde(rename = "GMB")]
    gmb: Option<Channel>,
    #[serde(rename = "FB")]
    fb: Option<Channel>,
}

#[derive(Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
#[expect(dead_code, reason = "its form is checked, and the input is sent as it is")]
struct InboundDnd {
    all: Option<Channel>,
}

#[derive(Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
#[expect(dead_code, reason = "its form is checked, and the input is sent as it is")]
struct Channel {
    status: DndStatus,
    message: Option<String>,
    code: Option<String>,
}

#[derive(Deserialize, JsonSchema)]
#[serde(rename_all = "lowercase")]
enum DndStatus {
    Active,
    Inactive,
    Permanent,
}

/// `{"succeded": true}`; what it says adds nothing to the status.
#[derive(Deserialize)]
struct Succeeded {}

impl GhlClient {
    /// The contact, if it is there.
    pub async fn contact(&self, id: &RecordId) -> Result<Option<Contact>, Error> {
        match self.ask::<ContactAnswer>(&READ.endpoint.call(self.location(), &[id.as_str()])).await? {
            Answer::Done(answer) => Ok(answer.contact),
            Answer::Missing | Answer::Duplicate { .. } => Ok(None),
        }
    }

    /// Never upsert: that drops secondary e-mails.
    pub async fn create_contact(&self, body: Json) -> Result<Answer<Contact>, Error> {
        self.write(&CREATE.endpoint.call(self.location(), &[]).body(body)).await
    }

    /// Fields that are not named stay.
    pub async fn update_contact(&self, id: &RecordId, body: Json) -> Result<Answer<Contact>, Error> {
        self.write(&UPDATE.endpoint.call(self.location(), &[id.as_str()]).body(body)).await
    }

    /// `false` where it was gone already.
    pub async fn delete_contact(&self, id: &RecordId) -> Result<bool, Error> {
        let call = DELETE.endpoint.call(self.location(), &[id.as_str()]);
        Ok(matches!(self.ask::<Succeeded>(&call).await?, Answer::Done(_)))
    }

    async fn write(&self, call: &Call) -> Result<Answer<Contact>, Error> {
        Ok(match self.ask::<ContactAnswer>(call).await? {
            Answer::Done(answer) => {
                Answer::Done(answer.contact.ok_or_else(|| Error::Decode { path: "contact".to_owned() })?)
            }
            Answer::Missing => Answer::Missing,
            Answer::Duplicate { holder, matching_field } => Answer::Duplicate { holder, matching_field },
        })
    }
}
