//! `POST /contacts/`, and what GHL makes of the values.

use serde_json::json;

use super::world::{HERE, World, complaints};
use crate::ghl::LocationSettings;

#[tokio::test]
async fn a_created_contact_is_answered_in_full_and_in_its_own_shape() {
    let world = World::start().await;
    let (status, body) = world
        .create(json!({
            "firstName": "Ann", "lastName": "Lee", "email": "Ann@Example.COM", "phone": "(212) 555-0123",
            "companyName": "Lee Ltd", "dateOfBirth": "09/25/1990", "tags": [" Hot Lead", "hot lead", "VIP"],
            "customFields": [{"id": "field-text", "field_value": "A-1"}],
        }))
        .await;
    assert_eq!(status, 201);
    let expected = json!({
        "id": body["contact"]["id"], "locationId": HERE, "type": "lead",
        "firstName": "Ann", "firstNameLowerCase": "ann", "lastName": "Lee", "lastNameLowerCase": "lee",
        "fullNameLowerCase": "ann lee", "email": "ann@example.com", "emailLowerCase": "ann@example.com",
        "phone": "+12125550123", "companyName": "Lee Ltd", "country": "US", "dnd": false,
        "tags": ["hot lead", "vip"], "customFields": [{"id": "field-text", "value": "A-1"}],
        "dateOfBirth": "1990-09-25T00:00:00.000Z", "birthMonth": 9, "birthDay": 25,
        "dateAdded": "2026-11-23T14:00:00.250Z", "dateUpdated": "2026-11-23T14:00:00.250Z",
        "deleted": false, "bounceEmail": false, "unsubscribeEmail": false,
    });
    assert_eq!(body["contact"], expected);
    let id = body["contact"]["id"].as_str().unwrap();
    assert!(id.len() == 20 && id.bytes().all(|byte| byte.is_ascii_alphanumeric()), "{id}");
}

#[tokio::test]
async fn reading_shows_a_date_of_birth_as_a_date_and_leaves_empty_fields_out() {
    let world = World::start().await;
    let id = world.contact(json!({"firstName": "Ann", "dateOfBirth": "1990_09_25"})).await;
    let expected = json!({
        "id": id, "locationId": HERE, "type": "lead", "name": "Ann", "firstName": "Ann",
        "firstNameLowerCase": "ann", "fullNameLowerCase": "ann", "country": "US", "dnd": false, "tags": [],
        "customFields": [], "additionalEmails": [], "dateOfBirth": "1990-09-25",
        "dateAdded": "2026-11-23T14:00:00.250Z", "dateUpdated": "2026-11-23T14:00:00.250Z",
    });
    assert_eq!(world.read(&id).await, expected);
}

#[tokio::test]
async fn properties_that_the_schema_does_not_list_are_refused() {
    let world = World::start().await;
    let answer = world.create(json!({"firstName": "Ann", "additionalEmails": [], "mobile": "1"})).await;
    let expected = ["property additionalEmails should not exist", "property mobile should not exist"];
    assert_eq!(complaints(&answer), expected);
    assert!(world.fake.contacts(HERE).is_empty());
}

#[tokio::test]
async fn values_of_the_wrong_type_are_refused() {
    let world = World::start().await;
    for (body, complaint) in [
        (json!({"firstName": 1}), "firstName must be a string"),
        (json!({"postalCode": null}), "postalCode must be a string"),
        (json!({"source": null}), "source must be a string"),
        (json!({"dnd": "yes"}), "dnd must be a boolean value"),
        (json!({"tags": "vip"}), "tags must be an array"),
        (json!({"tags": [1]}), "each value in tags must be a string"),
        (json!({"customFields": {}}), "customFields must be an array"),
        (json!({"customFields": [{"field_value": "x"}]}), "customFields.0.id must be a string"),
        (
            json!({"customFields": [{"id": "field-text", "value": "x"}]}),
            "customFields.0.property value should not exist",
        ),
        (json!({"dndSettings": {"sms": {}}}), "dndSettings.property sms should not exist"),
        (
            json!({"dndSettings": {"SMS": {"status": "on"}}}),
            "dndSettings.SMS.status must be one of: active, inactive, permanent",
        ),
        (json!({"email": "ann"}), "email must be an email"),
        (json!({"country": "USA"}), "country must be a valid ISO31661 Alpha2 code"),
        (json!({"dateOfBirth": "25-09-1990"}), "dateOfBirth must be a valid date"),
        (json!({"customFields": [{"id": "nope", "field_value": "x"}]}), "Custom field nope does not exist"),
    ] {
        assert_eq!(complaints(&world.create(body).await), [complaint]);
    }
    assert!(world.fake.contacts(HERE).is_empty());
}

#[tokio::test]
async fn the_location_must_be_named() {
    let world = World::start().await;
    let answer = world.send(reqwest::Method::POST, "/contacts/", json!({"firstName": "Ann"})).await;
    assert_eq!(complaints(&answer), ["locationId should not be empty"]);
}

#[tokio::test]
async fn a_phone_that_cannot_be_read_refuses_the_whole_contact() {
    let world = World::start().await;
    let answer = world.create(json!({"firstName": "Ann", "phone": "+999 1234567"})).await;
    assert_eq!(answer, (400, json!({"statusCode": 400, "message": "Invalid country calling code"})));
    assert!(world.fake.contacts(HERE).is_empty());
}

#[tokio::test]
async fn phone_and_country_follow_the_location() {
    let settings = LocationSettings { country: "IN", ..LocationSettings::default() };
    let world = World::with(settings).await;
    let id = world.contact(json!({"phone": "98765 43210"})).await;
    let contact = world.read(&id).await;
    assert_eq!((&contact["phone"], &contact["country"]), (&json!("+919876543210"), &json!("IN")));
}

#[tokio::test]
async fn a_whole_name_is_split() {
    let world = World::start().await;
    let id = world.contact(json!({"name": "Ann van Dyke"})).await;
    let contact = world.read(&id).await;
    assert_eq!((&contact["firstName"], &contact["lastName"]), (&json!("Ann"), &json!("van Dyke")));
}

#[tokio::test]
async fn custom_values_are_stored_by_the_type_of_their_field() {
    let world = World::start().await;
    let sent = json!([
        {"key": "lead_code", "fieldValue": "A-1"},
        {"id": "field-size", "field_value": "12.5"},
        {"id": "field-list", "field_value": "red"},
    ]);
    let id = world.contact(json!({"customFields": sent})).await;
    let expected = json!([
        {"id": "field-list", "value": ["red"]},
        {"id": "field-size", "value": 12.5},
        {"id": "field-text", "value": "A-1"},
    ]);
    assert_eq!(world.read(&id).await["customFields"], expected);
    let answer = world.create(json!({"customFields": [{"id": "field-size", "field_value": "big"}]})).await;
    assert_eq!(complaints(&answer), ["contact.deal_size must be a number"]);
}

#[tokio::test]
async fn a_duplicate_is_refused_with_the_contact_it_doubles() {
    let world = World::start().await;
    let ann = json!({"firstName": "Ann", "lastName": "Lee", "email": "a@b.co", "phone": "+12125550123"});
    let id = world.contact(ann).await;
    let refused = |field: &str| {
        let meta = json!({"contactId": id, "contactName": "Ann Lee", "matchingField": field});
        let message = "This location does not allow duplicated contacts.";
        (400, json!({"statusCode": 400, "message": message, "meta": meta}))
    };
    assert_eq!(world.create(json!({"email": "A@B.co", "phone": "+12125550123"})).await, refused("email"));
    assert_eq!(world.create(json!({"email": "x@b.co", "phone": "212 555 0123"})).await, refused("phone"));
    assert_eq!(world.fake.contacts(HERE).len(), 1);
    world.fake.person_deletes_contact(HERE, &id);
    world.contact(json!({"email": "a@b.co"})).await;
}

#[tokio::test]
async fn a_location_can_allow_duplicates() {
    let settings = LocationSettings { allow_duplicates: true, ..LocationSettings::default() };
    let world = World::with(settings).await;
    let one = world.contact(json!({"email": "a@b.co"})).await;
    let other = world.contact(json!({"email": "a@b.co"})).await;
    assert_ne!(one, other);
}
