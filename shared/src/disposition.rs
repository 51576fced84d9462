//! What becomes of work that failed: every error of the product says it once, beside its own definition.

use jiff::SignedDuration;
use schemars::JsonSchema;
use serde::{Deserialize, Serialize};

use crate::model::act::Act;
use crate::model::ids::RecordId;
use crate::model::record::Field;
use crate::model::side::Side;

/// What the edge does with a hint whose work failed.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Disposition {
    /// Transient, and usually true of the whole connection: the lane rests this long and goes on.
    Retry { after: SignedDuration },
    /// A budget is spent: the lane rests exactly this long, and nothing is wrong.
    Wait { after: SignedDuration },
    /// This record only: put aside for a person, the lane goes on at once.
    Park(Reason),
    /// The connection as a whole needs a person: its lane stops.
    Stop(Attention),
}

impl Disposition {
    pub const fn retry_after_seconds(seconds: i64) -> Self {
        Self::Retry { after: SignedDuration::from_secs(seconds) }
    }
}

/// Why a record stands aside, in words for the person who looks at the list. Holds ids and field names, never values.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize, thiserror::Error)]
#[serde(tag = "code", rename_all = "snake_case")]
pub enum Reason {
    #[error("{side} needs an e-mail address or a phone number, and this record has neither; add one")]
    NoEmailOrPhone { side: Side },
    #[error(
        "HelloLeads needs a first name, and this contact has none; add one, or set a stand-in name in the connection's settings"
    )]
    NoFirstName,
    #[error("{side} refused the record: {message}; correct it on the other side")]
    Refused { side: Side, message: String },
    #[error(
        "{side} allows one record per {field}, and its record {holder} has this one already; change one of the two, merge them, or allow duplicates there"
    )]
    Taken { side: Side, field: Field, holder: RecordId },
    #[error(
        "it matches {side} record {holder}, which is linked to another record ({linked_to}); merge the two duplicates, then retry"
    )]
    MatchIsLinked { side: Side, holder: RecordId, linked_to: RecordId },
    #[error("several records on {side} match it ({candidates:?}); merge them or change one, then retry")]
    Ambiguous { side: Side, candidates: Vec<RecordId> },
    #[error("{side} cannot take these fields, which differ now: {}", field_names(fields))]
    NotTaken { side: Side, fields: Vec<Field> },
    #[error("it was deleted on {side}, and this connection asks a person what to do then")]
    Deleted { side: Side },
    #[error("{side} answered with something that cannot be read as this record: {detail}")]
    Unreadable { side: Side, detail: String },
    #[error("its handling failed {attempts} times: {detail}")]
    TooManyTries { attempts: u32, detail: String },
    #[error("it waits until the connection works again")]
    ConnectionStopped,
    #[error("it waits until all HelloLeads leads have been read once, so that it is not created twice")]
    FirstImport,
    #[error(
        "it belongs to {side} contact {contact}, which is not synced yet; it follows by itself once that is"
    )]
    AwaitsContact { side: Side, contact: RecordId },
    #[error("it is part of a recurring series, which the sync leaves alone; change it on both sides by hand")]
    Recurring,
    #[error("GHL needs a calendar for it; choose one in the connection's settings, then retry")]
    NoCalendar,
    #[error("{side} takes {max} characters here, and this would make {length}; shorten it")]
    TooLong { side: Side, length: usize, max: usize },
    #[error("it was sent to HelloLeads and waits for the relay to answer with the new lead")]
    AwaitingRelay,
    #[error(
        "it was sent to HelloLeads more than a day ago, and the relay never told of a new record; see whether the automation behind the catch hook works, then retry"
    )]
    RelaySilent,
    #[error(
        "more than {limit} records would be {act} within a day, and the brake is on; look at what happened, then release it on the connection's page"
    )]
    Braked { act: Act, limit: u64 },
    #[error(
        "it was written {max} times within an hour, which looks like a loop; it goes on by itself in an hour"
    )]
    WritesCapped { max: u32 },
    #[error("the first import is paused; it goes on when that is resumed")]
    ImportPaused,
    #[error("the mapping's filter leaves it out; change the filter or the contact, and it is synced")]
    LeftOut,
    #[error("the mapping's filter cannot be applied to it: {detail}; change the filter")]
    FilterFails { detail: String },
    #[error("it was to be linked to {side} record {id}, which is not there; choose another one")]
    NotThere { side: Side, id: RecordId },
    #[error("a person chose not to sync it")]
    Ignored,
}

impl Reason {
    /// The short name used in metrics and counts.
    pub fn code(&self) -> &'static str {
        match self {
            Self::NoEmailOrPhone { .. } => "no_email_or_phone",
            Self::NoFirstName => "no_first_name",
            Self::Refused { .. } => "refused",
            Self::Taken { .. } => "taken",
            Self::MatchIsLinked { .. } => "match_is_linked",
            Self::Ambiguous { .. } => "ambiguous",
            Self::NotTaken { .. } => "not_taken",
            Self::Deleted { .. } => "deleted",
            Self::Unreadable { .. } => "unreadable",
            Self::TooManyTries { .. } => "too_many_tries",
            Self::ConnectionStopped => "connection_stopped",
            Self::FirstImport => "first_import",
            Self::AwaitsContact { .. } => "awaits_contact",
            Self::Recurring => "recurring",
            Self::NoCalendar => "no_calendar",
            Self::TooLong { .. } => "too_long",
            Self::AwaitingRelay => "awaiting_relay",
            Self::RelaySilent => "relay_silent",
            Self::Braked { .. } => "braked",
            Self::WritesCapped { .. } => "writes_capped",
            Self::ImportPaused => "import_paused",
            Self::LeftOut => "left_out",
            Self::FilterFails { .. } => "filter_fails",
            Self::NotThere { .. } => "not_there",
            Self::Ignored => "ignored",
        }
    }

    /// Whether the record goes on by itself once something else has happened, so that no person need look.
    pub fn is_waiting(&self) -> bool {
        matches!(
            self,
            Self::ConnectionStopped
                | Self::FirstImport
                | Self::AwaitingRelay
                | Self::AwaitsContact { .. }
                | Self::Braked { .. }
                | Self::WritesCapped { .. }
                | Self::ImportPaused
        )
    }

    /// Whether the record is left alone on purpose, and listed only so that nobody wonders.
    pub fn is_left_alone(&self) -> bool {
        matches!(self, Self::Recurring | Self::Ignored)
    }

    /// Whether the mapping's filter is why.
    pub fn is_excluded(&self) -> bool {
        matches!(self, Self::LeftOut | Self::FilterFails { .. })
    }
}

fn field_names(fields: &[Field]) -> String {
    fields.iter().map(Field::as_str).collect::<Vec<_>>().join(", ")
}

/// Why a connection as a whole stands still, with the one thing to do.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize, JsonSchema, thiserror::Error)]
#[serde(rename_all = "snake_case")]
pub enum Attention {
    #[error("GHL no longer accepts this connection's tokens; connect the GHL location again")]
    GhlTokensRefused,
    #[error(
        "GHL says that the tokens do not cover this location or scope; connect the GHL location again and grant all scopes"
    )]
    GhlForbidden,
    #[error("HelloLeads refuses the API key or its e-mail address; enter them again")]
    HelloLeadsKeyRefused,
    #[error("the relay's catch hook refuses our calls; check its address and the shared secret")]
    RelayRefused,
}
