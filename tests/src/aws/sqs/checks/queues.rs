//! Making queues, finding them and looking at them.

use aws_sdk_sqs::operation::create_queue::CreateQueueError;
use aws_sdk_sqs::types::QueueAttributeName as Name;

use super::world::{QUEUE, World, code};

#[tokio::test]
async fn a_queue_is_made_with_its_attributes_and_found_by_its_name() {
    let world = World::start().await;
    let policy =
        r#"{"deadLetterTargetArn":"arn:aws:sqs:us-east-1:000000000000:hints.fifo","maxReceiveCount":"4"}"#;
    let create = world.client.create_queue().queue_name("new.fifo").attributes(Name::FifoQueue, "true");
    let create =
        create.attributes(Name::VisibilityTimeout, "90").attributes(Name::ContentBasedDeduplication, "true");
    let create =
        create.attributes(Name::DeduplicationScope, "messageGroup").attributes(Name::RedrivePolicy, policy);
    let url = create.send().await.unwrap().queue_url.unwrap();
    let found = world.client.get_queue_url().queue_name("new.fifo").send().await.unwrap();
    assert_eq!(found.queue_url(), Some(url.as_str()));
    let read = world.client.get_queue_attributes().queue_url(&url).attribute_names(Name::All);
    let attributes = read.send().await.unwrap().attributes.unwrap();
    assert_eq!(attributes[&Name::QueueArn], "arn:aws:sqs:us-east-1:000000000000:new.fifo");
    assert_eq!(attributes[&Name::VisibilityTimeout], "90");
    assert_eq!(attributes[&Name::ContentBasedDeduplication], "true");
    assert_eq!(attributes[&Name::DeduplicationScope], "messageGroup");
    assert!(attributes[&Name::RedrivePolicy].contains(r#""maxReceiveCount":4"#));
}

#[tokio::test]
async fn making_a_queue_again_succeeds_only_with_the_same_attributes() {
    let world = World::start().await;
    let create = world.client.create_queue().queue_name("new.fifo").attributes(Name::FifoQueue, "true");
    create.clone().send().await.unwrap();
    create.clone().send().await.unwrap();
    let other = create.attributes(Name::VisibilityTimeout, "31").send().await.unwrap_err();
    assert!(matches!(other.into_service_error(), CreateQueueError::QueueNameExists(_)));
}

#[tokio::test]
async fn a_standard_queue_and_a_redrive_to_nowhere_are_refused() {
    let world = World::start().await;
    let standard = world.client.create_queue().queue_name("standard").send().await.unwrap_err();
    assert_eq!(code(&standard), "InvalidParameterValue");
    let policy =
        r#"{"deadLetterTargetArn":"arn:aws:sqs:us-east-1:000000000000:none.fifo","maxReceiveCount":4}"#;
    let create = world.client.create_queue().queue_name("new.fifo").attributes(Name::FifoQueue, "true");
    let nowhere = create.attributes(Name::RedrivePolicy, policy).send().await.unwrap_err();
    assert_eq!(code(&nowhere), "InvalidParameterValue");
}

#[tokio::test]
async fn the_counts_tell_what_waits_and_what_is_in_flight() {
    let world = World::start().await;
    for (group, body) in [("a", "a1"), ("b", "b1"), ("b", "b2")] {
        world.send(group, body).await;
    }
    let receive = world.client.receive_message().queue_url(&world.url);
    receive.send().await.unwrap();
    let read = world.client.get_queue_attributes().queue_url(&world.url);
    let read = read
        .attribute_names(Name::ApproximateNumberOfMessages)
        .attribute_names(Name::ApproximateNumberOfMessagesNotVisible);
    let attributes = read.send().await.unwrap().attributes.unwrap();
    assert_eq!(attributes[&Name::ApproximateNumberOfMessages], "2");
    assert_eq!(attributes[&Name::ApproximateNumberOfMessagesNotVisible], "1");
    assert_eq!(attributes.len(), 2);
}

#[tokio::test]
async fn a_purge_empties_the_queue() {
    let world = World::start().await;
    world.send("a", "a1").await;
    world.client.purge_queue().queue_url(&world.url).send().await.unwrap();
    assert!(world.held(QUEUE).is_empty());
}
