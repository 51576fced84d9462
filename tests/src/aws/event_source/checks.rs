//! What a function gets from a queue, and what becomes of what it answers.

use std::sync::{Arc, Mutex};

use aws_lambda_events::event::sqs::{BatchItemFailure, SqsBatchResponse, SqsEvent};
use jiff::SignedDuration;

use super::{Handler, drain, receive, receive_up_to, settle};
use crate::aws::checks::config;
use crate::aws::sqs::FakeSqs;
use crate::time::Time;

const QUEUE: &str = "hints.fifo";
const VISIBILITY: SignedDuration = SignedDuration::from_secs(60);

/// A queue that holds these messages in one group.
async fn queue_of(bodies: &[&str]) -> (FakeSqs, Time) {
    let time = Time::starting_at("2026-11-23T10:00:00Z".parse().unwrap());
    let sqs = FakeSqs::start(time.clone()).await;
    let url = sqs.create(QUEUE, VISIBILITY, None);
    let client = aws_sdk_sqs::Client::new(&config(sqs.url()).await);
    for body in bodies {
        let send = client.send_message().queue_url(&url).message_body(*body).message_group_id("a");
        send.message_deduplication_id(*body).send().await.unwrap();
    }
    (sqs, time)
}

fn held(sqs: &FakeSqs) -> Vec<String> {
    sqs.messages(QUEUE).into_iter().map(|held| held.body).collect()
}

/// An answer that names these messages as failed.
fn failing(ids: impl IntoIterator<Item = String>) -> SqsBatchResponse {
    let failure = |id| {
        let mut failure = BatchItemFailure::default();
        failure.item_identifier = id;
        failure
    };
    let mut answer = SqsBatchResponse::default();
    answer.batch_item_failures = ids.into_iter().map(failure).collect();
    answer
}

/// A function that fails at every message with one of these bodies, and keeps what it got.
fn function(fails: &'static [&'static str]) -> (Handler, Arc<Mutex<Vec<Vec<String>>>>) {
    let got: Arc<Mutex<Vec<Vec<String>>>> = Arc::default();
    let kept = got.clone();
    let handler: Handler = Box::new(move |event| {
        let records = event.payload.records;
        kept.lock().unwrap().push(records.iter().map(|one| one.body.clone().unwrap()).collect());
        let failed = records.into_iter().filter(|one| fails.contains(&one.body.as_deref().unwrap()));
        let answer = failing(failed.map(|one| one.message_id.unwrap()));
        Box::pin(async move { Ok(answer) })
    });
    (handler, got)
}

#[tokio::test]
async fn a_record_carries_what_a_real_one_does() {
    let (sqs, _) = queue_of(&["hello"]).await;
    let event = receive(&sqs, QUEUE).unwrap();
    let written = serde_json::to_value(&event).unwrap();
    let read: SqsEvent = serde_json::from_value(written).unwrap();
    let record = &read.records[0];
    let mut names: Vec<&str> = record.attributes.keys().map(String::as_str).collect();
    names.sort_unstable();
    let expected = [
        "ApproximateFirstReceiveTimestamp",
        "ApproximateReceiveCount",
        "MessageDeduplicationId",
        "MessageGroupId",
        "SenderId",
        "SentTimestamp",
        "SequenceNumber",
    ];
    assert_eq!(names, expected);
    assert_eq!(record.md5_of_body.as_deref(), Some("5d41402abc4b2a76b9719d911017c592"));
    assert_eq!(record.event_source_arn.as_deref(), Some("arn:aws:sqs:us-east-1:000000000000:hints.fifo"));
    assert!(record.receipt_handle.is_some() && record.aws_region.is_some());
}

#[tokio::test]
async fn what_succeeded_is_deleted_and_what_failed_stays_for_later() {
    let (sqs, time) = queue_of(&["1", "2", "3"]).await;
    let (handler, got) = function(&["2", "3"]);
    assert_eq!(drain(&sqs, QUEUE, 10, &handler).await, 1);
    assert_eq!(held(&sqs), ["2", "3"]);
    time.advance(VISIBILITY);
    drain(&sqs, QUEUE, 10, &handler).await;
    assert_eq!(*got.lock().unwrap(), [vec!["1", "2", "3"], vec!["2", "3"]]);
}

#[tokio::test]
async fn a_queue_is_drained_in_batches_of_the_size_asked_for() {
    let (sqs, _) = queue_of(&["1", "2", "3"]).await;
    let (handler, got) = function(&[]);
    assert_eq!(drain(&sqs, QUEUE, 2, &handler).await, 2);
    assert_eq!(*got.lock().unwrap(), [vec!["1", "2"], vec!["3"]]);
    assert!(held(&sqs).is_empty() && receive(&sqs, QUEUE).is_none());
}

#[tokio::test]
async fn a_batch_whose_call_fails_stays_whole() {
    let (sqs, _) = queue_of(&["1", "2"]).await;
    let handler: Handler = Box::new(|_| Box::pin(async { Err("a defect".into()) }));
    assert_eq!(drain(&sqs, QUEUE, 10, &handler).await, 1);
    assert_eq!(held(&sqs), ["1", "2"]);
}

#[tokio::test]
async fn an_answer_that_names_no_message_of_the_batch_fails_it_whole() {
    for odd in ["", "message-99"] {
        let (sqs, _) = queue_of(&["1", "2"]).await;
        let event = receive_up_to(&sqs, QUEUE, 10).unwrap();
        settle(&sqs, QUEUE, &event, &failing([odd.to_owned()]));
        assert_eq!(held(&sqs), ["1", "2"], "{odd:?}");
    }
}

#[tokio::test]
async fn a_batch_that_took_too_long_comes_again() {
    let (sqs, time) = queue_of(&["1"]).await;
    let event = receive(&sqs, QUEUE).unwrap();
    time.advance(VISIBILITY);
    settle(&sqs, QUEUE, &event, &SqsBatchResponse::default());
    assert_eq!(held(&sqs), ["1"], "its handle had expired");
}
