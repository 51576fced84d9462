//! What the template says, and what must hold for it.

use super::{ParameterSpec, QueueSource, Route, Template, untagged};
use crate::aws::sqs::Scope;

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
fn a_function_s_queue_and_dead_letters_are_named_after_it_and_single_messages_may_fail() {
    let template = Template::load();
    for function in template.functions() {
        let Some(source) = function.queue else { continue };
        let name = function.logical_id.strip_suffix("Function").unwrap();
        assert_eq!(source.logical_id, format!("{name}Queue"));
        let queues = template.queues();
        let queue = queues.iter().find(|queue| queue.logical_id == source.logical_id).unwrap();
        assert_eq!(queue.dead_letters.as_ref().unwrap().0, format!("{name}DeadLetters"));
        assert!(source.reports_failures, "{}", function.logical_id);
        // Each names the other: no other queue's letters come here.
        let queue_name = untagged(&template.properties(&source.logical_id)["QueueName"]).as_str().unwrap();
        let allowed = &template.properties(&format!("{name}DeadLetters"))["RedriveAllowPolicy"];
        assert_eq!(allowed["redrivePermission"].as_str(), Some("byQueue"));
        let sources = allowed["sourceQueueArns"].as_sequence().unwrap();
        let source = untagged(&sources[0]).as_str().unwrap();
        assert!(sources.len() == 1 && source.ends_with(&format!(":{queue_name}")), "{source}");
    }
}

#[test]
fn a_function_is_told_of_the_queues_that_it_sends_to_and_of_no_others() {
    let told = |id: &str, variable: &str| Template::load().variables(id).iter().any(|name| name == variable);
    assert!(told("WebhookIntakeFunction", "RECONCILE_QUEUE_URL"));
    assert!(told("ConnectFunction", "RECONCILE_QUEUE_URL"));
    assert!(told("ContactSyncFunction", "RECONCILE_QUEUE_URL"), "it asks for the next contacts of an import");
    assert!(!told("NotesSyncFunction", "RECONCILE_QUEUE_URL"));
    assert!(!told("WebhookIntakeFunction", "APP_SECRET_ID"));
    assert!(!told("ContactSyncFunction", "ADMIN_SECRET_ID"));
}

#[test]
fn a_route_takes_what_its_pattern_says() {
    let route = |method: &str, path: &str| Route { method: method.to_owned(), path: path.to_owned() };
    let hooks = route("POST", "/hooks/helloleads/{connection}");
    assert!(hooks.fits("POST", "/hooks/helloleads/1"));
    for (method, path) in [
        ("GET", "/hooks/helloleads/1"),
        ("POST", "/hooks/helloleads/"),
        ("POST", "/hooks/helloleads/1/2"),
        ("POST", "/hooks/other/1"),
    ] {
        assert!(!hooks.fits(method, path), "{method} {path}");
    }
    let pages = route("ANY", "/connections/{proxy+}");
    assert!(pages.fits("GET", "/connections/1") && pages.fits("POST", "/connections/1/pause"));
    assert!(!pages.fits("GET", "/connections/") && !pages.fits("GET", "/other/1"));
    assert!(route("GET", "/").fits("GET", "/") && !route("GET", "/").fits("GET", "/install"));
}

#[test]
fn a_variable_holds_what_its_function_of_the_template_comes_to() {
    let template = Template::load();
    let elsewhere = |url: &str| {
        let names = template.resources().keys().filter_map(|name| name.as_str()).map(str::to_owned);
        let known = names.map(|name| (name.clone(), name)).chain([
            ("AWS::StackName".to_owned(), "a-stack".to_owned()),
            ("GhlAppId".to_owned(), "app".to_owned()),
            ("AwsEndpointUrl".to_owned(), url.to_owned()),
        ]);
        super::Values::new(&template, known).variables("NotesSyncFunction")
    };
    let said = |variables: &[(String, String)], name: &str| {
        variables.iter().find(|(other, _)| other == name).map(|(_, value)| value.clone())
    };
    let in_aws = elsewhere("");
    assert_eq!(said(&in_aws, "AWS_ENDPOINT_URL"), None, "a deployment in AWS is told of no other address");
    assert_eq!(said(&in_aws, "CONNECTION_SECRET_PREFIX").as_deref(), Some("a-stack/connections/"));
    assert_eq!(said(&in_aws, "NOTES_QUEUE_URL").as_deref(), Some("NotesSyncQueue"));
    let local = elsewhere("http://localhost:1");
    assert_eq!(said(&local, "AWS_ENDPOINT_URL").as_deref(), Some("http://localhost:1"));
}

#[test]
fn every_queue_is_fifo_and_its_lanes_are_independent() {
    let template = Template::load();
    // What Lambda could not hand over comes from it in no order.
    let of_lambda = "AutomationAskDeadLetters";
    for queue in template.queues().into_iter().filter(|queue| queue.logical_id != of_lambda) {
        let properties = template.properties(&queue.logical_id);
        assert_eq!(properties["FifoQueue"].as_bool(), Some(true), "{}", queue.logical_id);
        assert_eq!(queue.scope, Scope::MessageGroup, "{}", queue.logical_id);
        let settings = queue.settings(|id| format!("{id}.fifo"));
        assert_eq!(settings.visibility.as_secs(), queue.visibility_seconds);
        assert_eq!(settings.dead_letters.is_some(), queue.dead_letters.is_some());
    }
}

#[test]
fn every_parameter_says_what_it_is_for_and_has_a_default_that_is_no_secret() {
    let parameters = Template::load().parameters();
    for ParameterSpec { name, description, default, is_secret } in &parameters {
        assert!(description.ends_with('.'), "{name}");
        // Blank: it is entered on a page.
        let is_blank = default.as_deref().is_none_or(str::is_empty);
        assert!(!is_secret || is_blank, "{name} is a secret with a default");
        assert!(default.is_some(), "{name} has to be given before anything is deployed");
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
    assert_eq!(table["SSESpecification"]["SSEType"].as_str(), Some("KMS"));
    let parameters = template.parameters();
    let protects = parameters.iter().find(|parameter| parameter.name == "ProtectTable").unwrap();
    assert_eq!(protects.default.as_deref(), Some("true"));
    let recovery = &table["PointInTimeRecoverySpecification"]["PointInTimeRecoveryEnabled"];
    assert_eq!(recovery.as_bool(), Some(true));
}
