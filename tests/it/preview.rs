//! The preview: it says what the run then does, and writes nothing.

use jiff::SignedDuration;
use sandbox::ghl::Choice;
use sandbox::world::{ACCOUNT, API_KEY, CONTACTS, ERRANDS, LIST, LOCATION, Options, TIME_ZONE, World};
use serde_json::{Value, json};
use shared::model::side::{Kind, Side};
use shared::store::roster::Roster;
use shared::sync::preview::{Place, PreviewCursor};

use crate::contact_sync::{able_world, ann, only_contact, only_lead, parked};
use crate::mapping::map;

fn path() -> String {
    format!("/connections/{LOCATION}/preview")
}

/// What both fakes were asked, and hold: nothing of it may move.
struct Still<'a> {
    world: &'a World,
    marks: (usize, usize),
    held: (Vec<Value>, Vec<Value>),
}

impl<'a> Still<'a> {
    fn begin(world: &'a World) -> Self {
        let marks = (world.ghl.calls().len(), world.helloleads.calls().len());
        Self { world, marks, held: (world.ghl.contacts(LOCATION), world.helloleads.leads()) }
    }

    fn assert(&self) {
        let ghl = self.world.ghl.calls().names_since(self.marks.0);
        let helloleads = self.world.helloleads.calls().names_since(self.marks.1);
        let writes: Vec<&String> = ghl
            .iter()
            .chain(&helloleads)
            .filter(|name| !name.starts_with("GET") && *name != "POST /contacts/search")
            .collect();
        assert_eq!(writes, Vec::<&String>::new(), "nothing is written");
        assert_eq!(self.held, (self.world.ghl.contacts(LOCATION), self.world.helloleads.leads()));
        assert!(self.world.sqs.messages(CONTACTS).is_empty(), "nothing is announced");
    }
}

/// A connection that is set up, and has read nothing yet.
async fn not_begun() -> World {
    let world = World::start(Options::default()).await;
    world.install(Choice::Location(LOCATION.to_owned())).await;
    let base = world.helloleads.url();
    let entered = [
        ("api_key", API_KEY),
        ("email", ACCOUNT),
        ("time_zone", TIME_ZONE),
        ("lists", LIST),
        ("base_url", base.as_str()),
    ];
    assert_eq!(world.post(&format!("/connections/{LOCATION}"), &entered).await.status(), 303);
    world.settle().await;
    world
}

async fn count(world: &World) -> PreviewCursor {
    world.time.advance(SignedDuration::from_mins(1));
    assert_eq!(world.post(&format!("/connections/{LOCATION}/count"), &[]).await.status(), 303);
    world.settle().await;
    cursor(world).await
}

async fn cursor(world: &World) -> PreviewCursor {
    PreviewCursor::read(&world.table, &world.connection()).await.unwrap()
}

async fn page(world: &World, form: &[(&str, &str)]) -> String {
    let answer = if form.is_empty() { world.get(&path()).await } else { world.post(&path(), form).await };
    assert_eq!(answer.status(), 200);
    answer.text().await.unwrap()
}

async fn links(world: &World) -> usize {
    Roster::new(world.table.clone(), world.connection(), Kind::Contact).page(None).await.unwrap().len()
}

/// People of every sort: on one side, on both, the same, other, and such as nobody can sync.
fn people(world: &World) {
    let lead = |name: &str, more: Value| {
        let email = format!("{name}@example.com").to_lowercase();
        let mut fields = json!({ "list_key": LIST, "first_name": name, "email": email });
        fields.as_object_mut().unwrap().extend(more.as_object().unwrap().clone());
        world.helloleads.person_creates_lead(fields);
    };
    let contact = |name: &str, more: Value| {
        let email = format!("{name}@example.com").to_lowercase();
        let mut fields = json!({ "firstName": name, "email": email });
        fields.as_object_mut().unwrap().extend(more.as_object().unwrap().clone());
        world.ghl.person_creates_contact(LOCATION, fields);
    };
    for name in ["Ada", "Bea", "Cal"] {
        lead(name, json!({}));
    }
    for name in ["Dee", "Eve"] {
        contact(name, json!({ "tags": ["vip"] }));
    }
    lead("Fay", json!({ "city": "Leeds", "last_name": "O'Neill" }));
    contact("Fay", json!({ "lastName": "O'Neill" }));
    lead("Gus", json!({ "company": "Acme" }));
    contact("Gus", json!({ "website": "https://example.com", "address1": "1 High St", "city": "York" }));
    // Found by the e-mail address and by the number, and still one person.
    lead("Hal", json!({ "mobile": "+14155550188" }));
    contact("Hal", json!({ "phone": "+14155550188" }));
    world.helloleads.person_creates_lead(json!({ "list_key": LIST, "first_name": "Nobody", "mobile": "12" }));
    world.ghl.person_creates_contact(LOCATION, json!({ "firstName": "No address" }));
}

#[tokio::test]
async fn before_the_start_a_count_says_what_the_run_then_does_and_writes_nothing() {
    let world = not_begun().await;
    people(&world);
    world.time.advance(SignedDuration::from_secs(30));
    world.ghl.take_webhooks();
    let still = Still::begin(&world);
    let shown = page(&world, &[("contacts", "fay@example.com")]).await;
    assert!(shown.contains("have not been read yet"), "{shown}");
    let counted = count(&world).await;
    assert_eq!((&counted.place, counted.finished_at.is_some()), (&Place::Done, true), "{counted:?}");
    still.assert();
    assert_eq!((links(&world).await, parked(&world).await.len()), (0, 0), "nor is anything linked or listed");
    let tally = counted.tally.clone();
    assert_eq!((tally.created.ghl, tally.created.helloleads, tally.merged), (3 + 1, 2, 3), "{tally:?}");
    assert_eq!(tally.skipped.get("no_email_or_phone").map(|(number, _)| *number), Some(1), "{tally:?}");
    assert_eq!((tally.changed.ghl, tally.changed.helloleads), (1, 3), "GHL fills in a country: {tally:?}");
    let shown = page(&world, &[]).await;
    for expected in ["Count again", "needs an e-mail address", "calls of HelloLeads", "found on both sides"] {
        assert!(shown.contains(expected), "{expected}: {shown}");
    }
    let shown = page(&world, &[("contacts", "fay@example.com\ndee@example.com\nnone@example.com")]).await;
    assert!(shown.contains("is the same person as HelloLeads lead"), "{shown}");
    assert!(
        shown.contains("would be created in HelloLeads") && shown.contains("tag &quot;vip&quot;"),
        "{shown}"
    );
    assert!(shown.contains("is not in GHL"), "{shown}");
    still.assert();

    let (ghl_before, leads_before) = (world.ghl.contacts(LOCATION).len(), world.helloleads.leads().len());
    let marks = (world.ghl.calls().len(), world.helloleads.calls().len());
    world.start_sync().await;
    world.settle().await;
    world.pass_period().await;
    let refused = parked(&world).await.iter().filter(|one| one.side == Side::HelloLeads).count() as u64;
    let made = (world.ghl.contacts(LOCATION).len() - ghl_before) as u64;
    assert_eq!(made + refused, tally.created.ghl, "what GHL itself refuses nobody knows before");
    assert_eq!((world.helloleads.leads().len() - leads_before) as u64, tally.created.helloleads);
    let names = world.ghl.calls().names_since(marks.0);
    let updates = names.iter().filter(|name| *name == "PUT /contacts/:id").count() as u64;
    assert_eq!(updates, tally.changed.ghl);
    let names = world.helloleads.calls().names_since(marks.1);
    let updates = names.iter().filter(|name| *name == "PUT /lead/:id").count() as u64;
    assert_eq!(updates, tally.changed.helloleads);
}

#[tokio::test]
async fn a_running_connection_shows_each_change_field_by_field_and_makes_none() {
    let world = able_world().await;
    world.ghl.person_creates_contact(LOCATION, ann());
    world.settle().await;
    world.time.advance(SignedDuration::from_mins(10));
    let contact = only_contact(&world)["id"].as_str().unwrap().to_owned();
    let lead = only_lead(&world)["id"].as_str().unwrap().to_owned();
    world.ghl.person_edits_contact(LOCATION, &contact, json!({ "lastName": "<Lie>", "city": "Leeds" }));
    world.ghl.person_adds_tag(LOCATION, &contact, "vip");
    world.ghl.take_webhooks();
    world.time.advance(SignedDuration::from_secs(30));
    let still = Still::begin(&world);
    for entered in ["ann@example.com", contact.as_str(), lead.as_str(), "+1 415 555 0101", ""] {
        let shown = page(&world, &[("contacts", entered)]).await;
        for expected in [
            "would be changed",
            "<td data-is=\"Now\">Lee</td><td data-is=\"Then\">&lt;Lie&gt;</td>",
            "Leeds",
            "tag &quot;vip&quot;",
        ] {
            assert!(shown.contains(expected), "{entered}: {expected} is not in {shown}");
        }
    }
    let counted = count(&world).await;
    still.assert();
    assert_eq!((counted.tally.changed.helloleads, counted.tally.changed.ghl, counted.tally.same), (1, 0, 0));
    let fields: Vec<String> = counted.tally.fields.helloleads.keys().map(ToString::to_string).collect();
    assert_eq!(fields, ["address", "last_name", "tags"]);
    world.pass_period().await;
    assert_eq!(only_lead(&world)["last_name"], "<Lie>", "the run does it");
    let counted = count(&world).await;
    assert_eq!((counted.tally.changed.helloleads, counted.tally.same), (0, 1), "{counted:?}");
}

#[tokio::test]
async fn the_count_heeds_the_filter_the_delete_rule_and_what_is_listed() {
    let world = able_world().await;
    let vip = json!({ "all": [{ "what": "tag", "is": "is", "value": "vip" }] });
    map(&world, json!([]), Some(vip)).await;
    let mut gone = ann();
    gone["tags"] = json!(["vip"]);
    world.ghl.person_creates_contact(LOCATION, gone);
    world.ghl.person_creates_contact(LOCATION, json!({ "firstName": "Bo", "email": "bo@example.com" }));
    world
        .helloleads
        .person_creates_lead(json!({ "list_key": LIST, "first_name": "Cy", "email": "cy@example.com" }));
    world.pass_period().await;
    let still = Still::begin(&world);
    let counted = count(&world).await;
    assert_eq!((counted.tally.same, counted.tally.excluded), (1, 2), "{counted:?}");
    let shown = page(&world, &[("contacts", "bo@example.com")]).await;
    assert!(shown.contains("would be skipped: the mapping's filter leaves it out"), "{shown}");
    still.assert();
}

#[tokio::test]
async fn what_the_search_does_not_show_is_no_difference_and_is_one_where_the_contact_is_read() {
    let world = not_begun().await;
    let lead = json!({ "list_key": LIST, "first_name": "Ann", "email": "ann@example.com", "address_line1": "1 High St", "city": "York", "country": "US" });
    world.helloleads.person_creates_lead(lead);
    let contact =
        json!({ "firstName": "ANN", "email": "ann@example.com", "city": "York", "address1": "1 High St" });
    world.ghl.person_creates_contact(LOCATION, contact);
    world.ghl.take_webhooks();
    world.time.advance(SignedDuration::from_secs(30));
    let counted = count(&world).await;
    let tally = counted.tally;
    assert_eq!((tally.merged, tally.changed.helloleads, tally.changed.ghl), (1, 0, 0), "{tally:?}");
    let shown = page(&world, &[("contacts", "ann@example.com")]).await;
    assert!(
        shown.contains(">Ann</td><td data-is=\"Then\">ANN</td>")
            || shown.contains(">ANN</td><td data-is=\"Then\">Ann</td>"),
        "{shown}"
    );
    assert!(!shown.contains("1 High St"), "{shown}");
}

#[tokio::test]
async fn a_large_account_is_counted_by_and_by_and_the_page_shows_how_far_it_is() {
    let world = not_begun().await;
    for number in 0..640 {
        let (name, email) = (format!("Lead {number}"), format!("lead{number}@example.com"));
        world.helloleads.person_creates_lead(json!({ "list_key": LIST, "first_name": name, "email": email }));
    }
    for number in 600..1_130 {
        let (name, email) = (format!("Lead {number}"), format!("lead{number}@example.com"));
        world.ghl.person_creates_contact(LOCATION, json!({ "firstName": name, "email": email }));
    }
    world.ghl.take_webhooks();
    world.time.advance(SignedDuration::from_secs(30));
    let still = Still::begin(&world);
    world.post(&format!("/connections/{LOCATION}/count"), &[]).await;
    let shown = page(&world, &[]).await;
    assert!(shown.contains("it begins in a moment"), "a click shows at once: {shown}");
    assert!(world.work_errands().await, "the first part");
    let first = cursor(&world).await;
    assert!(matches!(first.place, Place::Leads { .. }) && first.leads > 0, "{first:?}");
    let answer = world.get(&path()).await;
    assert_eq!(answer.headers()["refresh"], "5", "the page looks again by itself");
    let shown = answer.text().await.unwrap();
    assert!(shown.contains("500 leads read, page 20 of 26") && shown.contains("<progress"), "{shown}");
    assert_eq!(world.post(&format!("/connections/{LOCATION}/count"), &[]).await.status(), 303);
    assert_eq!(world.sqs.messages(ERRANDS).len(), 1, "a second click asks for nothing more");
    world.settle().await;
    let counted = cursor(&world).await;
    let tally = &counted.tally;
    assert_eq!((counted.leads, counted.contacts), (640, 530));
    assert_eq!((tally.created.ghl, tally.created.helloleads, tally.merged), (600, 490, 40), "{tally:?}");
    still.assert();
    // By the book: 26 pages, 490 creates, the country that GHL fills in for 40, and a look for each nine writes; 90 calls an hour.
    let shown = page(&world, &[]).await;
    assert!(shown.contains("about 615 calls of HelloLeads and 1736 of GHL"), "{shown}");
    assert!(shown.contains("<strong>6 hours</strong>"), "{shown}");
}

#[tokio::test]
async fn a_count_whose_calls_are_spent_waits_and_goes_on() {
    let world = not_begun().await;
    for number in 0..60 {
        let (name, email) = (format!("Lead {number}"), format!("lead{number}@example.com"));
        world.helloleads.person_creates_lead(json!({ "list_key": LIST, "first_name": name, "email": email }));
    }
    world.helloleads.faults().plan(
        "GET /leads",
        sandbox::faults::Fault::Status {
            status: 500,
            body: "{}".into(),
            content_type: "application/json".into(),
        },
    );
    let began = world.time.now();
    let counted = count(&world).await;
    assert_eq!((counted.leads, counted.tally.created.ghl), (60, 60), "{counted:?}");
    assert!(world.time.now() > began, "trouble that passes is waited for");
    world.helloleads.revoke_key();
    let counted = count(&world).await;
    assert!(counted.trouble.is_some() && counted.place == Place::Done, "{counted:?}");
    let shown = page(&world, &[]).await;
    assert!(shown.contains("The count stopped: HelloLeads refuses the API key"), "{shown}");
}

#[tokio::test]
async fn what_was_read_for_a_preview_is_forgotten_with_the_contact() {
    let world = not_begun().await;
    people(&world);
    count(&world).await;
    let previews = shared::store::previews::Previews::new(world.table.clone(), &world.connection());
    let number = cursor(&world).await.number;
    assert!(!previews.leads(number, world.time.now()).await.unwrap().is_empty());
    let later = world.time.now() + SignedDuration::from_hours(49);
    assert!(previews.leads(number, later).await.unwrap().is_empty(), "after two days it is of no use");
    let id = world.helloleads.leads()[0]["id"].as_str().unwrap().to_owned();
    let form = [("side", "helloleads"), ("contact", id.as_str())];
    world.post(&format!("/connections/{LOCATION}/forget"), &form).await;
    world.settle().await;
    assert!(previews.leads(number, world.time.now()).await.unwrap().is_empty());
}
