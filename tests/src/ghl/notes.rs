//! The notes of a contact.

use jiff::Timestamp;
use serde_json::{Map, Value, json};

use super::body::{self, Fields, Takes};
use super::ids::Kind;
use super::refusal::Refusal;
use super::shape;
use super::state::State;
use super::wire::{Answer, Asked};

const SCHEMA: &body::Schema = &[
    ("body", Takes::SomeText),
    ("userId", Takes::Text),
    ("title", Takes::Text),
    ("color", Takes::Text),
    ("pinned", Takes::Bool),
];

/// A note, with its fields by their API names.
#[derive(Clone, Debug)]
pub(super) struct Note {
    pub id: String,
    pub contact: String,
    fields: Fields,
    added: Timestamp,
}

impl Note {
    /// As every call shows it.
    fn shown(&self) -> Value {
        let mut shown = self.fields.clone();
        shown.extend(self.common());
        Value::Object(shown)
    }

    /// As a webhook carries it: without its user and its title.
    fn as_hook(&self, event: &str) -> Fields {
        let mut hook = self.common();
        hook.insert("type".to_owned(), json!(event));
        hook.insert("body".to_owned(), self.fields["body"].clone());
        hook
    }

    fn common(&self) -> Fields {
        let added = json!(shape::instant(self.added));
        Map::from_iter([
            ("id".to_owned(), json!(self.id)),
            ("contactId".to_owned(), json!(self.contact)),
            ("dateAdded".to_owned(), added),
        ])
    }
}

pub(super) fn list(
    state: &mut State,
    _: &Asked,
    own: &str,
    [contact, _]: [&str; 2],
) -> Result<Answer, Refusal> {
    Ok(Answer::json(200, json!({"notes": all(state, own, contact)?})))
}

pub(super) fn read(
    state: &mut State,
    _: &Asked,
    own: &str,
    [contact, id]: [&str; 2],
) -> Result<Answer, Refusal> {
    Ok(Answer::json(200, json!({"note": found(state, own, contact, id)?.shown()})))
}

pub(super) fn create(
    state: &mut State,
    asked: &Asked,
    own: &str,
    [contact, _]: [&str; 2],
) -> Result<Answer, Refusal> {
    let note = made(state, own, contact, asked.object()?)?;
    Ok(Answer::json(201, json!({"note": note.shown()})))
}

pub(super) fn update(
    state: &mut State,
    asked: &Asked,
    own: &str,
    [contact, id]: [&str; 2],
) -> Result<Answer, Refusal> {
    let note = changed(state, own, contact, id, asked.object()?)?;
    Ok(Answer::json(200, json!({"note": note.shown()})))
}

pub(super) fn delete(
    state: &mut State,
    _: &Asked,
    own: &str,
    [contact, id]: [&str; 2],
) -> Result<Answer, Refusal> {
    removed(state, own, contact, id)?;
    Ok(Answer::json(200, json!({"succeded": true})))
}

/// The notes of a contact as they are shown, newest first.
pub(super) fn all(state: &State, location: &str, contact: &str) -> Result<Vec<Value>, Refusal> {
    state.contact(location, contact)?;
    let notes = state.location(location)?.notes.iter().rev();
    Ok(notes.filter(|note| note.contact == contact).map(Note::shown).collect())
}

/// Makes a note and fires its webhook.
pub(super) fn made(
    state: &mut State,
    location: &str,
    contact: &str,
    fields: Fields,
) -> Result<Note, Refusal> {
    body::check(&fields, SCHEMA, &["body"])?;
    let contact = state.contact(location, contact)?.id.clone();
    let note = Note { id: state.ids.next(Kind::Note), contact, fields, added: state.now() };
    state.location_mut(location)?.notes.push(note.clone());
    state.fire(location, note.as_hook("NoteCreate"));
    Ok(note)
}

/// Writes these fields into a note and fires its webhook.
pub(super) fn changed(
    state: &mut State,
    location: &str,
    contact: &str,
    id: &str,
    fields: Fields,
) -> Result<Note, Refusal> {
    body::check(&fields, SCHEMA, &[])?;
    let mut note = found(state, location, contact, id)?.clone();
    body::write(&mut note.fields, fields);
    let notes = &mut state.location_mut(location)?.notes;
    notes.iter_mut().filter(|known| known.id == id).for_each(|known| *known = note.clone());
    state.fire(location, note.as_hook("NoteUpdate"));
    Ok(note)
}

/// Removes a note and fires its webhook.
pub(super) fn removed(state: &mut State, location: &str, contact: &str, id: &str) -> Result<(), Refusal> {
    let note = found(state, location, contact, id)?.clone();
    state.location_mut(location)?.notes.retain(|known| known.id != id);
    state.fire(location, note.as_hook("NoteDelete"));
    Ok(())
}

fn found<'a>(state: &'a State, location: &str, contact: &str, id: &str) -> Result<&'a Note, Refusal> {
    state.contact(location, contact)?;
    let notes = &state.location(location)?.notes;
    let found = notes.iter().find(|note| note.id == id && note.contact == contact);
    found.ok_or_else(|| Refusal::missing("Note", id))
}
