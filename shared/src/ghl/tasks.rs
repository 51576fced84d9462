//! `/contacts/:id/tasks` and the search over all tasks of a location. Published in the contacts and locations files of
//! API version `2021-07-28`.

use schemars::JsonSchema;
use serde::Deserialize;
use serde_json::{Value as Json, json};

use super::client::{Answer, GhlClient};
use super::contacts::OfContact;
use super::error::Error;
use super::operation::Operation;
use super::operation::scope::{CONTACTS_READ, CONTACTS_WRITE, TASKS_READ};
use crate::action::input::{Instant, SomeText};
use crate::model::ids::RecordId;

pub const OPERATIONS: &[&Operation] = &[&LIST, &READ, &CREATE, &UPDATE, &COMPLETE, &DELETE, &SEARCH];

pub const LIST: Operation =
    Operation::get::<OfContact>("ghl.task.list", CONTACTS_READ, "/contacts/{contactId}/tasks")
        .says("Lists a contact's tasks.", r#"{"contactId": "seD4PfOuKoVMLkEZqohJ"}"#);

pub const READ: Operation =
    Operation::get::<OfTask>("ghl.task.read", CONTACTS_READ, "/contacts/{contactId}/tasks/{taskId}").says(
        "Reads a task.",
        r#"{"contactId": "seD4PfOuKoVMLkEZqohJ", "taskId": "66e2d3a2f4a1b2c3d4e5f607"}"#,
    );

pub const CREATE: Operation =
    Operation::post::<NewTask>("ghl.task.create", CONTACTS_WRITE, "/contacts/{contactId}/tasks").says(
        "Creates a task for a contact.",
        r#"{"contactId": "seD4PfOuKoVMLkEZqohJ", "title": "Send the offer", "dueDate": "2026-12-01T15:00:00Z", "completed": false}"#,
    );

pub const UPDATE: Operation =
    Operation::put::<ChangedTask>("ghl.task.update", CONTACTS_WRITE, "/contacts/{contactId}/tasks/{taskId}").says(
        "Changes fields of a task. Fields that are not named stay.",
        r#"{"contactId": "seD4PfOuKoVMLkEZqohJ", "taskId": "66e2d3a2f4a1b2c3d4e5f607", "title": "Send the new offer"}"#,
    );

pub const COMPLETE: Operation = Operation::put::<CompletedTask>(
    "ghl.task.complete",
    CONTACTS_WRITE,
    "/contacts/{contactId}/tasks/{taskId}/completed",
)
.says(
    "Ticks a task off, or opens it again.",
    r#"{"contactId": "seD4PfOuKoVMLkEZqohJ", "taskId": "66e2d3a2f4a1b2c3d4e5f607", "completed": true}"#,
);

pub const DELETE: Operation =
    Operation::delete::<OfTask>("ghl.task.delete", CONTACTS_WRITE, "/contacts/{contactId}/tasks/{taskId}")
        .says(
            "Deletes a task.",
            r#"{"contactId": "seD4PfOuKoVMLkEZqohJ", "taskId": "66e2d3a2f4a1b2c3d4e5f607"}"#,
        );

pub const SEARCH: Operation =
    Operation::post::<TaskSearch>("ghl.task.search", TASKS_READ, "/locations/{locationId}/tasks/search")
        .reading()
        .says("Finds tasks of all contacts.", r#"{"completed": false, "limit": 25, "skip": 0}"#);

#[derive(Deserialize, JsonSchema)]
#[serde(rename_all = "camelCase", deny_unknown_fields)]
#[expect(dead_code, reason = "its form is checked, and the input is sent as it is")]
struct OfTask {
    contact_id: RecordId,
    task_id: RecordId,
}

#[derive(Deserialize, JsonSchema)]
#[serde(rename_all = "camelCase", deny_unknown_fields)]
#[expect(dead_code, reason = "its form is checked, and the input is sent as it is")]
struct NewTask {
    contact_id: RecordId,
    title: SomeText,
    body: Option<String>,
    due_date: Instant,
    completed: bool,
    /// The id of a user.
    assigned_to: Option<RecordId>,
}

#[derive(Deserialize, JsonSchema)]
#[serde(rename_all = "camelCase", deny_unknown_fields)]
#[expect(dead_code, reason = "its form is checked, and the input is sent as it is")]
struct ChangedTask {
    contact_id: RecordId,
    task_id: RecordId,
    title: Option<SomeText>,
    body: Option<String>,
    due_date: Option<Instant>,
    completed: Option<bool>,
    /// The id of a user.
    assigned_to: Option<RecordId>,
}

#[derive(Deserialize, JsonSchema)]
#[serde(rename_all = "camelCase", deny_unknown_fields)]
#[expect(dead_code, reason = "its form is checked, and the input is sent as it is")]
struct CompletedTask {
    contact_id: RecordId,
    task_id: RecordId,
    completed: bool,
}

#[derive(Deserialize, JsonSchema)]
#[serde(rename_all = "camelCase", deny_unknown_fields)]
#[expect(dead_code, reason = "its form is checked, and the input is sent as it is")]
struct TaskSearch {
    contact_id: Option<Vec<RecordId>>,
    completed: Option<bool>,
    /// The ids of users.
    assigned_to: Option<Vec<RecordId>>,
    query: Option<String>,
    #[schemars(range(min = 1, max = 100))]
    limit: Option<u32>,
    skip: Option<u32>,
    business_id: Option<RecordId>,
}

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
    /// None where the contact is gone.
    pub async fn tasks(&self, contact: &RecordId) -> Result<Vec<Task>, Error> {
        let call = LIST.endpoint.call(self.location(), &[contact.as_str()]);
        Ok(self.ask::<Tasks>(&call).await?.done().map_or_else(Vec::new, |answer| answer.tasks))
    }

    pub async fn task(&self, contact: &RecordId, id: &str) -> Result<Option<Task>, Error> {
        let call = READ.endpoint.call(self.location(), &[contact.as_str(), id]);
        Ok(self.ask::<OneTask>(&call).await?.done().map(|answer| answer.task))
    }

    /// Title, due date and `completed` are required.
    pub async fn create_task(&self, contact: &RecordId, body: Json) -> Result<Answer<Task>, Error> {
        let call = CREATE.endpoint.call(self.location(), &[contact.as_str()]).body(body);
        Ok(self.ask::<OneTask>(&call).await?.map(|answer| answer.task))
    }

    /// Fields that are not named stay.
    pub async fn update_task(&self, contact: &RecordId, id: &str, body: Json) -> Result<Answer<Task>, Error> {
        let call = UPDATE.endpoint.call(self.location(), &[contact.as_str(), id]).body(body);
        Ok(self.ask::<OneTask>(&call).await?.map(|answer| answer.task))
    }

    pub async fn complete_task(
        &self,
        contact: &RecordId,
        id: &str,
        completed: bool,
    ) -> Result<Answer<Task>, Error> {
        let call = COMPLETE
            .endpoint
            .call(self.location(), &[contact.as_str(), id])
            .body(json!({ "completed": completed }));
        Ok(self.ask::<OneTask>(&call).await?.map(|answer| answer.task))
    }

    /// `false` where it was gone already.
    pub async fn delete_task(&self, contact: &RecordId, id: &str) -> Result<bool, Error> {
        let call = DELETE.endpoint.call(self.location(), &[contact.as_str(), id]);
        Ok(self.ask::<Succeeded>(&call).await?.done().is_some())
    }

    /// A page of all tasks of the location, or of those that are still to be done.
    pub async fn search_tasks(&self, skip: usize, open_only: bool) -> Result<Vec<Task>, Error> {
        let mut body = json!({ "limit": TASKS_PER_PAGE, "skip": skip });
        if open_only {
            body["completed"] = json!(false);
        }
        let answer: Tasks = self.send(&SEARCH.endpoint.call(self.location(), &[]).body(body)).await?;
        Ok(answer.tasks)
    }
}
