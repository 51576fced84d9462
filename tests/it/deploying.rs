//! What a deployment can be told, and what comes of it.

use std::process::Command;

use sandbox::aws::template::{Template, Values, repository, untagged};
use sandbox::world::{Options, World};
use serde_yaml_ng::Value;

use crate::contact_sync::{ann, only_lead};
use sandbox::world::LOCATION;

/// The template's values where these parameters are given.
fn values<'a>(template: &'a Template, parameters: &[(&str, &str)]) -> Values<'a> {
    let names = template.resources().keys().filter_map(|name| name.as_str());
    let known = names.map(|name| (name, name)).chain([("AWS::StackName", "a-stack")]);
    let known = known.chain(parameters.iter().copied());
    Values::new(template, known.map(|(name, value)| (name.to_owned(), value.to_owned())))
}

#[test]
fn the_app_s_id_follows_from_its_client_id_where_it_is_not_given() {
    let template = Template::load();
    let app_id = |parameters: &[(&str, &str)]| {
        let variables = values(&template, parameters).variables("WebhookIntakeFunction");
        variables.into_iter().find(|(name, _)| name == "GHL_APP_ID").map(|(_, value)| value)
    };
    let client = ("GhlClientId", "665c6bb13d4e5364bdec0e2f-m3x9k2ab");
    for (given, expected) in [
        (vec![], ""),
        (vec![client], "665c6bb13d4e5364bdec0e2f"),
        (vec![client, ("GhlAppId", "other")], "other"),
        (vec![("GhlAppId", "alone")], "alone"),
    ] {
        assert_eq!(app_id(&given).as_deref(), Some(expected), "{given:?}");
    }
}

#[tokio::test]
async fn webhooks_are_accepted_where_only_the_client_id_is_deployed() {
    let parameters = vec![("GhlAppId".to_owned(), String::new())];
    let world = World::start(Options { parameters, ..Options::default() }).await;
    world.connect(&[]).await;
    world.ghl.person_creates_contact(LOCATION, ann());
    world.settle().await;
    assert_eq!(only_lead(&world)["email"], "ann@example.com");
}

#[test]
fn a_deployment_that_would_wipe_a_part_of_the_app_is_refused() {
    let template = Template::load();
    let (id, secret, shared) = (("GhlClientId", "a-b"), ("GhlClientSecret", "s"), ("GhlSharedSecret", "t"));
    for (given, is_taken) in [
        (vec![], true),
        (vec![id, secret], true),
        (vec![id, secret, shared], true),
        (vec![id], false),
        (vec![secret], false),
        (vec![shared], false),
        (vec![id, shared], false),
        (vec![secret, shared], false),
        (vec![("ReservedConcurrency", "1")], false),
        (vec![("ReservedConcurrency", "2")], true),
    ] {
        let refused = values(&template, &given).refused();
        assert_eq!(refused.is_empty(), is_taken, "{given:?}: {refused:?}");
    }
}

#[test]
fn no_queue_calls_more_copies_than_are_reserved_and_a_new_account_has_enough_for_all() {
    let template = Template::load();
    let parameters = template.parameters();
    let most = parameters.iter().find(|parameter| parameter.name == "MaximumConcurrency").unwrap();
    let most: usize = most.default.as_ref().unwrap().parse().unwrap();
    let mut queues = 0;
    for function in template.functions() {
        let events = template.properties(&function.logical_id)["Events"].as_mapping().unwrap();
        for (_, event) in events.iter().filter(|(_, event)| event["Type"].as_str() == Some("SQS")) {
            // A queue that a parameter switches on says itself what the account needs then.
            let is_switched_on = !event["Properties"]["Enabled"].is_null();
            let copies = untagged(&event["Properties"]["ScalingConfig"]["MaximumConcurrency"]);
            let by_condition: Vec<&str> =
                (0..3).filter_map(|place| untagged(&copies[place]).as_str()).collect();
            assert_eq!(by_condition, ["ReservesConcurrency", "ReservedConcurrency", "MaximumConcurrency"]);
            queues += usize::from(!is_switched_on);
        }
    }
    assert!(queues * most + 2 <= 10, "a new account runs ten functions at a time");
}

#[test]
fn what_stays_when_the_stack_goes_needs_nothing_else_of_the_template() {
    let template = Template::load();
    let kept: Vec<String> = template
        .resources()
        .iter()
        .filter(|(_, resource)| resource["UpdateReplacePolicy"].as_str() == Some("Retain"))
        .filter_map(|(name, _)| name.as_str().map(str::to_owned))
        .collect();
    assert_eq!(kept, ["SyncTable", "WebhookKeysSecret"]);
    for name in kept {
        assert_eq!(template.resources()[&name]["DeletionPolicy"].as_str(), Some("RetainExceptOnCreate"));
        let mut named = Vec::new();
        collect_tagged(template.properties(&name), &mut named);
        assert!(named.iter().all(|one| one == "ProtectTable"), "the README's import needs {named:?}");
    }
}

fn collect_tagged(value: &Value, found: &mut Vec<String>) {
    match value {
        Value::Tagged(tagged) => found.extend(tagged.value.as_str().map(str::to_owned)),
        Value::Mapping(all) => all.values().for_each(|one| collect_tagged(one, found)),
        Value::Sequence(all) => all.iter().for_each(|one| collect_tagged(one, found)),
        _ => {}
    }
}

/// What `.github/deploy.sh` hands to `sam`, one argument a line.
fn deploys_with(variables: &[(&str, &str)]) -> Vec<String> {
    let script = repository().join(".github/deploy.sh");
    let mut command = Command::new("bash");
    command.arg(script).env_clear().env("PATH", std::env::var("PATH").unwrap()).env("SAM", "printf %s\\n");
    let output = command.envs(variables.iter().copied()).output().unwrap();
    assert!(output.status.success(), "{}", String::from_utf8_lossy(&output.stderr));
    String::from_utf8(output.stdout).unwrap().lines().map(str::to_owned).collect()
}

#[test]
fn the_workflow_deploys_with_what_is_set_and_nothing_else() {
    let plain = deploys_with(&[("STACK", "s"), ("GHL_CLIENT_ID", ""), ("ALARM_EMAIL", "")]);
    assert!(
        plain.contains(&"s".to_owned()) && !plain.contains(&"--parameter-overrides".to_owned()),
        "{plain:?}"
    );
    let sites = "https://a.example https://b.example";
    let some = deploys_with(&[
        ("STACK", "s"),
        ("FRAME_SITES", sites),
        ("GHL_CLIENT_SECRET", "x"),
        ("ARCHITECTURE", ""),
    ]);
    let (_, parameters) = some.split_at(some.iter().position(|one| one == "--parameter-overrides").unwrap());
    // SAM takes a value with blanks in quotes.
    let expected = ["--parameter-overrides", "GhlClientSecret=\"x\"", &format!("FrameSites=\"{sites}\"")];
    assert_eq!(parameters, expected);
}

#[test]
fn every_parameter_that_the_workflow_gives_is_one_of_the_template() {
    let names: Vec<String> = Template::load().parameters().into_iter().map(|one| one.name).collect();
    let read = |path: &str| std::fs::read_to_string(repository().join(path)).unwrap();
    let (script, workflow) = (read(".github/deploy.sh"), read(".github/workflows/deploy.yml"));
    let given: Vec<&str> = script.lines().filter_map(|line| line.strip_prefix("add ")).collect();
    assert!(given.len() > 5);
    for line in given {
        let (name, variable) = line.split_once(' ').unwrap();
        assert!(names.iter().any(|known| known == name), "{name}");
        assert!(workflow.contains(&format!("{variable}: ${{{{")), "the workflow hands on no {variable}");
    }
}
