//! What is the same message sent again.

use super::world::{QUEUE, World, code, receipt};
use crate::aws::sqs::{Scope, Settings};

const FIVE_MINUTES: i64 = 300;

#[tokio::test]
async fn a_de_duplication_id_is_remembered_for_five_minutes() {
    let world = World::start().await;
    let first = world.send("a", "1").await;
    world.pass(FIVE_MINUTES - 1);
    let again = world.send("a", "1").await;
    assert_eq!(again.message_id(), first.message_id());
    assert_eq!(again.sequence_number(), first.sequence_number());
    assert_eq!((world.held(QUEUE).len(), world.sqs.sends()), (1, 1));
    world.pass(1);
    assert_ne!(world.send("a", "1").await.message_id(), first.message_id());
    assert_eq!((world.held(QUEUE).len(), world.sqs.sends()), (2, 2));
}

#[tokio::test]
async fn a_deleted_message_is_remembered_too() {
    let world = World::start().await;
    world.send("a", "1").await;
    let received = world.receive().await;
    world.delete(receipt(&received[0])).await;
    world.send("a", "1").await;
    assert!(world.held(QUEUE).is_empty());
}

#[tokio::test]
async fn the_whole_queue_is_the_scope_where_nothing_else_is_set() {
    let world = World::start().await;
    world.send("a", "1").await;
    world.send("b", "1").await;
    assert_eq!(world.held(QUEUE).len(), 1);
}

#[tokio::test]
async fn the_group_is_the_scope_where_the_queue_says_so() {
    let world = World::with(Settings { scope: Scope::MessageGroup, ..Settings::default() }).await;
    world.send("a", "1").await;
    world.send("b", "1").await;
    world.send("b", "1").await;
    assert_eq!(world.held(QUEUE).len(), 2);
}

#[tokio::test]
async fn a_message_without_an_id_is_refused_unless_the_content_counts() {
    let world = World::start().await;
    let send = world.client.send_message().queue_url(&world.url).message_body("1").message_group_id("a");
    let refused = send.clone().send().await.unwrap_err();
    assert_eq!(code(&refused), "InvalidParameterValue");
    let world = World::with(Settings { content_based: true, ..Settings::default() }).await;
    for body in ["1", "1", "2"] {
        let send = world.client.send_message().queue_url(&world.url).message_body(body);
        send.message_group_id("a").send().await.unwrap();
    }
    assert_eq!(world.held(QUEUE), ["1", "2"]);
}
