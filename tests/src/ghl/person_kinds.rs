//! What a person does with notes, tasks and appointments in GHL's own screens, and what tests see of them.
//!
//! A call that GHL's screens would refuse is a mistake of the test, and panics.

use serde_json::{Value, json};

use super::body::Fields;
use super::fake::{FakeGhl, INSTALLER};
use super::refusal::Refusal;
use super::{appointments, notes, tasks};

impl FakeGhl {
    /// Writes a note as the location's first user and answers its id.
    pub fn person_creates_note(&self, location: &str, contact: &str, body: &str) -> String {
        let user = self.state().locations.get(location).and_then(|location| location.first_user());
        self.person_creates_note_as(location, contact, body, user.as_deref().unwrap_or(INSTALLER))
    }

    /// Writes a note as this user and answers its id.
    pub fn person_creates_note_as(&self, location: &str, contact: &str, body: &str, user_id: &str) -> String {
        let fields = entered(json!({"body": body, "userId": user_id}));
        taken(notes::made(&mut self.state(), location, contact, fields)).id
    }

    /// Rewrites a note.
    pub fn person_edits_note(&self, location: &str, contact: &str, id: &str, body: &str) {
        let fields = entered(json!({"body": body}));
        taken(notes::changed(&mut self.state(), location, contact, id, fields));
    }

    /// Deletes a note.
    pub fn person_deletes_note(&self, location: &str, contact: &str, id: &str) {
        taken(notes::removed(&mut self.state(), location, contact, id));
    }

    /// Creates a task of these fields, named as in the API, and answers its id. Only `title` must be there.
    pub fn person_creates_task(&self, location: &str, contact: &str, fields: Value) -> String {
        let mut fields = entered(fields);
        assert!(fields.contains_key("title"), "GHL's screens make no task without a title");
        taken(tasks::check_entered(&fields));
        fields.retain(|_, value| !value.is_null());
        fields.entry("completed").or_insert(json!(false));
        taken(tasks::made(&mut self.state(), location, contact, fields)).id
    }

    /// Sets these fields of a task; null empties a field.
    pub fn person_edits_task(&self, location: &str, contact: &str, id: &str, fields: Value) {
        let fields = entered(fields);
        taken(tasks::check_entered(&fields));
        taken(tasks::changed(&mut self.state(), location, contact, id, fields));
    }

    /// Deletes a task.
    pub fn person_deletes_task(&self, location: &str, contact: &str, id: &str) {
        taken(tasks::removed(&mut self.state(), location, contact, id));
    }

    /// Books an appointment of these fields, named as in the API, and answers its id. A person may take a slot
    /// that is not free, and may also set `isRecurring`, `masterEventId` and `source`.
    pub fn person_books_appointment(&self, location: &str, fields: Value) -> String {
        let mut fields = entered(fields);
        taken(appointments::check_entered(&fields));
        fields.retain(|_, value| !value.is_null());
        let mut state = self.state();
        let drafted = taken(appointments::drafted(&mut state, location, &fields, "calendar_page"));
        taken(appointments::put(&mut state, drafted, "AppointmentCreate")).id
    }

    /// Sets these fields of an appointment; null empties a field.
    pub fn person_edits_appointment(&self, location: &str, id: &str, fields: Value) {
        let fields = entered(fields);
        taken(appointments::check_entered(&fields));
        let mut state = self.state();
        let changed = taken(appointments::redrafted(&state, location, id, &fields));
        taken(appointments::put(&mut state, changed, "AppointmentUpdate"));
    }

    /// Deletes an appointment.
    pub fn person_deletes_appointment(&self, location: &str, id: &str) {
        taken(appointments::removed(&mut self.state(), location, id));
    }

    /// Adds a calendar: `{id, name}`, and `groupId` where it has a group.
    pub fn add_calendar(&self, location: &str, calendar: Value) {
        taken(self.state().location_mut(location)).calendars.push(calendar);
    }

    /// The notes of a contact as `GET` shows them, newest first; none where the contact was deleted.
    pub fn notes(&self, location: &str, contact: &str) -> Vec<Value> {
        notes::all(&self.state(), location, contact).unwrap_or_default()
    }

    /// The tasks of a contact as `GET` shows them, oldest first; none where the contact was deleted.
    pub fn tasks(&self, location: &str, contact: &str) -> Vec<Value> {
        tasks::all(&self.state(), location, contact).unwrap_or_default()
    }

    /// The appointments of a location as `GET` shows them, oldest first, without those of deleted contacts.
    pub fn appointments(&self, location: &str) -> Vec<Value> {
        let state = self.state();
        let zone = taken(state.location(location)).zone();
        taken(appointments::visible(&state, location)).map(|kept| kept.as_read(&zone)).collect()
    }

    /// How many appointments the API wrote without `toNotify: false`: each of them reminds somebody.
    pub fn reminders_sent(&self) -> usize {
        self.state().reminders_sent
    }
}

fn entered(fields: Value) -> Fields {
    let Value::Object(fields) = fields else { panic!("the fields are a JSON object") };
    fields
}

fn taken<T>(result: Result<T, Refusal>) -> T {
    result.unwrap_or_else(|refusal| panic!("GHL's screens refuse this: {refusal:?}"))
}
