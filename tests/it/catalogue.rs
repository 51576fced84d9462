//! Every entry of the catalogue works: each action is asked for by an event on the bus, and what it did is looked at in the
//! CRM that it was about; each trigger is brought about, and told as its schema says.

mod cases;

use std::collections::{BTreeMap, BTreeSet};

use jiff::SignedDuration;
use sandbox::faults::Fault;
use sandbox::ghl::Choice;
use sandbox::world::{LIST, LOCATION, Options, World};
use serde_json::{Value, json};
use shared::action::Action;
use shared::action::catalogue::{Entry, Kind, entries};

use crate::related::{CALENDAR, Way, contact, lead, world, world_with};
use cases::{Case, by_relay, by_v1, ghl, helloleads};

/// What the cases name: the ids of what the world holds, and of what was made on the way.
type Known = BTreeMap<&'static str, String>;

const CAMPAIGN: &str = "qoK5cBpwDUMkmMmGyxS3";
const WORKFLOW: &str = "wF9hQ2mXc7dTbR4kLpZs";

/// What was there before and after an action, and what the bus was told of it.
struct Seen<'a> {
    world: &'a World,
    known: &'a Known,
    before: Value,
    after: Value,
    result: Value,
    ids: Vec<String>,
}

impl Seen<'_> {
    fn id(&self, name: &str) -> &str {
        self.known.get(name).unwrap_or_else(|| panic!("{name} is not known yet"))
    }

    /// GHL's contact.
    fn contact(&self, name: &str) -> &Value {
        &self.after["contacts"][self.id(name)]
    }

    /// The record of a list in GHL that has this id.
    fn one(&self, list: &str, name: &str) -> Value {
        self.in_list(&self.after[list], name)
    }

    /// What belongs to the contact.
    fn of_contact(&self, kind: &str, name: &str) -> Value {
        self.in_list(&self.after["of_contacts"][self.id("contactId")][kind], name)
    }

    fn in_list(&self, list: &Value, name: &str) -> Value {
        let id = self.id(name);
        let found = list.as_array().into_iter().flatten().find(|record| record["id"] == id);
        found.cloned().unwrap_or_default()
    }

    /// Whether the ids that the bus was told are this record's, among others perhaps.
    fn told(&self, name: &str) -> bool {
        self.ids.iter().any(|id| id == self.id(name))
    }

    fn lead(&self) -> Value {
        self.world.helloleads.lead(self.id("lead_id")).unwrap_or_default()
    }

    fn item(&self, all: &[Value], name: &str) -> Value {
        self.in_list(&json!(all), name)
    }
}

/// A world whose events hold values, whose app has all scopes, and whose lists are not limited.
async fn open_world(way: Way) -> (World, Known) {
    let world = world(way).await;
    world.helloleads.set(|switches| switches.per_hour = 10_000);
    let app = world.ghl.app();
    let app = [
        ("client_id", app.client_id.as_str()),
        ("client_secret", app.client_secret.as_str()),
        ("automations", "yes"),
    ];
    assert_eq!(world.post("/app", &app).await.status(), 303);
    world.install(Choice::Location(LOCATION.to_owned())).await;
    assert_eq!(
        world.post(&format!("/connections/{LOCATION}/automation"), &[("values", "yes")]).await.status(),
        303
    );
    let contact = contact(&world).await;
    world.ghl.add_campaign_and_workflow(LOCATION, CAMPAIGN, WORKFLOW);
    let mut known: Known = [
        ("contactId", contact.as_str()),
        ("calendarId", CALENDAR),
        ("userId", "u2"),
        ("campaignId", CAMPAIGN),
        ("workflowId", WORKFLOW),
        ("list_key", LIST),
    ]
    .map(|(name, id)| (name, id.to_owned()))
    .into();
    known.insert("lead_id", lead(&world));
    world.bus.take();
    (world, known)
}

/// The example with the ids that are known in this world in the place of its own.
fn filled(mut input: Value, known: &Known) -> Value {
    for (name, value) in input.as_object_mut().into_iter().flatten() {
        let named = match name.as_str() {
            "contacts" | "ids" => known.get("contactId").map(|id| json!([id])),
            "followers" => known.get("userId").map(|id| json!([id])),
            "lead_ids" => known.get("lead_id").map(|id| json!([id])),
            "customFields" => known.get("fieldId").map(|id| json!([{ "id": id, "field_value": "gold" }])),
            name => known.get(name).map(|id| json!(id)),
        };
        if let Some(named) = named {
            *value = named;
        }
    }
    input
}

async fn run(world: &World, known: &mut Known, case: &Case) -> Value {
    let action = Action::named(case.action).unwrap_or_else(|| panic!("{} is in no catalogue", case.action));
    let mut here = known.clone();
    for (name, other) in case.with {
        here.insert(name, known[other].clone());
    }
    world.time.advance(SignedDuration::from_secs(20));
    let before = world.ghl.snapshot(LOCATION);
    world.bus.take();
    let asked = world.ask_for(case.action, &filled(action.example(), &here)).await;
    world.settle().await;
    let told = world.bus.take().into_iter().find(|event| event["detail"]["asked"] == asked.as_str());
    let told = told.unwrap_or_else(|| panic!("{}: nothing was told", case.action));
    assert_eq!(told["detail-type"], "ActionDone", "{}: {told}", case.action);
    let ids = told["detail"]["ids"].as_array().into_iter().flatten().filter_map(Value::as_str);
    let ids: Vec<String> = ids.map(str::to_owned).collect();
    if let Some(name) = case.keep {
        let made = ids.first().unwrap_or_else(|| panic!("{}: no id was told: {told}", case.action));
        here.insert(name, made.clone());
        known.insert(name, made.clone());
    }
    // What HelloLeads' relay tells comes back to it; what GHL's index shows comes late.
    let after = world.ghl.snapshot(LOCATION);
    let result = told["detail"]["result"].clone();
    let seen = Seen { world, known: &here, before, after, result, ids };
    assert!((case.check)(&seen), "{}: {}", case.action, seen.result);
    told
}

/// The rest of an entry's schema is serde's own: what is read is written by the same types.
fn is_as_its_schema_says(entry: &Entry, detail: &Value) {
    let schema = entry.schema.as_value();
    let required = schema["required"].as_array().cloned().unwrap_or_default();
    for name in required.iter().filter_map(Value::as_str) {
        assert!(detail.get(name).is_some(), "{}: {name} is missing in {detail}", entry.name);
    }
    for name in detail.as_object().into_iter().flatten().map(|(name, _)| name) {
        assert!(schema["properties"].get(name).is_some(), "{}: {name} is not in the schema", entry.name);
    }
}

#[tokio::test]
async fn every_entry_of_the_catalogue_works() {
    let mut done: BTreeSet<&str> = BTreeSet::new();
    let mut told = Vec::new();
    for (way, cases) in
        [(Way::Key, [ghl(), helloleads()].concat()), (Way::V1, by_v1()), (Way::Relay, by_relay())]
    {
        let (world, mut known) = open_world(way).await;
        for case in &cases {
            told.push(run(&world, &mut known, case).await);
            done.insert(case.action);
        }
    }
    told.extend(news().await);
    let all = entries();
    let names = |kind: Kind| all.iter().filter(move |entry| entry.kind == kind).map(|entry| entry.name);
    assert_eq!(done, names(Kind::Action).collect(), "each action is asked for");
    let seen: BTreeSet<&str> = told.iter().filter_map(|event| event["detail-type"].as_str()).collect();
    assert_eq!(
        names(Kind::Trigger).filter(|name| !seen.contains(name)).collect::<Vec<_>>(),
        Vec::<&str>::new()
    );
    for event in &told {
        let entry = all
            .iter()
            .find(|entry| entry.name == event["detail-type"])
            .expect("the bus is told nothing else");
        is_as_its_schema_says(entry, &event["detail"]);
        is_as_its_schema_says(entry, &entry.example["detail"]);
    }
    assert!(all.len() >= 126, "{} entries", all.len());
}

/// All that the bus is told besides.
async fn news() -> Vec<Value> {
    let world = world_with(Way::Key, Options { streams: true, ..Options::default() }).await;
    let contact = contact(&world).await;
    changes(&world, &contact).await;
    moments(&world, &contact).await;
    let mut told = world.bus.take();
    world.ask_for("ghl.note.create", &json!({ "contactId": contact })).await;
    world.settle().await;
    let fault = Fault::StatusAfterWork { status: 502, body: "Bad gateway".to_owned() };
    world.ghl.faults().plan("POST /contacts/:id/notes", fault);
    world.ask_for("ghl.note.create", &json!({ "contactId": contact, "body": "Once." })).await;
    world.settle().await;
    world.ghl.revoke(LOCATION);
    world.ask_for("ghl.contact.read", &json!({ "contactId": contact })).await;
    world.settle().await;
    world.tick().await;
    world.ghl.uninstall(LOCATION);
    world.settle().await;
    world.tick().await;
    told.extend(world.bus.take());
    told.retain(|event| event["detail-type"] != "ActionAsked");
    told
}

/// A task that becomes overdue, an appointment that becomes soon, and a rule that goes round in circles.
async fn moments(world: &World, contact: &str) {
    let at = |minutes| (world.time.now() + SignedDuration::from_mins(minutes)).to_string();
    world.ghl.person_creates_task(LOCATION, contact, json!({ "title": "Call", "dueDate": at(7) }));
    let visit =
        json!({ "calendarId": CALENDAR, "contactId": contact, "title": "Visit", "startTime": at(90) });
    world.ghl.person_books_appointment(LOCATION, visit);
    world.settle().await;
    let tags = json!({ "contactId": "=contact.ghl", "tags": ["=\"tag \" + string(size(record.tags))"] });
    let again = crate::rules::step("ghl.contact.add_tags", tags);
    crate::rules::add(world, "RecordChanged", "\"tags\" in fields", &[again]).await;
    world.ghl.person_edits_contact(LOCATION, contact, json!({ "tags": ["start"] }));
    for _ in 0..8 {
        world.settle().await;
        world.pass_period().await;
    }
}

/// A dispute, a record that cannot be synced at first, and one that is deleted.
async fn changes(world: &World, contact: &str) {
    world.ghl.person_edits_contact(LOCATION, contact, json!({ "lastName": "Berg" }));
    world.ghl.take_webhooks();
    world.helloleads.person_edits_lead(&lead(world), json!({ "last_name": "Hill" }));
    world.pass_period().await;
    let other = world.ghl.person_creates_contact(LOCATION, json!({ "firstName": "No address" }));
    world.settle().await;
    world.ghl.person_edits_contact(LOCATION, &other, json!({ "email": "late@example.com" }));
    world.settle().await;
    world.pass_period().await;
    world.ghl.person_deletes_contact(LOCATION, &other);
    world.settle().await;
}
