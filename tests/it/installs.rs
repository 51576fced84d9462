//! Installs and uninstalls, of a location and of an agency.

use sandbox::ghl::{Choice, LocationSettings};
use sandbox::world::{COMPANY, ERRANDS, LOCATION, Options, World};
use shared::connection::{Connection, State};
use shared::model::ids::ConnectionId;
use shared::store::connections::Connections;

use crate::contact_sync::{ann, assert_agreed, only_lead, plain_world};
use crate::related::deliver_of_app;

async fn connection(world: &World, id: &str) -> Option<Connection> {
    Connections::new(world.table.clone()).get(&ConnectionId::parse(id).unwrap()).await.unwrap()
}

#[tokio::test]
async fn an_install_makes_a_connection_and_keeps_its_tokens_in_the_secret_only() {
    let world = World::start(Options::default()).await;
    let answer = world.install(Choice::Location(LOCATION.to_owned())).await;
    assert_eq!(answer.headers()["location"].to_str().unwrap(), format!("/connections/{LOCATION}"));
    let made = connection(&world, LOCATION).await.unwrap();
    assert_eq!((made.state, made.company.unwrap().as_str()), (State::Pending, COMPANY));
    assert!(
        world.secrets.value(&format!("sandbox/connections/location/{LOCATION}")).unwrap().contains("refresh")
    );
}

#[tokio::test]
async fn a_state_works_once_and_only_if_it_was_given_here() {
    let world = World::start(Options::default()).await;
    world.ghl.choose(Choice::Location(LOCATION.to_owned()));
    let off = world.get("/install").await;
    let back = world.follow(off).await;
    let address = back.headers()["location"].to_str().unwrap().to_owned();
    assert_eq!(world.follow(back).await.status(), 303);
    let again = world.browser.get(&address).send().await.unwrap();
    assert_eq!(again.status(), 400);
    let forged = world.get("/oauth/callback?code=x&state=forged").await;
    assert!(forged.text().await.unwrap().contains("begun too long ago, or not here"));
}

#[tokio::test]
async fn an_install_from_the_marketplace_has_no_state_and_is_taken() {
    let world = World::start(Options::default()).await;
    let code = world.ghl.install_from_marketplace(LOCATION);
    let answer = world.get(&format!("/oauth/callback?code={code}")).await;
    assert_eq!(answer.status(), 303);
    assert_eq!(connection(&world, LOCATION).await.unwrap().state, State::Pending);
    let used = world.get(&format!("/oauth/callback?code={code}")).await;
    assert_eq!(used.status(), 400);
    assert!(used.text().await.unwrap().contains("refused the code"));
}

#[tokio::test]
async fn an_agency_brings_all_its_locations() {
    let world = World::start(Options::default()).await;
    for number in 0..25 {
        world.ghl.add_location(COMPANY, &format!("location{number}"), LocationSettings::default());
    }
    let answer = world.install(Choice::Company(COMPANY.to_owned())).await;
    assert_eq!(answer.status(), 200);
    world.settle().await;
    assert!(connection(&world, LOCATION).await.is_some());
    assert!(connection(&world, "location24").await.is_some(), "the list of locations is paged");
    world.ghl.revoke(LOCATION);
    let entered = world.enter_helloleads(&[]).await;
    assert_eq!(
        entered.status(),
        303,
        "a location's tokens are made anew from its agency's: {}",
        entered.text().await.unwrap()
    );
}

#[tokio::test]
async fn an_install_webhook_that_overtakes_the_agencys_redirect_waits_for_it() {
    let world = World::start(Options::default()).await;
    world.ghl.fire_install(LOCATION);
    world.ghl.deliver_all().await;
    world.work().await;
    assert_eq!(world.sqs.messages(ERRANDS).len(), 1, "it comes again");
    world.install(Choice::Company(COMPANY.to_owned())).await;
    world.settle().await;
    assert!(connection(&world, LOCATION).await.is_some());
}

#[tokio::test]
async fn an_uninstall_stops_the_lane_and_a_new_install_goes_on_without_duplicates() {
    let world = plain_world().await;
    let contact = world.ghl.person_creates_contact(LOCATION, ann());
    world.settle().await;
    world.ghl.uninstall(LOCATION);
    world.settle().await;
    assert_eq!(connection(&world, LOCATION).await.unwrap().state, State::Uninstalled);
    let secret = world.secrets.value(&format!("sandbox/connections/location/{LOCATION}")).unwrap();
    assert!(!secret.contains("refresh"), "the dead tokens are gone");
    world.time.advance(jiff::SignedDuration::from_mins(1));
    world.ghl.person_edits_contact(LOCATION, &contact, serde_json::json!({ "city": "Leeds" }));
    world.install(Choice::Location(LOCATION.to_owned())).await;
    world.settle().await;
    assert_eq!(connection(&world, LOCATION).await.unwrap().state, State::Live);
    // GHL's search shows a change after a few seconds only.
    world.pass_period().await;
    assert_eq!(only_lead(&world)["city"], "Leeds");
    assert_agreed(&world).await;
}

#[tokio::test]
async fn an_uninstall_of_an_agency_ends_all_its_locations_and_nobody_elses() {
    let world = World::start(Options::default()).await;
    world.ghl.add_location(COMPANY, "second", LocationSettings::default());
    world.ghl.add_company("another-agency");
    world.ghl.add_location("another-agency", "elsewhere", LocationSettings::default());
    world.install(Choice::Company(COMPANY.to_owned())).await;
    world.install(Choice::Location("elsewhere".to_owned())).await;
    world.settle().await;
    let agency = format!("sandbox/connections/company/{COMPANY}");
    assert!(world.secrets.value(&agency).unwrap().contains("refresh"));
    deliver_of_app(&world, serde_json::json!({ "type": "UNINSTALL", "companyId": COMPANY })).await;
    world.settle().await;
    for id in [LOCATION, "second"] {
        assert_eq!(connection(&world, id).await.unwrap().state, State::Uninstalled, "{id}");
    }
    assert_eq!(connection(&world, "elsewhere").await.unwrap().state, State::Pending);
    assert!(!world.secrets.value(&agency).unwrap().contains("refresh"), "the dead tokens are gone");
}

#[tokio::test]
async fn a_location_that_was_never_started_waits_for_its_start_after_a_new_install_too() {
    let world = World::start(Options::default()).await;
    world.install(Choice::Location(LOCATION.to_owned())).await;
    world.ghl.uninstall(LOCATION);
    world.settle().await;
    assert_eq!(connection(&world, LOCATION).await.unwrap().state, State::Uninstalled);
    world.install(Choice::Location(LOCATION.to_owned())).await;
    assert_eq!(connection(&world, LOCATION).await.unwrap().state, State::Pending);
}
