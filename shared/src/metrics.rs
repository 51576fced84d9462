//! Metrics, as log lines in CloudWatch's embedded metric format: CloudWatch makes metrics of them by itself, so that no
//! call is made for one. A line holds a number, a connection's id and nothing else.
//!
//! A metric is a `tracing` event like any other; [`MetricLines`], which a function's start installs, writes it as
//! CloudWatch wants it. Without that, as in tests, nothing is written. What every change measures is gathered until
//! [`write_gathered`], and written as one line for each connection: lines are paid for.

use std::collections::BTreeMap;
use std::io::Write;
use std::sync::{Mutex, MutexGuard, PoisonError};

use serde_json::{Value, json};
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

    fn named(name: &str) -> Option<Self> {
        Self::ALL.into_iter().find(|metric| metric.name() == name)
    }

    fn unit(self) -> &'static str {
        if self == Self::Lag { "Seconds" } else { "Count" }
    }

    /// What every change measures.
    fn is_frequent(self) -> bool {
        matches!(self, Self::Lag | Self::Changes | Self::GhlCalls | Self::HelloLeadsCalls)
    }
}

/// Records one measurement; `of` is the id of the connection or agency, and blank where it is of all.
pub fn record(metric: Metric, value: f64, of: &str) {
    tracing::info!(target: TARGET, metric = metric.name(), value, of);
}

/// One more of something.
pub fn count(metric: Metric, of: &str) {
    record(metric, 1.0, of);
}

/// Writes what was gathered: for the end of whatever a function was called for, since it may not be called again.
pub fn write_gathered() {
    tracing::info!(target: TARGET, "all of it");
}

/// CloudWatch takes so many values of one metric in a line.
const VALUES_MAX: usize = 100;

/// What one connection measured, by metric.
type Measured = BTreeMap<&'static str, Vec<f64>>;

/// Writes metrics as lines of the embedded metric format.
pub struct MetricLines<W> {
    namespace: String,
    clock: Clock,
    out: Mutex<W>,
    gathered: Mutex<BTreeMap<String, Measured>>,
}

impl<W: Write> MetricLines<W> {
    /// `namespace` keeps several deployments in one account apart.
    pub fn new(namespace: String, clock: Clock, out: W) -> Self {
        Self { namespace, clock, out: Mutex::new(out), gathered: Mutex::default() }
    }

    fn gather(&self, metric: Metric, value: f64, of: String) {
        let mut gathered = held(&self.gathered);
        let measured = gathered.entry(of.clone()).or_default();
        let values = measured.entry(metric.name()).or_default();
        match values.first_mut() {
            // Of a count only the sum is of interest.
            Some(sum) if metric.unit() == "Count" => *sum += value,
            _ => values.push(value),
        }
        if values.len() < VALUES_MAX {
            return;
        }
        let measured = std::mem::take(measured);
        drop(gathered);
        self.write(&of, &measured);
    }

    fn write_gathered(&self) {
        for (of, measured) in std::mem::take(&mut *held(&self.gathered)) {
            self.write(&of, &measured);
        }
    }

    fn write(&self, of: &str, measured: &Measured) {
        // A metric that cannot be written is no reason to fail the work that it is about.
        let _ = writeln!(held(&self.out), "{}", self.line(of, measured));
    }

    fn line(&self, of: &str, measured: &Measured) -> String {
        let unit = |name| Metric::named(name).map_or("None", Metric::unit);
        let metrics: Vec<Value> =
            measured.keys().map(|name| json!({ "Name": name, "Unit": unit(name) })).collect();
        let mut line = json!({
            "_aws": {
                "Timestamp": self.clock.now().as_millisecond(),
                "CloudWatchMetrics": [{
                    "Namespace": self.namespace,
                    // No dimensions: each combination of their values would be a metric of its own, and is paid for.
                    "Dimensions": [[]],
                    "Metrics": metrics,
                }],
            },
            "connection": of,
        });
        for (name, values) in measured {
            line[*name] = match values.as_slice() {
                [one] => json!(one),
                several => json!(several),
            };
        }
        line.to_string()
    }
}

fn held<T>(lock: &Mutex<T>) -> MutexGuard<'_, T> {
    lock.lock().unwrap_or_else(PoisonError::into_inner)
}

impl<S: Subscriber, W: Write + Send + 'static> Layer<S> for MetricLines<W> {
    fn on_event(&self, event: &Event<'_>, _context: Context<'_, S>) {
        if event.metadata().target() != TARGET {
            return;
        }
        let mut seen = Seen::default();
        event.record(&mut seen);
        match seen.metric {
            None => self.write_gathered(),
            Some(metric) if metric.is_frequent() => self.gather(metric, seen.value, seen.of),
            Some(metric) => self.write(&seen.of, &Measured::from([(metric.name(), vec![seen.value])])),
        }
    }
}

/// The fields of one event; one without a metric asks for what was gathered.
#[derive(Default)]
struct Seen {
    metric: Option<Metric>,
    of: String,
    value: f64,
}

impl Visit for Seen {
    fn record_f64(&mut self, _: &Field, value: f64) {
        self.value = value;
    }

    fn record_str(&mut self, field: &Field, value: &str) {
        match field.name() {
            "metric" => self.metric = Metric::named(value),
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
        tracing::subscriber::with_default(tracing_subscriber::registry().with(lines), || {
            work();
            write_gathered();
        });
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
    fn what_every_change_measures_is_one_line_for_each_connection() {
        let lines = lines_of(|| {
            for lag in [1.0, 4.0] {
                count(Metric::GhlCalls, "a");
                record(Metric::Lag, lag, "a");
            }
            count(Metric::GhlCalls, "b");
        });
        assert_eq!(lines.len(), 2, "{lines:?}");
        assert_eq!((&lines[0]["GhlCalls"], &lines[0]["Lag"]), (&json!(2.0), &json!([1.0, 4.0])));
        let named = json!([{ "Name": "GhlCalls", "Unit": "Count" }, { "Name": "Lag", "Unit": "Seconds" }]);
        assert_eq!(lines[0]["_aws"]["CloudWatchMetrics"][0]["Metrics"], named);
        assert_eq!((&lines[1]["GhlCalls"], &lines[1]["connection"]), (&json!(1.0), &json!("b")));
    }

    #[test]
    fn no_line_has_more_values_than_cloudwatch_takes() {
        let lines = lines_of(|| (0..250).for_each(|lag| record(Metric::Lag, f64::from(lag), "a")));
        let lengths: Vec<usize> = lines.iter().map(|line| line["Lag"].as_array().unwrap().len()).collect();
        assert_eq!(lengths, [100, 100, 50]);
    }

    #[test]
    fn what_somebody_has_to_see_is_written_at_once() {
        let kept = Kept::default();
        let clock = Clock::new(|| Timestamp::UNIX_EPOCH, |_| Box::pin(async {}));
        let lines = MetricLines::new("a-stack".to_owned(), clock, kept.clone());
        tracing::subscriber::with_default(tracing_subscriber::registry().with(lines), || {
            count(Metric::Changes, "a");
            count(Metric::RefreshFailures, "a");
        });
        let text = String::from_utf8(kept.0.lock().unwrap().clone()).unwrap();
        assert!(text.contains("RefreshFailures") && !text.contains("Changes"), "{text}");
    }

    #[test]
    fn every_metric_has_a_name_of_its_own_and_other_events_are_no_metrics() {
        let lines = lines_of(|| {
            Metric::ALL.into_iter().for_each(|metric| count(metric, ""));
            tracing::info!(metric = "Lag", value = 1.0, "an event of another target");
        });
        let named =
            |line: &Value| line["_aws"]["CloudWatchMetrics"][0]["Metrics"].as_array().unwrap().clone();
        let mut names: Vec<String> = lines
            .iter()
            .flat_map(|line| {
                named(line).into_iter().map(move |one| (line, one["Name"].as_str().unwrap().to_owned()))
            })
            .inspect(|(line, name)| assert_eq!(line[name], 1.0))
            .map(|(_, name)| name)
            .collect();
        names.sort();
        names.dedup();
        assert_eq!(names.len(), Metric::ALL.len());
    }
}
