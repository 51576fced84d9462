//! The two searches. Both lag a few seconds behind the writes.

use jiff::Timestamp;
use schemars::JsonSchema;
use serde::Deserialize;
use serde_json::{Value as Json, json};

use super::client::{Call, GhlClient};
use super::error::Error;
use super::operation::Operation;
use super::operation::scope::CONTACTS_READ;
use super::wire::Contact;
use crate::model::ids::RecordId;

/// The largest page that the search answers is 500; a hundred keeps an answer small and a page's work short.
pub const PAGE: u32 = 100;

/// The largest page that the search answers.
pub const SWEPT_PER_PAGE: u32 = 500;

pub const OPERATIONS: &[&Operation] = &[&SEARCH, &FIND_DUPLICATE];

pub const SEARCH: Operation = Operation::post::<ContactSearch>("ghl.contact.search", CONTACTS_READ, "/contacts/search")
    .location_in_body()
    .reading()
    .says(
        "Finds contacts by filters, sorted. The search shows a change a few seconds late, and names in small letters.",
        r#"{"pageLimit": 20, "filters": [{"field": "email", "operator": "exists"}], "sort": [{"field": "dateUpdated", "direction": "desc"}]}"#,
    );

/// The answer is not published.
pub const FIND_DUPLICATE: Operation = Operation::get::<DuplicateSearch>(
    "ghl.contact.find_duplicate",
    CONTACTS_READ,
    "/contacts/search/duplicate",
)
.location_in_query()
.says(
    "Finds the contact with this e-mail, else with this number (E.164).",
    r#"{"email": "ann@example.com"}"#,
);

/// Filters and sorting as GHL's page on the search has them; it publishes no schema of theirs.
#[derive(Deserialize, JsonSchema)]
#[serde(rename_all = "camelCase", deny_unknown_fields)]
#[expect(dead_code, reason = "its form is checked, and the input is sent as it is")]
struct ContactSearch {
    #[schemars(range(min = 1, max = 500))]
    page_limit: u32,
    page: Option<u32>,
    /// Where the page before ended.
    search_after: Option<Vec<Json>>,
    filters: Option<Vec<Json>>,
    sort: Option<Vec<Sort>>,
    query: Option<String>,
}

#[derive(Deserialize, JsonSchema)]
#[serde(rename_all = "camelCase", deny_unknown_fields)]
#[expect(dead_code, reason = "its form is checked, and the input is sent as it is")]
struct Sort {
    field: String,
    direction: Direction,
}

#[derive(Deserialize, JsonSchema)]
#[serde(rename_all = "lowercase")]
enum Direction {
    Asc,
    Desc,
}

#[derive(Deserialize, JsonSchema)]
#[serde(rename_all = "camelCase", deny_unknown_fields)]
#[expect(dead_code, reason = "its form is checked, and the input is sent as it is")]
struct DuplicateSearch {
    email: Option<String>,
    number: Option<String>,
}

/// A contact found: its id, when it was last changed, and what of it the search shows as it is. Names are lower-cased
/// there, and not read.
#[derive(Clone, Deserialize)]
pub struct FoundContact {
    pub id: RecordId,
    #[serde(default, rename = "dateUpdated")]
    pub date_updated: Option<Timestamp>,
    /// Where the next page begins, as GHL gave it.
    #[serde(default, rename = "searchAfter")]
    pub search_after: Option<Json>,
    #[serde(default)]
    pub email: Option<String>,
    #[serde(default)]
    pub phone: Option<String>,
    #[serde(default)]
    pub tags: Vec<String>,
}

/// What it holds is a person's data: a debug print shows the id only.
impl std::fmt::Debug for FoundContact {
    fn fmt(&self, formatter: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        write!(formatter, "FoundContact({})", self.id)
    }
}

/// A page of found contacts.
#[derive(Debug, Deserialize)]
pub struct FoundPage {
    #[serde(default)]
    pub contacts: Vec<FoundContact>,
    #[serde(default)]
    pub total: Option<u64>,
}

/// The answer of the duplicate search is not published; what others read is `contact`, or nothing.
#[derive(Debug, Deserialize)]
struct DuplicateAnswer {
    #[serde(default)]
    contact: Option<Found>,
}

#[derive(Debug, Deserialize)]
struct Found {
    id: RecordId,
}

/// A contact as the search shows it: names in lower case, and neither street nor date of birth.
#[derive(Clone)]
pub struct ShownContact {
    pub found: FoundContact,
    pub contact: Contact,
}

/// A page of them.
#[derive(Deserialize)]
struct ShownPage {
    #[serde(default)]
    contacts: Vec<Json>,
    #[serde(default)]
    total: Option<u64>,
}

impl GhlClient {
    /// The same page as [`GhlClient::search_all`], with all that the search shows.
    pub async fn search_shown(
        &self,
        after: Option<&Json>,
        most: u32,
    ) -> Result<(Vec<ShownContact>, Option<u64>), Error> {
        let page: ShownPage = self.send(&self.all(after, most)).await?;
        let contacts: Option<Vec<ShownContact>> = page.contacts.into_iter().map(to_shown).collect();
        Ok((contacts.ok_or_else(|| Error::Decode { path: "contacts".to_owned() })?, page.total))
    }

    /// Contacts changed at or after `since`, the longest unchanged first; `after` is where
    /// the page before ended.
    pub async fn search_changed(
        &self,
        since: Option<Timestamp>,
        after: Option<&Json>,
    ) -> Result<FoundPage, Error> {
        let mut body = json!({
            "locationId": self.location(),
            "pageLimit": PAGE,
            "sort": [{ "field": "dateUpdated", "direction": "asc" }],
        });
        if let Some(since) = since {
            let range = json!({ "gte": since.strftime("%Y-%m-%dT%H:%M:%S%.3fZ").to_string() });
            body["filters"] = json!([{ "field": "dateUpdated", "operator": "range", "value": range }]);
        }
        if let Some(after) = after {
            body["searchAfter"] = after.clone();
        }
        self.send(&SEARCH.endpoint.call(self.location(), &[]).body(body)).await
    }

    /// How many contacts there are.
    pub async fn count_contacts(&self) -> Result<u64, Error> {
        let body = json!({ "locationId": self.location(), "pageLimit": 1 });
        let page: FoundPage = self.send(&SEARCH.endpoint.call(self.location(), &[]).body(body)).await?;
        Ok(page.total.unwrap_or_default())
    }

    /// Every contact, the oldest first, so many at a time; `after` is where the page before
    /// ended.
    pub async fn search_all(&self, after: Option<&Json>, most: u32) -> Result<FoundPage, Error> {
        self.send(&self.all(after, most)).await
    }

    fn all(&self, after: Option<&Json>, most: u32) -> Call {
        let mut body = json!({
            "locationId": self.location(),
            "pageLimit": most,
            "sort": [{ "field": "dateAdded", "direction": "asc" }],
        });
        if let Some(after) = after {
            body["searchAfter"] = after.clone();
        }
        SEARCH.endpoint.call(self.location(), &[]).body(body)
    }

    /// The contacts that were changed last, the latest first.
    pub async fn search_latest(&self) -> Result<FoundPage, Error> {
        let body = json!({
            "locationId": self.location(),
            "pageLimit": PAGE,
            "sort": [{ "field": "dateUpdated", "direction": "desc" }],
        });
        self.send(&SEARCH.endpoint.call(self.location(), &[]).body(body)).await
    }

    /// The contact with this e-mail, else with this number (E.164).
    pub async fn search_duplicate(
        &self,
        email: Option<&str>,
        number: Option<&str>,
    ) -> Result<Option<RecordId>, Error> {
        let mut call = FIND_DUPLICATE.endpoint.call(self.location(), &[]);
        if let Some(email) = email {
            call = call.query("email", email);
        }
        if let Some(number) = number {
            call = call.query("number", number);
        }
        let answer: DuplicateAnswer = self.send(&call).await?;
        Ok(answer.contact.map(|found| found.id))
    }
}

fn to_shown(mut shown: Json) -> Option<ShownContact> {
    for (name, lower_cased) in [("firstName", "firstNameLowerCase"), ("lastName", "lastNameLowerCase")] {
        let lower = shown.get(lower_cased).cloned();
        if let (Some(members), Some(lower)) = (shown.as_object_mut(), lower) {
            members.entry(name).or_insert(lower);
        }
    }
    let found = serde_json::from_value(shown.clone()).ok()?;
    Some(ShownContact { found, contact: serde_json::from_value(shown).ok()? })
}
