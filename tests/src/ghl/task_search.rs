//! `POST /locations/:id/tasks/search`: the tasks of all contacts of a location.

use serde_json::{Value, json};

use super::body::{self, Fields, Takes};
use super::contact::Contact;
use super::refusal::Refusal;
use super::state::State;
use super::tasks::Task;
use super::wire::{Answer, Asked};
use super::{gate, validate};

const SCHEMA: &body::Schema = &[
    ("contactId", Takes::Texts),
    ("completed", Takes::Bool),
    ("assignedTo", Takes::Texts),
    ("query", Takes::Text),
    ("limit", Takes::Number),
    ("skip", Takes::Number),
    ("businessId", Takes::Text),
];
const LIMIT: u64 = 25;
const LIMIT_MAX: u64 = 100;

/// Answers a page of the tasks that fit, oldest first. Tasks of deleted contacts are not among them.
pub(super) fn search(
    state: &mut State,
    asked: &Asked,
    own: &str,
    [named, _]: [&str; 2],
) -> Result<Answer, Refusal> {
    gate::same_location(own, named)?;
    let wanted = asked.object()?;
    body::check(&wanted, SCHEMA, &[])?;
    let (limit, skip) = (number(&wanted, "limit", LIMIT), number(&wanted, "skip", 0));
    if !(1..=LIMIT_MAX).contains(&limit) {
        return Err(Refusal::one_field(format!("limit must be a number from 1 to {LIMIT_MAX}")));
    }
    let location = state.location(own)?;
    let alive = |task: &&Task| location.contact(&task.contact).filter(|contact| !contact.deleted);
    let found = location.tasks.iter().filter(|task| alive(task).is_some_and(|own| fits(task, own, &wanted)));
    let (skip, limit) = (usize::try_from(skip).unwrap_or(usize::MAX), usize::try_from(limit).unwrap_or(0));
    let page: Value = found.skip(skip).take(limit).map(Task::shown).collect();
    Ok(Answer::json(200, json!({"tasks": page})))
}

fn number(body: &Fields, name: &str, default: u64) -> u64 {
    body.get(name).and_then(Value::as_u64).unwrap_or(default)
}

fn fits(task: &Task, contact: &Contact, wanted: &Fields) -> bool {
    let among = |name: &str, value: Option<&str>| match wanted.get(name) {
        Some(list) => value.is_some_and(|value| validate::texts(list).contains(&value)),
        None => true,
    };
    let query = body::text(wanted, "query").unwrap_or_default().to_lowercase();
    let mentioned = ["title", "body"].iter().any(|field| {
        body::text(&task.fields, field).is_some_and(|text| text.to_lowercase().contains(&query))
    });
    let business = body::text(wanted, "businessId");
    among("contactId", Some(&task.contact))
        && among("assignedTo", body::text(&task.fields, "assignedTo"))
        && wanted.get("completed").is_none_or(|completed| *completed == task.completed())
        && business.is_none_or(|business| contact.text("businessId") == Some(business))
        && mentioned
}
