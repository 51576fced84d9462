//! The pages of a person: who may see them, and what they say of what was entered.

use sandbox::world::{LOCATION, Options, World};
use serde_json::json;

use crate::contact_sync::{ann, only_lead, plain_world};

#[tokio::test]
async fn a_form_that_another_site_sends_is_refused() {
    let world = plain_world().await;
    let asked = world
        .browser
        .post(format!("{}/connections/{LOCATION}/pause", world.url))
        .header("cookie", &world.signed_in.cookie)
        .body(world.signed_in.form(&[]))
        .header("origin", "https://evil.example");
    assert_eq!(asked.send().await.unwrap().status(), 403);
}

#[tokio::test]
async fn what_is_wrong_with_an_entry_is_said_and_nothing_is_kept() {
    let world = World::start(Options::default()).await;
    world.install(sandbox::ghl::Choice::Location(LOCATION.to_owned())).await;
    let unknown_field = r#"{"fields":["email","shoe_size"]}"#;
    let unknown_custom = r#"{"fields":["email"],"custom":[{"name":"budget","helloleads":"deal_size","ghl":"customFields.nope"}]}"#;
    let cases = [
        (vec![("mapping", unknown_field)], "shoe_size"),
        (vec![("mapping", unknown_custom)], "which this location does not have"),
        (vec![("region", "Germany")], "two letters"),
        (vec![("catch_hook", "http://example.com/hook")], "https://"),
        (vec![("advanced", r#"{"calls_per_our": 5}"#)], "calls_per_our"),
    ];
    for (entry, expected) in cases {
        let answer = world.enter_helloleads(&entry).await;
        assert_eq!(answer.status(), 422, "{entry:?}");
        let says = answer.text().await.unwrap();
        assert!(says.contains(expected), "{entry:?}: {says}");
    }
    let base = world.helloleads.url();
    let with = |lists: &'static str, key: &'static str, zone: &'static str| {
        [
            ("api_key", key),
            ("email", "owner@example.com"),
            ("base_url", base.as_str()),
            ("lists", lists),
            ("time_zone", zone),
        ]
    };
    let cases = [
        (with("nope", "helloleads-key-1", "Asia/Kolkata"), "no list with the key &quot;nope&quot;"),
        (with("", "wrong", "Asia/Kolkata"), "refuses the API key"),
        (with("", "helloleads-key-1", ""), "time zone"),
        (with("", "helloleads-key-1", "Mars/Olympus"), "time zone that exists"),
    ];
    for (form, expected) in cases {
        let answer = world.post(&format!("/connections/{LOCATION}"), &form).await;
        let (status, says) = (answer.status(), answer.text().await.unwrap());
        assert_eq!(status, 422, "{says}");
        assert!(says.contains(expected), "{expected}: {says}");
    }
    let names = world.secrets.names();
    let kept = names
        .iter()
        .filter_map(|name| world.secrets.value(name))
        .any(|secret| secret.contains("helloleads-key-1"));
    assert!(!kept, "no key was kept");
}

#[tokio::test]
async fn a_paused_connection_waits_and_goes_on_where_it_stopped() {
    let world = plain_world().await;
    assert_eq!(world.post(&format!("/connections/{LOCATION}/pause"), &[]).await.status(), 303);
    world.ghl.person_creates_contact(LOCATION, ann());
    world.settle().await;
    assert_eq!(world.helloleads.leads().len(), 0);
    let page = world.get(&format!("/connections/{LOCATION}")).await.text().await.unwrap();
    assert!(page.contains("paused"), "{page}");
    let stuck = world.get(&format!("/connections/{LOCATION}/stuck")).await.text().await.unwrap();
    assert!(stuck.contains("Goes on by itself: 1"), "{stuck}");
    world.post(&format!("/connections/{LOCATION}/resume"), &[]).await;
    world.settle().await;
    assert_eq!(only_lead(&world)["email"], "ann@example.com");
}

#[tokio::test]
async fn the_page_shows_what_is_stuck_and_what_was_disputed_and_escapes_it() {
    let world = plain_world().await;
    let contact = world.ghl.person_creates_contact(LOCATION, ann());
    world.ghl.person_creates_contact(LOCATION, json!({ "firstName": "No address" }));
    world.settle().await;
    world.time.advance(jiff::SignedDuration::from_mins(1));
    world.ghl.person_edits_contact(LOCATION, &contact, json!({ "lastName": "<script>alert(1)</script>" }));
    world
        .helloleads
        .person_edits_lead(only_lead(&world)["id"].as_str().unwrap(), json!({ "last_name": "Other" }));
    world.pass_period().await;
    let mut page = String::new();
    for tab in ["", "/conflicts", "/stuck"] {
        page += &world.get(&format!("/connections/{LOCATION}{tab}")).await.text().await.unwrap();
    }
    for expected in [
        "live",
        "Needs a person: 1",
        "neither; add one",
        "Conflicts of the last 90 days: 1",
        "&lt;script&gt;",
        "five minutes at most",
        "/hooks/helloleads/",
    ] {
        assert!(page.contains(expected), "{expected} is not on the page");
    }
    assert!(!page.contains("<script>"));
}
