//! What a fake was asked, in order: the evidence that tests and the demo count.

use std::sync::{Arc, Mutex};

/// One call that a fake answered.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Call {
    /// The method and the path as a template, ids left out: `GET /contacts/:id`.
    pub name: String,
    /// The path as it was asked, with its query.
    pub path: String,
    /// The status answered; 0 where a fault broke the connection.
    pub status: u16,
}

/// The calls of one fake, shared between its server and whoever looks.
#[derive(Clone, Default)]
pub struct CallLog(Arc<Mutex<Vec<Call>>>);

impl CallLog {
    pub fn push(&self, call: Call) {
        self.0.lock().expect("no holder of the call log panics").push(call);
    }

    pub fn all(&self) -> Vec<Call> {
        self.0.lock().expect("no holder of the call log panics").clone()
    }

    pub fn len(&self) -> usize {
        self.0.lock().expect("no holder of the call log panics").len()
    }

    pub fn is_empty(&self) -> bool {
        self.len() == 0
    }

    /// The names of the calls made since the log had `mark` entries.
    pub fn names_since(&self, mark: usize) -> Vec<String> {
        self.all().into_iter().skip(mark).map(|call| call.name).collect()
    }
}
