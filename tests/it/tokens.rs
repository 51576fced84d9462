//! GHL's tokens under fire: a refresh token works once, and no call recovers a lost pair.

use jiff::SignedDuration;
use sandbox::deaths::until_death;
use sandbox::faults::Fault;
use sandbox::ghl::Choice;
use sandbox::world::{COMPANY, LOCATION, Options, World};
use secrecy::ExposeSecret;
use serde_json::json;
use shared::connection::{Connection, State};
use shared::disposition::Attention;
use shared::store::connections::Connections;
use shared::tokens::access::Access;

use crate::contact_sync::{ann, assert_agreed, plain_world};

async fn connection(world: &World) -> Connection {
    Connections::new(world.table.clone()).get(&world.connection()).await.unwrap().unwrap()
}

/// A location whose tokens come from its agency's, and can be made anew from those.
async fn world_of_an_agency() -> World {
    let world = World::start(Options::default()).await;
    world.install(Choice::Company(COMPANY.to_owned())).await;
    world.settle().await;
    assert_eq!(world.enter_helloleads(&[]).await.status(), 303);
    world.settle().await;
    world
}

#[tokio::test]
async fn a_death_at_any_step_of_a_refresh_leaves_a_way_to_go_on() {
    let world = world_of_an_agency().await;
    let (mut died, mut lost) = (0, 0);
    for polls in 0..500 {
        world.ghl.expire_access(LOCATION);
        let refused_before = world.ghl.refreshes_refused();
        let engines = world.engines();
        let keeper = engines.keeper(&connection(&world).await);
        let stale = keeper.token().await.unwrap();
        let renewed = until_death(polls, keeper.renew(&stale)).await;
        // The lease of the one who died runs out; then a new container comes, which knows nothing.
        world.time.advance(SignedDuration::from_secs(61));
        let engines = world.engines();
        let client = engines.ghl_client(&connection(&world).await);
        let answer = client.search_changed(None, None).await;
        assert!(answer.is_ok(), "after a death at poll {polls}: {answer:?}");
        let refused = world.ghl.refreshes_refused() - refused_before;
        assert!(refused <= 1, "a refresh token whose answer never came was shown {refused} times more");
        lost += refused;
        if let Some(renewed) = renewed {
            renewed.unwrap();
            assert!(died > 10, "only {died} deaths were tried");
            assert!(lost > 0, "no death fell between the answer and its saving");
            assert_eq!(refused, 0, "nobody died");
            return;
        }
        died += 1;
    }
    panic!("the refresh was never done");
}

#[tokio::test]
async fn a_pair_whose_answer_never_came_asks_for_one_click_and_costs_nothing_else() {
    let world = plain_world().await;
    world.ghl.person_creates_contact(LOCATION, ann());
    world.settle().await;
    world.ghl.expire_access(LOCATION);
    world.ghl.faults().plan("POST /oauth/token", Fault::ResetAfterWork);
    let bo = json!({ "firstName": "Bo", "email": "bo@example.com" });
    world.ghl.person_creates_contact(LOCATION, bo);
    world.settle().await;
    let state = connection(&world).await.state;
    assert_eq!(state, State::NeedsAttention { attention: Attention::GhlTokensRefused });
    assert_eq!(world.ghl.refreshes_refused(), 1, "it was tried once more, and then left alone");
    let calls = world.ghl.calls().len();
    world.pass_period().await;
    world.pass_period().await;
    assert_eq!(world.ghl.calls().len(), calls, "a connection that needs a person asks GHL nothing");
    assert_eq!(world.install(Choice::Location(LOCATION.to_owned())).await.status(), 303);
    world.settle().await;
    world.pass_period().await;
    assert_eq!(connection(&world).await.state, State::Live);
    assert_eq!((world.helloleads.leads().len(), world.ghl.contacts(LOCATION).len()), (2, 2), "nobody twice");
    assert_agreed(&world).await;
}

#[tokio::test]
async fn fresh_tokens_that_ghl_refuses_for_a_while_need_no_person() {
    let world = plain_world().await;
    let refused = || Fault::Status {
        status: 401,
        body: r#"{"message":"Invalid JWT"}"#.into(),
        content_type: "application/json".into(),
    };
    let contact = world.ghl.person_creates_contact(LOCATION, ann());
    for _ in 0..4 {
        world.ghl.faults().plan("GET /contacts/:id", refused());
    }
    world.settle().await;
    assert_eq!(
        world.ghl.faults().left(),
        0,
        "{contact} was read in vain twice, each time with a fresh token too"
    );
    assert_eq!(connection(&world).await.state, State::Live);
    assert_agreed(&world).await;
}

#[tokio::test]
async fn tokens_are_renewed_at_half_their_life_though_helloleads_fails() {
    let world = plain_world().await;
    let gone = Fault::Status { status: 500, body: "{}".into(), content_type: "application/json".into() };
    for _ in 0..200 {
        world.helloleads.faults().plan("GET /leads", gone.clone());
    }
    world.time.advance(SignedDuration::from_hours(13));
    let before = refreshes(&world);
    world.tick().await;
    world.work_errands().await;
    assert_eq!(refreshes(&world), before + 1, "thirteen of twenty-four hours are more than half");
}

#[tokio::test]
async fn a_token_server_that_outlives_its_time_out_does_no_harm() {
    let world = world_of_an_agency().await;
    world.ghl.expire_access(LOCATION);
    world.ghl.faults().plan("POST /oauth/token", Fault::HangAfterWork);
    world.ghl.person_creates_contact(LOCATION, ann());
    world.settle().await;
    assert_eq!(world.ghl.faults().left(), 0);
    assert_eq!(connection(&world).await.state, State::Live, "the pair was made anew from the agency's token");
    assert_eq!(world.ghl.refreshes_refused(), 1);
    assert_eq!(world.helloleads.leads().len(), 1);
    assert_agreed(&world).await;
}

fn refreshes(world: &World) -> usize {
    world.ghl.calls().all().iter().filter(|call| call.name == "POST /oauth/token").count()
}

/// What a container that knows nothing yet hands out.
async fn token(world: &World) -> String {
    let keeper = world.engines().keeper(&connection(world).await);
    keeper.token().await.unwrap().expose_secret().to_owned()
}

#[tokio::test]
async fn a_pair_that_secrets_manager_does_not_take_stands_sealed_in_the_table_until_it_does() {
    let world = plain_world().await;
    let generation = connection(&world).await.token_generation;
    let keeper = world.engines().keeper(&connection(&world).await);
    let stale = keeper.token().await.unwrap();
    world.ghl.expire_access(LOCATION);
    world.secrets.fail_writes(1_000);
    let renewed = keeper.renew(&stale).await.unwrap().expose_secret().to_owned();
    assert_eq!(connection(&world).await.token_generation, generation + 1);
    let calls = refreshes(&world);
    assert_eq!(token(&world).await, renewed, "every other container finds it");
    assert!(crate::forgetting::that_hold(&world, &renewed).await.is_empty(), "sealed");
    world.ghl.expire_access(LOCATION);
    let keeper = world.engines().keeper(&connection(&world).await);
    keeper.renew(&renewed.into()).await.unwrap();
    assert_eq!((connection(&world).await.token_generation, refreshes(&world)), (generation + 2, calls + 1));
    world.secrets.fail_writes(0);
    world.ghl.expire_access(LOCATION);
    let keeper = world.engines().keeper(&connection(&world).await);
    let last = keeper.renew(&keeper.token().await.unwrap()).await.unwrap();
    assert_eq!(connection(&world).await.token_generation, generation + 3);
    assert_eq!(token(&world).await, last.expose_secret());
    let secret = world.secrets.value(&format!("sandbox/connections/location/{LOCATION}")).unwrap();
    assert!(secret.contains(last.expose_secret()));
    assert_eq!(world.ghl.refreshes_refused(), 0, "no refresh token was used twice");
}

#[tokio::test]
async fn a_token_with_two_minutes_left_is_renewed_before_it_is_used_and_whoever_was_late_takes_the_new_one() {
    let world = plain_world().await;
    let first = token(&world).await;
    world.time.advance(SignedDuration::from_secs(86_399 - 121));
    let calls = refreshes(&world);
    let keeper = world.engines().keeper(&connection(&world).await);
    assert_eq!((token(&world).await, refreshes(&world)), (first.clone(), calls), "121 seconds are enough");
    let other = "another".to_owned().into();
    assert_eq!(keeper.renew(&other).await.unwrap().expose_secret(), first, "it is none that was refused");
    world.time.advance(SignedDuration::from_secs(1));
    let second = token(&world).await;
    assert!(second != first && refreshes(&world) == calls + 1);
    let late = keeper.renew(&first.into()).await.unwrap();
    assert_eq!((late.expose_secret(), refreshes(&world)), (second.as_str(), calls + 1));
    world.time.advance(SignedDuration::from_secs(86_399 - 120));
    let third = keeper.renew(&"another".to_owned().into()).await.unwrap();
    assert!(third.expose_secret() != second && refreshes(&world) == calls + 2, "120 are not");
}

#[tokio::test]
async fn a_pair_is_renewed_ahead_of_time_once_half_its_life_is_over_and_not_before() {
    let world = plain_world().await;
    let calls = refreshes(&world);
    let keeper = world.engines().keeper(&connection(&world).await);
    world.time.advance(SignedDuration::from_secs(43_199));
    assert!(!keeper.renew_if_half_spent().await.unwrap());
    world.time.advance(SignedDuration::from_millis(500));
    assert!(keeper.renew_if_half_spent().await.unwrap());
    assert_eq!(refreshes(&world), calls + 1);
}

#[tokio::test]
async fn a_location_whose_agencys_token_is_spent_too_gets_a_new_pair() {
    let world = world_of_an_agency().await;
    let keeper = world.engines().keeper(&connection(&world).await);
    let stale = keeper.token().await.unwrap();
    world.ghl.revoke(LOCATION);
    world.time.advance(SignedDuration::from_hours(25));
    let renewed = keeper.renew(&stale).await.unwrap();
    assert_eq!(token(&world).await, renewed.expose_secret());
    assert!(world.engines().ghl_client(&connection(&world).await).search_changed(None, None).await.is_ok());
}
