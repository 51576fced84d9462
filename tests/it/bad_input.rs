//! Bad input: a clear message each, nothing lost, and nothing else stops.

use jiff::SignedDuration;
use sandbox::aws::template::{Template, repository};
use sandbox::faults::Fault;
use sandbox::ghl::{Choice, LocationSettings};
use sandbox::world::{CONTACT_DEAD_LETTERS, CONTACTS, ERRANDS, LIST, LOCATION, Options, World};
use serde_json::{Value, json};
use shared::connection::State;
use shared::disposition::{Attention, Reason};
use shared::environment::Environment;
use shared::model::side::Side;
use shared::store::connections::Connections;

use crate::contact_sync::{ann, ann_as_lead, assert_agreed, only_contact, only_lead, parked, plain_world};

/// A second person, who must come over whatever becomes of the first.
fn bo(world: &World) {
    world.ghl.person_creates_contact(LOCATION, json!({ "firstName": "Bo", "email": "bo@example.com" }));
}

fn has_lead(world: &World, email: &str) -> bool {
    world.helloleads.leads().iter().any(|lead| lead["email"] == email)
}

async fn state(world: &World) -> State {
    Connections::new(world.table.clone()).get(&world.connection()).await.unwrap().unwrap().state
}

#[tokio::test]
async fn a_webhook_for_a_contact_that_is_gone_does_nothing() {
    let world = plain_world().await;
    let contact = world.ghl.person_creates_contact(LOCATION, ann());
    world.ghl.person_deletes_contact(LOCATION, &contact);
    world.settle().await;
    assert_eq!(world.helloleads.leads().len(), 0);
    assert_agreed(&world).await;
}

#[tokio::test]
async fn an_email_or_phone_that_ghl_refuses_parks_the_record_and_the_lane_goes_on() {
    let world = plain_world().await;
    world
        .helloleads
        .person_creates_lead(json!({ "list_key": LIST, "first_name": "Bad", "email": "not an address" }));
    world.helloleads.person_creates_lead(json!({ "list_key": LIST, "first_name": "Long", "email": "l@example.com", "mobile": "+999999999999999999999" }));
    world.helloleads.person_creates_lead(ann_as_lead());
    world.pass_period().await;
    assert_eq!(only_contact(&world)["email"], "ann@example.com");
    let parked = parked(&world).await;
    assert_eq!(parked.len(), 2, "{parked:?}");
    for one in &parked {
        let Reason::Refused { side: Side::Ghl, message } = &one.reason else { panic!("{:?}", one.reason) };
        assert!(!message.contains('@') && !message.contains("99999"), "no personal data: {message}");
    }
}

#[tokio::test]
async fn a_parked_record_leaves_the_list_once_it_is_corrected() {
    let world = plain_world().await;
    let lead = world
        .helloleads
        .person_creates_lead(json!({ "list_key": LIST, "first_name": "Bad", "email": "not an address" }));
    world.pass_period().await;
    assert_eq!(parked(&world).await.len(), 1);
    world.time.advance(SignedDuration::from_mins(1));
    world.helloleads.person_edits_lead(&lead, json!({ "email": "good@example.com" }));
    world.pass_period().await;
    assert_eq!(only_contact(&world)["email"], "good@example.com");
    assert_agreed(&world).await;
}

#[tokio::test]
async fn a_contact_with_neither_email_nor_phone_is_parked_until_it_has_one() {
    let world = plain_world().await;
    let contact = world.ghl.person_creates_contact(LOCATION, json!({ "firstName": "Ann" }));
    bo(&world);
    world.settle().await;
    assert!(has_lead(&world, "bo@example.com"));
    assert_eq!(parked(&world).await[0].reason, Reason::NoEmailOrPhone { side: Side::HelloLeads });
    world.ghl.person_edits_contact(LOCATION, &contact, json!({ "email": "ann@example.com" }));
    world.settle().await;
    assert!(has_lead(&world, "ann@example.com"));
    assert_agreed(&world).await;
}

#[tokio::test]
async fn a_contact_without_a_first_name_is_parked_or_gets_the_stand_in() {
    let world = plain_world().await;
    world.ghl.person_creates_contact(LOCATION, json!({ "email": "ann@example.com" }));
    world.settle().await;
    assert_eq!(parked(&world).await[0].reason, Reason::NoFirstName);
    let world = World::start(Options::default()).await;
    world.connect(&[("advanced", r#"{"name_stand_in": "(no name)"}"#)]).await;
    world.ghl.person_creates_contact(LOCATION, json!({ "email": "ann@example.com" }));
    world.settle().await;
    assert_eq!(only_lead(&world)["first_name"], "(no name)");
    assert_eq!(
        world.ghl.contacts(LOCATION)[0]["firstName"],
        Value::Null,
        "the stand-in is not invented in GHL"
    );
}

#[tokio::test]
async fn two_people_who_share_a_phone_are_not_made_one() {
    let world = plain_world().await;
    world.ghl.person_creates_contact(LOCATION, ann());
    world.settle().await;
    let lead =
        json!({ "list_key": LIST, "first_name": "Bo", "email": "bo@example.com", "mobile": "+14155550101" });
    world.helloleads.person_creates_lead(lead);
    world.pass_period().await;
    assert_eq!(only_contact(&world)["firstName"], "Ann", "Ann keeps her number and her name");
    let parked = parked(&world).await;
    assert!(
        matches!(&parked[0].reason, Reason::Taken { side: Side::Ghl, field, .. } if field.as_str() == "phone"),
        "{parked:?}"
    );
    assert!(parked[0].reason.to_string().contains("allows one record per phone"));
}

#[tokio::test]
async fn an_edit_to_a_phone_that_another_contact_has_leaves_the_phone_out_and_says_so() {
    let world = plain_world().await;
    world.ghl.person_creates_contact(LOCATION, ann());
    world.ghl.person_creates_contact(LOCATION, json!({ "firstName": "Bo", "email": "bo@example.com" }));
    world.settle().await;
    let lead = world.helloleads.leads().into_iter().find(|lead| lead["first_name"] == "Bo").unwrap();
    world.time.advance(SignedDuration::from_mins(1));
    let edit = json!({ "mobile": "+14155550101", "city": "Leeds" });
    world.helloleads.person_edits_lead(lead["id"].as_str().unwrap(), edit);
    world.pass_period().await;
    let bo = world.ghl.contacts(LOCATION).into_iter().find(|contact| contact["firstName"] == "Bo").unwrap();
    assert_eq!(
        (&bo["city"], &bo["phone"]),
        (&json!("Leeds"), &Value::Null),
        "the rest is written all the same"
    );
    assert!(matches!(parked(&world).await[0].reason, Reason::Taken { .. }));
}

#[tokio::test]
async fn a_shared_phone_may_be_left_out_where_the_connection_says_so() {
    let world = plain_world().await;
    let connections = Connections::new(world.table.clone());
    let leave_out = |connection: &mut shared::connection::Connection| {
        connection.policy.shared_phone = shared::connection::policy::SharedPhone::LeaveOut;
    };
    connections.change(&world.connection(), leave_out).await.unwrap();
    world.ghl.person_creates_contact(LOCATION, ann());
    world.settle().await;
    let lead =
        json!({ "list_key": LIST, "first_name": "Bo", "email": "bo@example.com", "mobile": "+14155550101" });
    world.helloleads.person_creates_lead(lead);
    world.pass_period().await;
    let contacts = world.ghl.contacts(LOCATION);
    let bo = contacts.iter().find(|contact| contact["firstName"] == "Bo").unwrap();
    assert_eq!(bo["phone"], Value::Null);
    let parked = parked(&world).await;
    assert!(
        matches!(parked.as_slice(), [one] if matches!(one.reason, Reason::Taken { .. })),
        "it is said once: {parked:?}"
    );
    let nameless = json!({ "list_key": LIST, "first_name": "Cy", "mobile": "+14155550101" });
    world.helloleads.person_creates_lead(nameless);
    world.pass_period().await;
    assert_eq!(world.ghl.contacts(LOCATION).len(), 2, "without the number nobody would know Cy again");
}

#[tokio::test]
async fn html_instead_of_json_from_either_side_loses_nothing() {
    let world = plain_world().await;
    let html = || Fault::Status {
        status: 200,
        body: "<html>maintenance</html>".into(),
        content_type: "text/html".into(),
    };
    world.ghl.faults().plan("GET /contacts/:id", html());
    world.helloleads.faults().plan("POST /leads", html());
    world.ghl.person_creates_contact(LOCATION, ann());
    world.settle().await;
    assert_eq!(only_lead(&world)["email"], "ann@example.com");
    assert_eq!((world.ghl.faults().left(), world.helloleads.faults().left()), (0, 0));
    assert_agreed(&world).await;
}

#[tokio::test]
async fn an_expired_token_is_renewed_once_and_nobody_notices() {
    let world = plain_world().await;
    world.ghl.expire_access(LOCATION);
    world.ghl.person_creates_contact(LOCATION, ann());
    world.settle().await;
    assert_eq!(only_lead(&world)["email"], "ann@example.com");
    let refreshes = world.ghl.calls().all().iter().filter(|call| call.name == "POST /oauth/token").count();
    assert_eq!(refreshes, 2, "the code's exchange and one refresh");
    assert_eq!(world.ghl.refreshes_refused(), 0);
}

#[tokio::test]
async fn a_revoked_token_stops_the_lane_without_burning_the_queue_and_a_new_install_goes_on() {
    let world = plain_world().await;
    world.ghl.revoke(LOCATION);
    world.ghl.person_creates_contact(LOCATION, ann());
    world.settle().await;
    assert_eq!(state(&world).await, State::NeedsAttention { attention: Attention::GhlTokensRefused });
    bo(&world);
    let mark = world.ghl.calls().len();
    world.settle().await;
    assert_eq!(world.ghl.calls().len(), mark, "a stopped lane makes no call");
    assert!(world.sqs.messages(CONTACTS).is_empty() && world.sqs.messages(ERRANDS).is_empty());
    assert!(
        world.sqs.messages(CONTACT_DEAD_LETTERS).is_empty(),
        "hints wait in the table, not in the dead letters"
    );
    assert_eq!(parked(&world).await.len(), 2);
    world.install(Choice::Location(LOCATION.to_owned())).await;
    world.settle().await;
    assert!(has_lead(&world, "ann@example.com") && has_lead(&world, "bo@example.com"));
    assert_eq!(world.helloleads.leads().len(), 2, "no duplicates");
    assert_agreed(&world).await;
}

#[tokio::test]
async fn a_refused_helloleads_key_stops_the_lane_until_a_new_one_is_entered() {
    let world = plain_world().await;
    world.helloleads.revoke_key();
    world.ghl.person_creates_contact(LOCATION, ann());
    world.settle().await;
    assert_eq!(state(&world).await, State::NeedsAttention { attention: Attention::HelloLeadsKeyRefused });
    world.helloleads.add_account("key-2", "owner@example.com");
    let twice = [("api_key", "key-2"), ("api_key", "key-3")];
    let entered = world.post(&format!("/connections/{LOCATION}"), &twice).await;
    assert_eq!(
        entered.status(),
        422,
        "a field that comes twice is refused: {}",
        entered.text().await.unwrap()
    );
    let base = world.helloleads.url();
    let form = [("api_key", "key-2"), ("email", "owner@example.com"), ("base_url", base.as_str())];
    assert_eq!(world.post(&format!("/connections/{LOCATION}"), &form).await.status(), 303);
    world.settle().await;
    assert_eq!(only_lead(&world)["email"], "ann@example.com");
    assert_agreed(&world).await;
}

#[tokio::test]
async fn one_unreadable_message_goes_to_the_dead_letters_and_the_others_are_handled() {
    let world = plain_world().await;
    let text = std::fs::read_to_string(repository().join("events/sqs/contacts.unparsable.json")).unwrap();
    let event = serde_json::from_str(&text).unwrap();
    let answer = world
        .contact_sync()
        .handle(lambda_runtime::LambdaEvent::new(event, Default::default()))
        .await
        .unwrap();
    assert!(answer.batch_item_failures.is_empty(), "{answer:?}");
    let letters = world.sqs.messages(CONTACT_DEAD_LETTERS);
    assert_eq!(letters.len(), 1);
    assert!(letters[0].body.contains("this is no message of ours"), "as it came: {}", letters[0].body);
    assert!(letters[0].said["reason"].contains("not a message of this queue"), "with its reason");
}

#[tokio::test]
async fn every_function_names_the_variable_that_is_missing() {
    let world = World::start(Options::default()).await;
    let template = Template::load();
    let functions = [
        ("WebhookIntakeFunction", start_intake as fn(&World, &Environment) -> Result<(), String>),
        ("ContactSyncFunction", start_contact_sync),
        ("ReconcileFunction", start_reconcile),
        ("ConnectFunction", start_connect),
    ];
    for (function, start) in functions {
        assert_eq!(start(&world, &world.environment), Ok(()), "{function}");
        let error = start(&world, &Environment::default()).unwrap_err();
        assert!(error.contains("is not set"), "{function}: {error}");
        // What the template gives is what the function needs.
        let given = template.variables(function);
        let only_given: Environment =
            given.iter().filter_map(|name| Some((name.clone(), world.environment.optional(name)?))).collect();
        assert_eq!(
            start(&world, &only_given),
            Ok(()),
            "{function} needs a variable that the template does not give"
        );
    }
}

fn start_intake(world: &World, environment: &Environment) -> Result<(), String> {
    let aws = world.clients();
    let made = webhook_intake::intake::Intake::new(
        environment,
        aws.dynamodb,
        aws.secrets,
        aws.sqs,
        world.time.clock(),
    );
    made.map(|_| ()).map_err(|error| error.to_string())
}

fn start_contact_sync(world: &World, environment: &Environment) -> Result<(), String> {
    let aws = world.clients();
    let transport = std::sync::Arc::new(shared::http::Reqwest::new());
    let clock = world.time.clock();
    let made = contact_sync::contact_sync::ContactSync::new(environment, aws.aws(), transport, clock);
    made.map(|_| ()).map_err(|error| error.to_string())
}

fn start_reconcile(world: &World, environment: &Environment) -> Result<(), String> {
    let aws = world.clients();
    let transport = std::sync::Arc::new(shared::http::Reqwest::new());
    let clock = world.time.clock();
    let made = reconcile::reconcile::Reconcile::new(
        environment,
        aws.dynamodb,
        aws.secrets,
        aws.sqs,
        aws.events,
        transport,
        clock,
    );
    made.map(|_| ()).map_err(|error| error.to_string())
}

fn start_connect(world: &World, environment: &Environment) -> Result<(), String> {
    let aws = world.clients();
    let transport = std::sync::Arc::new(shared::http::Reqwest::new());
    let clock = world.time.clock();
    let made =
        connect::connect::Connect::new(environment, aws.dynamodb, aws.secrets, aws.sqs, transport, clock);
    made.map(|_| ()).map_err(|error| error.to_string())
}

#[tokio::test]
async fn a_location_that_allows_duplicates_gets_none_from_us() {
    let world = World::start(Options {
        location: LocationSettings { allow_duplicates: true, ..Default::default() },
        ..Options::default()
    })
    .await;
    world.connect(&[]).await;
    world.helloleads.person_creates_lead(ann_as_lead());
    world.helloleads.person_creates_lead(ann_as_lead());
    world.pass_period().await;
    world.pass_period().await;
    assert_eq!(
        world.ghl.contacts(LOCATION).len(),
        1,
        "the second lead of the same person is parked, not doubled"
    );
    assert!(matches!(parked(&world).await[0].reason, Reason::MatchIsLinked { .. }));
}

#[tokio::test]
async fn what_a_record_is_listed_for_outlasts_a_stop() {
    let world = World::start(Options::default()).await;
    world.helloleads.set(|switches| switches.tags_on_update = false);
    world.connect(&[("probe", "yes")]).await;
    let contact = world.ghl.person_creates_contact(LOCATION, ann());
    world.settle().await;
    world.ghl.person_adds_tag(LOCATION, &contact, "VIP");
    world.settle().await;
    let listed = parked(&world).await.swap_remove(0).reason;
    assert!(matches!(listed, Reason::NotTaken { .. }), "{listed:?}");
    world.ghl.revoke(LOCATION);
    world.ghl.person_edits_contact(LOCATION, &contact, json!({ "city": "Leeds" }));
    world.settle().await;
    assert_eq!(parked(&world).await[0].reason, Reason::ConnectionStopped);
    world.install(Choice::Location(LOCATION.to_owned())).await;
    world.settle().await;
    assert_eq!(only_lead(&world)["city"], "Leeds");
    assert_eq!(parked(&world).await.swap_remove(0).reason, listed);
}

#[tokio::test]
async fn a_secret_that_was_emptied_stops_the_lane_and_asks_a_person() {
    let world = plain_world().await;
    let name = format!("sandbox/connections/location/{LOCATION}");
    world.secrets.put(&name, &json!({ "generation": 99 }));
    world.time.advance(SignedDuration::from_hours(1));
    world.ghl.person_creates_contact(LOCATION, ann());
    world.settle().await;
    assert!(matches!(state(&world).await, State::NeedsAttention { .. }), "{:?}", state(&world).await);
    assert_eq!(parked(&world).await[0].reason, Reason::ConnectionStopped);
}
