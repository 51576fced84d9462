//! What a person wishes of one record: the other value of a conflict back, or a certain record across. It goes the way
//! of every change: in its lane, under its budget, written by what writes all else.

use ring::digest::{SHA256, digest};
use serde::{Deserialize, Serialize};

use super::engine::Engine;
use super::error::Error;
use super::matching::Match;
use super::plan::{Found, Plan};
use super::port::Can;
use crate::disposition::Reason;
use crate::model::ids::{LinkId, RecordId};
use crate::model::record::{Field, Value};
use crate::model::side::{PerSide, Side};
use crate::queue::Hint;
use crate::store::conflicts::Conflict;

/// A wish, as a hint carries it. It holds ids, and no value.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(tag = "is", rename_all = "snake_case", deny_unknown_fields)]
pub enum Wish {
    /// The value that lost a conflict shall stand on both sides.
    Restore { conflict: ConflictId },
    /// It is the same as this record across.
    Join { with: RecordId },
}

/// Which conflict: that of a link, at one of its versions, about a field. The field's name can hold a tag, which
/// people write: it is hashed.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct ConflictId {
    pub link: LinkId,
    pub version: u64,
    field: String,
}

impl ConflictId {
    /// The id that a page's form brings; whether there is such a conflict is another matter.
    pub fn new(link: LinkId, version: u64, field: &str) -> Self {
        Self { link, version, field: field.chars().filter(char::is_ascii_hexdigit).take(16).collect() }
    }

    pub fn field(&self) -> &str {
        &self.field
    }
}

impl From<&Conflict> for ConflictId {
    fn from(conflict: &Conflict) -> Self {
        let hash = digest(&SHA256, conflict.field.as_str().as_bytes());
        let field = hex::encode(&hash.as_ref()[..8]);
        Self { link: conflict.link.clone(), version: conflict.link_version, field }
    }
}

/// A value that shall stand on both sides.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(super) struct Restored {
    pub field: Field,
    pub value: Option<Value>,
}

impl Plan {
    /// The same, with this value on both sides, whatever stands there now.
    pub(super) fn restoring(self, restored: &Restored, can: PerSide<&Can>) -> Self {
        let Self::Merge { link, now, settled, mut writes } = self else { return self };
        let Restored { field, value } = restored;
        for side in Side::BOTH {
            let mut change = writes.changes.of(side).without(field);
            let stands = settled.of(side).now.get(field) == value.as_ref();
            if !stands && can.of(side).update_to(field, value.as_ref()) {
                change.set(field.clone(), value.clone());
            } else if !stands {
                writes.not_taken.of_mut(side).insert(field.clone());
            }
            *writes.changes.of_mut(side) = change;
        }
        Self::Merge { link, now, settled, writes }
    }
}

impl Engine {
    /// The conflict whose other value a hint wishes back, unless that was done already.
    pub(super) async fn wished_back(&self, hint: &Hint) -> Result<Option<Conflict>, Error> {
        let Some(Wish::Restore { conflict }) = &hint.wish else { return Ok(None) };
        let found = self.journal.find(conflict).await?;
        Ok(found.filter(|conflict| conflict.restored_at.is_none()))
    }

    /// What was found, with the match that a person chose. A chosen record that is not there is a reason to park.
    pub(super) async fn as_chosen(&self, found: Found, hint: &Hint) -> Result<Result<Found, Reason>, Error> {
        let (Some(Wish::Join { with }), Found::Unlinked { side, here: Some(here), .. }) =
            (&hint.wish, &found)
        else {
            return Ok(Ok(found));
        };
        let (side, there, here) = (*side, side.other(), here.clone());
        let gone = Reason::NotThere { side: there, id: with.clone() };
        let Some(observed) = self.port(there).observe(with).await? else { return Ok(Err(gone)) };
        let Some((candidate, buried)) = self.candidate(there, observed).await? else { return Ok(Err(gone)) };
        let across = match candidate.linked_to {
            Some(linked_to) => Match::Linked { holder: with.clone(), linked_to },
            None => Match::One(candidate.observed),
        };
        Ok(Ok(Found::Unlinked { side, here: Some(here), across, buried }))
    }
}

impl From<&Conflict> for Restored {
    fn from(conflict: &Conflict) -> Self {
        let value = conflict.values.of(conflict.winner.other()).clone();
        Self { field: conflict.field.clone(), value }
    }
}
