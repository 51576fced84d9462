//! What stands on the bus, and what the rule of the template makes of it.

use aws_lambda_events::event::sqs::SqsBatchResponse;
use aws_sdk_eventbridge::types::PutEventsRequestEntry;
use lambda_runtime::{Context, LambdaEvent};
use serde_json::{Value, json};
use shared::action::asked::ASKED;

use super::{JOBS, LOCATION, Options, World};
use crate::aws::clients::Endpoints;
use crate::aws::event_source;
use crate::aws::stream::Stream;
use crate::aws::template::Template;

/// How often Lambda hands an event over.
const TRIES: usize = 3;

impl World {
    /// Puts an event on the bus that asks for an action of the one connection; answers the event's id.
    pub async fn ask_for(&self, action: &str, input: &Value) -> String {
        self.put_asked(&json!({ "connection": LOCATION, "action": action, "input": input })).await
    }

    /// Puts an event on the bus that asks for an action; answers its id.
    ///
    /// # Panics
    /// Where the bus does not take it.
    pub async fn put_asked(&self, detail: &Value) -> String {
        let entry = PutEventsRequestEntry::builder().event_bus_name("SyncBus").source("somebody.elses");
        let entry = entry.detail_type(ASKED).detail(detail.to_string()).build();
        let put = self.clients().events.put_events().entries(entry).send().await;
        let answer = put.expect("the bus is on this machine");
        let id = answer.entries().first().and_then(|entry| entry.event_id());
        id.expect("the bus takes a well-formed event").to_owned()
    }

    /// Hands what came down the stream to the function, as Lambda does; answers how much that was.
    async fn deliver_changes(&self) -> usize {
        let mut stream = self.stream.lock().await;
        let Some(stream) = stream.as_mut() else { return 0 };
        let records = stream.read().await;
        if records.is_empty() {
            return 0;
        }
        let mut from = 0;
        while from < records.len() {
            let event = LambdaEvent::new(json!({ "Records": records[from..] }), Context::default());
            let answer =
                self.functions.automation.handle(event).await.expect("a batch never fails as a whole");
            let failed = &answer["batchItemFailures"][0]["itemIdentifier"];
            let place = records.iter().position(|one| one["dynamodb"]["SequenceNumber"] == *failed);
            from = place.unwrap_or(records.len());
        }
        records.len()
    }

    /// Hands what the rule lets through, and what the stream tells, to the function, as Lambda does; answers how much that
    /// was.
    pub(super) async fn deliver_bus(&self) -> usize {
        let changes = self.deliver_changes().await;
        let events = self.bus.take_for_rules();
        let patterns = if events.is_empty() { Vec::new() } else { patterns() };
        let wanted = events.into_iter().filter(|event| patterns.iter().any(|pattern| fits(pattern, event)));
        let mut delivered = 0;
        for event in wanted {
            delivered += 1;
            self.hand_over(&event).await;
        }
        delivered + changes
    }

    /// An event that is never taken is lost to this world, as it is in the dead letters of a deployment.
    pub async fn hand_over(&self, event: &Value) -> bool {
        for _ in 0..TRIES {
            let event = LambdaEvent::new(event.clone(), Context::default());
            if self.functions.automation.handle(event).await.is_ok() {
                return true;
            }
        }
        false
    }

    /// The schedule of the template fires that asks for moments.
    ///
    /// # Panics
    /// Where the template has none.
    pub async fn tick_automation(&self) {
        let events = Template::load().properties("AutomationFunction")["Events"].clone();
        let all = events.as_mapping().into_iter().flat_map(|all| all.values());
        let schedules = all.filter(|event| event["Type"].as_str() == Some("Schedule"));
        for schedule in schedules {
            let input = schedule["Properties"]["Input"].as_str().expect("the schedule says what it asks");
            let event = serde_json::from_str(input).expect("what a schedule says is JSON");
            let event = LambdaEvent::new(event, Context::default());
            self.functions.automation.handle(event).await.expect("the schedule's event is handled");
        }
    }

    pub async fn work_jobs(&self) -> bool {
        let Some(event) = event_source::receive(&self.sqs, JOBS) else { return false };
        let payload = serde_json::to_value(&event).expect("an event can be written as JSON");
        let answer = self.functions.automation.handle(LambdaEvent::new(payload, Context::default())).await;
        let answer: Value = answer.expect("a batch never fails as a whole");
        let answer: SqsBatchResponse = serde_json::from_value(answer).expect("a batch's answer");
        event_source::settle(&self.sqs, JOBS, &event, &answer);
        true
    }

    pub fn automation(&self) -> &automation::automation::Automation {
        &self.functions.automation
    }
}

/// The patterns of the template's rules.
fn patterns() -> Vec<Value> {
    let events = Template::load().properties("AutomationFunction")["Events"].clone();
    let all = events.as_mapping().into_iter().flat_map(|all| all.values());
    let rules = all.filter(|event| event["Type"].as_str() == Some("EventBridgeRule"));
    rules.filter_map(|rule| serde_json::to_value(&rule["Properties"]["Pattern"]).ok()).collect()
}

/// Whether each member of the pattern lists the event's own.
fn fits(pattern: &Value, event: &Value) -> bool {
    let members = pattern.as_object().into_iter().flatten();
    members.into_iter().all(|(name, listed)| listed.as_array().is_some_and(|all| all.contains(&event[name])))
}

/// The stream of the table, where the world has one.
pub(super) async fn stream(options: &Options, endpoints: &Endpoints, table: &str) -> Option<Stream> {
    if options.streams { Some(Stream::open(&endpoints.dynamodb, table).await) } else { None }
}
