//! One connection, ready to be synced: both sides, its rows, its rules.

use std::sync::Arc;

use jiff::{SignedDuration, Timestamp};

use super::diary::Diary;
use super::leaves::Leaves;
use super::plan::Rules;
use super::port::{Can, Port};
use crate::budget::ledger::Class;
use crate::clock::Clock;
use crate::connection::Connection;
use crate::model::ids::RecordId;
use crate::model::side::{Kind, PerSide, Side};
use crate::queue::{Hint, Queues};
use crate::store::conflicts::ConflictJournal;
use crate::store::identity::Identity;
use crate::store::links::Links;
use crate::store::parked::ParkedList;

/// How long a side's search may lag behind its writes. GHL says "a few seconds".
pub const SEARCH_LAG: SignedDuration = SignedDuration::from_secs(10);

/// Syncs the records of one kind of one connection.
pub struct Engine {
    pub connection: Connection,
    pub kind: Kind,
    pub ports: PerSide<Arc<dyn Port>>,
    pub links: Links,
    pub parked: ParkedList,
    pub journal: ConflictJournal,
    pub clock: Clock,
    pub queues: Queues,
    /// What this container may still delete, create and overwrite.
    pub leaves: Leaves,
    /// What the calls are for; what follows from them is for the same.
    pub class: Class,
    /// What was done, until it is written down.
    pub diary: Diary,
    /// The engine of the contacts that these records belong to; none where these are the contacts.
    pub contacts: Option<Box<Engine>>,
}

impl Engine {
    pub(super) fn port(&self, side: Side) -> &dyn Port {
        self.ports.of(side).as_ref()
    }

    /// What each side can do.
    pub fn can(&self) -> PerSide<&Can> {
        PerSide::new(self.ports.helloleads.can(), self.ports.ghl.can())
    }

    /// What a plan heeds.
    pub fn rules(&self) -> Rules<'_> {
        let connection = &self.connection;
        Rules { policy: &connection.policy, mapping: &connection.mapping, can: self.can() }
    }

    pub(super) fn identity<'a>(&self, side: Side, id: &'a RecordId) -> Identity<'a> {
        Identity { kind: self.kind, side, id }
    }

    pub(super) fn identity_of<'a>(&self, hint: &'a Hint) -> Identity<'a> {
        self.identity(hint.side, &hint.id)
    }

    /// The present moment by that side's clock, as far as it is known.
    pub(super) fn now_on(&self, side: Side) -> Timestamp {
        self.connection.on_clock_of(side, self.clock.now())
    }
}
