//! `PUT` and `DELETE /contacts/:id`.

use reqwest::Method;
use serde_json::{Value, json};

use super::world::{World, complaints};

#[tokio::test]
async fn only_what_is_sent_changes() {
    let world = World::start().await;
    let id = world
        .contact(json!({
            "firstName": "Ann", "email": "a@b.co", "city": "Oslo", "tags": ["vip"],
            "customFields": [{"id": "field-text", "field_value": "A"}, {"id": "field-size", "field_value": 1}],
        }))
        .await;
    world.advance(5);
    let change = json!({"city": "Bergen", "customFields": [{"id": "field-size", "field_value": 2}]});
    let (status, body) = world.update(&id, change).await;
    assert_eq!((status, &body["succeded"]), (200, &json!(true)));
    let contact = world.read(&id).await;
    assert_eq!(body["contact"], contact, "the answer is the contact as it is read");
    assert_eq!((&contact["firstName"], &contact["city"]), (&json!("Ann"), &json!("Bergen")));
    assert_eq!(contact["tags"], json!(["vip"]));
    let values = json!([{"id": "field-size", "value": 2}, {"id": "field-text", "value": "A"}]);
    assert_eq!(contact["customFields"], values);
    assert_eq!(contact["dateAdded"], "2026-11-23T14:00:00.250Z");
    assert_eq!(contact["dateUpdated"], "2026-11-23T14:00:00.255Z");
}

#[tokio::test]
async fn null_clears_what_the_schema_calls_nullable() {
    let world = World::start().await;
    let nullable = [
        "firstName",
        "lastName",
        "email",
        "phone",
        "address1",
        "city",
        "state",
        "website",
        "timezone",
        "source",
        "dateOfBirth",
        "assignedTo",
    ];
    let id = world
        .contact(json!({
            "firstName": "Ann", "lastName": "Lee", "email": "a@b.co", "phone": "+12125550123", "address1": "1 St",
            "city": "Oslo", "state": "AL", "website": "x.co", "timezone": "UTC", "source": "api",
            "dateOfBirth": "1990-09-25", "assignedTo": "user-1", "postalCode": "1", "country": "NO",
        }))
        .await;
    let cleared: serde_json::Map<String, Value> =
        nullable.iter().map(|field| ((*field).to_owned(), Value::Null)).collect();
    assert_eq!(world.update(&id, Value::Object(cleared)).await.0, 200);
    let contact = world.read(&id).await;
    assert!(nullable.iter().all(|field| contact.get(field).is_none()), "{contact}");
    assert!(contact.get("name").is_none());
    assert_eq!(
        complaints(&world.update(&id, json!({"postalCode": null})).await),
        ["postalCode must be a string"]
    );
    assert_eq!(complaints(&world.update(&id, json!({"country": null})).await), ["country must be a string"]);
}

#[tokio::test]
async fn an_empty_text_clears_what_is_not_nullable() {
    let world = World::start().await;
    let fields = json!({"postalCode": "1", "customFields": [{"id": "field-text", "field_value": "A"}]});
    let id = world.contact(fields).await;
    let change = json!({
        "postalCode": "", "country": "", "customFields": [{"id": "field-text", "field_value": ""}],
    });
    assert_eq!(world.update(&id, change).await.0, 200);
    let contact = world.read(&id).await;
    assert!(contact.get("postalCode").is_none() && contact.get("country").is_none());
    assert_eq!(contact["customFields"], json!([]));
    world.fake.set(|switches| switches.empty_country_clears = false);
    assert_eq!(world.update(&id, json!({"country": ""})).await.0, 422);
}

#[tokio::test]
async fn an_update_takes_fewer_properties_than_a_create() {
    let world = World::start().await;
    let id = world.contact(json!({"firstName": "Ann"})).await;
    for name in ["locationId", "companyName", "gender"] {
        let answer = world.update(&id, json!({name: "x"})).await;
        assert_eq!(complaints(&answer), [format!("property {name} should not exist")]);
    }
}

#[tokio::test]
async fn tags_in_an_update_replace_all_tags() {
    let world = World::start().await;
    let id = world.contact(json!({"tags": ["a", "b"]})).await;
    let (_, body) = world.update(&id, json!({"tags": ["C ", "b"]})).await;
    assert_eq!(body["contact"]["tags"], json!(["c", "b"]));
}

#[tokio::test]
async fn an_update_may_not_take_another_contacts_phone() {
    let world = World::start().await;
    let holder = world.contact(json!({"firstName": "Bo", "phone": "+12125550123"})).await;
    let id = world.contact(json!({"firstName": "Ann", "email": "a@b.co"})).await;
    let (status, body) = world.update(&id, json!({"city": "Oslo", "phone": "(212) 555-0123"})).await;
    assert_eq!(status, 400);
    let expected = json!({"contactId": holder, "contactName": "Bo", "matchingField": "phone"});
    assert_eq!(body["meta"], expected);
    assert!(world.read(&id).await.get("city").is_none(), "nothing of the update was written");
    assert_eq!(world.update(&id, json!({"email": "A@B.CO"})).await.0, 200, "its own e-mail is no duplicate");
}

#[tokio::test]
async fn do_not_disturb_is_kept_by_channel() {
    let world = World::start().await;
    let id = world.contact(json!({"firstName": "Ann"})).await;
    let settings = json!({"SMS": {"status": "active", "message": "asked us to", "code": "103"}});
    world.update(&id, json!({"dnd": true, "dndSettings": settings})).await;
    let contact = world.read(&id).await;
    assert_eq!((&contact["dnd"], &contact["dndSettings"]), (&json!(true), &settings));
}

#[tokio::test]
async fn a_deleted_contact_is_unknown_with_400() {
    let world = World::start().await;
    let id = world.contact(json!({"firstName": "Ann"})).await;
    let path = format!("/contacts/{id}");
    assert_eq!(world.send(Method::DELETE, &path, json!({})).await, (200, json!({"succeded": true})));
    let unknown = (400, json!({"statusCode": 400, "message": format!("Contact with id {id} not found")}));
    assert_eq!(world.get(&path).await, unknown);
    assert_eq!(world.update(&id, json!({"city": "Oslo"})).await, unknown);
    assert_eq!(world.send(Method::DELETE, &path, json!({})).await, unknown);
    assert_eq!(world.send(Method::POST, &format!("{path}/tags"), json!({"tags": ["a"]})).await, unknown);
    assert_eq!(world.fake.contact(super::world::HERE, &id), None);
}

#[tokio::test]
async fn a_body_that_is_not_json_is_refused() {
    let world = World::start().await;
    let id = world.contact(json!({})).await;
    let request = world.request(Method::PUT, &format!("/contacts/{id}"));
    let request = request.header("content-type", "application/json").body("[]");
    assert_eq!(super::world::answer(request).await.0, 400);
}
