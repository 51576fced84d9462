//! What a mapping does: which way fields go, in what form, and which contacts. Mappings are imported through the page.

use jiff::SignedDuration;
use sandbox::world::{LIST, LOCATION, Options, World};
use serde_json::{Value, json};
use shared::disposition::Reason;
use shared::model::side::Side;
use shared::store::conflicts::ConflictJournal;

use crate::contact_sync::{able_world, ann, only_contact, only_lead, parked};

const MAPPING: &str = "/connections/ve9EPM428h8vShlRW1KT/mapping";

/// Imports a mapping of the standard names, email among them, and these fields.
pub async fn map(world: &World, more: Value, filter: Option<Value>) {
    let mut fields =
        vec![json!({ "field": "email" }), json!({ "field": "first_name" }), json!({ "field": "tags" })];
    fields.extend(more.as_array().unwrap().iter().cloned());
    let mut whole = json!({ "version": 2, "fields": fields });
    if let Some(filter) = filter {
        whole["filter"] = filter;
    }
    let answer = world.post(MAPPING, &[("import", &whole.to_string())]).await;
    let (status, page) = (answer.status(), answer.text().await.unwrap());
    assert_eq!(status, 303, "{page}");
    world.settle().await;
}

/// A world whose accounts have custom fields of several types.
pub async fn world_with_fields() -> World {
    let world = able_world().await;
    let ghl = [
        ("heat", "Heat", "SINGLE_OPTIONS", json!(["Hot", "Cold"])),
        ("born", "Born on", "DATE", json!([])),
        ("size", "Deal size", "NUMERICAL", json!([])),
        ("from", "Came from", "TEXT", json!([])),
        ("both", "Full name", "TEXT", json!([])),
        ("many", "Interests", "MULTIPLE_OPTIONS", json!(["A", "B"])),
    ];
    for (id, name, data_type, options) in ghl {
        let key = format!("contact.{id}");
        let field = json!({ "id": id, "name": name, "fieldKey": key, "dataType": data_type, "picklistOptions": options });
        world.ghl.add_custom_field(LOCATION, field);
    }
    world.helloleads.add_custom_field("7", "Birthday");
    world.helloleads.add_choice_field("8", "Temperature", &["High", "Low", "Unsure"]);
    world
}

fn pair(name: &str, helloleads: &str, ghl: &str, direction: &str, transform: Value) -> Value {
    json!({ "field": name, "helloleads": helloleads, "ghl": ghl, "direction": direction, "transform": transform })
}

fn trim() -> Value {
    json!({ "as": "trim" })
}

fn heat(direction: &str) -> Value {
    let options = json!([{ "helloleads": "High", "ghl": "Hot" }, { "helloleads": "Low", "ghl": "Cold" }]);
    pair(
        "heat",
        "custfields.8",
        "customFields.heat",
        direction,
        json!({ "as": "options", "options": options }),
    )
}

/// A custom field of the one contact.
fn custom(world: &World, id: &str) -> Value {
    let contact = only_contact(world);
    let values = contact["customFields"].as_array().cloned().unwrap_or_default();
    values.into_iter().find(|value| value["id"] == id).map_or(Value::Null, |value| value["value"].clone())
}

fn id_of(row: &Value) -> String {
    row["id"].as_str().unwrap().to_owned()
}

fn lead(more: Value) -> Value {
    let mut lead = json!({ "list_key": LIST, "first_name": "Ann", "email": "ann@example.com" });
    lead.as_object_mut().unwrap().extend(more.as_object().unwrap().clone());
    lead
}

async fn edit_lead(world: &World, fields: Value) {
    world.time.advance(SignedDuration::from_mins(10));
    world.helloleads.person_edits_lead(&id_of(&only_lead(world)), fields);
    world.pass_period().await;
}

async fn edit_contact(world: &World, fields: Value) {
    world.time.advance(SignedDuration::from_mins(10));
    world.ghl.person_edits_contact(LOCATION, &id_of(&only_contact(world)), fields);
    world.settle().await;
}

/// Writes made of either side while nobody edits anything: none.
async fn assert_quiet(world: &World) {
    let (ghl, helloleads) = (world.ghl.calls().len(), world.helloleads.calls().len());
    for _ in 0..3 {
        world.time.advance(SignedDuration::from_mins(10));
        world.pass_period().await;
    }
    let calls = world
        .ghl
        .calls()
        .names_since(ghl)
        .into_iter()
        .chain(world.helloleads.calls().names_since(helloleads));
    let writes: Vec<String> =
        calls.filter(|name| !name.starts_with("GET") && name != "POST /contacts/search").collect();
    assert_eq!(writes, Vec::<String>::new(), "our own write comes back as nothing");
}

#[tokio::test]
async fn each_side_keeps_its_own_words_for_the_same_option() {
    let world = world_with_fields().await;
    map(&world, json!([heat("both")]), None).await;
    world.helloleads.person_creates_lead(lead(json!({ "custfields": { "8": "High" } })));
    world.pass_period().await;
    assert_eq!(custom(&world, "heat"), "Hot");
    assert_quiet(&world).await;
    edit_contact(&world, json!({ "customFields": [{ "id": "heat", "field_value": "Cold" }] })).await;
    assert_eq!(only_lead(&world)["custfields"]["8"], "Low");
    assert_quiet(&world).await;
    edit_lead(&world, json!({ "custfields": { "8": "Unsure" } })).await;
    assert_eq!(custom(&world, "heat"), "Cold", "a word without a counterpart stays where it is");
    let parked = parked(&world).await;
    assert!(
        matches!(&parked[0].reason, Reason::NotTaken { side: Side::Ghl, .. }),
        "and is listed: {parked:?}"
    );
    edit_lead(&world, json!({ "custfields": { "8": "High" } })).await;
    assert_eq!((custom(&world, "heat"), self::parked(&world).await), (json!("Hot"), vec![]));
    assert_quiet(&world).await;
}

#[tokio::test]
async fn dates_and_numbers_have_each_sides_own_form() {
    let world = world_with_fields().await;
    let date = json!({ "as": "date", "helloleads": "DD/MM/YYYY", "ghl": "YYYY-MM-DD" });
    let born = pair("born", "custfields.7", "customFields.born", "both", date);
    let size = pair("size", "deal_size", "customFields.size", "both", json!({ "as": "number" }));
    map(&world, json!([born, size]), None).await;
    world
        .helloleads
        .person_creates_lead(lead(json!({ "custfields": { "7": "25/09/1990" }, "deal_size": "2,500.50" })));
    world.pass_period().await;
    assert_eq!((custom(&world, "born"), custom(&world, "size")), (json!("1990-09-25"), json!(2500.5)));
    assert_quiet(&world).await;
    let edit = json!([{ "id": "born", "field_value": "1991-01-02" }, { "id": "size", "field_value": 7 }]);
    edit_contact(&world, json!({ "customFields": edit })).await;
    let lead = only_lead(&world);
    assert_eq!((&lead["custfields"]["7"], &lead["deal_size"]), (&json!("02/01/1991"), &json!("7")));
    assert_quiet(&world).await;
}

#[tokio::test]
async fn a_field_that_goes_one_way_never_overwrites_its_source() {
    let world = world_with_fields().await;
    let last_name = json!({ "field": "last_name", "direction": "to_ghl" });
    map(&world, json!([last_name]), None).await;
    world.helloleads.person_creates_lead(lead(json!({ "last_name": "Lee" })));
    world.pass_period().await;
    assert_eq!(only_contact(&world)["lastName"], "Lee");
    edit_contact(&world, json!({ "lastName": "Lie" })).await;
    assert_eq!(only_lead(&world)["last_name"], "Lee", "the source is as it was");
    assert_eq!(only_contact(&world)["lastName"], "Lee", "the target follows it");
    let journal = ConflictJournal::new(world.table.clone(), world.connection());
    let kept = journal.all(world.time.now()).await.unwrap();
    assert_eq!(kept.len(), 1, "what was overruled is kept");
    assert_eq!(
        (kept[0].winner, kept[0].values.ghl.as_ref().unwrap().as_text()),
        (Side::HelloLeads, Some("Lie"))
    );
    assert_quiet(&world).await;
    edit_lead(&world, json!({ "last_name": "Li" })).await;
    assert_eq!(only_contact(&world)["lastName"], "Li");
}

#[tokio::test]
async fn a_contact_made_in_the_target_gives_the_source_nothing() {
    let world = world_with_fields().await;
    map(&world, json!([{ "field": "last_name", "direction": "to_ghl" }]), None).await;
    world.ghl.person_creates_contact(LOCATION, ann());
    world.settle().await;
    let lead = only_lead(&world);
    assert_eq!((&lead["first_name"], lead["last_name"].as_str().unwrap_or_default()), (&json!("Ann"), ""));
    assert_eq!(only_contact(&world)["lastName"], "Lee", "a blank that nobody made erases nothing");
    assert_quiet(&world).await;
}

#[tokio::test]
async fn constants_and_defaults_reach_their_target_wherever_the_contact_began() {
    let world = world_with_fields().await;
    let constant = json!({ "field": "from", "ghl": "customFields.from", "direction": "to_ghl", "transform": { "as": "constant", "value": "HelloLeads" } });
    let back = json!({ "field": "origin", "helloleads": "designation", "direction": "to_helloleads", "transform": { "as": "constant", "value": "in GHL" } });
    let default = json!({ "field": "company", "direction": "to_ghl", "default": "no company" });
    let pairs = json!([constant, back, default]);
    for in_ghl in [false, true] {
        let world = world_with_fields().await;
        map(&world, pairs.clone(), None).await;
        if in_ghl {
            world.ghl.person_creates_contact(LOCATION, ann());
        } else {
            world.helloleads.person_creates_lead(lead(json!({})));
        }
        world.settle().await;
        for _ in 0..2 {
            world.time.advance(SignedDuration::from_mins(10));
            world.pass_period().await;
        }
        assert_eq!(custom(&world, "from"), "HelloLeads", "in GHL: {in_ghl}");
        assert_eq!(only_lead(&world)["designation"], "in GHL", "in GHL: {in_ghl}");
        if !in_ghl {
            assert_eq!(only_contact(&world)["companyName"], "no company");
            assert_eq!(only_lead(&world)["company"].as_str().unwrap_or_default(), "");
        }
        assert_quiet(&world).await;
    }
    drop(world);
}

#[tokio::test]
async fn a_whole_name_is_joined_and_split() {
    let world = world_with_fields().await;
    let fields = [
        json!({ "field": "email" }),
        pair("whole", "first_name", "name", "both", trim()),
        pair("greeting", "designation", "customFields.both", "both", json!({ "as": "upper" })),
    ];
    let whole = json!({ "version": 2, "fields": fields });
    assert_eq!(world.post(MAPPING, &[("import", &whole.to_string())]).await.status(), 303);
    world.settle().await;
    world.ghl.person_creates_contact(
        LOCATION,
        json!({ "firstName": "Mary Ann", "lastName": "Lee", "email": "m@example.com" }),
    );
    world.settle().await;
    assert_eq!(only_lead(&world)["first_name"], "Mary Ann Lee");
    assert_quiet(&world).await;
    edit_lead(&world, json!({ "first_name": "Mary Ann  Leigh", "designation": "Head of sales" })).await;
    let contact = only_contact(&world);
    assert_eq!((&contact["firstName"], &contact["lastName"]), (&json!("Mary Ann"), &json!("Leigh")));
    assert_eq!(custom(&world, "both"), "HEAD OF SALES");
    assert_eq!(only_lead(&world)["designation"], "Head of sales", "nobody's spelling is overwritten");
    assert_quiet(&world).await;
}

#[tokio::test]
async fn whoever_leaves_the_filter_is_listed_and_not_deleted_and_whoever_enters_is_synced() {
    let world = world_with_fields().await;
    let vip = json!({ "all": [{ "what": "tag", "is": "is", "value": "VIP" }] });
    map(&world, json!([{ "field": "last_name" }]), Some(vip)).await;
    let contact = world.ghl.person_creates_contact(LOCATION, ann());
    world.settle().await;
    assert_eq!(world.helloleads.leads().len(), 1, "the test lead alone");
    assert_eq!(parked(&world).await[0].reason, Reason::LeftOut);
    world.ghl.person_adds_tag(LOCATION, &contact, "vip");
    world.settle().await;
    assert_eq!(
        (only_lead(&world)["tags"].as_str(), parked(&world).await.len()),
        (Some("vip"), 0),
        "it came in"
    );

    world.time.advance(SignedDuration::from_mins(10));
    world.ghl.person_removes_tag(LOCATION, &contact, "vip");
    world.settle().await;
    edit_contact(&world, json!({ "lastName": "Lie" })).await;
    assert_eq!(only_lead(&world)["last_name"], "Lee", "what is left out is left alone");
    let listed = parked(&world).await;
    assert_eq!((listed.len(), &listed[0].reason), (1, &Reason::LeftOut));
    let page = world.get(&format!("/connections/{LOCATION}/stuck")).await.text().await.unwrap();
    assert!(page.contains("Left out by the mapping's filter: 1"), "{page}");
    assert!(world.sqs.messages(sandbox::world::CONTACT_DEAD_LETTERS).is_empty(), "it is no failure");
    assert_eq!(world.verify(false).await, vec![], "nor a difference");

    world.helloleads.person_deletes_lead(&id_of(&only_lead(&world)));
    world.verify(true).await;
    assert_eq!(world.ghl.contacts(LOCATION).len(), 1, "nothing is deleted for it");
    world.ghl.person_adds_tag(LOCATION, &contact, "vip");
    world.settle().await;
    assert_eq!(only_lead(&world)["last_name"], "Lie", "and what was missed is made good");
    assert_eq!(parked(&world).await, []);
}

#[tokio::test]
async fn a_filter_by_stage_or_list_follows_what_helloleads_shows() {
    let world = world_with_fields().await;
    let customers = json!({ "cel": "stage == \"Customer\" && list.startsWith(\"Website\")" });
    map(&world, json!([]), Some(customers)).await;
    world.helloleads.person_creates_lead(lead(json!({})));
    world.pass_period().await;
    assert_eq!(world.ghl.contacts(LOCATION).len(), 0);
    let stage = only_lead(&world)["lead_stage"].clone();
    assert_ne!(stage, "Customer", "it is no customer yet");
    edit_lead(&world, json!({ "lead_stage": "Customer" })).await;
    assert_eq!(only_contact(&world)["email"], "ann@example.com");
    assert_quiet(&world).await;
}

#[tokio::test]
async fn notes_of_a_contact_that_is_left_out_wait_for_it() {
    let world = World::start(Options::default()).await;
    world.helloleads.set(|switches| switches.tags_on_update = true);
    world.connect(&[("probe", "yes"), ("notes", "yes")]).await;
    let vip = json!({ "all": [{ "what": "tag", "is": "is", "value": "vip" }] });
    map(&world, json!([]), Some(vip)).await;
    let mut vip = ann();
    vip["tags"] = json!(["vip"]);
    let contact = world.ghl.person_creates_contact(LOCATION, vip);
    world.settle().await;
    let early = world.ghl.person_creates_note(LOCATION, &contact, "Called");
    world.settle().await;
    world.time.advance(SignedDuration::from_mins(10));
    world.ghl.person_removes_tag(LOCATION, &contact, "vip");
    world.settle().await;
    world.ghl.person_creates_note(LOCATION, &contact, "Called back");
    world.ghl.person_edits_note(LOCATION, &contact, &early, "Called early");
    world.settle().await;
    let notes = |world: &World| only_lead(world)["notes"].as_str().unwrap_or_default().to_owned();
    let left_alone = notes(&world);
    assert!(!left_alone.contains("Called back") && !left_alone.contains("early"), "{left_alone}");
    world.ghl.person_adds_tag(LOCATION, &contact, "vip");
    world.settle().await;
    assert!(notes(&world).contains("Called back"), "{}", notes(&world));
}

#[tokio::test]
async fn another_mapping_goes_through_all_contacts_and_loses_nothing() {
    let world = world_with_fields().await;
    map(&world, json!([]), None).await;
    let people = [("Ann", "High", "Cold"), ("Bo", "", "Hot"), ("Cy", "Low", "")];
    for (name, temperature, heat) in people {
        let email = format!("{name}@example.com").to_lowercase();
        let fields = json!({ "list_key": LIST, "first_name": name, "email": email, "custfields": { "8": temperature } });
        world.helloleads.person_creates_lead(fields);
        let custom = json!([{ "id": "heat", "field_value": heat }]);
        world.ghl.person_creates_contact(
            LOCATION,
            json!({ "firstName": name, "email": email, "customFields": custom }),
        );
    }
    world.pass_period().await;
    world.time.advance(SignedDuration::from_mins(20));
    // From here on, looks begin behind the others.
    let zed = json!({ "list_key": LIST, "first_name": "Zed", "email": "zed@example.com" });
    world.helloleads.person_creates_lead(zed);
    world.pass_period().await;
    world.time.advance(SignedDuration::from_mins(20));
    map(&world, json!([heat("both")]), None).await;
    world.pass_period().await;
    let shown = |name: &str| {
        let lead = world.helloleads.leads().into_iter().find(|lead| lead["first_name"] == name).unwrap();
        let contact = world.ghl.contacts(LOCATION).into_iter().find(|one| one["firstName"] == name).unwrap();
        (lead["custfields"]["8"].clone(), contact["customFields"][0]["value"].clone())
    };
    assert_eq!(shown("Bo"), (json!("High"), json!("Hot")));
    assert_eq!(shown("Cy"), (json!("Low"), json!("Cold")));
    let (left, right) = shown("Ann");
    assert!([("High", "Hot"), ("Low", "Cold")].contains(&(left.as_str().unwrap(), right.as_str().unwrap())));
    let journal = ConflictJournal::new(world.table.clone(), world.connection());
    assert_eq!(journal.all(world.time.now()).await.unwrap().len(), 1, "what was overruled is kept");
    assert_quiet(&world).await;
}

#[tokio::test]
async fn a_wider_filter_brings_in_whom_a_narrower_one_left_out() {
    let world = world_with_fields().await;
    let of = |name: &str| json!({ "all": [{ "what": "first_name", "is": "is", "value": name }] });
    map(&world, json!([]), Some(of("Nobody"))).await;
    world.helloleads.person_creates_lead(lead(json!({})));
    world.ghl.person_creates_contact(LOCATION, json!({ "firstName": "Bo", "email": "bo@example.com" }));
    world.pass_period().await;
    assert_eq!((world.ghl.contacts(LOCATION).len(), parked(&world).await.len()), (1, 2));
    map(&world, json!([]), None).await;
    assert_eq!((world.ghl.contacts(LOCATION).len(), parked(&world).await.len()), (2, 0));
    assert!(world.helloleads.leads().iter().any(|lead| lead["first_name"] == "Bo"));
}
