//! Things break: between any two steps, on either side, before and after the work was done.

use jiff::SignedDuration;
use sandbox::faults::Fault;
use sandbox::ghl::LocationSettings;
use sandbox::world::{LOCATION, Options, World};
use serde_json::json;

use crate::contact_sync::{ann, ann_as_lead, assert_agreed, only_contact, only_lead, plain_world};

fn status(status: u16) -> Fault {
    Fault::Status {
        status,
        body: r#"{"message":"no","statusCode":500}"#.into(),
        content_type: "application/json".into(),
    }
}

#[tokio::test]
async fn errors_that_pass_lose_nothing_and_double_nothing() {
    let faults = || {
        vec![
            status(500),
            status(503),
            status(429),
            Fault::Reset,
            Fault::ResetAfterWork,
            Fault::StatusAfterWork { status: 502, body: "<html>bad gateway</html>".into() },
        ]
    };
    for fault in faults() {
        let world = plain_world().await;
        world.helloleads.faults().plan("POST /leads", fault.clone());
        world.ghl.person_creates_contact(LOCATION, ann());
        world.settle().await;
        world.pass_period().await;
        assert_eq!(only_lead(&world)["email"], "ann@example.com", "{fault:?}");
        assert_eq!(world.helloleads.faults().left(), 0);
        assert_agreed(&world).await;
    }
    for fault in faults() {
        let world = plain_world().await;
        world.ghl.faults().plan("POST /contacts/", fault.clone());
        world.helloleads.person_creates_lead(ann_as_lead());
        world.pass_period().await;
        world.pass_period().await;
        assert_eq!(only_contact(&world)["email"], "ann@example.com", "{fault:?}");
        assert_eq!(world.ghl.faults().left(), 0);
        assert_agreed(&world).await;
    }
}

#[tokio::test]
async fn a_create_whose_answer_was_lost_is_looked_for_where_duplicates_are_allowed() {
    let location = LocationSettings { allow_duplicates: true, index_lag_ms: 8000, ..Default::default() };
    let world = World::start(Options { location, ..Options::default() }).await;
    world.connect(&[]).await;
    world.ghl.faults().plan("POST /contacts/", Fault::ResetAfterWork);
    world.helloleads.person_creates_lead(ann_as_lead());
    world.pass_period().await;
    world.pass_period().await;
    assert_eq!(only_contact(&world)["email"], "ann@example.com", "made once, though the search lags behind");
    assert_agreed(&world).await;
}

#[tokio::test]
async fn a_create_that_answers_422_and_creates_all_the_same_is_not_doubled() {
    let location = LocationSettings { allow_duplicates: true, ..Default::default() };
    let world = World::start(Options { location, ..Options::default() }).await;
    world.connect(&[]).await;
    let body = r#"{"message":["something"],"error":"Unprocessable Entity","statusCode":422}"#.to_owned();
    world.ghl.faults().plan("POST /contacts/", Fault::StatusAfterWork { status: 422, body });
    let lead = world.helloleads.person_creates_lead(ann_as_lead());
    world.pass_period().await;
    world.time.advance(SignedDuration::from_mins(1));
    world.helloleads.person_edits_lead(&lead, json!({ "city": "Leeds" }));
    world.pass_period().await;
    assert_eq!(only_contact(&world)["city"], "Leeds");
    assert_agreed(&world).await;
}

#[tokio::test]
async fn an_update_whose_answer_was_lost_ends_the_same_on_both_sides() {
    for (call, fault) in
        [("PUT /contacts/:id", Fault::ResetAfterWork), ("POST /contacts/:id/tags", status(500))]
    {
        let world = plain_world().await;
        let lead = world.helloleads.person_creates_lead(ann_as_lead());
        world.pass_period().await;
        world.ghl.faults().plan(call, fault);
        world.time.advance(SignedDuration::from_mins(1));
        world.helloleads.person_edits_lead(&lead, json!({ "city": "Leeds", "tags": "Hot" }));
        world.pass_period().await;
        assert_eq!(only_contact(&world)["city"], "Leeds");
        assert_eq!(only_contact(&world)["tags"], json!(["hot"]));
        assert_eq!(world.ghl.faults().left(), 0);
        assert_agreed(&world).await;
    }
}

#[tokio::test]
async fn one_persons_trouble_does_not_hold_up_the_lane_for_longer_than_it_must() {
    let world = plain_world().await;
    world.ghl.faults().plan("GET /contacts/:id", status(500));
    let before = world.time.now();
    for name in ["ann", "bo", "cy"] {
        world.ghl.person_creates_contact(
            LOCATION,
            json!({ "firstName": name, "email": format!("{name}@example.com") }),
        );
    }
    world.settle().await;
    assert_eq!(world.helloleads.leads().len(), 3);
    let waited = world.time.now().duration_since(before);
    assert!(waited < SignedDuration::from_secs(60), "the queue's own time-out is twelve minutes: {waited:?}");
}

#[tokio::test]
async fn ghls_rate_limit_is_waited_for() {
    let world = plain_world().await;
    for number in 0..130 {
        world.helloleads.person_creates_lead(json!({
            "list_key": sandbox::world::LIST, "first_name": "P", "email": format!("p{number}@example.com")
        }));
    }
    world.pass_period().await;
    assert_eq!(world.ghl.contacts(LOCATION).len(), 130);
    assert_agreed(&world).await;
}

#[tokio::test]
async fn a_secret_store_that_fails_while_tokens_are_renewed_costs_no_token() {
    let world = plain_world().await;
    world.ghl.expire_access(LOCATION);
    world.secrets.fail_writes(100);
    world.ghl.person_creates_contact(LOCATION, ann());
    world.settle().await;
    assert_eq!(only_lead(&world)["email"], "ann@example.com", "the spare row keeps the new pair");
    world.secrets.fail_writes(0);
    world.ghl.expire_access(LOCATION);
    world.ghl.person_creates_contact(LOCATION, json!({ "firstName": "Bo", "email": "bo@example.com" }));
    world.settle().await;
    assert_eq!(world.helloleads.leads().len(), 2);
    assert_eq!(world.ghl.refreshes_refused(), 0, "no refresh token was used twice");
}

#[tokio::test]
async fn fifty_callers_with_an_expired_token_refresh_it_once() {
    use shared::tokens::access::Access;
    use shared::vault::connection_secrets::Holder;
    let world = plain_world().await;
    let engines = world.engines();
    let stale = engines.keeper_of(Holder::Connection(world.connection()), 1).token().await.unwrap();
    world.ghl.expire_access(LOCATION);
    let mut tasks = tokio::task::JoinSet::new();
    for _ in 0..50 {
        let (engines, stale, connection) = (engines.clone(), stale.clone(), world.connection());
        tasks.spawn(async move {
            let keeper = engines.keeper_of(Holder::Connection(connection), 1);
            for _ in 0..1000 {
                match keeper.renew(&stale).await {
                    Err(shared::tokens::error::Error::Busy) => tokio::task::yield_now().await,
                    renewed => return renewed.map(|_| ()),
                }
            }
            panic!("the lease is never given back")
        });
    }
    while let Some(done) = tasks.join_next().await {
        done.unwrap().unwrap();
    }
    let refreshes = world.ghl.calls().all().iter().filter(|call| call.name == "POST /oauth/token").count();
    assert_eq!(refreshes, 2, "the code's exchange and one refresh for all fifty");
    assert_eq!(world.ghl.refreshes_refused(), 0);
}
