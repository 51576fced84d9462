//! Batches of ten, where one entry's fault is not another's.

use aws_sdk_sqs::types::{
    ChangeMessageVisibilityBatchRequestEntry as PutOff, DeleteMessageBatchRequestEntry as Delete,
    SendMessageBatchRequestEntry as Send,
};

use super::world::{QUEUE, World, code, receipt};

fn entry(id: usize, body: &str) -> Send {
    let entry = Send::builder().id(id.to_string()).message_body(body).message_group_id("a");
    entry.message_deduplication_id(format!("id-{id}")).build().unwrap()
}

/// The code of the error, or how many entries succeeded and the codes of those that failed.
async fn send(world: &World, entries: Vec<Send>) -> Result<(usize, Vec<String>), String> {
    let send = world.client.send_message_batch().queue_url(&world.url).set_entries(Some(entries));
    let sent = send.send().await.map_err(|error| code(&error))?;
    let failed = sent.failed().iter().map(|failed| failed.code().to_owned()).collect();
    Ok((sent.successful().len(), failed))
}

#[tokio::test]
async fn ten_messages_go_in_one_batch_and_eleven_do_not() {
    let world = World::start().await;
    let ten: Vec<Send> = (0..10).map(|id| entry(id, "1")).collect();
    assert_eq!(send(&world, ten.clone()).await, Ok((10, vec![])));
    let eleven = [ten, vec![entry(10, "1")]].concat();
    let too_many = "AWS.SimpleQueueService.TooManyEntriesInBatchRequest";
    assert_eq!(send(&world, eleven).await, Err(too_many.to_owned()));
    assert_eq!(world.held(QUEUE).len(), 10);
}

#[tokio::test]
async fn an_empty_batch_and_one_with_an_id_twice_are_refused() {
    let world = World::start().await;
    let empty = "AWS.SimpleQueueService.EmptyBatchRequest";
    assert_eq!(send(&world, Vec::new()).await, Err(empty.to_owned()));
    let twice = "AWS.SimpleQueueService.BatchEntryIdsNotDistinct";
    assert_eq!(send(&world, vec![entry(1, "1"), entry(1, "2")]).await, Err(twice.to_owned()));
}

#[tokio::test]
async fn an_entry_that_cannot_be_taken_fails_by_itself() {
    let world = World::start().await;
    let without_group =
        Send::builder().id("9").message_body("9").message_deduplication_id("9").build().unwrap();
    let sent = send(&world, vec![entry(1, "1"), without_group, entry(2, "2")]).await;
    assert_eq!(sent, Ok((2, vec!["MissingParameter".to_owned()])));
    assert_eq!(world.held(QUEUE), ["1", "2"]);
}

#[tokio::test]
async fn a_batch_may_have_one_mebibyte_in_all() {
    let world = World::start().await;
    let half = "x".repeat(512 * 1024);
    assert_eq!(send(&world, vec![entry(1, &half), entry(2, &half)]).await, Ok((2, vec![])));
    let long = send(&world, vec![entry(3, &half), entry(4, &half), entry(5, "x")]).await;
    assert_eq!(long, Err("AWS.SimpleQueueService.BatchRequestTooLong".to_owned()));
}

#[tokio::test]
async fn deletes_go_in_batches() {
    let world = World::start().await;
    send(&world, vec![entry(1, "1"), entry(2, "2")]).await.unwrap();
    let received = world.receive().await;
    let delete = |id: &str, receipt: &str| Delete::builder().id(id).receipt_handle(receipt).build().unwrap();
    let batch = world.client.delete_message_batch().queue_url(&world.url);
    let batch = batch.entries(delete("1", receipt(&received[0]))).entries(delete("2", "made up"));
    let deleted = batch.send().await.unwrap();
    assert_eq!((deleted.successful()[0].id(), deleted.failed()[0].id()), ("1", "2"));
    assert_eq!(deleted.failed()[0].code(), "ReceiptHandleIsInvalid");
    assert_eq!(world.held(QUEUE), ["2"]);
}

#[tokio::test]
async fn messages_are_put_off_in_batches() {
    let world = World::start().await;
    send(&world, vec![entry(1, "1")]).await.unwrap();
    let received = world.receive().await;
    let put_off = |id: &str, receipt: &str, seconds| {
        PutOff::builder().id(id).receipt_handle(receipt).visibility_timeout(seconds).build().unwrap()
    };
    let batch = world.client.change_message_visibility_batch().queue_url(&world.url);
    let batch = batch.entries(put_off("1", receipt(&received[0]), 0));
    let changed = batch.entries(put_off("2", receipt(&received[0]), 43_201)).send().await.unwrap();
    assert_eq!((changed.successful()[0].id(), changed.failed()[0].id()), ("1", "2"));
    assert_eq!(world.receive_bodies().await, ["1"]);
}
