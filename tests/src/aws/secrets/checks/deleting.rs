//! Deletion with and without a recovery window.

use super::world::{NAME, World, code, token};

#[tokio::test]
async fn a_forced_deletion_is_at_once_and_frees_the_name() {
    let world = World::start().await;
    let delete = world.client.delete_secret().secret_id(NAME).force_delete_without_recovery(true);
    delete.clone().send().await.unwrap();
    assert_eq!(world.get("AWSCURRENT").await, Err("ResourceNotFoundException".to_owned()));
    delete.send().await.expect("what is deleted can be deleted again");
    world.client.create_secret().name(NAME).secret_string("new").send().await.unwrap();
    assert_eq!(world.secrets.value(NAME).as_deref(), Some("new"));
}

#[tokio::test]
async fn a_secret_that_waits_for_its_deletion_is_neither_read_nor_written_and_keeps_its_name() {
    let world = World::start().await;
    world.client.delete_secret().secret_id(NAME).send().await.unwrap();
    assert_eq!(world.get("AWSCURRENT").await, Err("InvalidRequestException".to_owned()));
    assert_eq!(world.put(&token(2), "second").await, Err("InvalidRequestException".to_owned()));
    let created = world.client.create_secret().name(NAME).secret_string("new").send().await.unwrap_err();
    assert_eq!(code(&created), "InvalidRequestException");
    assert_eq!(world.secrets.value(NAME), None);
    assert_eq!(world.secrets.names(), [NAME]);
}

#[tokio::test]
async fn deleting_what_is_not_there_is_refused_unless_forced() {
    let world = World::start().await;
    let deleted = world.client.delete_secret().secret_id("none").send().await.unwrap_err();
    assert_eq!(code(&deleted), "ResourceNotFoundException");
}
