//! GHL's notes as entries in the notes text of a lead, which people write in too: the way of the API key.

use jiff::SignedDuration;
use sandbox::world::{LOCATION, Options, World};
use serde_json::json;
use shared::disposition::Reason;
use shared::model::side::Side;
use shared::store::leases::Leases;

use crate::contact_sync::{only_lead, parked};
use crate::notes_sync::in_ghl;
use crate::related::{Way, contact, lead, world};

#[tokio::test]
async fn an_entry_that_a_person_edits_in_a_leads_notes_goes_back_to_ghl_and_their_own_text_stays() {
    let world = world(Way::Key).await;
    let contact = contact(&world).await;
    let lead = lead(&world);
    world.helloleads.person_edits_lead(&lead, json!({ "notes": "Likes blue." }));
    world.pass_period().await;
    let note = world.ghl.person_creates_note(LOCATION, &contact, "Call on Monday.");
    world.settle().await;
    let text = only_lead(&world)["notes"].as_str().unwrap().to_owned();
    assert!(text.starts_with("Likes blue.\n[GHL note "), "{text}");
    world.time.advance(SignedDuration::from_secs(30));
    let edited = text.replace("Monday", "Tuesday") + "\nP.S. by hand";
    world.helloleads.person_edits_lead(&lead, json!({ "notes": edited }));
    world.pass_period().await;
    assert_eq!(in_ghl(&world, &contact), ["Call on Tuesday."]);
    world.ghl.person_edits_note(LOCATION, &contact, &note, "Call on Friday.");
    world.settle().await;
    let text = only_lead(&world)["notes"].as_str().unwrap().to_owned();
    assert!(
        text.starts_with("Likes blue.\n") && text.contains("Friday") && text.ends_with("P.S. by hand"),
        "{text}"
    );
    world.time.advance(SignedDuration::from_secs(30));
    let without: Vec<&str> =
        text.lines().filter(|line| *line == "Likes blue." || *line == "P.S. by hand").collect();
    world.helloleads.person_edits_lead(&lead, json!({ "notes": without.join("\n") }));
    world.pass_period().await;
    assert!(in_ghl(&world, &contact).is_empty(), "an entry that is taken out is a note that is deleted");
    assert_eq!(parked(&world).await, []);
}

#[tokio::test]
async fn a_note_too_long_for_the_leads_notes_is_listed_with_its_length_and_follows_once_it_fits() {
    let world = world(Way::Key).await;
    let contact = contact(&world).await;
    let note = world.ghl.person_creates_note(LOCATION, &contact, &"long ".repeat(500));
    world.settle().await;
    let listed = parked(&world).await;
    assert!(
        matches!(listed[0].reason, Reason::TooLong { side: Side::HelloLeads, max: 2000, length } if length > 2400),
        "{listed:?}"
    );
    assert_eq!(only_lead(&world)["notes"].as_str().unwrap_or_default(), "", "nothing is cut");
    world.time.advance(SignedDuration::from_secs(5));
    world.ghl.person_edits_note(LOCATION, &contact, &note, "short");
    world.settle().await;
    assert!(only_lead(&world)["notes"].as_str().unwrap().contains("short"));
    assert_eq!(parked(&world).await, []);
}

#[tokio::test]
async fn an_account_that_hides_changes_keeps_what_people_wrote_in_a_leads_notes() {
    let world = World::start(Options::default()).await;
    world.helloleads.set(|switches| switches.modified_filter = false);
    world.connect(&[("notes", "yes"), ("probe", "yes")]).await;
    let contact = contact(&world).await;
    let lead = lead(&world);
    world.helloleads.person_edits_lead(&lead, json!({ "notes": "Mine, and nobody looked yet." }));
    world.ghl.person_creates_note(LOCATION, &contact, "Where to?");
    world.settle().await;
    assert_eq!(only_lead(&world)["notes"], "Mine, and nobody looked yet.");
    let listed = parked(&world).await;
    assert!(
        matches!(&listed[0].reason, Reason::Refused { side: Side::HelloLeads, message } if message.contains("could be lost")),
        "{listed:?}"
    );
    let page = world.get(&format!("/connections/{LOCATION}")).await.text().await.unwrap();
    assert!(page.contains("nothing is written into leads"), "{page}");
}

#[tokio::test]
async fn a_function_that_finds_a_leads_notes_taken_waits_and_overwrites_nothing() {
    let world = world(Way::Key).await;
    let contact = contact(&world).await;
    let leases = Leases::new(world.table.clone());
    let name = format!("notes#{LOCATION}#{}", lead(&world));
    let until = SignedDuration::from_secs(20);
    let fence = leases.take(&name, world.time.now(), until).await.unwrap();
    assert!(fence.is_some());
    let before = world.time.now();
    world.ghl.person_creates_note(LOCATION, &contact, "After the other.");
    world.settle().await;
    assert!(world.time.now().duration_since(before) >= until, "it waited for the other");
    assert!(only_lead(&world)["notes"].as_str().unwrap().contains("After the other."));
}
