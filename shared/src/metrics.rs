//! Metrics, as log lines in CloudWatch's embedded metric format: CloudWatch makes metrics of them by itself, so that no
//! call is made for one. A line holds a number, a connection's id and nothing else.
//!
//! A metric is a `tracing` event like any other; [`MetricLines`], which a function's start installs, writes it as
//! CloudWatch wants it. Without that, as in tests, nothing is written.

use std::io::Write;
use std::sync::Mutex;

use serde_json::json;
use tracing::field::{Field, Visit};
use tracing::{Event, Subscriber};
use tracing_subscriber::Layer;
use tracing_subscriber::layer::Context;

use crate::clock::Clock;

/// The target by which these events are told from the others.
pub const TARGET: &str = "metrics";

/// What is measured.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Metric {
    /// From a change on one side to its arrival on the other, in seconds, where its side said when it was made.
    Lag,
    /// Records that were written.
    Changes,
    /// Fields that were edited on both sides.
    Conflicts,
    /// Records that were put aside for a person.
    Parked,
    /// Lanes that had to rest because something failed.
    Rests,
    /// Connections that need a person, as the schedule finds them; one more when a connection stops.
    NeedsAttention,
    Refreshes,
    RefreshFailures,
    GhlCalls,
    HelloLeadsCalls,
    /// News that the event bus did not take; the next schedule tells it again.
    BusFailures,
}

impl Metric {
    pub const ALL: [Self; 11] = [
        Self::Lag,
        Self::Changes,
        Self::Conflicts,
        Self::Parked,
        Self::Rests,
        Self::NeedsAttention,
        Self::Refreshes,
        Self::RefreshFailures,
        Self::GhlCalls,
        Self::HelloLeadsCalls,
        Self::BusFailures,
    ];

    /// The name in CloudWatch.
    pub fn name(self) -> &'static str {
        match self {
            Self::Lag => "Lag",
            Self::Changes => "Changes",
            Self::Conflicts => "Conflicts",
            Self::Parked => "Parked",
            Self::Rests => "Rests",
            Self::NeedsAttention => "NeedsAttention",
            Self::Refreshes => "Refreshes",
            Self::RefreshFailures => "RefreshFailures",
            Self::GhlCalls => "GhlCalls",
            Self::HelloLeadsCalls => "HelloLeadsCalls",
            Self::BusFailures => "BusFailures",
        }
    }

    fn unit(self) -> &'static str {
        if self == Self::Lag { "Seconds" } else { "Count" }
    }
}

/// Records one measurement; `of` is the id of the connection or agency, and blank where it is of all.
pub fn record(metric: Metric, value: f64, of: &str) {
    tracing::info!(target: TARGET, metric = metric.name(), unit = metric.unit(), value, of);
}

/// One more of something.
pub fn count(metric: Metric, of: &str) {
    record(metric, 1.0, of);
}

/// Writes each metric as one line of the embedded metric format.
pub struct MetricLines<W> {
    namespace: String,
    clock: Clock,
    out: Mutex<W>,
}

impl<W: Write> MetricLines<W> {
    /// `namespace` keeps several deployments in one account apart.
    pub fn new(namespace: String, clock: Clock, out: W) -> Self {
        Self { namespace, clock, out: Mutex::new(out) }
    }

    fn line(&self, seen: &Seen) -> String {
        json!({
            "_aws": {
                "Timestamp": self.clock.now().as_millisecond(),
                "CloudWatchMetrics": [{
                    "Namespace": self.namespace,
                    // No dimensions: each combination of their values would be a metric of its own, and is paid for.
                    "Dimensions": [[]],
                    "Metrics": [{ "Name": seen.metric, "Unit": seen.unit }],
                }],
            },
            "connection": seen.of,
            (seen.metric.as_str()): seen.value,
        })
        .to_string()
    }
}

impl<S: Subscriber, W: Write + Send + 'static> Layer<S> for MetricLines<W> {
    fn on_event(&self, event: &Event<'_>, _context: Context<'_, S>) {
        if event.metadata().target() != TARGET {
            return;
        }
        let mut seen = Seen::default();
        event.record(&mut seen);
        let mut out = self.out.lock().unwrap_or_else(std::sync::PoisonError::into_inner);
        // A metric that cannot be written is no reason to fail the work that it is about.
        let _ = writeln!(out, "{}", self.line(&seen));
    }
}

/// The fields of one event.
#[derive(Default)]
struct Seen {
    metric: String,
    unit: String,
    of: String,
    value: f64,
}

impl Visit for Seen {
    fn record_f64(&mut self, _: &Field, value: f64) {
        self.value = value;
    }

    fn record_str(&mut self, field: &Field, value: &str) {
        match field.name() {
            "metric" => value.clone_into(&mut self.metric),
            "unit" => value.clone_into(&mut self.unit),
            "of" => value.clone_into(&mut self.of),
            _ => {}
        }
    }

    fn record_debug(&mut self, _: &Field, _: &dyn std::fmt::Debug) {}
}

#[cfg(test)]
mod tests {
    use std::sync::Arc;

    use jiff::Timestamp;
    use tracing_subscriber::layer::SubscriberExt;

    use super::*;

    /// What is written is kept here.
    #[derive(Clone, Default)]
    struct Kept(Arc<Mutex<Vec<u8>>>);

    impl Write for Kept {
        fn write(&mut self, bytes: &[u8]) -> std::io::Result<usize> {
            self.0.lock().unwrap().write(bytes)
        }

        fn flush(&mut self) -> std::io::Result<()> {
            Ok(())
        }
    }

    fn lines_of(work: impl FnOnce()) -> Vec<serde_json::Value> {
        let kept = Kept::default();
        let clock = Clock::new(|| Timestamp::from_second(1_795_428_912).unwrap(), |_| Box::pin(async {}));
        let lines = MetricLines::new("a-stack".to_owned(), clock, kept.clone());
        tracing::subscriber::with_default(tracing_subscriber::registry().with(lines), work);
        let text = String::from_utf8(kept.0.lock().unwrap().clone()).unwrap();
        text.lines().map(|line| serde_json::from_str(line).unwrap()).collect()
    }

    #[test]
    fn a_metric_is_one_line_that_cloudwatch_reads() {
        let lines = lines_of(|| record(Metric::Lag, 2.5, "location-1"));
        let expected = json!({
            "_aws": {
                "Timestamp": 1_795_428_912_000_i64,
                "CloudWatchMetrics": [{
                    "Namespace": "a-stack",
                    "Dimensions": [[]],
                    "Metrics": [{ "Name": "Lag", "Unit": "Seconds" }],
                }],
            },
            "connection": "location-1",
            "Lag": 2.5,
        });
        assert_eq!(lines, [expected]);
    }

    #[test]
    fn every_metric_has_a_name_of_its_own_and_other_events_are_no_metrics() {
        let lines = lines_of(|| {
            Metric::ALL.into_iter().for_each(|metric| count(metric, ""));
            tracing::info!(metric = "Lag", value = 1.0, "an event of another target");
        });
        let mut names: Vec<String> = lines
            .iter()
            .map(|line| {
                line["_aws"]["CloudWatchMetrics"][0]["Metrics"][0]["Name"].as_str().unwrap().to_owned()
            })
            .collect();
        names.dedup();
        assert_eq!(names.len(), Metric::ALL.len());
        assert!(lines.iter().zip(&names).all(|(line, name)| line[name] == 1.0));
    }
}
