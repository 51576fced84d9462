//! The tasks of a contact.

use jiff::Timestamp;
use serde_json::{Value, json};

use super::body::{self, Fields, Takes};
use super::ids::Kind;
use super::refusal::Refusal;
use super::shape;
use super::state::State;
use super::wire::{Answer, Asked};

const SCHEMA: &body::Schema = &[
    ("title", Takes::SomeText),
    ("body", Takes::Text),
    ("dueDate", Takes::Instant),
    ("completed", Takes::Bool),
    ("assignedTo", Takes::Text),
];
const REQUIRED: [&str; 3] = ["title", "dueDate", "completed"];
const STATUS: &body::Schema = &[("completed", Takes::Bool)];

/// A task, with its fields by their API names.
#[derive(Clone, Debug)]
pub(super) struct Task {
    pub id: String,
    pub contact: String,
    pub fields: Fields,
    added: Timestamp,
}

impl Task {
    /// As every call shows it: no call tells when it was made.
    pub fn shown(&self) -> Value {
        let mut shown = self.fields.clone();
        shown.insert("id".to_owned(), json!(self.id));
        shown.insert("contactId".to_owned(), json!(self.contact));
        Value::Object(shown)
    }

    /// As a webhook carries it: without `completed`. A bare one also lacks the body and the contact.
    fn as_hook(&self, event: &str, bare: bool) -> Fields {
        let mut hook = self.fields.clone();
        hook.remove("completed");
        hook.insert("contactId".to_owned(), json!(self.contact));
        if bare {
            hook.remove("body");
            hook.remove("contactId");
        }
        hook.insert("type".to_owned(), json!(event));
        hook.insert("id".to_owned(), json!(self.id));
        hook.insert("dateAdded".to_owned(), json!(shape::instant(self.added)));
        hook
    }

    pub fn completed(&self) -> bool {
        self.fields.get("completed") == Some(&Value::Bool(true))
    }
}

pub(super) fn list(
    state: &mut State,
    _: &Asked,
    own: &str,
    [contact, _]: [&str; 2],
) -> Result<Answer, Refusal> {
    Ok(Answer::json(200, json!({"tasks": all(state, own, contact)?})))
}

pub(super) fn read(
    state: &mut State,
    _: &Asked,
    own: &str,
    [contact, id]: [&str; 2],
) -> Result<Answer, Refusal> {
    Ok(answer(200, found(state, own, contact, id)?))
}

pub(super) fn create(
    state: &mut State,
    asked: &Asked,
    own: &str,
    [contact, _]: [&str; 2],
) -> Result<Answer, Refusal> {
    let fields = asked.object()?;
    body::check(&fields, SCHEMA, &REQUIRED)?;
    Ok(answer(201, &made(state, own, contact, fields)?))
}

pub(super) fn update(
    state: &mut State,
    asked: &Asked,
    own: &str,
    [contact, id]: [&str; 2],
) -> Result<Answer, Refusal> {
    let fields = asked.object()?;
    body::check(&fields, SCHEMA, &[])?;
    Ok(answer(200, &changed(state, own, contact, id, fields)?))
}

/// Ticks a task off, or opens it again.
pub(super) fn complete(
    state: &mut State,
    asked: &Asked,
    own: &str,
    [contact, id]: [&str; 2],
) -> Result<Answer, Refusal> {
    let fields = asked.object()?;
    body::check(&fields, STATUS, &["completed"])?;
    Ok(answer(200, &changed(state, own, contact, id, fields)?))
}

pub(super) fn delete(
    state: &mut State,
    _: &Asked,
    own: &str,
    [contact, id]: [&str; 2],
) -> Result<Answer, Refusal> {
    removed(state, own, contact, id)?;
    Ok(Answer::json(200, json!({"succeded": true})))
}

fn answer(status: u16, task: &Task) -> Answer {
    Answer::json(status, json!({"task": task.shown()}))
}

/// The tasks of a contact as they are shown, oldest first.
pub(super) fn all(state: &State, location: &str, contact: &str) -> Result<Vec<Value>, Refusal> {
    state.contact(location, contact)?;
    let tasks = state.location(location)?.tasks.iter();
    Ok(tasks.filter(|task| task.contact == contact).map(Task::shown).collect())
}

/// Makes a task of fields that were checked, and fires its webhook.
pub(super) fn made(
    state: &mut State,
    location: &str,
    contact: &str,
    fields: Fields,
) -> Result<Task, Refusal> {
    let contact = state.contact(location, contact)?.id.clone();
    let fields = respelled(state, location, fields)?;
    let task = Task { id: state.ids.next(Kind::Task), contact, fields, added: state.now() };
    state.location_mut(location)?.tasks.push(task.clone());
    let bare = state.switches.task_create_is_bare;
    state.fire(location, task.as_hook("TaskCreate", bare));
    Ok(task)
}

/// Writes checked fields into a task. Only one that is completed by it fires a webhook.
pub(super) fn changed(
    state: &mut State,
    location: &str,
    contact: &str,
    id: &str,
    fields: Fields,
) -> Result<Task, Refusal> {
    let mut task = found(state, location, contact, id)?.clone();
    let was_completed = task.completed();
    body::write(&mut task.fields, respelled(state, location, fields)?);
    let tasks = &mut state.location_mut(location)?.tasks;
    tasks.iter_mut().filter(|known| known.id == id).for_each(|known| *known = task.clone());
    if task.completed() && !was_completed {
        state.fire(location, task.as_hook("TaskComplete", false));
    }
    Ok(task)
}

/// Removes a task and fires its webhook.
pub(super) fn removed(state: &mut State, location: &str, contact: &str, id: &str) -> Result<(), Refusal> {
    let task = found(state, location, contact, id)?.clone();
    state.location_mut(location)?.tasks.retain(|known| known.id != id);
    state.fire(location, task.as_hook("TaskDelete", false));
    Ok(())
}

/// Checks what a person enters in the screens, where everything but the title can be left out.
pub(super) fn check_entered(fields: &Fields) -> Result<(), Refusal> {
    body::check_entered(fields, SCHEMA)
}

/// The fields with the due date in UTC. A task can only be assigned to a user of its location.
fn respelled(state: &State, location: &str, mut fields: Fields) -> Result<Fields, Refusal> {
    if let Some(due) = body::instant(&fields, "dueDate") {
        fields.insert("dueDate".to_owned(), json!(shape::instant(due)));
    }
    let users = &state.location(location)?.users;
    match body::text(&fields, "assignedTo") {
        Some(named) if users.iter().all(|user| user["id"] != named) => {
            Err(Refusal::one_field("assignedTo must be a user of the location"))
        }
        _ => Ok(fields),
    }
}

fn found<'a>(state: &'a State, location: &str, contact: &str, id: &str) -> Result<&'a Task, Refusal> {
    state.contact(location, contact)?;
    let tasks = &state.location(location)?.tasks;
    let found = tasks.iter().find(|task| task.id == id && task.contact == contact);
    found.ok_or_else(|| Refusal::missing("Task", id))
}
