//! What whoever operates the stack sees: metrics, alarms, the dashboard, and how long logs are kept.

use std::collections::BTreeSet;
use std::io::Write;
use std::sync::{Arc, Mutex};

use jiff::SignedDuration;
use sandbox::aws::template::{Template, repository, untagged};
use sandbox::ghl::Choice;
use sandbox::world::{LOCATION, Options, World};
use serde_json::{Value, json};
use shared::metrics::{Metric, MetricLines};
use tracing_subscriber::layer::SubscriberExt;

use crate::contact_sync::{ann, only_lead, plain_world};
use crate::kept_log::heard_on_every_thread;

/// The lines that were written while the guard lived.
#[derive(Clone, Default)]
struct Lines(Arc<Mutex<Vec<u8>>>);

impl Write for Lines {
    fn write(&mut self, bytes: &[u8]) -> std::io::Result<usize> {
        self.0.lock().unwrap().write(bytes)
    }

    fn flush(&mut self) -> std::io::Result<()> {
        Ok(())
    }
}

impl Lines {
    /// Listens to this thread, on which a test's functions run too.
    fn listen(world: &World) -> (Self, tracing::subscriber::DefaultGuard) {
        heard_on_every_thread();
        let lines = Self::default();
        let layer = MetricLines::new("sandbox".to_owned(), world.time.clock(), lines.clone());
        (lines, tracing::subscriber::set_default(tracing_subscriber::registry().with(layer)))
    }

    fn text(&self) -> String {
        String::from_utf8(self.0.lock().unwrap().clone()).unwrap()
    }

    /// The values of one metric, in order.
    fn of(&self, metric: Metric) -> Vec<f64> {
        let text = self.text();
        let lines = text.lines().map(|line| serde_json::from_str::<Value>(line).unwrap());
        lines.filter_map(|line| line[metric.name()].as_f64()).collect()
    }
}

#[tokio::test]
async fn a_change_a_conflict_and_a_parked_record_are_measured_without_a_word_of_what_they_hold() {
    let world = plain_world().await;
    let (lines, _guard) = Lines::listen(&world);
    let contact = world.ghl.person_creates_contact(LOCATION, ann());
    world.time.advance(SignedDuration::from_secs(7));
    world.settle().await;
    assert_eq!(lines.of(Metric::Changes), [1.0]);
    assert_eq!(lines.of(Metric::Lag), [7.0]);
    let calls = world.ghl.calls().names_since(0);
    assert!(!lines.of(Metric::GhlCalls).is_empty() && lines.of(Metric::GhlCalls).len() <= calls.len());
    assert!(!lines.of(Metric::HelloLeadsCalls).is_empty());
    world.time.advance(SignedDuration::from_mins(1));
    world.ghl.person_edits_contact(LOCATION, &contact, json!({ "lastName": "Berg" }));
    world
        .helloleads
        .person_edits_lead(only_lead(&world)["id"].as_str().unwrap(), json!({ "last_name": "Hill" }));
    world.pass_period().await;
    assert_eq!(lines.of(Metric::Conflicts), [1.0]);
    world.ghl.person_creates_contact(LOCATION, json!({ "firstName": "No address" }));
    world.settle().await;
    assert_eq!(lines.of(Metric::Parked), [1.0]);
    for word in ["Ann", "Lee", "Berg", "Hill", "example.com", "4155550101", "No address"] {
        assert!(!lines.text().contains(word), "{word} stands in a metric");
    }
}

#[tokio::test]
async fn a_lost_token_pair_raises_both_alarms_and_needs_attention_until_it_is_mended() {
    let world = plain_world().await;
    let (lines, _guard) = Lines::listen(&world);
    world.ghl.expire_access(LOCATION);
    world.ghl.person_creates_contact(LOCATION, ann());
    world.settle().await;
    assert_eq!((lines.of(Metric::Refreshes), lines.of(Metric::RefreshFailures)), (vec![1.0], vec![]));
    world.ghl.revoke(LOCATION);
    world.ghl.person_creates_contact(LOCATION, json!({ "firstName": "Bo", "email": "bo@example.com" }));
    world.settle().await;
    assert_eq!(lines.of(Metric::RefreshFailures), [1.0]);
    world.tick().await;
    world.tick().await;
    assert!(lines.of(Metric::NeedsAttention).ends_with(&[1.0, 1.0]), "as long as it lasts");
    world.install(Choice::Location(LOCATION.to_owned())).await;
    world.settle().await;
    world.tick().await;
    assert_eq!(lines.of(Metric::NeedsAttention).last(), Some(&0.0));
}

#[tokio::test]
async fn a_lane_that_rests_is_measured() {
    let world = World::start(Options::default()).await;
    world.connect(&[]).await;
    let (lines, _guard) = Lines::listen(&world);
    let fault =
        sandbox::faults::Fault::Status { status: 500, body: "{}".into(), content_type: "text/plain".into() };
    world.ghl.faults().plan("GET /contacts/:id", fault);
    world.ghl.person_creates_contact(LOCATION, ann());
    world.settle().await;
    assert_eq!(lines.of(Metric::Rests), [1.0]);
}

#[test]
fn every_queue_and_function_has_its_alarms() {
    let template = Template::load();
    let mut expected = BTreeSet::new();
    for function in template.functions() {
        let name = function.logical_id.strip_suffix("Function").unwrap().to_owned();
        let of_queue = function.queue.iter().flat_map(|_| ["DeadLetters", "QueueAge"]);
        expected.extend(of_queue.chain(["Errors", "Throttles"]).map(|what| format!("{name}{what}Alarm")));
    }
    let others = [
        "ApiFailuresAlarm",
        "AutomationAskDeadLettersAlarm",
        "NeedsAttentionAlarm",
        "RefreshFailuresAlarm",
        "ScheduleAlarm",
        "ScheduleFailuresAlarm",
    ];
    expected.extend(others.map(str::to_owned));
    let alarms: BTreeSet<String> = template.of_type("AWS::CloudWatch::Alarm").into_iter().collect();
    assert_eq!(alarms, expected);
    for alarm in alarms {
        let properties = template.properties(&alarm);
        assert!(properties["AlarmDescription"].as_str().unwrap().ends_with('.'), "{alarm}");
        assert!(!properties["AlarmActions"].is_null(), "{alarm} tells nobody");
        assert!(!properties["OKActions"].is_null(), "nobody hears when {alarm} is over");
    }
}

#[test]
fn the_schedule_s_alarm_watches_the_schedule_and_is_silent_before_it_first_fires() {
    let template = Template::load();
    let alarm = template.properties("ScheduleAlarm");
    // The queue calls the function too, whose invocations would hide that nobody looks.
    assert_eq!(alarm["Namespace"].as_str(), Some("AWS/Events"));
    assert_eq!(untagged(&alarm["Dimensions"][0]["Value"]).as_str(), Some("ReconcileFunctionSchedule"));
    assert_eq!(alarm["TreatMissingData"].as_str(), Some("missing"));
    assert!(!alarm["InsufficientDataActions"].is_null(), "it tells of data that stop");
}

#[test]
fn alarms_and_dashboard_look_at_metrics_that_the_functions_write() {
    let template = Template::load();
    let ours: BTreeSet<&str> = Metric::ALL.iter().map(|metric| metric.name()).collect();
    for alarm in template.of_type("AWS::CloudWatch::Alarm") {
        let properties = template.properties(&alarm);
        if untagged(&properties["Namespace"]).as_str() == Some("AWS::StackName") {
            assert!(ours.contains(properties["MetricName"].as_str().unwrap()), "{alarm}");
        }
    }
    let body = untagged(&template.properties("SyncDashboard")["DashboardBody"]).as_str().unwrap();
    let body: Value = serde_json::from_str(body).expect("a dashboard is JSON");
    let mut shown = BTreeSet::new();
    for metric in
        body["widgets"].as_array().unwrap().iter().flat_map(|one| one["properties"]["metrics"].as_array())
    {
        for metric in metric.iter().filter(|metric| metric[0] == "${AWS::StackName}") {
            shown.insert(metric[1].as_str().unwrap());
        }
    }
    assert_eq!(shown, ours, "the dashboard shows every metric of ours, and no other");
}

#[test]
fn every_log_is_kept_for_as_long_as_the_parameter_says() {
    let template = Template::load();
    let logs = template.of_type("AWS::Logs::LogGroup");
    assert_eq!(logs.len(), template.functions().len() + 1, "each function's, and the API's");
    for group in logs {
        let kept = untagged(&template.properties(&group)["RetentionInDays"]).as_str();
        assert_eq!(kept, Some("LogRetentionDays"), "{group}");
    }
}

#[test]
fn a_panic_unwinds_in_what_is_deployed() {
    let manifest = std::fs::read_to_string(repository().join("Cargo.toml")).unwrap();
    let (_, release) = manifest.split_once("[profile.release]").unwrap();
    assert!(release.contains("panic = \"unwind\""), "cargo-lambda aborts where nothing is said");
}

#[test]
fn what_checkov_is_not_asked_has_a_reason() {
    let text = std::fs::read_to_string(repository().join("template.yaml")).unwrap();
    let left_out = text.lines().filter(|line| line.starts_with("#   CKV_"));
    let reasons: Vec<&str> = left_out.map(|line| line.split_once(": ").expect("a reason").1).collect();
    assert!(!reasons.is_empty() && reasons.iter().all(|reason| reason.len() > 30), "{reasons:?}");
    assert!(!text.contains("checkov:skip") && !text.contains("cfn-lint:"), "there is one list");
}
