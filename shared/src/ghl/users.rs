//! `/users`: who works in the location.

use schemars::JsonSchema;
use serde::Deserialize;

use super::client::GhlClient;
use super::error::Error;
use super::operation::Operation;
use super::operation::scope::USERS_READ;
use crate::model::ids::{CompanyId, RecordId};

pub const OPERATIONS: &[&Operation] = &[&SEARCH, &FIND_BY_EMAIL, &READ];

pub const SEARCH: Operation = Operation::get::<UserSearch>("ghl.user.search", USERS_READ, "/users/search")
    .location_in_query()
    .company_in_query()
    .says("Finds users of the location.", r#"{"query": "asha", "limit": 25}"#);

pub const FIND_BY_EMAIL: Operation =
    Operation::post::<ByEmail>("ghl.user.find_by_email", USERS_READ, "/users/search/filter-by-email")
        .company_in_body()
        .reading()
        .says(
            "Finds users of the agency by their e-mail addresses, with commas between.",
            r#"{"emails": "asha@example.com"}"#,
        );

pub const READ: Operation = Operation::get::<OfUser>("ghl.user.read", USERS_READ, "/users/{userId}")
    .says("Reads a user.", r#"{"userId": "Rg6BRRiHh7dS9gJy3W8a"}"#);

#[derive(Deserialize, JsonSchema)]
#[serde(rename_all = "camelCase", deny_unknown_fields)]
#[expect(dead_code, reason = "its form is checked, and the input is sent as it is")]
struct UserSearch {
    query: Option<String>,
    skip: Option<u32>,
    limit: Option<u32>,
    /// `account` or `agency`.
    #[serde(rename = "type")]
    kind: Option<String>,
    role: Option<String>,
    /// The ids of users, with commas between.
    ids: Option<String>,
    sort: Option<String>,
    sort_direction: Option<String>,
}

#[derive(Deserialize, JsonSchema)]
#[serde(rename_all = "camelCase", deny_unknown_fields)]
#[expect(dead_code, reason = "its form is checked, and the input is sent as it is")]
struct ByEmail {
    emails: String,
    deleted: Option<bool>,
    skip: Option<String>,
    limit: Option<String>,
}

#[derive(Deserialize, JsonSchema)]
#[serde(rename_all = "camelCase", deny_unknown_fields)]
#[expect(dead_code, reason = "its form is checked, and the input is sent as it is")]
struct OfUser {
    user_id: RecordId,
}

#[derive(Clone, Debug, Deserialize)]
pub struct User {
    pub id: String,
    #[serde(default)]
    pub email: Option<String>,
    #[serde(default)]
    pub name: Option<String>,
}

#[derive(Deserialize)]
struct Answer {
    #[serde(default)]
    users: Vec<User>,
}

impl GhlClient {
    /// Those of the location.
    pub async fn users(&self, company: &CompanyId) -> Result<Vec<User>, Error> {
        let call = SEARCH.endpoint.call(self.location(), &[]).query("companyId", company.as_str());
        let answer: Answer = self.send(&call).await?;
        Ok(answer.users)
    }
}
