//! A stand-in for EventBridge: it takes events, and keeps them for whoever asks, and once more for the rules of
//! whoever has some.

use std::sync::{Arc, Mutex, MutexGuard};

use serde_json::{Value, json};

use super::json_api::{Refusal, serve, text};

/// EventBridge's own limit.
const EVENTS_PER_CALL: usize = 10;

/// A running stand-in. Clones share everything.
#[derive(Clone)]
pub struct FakeEventBridge {
    url: String,
    state: Arc<Mutex<State>>,
}

#[derive(Default)]
struct State {
    events: Vec<Value>,
    /// What no rule has looked at yet.
    for_rules: Vec<Value>,
    /// How many there were.
    last: usize,
    failures: usize,
}

impl FakeEventBridge {
    pub async fn start() -> Self {
        let unserved = Self::unserved();
        let served = unserved.clone();
        let url = serve(Arc::new(move |operation, request| served.answer(operation, request))).await;
        Self { url, ..unserved }
    }

    /// One that nobody reaches over the network: it is asked by [`Self::answer`].
    pub fn unserved() -> Self {
        Self { url: String::new(), state: Arc::default() }
    }

    /// Does what a call asks.
    ///
    /// # Errors
    /// What EventBridge refuses, with the words in which it does.
    pub fn answer(&self, operation: &str, request: &Value) -> Result<Value, Refusal> {
        let mut state = self.state();
        if state.failures > 0 {
            state.failures -= 1;
            return Err(Refusal::internal("InternalException"));
        }
        let entries = request["Entries"].as_array().filter(|all| (1..=EVENTS_PER_CALL).contains(&all.len()));
        let Some(entries) = entries.filter(|_| operation == "PutEvents") else {
            return Err(Refusal::new("ValidationException", "one to ten events are put at a time"));
        };
        let answers: Vec<Value> = entries.iter().map(|entry| state.put(entry)).collect();
        let failed = answers.iter().filter(|answer| answer["ErrorCode"].is_string()).count();
        Ok(json!({ "FailedEntryCount": failed, "Entries": answers }))
    }

    pub fn url(&self) -> &str {
        &self.url
    }

    /// The next calls fail with a 500. The SDK tries each three times.
    pub fn fail_next(&self, calls: usize) {
        self.state().failures = calls;
    }

    /// The events since this was last asked, as a rule's target gets them.
    pub fn take(&self) -> Vec<Value> {
        std::mem::take(&mut self.state().events)
    }

    /// The events that no rule has looked at yet, as EventBridge hands them to a target.
    pub fn take_for_rules(&self) -> Vec<Value> {
        std::mem::take(&mut self.state().for_rules)
    }

    fn state(&self) -> MutexGuard<'_, State> {
        self.state.lock().expect("no holder of the events panics")
    }
}

impl State {
    fn put(&mut self, entry: &Value) -> Value {
        match serde_json::from_str::<Value>(text(entry, "Detail")) {
            Ok(detail) if detail.is_object() && !text(entry, "DetailType").is_empty() => {
                let (source, kind, bus) = (&entry["Source"], &entry["DetailType"], &entry["EventBusName"]);
                self.last += 1;
                let id = format!("event-{}", self.last);
                self.for_rules.push(json!({
                    "version": "0", "id": id, "source": source, "detail-type": kind, "account": "000000000000",
                    "time": "2026-11-23T10:00:00Z", "region": "us-east-1", "resources": [], "detail": detail,
                }));
                self.events
                    .push(json!({ "bus": bus, "source": source, "detail-type": kind, "detail": detail }));
                json!({ "EventId": id })
            }
            _ => json!({ "ErrorCode": "MalformedDetail", "ErrorMessage": "Detail is malformed." }),
        }
    }
}
