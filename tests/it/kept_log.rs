//! What was logged, kept to be looked through.

use std::io;
use std::sync::{Arc, Mutex};

use tracing_subscriber::EnvFilter;

/// Everything that was written. Clones share it.
#[derive(Clone, Default)]
pub struct KeptLog(Arc<Mutex<Vec<u8>>>);

impl KeptLog {
    pub fn text(&self) -> String {
        String::from_utf8(self.0.lock().unwrap().clone()).unwrap()
    }
}

impl io::Write for KeptLog {
    fn write(&mut self, bytes: &[u8]) -> io::Result<usize> {
        self.0.lock().unwrap().extend_from_slice(bytes);
        Ok(bytes.len())
    }

    fn flush(&mut self) -> io::Result<()> {
        Ok(())
    }
}

/// The product's own crates, down to the finest level; the SDK's finer levels are off in production too.
pub fn finest() -> EnvFilter {
    EnvFilter::new(
        "info,shared=trace,contact_sync=trace,notes_sync=trace,appointment_sync=trace,reconcile=trace,webhook_intake=trace,connect=trace",
    )
}
