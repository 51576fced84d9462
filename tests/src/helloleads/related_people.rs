//! What people do with comments, to-dos and appointments in HelloLeads' own screens; the relay sees each change.

use serde_json::{Map, Value, json};

use super::fake::FakeHelloLeads;
use super::related::{self, Item, Kind};
use super::relay;

/// A field or a record that does not exist is the test's mistake and panics.
impl FakeHelloLeads {
    pub fn add_user(&self, id: &str, email: &str, name: &str) {
        self.state().related.users.insert(id.to_owned(), (email.to_owned(), name.to_owned()));
    }

    /// Lets in whoever shows this session token together with this user's id.
    pub fn add_session(&self, token: &str, user: &str) {
        self.state().related.sessions.insert(token.to_owned(), user.to_owned());
    }

    /// Every session is over.
    pub fn end_sessions(&self) {
        self.state().related.sessions.clear();
    }

    pub fn person_adds_comment(&self, lead: &str, user_email: &str, text: &str) -> String {
        let name = self.state().related.user_named(user_email).map(str::to_owned);
        self.person_adds(
            Kind::Comment,
            lead,
            &json!({ "text": text, "user_email": user_email, "user_name": name }),
        )
    }

    pub fn person_edits_comment(&self, id: &str, text: &str) {
        self.person_edits(Kind::Comment, id, &json!({ "text": text }));
    }

    pub fn person_deletes_comment(&self, id: &str) {
        self.person_deletes(Kind::Comment, id);
    }

    /// `title`, `description`, `dueDateTime` (ISO 8601, UTC), `assignedTo` (an e-mail address), `donePercent`.
    pub fn person_adds_todo(&self, lead: &str, fields: Value) -> String {
        self.person_adds(Kind::ToDo, lead, &fields)
    }

    pub fn person_edits_todo(&self, id: &str, fields: Value) {
        self.person_edits(Kind::ToDo, id, &fields);
    }

    pub fn person_deletes_todo(&self, id: &str) {
        self.person_deletes(Kind::ToDo, id);
    }

    /// `title`, `notes`, `start` and `end` (ISO 8601, UTC), `status`, `assignee` (an e-mail address), `place`.
    pub fn person_books_appointment(&self, lead: &str, fields: Value) -> String {
        self.person_adds(Kind::Appointment, lead, &fields)
    }

    pub fn person_edits_appointment(&self, id: &str, fields: Value) {
        self.person_edits(Kind::Appointment, id, &fields);
    }

    pub fn person_deletes_appointment(&self, id: &str) {
        self.person_deletes(Kind::Appointment, id);
    }

    /// A lead's comments, oldest first.
    pub fn comments(&self, lead: &str) -> Vec<Value> {
        self.of_lead(Kind::Comment, lead)
    }

    pub fn todos(&self, lead: &str) -> Vec<Value> {
        self.of_lead(Kind::ToDo, lead)
    }

    pub fn appointments(&self, lead: &str) -> Vec<Value> {
        self.of_lead(Kind::Appointment, lead)
    }

    /// The lead's follow-up, as it was last set.
    pub fn follow_up(&self, lead: &str) -> Option<Value> {
        self.state().related.follow_ups.get(&lead.parse().ok()?).cloned()
    }

    fn of_lead(&self, kind: Kind, lead: &str) -> Vec<Value> {
        let state = self.state();
        let mine = state.related.of(kind).filter(|item| item.lead.to_string() == lead);
        mine.map(Item::shown).collect()
    }

    fn person_adds(&self, kind: Kind, lead: &str, fields: &Value) -> String {
        let state = &mut *self.state();
        let lead = lead.parse().expect("the id is a lead's");
        let id = related::add(state, kind, lead, object(fields), None).expect("the lead exists");
        relay::tell_related(state, kind, "created", id);
        id.to_string()
    }

    fn person_edits(&self, kind: Kind, id: &str, fields: &Value) {
        let state = &mut *self.state();
        let id = id.parse().expect("the id is a record's");
        if related::change(state, kind, id, object(fields)).expect("the record exists") {
            relay::tell_related(state, kind, "updated", id);
        }
    }

    fn person_deletes(&self, kind: Kind, id: &str) {
        let state = &mut *self.state();
        let id = id.parse().expect("the id is a record's");
        let gone = related::remove(state, kind, id).expect("the record exists");
        relay::tell_related_deleted(state, kind, &gone);
    }
}

fn object(fields: &Value) -> &Map<String, Value> {
    fields.as_object().expect("fields are an object")
}
