//! `/contacts`: one contact. Published in the contacts file of API version `2021-07-28`.

use http::Method;
use serde::Deserialize;
use serde_json::Value as Json;

use super::client::{Answer, Call, GhlClient};
use super::error::Error;
use super::wire::{Contact, ContactAnswer};
use crate::model::ids::RecordId;

/// As many as the lists answer at once.
const LISTED: u32 = 100;

#[derive(Deserialize)]
struct Listed {
    #[serde(default)]
    contacts: Vec<Contact>,
}

/// `{"succeded": true}`; what it says adds nothing to the status.
#[derive(Deserialize)]
struct Succeeded {}

impl GhlClient {
    /// `GET /contacts/:id`, scope `contacts.readonly`. A missing contact is 400 with text, or 404.
    pub async fn contact(&self, id: &RecordId) -> Result<Option<Contact>, Error> {
        match self.ask::<ContactAnswer>(&Call::get(format!("/contacts/{id}"))).await? {
            Answer::Done(answer) => Ok(answer.contact),
            Answer::Missing | Answer::Duplicate { .. } => Ok(None),
        }
    }

    /// `POST /contacts/`, scope `contacts.write`. Never upsert: that drops secondary e-mails.
    pub async fn create_contact(&self, body: Json) -> Result<Answer<Contact>, Error> {
        self.write(&Call::new(Method::POST, "/contacts/").body(body)).await
    }

    /// `PUT /contacts/:id`, scope `contacts.write`. Fields that are not named stay.
    pub async fn update_contact(&self, id: &RecordId, body: Json) -> Result<Answer<Contact>, Error> {
        self.write(&Call::new(Method::PUT, format!("/contacts/{id}")).body(body)).await
    }

    /// `DELETE /contacts/:id`, scope `contacts.write`. `false` where it was gone already.
    pub async fn delete_contact(&self, id: &RecordId) -> Result<bool, Error> {
        let call = Call::new(Method::DELETE, format!("/contacts/{id}"));
        Ok(matches!(self.ask::<Succeeded>(&call).await?, Answer::Done(_)))
    }

    /// `GET /contacts/business/:businessId`, scope `contacts.readonly`: the first contacts of a business, by id.
    pub async fn contacts_of_business(&self, business: &str) -> Result<Vec<RecordId>, Error> {
        let call = Call::get(format!("/contacts/business/{business}"))
            .query("locationId", self.location().as_str())
            .query("limit", LISTED.to_string());
        self.listed(&call).await
    }

    /// `GET /contacts/`, scope `contacts.readonly`: the first contacts of the location, by id. Deprecated by GHL in
    /// favour of the search, which the sync uses.
    pub async fn first_contacts(&self) -> Result<Vec<RecordId>, Error> {
        let call = Call::get("/contacts/")
            .query("locationId", self.location().as_str())
            .query("limit", LISTED.to_string());
        self.listed(&call).await
    }

    async fn listed(&self, call: &Call) -> Result<Vec<RecordId>, Error> {
        let answer: Listed = self.send(call).await?;
        Ok(answer.contacts.into_iter().filter_map(|contact| contact.id).collect())
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
