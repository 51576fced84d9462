//! The relay's catch hook: takes our changes and makes them in HelloLeads.

use jiff::SignedDuration;
use serde_json::{Map, Value, json};

use super::edit::{Edit, text_of};
use super::keeping;
use super::related_relay;
use super::relay;
use super::state::State;
use super::wire::{Answer, Asked, Refusal};

/// How far a signature's time may be from the relay's.
const TOLERANCE: SignedDuration = SignedDuration::from_mins(5);

/// Takes `{"event","lead":{…}}`, with `lead.id` for a change or a delete, and perhaps a `reference` (in the
/// lead or beside it) for a create. A field that is `null` or `""` is cleared, an absent one stays.
///
/// Answers 401 to a bad or old signature, 400 to a change that cannot be made, else 200. An automation tool
/// remembers nothing: the same body a second time does its work a second time.
pub(super) fn receive(state: &mut State, asked: &Asked) -> Answer {
    if !is_signed(state, asked) {
        return Answer::json(401, &json!({"error": "bad signature"}));
    }
    match asked.object().and_then(|body| obey(state, &body)) {
        Ok((name, id)) if state.switches.relay_answers_id => {
            Answer::json(200, &json!({name: {"id": id.to_string()}}))
        }
        Ok(_) => Answer::text(200, "ok"),
        Err(Refusal(message)) => Answer::json(400, &json!({"error": message})),
    }
}

fn is_signed(state: &State, asked: &Asked) -> bool {
    let timestamp = asked.header("x-hls-timestamp");
    let (Some(secret), Ok(second)) = (&state.relay.catch_secret, timestamp.parse::<i64>()) else {
        return false;
    };
    let age = SignedDuration::from_secs(state.time.now().as_second().saturating_sub(second));
    let right = format!("v1={}", relay::signature(secret, timestamp, &asked.body));
    age.abs() <= TOLERANCE && asked.header("x-hls-signature") == right
}

fn obey(state: &mut State, body: &Map<String, Value>) -> Result<(&'static str, u64), Refusal> {
    let event = body.get("event").and_then(Value::as_str).unwrap_or_default();
    if !event.starts_with("lead.") {
        return related_relay::obey(state, event, body);
    }
    obey_about_lead(state, body).map(|id| ("lead", id))
}

fn obey_about_lead(state: &mut State, body: &Map<String, Value>) -> Result<u64, Refusal> {
    let lead = body.get("lead").and_then(Value::as_object).ok_or_else(|| Refusal::of("lead is missing"))?;
    match body.get("event").and_then(Value::as_str) {
        Some("lead.created") => create(state, body, lead),
        Some("lead.updated") => update(state, lead),
        Some("lead.deleted") => delete(state, lead),
        Some(_) | None => Err(Refusal::of("unknown event")),
    }
}

fn create(state: &mut State, body: &Map<String, Value>, fields: &Map<String, Value>) -> Result<u64, Refusal> {
    let edit = checked(state, fields)?;
    let mut lead = keeping::draft(state, &edit);
    keeping::check_required(&lead)?;
    let reference = fields.get("reference").or_else(|| body.get("reference"));
    lead.reference = reference.and_then(Value::as_str).map(str::to_owned);
    let id = keeping::add(state, lead);
    relay::tell(state, "lead.created", id);
    Ok(id)
}

fn update(state: &mut State, fields: &Map<String, Value>) -> Result<u64, Refusal> {
    let id = id_of(fields)?;
    let edit = checked(state, fields)?;
    let lead = keeping::redraft(state, id, &edit)?;
    keeping::check_still_required(state, &lead)?;
    if keeping::replace(state, lead) {
        relay::tell(state, "lead.updated", id);
    }
    Ok(id)
}

fn delete(state: &mut State, fields: &Map<String, Value>) -> Result<u64, Refusal> {
    let lead = keeping::remove(state, id_of(fields)?)?;
    relay::tell_deleted(state, &lead);
    Ok(lead.id)
}

fn checked(state: &State, fields: &Map<String, Value>) -> Result<Edit, Refusal> {
    if state.lists.is_empty() {
        return Err(Refusal::of("the account has no list"));
    }
    let edit = Edit::parse_screen(state, fields)?;
    edit.check()?;
    Ok(edit)
}

fn id_of(fields: &Map<String, Value>) -> Result<u64, Refusal> {
    let id = fields.get("id").ok_or_else(|| Refusal::of("lead.id is missing"))?;
    keeping::parse_id(&text_of("lead.id", id)?)
}
