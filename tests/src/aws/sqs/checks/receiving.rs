//! Order, groups, time-outs and handles.

use std::collections::BTreeMap;

use aws_sdk_sqs::types::{Message, MessageSystemAttributeName as Name};
use jiff::SignedDuration;

use super::world::{QUEUE, VISIBILITY, World, bodies, receipt};

#[tokio::test]
async fn a_group_comes_in_the_order_it_was_sent_in() {
    let world = World::start().await;
    for body in ["1", "2", "3"] {
        world.send("a", body).await;
    }
    let received = world.receive().await;
    assert_eq!(bodies(&received), ["1", "2", "3"]);
    let sequence = |message: &Message| message.attributes().unwrap()[&Name::SequenceNumber].clone();
    assert!(received.is_sorted_by_key(sequence), "the numbers have one length, and texts compare as they do");
}

#[tokio::test]
async fn a_group_with_a_message_in_flight_is_blocked_and_others_are_not() {
    let world = World::start().await;
    world.send("a", "a1").await;
    assert_eq!(world.receive_bodies().await, ["a1"]);
    world.send("a", "a2").await;
    world.send("b", "b1").await;
    assert_eq!(world.receive_bodies().await, ["b1"]);
    assert_eq!(world.held(QUEUE), ["a1", "a2", "b1"]);
}

#[tokio::test]
async fn any_message_in_flight_blocks_its_group_even_one_behind() {
    let world = World::start().await;
    world.send("a", "a1").await;
    world.send("a", "a2").await;
    let received = world.receive().await;
    assert_eq!(world.put_off(receipt(&received[0]), 0).await, None);
    assert_eq!(world.receive_bodies().await, [""; 0], "a2 is in flight still");
    assert_eq!(world.delete(receipt(&received[1])).await, None);
    assert_eq!(world.receive_bodies().await, ["a1"]);
}

#[tokio::test]
async fn the_next_message_of_a_group_comes_once_the_first_is_deleted() {
    let world = World::start().await;
    world.send("a", "a1").await;
    let received = world.receive().await;
    world.send("a", "a2").await;
    assert_eq!(world.delete(receipt(&received[0])).await, None);
    assert_eq!(world.receive_bodies().await, ["a2"]);
}

#[tokio::test]
async fn a_message_comes_again_in_its_place_when_its_time_is_up() {
    let world = World::start().await;
    world.send("a", "a1").await;
    world.receive().await;
    world.send("a", "a2").await;
    world.pass(VISIBILITY - 1);
    assert_eq!(world.receive_bodies().await, [""; 0]);
    world.pass(1);
    assert_eq!(world.receive_bodies().await, ["a1", "a2"]);
}

#[tokio::test]
async fn a_call_may_ask_for_a_time_out_of_its_own() {
    let world = World::start().await;
    world.send("a", "a1").await;
    let receive = world.client.receive_message().queue_url(&world.url).visibility_timeout(5);
    assert_eq!(receive.send().await.unwrap().messages().len(), 1);
    world.pass(5);
    assert_eq!(world.receive_bodies().await, ["a1"]);
}

#[tokio::test]
async fn one_message_comes_where_no_number_is_asked_for() {
    let world = World::start().await;
    for body in ["1", "2"] {
        world.send("a", body).await;
    }
    let received = world.client.receive_message().queue_url(&world.url).send().await.unwrap();
    assert_eq!(bodies(received.messages()), ["1"]);
    assert!(received.messages()[0].attributes().is_none_or(|attributes| attributes.is_empty()));
}

#[tokio::test]
async fn a_message_carries_its_attributes_and_its_checksum() {
    let world = World::start().await;
    let sent = world.send("a", "hello").await;
    world.pass(1);
    world.receive().await;
    world.pass(VISIBILITY);
    let received = world.receive().await.remove(0);
    let attributes = received.attributes().unwrap();
    let attributes: BTreeMap<&str, &str> =
        attributes.iter().map(|(name, value)| (name.as_str(), value.as_str())).collect();
    assert_eq!(attributes["MessageGroupId"], "a");
    assert_eq!(attributes["MessageDeduplicationId"], "hello");
    assert_eq!(attributes["ApproximateReceiveCount"], "2");
    assert_eq!(attributes["SentTimestamp"], "1795428000000");
    assert_eq!(attributes["ApproximateFirstReceiveTimestamp"], "1795428001000");
    assert_eq!(attributes["SequenceNumber"], sent.sequence_number().unwrap());
    assert_eq!(received.md5_of_body(), Some("5d41402abc4b2a76b9719d911017c592"));
    assert_eq!(sent.md5_of_message_body(), Some("5d41402abc4b2a76b9719d911017c592"));
    assert_eq!(received.message_id(), sent.message_id());
}

#[tokio::test]
async fn a_handle_is_of_no_use_after_its_time() {
    let world = World::start().await;
    world.send("a", "a1").await;
    let received = world.receive().await;
    world.pass(VISIBILITY);
    let old = receipt(&received[0]);
    assert_eq!(world.delete(old).await.as_deref(), Some("InvalidParameterValue"));
    assert_eq!(world.put_off(old, 5).await.as_deref(), Some("InvalidParameterValue"));
    world.receive().await;
    assert_eq!(world.delete(old).await.as_deref(), Some("InvalidParameterValue"));
    assert_eq!(world.held(QUEUE), ["a1"]);
}

#[tokio::test]
async fn deleting_twice_succeeds_and_a_made_up_handle_does_not() {
    let world = World::start().await;
    world.send("a", "a1").await;
    let received = world.receive().await;
    assert_eq!(world.delete(receipt(&received[0])).await, None);
    assert_eq!(world.delete(receipt(&received[0])).await, None);
    assert_eq!(world.delete("made up").await.as_deref(), Some("ReceiptHandleIsInvalid"));
    assert_eq!(world.put_off("", 1).await.as_deref(), Some("ReceiptHandleIsInvalid"));
}

#[tokio::test]
async fn a_message_can_be_put_off_for_twelve_hours_from_its_receive_and_no_longer() {
    let world = World::start().await;
    world.send("a", "a1").await;
    let received = world.receive().await;
    world.pass(1);
    let late = world.put_off(receipt(&received[0]), 43_200).await;
    assert_eq!(late.as_deref(), Some("InvalidParameterValue"));
    assert_eq!(world.put_off(receipt(&received[0]), 43_199).await, None);
    let back = world.time.now() + SignedDuration::from_secs(43_199);
    assert_eq!(world.sqs.next_visible_at(QUEUE), Some(back));
}

#[tokio::test]
async fn the_next_visible_time_is_when_the_first_group_opens() {
    let world = World::start().await;
    assert_eq!(world.sqs.next_visible_at(QUEUE), None);
    for (group, body) in [("a", "a1"), ("a", "a2"), ("b", "b1")] {
        world.send(group, body).await;
    }
    assert_eq!(world.sqs.next_visible_at(QUEUE), Some(world.time.now()));
    let received = world.receive().await;
    world.put_off(receipt(&received[0]), 10).await;
    world.put_off(receipt(&received[2]), 30).await;
    let in_seconds = |seconds| Some(world.time.now() + SignedDuration::from_secs(seconds));
    assert_eq!(world.sqs.next_visible_at(QUEUE), in_seconds(30));
    world.delete(receipt(&received[1])).await;
    assert_eq!(world.sqs.next_visible_at(QUEUE), in_seconds(10));
}
