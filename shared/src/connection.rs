//! A connection: one HelloLeads account tied to one GHL location, and everything that a person chose for it.

pub mod helloleads;
pub mod mapping;
pub mod more_paths;
pub mod policy;

use std::collections::BTreeSet;

use jiff::{SignedDuration, Timestamp};
use serde::{Deserialize, Serialize};

use crate::disposition::Attention;
use crate::model::ids::{CompanyId, ConnectionId};
use crate::model::side::{Kind, Side};
use crate::outgoing::OutgoingHook;
use helloleads::HelloLeadsSettings;
use mapping::Mapping;
use policy::Policy;

/// The row of a connection. Holds no secret.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Connection {
    pub id: ConnectionId,
    pub state: State,
    /// The agency of the GHL location, where the token named it.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub company: Option<CompanyId>,
    /// Raised with each new token pair, so that a stale copy of the secret is noticed.
    #[serde(default)]
    pub token_generation: u64,
    /// The country (ISO 3166-1 alpha-2) in which phone numbers without a country code are read.
    #[serde(default = "default_region")]
    pub region: String,
    #[serde(default)]
    pub helloleads: HelloLeadsSettings,
    #[serde(default)]
    pub policy: Policy,
    #[serde(default)]
    pub mapping: Mapping,
    /// Raised with each change of the mapping: what was merged by another one is looked at again.
    #[serde(default)]
    pub mapping_revision: u64,
    /// Raised where the mapping needs to know more of a lead than before: all leads are read again then.
    #[serde(default)]
    pub mapping_reading: u64,
    /// What is synced besides contacts: their tasks, notes and appointments.
    #[serde(default = "default_kinds")]
    pub kinds: BTreeSet<Kind>,
    /// The GHL calendar that HelloLeads' appointments go into.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub calendar: Option<String>,
    /// A person started the sync: a new install goes on with it by itself.
    #[serde(default)]
    pub started: bool,
    /// The scopes that GHL granted with the last install; none where it did not say.
    #[serde(default, skip_serializing_if = "BTreeSet::is_empty")]
    pub granted: BTreeSet<String>,
    /// When GHL said that the app was removed.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub uninstalled_at: Option<Timestamp>,
    /// Whether events on the bus may hold what the APIs answer, and not ids alone.
    #[serde(default)]
    pub tells_values: bool,
    /// How long before its start an appointment is soon.
    #[serde(default = "default_soon")]
    pub soon_minutes: u32,
    /// Where its events are sent, signed.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub outgoing: Option<OutgoingHook>,
    /// Raised with each change of this row; a write names the version that it read.
    #[serde(default)]
    pub version: u64,
}

fn default_region() -> String {
    "US".to_owned()
}

fn default_soon() -> u32 {
    60
}

fn default_kinds() -> BTreeSet<Kind> {
    Kind::OF_A_CONTACT.into_iter().collect()
}

impl Connection {
    /// A location that was just installed: HelloLeads is not connected yet.
    pub fn installed(id: ConnectionId, company: Option<CompanyId>) -> Self {
        Self {
            id,
            state: State::Pending,
            company,
            token_generation: 0,
            region: default_region(),
            helloleads: HelloLeadsSettings::default(),
            policy: Policy::default(),
            mapping: Mapping::default(),
            mapping_revision: 0,
            mapping_reading: 0,
            kinds: default_kinds(),
            calendar: None,
            started: false,
            granted: BTreeSet::new(),
            uninstalled_at: None,
            tells_values: false,
            soon_minutes: default_soon(),
            outgoing: None,
            version: 0,
        }
    }
}

/// How long the links of a connection are kept after the app was removed: a new install goes on with them.
pub const KEPT_AFTER_UNINSTALL: SignedDuration = SignedDuration::from_hours(90 * 24);

impl Connection {
    /// Syncs by another mapping from now on; whether it is another one.
    pub fn take_mapping(&mut self, mapping: Mapping) -> bool {
        if mapping == self.mapping {
            return false;
        }
        self.mapping_revision += 1;
        if !mapping.reads_like(&self.mapping) {
            self.mapping_reading = self.mapping_revision;
        }
        self.mapping = mapping;
        true
    }

    /// The moment by that side's clock, as far as it is known.
    pub fn on_clock_of(&self, side: Side, ours: Timestamp) -> Timestamp {
        let probe = self.helloleads.probe.as_ref().filter(|_| side == Side::HelloLeads);
        let ahead = probe.map_or(0, |verdict| verdict.clock_difference_seconds);
        ours + SignedDuration::from_secs(ahead)
    }

    /// Reads leads' stages and lists from now on, since a rule looks at them; whether they were not read before. What a
    /// lead holds now is read once, so that a later change is known for one.
    pub fn read_facts(&mut self) -> bool {
        if self.helloleads.read_facts {
            return false;
        }
        self.helloleads.read_facts = true;
        self.mapping_revision += 1;
        self.mapping_reading = self.mapping_revision;
        true
    }

    /// Whether it was uninstalled so long ago that nothing of it is kept any more.
    pub fn is_over(&self, now: Timestamp) -> bool {
        let long_ago = |at: Timestamp| now.duration_since(at) >= KEPT_AFTER_UNINSTALL;
        self.state == State::Uninstalled && self.uninstalled_at.is_some_and(long_ago)
    }
}

/// Whether the lane runs.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(tag = "is", rename_all = "snake_case")]
pub enum State {
    /// GHL is installed, and nobody has started the sync yet.
    Pending,
    Live,
    /// A person stopped it.
    Paused,
    NeedsAttention {
        attention: Attention,
    },
    /// The app was uninstalled in GHL; links are kept, so that a new install continues without duplicates.
    Uninstalled,
}

impl State {
    pub fn is_live(self) -> bool {
        self == Self::Live
    }
}

impl std::fmt::Display for State {
    fn fmt(&self, formatter: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        match self {
            Self::Pending => formatter.write_str("not started yet"),
            Self::Live => formatter.write_str("live"),
            Self::Paused => formatter.write_str("paused"),
            Self::NeedsAttention { attention } => write!(formatter, "needs attention: {attention}"),
            Self::Uninstalled => formatter.write_str("uninstalled in GHL"),
        }
    }
}
