//! The relay's words for comments, to-dos and appointments, and what it is told of them by us.

use serde_json::{Map, Value, json};

use super::related::{self, Item, Kind};
use super::relay;
use super::state::State;
use super::wire::Refusal;

/// HelloLeads' field and the relay's, of each kind.
fn words(kind: Kind) -> &'static [(&'static str, &'static str)] {
    match kind {
        Kind::Comment => &[("text", "body"), ("user_name", "author")],
        Kind::ToDo => &[
            ("title", "title"),
            ("description", "description"),
            ("dueDateTime", "due"),
            ("assignedTo", "assignee"),
            ("donePercent", "completed"),
        ],
        Kind::Appointment => &[
            ("title", "title"),
            ("notes", "notes"),
            ("start", "start"),
            ("end", "end"),
            ("status", "status"),
            ("assignee", "assignee"),
            ("place", "place"),
        ],
    }
}

/// An item in the relay's words.
pub(super) fn shown(item: &Item, kind: Kind, keeps_reference: bool) -> Value {
    let mut body = Map::new();
    body.insert("id".to_owned(), json!(item.id.to_string()));
    for (ours, theirs) in words(kind) {
        let value = item.fields.get(*ours).cloned().unwrap_or_default();
        let value = if *theirs == "completed" { json!(value == 100) } else { value };
        body.insert((*theirs).to_owned(), value);
    }
    if let Some(reference) = item.reference.as_ref().filter(|_| keeps_reference) {
        body.insert("reference".to_owned(), json!(reference));
    }
    Value::Object(body)
}

/// Takes `note.created`, `task.updated`, `appointment.deleted` and the like; answers the kind's name and the id.
pub(super) fn obey(
    state: &mut State,
    event: &str,
    body: &Map<String, Value>,
) -> Result<(&'static str, u64), Refusal> {
    let (name, what) = event.split_once('.').ok_or_else(|| Refusal::of("unknown event"))?;
    let kind = Kind::ALL.into_iter().find(|kind| kind.relay_name() == name);
    let kind = kind.ok_or_else(|| Refusal::of("unknown event"))?;
    let record =
        body.get(name).and_then(Value::as_object).ok_or_else(|| Refusal::of(format!("{name} is missing")))?;
    let id = record.get("id").and_then(Value::as_str).and_then(|id| id.parse::<u64>().ok());
    let fields = in_our_words(kind, record);
    let id = match (what, id) {
        ("created", None) => {
            let lead = body.get("lead").and_then(|lead| lead.get("id")).and_then(Value::as_str);
            let lead =
                lead.and_then(|id| id.parse().ok()).ok_or_else(|| Refusal::of("lead.id is missing"))?;
            let reference = record.get("reference").and_then(Value::as_str).map(str::to_owned);
            let id = related::add(state, kind, lead, &fields, reference)?;
            relay::tell_related(state, kind, "created", id);
            id
        }
        ("updated", Some(id)) => {
            if related::change(state, kind, id, &fields)? {
                relay::tell_related(state, kind, "updated", id);
            }
            id
        }
        ("deleted", Some(id)) => {
            let gone = related::remove(state, kind, id)?;
            relay::tell_related_deleted(state, kind, &gone);
            id
        }
        _ => return Err(Refusal::of("unknown event")),
    };
    Ok((kind.relay_name(), id))
}

fn in_our_words(kind: Kind, record: &Map<String, Value>) -> Map<String, Value> {
    let mut fields = Map::new();
    for (ours, theirs) in words(kind) {
        let Some(value) = record.get(*theirs) else { continue };
        let value =
            if *theirs == "completed" { json!(if *value == true { 100 } else { 0 }) } else { value.clone() };
        fields.insert((*ours).to_owned(), value);
    }
    fields
}
