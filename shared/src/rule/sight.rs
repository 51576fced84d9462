//! What the expressions of a rule see of an event: its detail, its ids as texts, and the record as both sides show it.

use std::sync::Arc;

use cel::{Context, Value};
use jiff::{SignedDuration, Timestamp};
use serde_json::{Map, Value as Json, json};

use crate::action::catalogue::detail_of;
use crate::changes::name_of;
use crate::connection::mapping::transform::as_typed;
use crate::expression::to_cel;
use crate::model::ids::RecordId;
use crate::model::record::{Address, Field, Record, Value as Held};
use crate::model::side::{PerSide, Side};
use crate::store::links::Link;

/// The names that an expression may use, as a person is told them.
pub const KNOWN: &str = "event, name, kind, code, side, fields, edited, ghl, helloleads, contact, record, now, in_hours() and joined()";

/// How far a moment may be put off, in hours.
const HOURS_MAX: i64 = 10 * 366 * 24;

/// The most characters of a record's text that an expression sees: it may put them together many times.
const TEXT_MAX: usize = 10_000;

/// The texts of a record that are blank where it has none.
const TEXTS: [&str; 22] = [
    "first_name",
    "last_name",
    "email",
    "phone",
    "company",
    "country",
    "website",
    "date_of_birth",
    "street",
    "city",
    "state",
    "postal_code",
    "list",
    "stage",
    "title",
    "body",
    "author",
    "due",
    "assignee",
    "start",
    "end",
    "status",
];

/// What one event is to expressions.
#[derive(Clone)]
pub struct Sight {
    variables: Map<String, Json>,
    now: Timestamp,
}

/// It holds what a record holds: a debug print does not show it.
impl std::fmt::Debug for Sight {
    fn fmt(&self, formatter: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        formatter.write_str("Sight(…)")
    }
}

/// What is known of the record that an event is about.
#[derive(Clone, Debug, Default)]
pub struct Subject {
    /// As both sides show it.
    pub record: Record,
    /// The ids of its contact, as far as they are known; its own where it is one.
    pub contact: PerSide<Option<RecordId>>,
}

impl Subject {
    /// Of a link: what GHL shows, and what HelloLeads alone has.
    pub fn of(link: &Link) -> Self {
        let mut record = link.mirrors.helloleads.record.clone();
        for (field, value) in link.mirrors.ghl.record.iter() {
            record.put(field.clone(), Some(value.clone()));
        }
        let contact = PerSide::from_fn(|side| Some(contact_of(link.ids.of(side))));
        Self { record, contact }
    }
}

/// The contact that this id leads to: its own, or that of the contact it belongs to.
pub fn contact_of(id: &RecordId) -> RecordId {
    id.contact().unwrap_or_else(|| id.clone())
}

/// What is wrong with a name that no event has.
pub(super) fn unknown(name: &str) -> String {
    format!("the expression names \"{name}\", which there is not; it may name {KNOWN}")
}

/// Whether that is what is wrong.
pub(super) fn is_unknown(text: &str) -> bool {
    text.ends_with(KNOWN)
}

impl Sight {
    /// `custom` names the pairs of the mapping, all of which an expression may name.
    pub fn of<'a>(
        name: &str,
        detail: &Json,
        subject: &Subject,
        custom: impl IntoIterator<Item = &'a str>,
        now: Timestamp,
    ) -> Self {
        let text = |name: &str| detail.get(name).and_then(Json::as_str).unwrap_or_default();
        let list = |name: &str| detail.get(name).cloned().unwrap_or_else(|| json!([]));
        let own = |side: Side| {
            let id = text(side.as_str());
            id.split_once('.').map_or(id, |(_, own)| own).to_owned()
        };
        let contact =
            |side: Side| subject.contact.of(side).as_ref().map(RecordId::as_str).unwrap_or_default();
        let mut record = to_map(&subject.record);
        let names = custom.into_iter().map(|name| (name.to_owned(), json!("")));
        let mut all: Map<String, Json> = names.collect();
        all.extend(subject.record.iter().filter_map(|(field, value)| {
            Some((field.as_custom()?.to_owned(), json!(cut(value.as_text()?))))
        }));
        record.insert("custom".to_owned(), Json::Object(all));
        let variables = json!({
            "event": detail,
            "name": name,
            "kind": text("kind"),
            "code": text("code"),
            "side": text("side"),
            "fields": list("fields"),
            "edited": list("edited"),
            "ghl": own(Side::Ghl),
            "helloleads": own(Side::HelloLeads),
            "contact": { "ghl": contact(Side::Ghl), "helloleads": contact(Side::HelloLeads) },
            "record": record,
            "now": now.to_string(),
        });
        let variables = variables.as_object().cloned().unwrap_or_default();
        Self { variables, now }
    }

    /// An event as the catalogue shows it, of a record that has everything.
    pub fn example(trigger: &str) -> Self {
        let detail = detail_of(trigger);
        let now = detail["at"].as_str().and_then(|at| at.parse().ok()).unwrap_or_default();
        Self::of(trigger, &detail, &example_subject(&detail), [], now)
    }

    pub(crate) fn context(&self) -> Context<'_, '_> {
        let mut context = Context::default();
        for (name, value) in &self.variables {
            context.add_variable_from_value(name.clone(), to_cel(value));
        }
        let now = self.now;
        let in_hours = move |hours: i64| {
            (now + SignedDuration::from_hours(hours.clamp(-HOURS_MAX, HOURS_MAX))).to_string()
        };
        let joined = |items: Arc<Vec<Value>>| {
            let texts = items.iter().map(|item| match item {
                Value::String(text) => text.to_string(),
                Value::Int(number) => number.to_string(),
                _ => String::new(),
            });
            texts.collect::<Vec<_>>().join(", ")
        };
        // No function of CEL's own has these names.
        let added = [context.add_function("in_hours", in_hours), context.add_function("joined", joined)];
        debug_assert!(added.iter().all(Result::is_ok));
        context
    }

    /// What the event is about: whose writes are counted together.
    pub fn about(&self) -> String {
        let own = |name: &str| self.variables[name].as_str().filter(|id| !id.is_empty());
        let contact = |side: &str| self.variables["contact"][side].as_str().filter(|id| !id.is_empty());
        let of_outcome = || self.variables["event"]["ids"][0].as_str();
        let found = contact("ghl").or_else(|| contact("helloleads"));
        let found = found.or_else(|| own("ghl")).or_else(|| own("helloleads")).or_else(of_outcome);
        found.unwrap_or("connection").to_owned()
    }
}

/// A record with a value everywhere, which the example of a trigger might be about.
pub fn example_subject(detail: &Json) -> Subject {
    let id =
        |side: Side| detail.get(side.as_str()).and_then(Json::as_str).and_then(|id| RecordId::parse(id).ok());
    let others =
        [Field::LIST, Field::STAGE, Field::TITLE, Field::BODY, Field::AUTHOR, Field::ASSIGNEE, Field::PLACE];
    let texts = Field::STANDARD.into_iter().chain(others);
    let mut record: Record = texts
        .filter(|field| *field != Field::ADDRESS)
        .map(|field| {
            let text = format!("example of {}", name_of(&field));
            (field, Held::text(text))
        })
        .collect();
    let line = |name: &str| format!("example of {name}");
    let (street, city, state) = (line("street"), line("city"), line("state"));
    let address = Address { street, city, state, postal_code: line("postal_code") };
    record.put(Field::ADDRESS, Some(Held::Address(address)));
    record.put_text(Field::STATUS, Some("confirmed".to_owned()));
    record.put_text(Field::DUE, Some("2026-12-01T15:00:00Z".to_owned()));
    record.put_text(Field::TIME, Some("2026-12-01T15:00:00Z/2026-12-01T16:00:00Z".to_owned()));
    record.put(Field::tag("vip"), Some(Held::Set));
    Subject { record, contact: PerSide::from_fn(|side| id(side).map(|id| contact_of(&id))) }
}

/// The text as it was typed, up to its [`TEXT_MAX`]th character.
fn cut(text: &str) -> &str {
    let text = as_typed(text);
    text.char_indices().nth(TEXT_MAX).map_or(text, |(end, _)| &text[..end])
}

/// The record's values by the names of its fields, the lines of an address by theirs.
pub(crate) fn to_map(record: &Record) -> Map<String, Json> {
    let mut map: Map<String, Json> = TEXTS.iter().map(|name| ((*name).to_owned(), json!(""))).collect();
    map.insert("place".to_owned(), json!(""));
    map.insert("tags".to_owned(), json!(record.tags().collect::<Vec<_>>()));
    map.insert("completed".to_owned(), json!(record.get(&Field::COMPLETED).is_some()));
    for (field, value) in record.iter().filter(|(field, _)| field.as_custom().is_none()) {
        match value {
            Held::Text(text) if *field == Field::TIME => {
                let (start, end) = text.split_once('/').unwrap_or((text, ""));
                map.insert("start".to_owned(), json!(start));
                map.insert("end".to_owned(), json!(end));
            }
            Held::Text(text) if *field != Field::COMPLETED => {
                map.insert(name_of(field), json!(cut(text)));
            }
            Held::Address(address) => {
                for (name, line) in
                    ["street", "city", "state", "postal_code"].into_iter().zip(address.lines())
                {
                    map.insert(name.to_owned(), json!(line));
                }
            }
            Held::Text(_) | Held::Set => {}
        }
    }
    map
}
