//! SQS: hints on their way, and the edge between a queue and its function.

use std::collections::HashMap;

use async_trait::async_trait;
use aws_lambda_events::event::sqs::{SqsEvent, SqsMessage};
use aws_sdk_sqs::types::{Message, MessageSystemAttributeName, QueueAttributeName};
use sandbox::aws::template::Template;
use shared::clock::Clock;
use shared::disposition::{Disposition, Reason};
use shared::lane::dead_letters::DeadLetters;
use shared::lane::edge::Edge;
use shared::lane::until::Until;
use shared::lane::work::{Failure, Work};
use shared::model::ids::{ConnectionId, DeliveryId, RecordId};
use shared::model::side::{Kind, Side};
use shared::queue::{Hint, Outbox};
use shared::store::table::Table;
use shared::store::tries::Tries;

use super::{Place, place};

/// How often a queue is asked before it counts as empty; AWS need not answer with everything at once.
const ASKED_MAX: usize = 3;

fn hint(lane: &str, id: &str) -> Hint {
    let connection = ConnectionId::parse(lane).unwrap();
    let delivery = DeliveryId::parse(&format!("delivery-{lane}-{id}")).unwrap();
    Hint::plain(connection, Kind::Contact, Side::Ghl, RecordId::parse(id).unwrap(), delivery)
}

/// Makes a queue as the template makes its own.
async fn queue(place: &Place, name: &str) -> String {
    let template = Template::load();
    let properties = template.properties("ContactSyncQueue");
    let visibility = properties["VisibilityTimeout"].as_i64().unwrap().to_string();
    let attributes = HashMap::from([
        (QueueAttributeName::FifoQueue, "true".to_owned()),
        (QueueAttributeName::VisibilityTimeout, visibility),
        (
            QueueAttributeName::DeduplicationScope,
            properties["DeduplicationScope"].as_str().unwrap().to_owned(),
        ),
        (
            QueueAttributeName::FifoThroughputLimit,
            properties["FifoThroughputLimit"].as_str().unwrap().to_owned(),
        ),
    ]);
    let name = format!("{}-{name}.fifo", place.name);
    let made = place.clients.sqs.create_queue().queue_name(name).set_attributes(Some(attributes));
    made.send().await.unwrap().queue_url.unwrap()
}

fn outbox(place: &Place, url: &str) -> Outbox {
    Outbox::new(place.clients.sqs.clone(), url.to_owned())
}

/// None of these messages comes a second time: no row of the table is asked for.
fn edge(place: &Place, url: &str, dead: &str) -> Edge {
    let sqs = place.clients.sqs.clone();
    let tries = Tries::new(Table::new(place.clients.dynamodb.clone(), place.name.clone()));
    Edge::new(sqs.clone(), url.to_owned(), DeadLetters::new(sqs, dead.to_owned()), tries, Clock::system())
}

/// Everything that the queue gives now.
async fn received(place: &Place, url: &str) -> Vec<Message> {
    let (mut all, mut empty) = (Vec::new(), 0);
    while empty < ASKED_MAX {
        let receive = place.clients.sqs.receive_message().queue_url(url).max_number_of_messages(10);
        let receive = receive.message_system_attribute_names(MessageSystemAttributeName::All);
        let receive = receive.message_attribute_names("All");
        let some = receive.send().await.unwrap().messages.unwrap_or_default();
        empty = if some.is_empty() { empty + 1 } else { 0 };
        all.extend(some);
    }
    all
}

fn ids(messages: &[Message], lane: &str) -> Vec<String> {
    let hints = messages.iter().map(|message| serde_json::from_str::<Hint>(message.body().unwrap()).unwrap());
    hints.filter(|hint| hint.connection.as_str() == lane).map(|hint| hint.id.to_string()).collect()
}

/// The batch as a function is called with it.
fn batch(messages: &[Message]) -> SqsEvent {
    let mut event = SqsEvent::default();
    event.records = messages
        .iter()
        .map(|message| {
            let mut record = SqsMessage::default();
            record.message_id = message.message_id.clone();
            record.receipt_handle = message.receipt_handle.clone();
            record.body = message.body.clone();
            let attributes = message.attributes.iter().flatten();
            record.attributes =
                attributes.map(|(name, value)| (name.as_str().to_owned(), value.clone())).collect();
            record
        })
        .collect();
    event
}

/// Fails at one record, for no time at all.
struct FailsAt(&'static str);

#[async_trait]
impl Work for FailsAt {
    type Message = Hint;
    type Session = ();

    async fn open(&self, _: &[&Hint]) -> Result<(), Failure> {
        Ok(())
    }

    async fn carry_out(&self, (): &(), hint: &Hint) -> Result<(), Failure> {
        if hint.id.as_str() == self.0 {
            return Err(Failure::new(Disposition::retry_after_seconds(0), "it fails now"));
        }
        Ok(())
    }

    async fn close(&self, (): (), _: &Hint) {}

    async fn give_up(&self, _: &Hint, _: &Reason) -> Result<(), Failure> {
        Ok(())
    }

    fn same_as(&self, _: &Hint) -> Option<String> {
        None
    }

    fn join(&self, _: &Hint, later: &Hint) -> Hint {
        later.clone()
    }
}

#[tokio::test]
async fn a_lane_keeps_its_order_and_more_messages_than_one_call_takes_all_arrive() {
    let place = place().await;
    let url = queue(&place, "hints").await;
    let numbers: Vec<String> = (10..35).map(|number| number.to_string()).collect();
    let hints: Vec<Hint> = numbers.iter().flat_map(|id| [hint("a", id), hint("b", id)]).collect();
    outbox(&place, &url).send(&hints).await.unwrap();
    // A lane gives nothing more while its first messages are in flight: those are done with, and so on.
    let (mut a, mut b) = (Vec::new(), Vec::new());
    while a.len() + b.len() < hints.len() {
        let some = received(&place, &url).await;
        assert!(!some.is_empty(), "the rest never came: {a:?} {b:?}");
        a.extend(ids(&some, "a"));
        b.extend(ids(&some, "b"));
        for message in &some {
            let delete = place.clients.sqs.delete_message().queue_url(&url);
            delete.receipt_handle(message.receipt_handle().unwrap()).send().await.unwrap();
        }
    }
    assert_eq!((a, b), (numbers.clone(), numbers));
}

#[tokio::test]
async fn one_delivery_of_one_record_is_one_message_in_each_lane() {
    let place = place().await;
    let url = queue(&place, "hints").await;
    let outbox = outbox(&place, &url);
    outbox.send(&[hint("a", "1"), hint("b", "1")]).await.unwrap();
    outbox.send(&[hint("a", "1"), hint("a", "2")]).await.unwrap();
    let all = received(&place, &url).await;
    assert_eq!((ids(&all, "a"), ids(&all, "b")), (vec!["1".to_owned(), "2".into()], vec!["1".to_owned()]));
}

#[tokio::test]
async fn a_queue_that_is_not_there_is_an_error_and_nothing_counts_as_sent() {
    let place = place().await;
    let url = queue(&place, "hints").await.replace("-hints.fifo", "-absent.fifo");
    assert!(outbox(&place, &url).send(&[hint("a", "1")]).await.is_err());
}

#[tokio::test]
async fn what_failed_and_what_follows_it_in_its_lane_come_again_when_they_are_put_off_to() {
    let place = place().await;
    let (url, dead) = (queue(&place, "hints").await, queue(&place, "dead-letters").await);
    let hints = [hint("a", "1"), hint("a", "2"), hint("a", "3"), hint("b", "1")];
    outbox(&place, &url).send(&hints).await.unwrap();
    let messages = received(&place, &url).await;
    let edge = edge(&place, &url, &dead);
    let answer = edge.handle(batch(&messages), &FailsAt("2"), Until::never()).await;
    let failed: Vec<String> = answer.batch_item_failures.into_iter().map(|one| one.item_identifier).collect();
    // The event source mapping deletes what was not named.
    for message in messages.iter().filter(|message| !failed.contains(message.message_id.as_ref().unwrap())) {
        let delete = place.clients.sqs.delete_message().queue_url(&url);
        delete.receipt_handle(message.receipt_handle().unwrap()).send().await.unwrap();
    }
    let again = received(&place, &url).await;
    assert_eq!((ids(&again, "a"), ids(&again, "b")), (vec!["2".to_owned(), "3".into()], Vec::new()));
    let count = MessageSystemAttributeName::ApproximateReceiveCount;
    assert_eq!(again[0].attributes.as_ref().unwrap()[&count], "2");
}

#[tokio::test]
async fn what_cannot_be_read_goes_to_the_dead_letters_as_it_came() {
    let place = place().await;
    let (url, dead) = (queue(&place, "hints").await, queue(&place, "dead-letters").await);
    let send = place.clients.sqs.send_message().queue_url(&url).message_body("nothing of ours");
    send.message_group_id("a").message_deduplication_id("1").send().await.unwrap();
    let edge = edge(&place, &url, &dead);
    let answer = edge.handle(batch(&received(&place, &url).await), &FailsAt("none"), Until::never()).await;
    assert!(answer.batch_item_failures.is_empty());
    let letters = received(&place, &dead).await;
    assert_eq!(letters.len(), 1);
    assert_eq!(letters[0].body(), Some("nothing of ours"), "so that it can be moved back");
    let said = letters[0].message_attributes.as_ref().unwrap();
    assert_eq!(said["code"].string_value(), Some("unreadable_message"));
}
