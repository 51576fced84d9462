//! What the template says, and what must hold for it.

use super::{ParameterSpec, QueueSource, Route, Template, repository};
use crate::aws::sqs::Scope;

/// `contact-sync` is the crate of `ContactSyncFunction`.
fn to_crate(logical_id: &str) -> String {
    let name = logical_id.strip_suffix("Function").unwrap_or(logical_id);
    let dashed =
        name.chars().flat_map(|letter| letter.is_uppercase().then_some('-').into_iter().chain([letter]));
    dashed.collect::<String>().trim_start_matches('-').to_lowercase()
}

#[test]
fn a_function_is_read_with_what_calls_it() {
    let functions = Template::load().functions();
    let find = |id: &str| functions.iter().find(|function| function.logical_id == id).unwrap();
    let sync = find("ContactSyncFunction");
    let queue =
        QueueSource { logical_id: "ContactSyncQueue".to_owned(), batch_size: 10, reports_failures: true };
    assert_eq!((sync.binary.as_str(), sync.queue.as_ref()), ("contact-sync", Some(&queue)));
    assert!(sync.routes.is_empty() && sync.schedule.is_none());
    let intake = find("WebhookIntakeFunction");
    let route = |path: &str| Route { method: "POST".to_owned(), path: path.to_owned() };
    assert_eq!(intake.routes, [route("/webhooks/ghl"), route("/hooks/helloleads/{connection}")]);
    assert!(find("ReconcileFunction").schedule.as_ref().unwrap().starts_with("rate("));
}

#[test]
fn the_names_of_a_function_its_crate_and_its_queues_line_up() {
    let template = Template::load();
    for function in template.functions() {
        assert_eq!(to_crate(&function.logical_id), function.binary);
        assert!(repository().join("functions").join(&function.binary).is_dir(), "{}", function.binary);
        let Some(source) = function.queue else { continue };
        let name = function.logical_id.strip_suffix("Function").unwrap();
        assert_eq!(source.logical_id, format!("{name}Queue"));
        let queues = template.queues();
        let queue = queues.iter().find(|queue| queue.logical_id == source.logical_id).unwrap();
        assert_eq!(queue.dead_letters.as_ref().unwrap().0, format!("{name}DeadLetters"));
    }
}

#[test]
fn a_queue_waits_six_times_as_long_as_its_function_and_lets_it_name_single_failures() {
    let template = Template::load();
    for function in template.functions() {
        let Some(source) = function.queue else { continue };
        let queues = template.queues();
        let queue = queues.iter().find(|queue| queue.logical_id == source.logical_id).unwrap();
        assert!(queue.visibility_seconds >= 6 * function.timeout_seconds, "{}", queue.logical_id);
        assert!(source.reports_failures, "{}", function.logical_id);
    }
}

#[test]
fn every_queue_is_fifo_and_its_lanes_are_independent() {
    let template = Template::load();
    for queue in template.queues() {
        let properties = template.properties(&queue.logical_id);
        assert_eq!(properties["FifoQueue"].as_bool(), Some(true), "{}", queue.logical_id);
        assert_eq!(queue.scope, Scope::MessageGroup, "{}", queue.logical_id);
        let settings = queue.settings(|id| format!("{id}.fifo"));
        assert_eq!(settings.visibility.as_secs(), queue.visibility_seconds);
        assert_eq!(settings.dead_letters.is_some(), queue.dead_letters.is_some());
    }
}

#[test]
fn every_parameter_says_what_it_is_for_and_only_the_secrets_have_no_safe_default() {
    let parameters = Template::load().parameters();
    for ParameterSpec { name, description, default, is_secret } in &parameters {
        assert!(description.ends_with('.'), "{name}");
        assert!(!is_secret || default.is_none(), "{name} is a secret with a default");
        assert!(default.is_some() || name.starts_with("GhlClient") || name == "GhlAppId", "{name}");
    }
    let minutes = parameters.iter().find(|parameter| parameter.name == "LookEveryMinutes").unwrap();
    assert_eq!(minutes.default.as_deref(), Some("5"));
}

#[test]
fn the_table_is_one_on_demand_table_that_can_be_recovered() {
    let template = Template::load();
    assert_eq!(template.table(), "SyncTable");
    let table = template.properties("SyncTable");
    assert_eq!(table["BillingMode"].as_str(), Some("PAY_PER_REQUEST"));
    assert_eq!(table["TimeToLiveSpecification"]["AttributeName"].as_str(), Some("expires_at"));
    let recovery = &table["PointInTimeRecoverySpecification"]["PointInTimeRecoveryEnabled"];
    assert_eq!(recovery.as_bool(), Some(true));
}
