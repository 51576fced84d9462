//! Secrets Manager's operations, each from its JSON to its JSON.

use serde_json::{Map, Value, json};

use super::State;
use super::secret::{CURRENT, OtherValue, Secret};
use crate::aws::json_api::{Refusal, text};

/// The most that a value may have.
const BYTES_MAX: usize = 65_536;

const ARN_START: &str = "arn:aws:secretsmanager:us-east-1:000000000000:secret:";

/// The real service ends an ARN with six random characters.
const ARN_END: &str = "-SaNdBx";

const WRITES: [&str; 3] = ["CreateSecret", "PutSecretValue", "UpdateSecret"];

pub(super) fn answer(state: &mut State, operation: &str, request: &Value) -> Result<Value, Refusal> {
    *state.calls.entry(operation.to_owned()).or_default() += 1;
    if state.fails(operation) {
        return Err(Refusal::internal("InternalServiceError"));
    }
    if operation == "CreateSecret" {
        return create(state, request);
    }
    let name = name_of(text(request, "SecretId")).to_owned();
    if operation == "DeleteSecret" {
        return delete(state, &name, request);
    }
    let secret = state.secrets.get_mut(&name).ok_or_else(not_found)?;
    match operation {
        "DescribeSecret" => Ok(describe(&name, secret)),
        _ if secret.deleted => Err(marked_for_deletion()),
        "GetSecretValue" => get_value(&name, secret, request),
        "PutSecretValue" => put_value(&name, secret, request),
        "UpdateSecret" => update(&name, secret, request),
        other => Err(Refusal::new("UnknownOperationException", format!("the stand-in has no {other}"))),
    }
}

pub(super) fn arn_of(name: &str) -> String {
    format!("{ARN_START}{name}{ARN_END}")
}

impl State {
    /// Whether this call is one that was to fail.
    fn fails(&mut self, operation: &str) -> bool {
        let left = match (self.failures, WRITES.contains(&operation)) {
            (0, true) => &mut self.failing_writes,
            _ => &mut self.failures,
        };
        let fails = *left > 0;
        *left = left.saturating_sub(1);
        fails
    }
}

fn create(state: &mut State, request: &Value) -> Result<Value, Refusal> {
    let (name, token) = (text(request, "Name"), token(request)?);
    let is_plain = |letter: char| letter.is_ascii_alphanumeric() || "-/_+=.@!".contains(letter);
    if !(1..=512).contains(&name.len()) || !name.chars().all(is_plain) {
        return Err(Refusal::new("ValidationException", "a name has 1 to 512 letters, digits and -/_+=.@!"));
    }
    let value = value(request)?.unwrap_or_default();
    match state.secrets.get_mut(name) {
        Some(known) if known.deleted => {
            return Err(Refusal::new(
                "InvalidRequestException",
                "a secret with this name is scheduled for deletion",
            ));
        }
        Some(known) if known.version(token).is_none() => return Err(exists("a secret has this name")),
        Some(known) => known.write(token, value, &[CURRENT]).map_err(other_value)?,
        None => {
            let mut secret = Secret::new(token, value);
            text(request, "Description").clone_into(&mut secret.description);
            state.secrets.insert(name.to_owned(), secret);
        }
    }
    Ok(json!({ "ARN": arn_of(name), "Name": name, "VersionId": token }))
}

/// Forced deletion of what is not there succeeds, so that a repeated call does.
fn delete(state: &mut State, name: &str, request: &Value) -> Result<Value, Refusal> {
    let answer = json!({ "ARN": arn_of(name), "Name": name });
    if request.get("ForceDeleteWithoutRecovery").and_then(Value::as_bool).unwrap_or(false) {
        state.secrets.remove(name);
        return Ok(answer);
    }
    let secret = state.secrets.get_mut(name).ok_or_else(not_found)?;
    if secret.deleted {
        return Err(marked_for_deletion());
    }
    secret.deleted = true;
    Ok(answer)
}

fn describe(name: &str, secret: &Secret) -> Value {
    let versions: Map<String, Value> = secret
        .versions()
        .iter()
        .filter(|version| !version.stages.is_empty())
        .map(|version| (version.token.clone(), json!(version.stages)))
        .collect();
    json!({
        "ARN": arn_of(name), "Name": name, "Description": secret.description, "VersionIdsToStages": versions,
    })
}

fn get_value(name: &str, secret: &Secret, request: &Value) -> Result<Value, Refusal> {
    let stage = Some(text(request, "VersionStage")).filter(|stage| !stage.is_empty());
    let version = match text(request, "VersionId") {
        "" => secret.in_stage(stage.unwrap_or(CURRENT)),
        id => secret.version(id).filter(|version| stage.is_none_or(|stage| version.stages.contains(stage))),
    };
    let version = version.ok_or_else(not_found)?;
    Ok(json!({
        "ARN": arn_of(name), "Name": name, "SecretString": version.value, "VersionId": version.token,
        "VersionStages": version.stages,
    }))
}

fn put_value(name: &str, secret: &mut Secret, request: &Value) -> Result<Value, Refusal> {
    let (token, value) = (token(request)?, value(request)?);
    let value = value.ok_or_else(|| Refusal::new("InvalidRequestException", "a value must be given"))?;
    let stages: Vec<&str> = match request.get("VersionStages").and_then(Value::as_array) {
        Some(given) => given.iter().filter_map(Value::as_str).collect(),
        None => vec![CURRENT],
    };
    secret.write(token, value, &stages).map_err(other_value)?;
    let stages = secret.version(token).map(|version| &version.stages);
    Ok(json!({ "ARN": arn_of(name), "Name": name, "VersionId": token, "VersionStages": stages }))
}

fn update(name: &str, secret: &mut Secret, request: &Value) -> Result<Value, Refusal> {
    if let Some(description) = request.get("Description").and_then(Value::as_str) {
        description.clone_into(&mut secret.description);
    }
    let Some(value) = value(request)? else {
        return Ok(json!({ "ARN": arn_of(name), "Name": name }));
    };
    let token = token(request)?;
    secret.write(token, value, &[CURRENT]).map_err(other_value)?;
    Ok(json!({ "ARN": arn_of(name), "Name": name, "VersionId": token }))
}

/// A secret is named by its name or by its ARN.
fn name_of(id: &str) -> &str {
    let name = id.strip_prefix(ARN_START).unwrap_or(id);
    name.strip_suffix(ARN_END).unwrap_or(name)
}

/// SDKs make a token for each call that gives none, and send it again with each try.
fn token(request: &Value) -> Result<&str, Refusal> {
    let token = text(request, "ClientRequestToken");
    let fits = (32..=64).contains(&token.len());
    fits.then_some(token).ok_or_else(|| {
        Refusal::new("InvalidParameterException", "a ClientRequestToken has 32 to 64 characters")
    })
}

fn value(request: &Value) -> Result<Option<&str>, Refusal> {
    let value = request.get("SecretString").and_then(Value::as_str);
    match value {
        Some(value) if value.is_empty() || value.len() > BYTES_MAX => {
            Err(Refusal::new("ValidationException", "a value has 1 to 65536 bytes"))
        }
        value => Ok(value),
    }
}

fn not_found() -> Refusal {
    Refusal::new("ResourceNotFoundException", "Secrets Manager can't find the specified secret.")
}

fn marked_for_deletion() -> Refusal {
    Refusal::new("InvalidRequestException", "the secret was marked for deletion")
}

fn exists(says: &str) -> Refusal {
    Refusal::new("ResourceExistsException", says)
}

fn other_value(_: OtherValue) -> Refusal {
    exists("this token was used for another value")
}
