//! Lanes: order within one, independence between two, and messages that cannot be handled at all.

use std::sync::Arc;

use async_trait::async_trait;
use aws_lambda_events::event::sqs::SqsEvent;
use futures_util::FutureExt;
use futures_util::future::BoxFuture;
use lambda_runtime::{Context, LambdaEvent};
use sandbox::aws::event_source;
use sandbox::faults::Fault;
use sandbox::world::{CONTACT_DEAD_LETTERS, CONTACTS, LOCATION, Options, World};
use shared::disposition::Reason;
use shared::lane::dead_letters::DeadLetters;
use shared::lane::edge::{Edge, PANICS_MAX};
use shared::lane::until::Until;
use shared::lane::work::{Failure, Work};
use shared::model::ids::{ConnectionId, DeliveryId, RecordId};
use shared::model::side::{Kind, Side};
use shared::queue::{Hint, Outbox};
use shared::store::tries::Tries;

use crate::contact_sync::{ann, plain_world};

pub(crate) fn hint(connection: &str, id: &str, delivery: &str) -> Hint {
    let connection = ConnectionId::parse(connection).unwrap();
    let (id, delivery) = (RecordId::parse(id).unwrap(), DeliveryId::parse(delivery).unwrap());
    Hint::plain(connection, Kind::Contact, Side::Ghl, id, delivery)
}

/// No deadline: these functions are no Lambda's.
pub(crate) const NEVER: Until = Until::never();

pub(crate) fn outbox(world: &World, variable: &'static str) -> Outbox {
    Outbox::new(world.clients().sqs, world.environment.require(variable).unwrap().to_owned())
}

fn ids(event: &SqsEvent, lane: &str) -> Vec<String> {
    let of_lane = event.records.iter().filter(|message| message.attributes["MessageGroupId"] == lane);
    of_lane.filter_map(|message| message.message_id.clone()).collect()
}

#[tokio::test]
async fn after_a_failure_the_rest_of_its_lane_waits_and_other_lanes_go_on() {
    let world = plain_world().await;
    let contact = world.ghl.person_creates_contact(LOCATION, ann());
    world.ghl.take_webhooks();
    let contacts = outbox(&world, "CONTACT_QUEUE_URL");
    let hints = [
        hint(LOCATION, &contact, "d1"),
        hint("anotherLocation", "x1", "d2"),
        hint(LOCATION, "gone1", "d3"),
        hint("anotherLocation", "x2", "d4"),
    ];
    contacts.send(&hints).await.unwrap();
    let fault = Fault::Status { status: 500, body: "{}".into(), content_type: "application/json".into() };
    world.ghl.faults().plan("GET /contacts/:id", fault);
    let event = event_source::receive(&world.sqs, CONTACTS).unwrap();
    let answer =
        world.contact_sync().handle(LambdaEvent::new(event.clone(), Context::default())).await.unwrap();
    let failed: Vec<String> = answer.batch_item_failures.into_iter().map(|one| one.item_identifier).collect();
    assert_eq!(failed, ids(&event, LOCATION), "both messages of the lane, in order, and no other");
    let rest = world.sqs.next_visible_at(CONTACTS).unwrap().duration_since(world.time.now());
    assert!(
        rest.as_secs() <= 15,
        "the lane rests as long as the failure asks, not the queue's twelve minutes"
    );
}

/// Work that does one thing with each hint, and keeps no list of those that are given up.
pub(crate) struct Doing<F>(pub F);

#[async_trait]
impl<F> Work for Doing<F>
where
    F: Fn(Hint) -> BoxFuture<'static, Result<(), Failure>> + Sync,
{
    type Message = Hint;
    type Session = ();

    async fn open(&self, _messages: &[&Hint]) -> Result<(), Failure> {
        Ok(())
    }

    async fn carry_out(&self, _session: &(), hint: &Hint) -> Result<(), Failure> {
        (self.0)(hint.clone()).await
    }

    async fn close(&self, _session: Self::Session, _first: &Hint) {}

    async fn give_up(&self, _hint: &Hint, _reason: &Reason) -> Result<(), Failure> {
        Ok(())
    }

    fn same_as(&self, hint: &Hint) -> Option<String> {
        Some(hint.id.to_string())
    }

    fn join(&self, _earlier: &Hint, later: &Hint) -> Hint {
        later.clone()
    }
}

/// The edge of `contact-sync`.
pub(crate) fn edge(world: &World) -> Edge {
    let url = |variable| world.environment.require(variable).unwrap().to_owned();
    let sqs = world.clients().sqs;
    let letters = DeadLetters::new(sqs.clone(), url("CONTACT_DEAD_LETTERS_URL"));
    Edge::new(sqs, url("CONTACT_QUEUE_URL"), letters, Tries::new(world.table.clone()), world.time.clock())
}

/// One batch of the queue, if there is any.
pub(crate) async fn one_batch(world: &World, work: &impl Work, until: Until) {
    let Some(event) = event_source::receive(&world.sqs, CONTACTS) else { return };
    let answer = edge(world).handle(event.clone(), work, until).await;
    event_source::settle(&world.sqs, CONTACTS, &event, &answer);
}

#[tokio::test]
async fn a_message_that_makes_the_handler_panic_is_given_up_after_three_tries() {
    let world = World::start(Options::default()).await;
    let contacts = outbox(&world, "CONTACT_QUEUE_URL");
    contacts.send(&[hint(LOCATION, "poison", "d1"), hint(LOCATION, "fine", "d2")]).await.unwrap();
    let panics = Doing(|hint: Hint| {
        let meet = async move {
            assert_ne!(hint.id.as_str(), "poison", "a defect of ours");
            Ok(())
        };
        meet.boxed()
    });
    for attempt in 1..=PANICS_MAX {
        assert_eq!(world.sqs.messages(CONTACTS).len(), 2, "attempt {attempt}");
        one_batch(&world, &panics, NEVER).await;
        world.time.advance(jiff::SignedDuration::from_secs(5));
    }
    assert!(world.sqs.messages(CONTACTS).is_empty(), "the lane goes on");
    let letters = world.sqs.messages(CONTACT_DEAD_LETTERS);
    assert_eq!(letters.len(), 1);
    assert_eq!(letters[0].said["code"], "too_many_tries");
}

#[tokio::test]
async fn hints_of_one_record_in_one_batch_are_synced_once() {
    let world = plain_world().await;
    let contact = world.ghl.person_creates_contact(LOCATION, ann());
    world.ghl.take_webhooks();
    let hints: Vec<Hint> = (0..8).map(|number| hint(LOCATION, &contact, &format!("d{number}"))).collect();
    outbox(&world, "CONTACT_QUEUE_URL").send(&hints).await.unwrap();
    let mark = world.ghl.calls().len();
    world.settle().await;
    assert_eq!(world.ghl.calls().names_since(mark), ["GET /contacts/:id"]);
}

#[tokio::test]
async fn a_lane_that_waits_keeps_no_other_lane_of_its_batch_waiting() {
    let world = World::start(Options::default()).await;
    let hints = [hint(LOCATION, "one", "d1"), hint("anotherLocation", "other", "d2")];
    outbox(&world, "CONTACT_QUEUE_URL").send(&hints).await.unwrap();
    let event = event_source::receive(&world.sqs, CONTACTS).unwrap();
    // Done only once every lane of the batch is at it.
    let all = Arc::new(tokio::sync::Barrier::new(2));
    let together = Doing(|_: Hint| {
        let all = all.clone();
        let wait = async move {
            all.wait().await;
            Ok(())
        };
        wait.boxed()
    });
    let edge = edge(&world);
    let handled = edge.handle(event, &together, NEVER);
    let handled = tokio::time::timeout(std::time::Duration::from_secs(10), handled).await;
    assert!(handled.expect("one lane waited for the other").batch_item_failures.is_empty());
}
