//! Adding, changing and deleting leads, whoever asks for it.

use super::edit::Edit;
use super::lead::Lead;
use super::state::State;
use super::wire::Refusal;

/// A new lead as `edit` wants it, not yet kept. Without a list it stands in the account's first.
pub(super) fn draft(state: &State, edit: &Edit) -> Lead {
    // The id is a placeholder: `add` gives the lead its own.
    let mut lead = Lead::blank(0, 0, state.its_now());
    edit.apply(&mut lead, state.switches.first_name_max);
    lead
}

/// Keeps a new lead and answers its id. No rule refuses a second lead with the same e-mail or mobile.
pub(super) fn add(state: &mut State, mut lead: Lead) -> u64 {
    let id = state.next_id();
    lead.id = id;
    state.leads.put(lead);
    state.record(id, "logs", "Lead created");
    id
}

/// The lead as it would be after `edit`.
pub(super) fn redraft(state: &State, id: u64, edit: &Edit) -> Result<Lead, Refusal> {
    let mut lead = state.leads.get(id).cloned().ok_or_else(not_found)?;
    edit.apply(&mut lead, state.switches.first_name_max);
    Ok(lead)
}

/// Keeps a changed lead. Answers whether anything changed: only then does `modified` move.
pub(super) fn replace(state: &mut State, mut lead: Lead) -> bool {
    if state.leads.get(lead.id) == Some(&lead) {
        return false;
    }
    lead.modified = state.its_now();
    state.record(lead.id, "logs", "Lead updated");
    state.leads.put(lead);
    true
}

/// Takes a lead away for good.
pub(super) fn remove(state: &mut State, id: u64) -> Result<Lead, Refusal> {
    state.leads.remove(id).ok_or_else(not_found)
}

/// What every lead must have: a first name, and an e-mail or a mobile number.
pub(super) fn check_required(lead: &Lead) -> Result<(), Refusal> {
    if lead.text("first_name").is_empty() {
        return Err(Refusal::of("first_name is required"));
    }
    if lead.text("email").is_empty() && lead.text("mobile").is_empty() {
        return Err(Refusal::of("email or mobile is required"));
    }
    Ok(())
}

/// A change may not take from a lead what every lead must have. A person's lead may lack it from the start.
pub(super) fn check_still_required(state: &State, changed: &Lead) -> Result<(), Refusal> {
    match state.leads.get(changed.id).map(check_required) {
        Some(Ok(())) => check_required(changed),
        Some(Err(_)) | None => Ok(()),
    }
}

/// The id of a path or a body; whatever is no number is no lead's.
pub(super) fn parse_id(text: &str) -> Result<u64, Refusal> {
    text.parse().map_err(|_| not_found())
}

fn not_found() -> Refusal {
    Refusal::of("Lead not found")
}
