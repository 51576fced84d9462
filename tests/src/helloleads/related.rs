//! What belongs to a lead: comments, to-dos, appointments, and the one follow-up.

use std::collections::BTreeMap;

use jiff::Timestamp;
use serde_json::{Map, Value, json};

use super::state::State;
use super::wire::Refusal;

/// A comment, a to-do or an appointment.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub(super) enum Kind {
    Comment,
    ToDo,
    Appointment,
}

impl Kind {
    pub const ALL: [Self; 3] = [Self::Comment, Self::ToDo, Self::Appointment];

    /// What the relay calls it.
    pub fn relay_name(self) -> &'static str {
        match self {
            Self::Comment => "note",
            Self::ToDo => "task",
            Self::Appointment => "appointment",
        }
    }

    /// Its own fields, by HelloLeads' names.
    fn fields(self) -> &'static [&'static str] {
        match self {
            Self::Comment => &["text", "user_email", "user_name"],
            Self::ToDo => &["title", "description", "dueDateTime", "assignedTo", "critical", "donePercent"],
            Self::Appointment => &["title", "notes", "start", "end", "status", "assignee", "place"],
        }
    }
}

/// One of them.
#[derive(Clone, Debug, PartialEq)]
pub(super) struct Item {
    pub id: u64,
    pub lead: u64,
    pub fields: Map<String, Value>,
    /// The name that the relay was given for it.
    pub reference: Option<String>,
    pub created: Timestamp,
    pub modified: Timestamp,
}

impl Item {
    pub fn shown(&self) -> Value {
        let mut shown = self.fields.clone();
        shown.insert("id".to_owned(), json!(self.id.to_string()));
        shown.insert("lead_id".to_owned(), json!(self.lead.to_string()));
        Value::Object(shown)
    }
}

/// Everything of these kinds that the account holds.
#[derive(Default)]
pub(super) struct Related {
    pub items: BTreeMap<(Kind, u64), Item>,
    /// Users by id: e-mail and name.
    pub users: BTreeMap<String, (String, String)>,
    /// The follow-up of a lead, as it was last set.
    pub follow_ups: BTreeMap<u64, Value>,
    /// Users by the session token that lets them in.
    pub sessions: BTreeMap<String, String>,
    last_id: u64,
}

impl Related {
    pub fn of(&self, kind: Kind) -> impl DoubleEndedIterator<Item = &Item> {
        self.items.range((kind, 0)..=(kind, u64::MAX)).map(|(_, item)| item)
    }

    pub fn user_named(&self, email: &str) -> Option<&str> {
        self.users.values().find(|(known, _)| known == email).map(|(_, name)| name.as_str())
    }
}

/// Adds one to a lead that exists, and answers its id.
pub(super) fn add(
    state: &mut State,
    kind: Kind,
    lead: u64,
    fields: &Map<String, Value>,
    reference: Option<String>,
) -> Result<u64, Refusal> {
    if state.leads.get(lead).is_none() {
        return Err(Refusal::of("Lead not found"));
    }
    let now = state.its_now();
    let mut item = Item { id: 0, lead, fields: Map::new(), reference, created: now, modified: now };
    for name in kind.fields() {
        item.fields.insert((*name).to_owned(), Value::Null);
    }
    if kind == Kind::ToDo {
        item.fields.insert("donePercent".to_owned(), json!(0));
    }
    write(kind, &mut item, fields)?;
    state.related.last_id += 1;
    item.id = 7_000 + state.related.last_id;
    let id = item.id;
    state.related.items.insert((kind, id), item);
    Ok(id)
}

/// Changes one; whether anything changed.
pub(super) fn change(
    state: &mut State,
    kind: Kind,
    id: u64,
    fields: &Map<String, Value>,
) -> Result<bool, Refusal> {
    let now = state.its_now();
    let item = state.related.items.get_mut(&(kind, id)).ok_or_else(|| Refusal::of("Record not found"))?;
    let before = item.fields.clone();
    write(kind, item, fields)?;
    let changed = item.fields != before;
    if changed {
        item.modified = now;
    }
    Ok(changed)
}

pub(super) fn remove(state: &mut State, kind: Kind, id: u64) -> Result<Item, Refusal> {
    state.related.items.remove(&(kind, id)).ok_or_else(|| Refusal::of("Record not found"))
}

fn write(kind: Kind, item: &mut Item, fields: &Map<String, Value>) -> Result<(), Refusal> {
    for (name, value) in fields {
        if !kind.fields().contains(&name.as_str()) {
            return Err(Refusal::of(format!("unknown field {name}")));
        }
        item.fields.insert(name.clone(), value.clone());
    }
    Ok(())
}

/// The follow-up that a `PUT /lead/{id}` sets.
pub(super) fn set_follow_up(state: &mut State, lead: u64, details: &Value) -> Result<(), Refusal> {
    let when = details.get("followUpDateTime").and_then(Value::as_str);
    let readable =
        when.is_none_or(|when| jiff::civil::DateTime::strptime(super::state::WALL_FORM, when).is_ok());
    if !readable {
        return Err(Refusal::of("Invalid followUpDateTime"));
    }
    state.related.follow_ups.insert(lead, details.clone());
    Ok(())
}
