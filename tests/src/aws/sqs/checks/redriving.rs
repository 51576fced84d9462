//! What is received too often becomes a dead letter.

use super::world::{DEAD_LETTERS, QUEUE, VISIBILITY, World, bodies};
use crate::aws::sqs::Settings;

async fn with_dead_letters(receives: u32) -> (World, String) {
    let dead_letters = Some((DEAD_LETTERS.to_owned(), receives));
    let world = World::with(Settings { dead_letters, ..Settings::default() }).await;
    let url = world.sqs.create_with(DEAD_LETTERS, Settings::default());
    (world, url)
}

#[tokio::test]
async fn a_message_goes_to_the_dead_letters_after_its_last_receive() {
    let (world, dead_letters) = with_dead_letters(2).await;
    let sent = world.send("a", "a1").await;
    for _ in 0..2 {
        assert_eq!(world.receive_bodies().await, ["a1"]);
        world.pass(VISIBILITY);
    }
    assert_eq!(world.receive_bodies().await, [""; 0]);
    assert!(world.held(QUEUE).is_empty());
    let dead = world.receive_from(&dead_letters).await;
    assert_eq!((bodies(&dead), dead[0].message_id()), (vec!["a1".to_owned()], sent.message_id()));
}

#[tokio::test]
async fn a_dead_letter_lets_the_rest_of_its_group_through() {
    let (world, _) = with_dead_letters(1).await;
    world.send("a", "a1").await;
    world.receive().await;
    world.send("a", "a2").await;
    world.pass(VISIBILITY);
    assert_eq!(world.receive_bodies().await, ["a2"]);
    assert_eq!(world.held(DEAD_LETTERS), ["a1"]);
}

#[tokio::test]
async fn a_message_in_flight_for_the_last_time_is_no_dead_letter_yet() {
    let (world, _) = with_dead_letters(1).await;
    world.send("a", "a1").await;
    world.receive().await;
    world.pass(VISIBILITY - 1);
    world.receive().await;
    assert_eq!(world.held(QUEUE), ["a1"]);
    assert!(world.held(DEAD_LETTERS).is_empty());
}

#[tokio::test]
async fn dead_letters_keep_their_order() {
    let (world, dead_letters) = with_dead_letters(1).await;
    for body in ["a1", "a2", "a3"] {
        world.send("a", body).await;
    }
    world.receive().await;
    world.pass(VISIBILITY);
    world.receive().await;
    assert_eq!(bodies(&world.receive_from(&dead_letters).await), ["a1", "a2", "a3"]);
}

#[tokio::test]
async fn nothing_is_lost_where_the_queue_of_the_dead_letters_is_missing() {
    let dead_letters = Some(("missing.fifo".to_owned(), 1));
    let world = World::with(Settings { dead_letters, ..Settings::default() }).await;
    world.send("a", "a1").await;
    world.receive().await;
    world.pass(VISIBILITY);
    assert_eq!(world.receive_bodies().await, ["a1"]);
}
