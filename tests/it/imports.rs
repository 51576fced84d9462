//! The first import: how long it takes is known before, it can be paused, and no death makes anybody twice.

use jiff::SignedDuration;
use sandbox::importing::{Plan, bulk_file, connect, forecast, furnished, run};
use sandbox::world::{LOCATION, World};
use shared::disposition::Reason;
use shared::store::imports::{Import, Imports};

use crate::contact_sync::{assert_agreed, parked};

async fn import(world: &World) -> Import {
    Imports::new(world.table.clone(), &world.connection()).get().await.unwrap()
}

fn plan(only_ghl: usize, only_helloleads: usize, in_both: usize, calls_per_hour: u32) -> Plan {
    Plan { only_ghl, only_helloleads, in_both, calls_per_hour, kills: 0, seed: 1 }
}

#[tokio::test]
async fn twenty_deaths_make_nobody_twice_and_lose_nobody() {
    let report = run(&Plan { kills: 20, seed: 7, ..plan(300, 300, 300, 60_000) }, || 0, |_| {}).await;
    assert_eq!((report.contacts, report.leads, report.twice), (900, 900, 0), "{report:?}");
    assert!(report.kills >= 15, "{report:?}");
    assert_eq!(report.refused, 0, "{report:?}");
}

#[tokio::test]
async fn an_import_by_helloleads_real_budget_uses_it_up_and_knows_its_end() {
    let report = run(&plan(900, 0, 0, 90), || 0, |_| {}).await;
    assert_eq!((report.contacts, report.leads, report.twice, report.refused), (900, 900, 0, 0), "{report:?}");
    assert!(report.used.1 >= 95, "{report:?}");
    for (percent, said, was) in report.forecasts.iter().filter(|(percent, ..)| (20..=70).contains(percent)) {
        let off = (*said - *was).abs();
        assert!(
            off <= (*was / 10).max(SignedDuration::from_hours(1)),
            "at {percent}: {said} said, {was} it was"
        );
    }
}

#[tokio::test]
async fn an_import_by_ghls_budget_knows_its_end_too() {
    let report = run(&plan(150, 150, 300, 60_000), || 0, |_| {}).await;
    assert_eq!((report.contacts, report.leads, report.twice, report.refused), (600, 600, 0, 0), "{report:?}");
    let told: Vec<_> = report.forecasts.iter().filter(|(percent, ..)| (10..=30).contains(percent)).collect();
    assert!(!told.is_empty(), "{report:?}");
    for (percent, said, was) in told {
        // GHL's calls come at a stroke of a hundred, every ten seconds.
        let off = (*said - *was).abs();
        assert!(
            off <= (*was / 10).max(SignedDuration::from_secs(20)),
            "at {percent}: {said} said, {was} it was"
        );
    }
}

/// HelloLeads' lists show changes to the second; whoever brings many leads at once changes many in each.
#[tokio::test]
async fn leads_that_were_changed_many_a_second_are_read_twice_and_no_more() {
    let world = furnished(&plan(0, 1_000, 0, 60_000)).await;
    connect(&world, &plan(0, 1_000, 0, 60_000)).await;
    world.settle().await;
    let leads = |world: &World, mark| {
        let calls = world.helloleads.calls().names_since(mark).into_iter();
        calls.filter(|name| name == "GET /leads").count()
    };
    for _ in 0..3 {
        world.pass_period().await;
    }
    let pages = 1_000 / 25;
    assert!(leads(&world, 0) <= 2 * pages + 20, "{} pages were read", leads(&world, 0));
    let mark = world.helloleads.calls().len();
    world.pass_period().await;
    assert_eq!(leads(&world, mark), 1, "and then a look is one call");
}

#[tokio::test]
async fn a_lead_is_not_looked_up_in_ghl_before_all_leads_are_read() {
    let plan = plan(0, 0, 700, 60_000);
    let world = furnished(&plan).await;
    connect(&world, &plan).await;
    world.settle().await;
    let calls = world.ghl.calls().names_since(0);
    let searches = calls.iter().filter(|name| *name == "GET /contacts/search/duplicate").count();
    assert_eq!(searches, 700, "each once, though only 500 are read at a time");
    assert_eq!(import(&world).await.put_back, 0, "nobody waits any more");
    assert_eq!(parked(&world).await, []);
    assert_agreed(&world).await;
}

#[tokio::test]
async fn an_import_that_takes_days_waits_for_a_person_who_is_told_so() {
    let plan = plan(2_300, 0, 0, 90);
    let world = furnished(&plan).await;
    connect(&world, &plan).await;
    world.settle().await;
    assert!(import(&world).await.paused);
    assert_eq!(world.helloleads.leads().len(), 0);
    let calls = (world.ghl.calls().len(), world.helloleads.calls().len());
    world.pass_period().await;
    assert_eq!(calls.1, world.helloleads.calls().len(), "nothing is read either");
    let page = world.get(&format!("/connections/{LOCATION}")).await.text().await.unwrap();
    assert!(page.contains("0 of 2300 done, about 81 an hour, 28 hours left"), "{page}");
    assert!(page.contains("own bulk import of a file is quicker"), "{page}");
    assert!(page.contains("resume-import"), "{page}");
}

#[tokio::test]
async fn two_thousand_contacts_imported_by_file_are_linked_without_a_write() {
    let plan = plan(2_000, 0, 0, 80);
    let world = furnished(&plan).await;
    connect(&world, &plan).await;
    world.settle().await;
    assert!(import(&world).await.paused, "it takes longer than a day");
    let nobody =
        || world.ghl.person_creates_contact(LOCATION, serde_json::json!({ "firstName": "No address" }));
    let nobodies = [nobody(), nobody()];
    world.time.advance(jiff::SignedDuration::from_secs(20));
    let file = bulk_file(&world).await;
    assert_eq!((file.contacts, file.left_out), (2_000, 2), "a lead needs an address or a number");
    nobodies.iter().for_each(|id| world.ghl.person_deletes_contact(LOCATION, id));
    world.settle().await;
    assert_eq!(world.helloleads.person_imports_file(&file.lines), 2_000);
    let mark = world.helloleads.calls().len();
    assert_eq!(world.post(&format!("/connections/{LOCATION}/resume-import"), &[]).await.status(), 303);
    world.settle().await;
    assert_eq!(forecast(&world).await, None, "it is over");
    let calls = world.helloleads.calls().names_since(mark);
    assert!(calls.iter().all(|name| name.starts_with("GET")), "not one write");
    assert_eq!(world.ghl.contacts(LOCATION).len(), 2_000);
    assert_agreed(&world).await;
    assert_eq!(world.verify(false).await, []);
}

#[tokio::test]
async fn an_import_is_paused_and_goes_on_where_it_was() {
    let plan = plan(0, 300, 0, 60_000);
    let world = furnished(&plan).await;
    connect(&world, &plan).await;
    while world.ghl.contacts(LOCATION).len() < 50 {
        if !world.step().await {
            let at = world.next_visible_at().expect("the import goes on");
            world.time.advance(at.duration_since(world.time.now()).max(SignedDuration::from_millis(1)));
        }
    }
    assert_eq!(world.post(&format!("/connections/{LOCATION}/pause-import"), &[]).await.status(), 303);
    world.settle().await;
    let (there, waiting) = (world.ghl.contacts(LOCATION).len(), parked(&world).await);
    assert!(there < 150, "{there} of 300");
    assert!(waiting.iter().all(|one| one.reason == Reason::ImportPaused) && waiting.len() > 100);
    world.pass_period().await;
    assert_eq!(world.ghl.contacts(LOCATION).len(), there);
    assert_eq!(world.post(&format!("/connections/{LOCATION}/resume-import"), &[]).await.status(), 303);
    world.settle().await;
    assert_eq!(world.ghl.contacts(LOCATION).len(), 300);
    assert_eq!(forecast(&world).await, None, "and is over");
    assert_agreed(&world).await;
}
