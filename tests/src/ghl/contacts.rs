//! The calls on one contact: read, create, update, delete, and its tags.

use serde_json::{Map, Value, json};

use super::contact::Contact;
use super::ids::Kind;
use super::refusal::Refusal;
use super::state::State;
use super::webhooks::Event;
use super::wire::{Answer, Asked};
use super::{duplicates, edit, gate, shape, validate, value};

/// Writing one of these alone fires no `ContactUpdate`: they have events of their own.
const OWN_EVENT: [&str; 4] = ["tags", "dnd", "dndSettings", "inboundDndSettings"];

pub(super) fn read(state: &State, own: &str, id: &str) -> Result<Answer, Refusal> {
    let contact = state.contact(own, id)?;
    Ok(Answer::json(200, json!({"contact": shape::as_read(contact)})))
}

pub(super) fn create(state: &mut State, asked: &Asked, own: &str) -> Result<Answer, Refusal> {
    let body = asked.object()?;
    validate::create(&body)?;
    gate::same_location(own, body["locationId"].as_str().unwrap_or_default())?;
    let contact = drafted(state, own, &body)?;
    let shown = shape::as_created(&contact);
    state.put(contact, &[Event::Create]);
    Ok(Answer::json(201, json!({"contact": shown})))
}

pub(super) fn update(state: &mut State, asked: &Asked, own: &str, id: &str) -> Result<Answer, Refusal> {
    let body = asked.object()?;
    validate::update(&body)?;
    let before = state.contact(own, id)?.clone();
    edited(state, &before, &body)?;
    let contact = shape::as_read(state.contact(own, id)?);
    // The misspelling is GHL's own.
    Ok(Answer::json(200, json!({"succeded": true, "contact": contact})))
}

/// A soft delete: a person can restore the contact, under the same id.
pub(super) fn delete(state: &mut State, own: &str, id: &str) -> Result<Answer, Refusal> {
    let contact = state.contact(own, id)?.clone();
    state.put(Contact { deleted: true, ..contact }, &[Event::Delete]);
    Ok(Answer::json(200, json!({"succeded": true})))
}

pub(super) fn add_tags(state: &mut State, asked: &Asked, own: &str, id: &str) -> Result<Answer, Refusal> {
    let body = asked.object()?;
    let named = value::tags(validate::tags(&body)?);
    let before = state.contact(own, id)?.clone();
    let mut tags = before.tags.clone();
    tags.extend(named.iter().filter(|tag| !before.tags.contains(tag)).cloned());
    retagged(state, &before, tags.clone());
    Ok(tags_answer(201, state, tags, named))
}

pub(super) fn remove_tags(state: &mut State, asked: &Asked, own: &str, id: &str) -> Result<Answer, Refusal> {
    let body = asked.object()?;
    let named = value::tags(validate::tags(&body)?);
    let before = state.contact(own, id)?.clone();
    let mut tags = before.tags.clone();
    tags.retain(|tag| !named.contains(tag));
    retagged(state, &before, tags.clone());
    Ok(tags_answer(200, state, tags, named))
}

/// Makes a contact of these fields, which is not kept yet.
pub(super) fn drafted(
    state: &mut State,
    location: &str,
    fields: &Map<String, Value>,
) -> Result<Contact, Refusal> {
    let here = state.location(location)?;
    let mut contact = Contact::blank(String::new(), location, state.now());
    contact.set_text("country", here.settings.country);
    edit::apply(&mut contact, fields, here, &state.switches)?;
    duplicates::refuse(here, &contact, None)?;
    contact.id = state.ids.next(Kind::Contact);
    Ok(contact)
}

/// Writes these fields into a contact, keeps it and fires its webhooks.
pub(super) fn edited(
    state: &mut State,
    before: &Contact,
    fields: &Map<String, Value>,
) -> Result<(), Refusal> {
    let here = state.location(&before.location)?;
    let mut after = before.clone();
    edit::apply(&mut after, fields, here, &state.switches)?;
    duplicates::refuse(here, &after, Some(before))?;
    let touched = fields.keys().any(|field| !OWN_EVENT.contains(&field.as_str()));
    let events = state.events_of(before, &after, touched);
    state.put(after, &events);
    Ok(())
}

/// Gives a contact these tags. Where it has them already, nothing happens.
pub(super) fn retagged(state: &mut State, before: &Contact, tags: Vec<String>) {
    if tags != before.tags {
        let after = Contact { tags, ..before.clone() };
        let events = state.events_of(before, &after, false);
        state.put(after, &events);
    }
}

fn tags_answer(status: u16, state: &State, whole: Vec<String>, named: Vec<String>) -> Answer {
    let shown = if state.switches.tag_answers_are_whole { whole } else { named };
    Answer::json(status, json!({"tags": shown}))
}
