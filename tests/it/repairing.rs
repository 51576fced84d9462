//! What a person does about a conflict or a stuck record by a button, and what the figures of a day say.

use jiff::SignedDuration;
use sandbox::world::{LOCATION, World};
use serde_json::json;

use crate::contact_sync::{able_world, ann, assert_agreed, only_contact, only_lead, parked, plain_world};

async fn page(world: &World, tab: &str) -> String {
    world.get(&format!("/connections/{LOCATION}{tab}")).await.text().await.unwrap()
}

/// Sends the first form of a page whose button says this, as a browser does.
pub async fn press(world: &World, tab: &str, button: &str, more: &[(&str, &str)]) {
    let page = page(world, tab).await;
    let forms: Vec<&str> =
        page.split("<form").skip(1).map(|form| form.split("</form>").next().unwrap()).collect();
    let form = forms.iter().find(|form| form.contains(button));
    let form = form.unwrap_or_else(|| panic!("no button says {button}: {page}"));
    let between = |text: &str, begin: &str| text.split_once(begin)?.1.split('"').next().map(str::to_owned);
    let action = between(form, "action=\"").unwrap();
    let hidden: Vec<(String, String)> = form
        .split("<input type=\"hidden\"")
        .skip(1)
        .map(|input| (between(input, "name=\"").unwrap(), between(input, "value=\"").unwrap()))
        .filter(|(name, _)| name != "csrf")
        .collect();
    let hidden = hidden.iter().map(|(name, value)| (name.as_str(), value.as_str()));
    let fields: Vec<(&str, &str)> = hidden.chain(more.iter().copied()).collect();
    let answer = world.post(&action, &fields).await;
    assert_eq!(answer.status(), 303, "{}", answer.text().await.unwrap());
    world.settle().await;
}

/// Ann's last name is edited on both sides; HelloLeads' is the later one, and wins.
async fn disputed() -> World {
    let world = able_world().await;
    let contact = world.ghl.person_creates_contact(LOCATION, ann());
    world.settle().await;
    world.time.advance(SignedDuration::from_mins(10));
    world.ghl.person_edits_contact(LOCATION, &contact, json!({ "lastName": "Berg" }));
    world.ghl.take_webhooks();
    world.time.advance(SignedDuration::from_mins(1));
    let lead = only_lead(&world)["id"].as_str().unwrap().to_owned();
    world.helloleads.person_edits_lead(&lead, json!({ "last_name": "Hill" }));
    world.pass_period().await;
    assert_eq!(
        (&only_contact(&world)["lastName"], &only_lead(&world)["last_name"]),
        (&json!("Hill"), &json!("Hill"))
    );
    world
}

#[tokio::test]
async fn the_other_value_of_a_conflict_comes_back_on_both_sides_by_one_click() {
    let world = disputed().await;
    let shown = page(&world, "/conflicts").await;
    for expected in ["last name", "Hill", "Berg", "Restore GHL's value"] {
        assert!(
            shown.contains(expected) || shown.contains(&expected.replace('\'', "&#39;")),
            "{expected}: {shown}"
        );
    }
    let writes = |world: &World| {
        let names = [world.ghl.calls().names_since(0), world.helloleads.calls().names_since(0)].concat();
        names.into_iter().filter(|name| name.starts_with("PUT")).count()
    };
    let before = writes(&world);
    press(&world, "/conflicts", "Restore", &[]).await;
    assert_eq!(
        (&only_contact(&world)["lastName"], &only_lead(&world)["last_name"]),
        (&json!("Berg"), &json!("Berg"))
    );
    assert_eq!(writes(&world) - before, 2, "one write on each side");
    assert!(page(&world, "/conflicts").await.contains("Put back on"));
    world.pass_period().await;
    world.pass_period().await;
    assert_eq!(writes(&world) - before, 2, "its echoes cause no write");
    assert_agreed(&world).await;
}

#[tokio::test]
async fn what_was_put_back_once_is_not_put_back_over_a_later_edit() {
    let world = disputed().await;
    let shown = page(&world, "/conflicts").await;
    press(&world, "/conflicts", "Restore", &[]).await;
    let contact = only_contact(&world)["id"].as_str().unwrap().to_owned();
    world.time.advance(SignedDuration::from_mins(10));
    world.ghl.person_edits_contact(LOCATION, &contact, json!({ "lastName": "Moss" }));
    world.settle().await;
    // The page that was open before is sent once more.
    let between = |begin: &str| shown.split_once(begin).unwrap().1.split('"').next().unwrap().to_owned();
    let fields =
        ["link", "version", "field"].map(|name| (name, between(&format!("name=\"{name}\" value=\""))));
    let fields: Vec<(&str, &str)> = fields.iter().map(|(name, value)| (*name, value.as_str())).collect();
    assert_eq!(world.post(&format!("/connections/{LOCATION}/restore"), &fields).await.status(), 303);
    world.settle().await;
    assert_eq!(
        (&only_contact(&world)["lastName"], &only_lead(&world)["last_name"]),
        (&json!("Moss"), &json!("Moss"))
    );
}

#[tokio::test]
async fn a_restore_names_no_value_in_the_queue_and_a_conflict_that_is_not_ours_is_refused() {
    let world = disputed().await;
    let shown = page(&world, "/conflicts").await;
    let link = shown.split_once("name=\"link\" value=\"").unwrap().1.split('"').next().unwrap().to_owned();
    let wrong = [("link", link.as_str()), ("version", "77"), ("field", "00")];
    assert_eq!(world.post(&format!("/connections/{LOCATION}/restore"), &wrong).await.status(), 404);
    assert_eq!(world.post(&format!("/connections/{LOCATION}/restore"), &[]).await.status(), 404);
    let form = shown.split("/restore\"").nth(1).unwrap();
    let value = |name: &str| {
        let begin = format!("name=\"{name}\" value=\"");
        form.split_once(&begin).unwrap().1.split('"').next().unwrap().to_owned()
    };
    let fields = ["link", "version", "field"].map(|name| (name, value(name)));
    let fields: Vec<(&str, &str)> = fields.iter().map(|(name, value)| (*name, value.as_str())).collect();
    world.post(&format!("/connections/{LOCATION}/restore"), &fields).await;
    let queued = format!("{:?}", world.sqs.messages(sandbox::world::ERRANDS));
    assert!(queued.contains("restore"), "{queued}");
    for word in ["Berg", "Hill", "last_name"] {
        assert!(!queued.contains(word), "{word} stands in the queue");
    }
    world.settle().await;
}

#[tokio::test]
async fn another_rule_holds_for_the_next_conflict() {
    let world = disputed().await;
    press(&world, "/conflicts", "Change the rule", &[("conflict", "ghl_wins")]).await;
    let contact = only_contact(&world)["id"].as_str().unwrap().to_owned();
    let lead = only_lead(&world)["id"].as_str().unwrap().to_owned();
    world.time.advance(SignedDuration::from_mins(10));
    world.ghl.person_edits_contact(LOCATION, &contact, json!({ "lastName": "Moss" }));
    world.ghl.take_webhooks();
    world.time.advance(SignedDuration::from_mins(1));
    world.helloleads.person_edits_lead(&lead, json!({ "last_name": "Later" }));
    world.pass_period().await;
    assert_eq!(only_lead(&world)["last_name"], "Moss");
    assert_eq!(
        world.post(&format!("/connections/{LOCATION}/rule"), &[("conflict", "luck")]).await.status(),
        422
    );
}

#[tokio::test]
async fn a_stuck_record_is_tried_again_when_a_person_says_so() {
    let world = plain_world().await;
    let contact = world.ghl.person_creates_contact(LOCATION, json!({ "firstName": "No address" }));
    world.settle().await;
    assert!(page(&world, "/stuck").await.contains("Needs a person: 1"));
    press(&world, "/stuck", "Retry", &[]).await;
    assert_eq!(parked(&world).await.len(), 1, "nothing has changed: it is listed again");
    world.ghl.person_edits_contact(LOCATION, &contact, json!({ "email": "late@example.com" }));
    world.ghl.take_webhooks();
    press(&world, "/stuck", "Retry", &[]).await;
    assert_eq!(only_lead(&world)["email"], "late@example.com");
    assert_agreed(&world).await;
}

#[tokio::test]
async fn a_record_that_is_ignored_stays_out_until_a_person_wants_it_after_all() {
    let world = plain_world().await;
    let contact = world.ghl.person_creates_contact(LOCATION, json!({ "firstName": "No address" }));
    world.settle().await;
    press(&world, "/stuck", "Ignore", &[]).await;
    let shown = page(&world, "/stuck").await;
    assert!(shown.contains("Needs a person: 0") && shown.contains("Left alone on purpose: 1"), "{shown}");
    world.ghl.person_edits_contact(LOCATION, &contact, json!({ "email": "late@example.com" }));
    world.settle().await;
    world.pass_day().await;
    assert!(world.helloleads.leads().is_empty(), "neither its webhook nor the sweep brings it over");
    press(&world, "/stuck", "Sync it after all", &[]).await;
    assert_eq!(only_lead(&world)["email"], "late@example.com");
    assert_agreed(&world).await;
}

#[tokio::test]
async fn a_linked_record_cannot_be_ignored() {
    let world = plain_world().await;
    let contact = world.ghl.person_creates_contact(LOCATION, ann());
    world.settle().await;
    let record = [("kind", "contact"), ("side", "ghl"), ("id", contact.as_str())];
    let answer = world.post(&format!("/connections/{LOCATION}/stuck/ignore"), &record).await;
    assert_eq!(answer.status(), 409);
    world.time.advance(SignedDuration::from_mins(10));
    world.ghl.person_edits_contact(LOCATION, &contact, json!({ "city": "Leeds" }));
    world.settle().await;
    assert_eq!(only_lead(&world)["city"], "Leeds");
}

#[tokio::test]
async fn a_stuck_contact_is_linked_to_the_lead_that_a_person_names() {
    let world = able_world().await;
    // Neither has an address by which anybody could tell that they are the same.
    let contact = world.ghl.person_creates_contact(LOCATION, json!({ "firstName": "Ann", "city": "Leeds" }));
    let lead = json!({ "list_key": sandbox::world::LIST, "first_name": "Ann", "last_name": "Lee" });
    let lead = world.helloleads.person_creates_lead(lead);
    world.settle().await;
    world.pass_period().await;
    assert_eq!(parked(&world).await.len(), 2);
    assert!(page(&world, "/stuck").await.contains("Link to"));
    let join = async |with: &str| {
        let form = [("kind", "contact"), ("side", "ghl"), ("id", contact.as_str()), ("with", with)];
        let status = world.post(&format!("/connections/{LOCATION}/stuck/join"), &form).await.status();
        world.settle().await;
        status
    };
    assert_eq!(join("a b").await, 422);
    assert_eq!(join("999999999").await, 303);
    assert!(page(&world, "/stuck").await.contains("which is not there; choose another one"));
    assert_eq!(join(&lead).await, 303);
    world.pass_period().await;
    assert_eq!(
        (&only_contact(&world)["lastName"], &only_lead(&world)["city"]),
        (&json!("Lee"), &json!("Leeds"))
    );
    assert_eq!(parked(&world).await, []);
}

#[tokio::test]
async fn the_page_says_what_was_done_today_and_how_long_it_took() {
    let world = plain_world().await;
    world.ghl.person_creates_contact(LOCATION, ann());
    world.time.advance(SignedDuration::from_secs(7));
    world.settle().await;
    let shown = page(&world, "").await;
    for expected in [
        "<dt>Changes today</dt><dd>1<small>1 in 24 hours",
        ">Contacts in both</a></dt><dd>1<",
        "in 10 s",
        "just now",
        "10:00 UTC: 1",
    ] {
        assert!(shown.contains(expected), "{expected}: {shown}");
    }
    world.time.advance(SignedDuration::from_hours(24));
    let shown = page(&world, "").await;
    assert!(shown.contains("<dt>Changes today</dt><dd>0<small>0 in 24 hours"), "{shown}");
}

#[tokio::test]
async fn the_list_of_what_is_in_sync_leaves_out_what_is_stuck_and_goes_on_page_by_page() {
    let world = able_world().await;
    for number in 0..101 {
        let person = json!({ "firstName": "Ann", "email": format!("ann{number}@example.com") });
        world.ghl.person_creates_contact(LOCATION, person);
    }
    let stuck = world.ghl.person_creates_contact(LOCATION, ann());
    world.settle().await;
    let taken = json!({ "email": "ann0@example.com" });
    let leads = world.helloleads.leads();
    let own = leads.iter().find(|lead| lead["email"] == ann()["email"]).expect("it was created there");
    world.helloleads.person_edits_lead(own["id"].as_str().unwrap(), taken);
    world.pass_period().await;
    let first = page(&world, "/in-sync").await;
    let next = first
        .split("/in-sync?after=")
        .nth(1)
        .and_then(|rest| rest.split('"').next())
        .expect("there are more");
    let second = page(&world, &format!("/in-sync?after={next}")).await;
    assert!(!second.contains("The next ones"), "that was the last page: {second}");
    let both = format!("{first}{second}");
    assert_eq!(both.matches("/history?id=").count(), 101, "{both}");
    assert!(!both.contains(&stuck), "{stuck} needs a person: {both}");
    assert!(page(&world, "/stuck").await.contains(&stuck));
}

#[tokio::test]
async fn the_history_of_a_contact_says_what_was_written_where_and_what_brought_it() {
    let world = able_world().await;
    let contact = world.ghl.person_creates_contact(LOCATION, ann());
    world.settle().await;
    world.time.advance(SignedDuration::from_mins(10));
    world.ghl.person_edits_contact(LOCATION, &contact, json!({ "city": "Leeds" }));
    let hooks = world.ghl.take_webhooks();
    let delivery: serde_json::Value = serde_json::from_slice(&hooks[0].body).unwrap();
    for hook in &hooks {
        world.ghl.deliver(hook).await;
    }
    world.settle().await;
    let lead = only_lead(&world)["id"].as_str().unwrap().to_owned();
    for id in [contact.as_str(), lead.as_str()] {
        let shown = page(&world, &format!("/history?id={id}")).await;
        for expected in ["Created in HelloLeads", "first name, ", "Changed in HelloLeads", ">address<"] {
            assert!(shown.contains(expected), "{expected}: {shown}");
        }
        assert!(shown.contains(delivery["webhookId"].as_str().unwrap()), "{delivery}: {shown}");
        assert!(!shown.contains("Leeds"), "the history holds no value");
        assert_eq!(shown.matches("Changed in").count(), 1, "its echo is no change");
    }
    world.time.advance(SignedDuration::from_mins(10));
    world.ghl.person_deletes_contact(LOCATION, &contact);
    world.settle().await;
    let shown = page(&world, &format!("/history?id={contact}")).await;
    assert!(shown.contains("Marked, and left alone from then on, in HelloLeads"), "{shown}");
    assert!(page(&world, "/history?id=nobody").await.contains("No contact with this id is linked"));
    world.post(&format!("/connections/{LOCATION}/forget"), &[("side", "ghl"), ("contact", &contact)]).await;
    world.settle().await;
    let left = world.table.client().scan().table_name(world.table.name()).send().await.unwrap();
    let left = left.items().iter().filter(|item| item["pk"].as_s().unwrap().starts_with("HISTORY#")).count();
    assert_eq!(left, 0, "what is forgotten has no history");
}
