//! What a synced change costs in API calls. Polls are counted apart.

use jiff::SignedDuration;
use sandbox::world::{LOCATION, World};
use serde_json::json;

use crate::contact_sync::{able_world, ann, ann_as_lead, only_lead};

/// The calls of one step: GHL's, HelloLeads' writes, and its polls.
struct Count<'a> {
    world: &'a World,
    marks: (usize, usize),
}

impl<'a> Count<'a> {
    fn begin(world: &'a World) -> Self {
        Self { world, marks: (world.ghl.calls().len(), world.helloleads.calls().len()) }
    }

    fn end(self) -> (Vec<String>, Vec<String>, usize) {
        let ghl = self.world.ghl.calls().names_since(self.marks.0);
        let ghl = ghl.into_iter().filter(|name| name != "POST /contacts/search").collect();
        let helloleads = self.world.helloleads.calls().names_since(self.marks.1);
        let (polls, writes): (Vec<_>, Vec<_>) = helloleads.into_iter().partition(|name| name == "GET /leads");
        (ghl, writes, polls.len())
    }
}

#[tokio::test]
async fn a_synced_change_costs_what_the_readme_says() {
    let world = able_world().await;
    let count = Count::begin(&world);
    let contact = world.ghl.person_creates_contact(LOCATION, ann());
    world.settle().await;
    assert_eq!(
        count.end(),
        (vec!["GET /contacts/:id".into()], vec!["POST /leads".into()], 1),
        "created in GHL"
    );

    world.time.advance(SignedDuration::from_mins(10));
    let count = Count::begin(&world);
    world.ghl.person_edits_contact(LOCATION, &contact, json!({ "city": "Leeds" }));
    world.settle().await;
    assert_eq!(
        count.end(),
        (vec!["GET /contacts/:id".into()], vec!["PUT /lead/:id".into()], 1),
        "edited in GHL"
    );

    world.time.advance(SignedDuration::from_mins(10));
    let count = Count::begin(&world);
    world.helloleads.person_edits_lead(only_lead(&world)["id"].as_str().unwrap(), json!({ "city": "York" }));
    world.pass_period().await;
    let edited = vec!["GET /contacts/:id".to_owned(), "PUT /contacts/:id".to_owned()];
    assert_eq!(count.end(), (edited, vec![], 1), "edited in HelloLeads, its echo included");

    world.time.advance(SignedDuration::from_mins(10));
    let count = Count::begin(&world);
    let mut lead = ann_as_lead();
    lead["email"] = json!("bo@example.com");
    world.helloleads.person_creates_lead(lead);
    world.pass_period().await;
    let created = vec!["GET /contacts/search/duplicate".to_owned(), "POST /contacts/".to_owned()];
    assert_eq!(count.end(), (created, vec![], 1), "created in HelloLeads, its echo included");
}

#[tokio::test]
async fn an_idle_period_costs_two_calls_however_many_contacts_there_are() {
    for people in [1, 60] {
        let world = able_world().await;
        for number in 0..people {
            world.time.advance(SignedDuration::from_secs(60));
            let email = format!("p{number}@example.com");
            world.ghl.person_creates_contact(LOCATION, json!({ "firstName": "P", "email": email }));
            world.settle().await;
        }
        world.time.advance(SignedDuration::from_hours(1));
        world.pass_period().await;
        let count = (world.ghl.calls().len(), world.helloleads.calls().len());
        world.time.advance(SignedDuration::from_hours(1));
        world.pass_period().await;
        let idle = (world.ghl.calls().len() - count.0, world.helloleads.calls().len() - count.1);
        assert_eq!(idle, (1, 1), "one search in GHL and one page of HelloLeads, with {people} people");
    }
}
