//! What came of a write on a side that does not answer writes: decided, field by field, when the record is next seen.
//! Pure.
//!
//! Until then the mirror holds what was written. A field that shows just that needs no decision. Another value is one
//! of these:
//!
//! | the field shows | the record's last change | so |
//! |---|---|---|
//! | what it held before our write | not after the one before our write | seen before our write: ours still counts as held |
//! | what it held before our write | at the moment of our write | the side ignored it: it is listed as not taken |
//! | another spelling of ours | at the moment of our write | so the side stores it: the mirror takes it |
//! | anything else | | somebody's edit |

use std::collections::BTreeSet;

use jiff::{SignedDuration, Timestamp};

use crate::model::record::{Field, Observed, Record, Value};
use crate::store::links::{Mirror, Pending};

/// How far the moment that the side notes for our write may be from the moment that we noted.
const AT_ONCE: SignedDuration = SignedDuration::from_secs(5);

/// What the side holds now and what it held after our last write, once that write has been taken into account.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Settled {
    pub now: Record,
    pub mirror: Mirror,
    /// Fields of our write that the side did not take.
    pub ignored: BTreeSet<Field>,
}

#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Sight {
    AsWritten,
    BeforeOurWrite,
    Ignored,
    Respelled,
    Edited,
}

/// Reads the record seen in the light of a write that was not answered.
pub fn settle(mirror: &Mirror, seen: &Observed) -> Settled {
    let mut settled = Settled { now: seen.record.clone(), mirror: mirror.clone(), ignored: BTreeSet::new() };
    let Some(pending) = &mirror.pending else { return settled };
    let mut decided = false;
    for (field, was) in &pending.was {
        let (shown, written) = (seen.record.get(field), mirror.record.get(field));
        match sight(pending, seen.modified, shown, written, was.as_ref()) {
            Sight::AsWritten | Sight::Edited => {}
            Sight::BeforeOurWrite => settled.now.put(field.clone(), written.cloned()),
            sight @ (Sight::Ignored | Sight::Respelled) => {
                settled.mirror.record.put(field.clone(), shown.cloned());
                decided = true;
                if sight == Sight::Ignored {
                    settled.ignored.insert(field.clone());
                }
            }
        }
    }
    if decided {
        settled.mirror.pending = None;
    }
    settled
}

fn sight(
    pending: &Pending,
    modified: Option<Timestamp>,
    shown: Option<&Value>,
    written: Option<&Value>,
    was: Option<&Value>,
) -> Sight {
    let at_once = modified.is_some_and(|modified| modified.duration_since(pending.at).abs() <= AT_ONCE);
    let before = match (modified, pending.modified_before) {
        (Some(modified), Some(before)) => modified <= before,
        _ => false,
    };
    if shown == written {
        Sight::AsWritten
    } else if shown == was && before {
        Sight::BeforeOurWrite
    } else if shown == was && at_once {
        Sight::Ignored
    } else if at_once && is_spelling_of(shown, written) {
        Sight::Respelled
    } else {
        Sight::Edited
    }
}

/// The same letters and digits, or the beginning of them: a side that folds case, drops signs or cuts long texts.
fn is_spelling_of(shown: Option<&Value>, written: Option<&Value>) -> bool {
    let (Some(Value::Text(shown)), Some(Value::Text(written))) = (shown, written) else { return false };
    let fold = |text: &str| {
        text.chars().filter(|c| c.is_alphanumeric()).flat_map(char::to_lowercase).collect::<String>()
    };
    let (shown, written) = (fold(shown), fold(written));
    !shown.is_empty() && written.starts_with(&shown)
}
