//! Batches: a fault of the batch fails it whole, a fault of one entry fails that entry.

use std::collections::BTreeSet;

use jiff::Timestamp;
use serde_json::{Value, json};

use super::{State, refusals, sending};
use crate::aws::json_api::{Refusal, text};

pub(super) fn send(state: &mut State, name: &str, request: &Value, now: Timestamp) -> Result<Value, Refusal> {
    let bytes: usize = entries(request)?.iter().map(|entry| text(entry, "MessageBody").len()).sum();
    if bytes > sending::BYTES_MAX {
        return Err(refusals::batch_too_long());
    }
    each(request, |entry| state.send(name, entry, now))
}

/// Carries out each entry by itself.
pub(super) fn each(
    request: &Value,
    mut act: impl FnMut(&Value) -> Result<Value, Refusal>,
) -> Result<Value, Refusal> {
    let (mut successful, mut failed) = (Vec::new(), Vec::new());
    for entry in entries(request)? {
        match act(entry) {
            Ok(mut done) => {
                done["Id"] = entry["Id"].clone();
                successful.push(done);
            }
            Err(refusal) => {
                let code = refusal.query_code.unwrap_or(refusal.code);
                let says = refusal.message;
                failed.push(json!({ "Id": entry["Id"], "SenderFault": true, "Code": code, "Message": says }));
            }
        }
    }
    Ok(json!({ "Successful": successful, "Failed": failed }))
}

fn entries(request: &Value) -> Result<&Vec<Value>, Refusal> {
    let entries = request.get("Entries").and_then(Value::as_array).ok_or_else(refusals::empty_batch)?;
    let ids: BTreeSet<&str> = entries.iter().map(|entry| text(entry, "Id")).collect();
    match entries.len() {
        0 => Err(refusals::empty_batch()),
        11.. => Err(refusals::too_many_entries()),
        count if ids.len() < count => Err(refusals::ids_not_distinct()),
        _ => Ok(entries),
    }
}
