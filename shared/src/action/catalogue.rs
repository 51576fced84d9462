//! All that automations are made of: every trigger and every action, as the code has them.

use schemars::Schema;
use serde::Serialize;
use serde_json::{Value as Json, json};

use super::asked::{ASKED, Asked};
use super::input::{schema_of, written_schema_of};
use super::outcome::{DONE, Outcome, REFUSED, UNCERTAIN};
use super::{Action, Effect};
use crate::bus::{Detail, News, SOURCE};
use crate::changes;
use crate::connection::helloleads::Profile;
use crate::model::side::Side;
use crate::rule::stopped;

/// The location that examples name.
const EXAMPLE_LOCATION: &str = "ve9EPM428h8vShlRW1KT";
const EXAMPLE_EVENT: &str = "7bf73129-1428-4cd3-a780-95db273d1602";
const EXAMPLE_TIME: &str = "2026-11-23T10:05:00Z";

#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize)]
#[serde(rename_all = "snake_case")]
pub enum Kind {
    Trigger,
    Action,
}

/// One entry.
#[derive(Clone, Debug, Serialize)]
pub struct Entry {
    pub kind: Kind,
    pub name: &'static str,
    pub says: &'static str,
    /// The side that an action asks; triggers are the sync's own.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub side: Option<Side>,
    /// The GHL scopes that it needs.
    pub scopes: Vec<&'static str>,
    /// The HelloLeads profiles that can do it.
    #[serde(skip_serializing_if = "<[_]>::is_empty")]
    pub profiles: &'static [Profile],
    /// API calls, at least and at the most.
    pub calls: [u32; 2],
    /// What becomes of an action whose answer is lost.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub if_answer_is_lost: Option<&'static str>,
    /// An action's input; a trigger's detail.
    pub schema: Schema,
    /// An event: the one that a trigger is, or one that asks for the action.
    pub example: Json,
}

/// The schema of the event that asks for any action; what stands in its `input` is the action's own affair.
pub fn asking() -> Schema {
    schema_of::<Asked>()
}

/// What a trigger tells of, and so the form of its detail.
#[derive(Clone, Copy)]
enum Told {
    Connection,
    Record,
    Action,
    Rule,
}

/// What is told of actions.
const OUTCOMES: [(&str, &str); 3] = [
    (DONE, "An action was done; the ids are of the records that it made, changed or found."),
    (REFUSED, "An action was not done, and why: the event, its input, or the API's refusal."),
    (
        UNCERTAIN,
        "The answer of an action that must not be done twice was lost: look whether it was done, and ask again if not.",
    ),
];

fn all_triggers() -> impl Iterator<Item = (&'static str, &'static str, Told)> {
    let of = |told: Told| move |(name, says): (&'static str, &'static str)| (name, says, told);
    let news = News::KINDS.into_iter().map(of(Told::Connection));
    let changes = changes::KINDS.into_iter().chain(changes::TIMED).map(of(Told::Record));
    let stopped = [(stopped::STOPPED, stopped::SAYS)].into_iter().map(of(Told::Rule));
    news.chain(changes).chain(OUTCOMES.into_iter().map(of(Told::Action))).chain(stopped)
}

/// The names of all triggers.
pub fn triggers() -> impl Iterator<Item = &'static str> {
    all_triggers().map(|(name, _, _)| name)
}

/// The detail of a trigger's example.
pub fn detail_of(trigger: &str) -> Json {
    let known = all_triggers().find(|(name, _, _)| *name == trigger);
    known.map(|(name, _, told)| told.example(name)).unwrap_or_default()
}

/// Everything, triggers first.
pub fn entries() -> Vec<Entry> {
    let triggers = all_triggers().map(|(name, says, told)| trigger(name, says, told));
    triggers.chain(Action::all().map(of_action)).collect()
}

impl Told {
    fn schema(self) -> Schema {
        match self {
            Self::Connection => written_schema_of::<Detail<'static>>(),
            Self::Record => written_schema_of::<changes::Detail>(),
            Self::Action => written_schema_of::<Outcome<'static>>(),
            Self::Rule => written_schema_of::<stopped::Stopped<'static>>(),
        }
    }

    fn example(self, name: &str) -> Json {
        match self {
            Self::Connection => news_example(name),
            Self::Record => change_example(name),
            Self::Action => outcome_example(name),
            Self::Rule => stop_example(),
        }
    }
}

fn stop_example() -> Json {
    json!({
        "version": 1, "connection": EXAMPLE_LOCATION, "at": EXAMPLE_TIME, "rule": "5f0c7a", "name": "Tag customers",
        "why": "writes", "event": "RecordChanged", "ghl": "seD4PfOuKoVMLkEZqohJ", "helloleads": "9481462",
    })
}

fn trigger(name: &'static str, says: &'static str, told: Told) -> Entry {
    Entry {
        kind: Kind::Trigger,
        name,
        says,
        side: None,
        scopes: Vec::new(),
        profiles: &[],
        calls: [0, 0],
        if_answer_is_lost: None,
        schema: told.schema(),
        example: json!({ "source": SOURCE, "detail-type": name, "detail": told.example(name) }),
    }
}

fn news_example(name: &str) -> Json {
    let mut detail = json!({ "version": 1, "connection": EXAMPLE_LOCATION, "at": EXAMPLE_TIME });
    if name == "ConnectionNeedsAttention" {
        detail["reason"] = json!("ghl_tokens_refused");
    }
    detail
}

/// What belongs to a contact is named by both.
fn of_contact(kind: &str, own: &str) -> Json {
    json!({ "kind": kind, "ghl": format!("seD4PfOuKoVMLkEZqohJ.{own}"), "helloleads": "9481462.77" })
}

fn change_example(name: &str) -> Json {
    let mut detail = json!({
        "version": 1, "connection": EXAMPLE_LOCATION, "at": EXAMPLE_TIME, "change": EXAMPLE_EVENT,
        "kind": "contact", "ghl": "seD4PfOuKoVMLkEZqohJ",
    });
    let more = match name {
        "RecordParked" => json!({ "code": "no_email_or_phone" }),
        "RecordUnparked" => json!({}),
        "RecordChanged" => {
            json!({ "helloleads": "9481462", "fields": ["phone", "tags"], "edited": ["helloleads"] })
        }
        "RecordLinked" => json!({ "helloleads": "9481462", "edited": ["ghl"] }),
        "AppointmentSoon" => of_contact("appointment", "ocQHyuzHvysMo5N5VsXc"),
        "TaskOverdue" => of_contact("task", "66e2d3a2f4a1b2c3d4e5f607"),
        "RecordDeleted" => json!({ "helloleads": "9481462", "side": "ghl" }),
        "ConflictFound" => json!({ "fields": ["last_name"], "side": "helloleads" }),
        _ => json!({ "helloleads": "9481462" }),
    };
    detail
        .as_object_mut()
        .into_iter()
        .for_each(|detail| detail.extend(more.as_object().cloned().unwrap_or_default()));
    detail
}

fn outcome_example(name: &str) -> Json {
    let mut detail = json!({
        "version": 1, "connection": EXAMPLE_LOCATION, "at": EXAMPLE_TIME, "asked": EXAMPLE_EVENT,
        "action": "ghl.task.create",
    });
    match name {
        DONE => detail["ids"] = json!(["66e2d3a2f4a1b2c3d4e5f607"]),
        REFUSED => {
            detail["why"] = json!({ "code": "bad_input", "text": "input: missing field `title`" });
        }
        _ => {}
    }
    detail
}

fn of_action(action: Action) -> Entry {
    let about = action.about();
    let lost = match about.effect {
        Effect::Reads | Effect::Repeats => "it is tried again",
        Effect::Once => "it is told as uncertain, and not tried again",
    };
    let cost = action.cost();
    let detail = json!({
        "version": 1, "connection": EXAMPLE_LOCATION, "action": about.name, "input": action.example(),
    });
    Entry {
        kind: Kind::Action,
        name: about.name,
        says: about.says,
        side: Some(action.side()),
        scopes: action.scope().into_iter().collect(),
        profiles: action.profiles(),
        calls: [cost.least, cost.most],
        if_answer_is_lost: Some(lost),
        schema: about.input.schema(),
        example: json!({ "source": "my.rules", "detail-type": ASKED, "detail": detail }),
    }
}

/// The scopes that actions need and the sync does not.
pub fn further_scopes() -> Vec<&'static str> {
    let mut scopes: Vec<&str> = Action::all().filter_map(Action::scope).collect();
    scopes.sort_unstable();
    scopes.dedup();
    scopes.retain(|scope| !crate::ghl::oauth::SCOPES.contains(scope));
    scopes
}

#[cfg(test)]
mod tests {
    use std::collections::BTreeSet;

    use super::*;

    #[test]
    fn every_entry_has_a_name_of_its_own_and_says_what_it_does() {
        let entries = entries();
        let names: BTreeSet<&str> = entries.iter().map(|entry| entry.name).collect();
        assert_eq!(names.len(), entries.len());
        assert!(entries.iter().all(|entry| entry.says.ends_with('.')));
        assert!(entries.len() >= 126, "{} entries", entries.len());
    }

    #[test]
    fn every_example_is_an_input_that_its_action_takes() {
        for action in Action::all() {
            let checked = action.about().input.check(&action.example());
            assert_eq!(checked, Ok(()), "{}", action.about().name);
        }
    }

    #[test]
    fn every_id_of_a_path_is_one_that_the_input_must_have() {
        for operation in crate::ghl::operation::all() {
            let schema = operation.about.input.schema();
            let required = schema.as_value()["required"].as_array().cloned().unwrap_or_default();
            let names = operation
                .endpoint
                .path
                .split('/')
                .filter_map(|part| part.strip_prefix('{')?.strip_suffix('}'));
            for name in names.filter(|name| *name != "locationId") {
                assert!(required.contains(&json!(name)), "{}: {name}", operation.about.name);
            }
        }
    }
}
