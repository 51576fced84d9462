//! Dead letters: what stands in them, how it comes back, and how long a message can hold its lane up.

use std::sync::{Arc, Mutex};

use futures_util::FutureExt;
use jiff::SignedDuration;
use sandbox::aws::event_source;
use sandbox::world::{CONTACT_DEAD_LETTERS, CONTACTS, LOCATION, Options, World};
use serde_json::json;
use shared::disposition::{Disposition, Reason};
use shared::lane::edge::{DEATHS_MAX, RECEIVES_MAX};
use shared::lane::until::Until;
use shared::lane::work::{Failure, Work};
use shared::queue::Hint;
use shared::sync::hint_work::HintWork;
use tokio::sync::Notify;

use crate::contact_sync::{parked, plain_world};
use crate::lanes::{Doing, NEVER, edge, hint, one_batch, outbox};

/// As long as the queue keeps a message from others.
const UNANSWERED: SignedDuration = SignedDuration::from_mins(12);

async fn world_with(hints: &[Hint]) -> World {
    let world = World::start(Options::default()).await;
    outbox(&world, "CONTACT_QUEUE_URL").send(hints).await.unwrap();
    world
}

/// Work that notes which records it was given, and fails with each as it is told.
fn noting(done: &Arc<Mutex<Vec<String>>>, fails: fn() -> Option<Failure>) -> impl Work {
    let done = done.clone();
    Doing(move |hint: Hint| {
        done.lock().unwrap().push(hint.id.to_string());
        async move { fails().map_or(Ok(()), Err) }.boxed()
    })
}

fn defect() -> Option<Failure> {
    Some(Failure::new(Disposition::retry_after_seconds(1), "it fails each time"))
}

fn no_calls_left() -> Option<Failure> {
    Some(Failure::new(Disposition::Wait { after: SignedDuration::from_secs(40) }, "no calls are left"))
}

/// Tries until nothing is left, or so often.
async fn try_often(world: &World, work: &impl Work, times: u32) {
    for _ in 0..times {
        one_batch(world, work, NEVER).await;
        let Some(next) = world.sqs.next_visible_at(CONTACTS) else { return };
        world.time.advance(next.duration_since(world.time.now()).max(SignedDuration::ZERO));
    }
}

#[tokio::test]
async fn a_record_that_stands_in_the_parked_list_stands_in_no_dead_letters() {
    let world = plain_world().await;
    world.ghl.person_creates_contact(LOCATION, json!({ "firstName": "No address" }));
    world.settle().await;
    assert_eq!(parked(&world).await.len(), 1);
    assert!(world.sqs.messages(CONTACT_DEAD_LETTERS).is_empty(), "the alarm would stay for two weeks");
}

#[tokio::test]
async fn a_letter_that_is_moved_back_is_handled_as_if_it_had_just_come() {
    let world = world_with(&[hint(LOCATION, "c1", "d1")]).await;
    let done = Arc::default();
    try_often(&world, &noting(&done, defect), RECEIVES_MAX + 5).await;
    let letters = world.sqs.messages(CONTACT_DEAD_LETTERS);
    assert_eq!((letters.len(), letters[0].group.as_str()), (1, LOCATION), "in its own lane");
    assert!(letters[0].said["reason"].contains("51 times"), "{:?}", letters[0].said);
    done.lock().unwrap().clear();
    world.sqs.redrive(CONTACT_DEAD_LETTERS, CONTACTS);
    try_often(&world, &noting(&done, || None), 1).await;
    assert_eq!(*done.lock().unwrap(), ["c1"]);
    assert!(world.sqs.messages(CONTACTS).is_empty() && world.sqs.messages(CONTACT_DEAD_LETTERS).is_empty());
}

#[tokio::test]
async fn waiting_for_calls_is_no_failure_however_often_it_happens() {
    let world = world_with(&[hint(LOCATION, "c1", "d1")]).await;
    try_often(&world, &noting(&Arc::default(), no_calls_left), RECEIVES_MAX + 20).await;
    assert!(world.sqs.messages(CONTACT_DEAD_LETTERS).is_empty());
    assert_eq!(world.sqs.messages(CONTACTS).len(), 1);
}

/// The function dies as soon as it comes to the poison, and takes along whoever it is at with it.
async fn dies_at_poison(world: &World) -> bool {
    let Some(event) = event_source::receive(&world.sqs, CONTACTS) else { return false };
    let reached = Arc::new(Notify::new());
    let work = Doing(|hint: Hint| {
        let reached = reached.clone();
        let slow = async move {
            if hint.id.as_str() == "poison" {
                reached.notify_one();
                std::future::pending::<()>().await;
            }
            for _ in 0..200 {
                tokio::task::yield_now().await;
            }
            Ok(())
        };
        slow.boxed()
    });
    let edge = edge(world);
    let answer = tokio::select! {
        answer = edge.handle(event.clone(), &work, NEVER) => answer,
        () = reached.notified() => return true,
    };
    event_source::settle(&world.sqs, CONTACTS, &event, &answer);
    false
}

#[tokio::test]
async fn a_message_at_which_the_function_dies_is_given_up_after_three_times_and_takes_nobody_along() {
    let innocent = hint("anotherLocation", "innocent", "d2");
    let world = world_with(&[hint(LOCATION, "poison", "d1"), innocent, hint(LOCATION, "next", "d3")]).await;
    for death in 1..=DEATHS_MAX {
        assert!(dies_at_poison(&world).await, "death {death}");
        world.time.advance(UNANSWERED);
    }
    assert!(!dies_at_poison(&world).await);
    assert!(world.sqs.messages(CONTACTS).is_empty(), "its lane goes on");
    let letters = world.sqs.messages(CONTACT_DEAD_LETTERS);
    assert_eq!(letters.len(), 1, "{letters:?}");
    assert!(letters[0].body.contains("poison") && letters[0].said["reason"].contains("died"));
}

#[tokio::test]
async fn what_there_is_no_time_for_is_handed_back_at_once() {
    let world = world_with(&[hint(LOCATION, "c1", "d1"), hint(LOCATION, "c2", "d2")]).await;
    let deadline = world.time.now() + SignedDuration::from_secs(61);
    let until = Until::of(deadline.as_millisecond().try_into().unwrap());
    let time = world.time.clone();
    let slow = Doing(|_: Hint| {
        time.advance(SignedDuration::from_secs(2));
        async { Ok(()) }.boxed()
    });
    one_batch(&world, &slow, until).await;
    let left = world.sqs.messages(CONTACTS);
    assert_eq!(left.len(), 1, "the second one is not begun");
    assert!(left[0].body.contains("c2") && !left[0].is_in_flight(world.time.now()));
}

#[tokio::test]
async fn a_try_that_does_not_end_in_time_is_cut_off_and_given_up_after_three_times() {
    let world = world_with(&[hint(LOCATION, "endless", "d1"), hint(LOCATION, "next", "d2")]).await;
    let endless = Doing(|hint: Hint| {
        let work = async move {
            if hint.id.as_str() == "endless" {
                std::future::pending::<()>().await;
            }
            Ok(())
        };
        work.boxed()
    });
    let two_minutes = || {
        let deadline = world.time.now() + SignedDuration::from_secs(120);
        Until::of(deadline.as_millisecond().try_into().unwrap())
    };
    for cut_off in 1..=DEATHS_MAX {
        assert_eq!(world.sqs.messages(CONTACTS).len(), 2, "{cut_off}");
        one_batch(&world, &endless, two_minutes()).await;
        let back = world.sqs.next_visible_at(CONTACTS).unwrap().duration_since(world.time.now());
        assert!(back < SignedDuration::from_secs(10), "it is answered, and not left to the queue: {back}");
        world.time.advance(back);
    }
    one_batch(&world, &endless, two_minutes()).await;
    assert!(world.sqs.messages(CONTACTS).is_empty(), "its lane goes on");
    assert_eq!(world.sqs.messages(CONTACT_DEAD_LETTERS).len(), 1);
}

#[tokio::test]
async fn a_record_that_is_given_up_is_listed_for_a_person() {
    let world = plain_world().await;
    let work = HintWork { engines: world.engines(), errands: None };
    let reason = Reason::TooManyTries { attempts: RECEIVES_MAX, detail: "it fails each time".to_owned() };
    work.give_up(&hint(LOCATION, "c1", "d1"), &reason).await.unwrap();
    assert_eq!(parked(&world).await.into_iter().map(|one| one.reason).collect::<Vec<_>>(), [reason]);
}
