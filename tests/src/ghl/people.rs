//! What a person does in GHL's own screens. Each change fires webhooks just as one made by the API does.
//!
//! A call that GHL's screens would refuse is a mistake of the test, and panics.

use serde_json::{Map, Value, json};

use super::contact::Contact;
use super::fake::FakeGhl;
use super::state::State;
use super::webhooks::Event;
use super::{contacts, validate, value};

impl FakeGhl {
    /// Creates a contact of these fields, named as in the API, and answers its id. Unlike the API, a person can
    /// also set `additionalEmails` and `businessId`.
    pub fn person_creates_contact(&self, location: &str, fields: Value) -> String {
        let mut state = self.state();
        let fields = entered(fields);
        let mut contact = contacts::drafted(&mut state, location, &fields)
            .unwrap_or_else(|refusal| panic!("GHL's screens refuse this contact: {refusal:?}"));
        contact.attribution = Some(json!({"medium": "manual", "mediumId": null, "sessionSource": "CRM UI"}));
        let id = contact.id.clone();
        state.put(contact, &[Event::Create]);
        id
    }

    /// Sets these fields of a contact; null empties a field, and `tags` replaces all tags.
    pub fn person_edits_contact(&self, location: &str, id: &str, fields: Value) {
        let mut state = self.state();
        let fields = entered(fields);
        let before = found(&state, location, id);
        contacts::edited(&mut state, &before, &fields)
            .unwrap_or_else(|refusal| panic!("GHL's screens refuse this edit: {refusal:?}"));
    }

    pub fn person_adds_tag(&self, location: &str, id: &str, tag: &str) {
        let mut state = self.state();
        let before = found(&state, location, id);
        let tags = value::tags(before.tags.iter().map(String::as_str).chain([tag]));
        contacts::retagged(&mut state, &before, tags);
    }

    pub fn person_removes_tag(&self, location: &str, id: &str, tag: &str) {
        let mut state = self.state();
        let before = found(&state, location, id);
        let mut tags = before.tags.clone();
        tags.retain(|held| *held != tag.trim().to_lowercase());
        contacts::retagged(&mut state, &before, tags);
    }

    /// Deletes a contact, softly.
    pub fn person_deletes_contact(&self, location: &str, id: &str) {
        let mut state = self.state();
        let contact = found(&state, location, id);
        state.put(Contact { deleted: true, ..contact }, &[Event::Delete]);
    }

    /// Restores a deleted contact under its old id, even where its e-mail belongs to another one by now.
    pub fn person_restores_contact(&self, location: &str, id: &str) {
        let mut state = self.state();
        let deleted = state.locations.get(location).and_then(|location| location.contact(id));
        let contact = deleted.filter(|contact| contact.deleted).expect("the contact was deleted").clone();
        let events: &[Event] = if state.switches.restore_fires_create { &[Event::Create] } else { &[] };
        state.put(Contact { deleted: false, ..contact }, events);
    }
}

fn entered(fields: Value) -> Map<String, Value> {
    let Value::Object(fields) = fields else { panic!("a contact's fields are a JSON object") };
    if let Err(refusal) = validate::person(&fields) {
        panic!("GHL's screens have no such fields: {refusal:?}");
    }
    fields
}

fn found(state: &State, location: &str, id: &str) -> Contact {
    state.contact(location, id).expect("the person sees this contact").clone()
}
