//! GHL's tasks of one connection.

use async_trait::async_trait;
use jiff::tz::TimeZone;
use serde_json::{Map, Value as Json, json};

use super::client::{Answer, GhlClient};
use super::error::Error;
use super::tasks::Task;
use super::wire::contact_of;
use crate::clock::Clock;
use crate::model::fingerprint::{Fingerprint, FingerprintKey};
use crate::model::ids::RecordId;
use crate::model::record::{Change, Field, Observed, Record, Value};
use crate::model::side::Side;
use crate::normalise::{moment, note, text};
use crate::store::people::People;
use crate::sync::port::{Can, Created, Port, PortError, Updated};

pub struct GhlTasks {
    pub client: GhlClient,
    pub key: FingerprintKey,
    pub people: People,
    pub clock: Clock,
    can: Can,
}

impl GhlTasks {
    pub fn new(client: GhlClient, key: FingerprintKey, people: People, clock: Clock) -> Self {
        Self { client, key, people, clock, can: Can::everything() }
    }

    fn to_record(&self, task: &Task) -> Record {
        let due = task.due_date.as_deref().and_then(|due| moment::normalise(due, &TimeZone::UTC));
        let mut record = Record::default();
        record.put_text(Field::TITLE, task.title.as_deref().and_then(text::normalise));
        record.put_text(Field::BODY, task.body.as_deref().and_then(note::normalise));
        record.put_text(Field::DUE, due);
        record.put(Field::COMPLETED, task.completed.then_some(Value::Set));
        record.put_text(Field::ASSIGNEE, task.assigned_to.as_deref().and_then(|id| self.people.email_of(id)));
        record
    }

    fn observed(&self, contact: &RecordId, task: &Task) -> Result<Observed, Error> {
        Ok(Observed {
            id: RecordId::within(contact, &task.id).map_err(|_| Error::Decode { path: "task.id".into() })?,
            record: self.to_record(task),
            modified: None,
            fingerprint: fingerprint(task, &self.key),
            heard: None,
            reference: None,
        })
    }

    fn to_fields(&self, change: &Change) -> Map<String, Json> {
        let mut body = Map::new();
        for (field, value) in change.iter() {
            let text = value.and_then(Value::as_text);
            let (name, value) = match field.as_str() {
                // A task cannot be without a title or a due date: a blank one cannot be written.
                "title" | "due" if text.is_none() => continue,
                "title" => ("title", json!(text)),
                "due" => ("dueDate", json!(text)),
                "body" => ("body", json!(text.unwrap_or_default())),
                "completed" => ("completed", json!(value.is_some())),
                // That nobody is assigned cannot be written: GHL takes a user's id, and nothing else.
                "assignee" => match text.and_then(|email| self.people.ghl_id(email)) {
                    Some(id) => ("assignedTo", json!(id)),
                    None => continue,
                },
                _ => continue,
            };
            body.insert(name.to_owned(), value);
        }
        body
    }
}

/// Of all that a task holds.
pub fn fingerprint(task: &Task, key: &FingerprintKey) -> Fingerprint {
    let due = task.due_date.as_deref().and_then(|due| moment::normalise(due, &TimeZone::UTC));
    let parts = [
        ("title", task.title.as_deref().and_then(text::normalise)),
        ("body", task.body.as_deref().and_then(note::normalise)),
        ("due", due),
        ("completed", task.completed.then(String::new)),
        ("assigned_to", task.assigned_to.clone().filter(|id| !id.is_empty())),
    ];
    let known: Vec<(&str, String)> =
        parts.into_iter().filter_map(|(name, value)| Some((name, value?))).collect();
    key.of(known.iter().map(|(name, value)| (*name, value.as_str())))
}

#[async_trait]
impl Port for GhlTasks {
    fn side(&self) -> Side {
        Side::Ghl
    }

    fn can(&self) -> &Can {
        &self.can
    }

    async fn observe(&self, id: &RecordId) -> Result<Option<Observed>, PortError> {
        let contact = contact_of(id)?;
        let task = self.client.task(&contact, id.own()).await?;
        Ok(task.map(|task| self.observed(&contact, &task)).transpose()?)
    }

    async fn find(&self, record: &Record, under: Option<&RecordId>) -> Result<Vec<Observed>, PortError> {
        let Some(contact) = under else { return Ok(Vec::new()) };
        let mut same = Vec::new();
        for task in self.client.tasks(contact).await? {
            let there = self.to_record(&task);
            // A due date that GHL was given because it requires one is not on the other side.
            let due = record.get(&Field::DUE).is_none() || there.get(&Field::DUE) == record.get(&Field::DUE);
            if due && there.get(&Field::TITLE) == record.get(&Field::TITLE) {
                same.push(self.observed(contact, &task)?);
            }
        }
        Ok(same)
    }

    /// GHL requires a title and a due date: a task without a title is called `Task`, one without a date is due now. What
    /// stands in is never written back.
    async fn create(
        &self,
        record: &Record,
        _reference: &RecordId,
        under: Option<&RecordId>,
    ) -> Result<Created, PortError> {
        let contact = under.ok_or_else(|| Error::Decode { path: "contactId".to_owned() })?;
        let mut body = self.to_fields(&Change::from(record));
        body.entry("title").or_insert_with(|| json!("Task"));
        body.entry("dueDate").or_insert_with(|| json!(moment::to_text(self.clock.now())));
        body.entry("completed").or_insert_with(|| json!(false));
        match self.client.create_task(contact, Json::Object(body)).await? {
            Answer::Done(task) => Ok(Created::Made(self.observed(contact, &task)?)),
            Answer::Missing | Answer::Duplicate { .. } => {
                Err(Error::Decode { path: "task".to_owned() }.into())
            }
        }
    }

    /// A change of nothing but the completion has a call of its own.
    async fn update(&self, before: &Observed, change: &Change) -> Result<Updated, PortError> {
        let (contact, id) = (contact_of(&before.id)?, before.id.own());
        let fields = self.to_fields(change);
        if fields.is_empty() {
            let seen = self.client.task(&contact, id).await?;
            return Ok(match seen {
                Some(task) => Updated::Stored(self.observed(&contact, &task)?),
                None => Updated::Gone,
            });
        }
        let answer = match fields.get("completed").and_then(Json::as_bool) {
            Some(completed) if fields.len() == 1 => {
                self.client.complete_task(&contact, id, completed).await?
            }
            _ => self.client.update_task(&contact, id, Json::Object(fields)).await?,
        };
        Ok(match answer {
            Answer::Done(task) => Updated::Stored(self.observed(&contact, &task)?),
            Answer::Missing | Answer::Duplicate { .. } => Updated::Gone,
        })
    }

    async fn delete(&self, id: &RecordId) -> Result<(), PortError> {
        self.client.delete_task(&contact_of(id)?, id.own()).await?;
        Ok(())
    }
}
