//! What can be asked for by name: an operation of either adapter, with all that somebody who asks for it must know.
//!
//! The operations stand in the adapters, each beside the calls that the sync makes of it; here is what they have in common.

pub mod asked;
pub mod catalogue;
pub mod input;
pub mod outcome;

use serde_json::Value as Json;

use crate::connection::helloleads::Profile;
use crate::ghl::operation::Operation as GhlOperation;
use crate::helloleads::operation::Operation as HelloLeadsOperation;
use crate::model::side::Side;
use input::Input;

/// What an operation is to whoever asks for it.
#[derive(Clone, Copy, Debug)]
pub struct About {
    /// The name by which it is asked for, such as `ghl.contact.read`.
    pub name: &'static str,
    pub says: &'static str,
    pub input: Input,
    /// An input, as JSON.
    pub example: &'static str,
    pub effect: Effect,
}

/// What it does to its side, and so what becomes of a try whose answer was lost.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Effect {
    Reads,
    /// Doing it twice comes to the same: it is tried again.
    Repeats,
    /// Doing it twice does it twice: it is not tried again where it may have been done.
    Once,
}

/// How many API calls it costs.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Cost {
    pub least: u32,
    pub most: u32,
}

/// One operation of either side.
#[derive(Clone, Copy, Debug)]
pub enum Action {
    Ghl(&'static GhlOperation),
    HelloLeads(&'static HelloLeadsOperation),
}

impl Action {
    /// The one of this name.
    pub fn named(name: &str) -> Option<Self> {
        Self::all().find(|action| action.about().name == name)
    }

    /// All of them, GHL's first.
    pub fn all() -> impl Iterator<Item = Self> {
        let ghl = crate::ghl::operation::all().map(Self::Ghl);
        ghl.chain(crate::helloleads::operation::all().map(Self::HelloLeads))
    }

    pub fn about(self) -> &'static About {
        match self {
            Self::Ghl(operation) => &operation.about,
            Self::HelloLeads(operation) => &operation.about,
        }
    }

    pub fn side(self) -> Side {
        match self {
            Self::Ghl(_) => Side::Ghl,
            Self::HelloLeads(_) => Side::HelloLeads,
        }
    }

    /// The scope that GHL's token needs for it.
    pub fn scope(self) -> Option<&'static str> {
        match self {
            Self::Ghl(operation) => Some(operation.scope),
            Self::HelloLeads(_) => None,
        }
    }

    /// The profiles by which HelloLeads can do it.
    pub fn profiles(self) -> &'static [Profile] {
        match self {
            Self::Ghl(_) => &[],
            Self::HelloLeads(operation) => operation.profiles,
        }
    }

    pub fn cost(self) -> Cost {
        match self {
            Self::Ghl(_) => Cost { least: 1, most: 1 },
            Self::HelloLeads(operation) => operation.cost,
        }
    }

    /// The example as a value.
    pub fn example(self) -> Json {
        serde_json::from_str(self.about().example).expect("a test reads every example")
    }
}
