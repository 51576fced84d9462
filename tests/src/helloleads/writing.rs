//! `POST /leads` and `PUT /lead/{id}`.

use serde_json::{Map, Value, json};

use super::edit::{CREATE_FIELDS, CREATE_ONLY_FIELDS, Edit, text_of};
use super::keeping;
use super::lead::STAGES;
use super::related;
use super::state::State;
use super::switches::UpdateStyle;
use super::wire::{Answer, Asked, Refusal};

/// Creates a lead, even where one with the same e-mail or mobile exists. `lead_id` is a number here, while
/// rows carry the id as a text.
pub(super) fn create(state: &mut State, asked: &Asked) -> Answer {
    match try_create(state, asked) {
        Ok(id) => {
            let (message, info) = ("Lead created successfully", "Lead added to the list");
            let body = json!({"status": "success", "message": message, "lead_id": id, "info": info});
            Answer::json(200, &body)
        }
        Err(refusal) => refusal.answer(state.switches.error_in_200),
    }
}

fn try_create(state: &mut State, asked: &Asked) -> Result<u64, Refusal> {
    let mut edit = Edit::parse(state, &asked.object()?, &CREATE_FIELDS)?;
    edit.drop_blanks();
    edit.check()?;
    if edit.list.is_none() {
        return Err(Refusal::of("list_key is required"));
    }
    let lead = keeping::draft(state, &edit);
    keeping::check_required(&lead)?;
    Ok(keeping::add(state, lead))
}

/// Changes a lead. The answer does not show the record.
pub(super) fn update(state: &mut State, asked: &Asked, id: &str) -> Answer {
    if !state.switches.update_works {
        return Answer::not_found_page();
    }
    match try_update(state, asked, id) {
        Ok(()) => Answer::json(200, &json!({"status": "success", "message": "Lead updated successfully"})),
        Err(refusal) => refusal.answer(state.switches.error_in_200),
    }
}

fn try_update(state: &mut State, asked: &Asked, id: &str) -> Result<(), Refusal> {
    let id = keeping::parse_id(id)?;
    let body = asked.object()?;
    let edit = update_edit(state, &body)?;
    let lead = keeping::redraft(state, id, &edit)?;
    keeping::check_still_required(state, &lead)?;
    if let Some(details) = body.get("followUpDetails") {
        related::set_follow_up(state, id, details)?;
    }
    keeping::replace(state, lead);
    record_follow_up(state, id, &body);
    Ok(())
}

fn update_edit(state: &State, body: &Map<String, Value>) -> Result<Edit, Refusal> {
    let mut edit = Edit::parse(state, body, &update_fields(state.switches.tags_on_update))?;
    if let Some(office) = body.get("telephone_office") {
        edit.texts.push(("phone", text_of("telephone_office", office)?));
    }
    if !state.switches.clears_on_empty {
        edit.drop_blanks();
    }
    edit.check()?;
    if state.switches.update_style == UpdateStyle::Whole {
        blank_the_unnamed(state, body, &mut edit);
    }
    edit.texts.extend(stage(body)?);
    Ok(edit)
}

fn update_fields(with_tags: bool) -> Vec<&'static str> {
    let known = |name: &&str| !CREATE_ONLY_FIELDS.contains(name) || (with_tags && *name == "tags");
    CREATE_FIELDS.into_iter().filter(known).collect()
}

/// Blanks what a whole record would have named. The potential always has a value, so it stays.
fn blank_the_unnamed(state: &State, body: &Map<String, Value>, edit: &mut Edit) {
    let named = |name: &str| {
        body.contains_key(name)
            || name == "potential"
            || (name == "phone" && body.contains_key("telephone_office"))
    };
    let unnamed = update_fields(state.switches.tags_on_update).into_iter().filter(|name| !named(name));
    edit.texts.extend(unnamed.map(|name| (name, String::new())));
    if !body.contains_key("custfields") {
        edit.custom.extend(state.custom_fields.keys().map(|id| (id.clone(), String::new())));
    }
}

/// A stage is written by id, though it is read by name.
fn stage(body: &Map<String, Value>) -> Result<Option<(&'static str, String)>, Refusal> {
    let id = body.get("lead_stage_id").map_or(Ok(String::new()), |value| text_of("lead_stage_id", value))?;
    if id.is_empty() {
        return Ok(None);
    }
    let stage = STAGES.iter().find(|(known, _)| *known == id);
    let (_, name) = stage.ok_or_else(|| Refusal::of("Invalid lead_stage_id"))?;
    Ok(Some(("lead_stage", (*name).to_owned())))
}

/// A follow-up is taken, but no row shows it and `modified` does not move: only the lead's history tells.
fn record_follow_up(state: &mut State, id: u64, body: &Map<String, Value>) {
    if let Some(Value::Object(follow_up)) = body.get("followUpDetails") {
        let at = follow_up.get("followUpDateTime").and_then(Value::as_str).unwrap_or("no date");
        state.record(id, "logs", &format!("Follow-up set: {at}"));
    }
}
