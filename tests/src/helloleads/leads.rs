//! The leads of an account, by their ids, and in the order in which they were changed.

use std::collections::{BTreeMap, BTreeSet};

use jiff::Timestamp;

use super::lead::Lead;

#[derive(Default)]
pub(super) struct Leads {
    by_id: BTreeMap<u64, Lead>,
    by_modified: BTreeSet<(Timestamp, u64)>,
}

impl Leads {
    pub fn get(&self, id: u64) -> Option<&Lead> {
        self.by_id.get(&id)
    }

    /// Keeps a lead, in the place of the one that had its id.
    pub fn put(&mut self, lead: Lead) {
        self.remove(lead.id);
        self.by_modified.insert((lead.modified, lead.id));
        self.by_id.insert(lead.id, lead);
    }

    pub fn remove(&mut self, id: u64) -> Option<Lead> {
        let lead = self.by_id.remove(&id)?;
        self.by_modified.remove(&(lead.modified, id));
        Some(lead)
    }

    /// All of them, the oldest id first.
    pub fn all(&self) -> impl Iterator<Item = &Lead> {
        self.by_id.values()
    }

    /// Those that were changed at this time or later, the longest unchanged first; without a time, all.
    pub fn modified_since(&self, since: Option<Timestamp>) -> impl Iterator<Item = &Lead> {
        let since = since.unwrap_or(Timestamp::MIN);
        self.by_modified.range((since, 0)..).filter_map(|(_, id)| self.by_id.get(id))
    }
}
