//! The older lists of contacts: the location's, which GHL has deprecated in favour of the search, and a business's.

use schemars::JsonSchema;
use serde::Deserialize;

use super::client::{Call, GhlClient};
use super::error::Error;
use super::operation::Operation;
use super::operation::scope::CONTACTS_READ;
use super::wire::Contact;
use crate::model::ids::RecordId;

pub const OPERATIONS: &[&Operation] = &[&LIST, &LIST_OF_BUSINESS];

/// As many as the lists answer at once.
const LISTED: u32 = 100;

pub const LIST: Operation = Operation::get::<List>("ghl.contact.list", CONTACTS_READ, "/contacts/")
    .location_in_query()
    .says(
        "Lists contacts, the newest first. GHL has deprecated it: the search is better. The next page begins at both startAfter and startAfterId.",
        r#"{"limit": 20, "query": "ann"}"#,
    );

pub const LIST_OF_BUSINESS: Operation = Operation::get::<ListOfBusiness>(
    "ghl.contact.list_of_business",
    CONTACTS_READ,
    "/contacts/business/{businessId}",
)
.location_in_query()
.says("Lists the contacts of a business.", r#"{"businessId": "641c094001436dbc2081e642", "limit": 25}"#);

#[derive(Deserialize, JsonSchema)]
#[serde(rename_all = "camelCase", deny_unknown_fields)]
#[expect(dead_code, reason = "its form is checked, and the input is sent as it is")]
struct List {
    #[schemars(range(min = 1, max = 100))]
    limit: Option<u32>,
    /// Milliseconds since the epoch.
    start_after: Option<i64>,
    start_after_id: Option<RecordId>,
    query: Option<String>,
}

#[derive(Deserialize, JsonSchema)]
#[serde(rename_all = "camelCase", deny_unknown_fields)]
#[expect(dead_code, reason = "its form is checked, and the input is sent as it is")]
struct ListOfBusiness {
    business_id: RecordId,
    limit: Option<u32>,
    skip: Option<u32>,
    query: Option<String>,
}

#[derive(Deserialize)]
struct Listed {
    #[serde(default)]
    contacts: Vec<Contact>,
}

impl GhlClient {
    /// The first contacts of a business, by id.
    pub async fn contacts_of_business(&self, business: &str) -> Result<Vec<RecordId>, Error> {
        self.listed(
            &LIST_OF_BUSINESS.endpoint.call(self.location(), &[business]).query("limit", LISTED.to_string()),
        )
        .await
    }

    /// The first contacts of the location, by id.
    pub async fn first_contacts(&self) -> Result<Vec<RecordId>, Error> {
        self.listed(&LIST.endpoint.call(self.location(), &[]).query("limit", LISTED.to_string())).await
    }

    async fn listed(&self, call: &Call) -> Result<Vec<RecordId>, Error> {
        let answer: Listed = self.send(call).await?;
        Ok(answer.contacts.into_iter().filter_map(|contact| contact.id).collect())
    }
}
