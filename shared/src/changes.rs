//! The sync's own changes as events: what a row of the table was and is says what happened to a record. The table tells
//! of its rows by its stream, so that no change can forget it, and none waits for it.
//!
//! Events hold ids and names of fields; a tag is named as `tags`, since people write its name.

use std::collections::BTreeSet;

use jiff::Timestamp;
use schemars::JsonSchema;
use serde::de::DeserializeOwned;
use serde::{Deserialize, Serialize};
use serde_json::{Map, Value as Json};

use crate::action::input::Instant;
use crate::model::ids::{ConnectionId, LinkId, RecordId};
use crate::model::record::{Field, Record};
use crate::model::side::{Kind, Side};
use crate::rule::sight::{self, Subject};
use crate::store::conflicts::{self, Conflict};
use crate::store::dues::Due;
use crate::store::links::{self, Link};
use crate::store::parked::{self, Parked};

/// What a trigger is called, and what it says.
pub const KINDS: [(&str, &str); 6] = [
    ("RecordLinked", "A record is on both sides: it was made across, or found there."),
    (
        "RecordChanged",
        "A record that is on both sides is another one than before, on either of them; its fields are named.",
    ),
    ("RecordDeleted", "A record was deleted on a side, and is not synced any more."),
    ("RecordParked", "A record cannot be synced, or waits; the code says why."),
    ("RecordUnparked", "A record stands in no list any more."),
    ("ConflictFound", "A field was edited on both sides; the value of the other side is kept."),
];

/// The same of what time brings about.
pub const TIMED: [(&str, &str); 2] = [
    (
        "AppointmentSoon",
        "An appointment starts soon: by default within the hour, as long before as the connection says.",
    ),
    ("TaskOverdue", "A task is due since some minutes at most, and not done."),
];

/// The detail of each.
#[derive(Debug, PartialEq, Serialize, JsonSchema)]
pub struct Detail {
    /// 1.
    pub version: u32,
    pub connection: ConnectionId,
    #[schemars(with = "Instant")]
    pub at: Timestamp,
    /// The same for the same change, should it be told twice.
    pub change: String,
    #[serde(skip_serializing_if = "Option::is_none")]
    pub kind: Option<Kind>,
    /// The pair that the record is one of.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub link: Option<LinkId>,
    /// Its ids on both sides, or on the one where it is.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub ghl: Option<RecordId>,
    #[serde(skip_serializing_if = "Option::is_none")]
    pub helloleads: Option<RecordId>,
    /// What is another one than before.
    #[serde(skip_serializing_if = "BTreeSet::is_empty")]
    pub fields: BTreeSet<String>,
    /// Where somebody edited it, or where it was there first, as far as that is known. None where nobody did: where a
    /// side spells what we wrote otherwise.
    #[serde(skip_serializing_if = "Vec::is_empty")]
    pub edited: Vec<Side>,
    /// What the fields hold now, where values may be told; null where they are blank.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub values: Option<Map<String, Json>>,
    /// Where it was deleted; who won a conflict.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub side: Option<Side>,
    /// Why it is parked.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub code: Option<&'static str>,
}

impl Detail {
    /// Of a connection, and nothing else yet.
    pub fn new(connection: ConnectionId, at: Timestamp, change: String) -> Self {
        Self {
            version: 1,
            connection,
            at,
            change,
            kind: None,
            link: None,
            ghl: None,
            helloleads: None,
            fields: BTreeSet::new(),
            edited: Vec::new(),
            values: None,
            side: None,
            code: None,
        }
    }
}

/// The detail with what names the record of a link.
pub fn ids_of(link: &Link, detail: Detail) -> Detail {
    Detail {
        kind: Some(link.kind),
        link: Some(link.link.clone()),
        ghl: Some(link.ids.of(Side::Ghl).clone()),
        helloleads: Some(link.ids.of(Side::HelloLeads).clone()),
        ..detail
    }
}

/// EventBridge takes 256 KB for an event; this leaves room for what else stands in it.
const VALUES_MAX: usize = 100_000;

/// What the fields that an event names hold now; all of them where it names none. None where that is too much for an
/// event.
pub fn values_of(link: &Link, detail: &Detail) -> Option<Map<String, Json>> {
    let record = Subject::of(link).record;
    let mut all = sight::to_map(&record);
    let custom = record.iter().filter(|(field, _)| field.as_custom().is_some());
    all.extend(
        custom.filter_map(|(field, value)| Some((field.as_str().to_owned(), value.as_text()?.into()))),
    );
    detail.fields.iter().filter(|field| field.starts_with("custom:")).for_each(|field| {
        all.entry(field.clone()).or_insert(Json::Null);
    });
    let named = detail.fields.iter().flat_map(|field| lines_of(field));
    let named: BTreeSet<&str> = named.collect();
    let is_told = |name: &str, value: &Json| {
        if named.is_empty() { *value != "" } else { named.contains(name) }
    };
    let told = all.into_iter().filter(|(name, value)| is_told(name, value));
    let told: Map<String, Json> =
        told.map(|(name, value)| (name, if value == "" { Json::Null } else { value })).collect();
    serde_json::to_string(&told).is_ok_and(|text| text.len() <= VALUES_MAX).then_some(told)
}

/// The names by which rules and values have a field: some hold more than one value.
fn lines_of(field: &str) -> Vec<&str> {
    match field {
        "address" => vec!["street", "city", "state", "postal_code"],
        "time" => vec!["start", "end"],
        one => vec![one],
    }
}

/// The moment of a link that is waited for: when a task that is not done is due, when an appointment that was not
/// cancelled starts. A date that GHL alone has is one that it requires, and that nobody chose.
pub fn due_of(link: &Link) -> Option<Due> {
    let on = |side: Side| &link.mirrors.of(side).record;
    if link.buried.is_some() {
        return None;
    }
    let text = match link.kind {
        Kind::Task if on(Side::Ghl).get(&Field::COMPLETED).is_some() => None,
        Kind::Task => {
            let is_chosen = on(Side::HelloLeads).get(&Field::DUE).is_some();
            on(Side::Ghl).text(&Field::DUE).filter(|_| is_chosen)
        }
        Kind::Appointment => {
            let is_off = matches!(on(Side::Ghl).text(&Field::STATUS), Some("cancelled" | "invalid"));
            let time = on(Side::Ghl).text(&Field::TIME).filter(|_| !is_off);
            time.and_then(|time| time.split('/').next())
        }
        Kind::Contact | Kind::Note => None,
    };
    Some(Due { kind: link.kind, at: text?.parse().ok()?, link: link.link.clone() })
}

/// One row before and after, as the table's stream tells of it.
#[derive(Debug, Deserialize)]
pub struct RowChange {
    #[serde(rename = "eventID", default)]
    pub id: String,
    pub dynamodb: Images,
}

#[derive(Debug, Deserialize)]
#[serde(rename_all = "PascalCase")]
pub struct Images {
    #[serde(default)]
    pub approximate_creation_date_time: f64,
    #[serde(default)]
    pub sequence_number: String,
    #[serde(default)]
    old_image: Option<Map<String, Json>>,
    #[serde(default)]
    new_image: Option<Map<String, Json>>,
}

/// A row that cannot be read.
#[derive(Debug, thiserror::Error)]
#[error("a row of the stream cannot be read")]
pub struct BadRow(#[from] serde_json::Error);

impl RowChange {
    /// The event that it is, if it is one.
    ///
    /// # Errors
    /// [`BadRow`] where a row is not of the form that this product writes.
    pub fn event(&self) -> Result<Option<(&'static str, Detail)>, BadRow> {
        let key = self.key();
        if key.starts_with(links::ROWS) {
            return self.of_link();
        }
        match (key.strip_prefix(parked::ROWS), key.strip_prefix(conflicts::ROWS)) {
            (Some(connection), _) => self.of_parked(connection),
            (_, Some(connection)) => self.of_conflict(connection),
            _ => Ok(None),
        }
    }

    /// The link that the row is, as it was and as it is.
    ///
    /// # Errors
    /// [`BadRow`] where it is not of the form that this product writes.
    pub fn links(&self) -> Result<Option<(Option<Link>, Link)>, BadRow> {
        if !self.key().starts_with(links::ROWS) {
            return Ok(None);
        }
        let before = self.before::<Link>()?;
        Ok(self.after::<Link>()?.map(|after| (before, after)))
    }

    fn key(&self) -> &str {
        let images = &self.dynamodb;
        let key = images.new_image.as_ref().or(images.old_image.as_ref()).and_then(|row| row.get("pk"));
        key.and_then(|key| key["S"].as_str()).unwrap_or_default()
    }

    fn of_link(&self) -> Result<Option<(&'static str, Detail)>, BadRow> {
        let Some((before, after)) = self.links()? else { return Ok(None) };
        let was_there = before.as_ref().is_some_and(|before| before.buried.is_none());
        let fields = before.as_ref().map(|before| changed(before, &after)).unwrap_or_default();
        let name = match (was_there, after.buried) {
            (true, Some(_)) => "RecordDeleted",
            (false, None) => "RecordLinked",
            (true, None) if !fields.is_empty() => "RecordChanged",
            _ => return Ok(None),
        };
        let mut detail = ids_of(&after, self.detail(after.connection.clone()));
        match name {
            "RecordDeleted" => detail.side = after.buried,
            "RecordChanged" => (detail.fields, detail.edited) = (fields, after.edited_now().to_vec()),
            _ => detail.edited = after.edited_now().to_vec(),
        }
        Ok(Some((name, detail)))
    }

    fn of_parked(&self, connection: &str) -> Result<Option<(&'static str, Detail)>, BadRow> {
        let (before, after) = (self.before::<Parked>()?, self.after::<Parked>()?);
        let (name, parked, code) = match (before, after) {
            (Some(before), Some(after)) if before.reason.code() == after.reason.code() => return Ok(None),
            (_, Some(after)) => {
                let code = after.reason.code();
                ("RecordParked", after, Some(code))
            }
            (Some(before), None) => ("RecordUnparked", before, None),
            (None, None) => return Ok(None),
        };
        let Ok(connection) = ConnectionId::parse(connection) else { return Ok(None) };
        let on = |side| (parked.side == side).then(|| parked.id.clone());
        Ok(Some((
            name,
            Detail {
                kind: Some(parked.kind),
                ghl: on(Side::Ghl),
                helloleads: on(Side::HelloLeads),
                code,
                ..self.detail(connection)
            },
        )))
    }

    fn of_conflict(&self, connection: &str) -> Result<Option<(&'static str, Detail)>, BadRow> {
        let (None, Some(found)) = (self.before::<Conflict>()?, self.after::<Conflict>()?) else {
            return Ok(None);
        };
        let Ok(connection) = ConnectionId::parse(connection) else { return Ok(None) };
        Ok(Some((
            "ConflictFound",
            Detail {
                link: Some(found.link),
                fields: [name_of(&found.field)].into(),
                side: Some(found.winner),
                ..self.detail(connection)
            },
        )))
    }

    fn detail(&self, connection: ConnectionId) -> Detail {
        let millis = (self.dynamodb.approximate_creation_date_time * 1000.0) as i64;
        let at = Timestamp::from_millisecond(millis).unwrap_or(Timestamp::UNIX_EPOCH);
        Detail::new(connection, at, self.id.clone())
    }

    fn before<T: DeserializeOwned>(&self) -> Result<Option<T>, BadRow> {
        read(self.dynamodb.old_image.as_ref())
    }

    fn after<T: DeserializeOwned>(&self) -> Result<Option<T>, BadRow> {
        read(self.dynamodb.new_image.as_ref())
    }
}

/// The fields that a mirror of either side holds otherwise than before.
fn changed(before: &Link, after: &Link) -> BTreeSet<String> {
    let mut fields = BTreeSet::new();
    for side in Side::BOTH {
        let (was, is) = (&before.mirrors.of(side).record, &after.mirrors.of(side).record);
        let all = was.fields().chain(is.fields());
        fields.extend(all.filter(|field| is_changed(field, was, is)).map(name_of));
    }
    fields
}

/// A fact that was not known before was not changed: it was not read.
fn is_changed(field: &Field, was: &Record, is: &Record) -> bool {
    let is_known = field.as_fact().is_none() || (was.get(field).is_some() && is.get(field).is_some());
    is_known && was.get(field) != is.get(field)
}

/// The name of a field as events and rules have it.
pub(crate) fn name_of(field: &Field) -> String {
    match (field.as_tag(), field.as_fact()) {
        (Some(_), _) => "tags".to_owned(),
        (None, Some(fact)) => fact.to_owned(),
        (None, None) => field.as_str().to_owned(),
    }
}

fn read<T: DeserializeOwned>(image: Option<&Map<String, Json>>) -> Result<Option<T>, BadRow> {
    let Some(image) = image else { return Ok(None) };
    let row: Map<String, Json> =
        image.iter().map(|(name, attribute)| (name.clone(), plain(attribute))).collect();
    Ok(Some(serde_json::from_value(Json::Object(row))?))
}

/// An attribute as DynamoDB's JSON has it, as plain JSON.
fn plain(attribute: &Json) -> Json {
    let Some((kind, value)) = attribute.as_object().and_then(|one| one.iter().next()) else {
        return Json::Null;
    };
    match (kind.as_str(), value) {
        ("S" | "BOOL", value) => value.clone(),
        ("N", Json::String(number)) => number.parse().map_or(Json::Null, Json::Number),
        ("L", Json::Array(items)) => items.iter().map(plain).collect(),
        ("M", Json::Object(members)) => {
            Json::Object(members.iter().map(|(name, value)| (name.clone(), plain(value))).collect())
        }
        _ => Json::Null,
    }
}
