//! Writes a change to one side, and finds out what came of it.

use std::collections::BTreeSet;

use super::engine::Engine;
use super::error::Error;
use super::port::Updated;
use crate::disposition::Reason;
use crate::model::record::{Change, Field, Observed};
use crate::model::side::Side;
use crate::store::links::{Mirror, Pending};

/// What came of the writes to one side.
#[derive(Clone, Debug, Default)]
pub struct Written {
    /// The record after the write; none where nothing was written.
    pub stored: Option<Observed>,
    pub wrote: BTreeSet<Field>,
    /// Fields that the side did not take.
    pub not_taken: BTreeSet<Field>,
    /// Why it did not, where it said so.
    pub refusal: Option<Reason>,
}

/// A record has two fields that must be unique, e-mail and phone: more refusals than this cannot come.
const REFUSALS_MAX: usize = 2;

impl Engine {
    /// Writes the change. A value that another record holds already is left out and said; the rest is written.
    pub(super) async fn write(
        &self,
        side: Side,
        before: &Observed,
        change: &Change,
    ) -> Result<Written, Error> {
        let mut written = Written::default();
        let mut left = change.clone();
        for _ in 0..=REFUSALS_MAX {
            if left.is_empty() {
                return Ok(written);
            }
            match self.port(side).update(before, &left).await? {
                Updated::Gone => return Err(Error::Moved),
                Updated::Stored(stored) => {
                    written.not_taken.extend(ignored(before, &left, &stored));
                    written.wrote = left.fields().cloned().collect();
                    written.stored = Some(stored);
                    return Ok(written);
                }
                Updated::Duplicate { holder, field } => {
                    left = left.without(&field);
                    written.not_taken.insert(field.clone());
                    written.refusal = Some(Reason::Taken { side, field, holder });
                }
            }
        }
        Ok(written)
    }

    /// Our write of these fields over `before`, until the next observation shows what came of it.
    pub(super) fn pending(&self, side: Side, before: &Observed, wrote: &BTreeSet<Field>) -> Pending {
        let was = wrote.iter().map(|field| (field.clone(), before.record.get(field).cloned())).collect();
        Pending { was, at: self.now_on(side), modified_before: before.modified }
    }
}

/// The mirror that a write's answer leaves. Where the answer shows a change in a field that we did not write, somebody
/// edited the record between our reading and our writing it: that edit is not merged yet, so the mirror must not have
/// it, nor look like the record that has it.
pub(super) fn mirror_of_answer(before: &Observed, stored: &Observed, wrote: &BTreeSet<Field>) -> Mirror {
    let mut mirror = Mirror::from(stored);
    let fields: BTreeSet<&Field> = before.record.fields().chain(stored.record.fields()).collect();
    let others = fields.into_iter().filter(|field| !wrote.contains(*field));
    let edited: Vec<&Field> =
        others.filter(|field| before.record.get(field) != stored.record.get(field)).collect();
    if !edited.is_empty() {
        for field in edited {
            mirror.record.put(field.clone(), before.record.get(field).cloned());
        }
        mirror.fingerprint = before.fingerprint.clone();
        mirror.modified = before.modified;
    }
    mirror
}

/// Fields that the side says it stored, and still shows as they were before.
pub(super) fn ignored(before: &Observed, change: &Change, stored: &Observed) -> BTreeSet<Field> {
    let unmoved = |field: &Field| stored.record.get(field) == before.record.get(field);
    let told = change.iter().filter(|(field, value)| *value != before.record.get(field));
    told.filter(|(field, _)| unmoved(field)).map(|(field, _)| field.clone()).collect()
}
