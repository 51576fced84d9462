//! What was logged, kept to be looked through.

use std::io;
use std::sync::{Arc, Mutex, Once};

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

/// Lets a test keep what its own thread logs. While there is one subscriber only, a line that another thread, which has
/// none, meets first counts as one that nobody listens to.
pub fn heard_on_every_thread() {
    static SECOND: Once = Once::new();
    SECOND.call_once(|| {
        let _ = tracing::subscriber::set_global_default(tracing_subscriber::registry());
    });
}

/// The product's own crates, down to the finest level; the SDK's finer levels are off in production too.
pub fn finest() -> EnvFilter {
    EnvFilter::new(
        "info,shared=trace,contact_sync=trace,notes_sync=trace,appointment_sync=trace,reconcile=trace,webhook_intake=trace,connect=trace",
    )
}
