//! The webhook that the user's automation tool sends in HelloLeads' place: who sent it, and what it says.

use http::HeaderMap;
use jiff::tz::TimeZone;
use jiff::{SignedDuration, Timestamp};
use ring::digest::{SHA256, digest};
use ring::hmac;
use secrecy::{ExposeSecret, SecretString};
use serde_json::{Map, Value as Json, json};
use subtle::ConstantTimeEq as _;

use super::error::Error;
use super::poll::{modified_of, seen_of};
use super::record::Form;
use super::related_record::{Reading, seen_of as related_seen_of};
use super::wall_time::zone;
use super::wire::{Row, to_text};
use crate::connection::Connection;
use crate::connection::helloleads::HookSettings;
use crate::model::fingerprint::FingerprintKey;
use crate::model::ids::{ConnectionId, DeliveryId, RecordId};
use crate::model::record::Record;
use crate::model::side::Kind;
use crate::store::last_seen::{LastSeen, Seen};
use crate::store::our_writes::OurWrites;

/// How far the sender's clock may be from ours; a repeat of an older webhook is refused.
const CLOCK_TOLERANCE: SignedDuration = SignedDuration::from_secs(300);

/// A lead's `modified` counts whole seconds.
const SECOND: SignedDuration = SignedDuration::from_secs(1);

/// The secrets that a connection's hook accepts: this generation's and the one before.
pub fn live_secrets(master: &[u8], connection: &ConnectionId, generation: u32) -> Vec<SecretString> {
    let generations = [Some(generation), generation.checked_sub(1)];
    generations.into_iter().flatten().map(|generation| derive(master, connection, generation)).collect()
}

fn derive(master: &[u8], connection: &ConnectionId, generation: u32) -> SecretString {
    let key = hmac::Key::new(hmac::HMAC_SHA256, master);
    let tag = hmac::sign(&key, format!("helloleads-hook/{connection}/{generation}").as_bytes());
    hex::encode(tag.as_ref()).into()
}

/// The signature of a body at a time, as our own posts to a catch hook carry it.
pub fn sign(secret: &SecretString, timestamp: i64, body: &[u8]) -> String {
    let key = hmac::Key::new(hmac::HMAC_SHA256, secret.expose_secret().as_bytes());
    hex::encode(hmac::sign(&key, &signed_form(&timestamp.to_string(), body)).as_ref())
}

fn signed_form(timestamp: &str, body: &[u8]) -> Vec<u8> {
    [timestamp.as_bytes(), b".", body].concat()
}

/// Why a webhook is not the user's tool's.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
pub enum BadSignature {
    #[error("the webhook is not signed: send {timestamp_header} and {signature_header}")]
    Missing { timestamp_header: String, signature_header: String },
    #[error("the timestamp is not a number of seconds")]
    Timestamp,
    #[error("the timestamp is more than five minutes from now")]
    Expired,
    #[error("the signature is not {prefix}<hex>")]
    Malformed { prefix: String },
    #[error("the signature does not fit timestamp and body")]
    Wrong,
    #[error("the bearer secret is wrong, or bearer secrets are not accepted for this connection")]
    Bearer,
}

/// A body whose sender knows the secret. There is no other way to make one than [`verify`].
#[derive(Debug)]
pub struct Verified<'a> {
    body: &'a [u8],
}

/// Checks the HMAC over timestamp and raw body, or else the bearer secret where the connection accepts one.
pub fn verify<'a>(
    headers: &HeaderMap,
    body: &'a [u8],
    settings: &HookSettings,
    secrets: &[SecretString],
    now: Timestamp,
) -> Result<Verified<'a>, BadSignature> {
    let header = |name: &str| headers.get(name).and_then(|value| value.to_str().ok()).map(str::trim);
    let secrets: Vec<&SecretString> =
        secrets.iter().filter(|secret| !secret.expose_secret().is_empty()).collect();
    match (header(&settings.timestamp_header), header(&settings.signature_header), header("authorization")) {
        (Some(timestamp), Some(signature), _) => {
            check(timestamp, signature, body, settings, &secrets, now)?;
        }
        (_, _, Some(bearer)) => check_bearer(bearer, settings, &secrets)?,
        _ => {
            let (timestamp_header, signature_header) =
                (settings.timestamp_header.clone(), settings.signature_header.clone());
            return Err(BadSignature::Missing { timestamp_header, signature_header });
        }
    }
    Ok(Verified { body })
}

fn check(
    timestamp: &str,
    signature: &str,
    body: &[u8],
    settings: &HookSettings,
    secrets: &[&SecretString],
    now: Timestamp,
) -> Result<(), BadSignature> {
    let seconds: i64 = timestamp.parse().map_err(|_| BadSignature::Timestamp)?;
    let at = Timestamp::from_second(seconds).map_err(|_| BadSignature::Timestamp)?;
    if now.duration_since(at).abs() > CLOCK_TOLERANCE {
        return Err(BadSignature::Expired);
    }
    let malformed = || BadSignature::Malformed { prefix: settings.signature_prefix.clone() };
    let given = signature.strip_prefix(&settings.signature_prefix).ok_or_else(malformed)?;
    let given = hex::decode(given).map_err(|_| malformed())?;
    let form = signed_form(timestamp, body);
    let fits = |secret: &&SecretString| {
        let key = hmac::Key::new(hmac::HMAC_SHA256, secret.expose_secret().as_bytes());
        hmac::verify(&key, &form, &given).is_ok()
    };
    if secrets.iter().any(fits) { Ok(()) } else { Err(BadSignature::Wrong) }
}

/// Hashed first, so that the time it takes tells nothing.
fn check_bearer(
    header: &str,
    settings: &HookSettings,
    secrets: &[&SecretString],
) -> Result<(), BadSignature> {
    let given = header.strip_prefix("Bearer ").filter(|_| settings.bearer).ok_or(BadSignature::Bearer)?;
    let given = digest(&SHA256, given.trim().as_bytes());
    let fits = |secret: &&SecretString| {
        let secret = digest(&SHA256, secret.expose_secret().as_bytes());
        given.as_ref().ct_eq(secret.as_ref()).into()
    };
    if secrets.iter().any(fits) { Ok(()) } else { Err(BadSignature::Bearer) }
}

/// What a hook says.
#[derive(Clone, Debug, PartialEq)]
pub struct HookEvent {
    pub delivery: DeliveryId,
    pub kind: HookKind,
    /// When it happened, by the relay's clock.
    pub occurred_at: Option<Timestamp>,
    pub lead: Option<Row>,
    /// The note, task or appointment that it is about.
    pub record: Option<Row>,
}

#[derive(Clone, Debug, PartialEq, Eq)]
pub enum HookKind {
    Changed,
    Deleted,
    /// A note, task or appointment of the lead.
    Related {
        kind: Kind,
        gone: bool,
    },
    Unknown(String),
}

/// A body that cannot be used.
#[derive(Clone, Copy, Debug, PartialEq, Eq, thiserror::Error)]
pub enum BadBody {
    #[error("the body is not UTF-8")]
    NotUtf8,
    #[error("the body is neither a JSON object nor a form")]
    NotAnObject,
    #[error("the body names no event where the connection's pointers look for one")]
    NoEvent,
}

/// Reads a verified body: JSON, or a form with `lead[first_name]` or `lead.first_name` for nested names.
pub fn parse(
    verified: &Verified<'_>,
    content_type: &str,
    settings: &HookSettings,
) -> Result<HookEvent, BadBody> {
    let text = std::str::from_utf8(verified.body).map_err(|_| BadBody::NotUtf8)?;
    let body = if content_type.starts_with("application/x-www-form-urlencoded") {
        from_form(text)?
    } else {
        serde_json::from_str(text).map_err(|_| BadBody::NotAnObject)?
    };
    if !body.is_object() {
        return Err(BadBody::NotAnObject);
    }
    let pointers = &settings.pointers;
    let event = body.pointer(&pointers.event).and_then(to_text).ok_or(BadBody::NoEvent)?;
    let id = body.pointer(&pointers.id).and_then(to_text).and_then(|id| DeliveryId::parse(&id).ok());
    let kind = match event.as_str() {
        "lead.created" | "lead.updated" | "lead.changed" => HookKind::Changed,
        "lead.deleted" => HookKind::Deleted,
        other => related(other).unwrap_or_else(|| HookKind::Unknown(other.chars().take(64).collect())),
    };
    let row = |pointer: &str| body.pointer(pointer).and_then(Json::as_object).cloned().map(Row);
    let record = match &kind {
        HookKind::Related { kind, .. } => {
            row(&pointers.record.clone().unwrap_or_else(|| format!("/{}", kind.as_str())))
        }
        _ => None,
    };
    let lead = row(&pointers.lead);
    let occurred_at = body.pointer(&pointers.occurred_at).and_then(to_text).and_then(|at| at.parse().ok());
    Ok(HookEvent { delivery: id.unwrap_or_else(|| hash_of(verified.body)), kind, occurred_at, lead, record })
}

/// `note.created`, `task.completed`, `appointment.deleted` and the like.
fn related(event: &str) -> Option<HookKind> {
    let (name, what) = event.split_once('.')?;
    let kind = Kind::OF_A_CONTACT.into_iter().find(|kind| kind.as_str() == name)?;
    match what {
        "created" | "updated" | "changed" | "completed" => Some(HookKind::Related { kind, gone: false }),
        "deleted" => Some(HookKind::Related { kind, gone: true }),
        _ => None,
    }
}

fn from_form(text: &str) -> Result<Json, BadBody> {
    let pairs: Vec<(String, String)> = serde_urlencoded::from_str(text).map_err(|_| BadBody::NotAnObject)?;
    let mut body = Map::new();
    for (name, value) in pairs {
        let path: Vec<&str> = name.split(['[', '.']).map(|part| part.trim_end_matches(']')).collect();
        put(&mut body, &path, value);
    }
    Ok(Json::Object(body))
}

fn put(object: &mut Map<String, Json>, path: &[&str], value: String) {
    match path {
        [] => {}
        [name] => {
            object.insert((*name).to_owned(), json!(value));
        }
        [name, rest @ ..] => {
            if let Json::Object(inner) = object.entry(*name).or_insert_with(|| json!({})) {
                put(inner, rest, value);
            }
        }
    }
}

/// Whether the relay told a later state of the record before.
fn is_older(occurred_at: Option<Timestamp>, known: Option<&Seen>) -> bool {
    let told_at = known.and_then(|known| known.told_at);
    occurred_at.zip(told_at).is_some_and(|(occurred, told)| occurred < told)
}

/// Keeps what we wrote after the time as of which a hook tells `record`, and answers what it may still have to outlast.
fn outlasting(record: &mut Record, known: Option<&Seen>, as_of: Option<Timestamp>) -> OurWrites {
    let Some(known) = known else { return OurWrites::default() };
    let mut our_writes = known.our_writes.clone();
    if let Some(as_of) = as_of {
        our_writes.outlast(record, &known.record, as_of);
    }
    our_writes
}

/// A delivery without an id of its own is known by its body.
fn hash_of(body: &[u8]) -> DeliveryId {
    DeliveryId::parse(&hex::encode(digest(&SHA256, body))).expect("hexadecimal digits make an id")
}

/// What a trusted hook's lead is read with.
#[derive(Clone, Copy)]
pub struct Snapshot<'a> {
    pub connection: &'a Connection,
    pub key: &'a FingerprintKey,
}

impl Snapshot<'_> {
    /// Merges the hook's lead into what was last seen of it, and answers what is known of it now: a hook that is older
    /// changes nothing, but the later one's hint may never have reached the queue. Fields that the lead does not have
    /// are unknown, and stay. `None` where the hook names no lead.
    pub async fn merge_into(self, rows: &LastSeen, event: HookEvent) -> Result<Option<Seen>, Error> {
        let Some(lead) = &event.lead else { return Ok(None) };
        let id = lead
            .text(&["id"])
            .and_then(|id| RecordId::parse(&id).ok())
            .ok_or(Error::Decode { what: "lead.id" })?;
        let zone = zone(&self.connection.helloleads)?;
        rows.amend(&id, |known| Ok(self.news_of(known, &id, lead, &event, &zone))).await
    }

    /// The row of a lead with what the hook says; `None` where a later state stands there.
    fn news_of(
        self,
        known: Option<&Seen>,
        id: &RecordId,
        lead: &Row,
        event: &HookEvent,
        zone: &TimeZone,
    ) -> Option<Seen> {
        let settings = &self.connection.helloleads;
        let form = Form { settings, mapping: &self.connection.mapping, region: &self.connection.region };
        let modified = modified_of(form, lead, zone);
        let before = known.and_then(|known| known.modified);
        // Two states of one second: the relay says which was first. So it does where we deleted the lead, which leaves no
        // later change to compare with.
        let by_the_relay = modified == before || known.is_some_and(|known| known.gone);
        let is_older = modified.zip(before).is_some_and(|(modified, before)| modified < before)
            || (by_the_relay && is_older(event.occurred_at, known));
        if is_older {
            return None;
        }
        let mut record = form.merge_into(known.map(|known| known.record.clone()).unwrap_or_default(), lead);
        let as_of = event.occurred_at.or_else(|| Some(modified? + SECOND));
        let our_writes = outlasting(&mut record, known, as_of);
        let reference = lead.text(&form.names("reference")).and_then(|id| RecordId::parse(&id).ok());
        Some(Seen {
            gone: event.kind == HookKind::Deleted,
            told_at: event.occurred_at.max(known.and_then(|known| known.told_at)),
            our_writes,
            reference: reference.or_else(|| known.and_then(|known| known.reference.clone())),
            ..seen_of(id.clone(), record, modified.or(before), self.key)
        })
    }

    /// The same for a note, task or appointment. `None` where the hook does not name it and its lead.
    pub async fn merge_related(
        self,
        rows: &LastSeen,
        event: HookEvent,
        kind: Kind,
        gone: bool,
    ) -> Result<Option<Seen>, Error> {
        let (Some(lead), Some(row)) = (event.lead, event.record) else { return Ok(None) };
        let lead = lead.text(&["id"]).and_then(|id| RecordId::parse(&id).ok());
        let id = lead.and_then(|lead| RecordId::within(&lead, &row.text(&["id"])?).ok());
        let Some(id) = id else { return Ok(None) };
        let zone = zone(&self.connection.helloleads)?;
        rows.amend(&id, |known| {
            if is_older(event.occurred_at, known) {
                return Ok(None);
            }
            let record = known.map(|known| known.record.clone()).unwrap_or_default();
            let mut record = Reading { zone: &zone }.merge_into(kind, record, &row);
            let our_writes = outlasting(&mut record, known, event.occurred_at);
            let reference = row.text(&["reference"]).and_then(|id| RecordId::parse(&id).ok());
            let reference = reference.or_else(|| known.and_then(|known| known.reference.clone()));
            let told_at = event.occurred_at.max(known.and_then(|known| known.told_at));
            let seen = related_seen_of(kind, id.clone(), record, self.key)?;
            Ok(Some(Seen { gone, reference, told_at, our_writes, ..seen }))
        })
        .await
    }
}
