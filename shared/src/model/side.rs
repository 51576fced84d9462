//! The two sides of a connection, and the kinds of record that they hold.

use schemars::JsonSchema;
use serde::{Deserialize, Serialize};

/// One of the two CRMs.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize, JsonSchema)]
#[serde(rename_all = "lowercase")]
pub enum Side {
    HelloLeads,
    Ghl,
}

impl Side {
    pub const BOTH: [Self; 2] = [Self::HelloLeads, Self::Ghl];

    /// The side across.
    pub fn other(self) -> Self {
        match self {
            Self::HelloLeads => Self::Ghl,
            Self::Ghl => Self::HelloLeads,
        }
    }

    /// The short name used in keys, logs and queue messages.
    pub fn as_str(self) -> &'static str {
        match self {
            Self::HelloLeads => "helloleads",
            Self::Ghl => "ghl",
        }
    }
}

impl std::fmt::Display for Side {
    /// The name as its users write it.
    fn fmt(&self, formatter: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        formatter.write_str(match self {
            Self::HelloLeads => "HelloLeads",
            Self::Ghl => "GHL",
        })
    }
}

/// What a record is. HelloLeads calls a contact a lead, a note a comment, and a task a to-do or follow-up.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize, JsonSchema)]
#[serde(rename_all = "lowercase")]
pub enum Kind {
    Contact,
    Task,
    Note,
    Appointment,
}

impl Kind {
    /// The kinds of record that belong to a contact.
    pub const OF_A_CONTACT: [Self; 3] = [Self::Task, Self::Note, Self::Appointment];

    pub fn as_str(self) -> &'static str {
        match self {
            Self::Contact => "contact",
            Self::Task => "task",
            Self::Note => "note",
            Self::Appointment => "appointment",
        }
    }
}

/// One value for each side.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
pub struct PerSide<T> {
    pub helloleads: T,
    pub ghl: T,
}

impl<T> PerSide<T> {
    pub fn new(helloleads: T, ghl: T) -> Self {
        Self { helloleads, ghl }
    }

    pub fn of(&self, side: Side) -> &T {
        match side {
            Side::HelloLeads => &self.helloleads,
            Side::Ghl => &self.ghl,
        }
    }

    pub fn of_mut(&mut self, side: Side) -> &mut T {
        match side {
            Side::HelloLeads => &mut self.helloleads,
            Side::Ghl => &mut self.ghl,
        }
    }

    /// The same for each side, made by `make`.
    pub fn from_fn(mut make: impl FnMut(Side) -> T) -> Self {
        Self { helloleads: make(Side::HelloLeads), ghl: make(Side::Ghl) }
    }
}
