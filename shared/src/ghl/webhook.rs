//! GHL's webhooks: who sent it, and what it says.

use base64::Engine as _;
use base64::engine::general_purpose::STANDARD;
use http::HeaderMap;
use jiff::Timestamp;
use ring::signature::{ED25519, RSA_PKCS1_2048_8192_SHA256, UnparsedPublicKey, VerificationAlgorithm};
use serde::Deserialize;
use serde::de::DeserializeOwned;
use serde_json::Value;
use serde_json::error::Category;

use super::appointment_side::fingerprint as appointment_fingerprint;
use super::appointments::Appointment;
use super::note_side::fingerprint as note_fingerprint;
use super::notes::Note;
use super::record::fingerprint;
use super::wire::Contact;
use crate::model::fingerprint::{Fingerprint, FingerprintKey};
use crate::model::ids::{CompanyId, ConnectionId, DeliveryId, RecordId};
use crate::model::side::Kind;

/// The key that GHL publishes for `X-GHL-Signature` (Ed25519), in the webhook guide.
const PUBLISHED_KEY: &str = "MCowBQYDK2VwAyEAi2HR1srL4o18O8BRa7gVJY7G7bupbN3H9AwJrHCDiOg=";

/// The key that GHL publishes for the legacy `X-WH-Signature` (RSA 4096, PKCS#1 v1.5 with SHA-256).
const PUBLISHED_LEGACY_KEY: &str = "MIICIjANBgkqhkiG9w0BAQEFAAOCAg8AMIICCgKCAgEAokvo/r9tVgcfZ5DysOSC\
Frm602qYV0MaAiNnX9O8KxMbiyRKWeL9JpCpVpt4XHIcBOK4u3cLSqJGOLaPuXw6dO0t6Q/ZVdAV5Phz+ZtzPL16iCGeK9po6D6JHBpbi989\
mmzMryUnQJezlYJ3DVfBcsedpinheNnyYeFXolrJvcsjDtfAeRx5ByHQmTnSdFUzuAnC9/GepgLT9SM4nCpvuxmZMxrJt5Rw+VUaQ9B8JSvb\
MPpez4peKaJPZHBbU3OdeCVx5klVXXZQGNHOs8gF3kvoV5rTnXV0IknLBXlcKKAQLZcY/Q9rG6Ifi9c+5vqlvHPCUJFT5XUGG5RKgOKUJ062\
fRtN+rLYZUV+BjafxQauvC8wSWeYja63VSUruvmNj8xkx2zE/Juc+yjLjTXpIocmaiFeAO6fUtNjDeFVkhf5LNb59vECyrHD2SQIrhgXpO4Q\
3dVNA5rw576PwTzNh/AMfHKIjE4xQA1SZuYJmNnmVZLIZBlQAF9Ntd03rfadZ+yDiOXCCs9FkHibELhCHULgCsnuDJHcrGNd5/Ddm5hxGQ0A\
SitgHeMZ0kcIOwKDOzOU53lDza6/Y09T7sYJPQe7z0cvj7aE4B+Ax1ZoZGPzpJlZtGXCsu9aTEGEnKzmsFqwcSsnw3JB31IGKAykT1hhTiaC\
eIY/OwwwNUY2yvcCAwEAAQ==";

const HEADER: &str = "x-ghl-signature";
const LEGACY_HEADER: &str = "x-wh-signature";

/// Ed25519's key is the last 32 bytes of its SPKI form.
const ED25519_LENGTH: usize = 32;

/// An RSA key of 2,048 bits or more follows on the 24 bytes by which its SPKI form begins: lengths, and what it is.
const RSA_BEGINNING: usize = 24;

/// What signatures are checked with.
#[derive(Clone, Debug)]
pub struct Keys {
    current: Vec<u8>,
    legacy: Vec<u8>,
    accept_legacy: bool,
}

/// A public key that is none.
#[derive(Debug, thiserror::Error, PartialEq, Eq)]
#[error("it is not a public key in PEM form (-----BEGIN PUBLIC KEY-----)")]
pub struct BadKey;

impl Keys {
    /// Absent keys are the published ones.
    pub fn try_new(current: Option<&str>, legacy: Option<&str>, accept_legacy: bool) -> Result<Self, BadKey> {
        let current = from_pem(current.unwrap_or(PUBLISHED_KEY))?;
        let start = current.len().checked_sub(ED25519_LENGTH).ok_or(BadKey)?;
        let legacy = from_pem(legacy.unwrap_or(PUBLISHED_LEGACY_KEY))?;
        let legacy = legacy.get(RSA_BEGINNING..).ok_or(BadKey)?.to_vec();
        Ok(Self { current: current[start..].to_vec(), legacy, accept_legacy })
    }
}

/// The bytes between the PEM's lines; line breaks may be lost, as they are in a template's parameter.
fn from_pem(pem: &str) -> Result<Vec<u8>, BadKey> {
    let body = pem
        .replace("-----BEGIN PUBLIC KEY-----", "")
        .replace("-----END PUBLIC KEY-----", "")
        .replace("\\n", "");
    let body: String = body.chars().filter(|c| !c.is_whitespace()).collect();
    STANDARD.decode(body).map_err(|_| BadKey)
}

/// Why a webhook is not GHL's.
#[derive(Clone, Copy, Debug, PartialEq, Eq, thiserror::Error)]
pub enum BadSignature {
    #[error("the header X-GHL-Signature is missing")]
    Missing,
    #[error("the header X-GHL-Signature is missing, and the legacy X-WH-Signature is not accepted here")]
    LegacyNotAccepted,
    #[error("the signature is not base64")]
    Malformed,
    #[error("the signature does not fit the body")]
    Wrong,
}

/// A body that GHL signed. There is no other way to make one than [`verify`].
#[derive(Debug)]
pub struct Verified<'a> {
    body: &'a [u8],
}

/// Checks the signature over the raw bytes of the body. The current header is the only one that counts where it is
/// there; the literal `N/A` counts as absent.
pub fn verify<'a>(headers: &HeaderMap, body: &'a [u8], keys: &Keys) -> Result<Verified<'a>, BadSignature> {
    let header = |name| {
        let value = headers.get(name).and_then(|value| value.to_str().ok()).map(str::trim);
        value.filter(|value| !value.is_empty() && *value != "N/A")
    };
    match (header(HEADER), header(LEGACY_HEADER)) {
        (Some(signature), _) => check(&ED25519, &keys.current, body, signature),
        (None, Some(signature)) if keys.accept_legacy => {
            check(&RSA_PKCS1_2048_8192_SHA256, &keys.legacy, body, signature)
        }
        (None, Some(_)) => Err(BadSignature::LegacyNotAccepted),
        (None, None) => Err(BadSignature::Missing),
    }
}

fn check<'a>(
    algorithm: &'static dyn VerificationAlgorithm,
    key: &[u8],
    body: &'a [u8],
    signature: &str,
) -> Result<Verified<'a>, BadSignature> {
    let signature = STANDARD.decode(signature).map_err(|_| BadSignature::Malformed)?;
    let key = UnparsedPublicKey::new(algorithm, key);
    key.verify(body, &signature).map_err(|_| BadSignature::Wrong)?;
    Ok(Verified { body })
}

/// What a webhook says.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Event {
    /// A record changed, or was made or deleted.
    Record {
        location: ConnectionId,
        kind: Kind,
        id: RecordId,
        /// Of the state that the webhook shows; none where it does not show the whole of it.
        fingerprint: Option<Fingerprint>,
        delivery: DeliveryId,
        /// When GHL first sent it, by its own word.
        sent_at: Option<Timestamp>,
    },
    /// A task changed, and the webhook does not say whose it is: live `TaskCreate` webhooks lack the contact.
    TaskOfSomebody {
        location: ConnectionId,
        delivery: DeliveryId,
        /// When GHL first sent it, by its own word.
        sent_at: Option<Timestamp>,
    },
    Install {
        location: Option<ConnectionId>,
        company: Option<CompanyId>,
        delivery: DeliveryId,
    },
    UninstallLocation {
        location: ConnectionId,
        delivery: DeliveryId,
    },
    UninstallCompany {
        company: CompanyId,
        delivery: DeliveryId,
    },
    /// An event that the product does not use, or that GHL has added since.
    Unknown {
        name: String,
    },
}

/// A body that GHL signed and that still cannot be used.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
pub enum BadBody {
    #[error("the body is not UTF-8")]
    NotUtf8,
    #[error("the body is not a JSON object")]
    NotAnObject,
    #[error("the webhook is for another app; check the app id of this deployment")]
    WrongApp,
    #[error("the webhook names no {0}")]
    Missing(&'static str),
}

/// The envelope: flat, beside the record's own fields.
#[derive(Deserialize)]
#[serde(rename_all = "camelCase")]
struct Envelope {
    #[serde(default, rename = "type")]
    kind: String,
    #[serde(default)]
    app_id: Option<String>,
    #[serde(default)]
    location_id: Option<ConnectionId>,
    #[serde(default)]
    company_id: Option<CompanyId>,
    #[serde(default)]
    webhook_id: Option<DeliveryId>,
    #[serde(default)]
    timestamp: Value,
}

/// Reads a verified body. The fingerprint needs no look-up: it is made from the webhook alone.
pub fn parse(verified: &Verified<'_>, app_id: &str, key: &FingerprintKey) -> Result<Event, BadBody> {
    let text = std::str::from_utf8(verified.body).map_err(|_| BadBody::NotUtf8)?;
    // An array would be read as well, as the envelope's parts in order.
    if !text.trim_start().starts_with('{') {
        return Err(BadBody::NotAnObject);
    }
    let envelope: Envelope = serde_json::from_str(text).map_err(|error| match error.classify() {
        Category::Data => BadBody::Missing("usable ids"),
        Category::Io | Category::Syntax | Category::Eof => BadBody::NotAnObject,
    })?;
    if app_id.is_empty() || envelope.app_id.as_deref() != Some(app_id) {
        return Err(BadBody::WrongApp);
    }
    let delivery = envelope.webhook_id.clone().unwrap_or_else(|| hash_of(verified.body));
    let signed = Signed { envelope: &envelope, body: text, delivery: delivery.clone(), key };
    match envelope.kind.as_str() {
        "ContactCreate" | "ContactUpdate" | "ContactTagUpdate" | "ContactDndUpdate" => signed.contact(true),
        "ContactDelete" => signed.contact(false),
        "NoteCreate" | "NoteUpdate" => signed.note(true),
        "NoteDelete" => signed.note(false),
        "TaskCreate" | "TaskComplete" | "TaskDelete" => signed.task(),
        "AppointmentCreate" | "AppointmentUpdate" | "AppointmentDelete" => signed.appointment(),
        "INSTALL" => {
            Ok(Event::Install { location: envelope.location_id, company: envelope.company_id, delivery })
        }
        "UNINSTALL" => match (envelope.location_id, envelope.company_id) {
            (Some(location), _) => Ok(Event::UninstallLocation { location, delivery }),
            (None, Some(company)) => Ok(Event::UninstallCompany { company, delivery }),
            (None, None) => Err(BadBody::Missing("location and no company")),
        },
        other => Ok(Event::Unknown { name: other.chars().take(64).collect() }),
    }
}

/// The parts of a webhook about a record.
struct Signed<'a> {
    envelope: &'a Envelope,
    body: &'a str,
    delivery: DeliveryId,
    key: &'a FingerprintKey,
}

impl Signed<'_> {
    fn sent_at(&self) -> Option<Timestamp> {
        self.envelope.timestamp.as_str().and_then(|text| text.parse().ok())
    }

    fn location(&self) -> Result<ConnectionId, BadBody> {
        self.envelope.location_id.clone().ok_or(BadBody::Missing("location"))
    }

    fn event(self, kind: Kind, id: RecordId, fingerprint: Option<Fingerprint>) -> Result<Event, BadBody> {
        let location = self.location()?;
        let sent_at = self.sent_at();
        Ok(Event::Record { location, kind, id, fingerprint, delivery: self.delivery, sent_at })
    }

    fn read<T: DeserializeOwned>(&self, what: &'static str) -> Result<T, BadBody> {
        serde_json::from_str(self.body).map_err(|_| BadBody::Missing(what))
    }

    fn contact(self, is_there: bool) -> Result<Event, BadBody> {
        let contact: Contact = self.read("usable contact id")?;
        let id = contact.id.clone().ok_or(BadBody::Missing("contact id"))?;
        let seen = is_there.then(|| fingerprint(&contact, self.key));
        self.event(Kind::Contact, id, seen)
    }

    fn note(self, is_there: bool) -> Result<Event, BadBody> {
        let body: Value = self.read("usable note")?;
        let note = Note::deserialize(&body).map_err(|_| BadBody::Missing("usable note"))?;
        let contact = contact_id(&body).ok_or(BadBody::Missing("contact id"))?;
        let id = RecordId::within(&contact, &note.id).map_err(|_| BadBody::Missing("note id"))?;
        let seen = is_there.then(|| note_fingerprint(&note, self.key));
        self.event(Kind::Note, id, seen)
    }

    /// A task's webhook does not say whether it is done, and may lack its text: the task is always read.
    fn task(self) -> Result<Event, BadBody> {
        let body: Value = self.read("usable task")?;
        let Some(contact) = contact_id(&body) else {
            let (location, sent_at) = (self.location()?, self.sent_at());
            return Ok(Event::TaskOfSomebody { location, delivery: self.delivery, sent_at });
        };
        let own = body.get("id").and_then(Value::as_str).unwrap_or_default();
        let id = RecordId::within(&contact, own).map_err(|_| BadBody::Missing("task id"))?;
        self.event(Kind::Task, id, None)
    }

    /// The id stands in the nested record; the published example of an update says that it is a create.
    fn appointment(self) -> Result<Event, BadBody> {
        let body: Value = self.read("usable appointment")?;
        let nested = body.get("appointment").unwrap_or(&body);
        let event = Appointment::deserialize(nested).map_err(|_| BadBody::Missing("usable appointment"))?;
        let contact = event.contact_id.clone().ok_or(BadBody::Missing("contact id"))?;
        let id = RecordId::within(&contact, &event.id).map_err(|_| BadBody::Missing("appointment id"))?;
        // Its time of change counts whole seconds: two edits of one second would look the same.
        let is_there = self.envelope.kind != "AppointmentDelete";
        let seen = is_there.then(|| appointment_fingerprint(&event, self.key));
        self.event(Kind::Appointment, id, seen)
    }
}

fn contact_id(body: &Value) -> Option<RecordId> {
    body.get("contactId").and_then(Value::as_str).and_then(|id| RecordId::parse(id).ok())
}

/// A delivery without an id of its own is known by its body.
fn hash_of(body: &[u8]) -> DeliveryId {
    let hash = ring::digest::digest(&ring::digest::SHA256, body);
    DeliveryId::parse(&hex::encode(hash)).expect("hexadecimal digits make an id")
}
