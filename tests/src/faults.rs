//! Faults on demand: what a fake does to a call instead of answering it properly.

use std::collections::VecDeque;
use std::sync::{Arc, Mutex};

/// One fault, used up by the first call that it fits.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Fault {
    /// Answers with this status and body; the work is not done.
    Status { status: u16, body: String, content_type: String },
    /// Does the work, then answers with this status and body all the same.
    StatusAfterWork { status: u16, body: String },
    /// Never answers; the work is not done.
    Hang,
    /// Does the work, then never answers.
    HangAfterWork,
    /// Closes the connection without an answer; the work is not done.
    Reset,
    /// Does the work, then closes the connection without an answer.
    ResetAfterWork,
}

/// The faults that wait for a call, in the order in which they were planned.
#[derive(Clone, Default)]
pub struct Faults(Arc<Mutex<VecDeque<(String, Fault)>>>);

impl Faults {
    /// The next call named `call` (as in [`crate::calls::Call::name`]; `*` fits any call) meets `fault`.
    pub fn plan(&self, call: &str, fault: Fault) {
        self.0.lock().expect("no holder of the faults panics").push_back((call.to_owned(), fault));
    }

    /// Takes the first fault that fits this call, if any.
    pub fn take(&self, call: &str) -> Option<Fault> {
        let mut waiting = self.0.lock().expect("no holder of the faults panics");
        let place = waiting.iter().position(|(name, _)| name == call || name == "*")?;
        waiting.remove(place).map(|(_, fault)| fault)
    }

    /// The faults nobody met: a test that leaves one has not tested what it says.
    pub fn left(&self) -> usize {
        self.0.lock().expect("no holder of the faults panics").len()
    }
}
