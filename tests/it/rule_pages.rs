//! The pages of rules, as a person uses them: without a script, by forms alone.

use sandbox::world::{LOCATION, World};
use serde_json::json;
use shared::rule::{RULES_MAX, Rules};
use shared::store::connections::Connections;
use shared::store::rules::RulesOf;

use crate::mapping_pages::Form;
use crate::related::Way;
use crate::rules::{add, note, ruled};

fn list() -> String {
    format!("/connections/{LOCATION}/rules")
}

async fn rules(world: &World) -> Rules {
    RulesOf::new(world.table.clone(), &world.connection()).get().await.unwrap()
}

async fn text(world: &World, path: &str) -> String {
    world.get(path).await.text().await.unwrap()
}

/// Sends the form; the status and what the page says.
async fn send(world: &World, path: &str, form: &Form, pressed: &str) -> (u16, String) {
    let mut fields: Vec<(&str, &str)> =
        form.0.iter().map(|(name, value)| (name.as_str(), value.as_str())).collect();
    fields.push(("do", pressed));
    let answer = world.post(path, &fields).await;
    (answer.status().as_u16(), answer.text().await.unwrap())
}

/// The form of a new rule, filled in.
async fn filled(world: &World) -> (String, Form) {
    let path = format!("{}/new", list());
    let form = Form::on(&text(world, &path).await, &path)
        .with("name", "Note towns")
        .with("when", "RecordChanged")
        .with("condition", "kind == \"contact\" && record.city != \"\"")
        .with("step.0.action", "ghl.note.create")
        .with("step.0.input", r#"{"contactId": "=contact.ghl", "body": "=\"Town: \" + record.city"}"#);
    (path, form)
}

#[tokio::test]
async fn a_rule_is_written_switched_edited_and_deleted_by_hand() {
    let (world, _) = ruled(Way::Key).await;
    let (path, form) = filled(&world).await;
    assert_eq!(send(&world, &path, &form, "save").await.0, 303);
    let kept = rules(&world).await;
    assert_eq!((kept.rules.len(), kept.rules[0].on), (1, true));
    let id = kept.rules[0].id.to_string();
    assert!(text(&world, &list()).await.contains("Note towns"));
    for (pressed, on) in [("off", false), ("on", true)] {
        let form = [("do", pressed), ("rule", id.as_str())];
        assert_eq!(world.post(&list(), &form).await.status(), 303);
        assert_eq!(rules(&world).await.rules[0].on, on);
    }
    let path = format!("{}/{id}", list());
    let form = Form::on(&text(&world, &path).await, &path).with("name", "Towns").without("on");
    assert_eq!(send(&world, &path, &form, "save").await.0, 303);
    let kept = rules(&world).await;
    assert_eq!((kept.rules.len(), kept.rules[0].name.as_str(), kept.rules[0].on), (1, "Towns", false));
    assert_eq!(world.post(&list(), &[("do", "delete"), ("rule", &id)]).await.status(), 303);
    assert!(rules(&world).await.rules.is_empty());
    assert_eq!(world.get(&path).await.headers()["location"], list().as_str(), "it is gone");
}

#[tokio::test]
async fn what_is_wrong_stands_beside_its_field_and_nothing_is_kept_or_lost() {
    let (world, _) = ruled(Way::Key).await;
    let (path, form) = filled(&world).await;
    for (name, value, says) in [
        ("name", "", "the name has 1 to 100 characters"),
        ("when", "RuleStopped", "when: no trigger has this name"),
        ("condition", "kind ==", "if: the expression cannot be read at line 1"),
        (
            "condition",
            "nobody == 1",
            "if: the expression names &quot;nobody&quot;, which there is not; it may name event",
        ),
        ("condition", "record.city", "if: the expression gives a text rather than true or false"),
        ("step.0.input", "{", "step 1: the input is no JSON at line 1"),
        ("step.0.input", "[]", "step 1: input: expected an object"),
        ("step.0.input", r#"{"contactId": "=contact.ghl"}"#, "step 1: input: missing field `body`"),
        (
            "step.0.input",
            r#"{"contactId": "=contact.", "body": "x"}"#,
            "step 1: input.contactId: the expression cannot be read",
        ),
        ("step.0.action", "", "step 1: choose an action"),
        ("step.0.action", "ghl.nothing", "step 1: no action has this name"),
    ] {
        let wrong = form.clone().with(name, value);
        let (status, page) = send(&world, &path, &wrong, "save").await;
        assert_eq!(status, 422, "{name} {value}");
        assert!(page.contains(says), "{name} {value}: {says}");
        assert!(page.contains("id=\"error-") && page.contains("Nothing is saved yet"), "{name} {value}");
        assert!(page.contains("Note towns") || name == "name", "what was entered is still there");
    }
    let no_input = form.clone().with("step.0.input", "");
    let (status, page) = send(&world, &path, &no_input, "save").await;
    assert!(status == 422 && page.contains("Asked for the price"), "an example is put in: {status}");
    assert!(rules(&world).await.rules.is_empty());
}

#[tokio::test]
async fn more_steps_come_with_examples_about_the_event() {
    let (world, _) = ruled(Way::Key).await;
    let (path, form) = filled(&world).await;
    let form = form.with("step.1.action", "ghl.task.create").with("step.1.input", "");
    let (status, page) = send(&world, &path, &form, "more").await;
    assert_eq!(status, 200);
    assert!(page.contains("name=\"step.2.action\"") && page.contains("=contact.ghl"));
    let form = Form::on(&page, &path);
    assert_eq!(send(&world, &path, &form, "save").await.0, 303, "the example can be kept as it is");
    assert_eq!(rules(&world).await.rules[0].then.len(), 2);
}

#[tokio::test]
async fn of_two_people_who_edit_at_once_the_second_is_told() {
    let (world, _) = ruled(Way::Key).await;
    let (path, form) = filled(&world).await;
    add(&world, "RecordDeleted", "", &[note("Gone.")]).await;
    let (status, page) = send(&world, &path, &form, "save").await;
    assert!(status == 422 && page.contains("somebody else changed the rules meanwhile"), "{status}");
    assert_eq!(rules(&world).await.rules.len(), 1);
    let again = Form::on(&page, &path);
    assert_eq!(send(&world, &path, &again, "save").await.0, 303);
    assert_eq!(rules(&world).await.rules.len(), 2);
}

#[tokio::test]
async fn a_trial_shows_what_would_be_asked_for_and_does_nothing() {
    let (world, contact) = ruled(Way::Key).await;
    world.ghl.person_edits_contact(LOCATION, &contact, json!({ "city": "Leeds" }));
    world.settle().await;
    let (path, form) = filled(&world).await;
    let (status, page) = send(&world, &path, &form, "try").await;
    assert!(status == 200 && page.contains("The condition holds"), "{status}");
    assert!(page.contains("Town: example of"), "an example has something in each field");
    let (_, page) = send(&world, &path, &form.clone().with("contact", &contact), "try").await;
    assert!(page.contains("Town: Leeds") && page.contains(&contact));
    let never = form.clone().with("condition", "record.city == \"Paris\"").with("contact", &contact);
    assert!(send(&world, &path, &never, "try").await.1.contains("The condition does not hold"));
    let fails = form.clone().with("condition", "event.values.city == \"Paris\"");
    assert!(send(&world, &path, &fails, "try").await.1.contains("It would fail: if: the expression names"));
    for (name, value, says) in [
        ("contact", "nobody", "no contact with this GHL id is linked here"),
        ("event", "x", "the event is no JSON object"),
    ] {
        assert!(send(&world, &path, &form.clone().with(name, value), "try").await.1.contains(says), "{says}");
    }
    let timed = form.with("when", "TaskOverdue").with("contact", &contact);
    let event = r#"{"kind": "task", "connection": "x"}"#;
    assert!(
        send(&world, &path, &timed.with("event", event), "try")
            .await
            .1
            .contains("this contact has no linked task")
    );
    world.settle().await;
    assert!(rules(&world).await.rules.is_empty() && world.ghl.notes(LOCATION, &contact).is_empty());
}

#[tokio::test]
async fn the_page_shows_what_rules_came_to_and_which_was_stopped() {
    let (world, contact) = ruled(Way::Key).await;
    add(&world, "RecordChanged", "\"address\" in fields && \"ghl\" in edited", &[note("=record.city")]).await;
    add(&world, "RecordChanged", "event.values.city == \"x\"", &[note("No.")]).await;
    for number in 0..11 {
        world.ghl.person_edits_contact(LOCATION, &contact, json!({ "city": format!("Town {number}") }));
        world.settle().await;
    }
    let page = text(&world, &list()).await;
    for shown in [
        "Rule 1",
        "stopped",
        "written as often as it may",
        "failed",
        "names &quot;values&quot;",
        "done",
        &contact,
    ] {
        assert!(page.contains(shown), "{shown}");
    }
    assert!(!page.contains("Town 3"), "the history holds no value");
}

#[tokio::test]
async fn a_rule_that_looks_at_the_stage_has_it_read_and_there_are_not_too_many_rules() {
    let (world, _) = ruled(Way::Key).await;
    let connection =
        async || Connections::new(world.table.clone()).get(&world.connection()).await.unwrap().unwrap();
    let (path, form) = filled(&world).await;
    assert_eq!(send(&world, &path, &form, "save").await.0, 303);
    assert!(!connection().await.helloleads.read_facts);
    let (path, form) = filled(&world).await;
    let form = form.with("condition", "record.stage == \"Customer\"");
    assert_eq!(send(&world, &path, &form, "save").await.0, 303);
    assert!(connection().await.helloleads.read_facts);
    for _ in rules(&world).await.rules.len()..RULES_MAX {
        add(&world, "RecordDeleted", "", &[note("Gone.")]).await;
    }
    let (status, page) = send(&world, &list(), &Form(Vec::new()).with("rule", "overdue-tag"), "add").await;
    assert!(status == 422 && page.contains("at most 50 rules"), "{status}");
    assert!(!text(&world, &list()).await.contains("Write a rule"));
}
