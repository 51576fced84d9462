//! What each function's role allows is what the function does: no less, no more.
//!
//! No less: the sandbox refuses what a role does not allow, and a world in which that happened fails at its end, in
//! every test of this crate. No more: here
//! the functions do everything that they do, and what their roles allow besides is found.

use std::collections::{BTreeMap, BTreeSet};

use futures_util::FutureExt;
use futures_util::future::BoxFuture;
use jiff::SignedDuration;
use sandbox::aws::clients::Clients;
use sandbox::aws::counting::{Operations, Permission};
use sandbox::aws::template::{Template, Values, covers};
use sandbox::faults::Fault;
use sandbox::ghl::Choice;
use sandbox::world::{COMPANY, LOCATION, Options, World};
use serde_json::{Value, json};
use shared::connection::KEPT_AFTER_UNINSTALL;
use shared::store::table::Key;

use crate::related::{CALENDAR, Way, contact, lead, world, world_with};
use crate::webhook_intake::{captured, post_signed};

/// What no test brings about, because only a chain of failures does, and Lambda does it in the function's name.
const RARE: [(&str, &str, &str); 1] = [("automation", "sqs:SendMessage", "AutomationAskDeadLetters")];

/// One more than the first import has in the queue at a time.
const IMPORTED: usize = 201;

/// What the event source mapping of a queue does in a function's name.
const OF_THE_MAPPING: [&str; 3] = ["sqs:DeleteMessage", "sqs:GetQueueAttributes", "sqs:ReceiveMessage"];
/// And that of the table's stream.
const OF_THE_STREAM: [&str; 4] =
    ["dynamodb:DescribeStream", "dynamodb:GetRecords", "dynamodb:GetShardIterator", "dynamodb:ListStreams"];

fn functions() -> Vec<(String, String)> {
    Template::load().functions().into_iter().map(|function| (function.binary, function.logical_id)).collect()
}

fn granted(template: &Template, id: &str) -> Vec<Permission> {
    let names: Vec<(String, String)> = template
        .resources()
        .keys()
        .filter_map(|name| name.as_str())
        .map(|name| (name.to_owned(), name.to_owned()))
        .chain([("AWS::StackName".to_owned(), "sandbox".to_owned())])
        .collect();
    template.role(id, &Values::new(template, names)).permissions().to_vec()
}

#[tokio::test]
async fn a_role_allows_nothing_that_its_function_does_not_do() {
    let used = everything_that_is_done().await;
    let template = Template::load();
    let mut superfluous = BTreeSet::new();
    for (function, id) in functions() {
        let of_code = granted(&template, &id).into_iter().filter(|(action, _)| {
            !OF_THE_MAPPING.contains(&action.as_str())
                && !OF_THE_STREAM.contains(&action.as_str())
                && !action.starts_with("logs:")
                && !action.starts_with("xray:")
        });
        for permission in of_code {
            let is_used = used[&function].iter().any(|asked| covers(&permission, asked));
            let is_rare = RARE.contains(&(function.as_str(), permission.0.as_str(), permission.1.as_str()));
            assert!(!(is_used && is_rare), "{function} does {permission:?} after all");
            if !is_used && !is_rare {
                superfluous.insert((function.clone(), permission));
            }
        }
    }
    assert_eq!(superfluous, BTreeSet::new());
}

#[test]
fn a_role_lets_lambda_take_from_the_functions_own_queue_and_write_its_own_log() {
    let template = Template::load();
    for function in template.functions() {
        let name = function.logical_id.strip_suffix("Function").unwrap();
        let of_lambda: BTreeSet<Permission> = granted(&template, &function.logical_id)
            .into_iter()
            .filter(|(action, _)| {
                OF_THE_MAPPING.contains(&action.as_str())
                    || action.starts_with("logs:")
                    || action.starts_with("xray:")
            })
            .collect();
        let logs =
            ["logs:CreateLogStream", "logs:PutLogEvents"].map(|action| (action, format!("{name}Logs")));
        let traces =
            ["xray:PutTraceSegments", "xray:PutTelemetryRecords"].map(|action| (action, "*".to_owned()));
        let queue =
            function.queue.map(|queue| OF_THE_MAPPING.map(|action| (action, queue.logical_id.clone())));
        let expected = logs.into_iter().chain(traces).chain(queue.into_iter().flatten());
        let expected: BTreeSet<Permission> =
            expected.map(|(action, resource)| (action.to_owned(), resource)).collect();
        assert_eq!(of_lambda, expected, "{}", function.logical_id);
    }
}

#[test]
fn the_one_function_that_the_stream_calls_may_read_it() {
    let template = Template::load();
    for (function, id) in functions() {
        let granted = granted(&template, &id).into_iter();
        let actions: Vec<String> = granted
            .map(|(action, _)| action)
            .filter(|action| OF_THE_STREAM.contains(&action.as_str()))
            .collect();
        let expected = if function == "automation" { &OF_THE_STREAM[..] } else { &[] };
        assert_eq!(actions, expected, "{id}");
    }
}

#[test]
fn no_role_names_every_resource_but_where_there_is_none_to_name() {
    let template = Template::load();
    let roles = template.of_type("AWS::IAM::Role");
    // The one more is EventBridge's, and starts a state machine that the deployment names.
    assert_eq!(roles.len(), functions().len() + 1, "one role for each function");
    for (_, id) in functions() {
        for (action, resource) in granted(&template, &id) {
            assert!(!action.contains('*'), "{id}: {action}");
            assert!(resource != "*" || action.starts_with("xray:"), "{id}: {action} on everything");
        }
    }
}

/// What `webhook-intake` may do with a service.
fn granted_to_anybody(service: &str) -> BTreeSet<Permission> {
    let granted = granted(&Template::load(), "WebhookIntakeFunction").into_iter();
    granted.filter(|(action, _)| action.starts_with(service)).collect()
}

#[test]
fn the_function_that_anybody_can_call_reads_no_token() {
    let keys = ("secretsmanager:GetSecretValue".to_owned(), "WebhookKeysSecret".to_owned());
    assert_eq!(granted_to_anybody("secretsmanager:"), BTreeSet::from([keys]));
}

#[test]
fn the_function_that_anybody_can_call_reaches_few_rows() {
    let read = ["APP", "CONNECTION#*", "SEEN#*"].map(|row| ("GetItem", row));
    let written = ["SEEN#*", "MATCH#*"].map(|row| ("PutItem", row));
    let expected = read.into_iter().chain(written).chain([("DeleteItem", "MATCH#*")]);
    let expected = expected.map(|(action, row)| (format!("dynamodb:{action}"), format!("SyncTable#{row}")));
    assert_eq!(granted_to_anybody("dynamodb:"), expected.collect());
}

#[tokio::test]
async fn the_sandbox_refuses_what_a_role_does_not_allow() {
    let world = World::start(Options::default()).await;
    let template = Template::load();
    let names = template.resources().keys().filter_map(|name| name.as_str()).map(str::to_owned);
    let names = names.map(|name| (name.clone(), name)).chain([("AWS::StackName".into(), "sandbox".into())]);
    let role = template.role("WebhookIntakeFunction", &Values::new(&template, names));
    let counting = Operations::default().of("webhook-intake", Some(role));
    let clients = Clients::new(world.endpoints(), counting).await;
    let read = |id: &str| clients.secrets.get_secret_value().secret_id(id.to_owned()).send();
    assert!(read("WebhookKeysSecret").await.is_ok());
    let denied = shared::lane::edge::chain(&read("AppSecret").await.unwrap_err());
    assert!(denied.contains("does not allow secretsmanager:GetSecretValue on AppSecret"), "{denied}");
    let row = |pk: &str| Key::new(pk.to_owned(), "link").to_item();
    let read = |pk: &str| clients.dynamodb.get_item().table_name("SyncTable").set_key(Some(row(pk))).send();
    assert!(read("SEEN#one").await.is_ok());
    let denied = shared::lane::edge::chain(&read("LINK#one").await.unwrap_err());
    assert!(denied.contains("does not allow dynamodb:GetItem on SyncTable#LINK#"), "{denied}");
}

/// All that the product does. Boxed, and where the frame is gone before any of it begins: together they are too large for
/// a thread's stack.
fn worlds() -> Vec<BoxFuture<'static, World>> {
    vec![
        by_the_key().boxed(),
        by_v1().boxed(),
        by_a_relay().boxed(),
        by_what_belongs_to_it().boxed(),
        by_an_agency().boxed(),
        by_an_import().boxed(),
        by_the_bus().boxed(),
    ]
}

/// What each function asked for, over all that the product does.
async fn everything_that_is_done() -> BTreeMap<String, BTreeSet<Permission>> {
    let mut used: BTreeMap<String, BTreeSet<Permission>> = BTreeMap::new();
    for world in worlds() {
        let world = world.await;
        for operation in world.operations.take() {
            used.entry(operation.function.to_owned()).or_default().extend(operation.permissions());
        }
    }
    used
}

fn refused() -> Fault {
    Fault::Status { status: 500, body: "{}".into(), content_type: "application/json".into() }
}

fn visit(contact: &str) -> Value {
    let start = "2026-12-01T10:00:00Z";
    json!({ "calendarId": CALENDAR, "contactId": contact, "title": "Visit", "startTime": start })
}

/// A note, a task and an appointment of a contact are made in GHL; answers the appointment's id.
fn adds_to(world: &World, contact: &str) -> String {
    world.ghl.person_creates_note(LOCATION, contact, "Called.");
    world.ghl.person_creates_task(
        LOCATION,
        contact,
        json!({ "title": "Call", "dueDate": "2026-12-01T10:00:00Z" }),
    );
    world.ghl.person_books_appointment(LOCATION, visit(contact))
}

/// Contacts, tasks, notes and appointments both ways, what cannot be synced, and what fails.
async fn by_the_key() -> World {
    let world = world(Way::Key).await;
    let in_ghl = contact(&world).await;
    adds_to(&world, &in_ghl);
    world.settle().await;
    world.helloleads.person_comments(&lead(&world), "Wants a demo.");
    world.helloleads.person_edits_lead(&lead(&world), json!({ "city": "York" }));
    world.pass_period().await;
    world.ghl.person_creates_contact(LOCATION, json!({ "firstName": "No address" }));
    world.settle().await;
    unreadable(&world).await;
    let page = format!("/connections/{LOCATION}");
    for path in ["/", &page, &format!("{page}/mapping"), &format!("{page}/preview")] {
        assert_eq!(world.get(path).await.status(), 200);
    }
    assert_eq!(world.post(&format!("{page}/preview"), &[("contacts", "")]).await.status(), 200);
    disputes(&world, &in_ghl).await;
    by_hand_of_the_owner(&world).await;
    world.ghl.person_deletes_contact(LOCATION, &in_ghl);
    world.settle().await;
    world.ghl.uninstall(LOCATION);
    world.settle().await;
    world.time.advance(KEPT_AFTER_UNINSTALL);
    world.pass_period().await;
    world
}

/// Both sides edit one field, and a person looks at what came of it.
async fn disputes(world: &World, in_ghl: &str) {
    world.time.advance(SignedDuration::from_mins(10));
    world.ghl.person_edits_contact(LOCATION, in_ghl, json!({ "lastName": "Berg" }));
    world.ghl.take_webhooks();
    world.helloleads.person_edits_lead(&lead(world), json!({ "last_name": "Hill" }));
    world.pass_period().await;
    let page = world.get(&format!("/connections/{LOCATION}/conflicts")).await;
    assert!(page.text().await.unwrap().contains("Restore"));
}

/// Somebody signs in after a failed try, enters the app, and signs out.
async fn by_hand_of_the_owner(world: &World) {
    let tried = world.browser.post(format!("{}/sign-in", world.url)).body("token=guess").send().await;
    assert_eq!(tried.unwrap().status(), 403);
    let link = world.sign_in_link(&world.url).await;
    let owner = sandbox::signed_in::SignedIn::by_link(&world.browser, &link).await.unwrap();
    let app = world.ghl.app();
    let credentials = [("client_id", app.client_id.as_str()), ("client_secret", app.client_secret.as_str())];
    assert_eq!(world.post("/app", &credentials).await.status(), 303);
    let out = world.browser.post(format!("{}/sign-out", world.url)).header("cookie", &owner.cookie);
    assert_eq!(out.send().await.unwrap().status(), 200);
}

/// Each queue gets something that is no message of ours.
async fn unreadable(world: &World) {
    let sqs = world.clients().sqs;
    let queues = [
        "CONTACT_QUEUE_URL",
        "NOTES_QUEUE_URL",
        "APPOINTMENT_QUEUE_URL",
        "RECONCILE_QUEUE_URL",
        "AUTOMATION_QUEUE_URL",
    ];
    for (variable, number) in queues.into_iter().zip(1..) {
        let url = world.environment.require(variable).unwrap();
        let send = sqs.send_message().queue_url(url).message_body("nothing of ours").message_group_id("a");
        send.message_deduplication_id(number.to_string()).send().await.unwrap();
    }
    world.settle().await;
}

/// Each function renews the tokens, rests once, and finds what else has changed when it looks before it writes.
async fn by_v1() -> World {
    let world = world(Way::V1).await;
    let in_ghl = contact(&world).await;
    let in_helloleads = lead(&world);
    let booked = adds_to(&world, &in_ghl);
    world.settle().await;
    let by_hand = |number: usize| {
        let due = format!("2026-12-0{number}T15:00:00Z");
        world.helloleads.person_edits_lead(&in_helloleads, json!({ "city": format!("York {number}") }));
        world.helloleads.person_adds_comment(&in_helloleads, "asha@example.com", &format!("Call {number}."));
        world.helloleads.person_adds_todo(&in_helloleads, json!({ "title": "Offer", "dueDateTime": due }));
        let demo = json!({ "title": "Appointment: Demo", "dueDateTime": due });
        world.helloleads.person_adds_todo(&in_helloleads, demo);
    };
    let in_ghl_by_hand = |kind: usize| match kind {
        0 => world.ghl.person_edits_contact(LOCATION, &in_ghl, json!({ "lastName": "Berg" })),
        1 => drop(world.ghl.person_creates_note(LOCATION, &in_ghl, "Called again.")),
        _ => world.ghl.person_edits_appointment(LOCATION, &booked, json!({ "title": "Visit, again" })),
    };
    for kind in 0..3 {
        world.time.advance(SignedDuration::from_mins(6));
        by_hand(kind + 1);
        in_ghl_by_hand(kind);
        world.ghl.expire_access(LOCATION);
        world.settle().await;
        in_ghl_by_hand(kind);
        world.ghl.faults().plan("*", refused());
        world.settle().await;
    }
    world.ghl.faults().plan("GET /calendars/events/appointments/:id", refused());
    in_ghl_by_hand(2);
    world.settle().await;
    world.time.advance(SignedDuration::from_mins(6));
    by_hand(4);
    in_ghl_by_hand(2);
    world.ghl.take_webhooks();
    world.pass_period().await;
    world.ghl.faults().plan("*", refused());
    world.pass_period().await;
    world
}

async fn by_a_relay() -> World {
    let world = world(Way::Relay).await;
    let in_ghl = contact(&world).await;
    let booked = adds_to(&world, &in_ghl);
    world.settle().await;
    let address = json!({ "email": "another@example.com" });
    world.helloleads.person_edits_lead(&lead(&world), address);
    // An edited task has no webhook: it comes with the appointment.
    let task = world.ghl.tasks(LOCATION, &in_ghl)[0]["id"].as_str().unwrap().to_owned();
    world.ghl.person_edits_task(LOCATION, &in_ghl, &task, json!({ "title": "Call back" }));
    world.time.advance(SignedDuration::from_secs(5));
    world.ghl.person_edits_appointment(LOCATION, &booked, json!({ "title": "Visit, again" }));
    world.settle().await;
    world
}

/// What belongs to a contact comes before its contact, and brings it.
async fn by_what_belongs_to_it() -> World {
    let world = world(Way::V1).await;
    for (number, event) in ["NoteCreate", "AppointmentCreate"].into_iter().enumerate() {
        let person = json!({ "firstName": "P", "email": format!("p{number}@example.com") });
        let contact = world.ghl.person_creates_contact(LOCATION, person);
        adds_to(&world, &contact);
        let hooks = world.ghl.take_webhooks();
        world.ghl.deliver(hooks.iter().find(|hook| hook.event == event).unwrap()).await;
        world.settle().await;
    }
    // An appointment waits for a contact that cannot be synced yet; a note brings the contact, and with it the rest.
    let contact = world.ghl.person_creates_contact(LOCATION, json!({ "firstName": "No address" }));
    world.ghl.person_books_appointment(LOCATION, visit(&contact));
    world.settle().await;
    world.ghl.person_edits_contact(LOCATION, &contact, json!({ "email": "late@example.com" }));
    world.ghl.take_webhooks();
    world.ghl.person_creates_note(LOCATION, &contact, "Has an address now.");
    world.settle().await;
    world
}

async fn by_an_agency() -> World {
    let world = World::start(Options::default()).await;
    world.install(Choice::Company(COMPANY.to_owned())).await;
    world.settle().await;
    // Of an app that may have been entered since.
    let mut event = captured(&world, "ContactUpdate.json");
    event["appId"] = json!("another");
    assert_eq!(post_signed(&world, &event).await.0, 403);
    world
}

/// A rule that is followed, and what time brings about.
async fn by_a_rule(world: &World, in_ghl: &str) {
    let tags = json!({ "contactId": "=contact.ghl", "tags": ["moved"] });
    let tag = crate::rules::step("ghl.contact.add_tags", tags);
    crate::rules::add(world, "RecordChanged", "\"address\" in fields", &[tag]).await;
    world.ghl.person_edits_contact(LOCATION, in_ghl, json!({ "city": "Leeds" }));
    let due = (world.time.now() + SignedDuration::from_mins(7)).to_string();
    world.ghl.person_creates_task(LOCATION, in_ghl, json!({ "title": "Call", "dueDate": due }));
    for _ in 0..3 {
        world.settle().await;
        world.pass_period().await;
    }
    let told = world.bus.take();
    assert!(told.iter().any(|event| event["detail-type"] == "TaskOverdue"));
    assert_eq!(world.get(&format!("/connections/{LOCATION}/rules")).await.status(), 200);
}

/// Actions of both sides: one with tokens that are over, one that fails at first, one that waits for its connection; and
/// what is no message.
async fn by_the_bus() -> World {
    let world = world_with(Way::Key, Options { streams: true, ..Options::default() }).await;
    let in_ghl = contact(&world).await;
    by_a_rule(&world, &in_ghl).await;
    world.ghl.expire_access(LOCATION);
    let note = json!({ "contactId": in_ghl, "body": "Called." });
    world.ask_for("ghl.note.create", &note).await;
    world.ask_for("helloleads.lead.update", &json!({ "lead_id": lead(&world), "city": "York" })).await;
    world.settle().await;
    world.ghl.faults().plan("GET /contacts/:id/notes", refused());
    world.ask_for("ghl.note.list", &json!({ "contactId": in_ghl })).await;
    world.settle().await;
    let page = format!("/connections/{LOCATION}");
    assert_eq!(world.post(&format!("{page}/pause"), &[]).await.status(), 303);
    world.ask_for("ghl.note.create", &note).await;
    world.settle().await;
    assert_eq!(world.post(&format!("{page}/resume"), &[]).await.status(), 303);
    world.settle().await;
    unreadable(&world).await;
    world
}

/// More contacts than are put into the queue at a time, the first of them with what belongs to it.
async fn by_an_import() -> World {
    let world = World::start(Options::default()).await;
    world.ghl.add_calendar(LOCATION, json!({ "id": CALENDAR, "name": "Sales" }));
    for number in 0..IMPORTED {
        let person = json!({ "firstName": "P", "email": format!("p{number}@example.com") });
        let contact = world.ghl.person_creates_contact(LOCATION, person);
        if number == 0 {
            adds_to(&world, &contact);
        }
    }
    world.ghl.take_webhooks();
    world.time.advance(SignedDuration::from_mins(5));
    let kinds = [("tasks", "yes"), ("notes", "yes"), ("appointments", "yes"), ("calendar", CALENDAR)];
    world.connect(&[&kinds[..], &[("advanced", r#"{"calls_per_hour": 10000}"#)]].concat()).await;
    world
}
