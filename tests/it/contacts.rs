//! Contacts and their tags, both ways.

use sandbox::world::{LOCATION, Options, World};
use serde_json::json;

#[tokio::test]
async fn a_contact_made_in_ghl_becomes_a_lead() {
    let world = World::start(Options::default()).await;
    world.connect(&[]).await;
    world.ghl.person_creates_contact(
        LOCATION,
        json!({ "firstName": "Ann", "lastName": "Lee", "email": "ann@example.com", "tags": ["VIP"] }),
    );
    world.settle().await;
    let leads = world.helloleads.leads();
    assert_eq!(leads.len(), 1, "{leads:?}");
    assert_eq!(leads[0]["email"], "ann@example.com");
    assert_eq!(leads[0]["tags"], "vip");
}

#[tokio::test]
async fn a_lead_made_in_helloleads_becomes_a_contact() {
    let world = World::start(Options::default()).await;
    world.connect(&[]).await;
    world.helloleads.person_creates_lead(
        json!({ "first_name": "Bo", "mobile": "+919876543210", "list_key": sandbox::world::LIST }),
    );
    world.pass_period().await;
    let contacts = world.ghl.contacts(LOCATION);
    assert_eq!(contacts.len(), 1, "{contacts:?}");
    assert_eq!(contacts[0]["phone"], "+919876543210");
}
