//! Leave to delete, create and overwrite, taken for several records at once.

use std::collections::HashMap;
use std::sync::{Arc, Mutex};

use crate::model::act::Act;
use crate::model::ids::ConnectionId;
use crate::model::side::Kind;

/// What is left of the leaves that this container has taken: the row is not written for every record.
#[derive(Clone, Debug, Default)]
pub struct Leaves(Arc<Mutex<HashMap<What, u64>>>);

/// What a leave is for.
pub(super) type What = (ConnectionId, Kind, Act);

impl Leaves {
    pub(super) fn use_one(&self, what: &What) -> bool {
        match self.0.lock().expect("nothing panics while it holds the leaves").get_mut(what) {
            Some(left) if *left > 0 => {
                *left -= 1;
                true
            }
            _ => false,
        }
    }

    pub(super) fn keep(&self, what: What, left: u64) {
        self.0.lock().expect("nothing panics while it holds the leaves").insert(what, left);
    }
}
