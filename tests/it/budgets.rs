//! The calls of each side: none is refused, few go unused, live changes go first, and a spent day is waited for.

use jiff::{SignedDuration, Timestamp};
use sandbox::calls::Call;
use sandbox::faults::Fault;
use sandbox::ghl::Choice;
use sandbox::world::{CONTACTS, LIST, LOCATION, Options, World};
use serde_json::{Value, json};
use shared::disposition::Disposition;
use shared::store::connections::Connections;

use crate::contact_sync::{ann, assert_agreed, plain_world};

fn person(number: usize) -> Value {
    json!({ "firstName": format!("P{number}"), "email": format!("p{number}@example.com") })
}

fn lead(number: usize) -> Value {
    json!({ "list_key": LIST, "first_name": format!("L{number}"), "email": format!("l{number}@example.com") })
}

/// A world whose HelloLeads account has this many leads, and calls enough; everything is entered, nothing is done yet.
async fn world_of_leads(leads: usize) -> World {
    let world = World::start(Options::default()).await;
    world.helloleads.set(|switches| switches.per_hour = 100_000);
    for number in 0..leads {
        world.helloleads.person_creates_lead(lead(number));
    }
    let installed = world.install(Choice::Location(LOCATION.to_owned())).await;
    assert_eq!(installed.status(), 303);
    let entered = world.enter_helloleads(&[("advanced", r#"{"calls_per_hour": 90000}"#)]).await;
    assert_eq!(entered.status(), 303, "{}", entered.text().await.unwrap_or_default());
    world
}

fn refused(calls: &[Call]) -> usize {
    calls.iter().filter(|call| call.status == 429).count()
}

/// How many of a hundred possible calls were made between the first and the last of these.
fn used(calls: &[Call], limit: usize, window: SignedDuration) -> usize {
    let times: Vec<Timestamp> = calls.iter().map(|call| call.at).collect();
    let (first, last) = (times.iter().min().unwrap(), times.iter().max().unwrap());
    let could = limit as i128 * last.duration_since(*first).as_millis() / window.as_millis();
    calls.len() * 100 / usize::try_from(could).unwrap()
}

#[tokio::test]
async fn an_import_uses_the_budget_and_meets_no_refusal_while_every_function_runs() {
    let world = world_of_leads(600).await;
    let contact = world.ghl.person_creates_contact(LOCATION, ann());
    let mark = world.ghl.calls().len();
    let mut notes = 0;
    for round in 0..400 {
        if !world.step().await {
            let Some(at) = world.next_visible_at() else { break };
            world.time.advance(at.duration_since(world.time.now()).max(SignedDuration::from_millis(1)));
        }
        if round % 5 == 0 {
            world.ghl.person_creates_note(LOCATION, &contact, &format!("Note {notes}."));
            notes += 1;
        }
    }
    assert!(notes > 20, "notes-sync ran beside it");
    let calls = world.ghl.calls().all().split_off(mark);
    assert_eq!(refused(&calls), 0, "GHL refused no call");
    let busy: Vec<Call> = calls.iter().filter(|call| call.name == "POST /contacts/").cloned().collect();
    let (first, last) = (busy[0].at, busy[busy.len() - 1].at);
    let meanwhile: Vec<Call> = calls.into_iter().filter(|call| first <= call.at && call.at <= last).collect();
    let used = used(&meanwhile, 100, SignedDuration::from_secs(10));
    assert!(used >= 95, "{used} of 100 possible calls were made");
    world.settle().await;
    assert_eq!(world.ghl.contacts(LOCATION).len(), 601);
    assert_agreed(&world).await;
}

#[tokio::test]
async fn a_live_change_overtakes_an_import() {
    let world = world_of_leads(600).await;
    let imported = |world: &World| world.ghl.contacts(LOCATION).len();
    while imported(&world) < 150 {
        if !world.step().await {
            let at = world.next_visible_at().expect("the import goes on");
            world.time.advance(at.duration_since(world.time.now()).max(SignedDuration::from_millis(1)));
        }
    }
    world.ghl.person_creates_contact(LOCATION, ann());
    let (begin, arrived) = (world.time.now(), |world: &World| {
        world.helloleads.leads().iter().any(|lead| lead["email"] == "ann@example.com")
    });
    while !arrived(&world) {
        if !world.step().await {
            let at = world.next_visible_at().expect("the change goes on");
            world.time.advance(at.duration_since(world.time.now()).max(SignedDuration::from_millis(1)));
        }
    }
    let waited = world.time.now().duration_since(begin);
    assert!(waited <= SignedDuration::from_secs(15), "the change waited {waited}");
    assert!(imported(&world) < 450, "the import was still under way: {}", imported(&world));
}

#[tokio::test]
async fn helloleads_hour_is_never_overdrawn() {
    let world = plain_world().await;
    for number in 0..150 {
        world.ghl.person_creates_contact(LOCATION, person(number));
    }
    let begin = world.time.now();
    world.settle().await;
    assert_eq!(world.helloleads.leads().len(), 150);
    assert_eq!(refused(&world.helloleads.calls().all()), 0, "HelloLeads refused no call");
    let took = world.time.now().duration_since(begin);
    // Ninety at once, ninety an hour later, and the looks before them.
    assert!(took < SignedDuration::from_mins(150), "150 leads at 90 an hour took {took}");
    assert_agreed(&world).await;
}

#[tokio::test]
async fn a_spent_day_is_waited_for_and_the_page_says_so() {
    let world = plain_world().await;
    let spent_already = world.ghl.calls().len();
    world.ghl.set_limits(100, spent_already + 12);
    for number in 0..20 {
        world.ghl.person_creates_contact(LOCATION, person(number));
    }
    while world.step().await {}
    let page = world.get(&format!("/connections/{LOCATION}")).await.text().await.unwrap();
    assert!(page.contains("The calls of the day are spent"), "{page}");
    assert!(page.contains("goes on at 2026-11-24 00:00:00 UTC"), "{page}");
    assert!(world.helloleads.leads().len() < 20, "the day was spent too early");
    world.settle().await;
    assert!(world.time.now() >= "2026-11-24T00:00:00Z".parse().unwrap(), "it goes on with the new day");
    assert_eq!(
        refused(&world.ghl.calls().all()),
        0,
        "GHL's own headers were heeded before it refused anything"
    );
    assert_agreed(&world).await;
}

#[tokio::test]
async fn an_import_keeps_few_contacts_in_the_queue_and_goes_on_by_itself() {
    let world = world_of_leads(250).await;
    for number in 0..450 {
        world.ghl.person_creates_contact(LOCATION, person(number));
    }
    // The import finds them; their webhooks were sent before we were there.
    world.ghl.take_webhooks();
    world.time.advance(SignedDuration::from_mins(1));
    let mut most = 0;
    loop {
        let went_on = world.step().await;
        most = most.max(world.sqs.messages(CONTACTS).len());
        if !went_on {
            let Some(at) = world.next_visible_at() else { break };
            world.time.advance(at.duration_since(world.time.now()).max(SignedDuration::from_millis(1)));
        }
    }
    assert!(most <= 350, "{most} contacts waited in the queue at once: GHL's few, or the leads before them");
    assert_eq!(world.helloleads.leads().len(), 700, "without a schedule");
    assert_eq!(world.ghl.contacts(LOCATION).len(), 700);
    assert_agreed(&world).await;
}

#[tokio::test]
async fn after_a_refusal_no_container_asks_the_side_until_it_has_rested() {
    let world = plain_world().await;
    let connection = Connections::new(world.table.clone()).get(&world.connection()).await.unwrap().unwrap();
    let ask = async || world.engines().ghl_client(&connection).search_changed(None, None).await;
    assert!(ask().await.is_ok());
    let busy = Fault::Status { status: 429, body: "{}".into(), content_type: "application/json".into() };
    world.ghl.faults().plan("POST /contacts/search", busy);
    let refused = ask().await.unwrap_err();
    let Disposition::Wait { after } = refused.disposition() else { panic!("{refused:?}") };
    let calls = world.ghl.calls().len();
    assert!(after > SignedDuration::from_secs(2), "a shorter rest would be sat out: {after}");
    let waits = ask().await.unwrap_err();
    assert_eq!(world.ghl.calls().len(), calls, "another container knows of it: {waits:?}");
    world.time.advance(after);
    assert!(ask().await.is_ok());
    assert_eq!(world.ghl.calls().len(), calls + 1);
}
