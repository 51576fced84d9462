//! A stand-in for Secrets Manager: secrets by name or ARN, their versions with stages, idempotent writes, and deletion
//! with and without a recovery window. It dates nothing, since nothing here depends on a secret's age.

mod operations;
mod secret;

use std::collections::BTreeMap;
use std::sync::{Arc, Mutex, MutexGuard};

use serde_json::Value;

use self::secret::Secret;
use super::json_api::{Refusal, serve};

/// A running stand-in. Clones share everything.
#[derive(Clone)]
pub struct FakeSecretsManager {
    url: String,
    state: Arc<Mutex<State>>,
}

#[derive(Default)]
struct State {
    secrets: BTreeMap<String, Secret>,
    calls: BTreeMap<String, usize>,
    failures: usize,
    failing_writes: usize,
}

impl FakeSecretsManager {
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
    /// What Secrets Manager refuses, with the words in which it does.
    pub fn answer(&self, operation: &str, request: &Value) -> Result<Value, Refusal> {
        operations::answer(&mut self.state(), operation, request)
    }

    pub fn url(&self) -> &str {
        &self.url
    }

    /// The next calls fail with a 500. The SDK tries each three times.
    pub fn fail_next(&self, calls: usize) {
        self.state().failures = calls;
    }

    /// The next writes fail with a 500; reads are answered.
    pub fn fail_writes(&self, calls: usize) {
        self.state().failing_writes = calls;
    }

    /// How often an operation was called, failed calls included.
    pub fn calls(&self, operation: &str) -> usize {
        self.state().calls.get(operation).copied().unwrap_or(0)
    }

    /// The current value of a secret that is not deleted.
    pub fn value(&self, name: &str) -> Option<String> {
        let state = self.state();
        let secret = state.secrets.get(name).filter(|secret| !secret.deleted)?;
        secret.current().map(|version| version.value.clone())
    }

    /// The names of all secrets, those that wait for their deletion included.
    pub fn names(&self) -> Vec<String> {
        self.state().secrets.keys().cloned().collect()
    }

    /// Puts a secret there, as a deployment does.
    pub fn put(&self, name: &str, value: &Value) {
        self.state().secrets.insert(name.to_owned(), Secret::new("deployed", &value.to_string()));
    }

    /// The ARN by which CloudFormation names a secret to the functions.
    pub fn arn(&self, name: &str) -> String {
        operations::arn_of(name)
    }

    fn state(&self) -> MutexGuard<'_, State> {
        lock(&self.state)
    }
}

fn lock(state: &Mutex<State>) -> MutexGuard<'_, State> {
    state.lock().expect("no holder of the secrets panics")
}

#[cfg(test)]
mod checks;
