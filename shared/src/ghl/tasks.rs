//! `/contacts/:id/tasks` and the search over all tasks of a location. Published in the contacts and locations files of
//! API version `2021-07-28`.

use http::Method;
use serde::Deserialize;
use serde_json::{Value as Json, json};

use super::client::{Answer, Call, GhlClient};
use super::error::Error;
use crate::model::ids::RecordId;

/// The largest page of the search.
pub const TASKS_PER_PAGE: usize = 100;

/// A task. It carries no time of its last change, and no webhook tells of an edit.
#[derive(Clone, Debug, Default, Deserialize)]
#[serde(rename_all = "camelCase", default)]
pub struct Task {
    #[serde(alias = "_id")]
    pub id: String,
    pub title: Option<String>,
    pub body: Option<String>,
    pub assigned_to: Option<String>,
    pub due_date: Option<String>,
    pub completed: bool,
    pub contact_id: Option<RecordId>,
}

#[derive(Deserialize)]
struct Tasks {
    #[serde(default)]
    tasks: Vec<Task>,
}

#[derive(Deserialize)]
struct OneTask {
    task: Task,
}

/// `{"succeded": true}`; what it says adds nothing to the status.
#[derive(Deserialize)]
struct Succeeded {}

impl GhlClient {
    /// `GET /contacts/:id/tasks`, scope `contacts.readonly`. None where the contact is gone.
    pub async fn tasks(&self, contact: &RecordId) -> Result<Vec<Task>, Error> {
        let call = Call::get(format!("/contacts/{contact}/tasks"));
        Ok(self.ask::<Tasks>(&call).await?.done().map_or_else(Vec::new, |answer| answer.tasks))
    }

    /// `GET /contacts/:id/tasks/:taskId`, scope `contacts.readonly`.
    pub async fn task(&self, contact: &RecordId, id: &str) -> Result<Option<Task>, Error> {
        let call = Call::get(format!("/contacts/{contact}/tasks/{id}"));
        Ok(self.ask::<OneTask>(&call).await?.done().map(|answer| answer.task))
    }

    /// `POST /contacts/:id/tasks`, scope `contacts.write`. Title, due date and `completed` are required.
    pub async fn create_task(&self, contact: &RecordId, body: Json) -> Result<Answer<Task>, Error> {
        let call = Call::new(Method::POST, format!("/contacts/{contact}/tasks")).body(body);
        Ok(self.ask::<OneTask>(&call).await?.map(|answer| answer.task))
    }

    /// `PUT /contacts/:id/tasks/:taskId`, scope `contacts.write`. Fields that are not named stay.
    pub async fn update_task(&self, contact: &RecordId, id: &str, body: Json) -> Result<Answer<Task>, Error> {
        let call = Call::new(Method::PUT, format!("/contacts/{contact}/tasks/{id}")).body(body);
        Ok(self.ask::<OneTask>(&call).await?.map(|answer| answer.task))
    }

    /// `PUT /contacts/:id/tasks/:taskId/completed`, scope `contacts.write`.
    pub async fn complete_task(
        &self,
        contact: &RecordId,
        id: &str,
        completed: bool,
    ) -> Result<Answer<Task>, Error> {
        let path = format!("/contacts/{contact}/tasks/{id}/completed");
        let call = Call::new(Method::PUT, path).body(json!({ "completed": completed }));
        Ok(self.ask::<OneTask>(&call).await?.map(|answer| answer.task))
    }

    /// `DELETE /contacts/:id/tasks/:taskId`, scope `contacts.write`. `false` where it was gone already.
    pub async fn delete_task(&self, contact: &RecordId, id: &str) -> Result<bool, Error> {
        let call = Call::new(Method::DELETE, format!("/contacts/{contact}/tasks/{id}"));
        Ok(self.ask::<Succeeded>(&call).await?.done().is_some())
    }

    /// `POST /locations/:id/tasks/search`, scope `locations/tasks.readonly`: a page of all tasks of the location, or of
    /// those that are still to be done.
    pub async fn search_tasks(&self, skip: usize, open_only: bool) -> Result<Vec<Task>, Error> {
        let mut body = json!({ "limit": TASKS_PER_PAGE, "skip": skip });
        if open_only {
            body["completed"] = json!(false);
        }
        let path = format!("/locations/{}/tasks/search", self.location());
        let answer: Tasks = self.send(&Call::new(Method::POST, path).body(body)).await?;
        Ok(answer.tasks)
    }
}
