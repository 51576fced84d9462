//! What a fake was asked, in order: the evidence that tests and the demo count.

use std::sync::{Arc, Mutex, MutexGuard};

use jiff::Timestamp;

use crate::time::Time;

/// One call that a fake answered.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Call {
    /// The method and the path as a template, ids left out: `GET /contacts/:id`.
    pub name: String,
    /// The path as it was asked, with its query.
    pub path: String,
    /// The status answered; 0 where a fault broke the connection.
    pub status: u16,
    /// When it came.
    pub at: Timestamp,
}

/// The calls of one fake, shared between its server and whoever looks.
#[derive(Clone)]
pub struct CallLog {
    calls: Arc<Mutex<Vec<Call>>>,
    time: Time,
}

impl CallLog {
    pub fn new(time: Time) -> Self {
        Self { calls: Arc::default(), time }
    }

    pub fn push(&self, name: String, path: String, status: u16) {
        let at = self.time.now();
        self.calls().push(Call { name, path, status, at });
    }

    pub fn all(&self) -> Vec<Call> {
        self.calls().clone()
    }

    pub fn len(&self) -> usize {
        self.calls().len()
    }

    pub fn is_empty(&self) -> bool {
        self.len() == 0
    }

    /// The names of the calls made since the log had `mark` entries.
    pub fn names_since(&self, mark: usize) -> Vec<String> {
        self.all().into_iter().skip(mark).map(|call| call.name).collect()
    }

    fn calls(&self) -> MutexGuard<'_, Vec<Call>> {
        self.calls.lock().expect("no holder of the call log panics")
    }
}
