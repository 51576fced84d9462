//! Logs as JSON lines, one event a line, and metrics beside them. No event holds a body, a name, an e-mail address, a
//! phone number or a token.

use std::io::Write;

use tracing::Subscriber;
use tracing_subscriber::Layer;
use tracing_subscriber::filter::{FilterExt, LevelFilter, Targets, filter_fn};
use tracing_subscriber::layer::SubscriberExt;
use tracing_subscriber::util::SubscriberInitExt;

use crate::clock::Clock;
use crate::environment::Environment;
use crate::metrics::{MetricLines, TARGET};

/// Starts logging for this process, on its standard output.
pub fn start() {
    subscriber(&Environment::of_process(), std::io::stdout).init();
}

/// What writes the logs. `RUST_LOG` chooses what is shown, `info` where it is absent; it hides no metric. Metrics are
/// written where `METRICS_NAMESPACE` is set.
pub fn subscriber<W: Write + Send + 'static>(
    environment: &Environment,
    out: impl Fn() -> W + Send + Sync + 'static,
) -> impl Subscriber + Send + Sync {
    let chosen = environment.optional("RUST_LOG").and_then(|chosen| chosen.parse::<Targets>().ok());
    let filter = chosen.unwrap_or_else(|| Targets::new().with_default(LevelFilter::INFO));
    let no_metric = filter_fn(|metadata| metadata.target() != TARGET);
    let metrics = environment.optional("METRICS_NAMESPACE").map(|namespace| {
        let lines = MetricLines::new(namespace.to_owned(), Clock::system(), out());
        lines.with_filter(filter_fn(|metadata| metadata.target() == TARGET))
    });
    let logs = tracing_subscriber::fmt::layer().json().with_current_span(false).without_time();
    let logs = logs.with_writer(out).with_filter(filter.and(no_metric));
    tracing_subscriber::registry().with(logs).with(metrics)
}
