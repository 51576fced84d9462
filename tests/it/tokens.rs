//! GHL's tokens under fire: a refresh token works once, and no call recovers a lost pair.

use jiff::SignedDuration;
use sandbox::deaths::until_death;
use sandbox::faults::Fault;
use sandbox::ghl::Choice;
use sandbox::world::{COMPANY, LOCATION, Options, World};
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
    let refreshes = |world: &World| {
        world.ghl.calls().all().iter().filter(|call| call.name == "POST /oauth/token").count()
    };
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
