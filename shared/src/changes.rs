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
use crate::model::record::Field;
use crate::model::side::{Kind, Side};
use crate::store::conflicts::{self, Conflict};
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
    /// Where it was deleted; who won a conflict.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub side: Option<Side>,
    /// Why it is parked.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub code: Option<&'static str>,
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
        let images = &self.dynamodb;
        let key = images.new_image.as_ref().or(images.old_image.as_ref()).and_then(|row| row.get("pk"));
        let key = key.and_then(|key| key["S"].as_str()).unwrap_or_default();
        if key.starts_with(links::ROWS) {
            return self.of_link();
        }
        match (key.strip_prefix(parked::ROWS), key.strip_prefix(conflicts::ROWS)) {
            (Some(connection), _) => self.of_parked(connection),
            (_, Some(connection)) => self.of_conflict(connection),
            _ => Ok(None),
        }
    }

    fn of_link(&self) -> Result<Option<(&'static str, Detail)>, BadRow> {
        let (before, after) = (self.before::<Link>()?, self.after::<Link>()?);
        let Some(after) = after else { return Ok(None) };
        let was_there = before.as_ref().is_some_and(|before| before.buried.is_none());
        let fields = before.as_ref().map(|before| changed(before, &after)).unwrap_or_default();
        let name = match (was_there, after.buried) {
            (true, Some(_)) => "RecordDeleted",
            (false, None) => "RecordLinked",
            (true, None) if !fields.is_empty() => "RecordChanged",
            _ => return Ok(None),
        };
        let (ghl, helloleads) = (after.ids.of(Side::Ghl).clone(), after.ids.of(Side::HelloLeads).clone());
        let fields = if name == "RecordChanged" { fields } else { BTreeSet::new() };
        Ok(Some((
            name,
            Detail {
                kind: Some(after.kind),
                link: Some(after.link),
                ghl: Some(ghl),
                helloleads: Some(helloleads),
                fields,
                side: after.buried,
                ..self.detail(after.connection)
            },
        )))
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
        Detail {
            version: 1,
            connection,
            at: Timestamp::from_millisecond(millis).unwrap_or(Timestamp::UNIX_EPOCH),
            change: self.id.clone(),
            kind: None,
            link: None,
            ghl: None,
            helloleads: None,
            fields: BTreeSet::new(),
            side: None,
            code: None,
        }
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
        fields.extend(all.filter(|field| was.get(field) != is.get(field)).map(name_of));
    }
    fields
}

fn name_of(field: &Field) -> String {
    if field.as_tag().is_some() { "tags".to_owned() } else { field.as_str().to_owned() }
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
