//! `/users/search`: who works in the location.

use serde::Deserialize;

use super::client::{Call, GhlClient};
use super::error::Error;
use crate::model::ids::CompanyId;

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
    /// `GET /users/search?companyId&locationId`, scope `users.readonly`.
    pub async fn users(&self, company: &CompanyId) -> Result<Vec<User>, Error> {
        let call = Call::get("/users/search")
            .query("companyId", company.as_str())
            .query("locationId", self.location().as_str());
        let answer: Answer = self.send(&call).await?;
        Ok(answer.users)
    }
}
