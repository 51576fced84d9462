//! Versions, tokens and stages.

use super::world::{NAME, World, code, token};

#[tokio::test]
async fn a_new_value_makes_the_one_before_it_the_previous_one() {
    let world = World::start().await;
    world.put(&token(2), "second").await.unwrap();
    assert_eq!(world.get("AWSCURRENT").await.as_deref(), Ok("second"));
    assert_eq!(world.get("AWSPREVIOUS").await.as_deref(), Ok("first"));
    world.put(&token(3), "third").await.unwrap();
    assert_eq!(world.get("AWSPREVIOUS").await.as_deref(), Ok("second"));
    assert_eq!(world.secrets.value(NAME).as_deref(), Some("third"));
}

#[tokio::test]
async fn the_same_token_with_the_same_value_changes_nothing() {
    let world = World::start().await;
    world.put(&token(2), "second").await.unwrap();
    world.put(&token(3), "third").await.unwrap();
    assert_eq!(world.put(&token(2), "second").await, Ok(token(2)));
    assert_eq!(world.get("AWSCURRENT").await.as_deref(), Ok("third"));
}

#[tokio::test]
async fn the_same_token_with_another_value_is_refused() {
    let world = World::start().await;
    world.put(&token(2), "second").await.unwrap();
    assert_eq!(world.put(&token(2), "other").await, Err("ResourceExistsException".to_owned()));
    assert_eq!(world.get("AWSCURRENT").await.as_deref(), Ok("second"));
}

#[tokio::test]
async fn a_token_is_made_by_the_sdk_where_none_is_given() {
    let world = World::start().await;
    for value in ["second", "second"] {
        world.client.put_secret_value().secret_id(NAME).secret_string(value).send().await.unwrap();
    }
    assert_eq!(world.get("AWSPREVIOUS").await.as_deref(), Ok("second"), "two calls, two versions");
    assert_eq!(world.put("short", "third").await, Err("InvalidParameterException".to_owned()));
}

#[tokio::test]
async fn a_value_under_another_stage_is_not_the_current_one() {
    let world = World::start().await;
    let put = world.client.put_secret_value().secret_id(NAME).secret_string("next");
    put.version_stages("AWSPENDING").send().await.unwrap();
    assert_eq!(world.get("AWSCURRENT").await.as_deref(), Ok("first"));
    assert_eq!(world.get("AWSPENDING").await.as_deref(), Ok("next"));
    assert_eq!(world.get("AWSPREVIOUS").await, Err("ResourceNotFoundException".to_owned()));
}

#[tokio::test]
async fn a_secret_is_created_once_and_a_repeat_of_the_call_is_no_second_time() {
    let world = World::start().await;
    let create = world.client.create_secret().name("new").secret_string("1").client_request_token(token(1));
    create.clone().send().await.unwrap();
    create.clone().send().await.unwrap();
    let other = create.client_request_token(token(2)).send().await.unwrap_err();
    assert_eq!(code(&other), "ResourceExistsException");
}

#[tokio::test]
async fn an_update_writes_a_version_and_a_description() {
    let world = World::start().await;
    let update = world.client.update_secret().secret_id(NAME).secret_string("second");
    update.description("tokens").send().await.unwrap();
    assert_eq!(world.get("AWSPREVIOUS").await.as_deref(), Ok("first"));
    let described = world.client.describe_secret().secret_id(NAME).send().await.unwrap();
    assert_eq!(described.description(), Some("tokens"));
    assert_eq!(described.version_ids_to_stages().unwrap().len(), 2);
}

#[tokio::test]
async fn a_secret_has_65536_bytes_at_most_and_a_plain_name() {
    let world = World::start().await;
    let most = "x".repeat(65_536);
    world.put(&token(2), &most).await.unwrap();
    assert_eq!(world.put(&token(3), &(most + "x")).await, Err("ValidationException".to_owned()));
    let named = world.client.create_secret().name("a b").secret_string("1").send().await.unwrap_err();
    assert_eq!(code(&named), "ValidationException");
}

#[tokio::test]
async fn only_writes_fail_where_only_writes_are_to() {
    let world = World::start().await;
    world.secrets.fail_writes(3);
    assert_eq!(world.get("AWSCURRENT").await.as_deref(), Ok("first"));
    assert_eq!(world.put(&token(2), "second").await, Err("InternalServiceError".to_owned()));
    assert_eq!(world.put(&token(2), "second").await, Ok(token(2)), "the fault is over");
}
