//! What an engine did during a batch, until it is written into the history. A function that dies takes it along.

use std::sync::{Arc, Mutex, MutexGuard, PoisonError};

use jiff::Timestamp;

use crate::model::ids::{DeliveryId, LinkId};
use crate::model::record::Field;
use crate::model::side::Side;
use crate::store::history::{Deed, Entry};

/// Clones share what stands in it.
#[derive(Clone, Debug, Default)]
pub struct Diary(Arc<Mutex<Vec<Entry>>>);

impl Diary {
    /// Notes what was done just now.
    pub(super) fn note(&self, link: &LinkId, on: Side, deed: Deed, fields: Vec<Field>, at: Timestamp) {
        let entry = Entry { link: link.clone(), at, on, deed, fields, delivery: None };
        self.entries().push(entry);
    }

    /// Says of all that has no delivery yet that this one brought it.
    pub(super) fn brought_by(&self, delivery: &DeliveryId) {
        for entry in self.entries().iter_mut().filter(|entry| entry.delivery.is_none()) {
            entry.delivery = Some(delivery.clone());
        }
    }

    /// Takes everything out.
    pub(super) fn take(&self) -> Vec<Entry> {
        std::mem::take(&mut *self.entries())
    }

    fn entries(&self) -> MutexGuard<'_, Vec<Entry>> {
        self.0.lock().unwrap_or_else(PoisonError::into_inner)
    }
}
