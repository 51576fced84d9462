//! What people do in GHL's screens.

use serde_json::json;

use super::world::{HERE, World};

#[tokio::test]
async fn a_person_can_do_what_the_api_cannot() {
    let world = World::start().await;
    let id = world.fake.person_creates_contact(HERE, json!({"firstName": "Ann", "phone": "212 555 0123"}));
    let fields = json!({"companyName": "Lee Ltd", "additionalEmails": ["Second@Example.com"], "tags": ["X"]});
    world.fake.person_edits_contact(HERE, &id, fields);
    let contact = world.read(&id).await;
    assert_eq!((&contact["phone"], &contact["companyName"]), (&json!("+12125550123"), &json!("Lee Ltd")));
    assert_eq!(contact["additionalEmails"], json!([{"email": "second@example.com"}]));
    assert_eq!(contact["tags"], json!(["x"]));
    assert_eq!(contact["attributionSource"]["sessionSource"], "CRM UI");
    assert_eq!(world.fake.contact(HERE, &id), Some(contact));
}

#[tokio::test]
async fn a_person_empties_any_field() {
    let world = World::start().await;
    let fields = json!({"firstName": "Ann", "postalCode": "1", "dateOfBirth": "1990-09-25", "tags": ["a"]});
    let id = world.fake.person_creates_contact(HERE, fields);
    let emptied = json!({"postalCode": null, "country": null, "dateOfBirth": null, "tags": null});
    world.fake.person_edits_contact(HERE, &id, emptied);
    let contact = world.read(&id).await;
    assert!(["postalCode", "country", "dateOfBirth"].iter().all(|field| contact.get(field).is_none()));
    assert_eq!((&contact["firstName"], &contact["tags"]), (&json!("Ann"), &json!([])));
}

#[tokio::test]
async fn a_deleted_contact_can_come_back_under_its_id() {
    let world = World::start().await;
    let id = world.fake.person_creates_contact(HERE, json!({"firstName": "Ann"}));
    world.fake.person_deletes_contact(HERE, &id);
    assert!(world.fake.contacts(HERE).is_empty());
    world.fake.person_restores_contact(HERE, &id);
    assert_eq!(world.read(&id).await["firstName"], "Ann");
}

#[tokio::test]
async fn contacts_are_shown_oldest_first() {
    let world = World::start().await;
    let mut made = Vec::new();
    for name in ["Ann", "Bo", "Cy"] {
        made.push(world.fake.person_creates_contact(HERE, json!({"firstName": name})));
        world.advance(1);
    }
    let shown: Vec<_> = world.fake.contacts(HERE).iter().map(|contact| contact["id"].clone()).collect();
    assert_eq!(shown, made);
}

#[tokio::test]
#[should_panic(expected = "GHL's screens have no such fields")]
async fn a_field_that_does_not_exist_is_a_mistake_of_the_test() {
    World::start().await.fake.person_creates_contact(HERE, json!({"mobile": "1"}));
}
