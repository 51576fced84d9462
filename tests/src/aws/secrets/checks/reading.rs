//! How a secret is named, and faults on demand.

use super::world::{NAME, World, code, token};

#[tokio::test]
async fn a_secret_is_read_by_its_name_and_by_its_arn() {
    let world = World::start().await;
    let by_name = world.client.get_secret_value().secret_id(NAME).send().await.unwrap();
    assert_eq!(by_name.arn(), Some(world.secrets.arn(NAME).as_str()));
    let by_arn = world.client.get_secret_value().secret_id(world.secrets.arn(NAME)).send().await.unwrap();
    assert_eq!((by_arn.secret_string(), by_arn.name()), (Some("first"), Some(NAME)));
    assert_eq!(by_arn.version_stages(), ["AWSCURRENT"]);
}

#[tokio::test]
async fn a_version_is_read_by_its_id() {
    let world = World::start().await;
    world.put(&token(2), "second").await.unwrap();
    world.put(&token(3), "third").await.unwrap();
    let get = world.client.get_secret_value().secret_id(NAME).version_id(token(2));
    assert_eq!(get.clone().send().await.unwrap().secret_string(), Some("second"));
    let current = get.version_stage("AWSCURRENT").send().await.unwrap_err();
    assert_eq!(code(&current), "ResourceNotFoundException");
}

#[tokio::test]
async fn a_secret_that_is_not_there_is_an_error_that_the_sdk_knows() {
    let world = World::start().await;
    let error = world.client.get_secret_value().secret_id("none").send().await.unwrap_err();
    assert!(error.into_service_error().is_resource_not_found_exception());
    let error = world.client.put_secret_value().secret_id("none").secret_string("1").send().await;
    assert!(error.unwrap_err().into_service_error().is_resource_not_found_exception());
}

#[tokio::test]
async fn a_short_fault_is_ridden_out_and_every_try_is_counted() {
    let world = World::start().await;
    world.secrets.fail_next(2);
    assert_eq!(world.get("AWSCURRENT").await.as_deref(), Ok("first"));
    assert_eq!(world.secrets.calls("GetSecretValue"), 3);
    world.secrets.fail_next(3);
    assert_eq!(world.get("AWSCURRENT").await, Err("InternalServiceError".to_owned()));
    assert_eq!((world.secrets.calls("GetSecretValue"), world.secrets.calls("CreateSecret")), (6, 1));
}
