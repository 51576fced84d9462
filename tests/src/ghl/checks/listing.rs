//! The deprecated lists, custom fields, users and the location itself.

use serde_json::{Value, json};

use super::world::{AGENCY, HERE, World};

fn ids(body: &Value) -> Vec<&str> {
    body["contacts"].as_array().unwrap().iter().map(|row| row["id"].as_str().unwrap()).collect()
}

#[tokio::test]
async fn the_list_goes_on_where_both_halves_of_its_cursor_say() {
    let world = World::start().await;
    let mut made = Vec::new();
    for _ in 0..5 {
        made.push(world.contact(json!({})).await);
        world.advance(1);
    }
    made.reverse();
    let mut path = format!("/contacts/?locationId={HERE}&limit=2");
    let mut listed = Vec::new();
    loop {
        let (_, body) = world.get(&path).await;
        listed.extend(ids(&body).into_iter().map(str::to_owned));
        assert_eq!(body["meta"]["total"], 5);
        let (Some(after), Some(id)) =
            (body["meta"]["startAfter"].as_i64(), body["meta"]["startAfterId"].as_str())
        else {
            break;
        };
        path = format!("/contacts/?locationId={HERE}&limit=2&startAfter={after}&startAfterId={id}");
    }
    assert_eq!(listed, made);
}

#[tokio::test]
async fn half_a_cursor_gives_the_first_page_again() {
    let world = World::start().await;
    for _ in 0..3 {
        world.contact(json!({})).await;
    }
    let first = world.get(&format!("/contacts/?locationId={HERE}&limit=2")).await.1;
    let half = first["meta"]["startAfter"].to_string();
    let again = world.get(&format!("/contacts/?locationId={HERE}&limit=2&startAfter={half}")).await.1;
    assert_eq!(ids(&first), ids(&again));
}

#[tokio::test]
async fn the_list_holds_twenty_contacts_and_at_most_a_hundred() {
    let world = World::start().await;
    for number in 0..21 {
        world.fake.person_creates_contact(HERE, json!({"firstName": format!("Ann {number}")}));
    }
    let (_, body) = world.get(&format!("/contacts/?locationId={HERE}")).await;
    assert_eq!((ids(&body).len(), &body["count"]), (20, &json!(20)));
    let (_, body) = world.get(&format!("/contacts/?locationId={HERE}&query=ANN%2020")).await;
    assert_eq!(body["contacts"][0]["contactName"], "Ann 20");
    assert_eq!(world.get(&format!("/contacts/?locationId={HERE}&limit=101")).await.0, 422);
    assert_eq!(world.get("/contacts/").await.0, 422);
}

#[tokio::test]
async fn a_businesss_contacts_are_listed() {
    let world = World::start().await;
    let staff = world.fake.person_creates_contact(HERE, json!({"firstName": "Ann", "businessId": "b-1"}));
    world.fake.person_creates_contact(HERE, json!({"firstName": "Bo", "businessId": "b-2"}));
    let (status, body) = world.get(&format!("/contacts/business/b-1?locationId={HERE}")).await;
    assert_eq!((status, ids(&body), &body["count"]), (200, vec![staff.as_str()], &json!(1)));
    let (_, body) = world.get(&format!("/contacts/business/b-1?locationId={HERE}&skip=1")).await;
    assert!(ids(&body).is_empty());
}

#[tokio::test]
async fn custom_fields_are_listed_by_model() {
    let world = World::start().await;
    let path = format!("/locations/{HERE}/customFields");
    let (status, body) = world.get(&format!("{path}?model=contact")).await;
    assert_eq!(status, 200);
    let expected = json!({
        "id": "field-text", "name": "field-text", "fieldKey": "contact.lead_code", "dataType": "TEXT",
        "placeholder": "", "position": 0, "model": "contact", "locationId": HERE,
    });
    assert_eq!(body["customFields"][0], expected);
    assert_eq!(world.get(&format!("{path}?model=opportunity")).await.1["customFields"], json!([]));
    assert_eq!(world.get(&format!("{path}?model=lead")).await.0, 422);
}

#[tokio::test]
async fn users_are_listed_in_pages() {
    let world = World::start().await;
    for (id, name) in [("u-1", "Ann Lee"), ("u-2", "Bo")] {
        world.fake.add_user(HERE, json!({"id": id, "name": name, "email": format!("{id}@example.com")}));
    }
    let (status, body) =
        world.get(&format!("/users/search?companyId={AGENCY}&locationId={HERE}&limit=1")).await;
    assert_eq!((status, &body["count"]), (200, &json!(2)));
    let user = &body["users"][0];
    assert_eq!(
        (&user["id"], &user["firstName"], &user["lastName"]),
        (&json!("u-1"), &json!("Ann"), &json!("Lee"))
    );
    let (_, body) = world.get(&format!("/users/search?companyId={AGENCY}&skip=1")).await;
    assert_eq!(body["users"][0]["email"], "u-2@example.com");
    assert_eq!(world.get(&format!("/users/search?locationId={HERE}")).await.0, 422);
}

#[tokio::test]
async fn a_location_tells_its_country_and_time_zone() {
    let world = World::start().await;
    let (status, body) = world.get(&format!("/locations/{HERE}")).await;
    let location = &body["location"];
    assert_eq!(
        (status, &location["country"], &location["timezone"]),
        (200, &json!("US"), &json!("America/New_York"))
    );
    assert_eq!(
        (&location["companyId"], &location["settings"]["allowDuplicateContact"]),
        (&json!(AGENCY), &json!(false))
    );
}
