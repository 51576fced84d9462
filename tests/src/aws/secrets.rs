//! A stand-in for Secrets Manager: create, read and write, with the current and the previous value.

use std::collections::BTreeMap;
use std::sync::{Arc, Mutex, MutexGuard};

use serde_json::{Value, json};

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

#[derive(Default)]
struct Secret {
    /// Token and value of each version, oldest first.
    versions: Vec<(String, String)>,
}

impl FakeSecretsManager {
    pub async fn start() -> Self {
        let state: Arc<Mutex<State>> = Arc::default();
        let served = state.clone();
        let url = serve(Arc::new(move |operation, request| answer(&served, operation, request))).await;
        Self { url, state }
    }

    pub fn url(&self) -> &str {
        &self.url
    }

    /// The next calls fail with a 500.
    pub fn fail_next(&self, calls: usize) {
        self.state().failures = calls;
    }

    /// The next writes fail with a 500.
    pub fn fail_writes(&self, calls: usize) {
        self.state().failing_writes = calls;
    }

    /// How often an operation was called.
    pub fn calls(&self, operation: &str) -> usize {
        self.state().calls.get(operation).copied().unwrap_or(0)
    }

    /// The current value of a secret.
    pub fn value(&self, name: &str) -> Option<String> {
        self.state().secrets.get(name)?.versions.last().map(|(_, value)| value.clone())
    }

    /// The names of all secrets.
    pub fn names(&self) -> Vec<String> {
        self.state().secrets.keys().cloned().collect()
    }

    /// Puts a secret there, as a deployment does.
    pub fn put(&self, name: &str, value: &Value) {
        let secret = Secret { versions: vec![("deployed".to_owned(), value.to_string())] };
        self.state().secrets.insert(name.to_owned(), secret);
    }

    fn state(&self) -> MutexGuard<'_, State> {
        self.state.lock().expect("no holder of the secrets panics")
    }
}

fn answer(state: &Mutex<State>, operation: &str, request: &Value) -> Result<Value, Refusal> {
    let mut state = state.lock().expect("no holder of the secrets panics");
    *state.calls.entry(operation.to_owned()).or_default() += 1;
    if state.failures > 0 {
        state.failures -= 1;
        return Err(Refusal { code: "InternalServiceError", ..Refusal::internal() });
    }
    if state.failing_writes > 0 && matches!(operation, "PutSecretValue" | "CreateSecret") {
        state.failing_writes -= 1;
        return Err(Refusal { code: "InternalServiceError", ..Refusal::internal() });
    }
    let text = |name: &str| request.get(name).and_then(Value::as_str).unwrap_or_default().to_owned();
    let absent =
        || Refusal::new("ResourceNotFoundException", "Secrets Manager can't find the specified secret.");
    match operation {
        "CreateSecret" => {
            let name = text("Name");
            if state.secrets.contains_key(&name) {
                return Err(Refusal::new(
                    "ResourceExistsException",
                    "a secret with this name already exists",
                ));
            }
            let versions = vec![(text("ClientRequestToken"), text("SecretString"))];
            state.secrets.insert(name.clone(), Secret { versions });
            Ok(json!({ "Name": name, "VersionId": text("ClientRequestToken") }))
        }
        "GetSecretValue" => {
            let name = text("SecretId");
            let secret = state.secrets.get(&name).ok_or_else(absent)?;
            let back = if text("VersionStage") == "AWSPREVIOUS" { 2 } else { 1 };
            let place = secret.versions.len().checked_sub(back).ok_or_else(absent)?;
            let (version, value) = &secret.versions[place];
            Ok(json!({ "Name": name, "SecretString": value, "VersionId": version }))
        }
        "PutSecretValue" => {
            let (name, token, value) = (text("SecretId"), text("ClientRequestToken"), text("SecretString"));
            let secret = state.secrets.get_mut(&name).ok_or_else(absent)?;
            match secret.versions.iter().find(|(version, _)| *version == token) {
                Some((_, held)) if *held != value => {
                    return Err(Refusal::new(
                        "ResourceExistsException",
                        "this token was used for another value",
                    ));
                }
                Some(_) => {}
                None => secret.versions.push((token.clone(), value)),
            }
            Ok(json!({ "Name": name, "VersionId": token, "VersionStages": ["AWSCURRENT"] }))
        }
        other => Err(Refusal::new("UnknownOperationException", format!("the stand-in has no {other}"))),
    }
}
