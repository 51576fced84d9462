//! What came of a write on a side that does not answer writes: decided when the record is next seen. Pure.
//!
//! Until then the mirror holds what was written. A record that shows just that needs no decision; another one is one of
//! three:
//!
//! | its last change | it shows | so |
//! |---|---|---|
//! | not after the one before our write | the time before the write | what was written still counts as held |
//! | at the moment of our write | our write, as the side spelled it | the mirror takes it: nobody edited it |
//! | later | somebody's edit after our write | an edit like any other |

use jiff::SignedDuration;

use crate::model::record::{Observed, Record};
use crate::store::links::{Mirror, Pending};

/// How far the moment that the side notes for our write may be from the moment that we noted.
const AT_ONCE: SignedDuration = SignedDuration::from_secs(5);

/// What the side holds now and what it held after our last write, once our write has been taken into account.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Settled {
    pub now: Record,
    pub mirror: Mirror,
}

/// Reads the record seen in the light of a write that was not answered.
pub fn settle(mirror: &Mirror, seen: &Observed) -> Settled {
    let as_it_is = Settled { now: seen.record.clone(), mirror: mirror.clone() };
    let Some(pending) = &mirror.pending else { return as_it_is };
    if pending.wrote.iter().all(|field| seen.record.get(field) == mirror.record.get(field)) {
        return as_it_is;
    }
    if shows_the_time_before(pending, seen) {
        return Settled { now: as_written(&seen.record, mirror, pending), mirror: mirror.clone() };
    }
    let mut settled = Mirror { pending: None, ..mirror.clone() };
    if shows_our_write(pending, seen) {
        for field in &pending.wrote {
            settled.record.put(field.clone(), seen.record.get(field).cloned());
        }
    }
    Settled { now: seen.record.clone(), mirror: settled }
}

fn shows_the_time_before(pending: &Pending, seen: &Observed) -> bool {
    match (seen.modified, pending.modified_before) {
        (Some(seen), Some(before)) => seen <= before,
        (None, _) | (_, None) => false,
    }
}

fn shows_our_write(pending: &Pending, seen: &Observed) -> bool {
    seen.modified.is_some_and(|modified| modified.duration_since(pending.at).abs() <= AT_ONCE)
}

fn as_written(seen: &Record, mirror: &Mirror, pending: &Pending) -> Record {
    let mut now = seen.clone();
    for field in &pending.wrote {
        now.put(field.clone(), mirror.record.get(field).cloned());
    }
    now
}
