//! Rows that were read before they are asked for, many in one call. Each is handed out once, and soon: whoever asks again
//! reads again, so that a second look never sees what a first one saw. What is written meanwhile is forgotten here. Rows
//! that will be wanted are read together with whatever is read next, as late as can be.

use std::collections::{BTreeSet, HashMap};
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};

use jiff::{SignedDuration, Timestamp};

use super::table::{Item, Key};
use crate::clock::Clock;

/// How old a row may be when it is handed out. A save names the version that was read, and fails where there is another.
const LIFE: SignedDuration = SignedDuration::from_secs(10);

/// What was read for one batch of a lane. Clones share it.
#[derive(Clone, Debug)]
pub struct Ahead {
    clock: Clock,
    rows: Arc<Mutex<Rows>>,
}

#[derive(Debug, Default)]
struct Rows {
    read: HashMap<Key, Read>,
    wanted: BTreeSet<Key>,
}

#[derive(Debug)]
struct Read {
    at: Timestamp,
    /// None where no row stands under the key.
    item: Option<Item>,
}

impl Ahead {
    pub fn new(clock: Clock) -> Self {
        Self { clock, rows: Arc::default() }
    }

    pub(super) fn keep(&self, key: Key, item: Option<Item>) {
        let at = self.clock.now();
        self.rows().read.insert(key, Read { at, item });
    }

    /// Hands a row out, if it was read lately: `Some(None)` where there is none under the key.
    pub(super) fn take(&self, key: &Key) -> Option<Option<Item>> {
        let read = self.rows().read.remove(key)?;
        (self.clock.now().duration_since(read.at) < LIFE).then_some(read.item)
    }

    /// A row, without handing it out.
    pub(super) fn peek(&self, key: &Key) -> Option<Item> {
        self.rows().read.get(key)?.item.clone()
    }

    pub(super) fn holds(&self, key: &Key) -> bool {
        self.rows().read.contains_key(key)
    }

    /// The row was written, or is about to be.
    pub(super) fn forget(&self, key: &Key) {
        self.rows().read.remove(key);
    }

    /// These rows will be asked for.
    pub(super) fn want(&self, keys: impl IntoIterator<Item = Key>) {
        // Whoever names them may look at what was read: nothing is locked meanwhile.
        let keys: Vec<Key> = keys.into_iter().collect();
        let mut rows = self.rows();
        let unread: Vec<Key> = keys.into_iter().filter(|key| !rows.read.contains_key(key)).collect();
        rows.wanted.extend(unread);
    }

    pub(super) fn wants(&self, key: &Key) -> bool {
        self.rows().wanted.contains(key)
    }

    /// The rows that are wanted: whoever takes them out reads them.
    pub(super) fn take_wanted(&self) -> BTreeSet<Key> {
        std::mem::take(&mut self.rows().wanted)
    }

    fn rows(&self) -> MutexGuard<'_, Rows> {
        self.rows.lock().unwrap_or_else(PoisonError::into_inner)
    }
}
