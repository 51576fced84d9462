//! Which record: the part of a key that names it.

use crate::model::ids::RecordId;
use crate::model::side::{Kind, Side};

/// A record of one connection by its id.
#[derive(Clone, Copy, Debug)]
pub struct Identity<'a> {
    pub kind: Kind,
    pub side: Side,
    pub id: &'a RecordId,
}
