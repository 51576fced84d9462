//! HelloLeads by its key, whatever the account can do, and by a relay.

use jiff::SignedDuration;
use sandbox::faults::Fault;
use sandbox::helloleads::{RelayAuth, RelayBody};
use sandbox::world::{CONTACTS, LIST, LOCATION, Options, World};
use secrecy::ExposeSecret;
use serde_json::json;
use shared::connection::State;
use shared::connection::helloleads::{Clear, ProbeVerdict};
use shared::disposition::{Attention, Reason};
use shared::helloleads::hook::live_secrets;
use shared::helloleads::poll::PollCursor;
use shared::model::side::{Kind, Side};
use shared::store::connections::Connections;
use shared::store::cursors::Cursors;

use crate::Headers;
use crate::contact_sync::{
    able_world, ann, ann_as_lead, assert_agreed, only_contact, only_lead, parked, plain_world,
};
use crate::related::Way;

async fn verdict(world: &World) -> ProbeVerdict {
    let connection = Connections::new(world.table.clone()).get(&world.connection()).await.unwrap().unwrap();
    connection.helloleads.probe.unwrap()
}

async fn cursor(world: &World) -> PollCursor {
    let cursors = Cursors::new(world.table.clone(), &world.connection(), Side::HelloLeads, Kind::Contact);
    cursors.get().await.unwrap().cursor
}

#[tokio::test]
async fn the_probe_finds_out_what_the_account_can_do() {
    let world = able_world().await;
    let found = verdict(&world).await;
    assert!(found.update.works && found.update.tags && found.modified_filter_works);
    assert_eq!((found.update.clear, found.clock_difference_seconds), (Clear::EmptyText, 0));
    let world = World::start(Options::default()).await;
    world.helloleads.set(|switches| {
        switches.update_works = false;
        switches.modified_filter = false;
        switches.skew_seconds = 90;
    });
    world.connect(&[("probe", "yes")]).await;
    let found = verdict(&world).await;
    assert!(!found.update.works && !found.update.tags && !found.modified_filter_works);
    assert_eq!((found.update.clear, found.clock_difference_seconds), (Clear::Never, 90));
    assert_eq!(world.ghl.contacts(LOCATION).len(), 0, "the test lead is never synced");
}

#[tokio::test]
async fn an_account_without_updates_still_gets_new_contacts_and_says_what_it_lacks() {
    let world = World::start(Options::default()).await;
    world.helloleads.set(|switches| switches.update_works = false);
    world.connect(&[("probe", "yes")]).await;
    let contact = world.ghl.person_creates_contact(LOCATION, ann());
    world.settle().await;
    assert_eq!(only_lead(&world)["email"], "ann@example.com");
    world.ghl.person_edits_contact(LOCATION, &contact, json!({ "city": "Leeds" }));
    world.settle().await;
    let parked = parked(&world).await;
    assert!(
        matches!(&parked[0].reason, Reason::NotTaken { side: Side::HelloLeads, fields } if fields[0].as_str() == "address")
    );
    let page = world.get(&format!("/connections/{LOCATION}")).await.text().await.unwrap();
    assert!(page.contains("does not let leads be changed"));
}

#[tokio::test]
async fn leads_are_found_whatever_the_list_call_makes_of_filter_and_order() {
    for (filter, order) in [(true, true), (true, false), (false, true), (false, false)] {
        let world = World::start(Options::default()).await;
        world.helloleads.set(|switches| {
            switches.modified_filter = filter;
            switches.order_honoured = order;
            switches.page_size = 3;
            switches.string_numbers = true;
            switches.blank = sandbox::helloleads::Blank::Mixed;
            switches.per_hour = 1000;
        });
        for number in 0..10 {
            world.time.advance(SignedDuration::from_secs(90));
            let email = format!("p{number}@example.com");
            world
                .helloleads
                .person_creates_lead(json!({ "list_key": LIST, "first_name": "P", "email": email }));
        }
        world.time.advance(SignedDuration::from_mins(10));
        world.connect(&[]).await;
        assert_eq!(world.ghl.contacts(LOCATION).len(), 10, "filter {filter}, order {order}");
        world.helloleads.person_creates_lead(ann_as_lead());
        world.pass_period().await;
        world.pass_period().await;
        assert_eq!(world.ghl.contacts(LOCATION).len(), 11, "filter {filter}, order {order}");
        let old =
            world.helloleads.leads().into_iter().find(|lead| lead["email"] == "p0@example.com").unwrap();
        world.helloleads.person_edits_lead(old["id"].as_str().unwrap(), json!({ "city": "Leeds" }));
        // Where the filter is ignored, edits are found by the sweep: once a day.
        world.time.advance(SignedDuration::from_hours(if filter { 0 } else { 25 }));
        world.pass_period().await;
        assert_agreed(&world).await;
        assert_eq!(
            cursor(&world).await.filter_untrue_since.is_some(),
            !filter,
            "a filter that lies is found out"
        );
    }
}

#[tokio::test]
async fn a_death_between_any_two_steps_of_a_poll_loses_no_lead() {
    let world = plain_world().await;
    world.helloleads.person_creates_lead(ann_as_lead());
    world.time.advance(SignedDuration::from_mins(5));
    // The hints are not accepted: the rows are written, and the announcement stands in the cursor.
    world.tick().await;
    world.sqs.fail_next(10);
    world.work_errands().await;
    assert!(cursor(&world).await.announcing.is_some());
    assert!(world.sqs.messages(CONTACTS).is_empty());
    world.sqs.fail_next(0);
    world.settle().await;
    assert_eq!(only_contact(&world)["email"], "ann@example.com");
    assert!(cursor(&world).await.announcing.is_none());
}

#[tokio::test]
async fn what_helloleads_cuts_off_is_not_taken_for_an_edit() {
    let world = World::start(Options::default()).await;
    world.helloleads.set(|switches| switches.first_name_max = Some(5));
    world.connect(&[]).await;
    let mut contact = ann();
    contact["firstName"] = json!("Anneliese");
    world.ghl.person_creates_contact(LOCATION, contact);
    world.settle().await;
    assert_eq!(only_lead(&world)["first_name"], "Annel");
    world.pass_period().await;
    world.pass_period().await;
    assert_eq!(only_contact(&world)["firstName"], "Anneliese", "GHL keeps the whole name");
    world.time.advance(SignedDuration::from_mins(1));
    world
        .helloleads
        .person_edits_lead(only_lead(&world)["id"].as_str().unwrap(), json!({ "first_name": "Anna" }));
    world.pass_period().await;
    assert_eq!(only_contact(&world)["firstName"], "Anna", "an edit is an edit");
}

#[tokio::test]
async fn a_contact_waits_until_every_lead_has_been_read_once() {
    let world = World::start(Options::default()).await;
    world.helloleads.person_creates_lead(ann_as_lead());
    world.install(sandbox::ghl::Choice::Location(LOCATION.to_owned())).await;
    world.enter_helloleads(&[]).await;
    let slow = || Fault::Status { status: 503, body: "{}".into(), content_type: "application/json".into() };
    world.helloleads.faults().plan("GET /leads", slow());
    world.work_errands().await;
    world.ghl.person_creates_contact(LOCATION, ann());
    world.ghl.deliver_all().await;
    world.work_contacts().await;
    assert_eq!(parked(&world).await[0].reason, Reason::FirstImport, "nobody knows yet whether she is there");
    world.settle().await;
    assert_eq!(
        (world.helloleads.leads().len(), world.ghl.contacts(LOCATION).len()),
        (1, 1),
        "linked, not doubled"
    );
    assert_agreed(&world).await;
}

/// A connection by relay, with webhooks that carry the lead.
async fn relay_world(auth: &str, body: RelayBody) -> World {
    let world = World::start(Options::default()).await;
    let secret =
        live_secrets(b"webhook-keys-of-the-sandbox", &world.connection(), 0)[0].expose_secret().to_owned();
    world.helloleads.set_catch_secret(&secret);
    world.helloleads.set_relay_body(body);
    let hook = format!("{}/hooks/helloleads/{LOCATION}", world.url);
    let auth = if auth == "bearer" { RelayAuth::Bearer { secret } } else { RelayAuth::Hmac { secret } };
    world.helloleads.relay_to(&hook, auth);
    world.install(sandbox::ghl::Choice::Location(LOCATION.to_owned())).await;
    let pointers = match body {
        RelayBody::Foreign => {
            json!({ "event": "/kind", "id": "/delivery", "occurred_at": "/sent_at", "lead": "/data/contact" })
        }
        RelayBody::Json | RelayBody::Form => json!({}),
    };
    let settings =
        json!({ "hook": { "trust": "snapshot", "bearer": true, "pointers": pointers } }).to_string();
    let catch = world.helloleads.catch_hook_url();
    let form = [
        ("profile", "relay"),
        ("time_zone", "Asia/Kolkata"),
        ("catch_hook", catch.as_str()),
        ("advanced", settings.as_str()),
    ];
    let entered = world.post(&format!("/connections/{LOCATION}"), &form).await;
    assert_eq!(entered.status(), 303, "{}", entered.text().await.unwrap());
    world.start_sync().await;
    world.settle().await;
    world
}

#[tokio::test]
async fn a_relay_carries_leads_both_ways() {
    for (auth, body) in [
        ("hmac", RelayBody::Json),
        ("hmac", RelayBody::Form),
        ("hmac", RelayBody::Foreign),
        ("bearer", RelayBody::Json),
    ] {
        let world = relay_world(auth, body).await;
        let mut lead = ann_as_lead();
        lead["mobile"] = json!("+14155550101");
        lead["tags"] = json!("Hot lead");
        let lead = world.helloleads.person_creates_lead(lead);
        world.settle().await;
        assert_eq!(only_contact(&world)["tags"], json!(["hot lead"]), "{auth} {body:?}");
        world.time.advance(SignedDuration::from_secs(10));
        world.helloleads.person_edits_lead(&lead, json!({ "city": "Leeds" }));
        world.settle().await;
        assert_eq!(only_contact(&world)["city"], "Leeds");
        world.time.advance(SignedDuration::from_secs(10));
        let contact = only_contact(&world)["id"].as_str().unwrap().to_owned();
        world.ghl.person_edits_contact(LOCATION, &contact, json!({ "firstName": "Anne", "city": null }));
        world.ghl.person_adds_tag(LOCATION, &contact, "VIP");
        world.settle().await;
        assert_eq!(
            (&only_lead(&world)["first_name"], &only_lead(&world)["tags"]),
            (&json!("Anne"), &json!("hot lead,vip"))
        );
        assert_agreed(&world).await;
        assert_eq!(world.ghl.contacts(LOCATION).len(), 1);
    }
}

#[tokio::test]
async fn a_relay_that_does_not_answer_with_the_id_is_sent_the_contact_once() {
    for keeps_reference in [true, false] {
        let world = relay_world("hmac", RelayBody::Json).await;
        world.helloleads.set(|switches| {
            switches.relay_answers_id = false;
            switches.relay_keeps_reference = keeps_reference;
        });
        let contact = world.ghl.person_creates_contact(LOCATION, ann());
        world.ghl.deliver_all().await;
        while world.work().await {}
        world.ghl.person_edits_contact(LOCATION, &contact, json!({ "city": "Leeds" }));
        world.ghl.deliver_all().await;
        while world.work().await {}
        assert_eq!(world.helloleads.leads().len(), 1, "it is never sent twice meanwhile");
        world.settle().await;
        assert_eq!(only_lead(&world)["city"], "Leeds", "what was edited meanwhile comes with the link");
        assert_eq!(world.helloleads.leads().len(), 1);
        assert_agreed(&world).await;
    }
}

#[tokio::test]
async fn a_relay_tells_deletes_both_ways() {
    let world = relay_world("hmac", RelayBody::Json).await;
    let delete = shared::connection::policy::DeleteRule::Delete;
    let connections = Connections::new(world.table.clone());
    let rule = |connection: &mut shared::connection::Connection| {
        connection.policy.on_delete = shared::model::side::PerSide::new(delete, delete);
    };
    connections.change(&world.connection(), rule).await.unwrap();
    let lead = world.helloleads.person_creates_lead(ann_as_lead());
    world
        .helloleads
        .person_creates_lead(json!({ "list_key": LIST, "first_name": "Bo", "email": "bo@example.com" }));
    world.settle().await;
    world.time.advance(SignedDuration::from_secs(10));
    world.helloleads.person_deletes_lead(&lead);
    world.settle().await;
    assert_eq!(only_contact(&world)["firstName"], "Bo");
    let contact = only_contact(&world)["id"].as_str().unwrap().to_owned();
    world.ghl.person_deletes_contact(LOCATION, &contact);
    world.settle().await;
    assert_eq!(world.helloleads.leads().len(), 0);
}

#[tokio::test]
async fn an_older_snapshot_does_not_undo_a_newer_one() {
    let world = relay_world("hmac", RelayBody::Json).await;
    let lead = world.helloleads.person_creates_lead(ann_as_lead());
    let first = world.helloleads.take_relay_hooks();
    world.time.advance(SignedDuration::from_secs(10));
    world.helloleads.person_edits_lead(&lead, json!({ "city": "Leeds" }));
    world.settle().await;
    for hook in &first {
        assert_eq!(world.helloleads.deliver_relay(hook).await, 202);
    }
    world.settle().await;
    assert_eq!(only_contact(&world)["city"], "Leeds");
    // HelloLeads' times count whole seconds: of two changes within one, the relay says which was first.
    world.helloleads.person_edits_lead(&lead, json!({ "city": "York" }));
    let first = world.helloleads.take_relay_hooks();
    world.time.advance(SignedDuration::from_millis(300));
    world.helloleads.person_edits_lead(&lead, json!({ "city": "Bath" }));
    world.settle().await;
    for hook in &first {
        assert_eq!(world.helloleads.deliver_relay(hook).await, 202);
    }
    world.settle().await;
    assert_eq!(only_contact(&world)["city"], "Bath");
}

#[tokio::test]
async fn a_hook_is_believed_only_if_its_secret_is_right() {
    let world = plain_world().await;
    let secrets = live_secrets(b"webhook-keys-of-the-sandbox", &world.connection(), 0);
    let body = r#"{"event":"lead.changed","id":"e1"}"#;
    let now = world.time.now().as_second();
    let sign = |at: i64| format!("v1={}", shared::helloleads::hook::sign(&secrets[0], at, body.as_bytes()));
    let (now_text, old_text) = (now.to_string(), (now - 301).to_string());
    let bearer = format!("Bearer {}", secrets[0].expose_secret());
    let cases: [(Headers<'_>, u16, &str); 7] = [
        (&[], 401, "not signed"),
        (&[("x-hls-timestamp", &now_text), ("x-hls-signature", &sign(now))], 202, "looked at"),
        (&[("x-hls-timestamp", &old_text), ("x-hls-signature", &sign(now - 301))], 401, "five minutes"),
        (&[("x-hls-timestamp", "soon"), ("x-hls-signature", &sign(now))], 401, "number of seconds"),
        (&[("x-hls-timestamp", &now_text), ("x-hls-signature", "v1=zz")], 401, "v1=<hex>"),
        (&[("x-hls-timestamp", &now_text), ("x-hls-signature", "v1=00")], 401, "does not fit"),
        (&[("authorization", &bearer)], 401, "bearer"),
    ];
    let next = live_secrets(b"webhook-keys-of-the-sandbox", &world.connection(), 1);
    assert_eq!(
        (next.len(), next[1].expose_secret()),
        (2, secrets[0].expose_secret()),
        "the old one stays valid"
    );
    assert_ne!(next[0].expose_secret(), secrets[0].expose_secret());
    for (headers, status, expected) in cases {
        let mut asked = world.browser.post(format!("{}/hooks/helloleads/{LOCATION}", world.url)).body(body);
        for (name, value) in headers {
            asked = asked.header(*name, *value);
        }
        let answer = asked.send().await.unwrap();
        assert_eq!(answer.status(), status, "{headers:?}");
        let says = answer.text().await.unwrap();
        assert!(says.contains(expected), "{headers:?}: {says}");
    }
}

#[tokio::test]
async fn a_hint_brings_the_next_look_forward() {
    let world = plain_world().await;
    let secret =
        live_secrets(b"webhook-keys-of-the-sandbox", &world.connection(), 0)[0].expose_secret().to_owned();
    world
        .helloleads
        .relay_to(&format!("{}/hooks/helloleads/{LOCATION}", world.url), RelayAuth::Hmac { secret });
    world.time.advance(SignedDuration::from_mins(2));
    let before = world.time.now();
    world.helloleads.person_creates_lead(ann_as_lead());
    world
        .helloleads
        .person_creates_lead(json!({ "list_key": LIST, "first_name": "Bo", "email": "bo@example.com" }));
    let mark = world.helloleads.calls().len();
    world.settle().await;
    assert_eq!(world.ghl.contacts(LOCATION).len(), 2);
    assert!(
        world.time.now().duration_since(before) <= SignedDuration::from_mins(1),
        "no schedule was needed"
    );
    assert!(world.helloleads.calls().len() - mark <= 2, "the hints were joined");
}

#[tokio::test]
async fn v1_carries_leads_and_their_tags_both_ways() {
    let world = crate::related::world(Way::V1).await;
    let contact = world.ghl.person_creates_contact(LOCATION, ann());
    world.settle().await;
    world.time.advance(SignedDuration::from_mins(1));
    world.ghl.person_edits_contact(LOCATION, &contact, json!({ "city": "Leeds" }));
    world.ghl.person_adds_tag(LOCATION, &contact, "VIP");
    world.settle().await;
    let lead = only_lead(&world);
    assert_eq!((&lead["city"], &lead["tags"]), (&json!("Leeds"), &json!("vip")));
    world.pass_period().await;
    world.time.advance(SignedDuration::from_mins(1));
    let id = lead["id"].as_str().unwrap();
    world
        .helloleads
        .person_edits_lead(id, json!({ "last_name": "Lee-Wong", "tags": "vip, expo", "city": "" }));
    world.pass_period().await;
    let shown = only_contact(&world);
    assert_eq!((&shown["lastName"], &shown["tags"]), (&json!("Lee-Wong"), &json!(["vip", "expo"])));
    assert_agreed(&world).await;
    let names: Vec<String> = world.helloleads.calls().all().into_iter().map(|call| call.name).collect();
    for call in ["POST /leads/leadCreate", "PUT /leads/profile", "PUT /BulkQualifier/updateTags"] {
        assert!(names.iter().any(|name| name == call), "{call}: {names:?}");
    }
}

#[tokio::test]
async fn a_session_that_is_over_stops_the_lane_until_a_new_one_is_entered() {
    let world = crate::related::world(Way::V1).await;
    world.helloleads.end_sessions();
    world.ghl.person_creates_contact(LOCATION, ann());
    world.settle().await;
    let connection = Connections::new(world.table.clone()).get(&world.connection()).await.unwrap().unwrap();
    let attention = Attention::HelloLeadsKeyRefused;
    assert_eq!(connection.state, State::NeedsAttention { attention });
    world.helloleads.add_session("session-2", "7");
    let kinds = [("tasks", "yes"), ("notes", "yes"), ("api_key", "session-2"), ("email", "7")];
    assert_eq!(world.post(&format!("/connections/{LOCATION}"), &kinds).await.status(), 303);
    world.settle().await;
    assert_eq!(only_lead(&world)["email"], "ann@example.com");
}

#[tokio::test]
async fn a_page_that_is_in_order_by_chance_hides_no_lead_on_the_next_ones() {
    let world = World::start(Options::default()).await;
    world.helloleads.set(|switches| {
        switches.order_honoured = false;
        switches.page_size = 2;
        switches.per_hour = 1000;
    });
    for number in 0..5 {
        let email = format!("p{number}@example.com");
        let lead = json!({ "list_key": LIST, "first_name": "P", "email": email });
        world.helloleads.person_creates_lead(lead);
    }
    world.connect(&[]).await;
    let ids: Vec<String> =
        world.helloleads.leads().iter().map(|lead| lead["id"].as_str().unwrap().to_owned()).collect();
    // The newest lead comes first: the first page holds the last two edits, in order, and those behind it are older.
    let newest_last = [0, 1, 2, 4, 3];
    for place in newest_last {
        world.time.advance(SignedDuration::from_mins(3));
        world.helloleads.person_edits_lead(&ids[place], json!({ "city": format!("City {place}") }));
    }
    world.pass_period().await;
    assert_agreed(&world).await;
}
