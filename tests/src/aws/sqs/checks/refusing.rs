//! What a message must be to be taken, and faults on demand.

use aws_sdk_sqs::operation::send_message::SendMessageError;
use aws_sdk_sqs::types::MessageAttributeValue;

use super::world::{QUEUE, World, code};

async fn refused(world: &World, group: &str, id: &str, body: &str) -> String {
    let send = world.client.send_message().queue_url(&world.url).message_body(body);
    let sent = send.message_group_id(group).message_deduplication_id(id).send().await;
    code(&sent.unwrap_err())
}

#[tokio::test]
async fn a_message_may_have_one_mebibyte_and_not_a_byte_more() {
    let world = World::start().await;
    let most = "x".repeat(1024 * 1024);
    let send = world.client.send_message().queue_url(&world.url).message_body(&most);
    send.message_group_id("a").message_deduplication_id("1").send().await.unwrap();
    assert_eq!(refused(&world, "a", "2", &(most + "x")).await, "InvalidParameterValue");
    assert_eq!(world.held(QUEUE).len(), 1);
}

#[tokio::test]
async fn a_message_needs_a_body_a_group_and_plain_ids() {
    let world = World::start().await;
    assert_eq!(refused(&world, "a", "1", "").await, "MissingParameter");
    assert_eq!(refused(&world, "", "1", "1").await, "MissingParameter");
    assert_eq!(refused(&world, "a b", "1", "1").await, "InvalidParameterValue");
    assert_eq!(refused(&world, "a", &"1".repeat(129), "1").await, "InvalidParameterValue");
    assert_eq!(refused(&world, "a", "1", "\u{1}").await, "InvalidMessageContents");
    assert!(world.held(QUEUE).is_empty());
}

#[tokio::test]
async fn what_the_stand_in_does_not_do_it_refuses() {
    let world = World::start().await;
    let send = world.client.send_message().queue_url(&world.url).message_body("1");
    let send = send.message_group_id("a").message_deduplication_id("1");
    let delayed = send.clone().delay_seconds(5).send().await.unwrap_err();
    assert_eq!(code(&delayed), "InvalidParameterValue");
    let value = MessageAttributeValue::builder().data_type("Number").string_value("1").build().unwrap();
    let attributed = send.message_attributes("one", value).send().await.unwrap_err();
    assert_eq!(code(&attributed), "AWS.SimpleQueueService.UnsupportedOperation");
}

#[tokio::test]
async fn an_unknown_queue_is_an_error_that_the_sdk_knows() {
    let world = World::start().await;
    let send = world.client.send_message().queue_url(format!("{}x", world.url)).message_body("1");
    let error = send.message_group_id("a").message_deduplication_id("1").send().await.unwrap_err();
    assert!(matches!(error.into_service_error(), SendMessageError::QueueDoesNotExist(_)));
}

#[tokio::test]
async fn a_short_fault_is_ridden_out_by_the_sdk_and_a_long_one_is_seen() {
    let world = World::start().await;
    world.sqs.fail_next(2);
    world.send("a", "1").await;
    world.sqs.fail_next(3);
    assert_eq!(refused(&world, "a", "2", "2").await, "InternalError");
    world.send("a", "3").await;
    assert_eq!(world.held(QUEUE), ["1", "3"]);
}

#[tokio::test]
async fn only_sends_fail_on_demand() {
    let world = World::start().await;
    world.send("a", "1").await;
    world.sqs.fail_next(100);
    assert_eq!(world.receive_bodies().await, ["1"]);
}
