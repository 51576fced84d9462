//! Secrets Manager: the connections' secrets and those of the app.

use secrecy::ExposeSecret;
use shared::model::ids::{CompanyId, ConnectionId};
use shared::vault::app::{Fixed, SessionSecret};
use shared::vault::connection_secrets::{ConnectionSecret, ConnectionSecrets, HelloLeadsKey, Holder};

use super::{Place, place};

/// The secrets as one container knows them.
fn container(place: &Place) -> ConnectionSecrets {
    ConnectionSecrets::new(place.clients.secrets.clone(), format!("{}/connections/", place.name))
}

fn location() -> Holder {
    Holder::Connection(ConnectionId::parse("location1").unwrap())
}

fn secret(generation: u64, key: &str) -> ConnectionSecret {
    let key = HelloLeadsKey { api_key: key.to_owned().into(), email: "owner@example.com".to_owned() };
    ConnectionSecret { generation, ghl: None, helloleads: Some(key) }
}

fn key(secret: Option<ConnectionSecret>) -> Option<String> {
    Some(secret?.helloleads?.api_key.expose_secret().to_owned())
}

#[tokio::test]
async fn a_secret_that_was_never_written_is_none() {
    let place = place().await;
    assert!(container(&place).read(&location()).await.unwrap().is_none());
    assert!(container(&place).get(&location(), 0).await.unwrap().is_none());
}

#[tokio::test]
async fn the_first_write_makes_the_secret_and_each_later_one_replaces_its_value() {
    let place = place().await;
    let secrets = container(&place);
    for number in 1..=3 {
        secrets.write(&location(), &secret(number, &format!("key-{number}"))).await.unwrap();
        let read = container(&place).read(&location()).await.unwrap();
        assert_eq!(key(read), Some(format!("key-{number}")));
    }
}

#[tokio::test]
async fn a_container_that_knows_an_older_secret_reads_the_one_that_the_row_names() {
    let place = place().await;
    let (one, other) = (container(&place), container(&place));
    one.write(&location(), &secret(1, "old")).await.unwrap();
    assert_eq!(key(other.get(&location(), 1).await.unwrap()).as_deref(), Some("old"));
    one.write(&location(), &secret(2, "new")).await.unwrap();
    assert_eq!(key(other.get(&location(), 1).await.unwrap()).as_deref(), Some("old"), "kept");
    assert_eq!(key(other.get(&location(), 2).await.unwrap()).as_deref(), Some("new"));
}

#[tokio::test]
async fn a_location_and_an_agency_of_one_id_have_a_secret_each() {
    let place = place().await;
    let secrets = container(&place);
    let agency = Holder::Company(CompanyId::parse("location1").unwrap());
    secrets.write(&location(), &secret(1, "of the location")).await.unwrap();
    assert!(secrets.read(&agency).await.unwrap().is_none());
    secrets.write(&agency, &secret(1, "of the agency")).await.unwrap();
    assert_eq!(key(container(&place).read(&location()).await.unwrap()).as_deref(), Some("of the location"));
}

#[tokio::test]
async fn a_secret_of_the_app_is_read_and_one_of_another_form_is_not_taken() {
    let place = place().await;
    for (name, text) in [("good", r#"{"key":"sesame"}"#), ("bad", "sesame")] {
        let name = format!("{}/{name}", place.name);
        place.clients.secrets.create_secret().name(name).secret_string(text).send().await.unwrap();
    }
    let read = |name: &str| {
        let id = format!("{}/{name}", place.name);
        Fixed::<SessionSecret>::new(place.clients.secrets.clone(), id, SessionSecret::FORM)
    };
    assert_eq!(read("good").get().await.unwrap().key.expose_secret(), "sesame");
    let refused = read("bad").get().await.unwrap_err().to_string();
    assert!(refused.contains("is not of the form") && !refused.contains("sesame"), "{refused}");
    assert!(read("absent").get().await.is_err());
}
