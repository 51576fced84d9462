//! Identifiers. Each is a type of its own, so that one can never stand where another belongs.

use ring::digest::{SHA256, digest};
use schemars::{JsonSchema, Schema, SchemaGenerator, json_schema};
use serde::{Deserialize, Serialize};

use super::side::Kind;

/// An identifier that cannot be used as a key.
#[derive(Debug, thiserror::Error, PartialEq, Eq)]
#[error("a {what} must have 1 to 128 characters of A-Z a-z 0-9 _ - . but this one has {length} characters")]
pub struct BadId {
    pub what: &'static str,
    pub length: usize,
}

/// The identifiers both APIs use are letters, digits, `-`, `_` and `.`; nothing else may become a key or a path.
fn is_plain(text: &str) -> bool {
    (1..=128).contains(&text.len())
        && text.bytes().all(|byte| byte.is_ascii_alphanumeric() || matches!(byte, b'-' | b'_' | b'.'))
}

macro_rules! id {
    ($(#[$doc:meta])* $name:ident, $what:literal) => {
        $(#[$doc])*
        #[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
        #[serde(try_from = "String", into = "String")]
        pub struct $name(String);

        impl $name {
            pub fn parse(text: &str) -> Result<Self, BadId> {
                if is_plain(text) {
                    Ok(Self(text.to_owned()))
                } else {
                    Err(BadId { what: $what, length: text.len() })
                }
            }

            pub fn as_str(&self) -> &str {
                &self.0
            }
        }

        impl std::fmt::Display for $name {
            fn fmt(&self, formatter: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
                formatter.write_str(&self.0)
            }
        }

        impl TryFrom<String> for $name {
            type Error = BadId;
            fn try_from(text: String) -> Result<Self, BadId> {
                Self::parse(&text)
            }
        }

        impl From<$name> for String {
            fn from(id: $name) -> Self {
                id.0
            }
        }

        impl JsonSchema for $name {
            fn schema_name() -> std::borrow::Cow<'static, str> {
                stringify!($name).into()
            }

            fn json_schema(_: &mut SchemaGenerator) -> Schema {
                json_schema!({ "type": "string", "pattern": "^[A-Za-z0-9_.-]{1,128}$" })
            }
        }
    };
}

id!(
    /// One HelloLeads account tied to one GHL location. It *is* the GHL location's id, so that the lane of a GHL
    /// webhook follows from the webhook alone.
    ConnectionId, "connection id"
);
id!(
    /// A record's id on its own side.
    RecordId, "record id"
);
id!(
    /// The pair of ids of one record on both sides.
    LinkId, "link id"
);
id!(
    /// The delivery (webhook, poll or replay) that brought a hint; for logs only.
    DeliveryId, "delivery id"
);
id!(
    /// A GHL agency.
    CompanyId, "company id"
);
id!(
    /// A rule of a connection.
    RuleId, "rule id"
);

impl RecordId {
    /// The id of a note, task or appointment: its contact's id, a dot, and the id that it has itself. Both APIs name
    /// such a record by the two together, and neither has ids with a dot.
    ///
    /// # Errors
    /// [`BadId`] where the two make no id.
    pub fn within(contact: &Self, own: &str) -> Result<Self, BadId> {
        if own.contains('.') {
            return Err(BadId { what: "record id", length: own.len() });
        }
        Self::parse(&format!("{contact}.{own}"))
    }

    /// The contact that the record belongs to; none for a contact.
    pub fn contact(&self) -> Option<Self> {
        self.0.split_once('.').map(|(contact, _)| Self(contact.to_owned()))
    }

    /// The id that the record has itself.
    pub fn own(&self) -> &str {
        self.0.split_once('.').map_or(&self.0, |(_, own)| own)
    }
}

impl LinkId {
    /// The id of the link that is made of this GHL record. It follows from the record, so that the link can be read
    /// together with the pointer to it; a record that was made again later keeps its link, and the link its id.
    pub fn of(connection: &ConnectionId, kind: Kind, ghl: &RecordId) -> Self {
        let whole = format!("{connection}/{}/{ghl}", kind.as_str());
        Self(id_of(&whole))
    }
}

/// An id that follows from a text: the same for the same one, and for no other.
pub fn id_of(text: &str) -> String {
    hex::encode(&digest(&SHA256, text.as_bytes()).as_ref()[..16])
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn an_id_that_could_break_a_key_or_a_path_is_refused() {
        for bad in ["", "a/b", "a#b", "a b", "ä", &"x".repeat(129)] {
            assert!(RecordId::parse(bad).is_err(), "{bad:?}");
        }
        assert_eq!(RecordId::parse("seD4PfOuKoVMLkEZqohJ").unwrap().as_str(), "seD4PfOuKoVMLkEZqohJ");
    }

    #[test]
    fn a_note_is_named_by_its_contact_and_itself() {
        let contact = RecordId::parse("c1").unwrap();
        let note = RecordId::within(&contact, "n1").unwrap();
        assert_eq!((note.as_str(), note.own(), note.contact()), ("c1.n1", "n1", Some(contact.clone())));
        assert_eq!((contact.own(), contact.contact()), ("c1", None));
        assert!(RecordId::within(&contact, "n.1").is_err());
    }

    #[test]
    fn a_bad_id_in_json_is_an_error_that_does_not_repeat_it() {
        let error = serde_json::from_str::<RecordId>("\"a b@example.com\"").unwrap_err().to_string();
        assert!(error.contains("record id") && !error.contains("example.com"), "{error}");
    }
}
