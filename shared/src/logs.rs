//! Logs as JSON lines, one event a line. No event holds a body, a name, an e-mail address, a phone number or a token.

use tracing_subscriber::EnvFilter;

/// Starts logging for this process. `RUST_LOG` chooses what is shown; `info` where it is absent.
pub fn start() {
    let filter = EnvFilter::try_from_default_env().unwrap_or_else(|_| EnvFilter::new("info"));
    tracing_subscriber::fmt().json().with_env_filter(filter).with_current_span(false).without_time().init();
}
