//! What can be asked for about what belongs to leads: comments, to-dos, appointments.
//!
//! A comment or to-do is named by its lead's id and its own, as both APIs want them.

use schemars::JsonSchema;
use serde::Deserialize;
use serde_json::{Value as Json, json};

use super::client::{Body, HelloLeadsClient};
use super::comments::RowPage;
use super::lead_operations::to_body;
use super::operation::{BY_CALLS, BY_RELAY, BY_V1, BY_V1_AND_RELAY, Failed, Operation, Reach};
use super::wall_time::{to_query, zone};
use crate::action::input::{Instant, SomeText, parse};
use crate::model::ids::RecordId;
use crate::model::side::Kind;
use crate::normalise::moment;

pub const OPERATIONS: &[&Operation] = &[
    &LIST_COMMENTS,
    &CREATE_COMMENT,
    &UPDATE_COMMENT,
    &DELETE_COMMENT,
    &LIST_TO_DOS,
    &CREATE_TO_DO,
    &UPDATE_TO_DO,
    &DELETE_TO_DO,
    &CREATE_APPOINTMENT,
    &UPDATE_APPOINTMENT,
    &DELETE_APPOINTMENT,
];

const LIST_COMMENTS: Operation =
    Operation::new::<Page>("helloleads.comment.list", BY_CALLS, |reach, input| {
        Box::pin(list_comments(reach, input))
    })
    .reading()
    .says("Lists the account's comments, a page at a time, since a time if one is named.", r#"{"page": 1}"#);

const CREATE_COMMENT: Operation =
    Operation::new::<NewComment>("helloleads.comment.create", BY_V1_AND_RELAY, |reach, input| {
        Box::pin(create_comment(reach, input))
    })
    .says("Adds a comment to a lead.", r#"{"lead_id": "9481462", "body": "Asked for the price list."}"#);

const UPDATE_COMMENT: Operation =
    Operation::new::<ChangedComment>("helloleads.comment.update", BY_RELAY, |reach, input| {
        Box::pin(related(reach, input, "updated", Kind::Note))
    })
    .repeatable()
    .says(
        "Has the relay change a comment.",
        r#"{"lead_id": "9481462", "id": "7001", "body": "Has the price list."}"#,
    );

const DELETE_COMMENT: Operation =
    Operation::new::<OfRelated>("helloleads.comment.delete", BY_RELAY, |reach, input| {
        Box::pin(related(reach, input, "deleted", Kind::Note))
    })
    .repeatable()
    .says("Has the relay delete a comment.", r#"{"lead_id": "9481462", "id": "7001"}"#);

const LIST_TO_DOS: Operation = Operation::new::<Page>("helloleads.to_do.list", BY_V1, |reach, input| {
    Box::pin(list_to_dos(reach, input))
})
.reading()
.says(
    "Lists the account's to-dos, a page at a time, modified since a time if one is named.",
    r#"{"page": 1}"#,
);

const CREATE_TO_DO: Operation =
    Operation::new::<NewToDo>("helloleads.to_do.create", BY_V1_AND_RELAY, |reach, input| {
        Box::pin(create_to_do(reach, input))
    })
    .says(
        "Creates a to-do for a lead.",
        r#"{"lead_id": "9481462", "title": "Send the offer", "due": "2026-12-01T15:00:00Z", "assignee": "asha@example.com"}"#,
    );

const UPDATE_TO_DO: Operation =
    Operation::new::<ChangedToDo>("helloleads.to_do.update", BY_V1_AND_RELAY, |reach, input| {
        Box::pin(update_to_do(reach, input))
    })
    .repeatable()
    .says("Changes a to-do, or ticks it off.", r#"{"lead_id": "9481462", "id": "7002", "completed": true}"#);

const DELETE_TO_DO: Operation =
    Operation::new::<OfRelated>("helloleads.to_do.delete", BY_RELAY, |reach, input| {
        Box::pin(related(reach, input, "deleted", Kind::Task))
    })
    .repeatable()
    .says("Has the relay delete a to-do.", r#"{"lead_id": "9481462", "id": "7002"}"#);

const CREATE_APPOINTMENT: Operation =
    Operation::new::<NewAppointment>("helloleads.appointment.create", BY_RELAY, |reach, input| {
        Box::pin(related(reach, input, "created", Kind::Appointment))
    })
    .says(
        "Has the relay make an appointment of a lead.",
        r#"{"lead_id": "9481462", "title": "Visit", "start": "2026-12-01T10:00:00Z", "end": "2026-12-01T10:30:00Z"}"#,
    );

const UPDATE_APPOINTMENT: Operation =
    Operation::new::<ChangedAppointment>("helloleads.appointment.update", BY_RELAY, |reach, input| {
        Box::pin(related(reach, input, "updated", Kind::Appointment))
    })
    .repeatable()
    .says(
        "Has the relay change an appointment.",
        r#"{"lead_id": "9481462", "id": "7003", "status": "confirmed"}"#,
    );

const DELETE_APPOINTMENT: Operation =
    Operation::new::<OfRelated>("helloleads.appointment.delete", BY_RELAY, |reach, input| {
        Box::pin(related(reach, input, "deleted", Kind::Appointment))
    })
    .repeatable()
    .says("Has the relay delete an appointment.", r#"{"lead_id": "9481462", "id": "7003"}"#);

#[derive(Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
struct Page {
    page: Option<u64>,
    since: Option<Instant>,
}

#[derive(Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
#[expect(dead_code, reason = "its form is checked, and the input is sent as it is")]
struct OfRelated {
    lead_id: RecordId,
    id: RecordId,
}

#[derive(Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
struct NewComment {
    lead_id: RecordId,
    body: SomeText,
}

#[derive(Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
#[expect(dead_code, reason = "its form is checked, and the input is sent as it is")]
struct ChangedComment {
    lead_id: RecordId,
    id: RecordId,
    body: SomeText,
}

#[derive(Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
struct NewToDo {
    lead_id: RecordId,
    title: SomeText,
    description: Option<String>,
    due: Option<Instant>,
    /// The e-mail address of a user.
    assignee: Option<String>,
    completed: Option<bool>,
}

#[derive(Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
struct ChangedToDo {
    #[expect(dead_code, reason = "only the relay is told of it")]
    lead_id: RecordId,
    id: RecordId,
    title: Option<SomeText>,
    description: Option<String>,
    due: Option<Instant>,
    /// The e-mail address of a user.
    assignee: Option<String>,
    completed: Option<bool>,
}

/// The inputs that hold an appointment's fields: those that all of them have, and what comes to them.
macro_rules! of_appointment {
    ($name:ident { $($field:ident: $type:ty,)* }) => {
        #[derive(Deserialize, JsonSchema)]
        #[serde(deny_unknown_fields)]
        #[expect(dead_code, reason = "its form is checked, and the input is sent as it is")]
        struct $name {
            lead_id: RecordId,
            end: Option<Instant>,
            notes: Option<String>,
            status: Option<Status>,
            /// The e-mail address of a user.
            assignee: Option<String>,
            place: Option<String>,
            $($field: $type,)*
        }
    };
}

of_appointment! { NewAppointment { title: SomeText, start: Instant, } }
of_appointment! { ChangedAppointment { id: RecordId, title: Option<SomeText>, start: Option<Instant>, } }

#[derive(Deserialize, JsonSchema)]
#[serde(rename_all = "lowercase")]
enum Status {
    Scheduled,
    Confirmed,
    Cancelled,
    Attended,
    Missed,
}

async fn list_comments(reach: &Reach, input: &Json) -> Result<Json, Failed> {
    let (client, asked) = (reach.calls()?, parse::<Page>(input)?);
    let since = since(client, &asked)?;
    let name = client.settings().poll.created_from.clone();
    let query: Vec<(&str, &str)> = since.iter().map(|since| (name.as_str(), since.as_str())).collect();
    Ok(shown("comments", client.comments(asked.page.unwrap_or(1), &query).await?))
}

async fn list_to_dos(reach: &Reach, input: &Json) -> Result<Json, Failed> {
    let (client, asked) = (reach.calls()?, parse::<Page>(input)?);
    let since = since(client, &asked)?;
    let name = client.settings().poll.modified_from.clone();
    let query: Vec<(&str, &str)> = since.iter().map(|since| (name.as_str(), since.as_str())).collect();
    Ok(shown("to_dos", client.to_dos(asked.page.unwrap_or(1), &query).await?))
}

fn since(client: &HelloLeadsClient, asked: &Page) -> Result<Option<String>, Failed> {
    let Some(since) = asked.since else { return Ok(None) };
    Ok(Some(to_query(since.0, client.settings(), &zone(client.settings())?)))
}

fn shown(name: &str, page: RowPage) -> Json {
    let rows: Vec<Body> = page.rows.into_iter().map(|row| row.0).collect();
    json!({ name: rows, "more": page.more })
}

async fn create_comment(reach: &Reach, input: &Json) -> Result<Json, Failed> {
    let Reach::Calls(client) = reach else { return related(reach, input, "created", Kind::Note).await };
    let asked: NewComment = parse(input)?;
    Ok(json!({ "id": client.create_comment(&asked.lead_id, &asked.body.0).await? }))
}

async fn create_to_do(reach: &Reach, input: &Json) -> Result<Json, Failed> {
    let Reach::Calls(client) = reach else { return related(reach, input, "created", Kind::Task).await };
    let asked: NewToDo = parse(input)?;
    let fields = json!({
        "title": asked.title.0,
        "description": asked.description,
        "dueDateTime": asked.due.map(|due| moment::to_text(due.0)),
        "assignedTo": asked.assignee,
        "donePercent": percent(asked.completed.unwrap_or_default()),
    });
    Ok(json!({ "id": client.create_to_do(&asked.lead_id, to_body(fields)).await? }))
}

async fn update_to_do(reach: &Reach, input: &Json) -> Result<Json, Failed> {
    let Reach::Calls(client) = reach else { return related(reach, input, "updated", Kind::Task).await };
    let asked: ChangedToDo = parse(input)?;
    let mut fields = Body::new();
    let mut put =
        |name: &str, value: Option<Json>| fields.extend(value.map(|value| (name.to_owned(), value)));
    put("title", asked.title.map(|title| json!(title.0)));
    put("description", asked.description.map(Json::from));
    put("dueDateTime", asked.due.map(|due| json!(moment::to_text(due.0))));
    put("assignedTo", asked.assignee.map(Json::from));
    put("donePercent", asked.completed.map(|completed| json!(percent(completed))));
    client.update_to_do(asked.id.as_str(), fields).await?;
    Ok(json!({ "id": asked.id }))
}

fn percent(completed: bool) -> u8 {
    if completed { 100 } else { 0 }
}

/// Tells the relay, in its own words, which are the input's.
async fn related(reach: &Reach, input: &Json, what: &str, kind: Kind) -> Result<Json, Failed> {
    let mut record = to_body(input.clone());
    let lead: RecordId = parse(&record.remove("lead_id").unwrap_or_default())?;
    let known = record.get("id").and_then(Json::as_str).map(str::to_owned);
    let made = reach.relay()?.post_related(what, kind, &lead, record).await?;
    Ok(json!({ "id": made.or(known) }))
}
