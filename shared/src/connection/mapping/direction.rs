//! Which way a field goes.

use serde::{Deserialize, Serialize};

use crate::model::side::Side;

/// `→` is from HelloLeads to GHL.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Direction {
    #[default]
    Both,
    ToGhl,
    #[serde(rename = "to_helloleads")]
    ToHelloLeads,
}

impl Direction {
    pub const ALL: [Self; 3] = [Self::Both, Self::ToGhl, Self::ToHelloLeads];

    /// Whether values of this side go across.
    pub fn leaves(self, side: Side) -> bool {
        self.source().is_none_or(|source| source == side)
    }

    /// Whether this side is written.
    pub fn reaches(self, side: Side) -> bool {
        self.leaves(side.other())
    }

    /// The side that alone decides, where one does.
    pub fn source(self) -> Option<Side> {
        match self {
            Self::Both => None,
            Self::ToGhl => Some(Side::HelloLeads),
            Self::ToHelloLeads => Some(Side::Ghl),
        }
    }

    /// The name by which it is stored.
    pub fn as_str(self) -> &'static str {
        match self {
            Self::Both => "both",
            Self::ToGhl => "to_ghl",
            Self::ToHelloLeads => "to_helloleads",
        }
    }

    pub fn arrow(self) -> &'static str {
        match self {
            Self::Both => "↔",
            Self::ToGhl => "→",
            Self::ToHelloLeads => "←",
        }
    }

    /// What a person reads in the list of choices.
    pub fn words(self) -> &'static str {
        match self {
            Self::Both => "↔ both ways",
            Self::ToGhl => "→ to GHL only",
            Self::ToHelloLeads => "← to HelloLeads only",
        }
    }
}
