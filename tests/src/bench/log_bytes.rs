//! How many bytes the functions log, as they would in Lambda.

use std::io::{self, Write};
use std::sync::Arc;
use std::sync::atomic::{AtomicUsize, Ordering};

use shared::environment::Environment;
use tracing::subscriber::DefaultGuard;

/// Counts what is written to it. Clones share the count.
#[derive(Clone, Default)]
pub struct LogBytes(Arc<AtomicUsize>);

impl LogBytes {
    /// Listens to this thread, on which the functions run too, until the guard is dropped.
    pub fn listen() -> (Self, DefaultGuard) {
        let bytes = Self::default();
        let environment: Environment =
            [("METRICS_NAMESPACE".to_owned(), "a-stack".to_owned())].into_iter().collect();
        let out = bytes.clone();
        let subscriber = shared::logs::subscriber(&environment, move || out.clone());
        (bytes, tracing::subscriber::set_default(subscriber))
    }

    /// What was written since it was asked last.
    pub fn take(&self) -> usize {
        self.0.swap(0, Ordering::Relaxed)
    }
}

impl Write for LogBytes {
    fn write(&mut self, bytes: &[u8]) -> io::Result<usize> {
        self.0.fetch_add(bytes.len(), Ordering::Relaxed);
        Ok(bytes.len())
    }

    fn flush(&mut self) -> io::Result<()> {
        Ok(())
    }
}
