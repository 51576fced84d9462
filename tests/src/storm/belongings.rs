//! What people do with notes, tasks and appointments during a storm, and what both CRMs show of them.
//!
//! Each is known on both sides by a marker that nobody ever edits: the title of a task or appointment, the first word
//! of a note.

use serde_json::{Value, json};
use shared::model::side::Kind;

use super::cloud::{Cloud, calendar};
use super::entries;
use super::face::{Face, same, text};
use super::model::On;
use super::setting::{Setting, Way};

/// The fields of a task and of an appointment that people edit, each with its name in GHL and in HelloLeads. A note has
/// its text; an appointment's times go together.
const TASK: [(&str, &str, &str); 2] = [("body", "body", "description"), ("due", "dueDate", "dueDateTime")];
const APPOINTMENT: [(&str, &str, &str); 2] =
    [("body", "description", "notes"), ("place", "address", "place")];

const DONE: &str = "completed";
const TIME: &str = "time";

impl Cloud {
    /// Everything of this kind on one side of a connection, each with the marker of its contact.
    pub fn belongings(&self, setting: &Setting, on: On, kind: Kind) -> Vec<(String, Face)> {
        let mut found = Vec::new();
        for owner in self.faces(setting, on) {
            let shown = match on {
                On::Ghl => self.of_contact(setting, &owner.id, kind),
                On::HelloLeads => self.of_lead(setting, &owner.id, kind),
            };
            found.extend(shown.iter().map(|shown| (owner.marker.clone(), to_face(on, kind, shown))));
        }
        found
    }

    fn of_contact(&self, setting: &Setting, contact: &str, kind: Kind) -> Vec<Value> {
        match kind {
            Kind::Note => self.ghl.notes(&setting.location, contact),
            Kind::Task => self.ghl.tasks(&setting.location, contact),
            _ => {
                let mut all = self.ghl.appointments(&setting.location);
                all.retain(|one| one["contactId"] == contact);
                all
            }
        }
    }

    fn of_lead(&self, setting: &Setting, lead: &str, kind: Kind) -> Vec<Value> {
        let account = &self.helloleads[setting.place];
        if setting.way == Way::Key {
            return entries::shown(&self.notes_of_lead(setting, lead), kind);
        }
        match kind {
            Kind::Note => account.comments(lead),
            Kind::Task => account.todos(lead),
            _ => account.appointments(lead),
        }
    }

    fn notes_of_lead(&self, setting: &Setting, lead: &str) -> String {
        let shown = self.helloleads[setting.place].lead(lead);
        shown.map_or_else(String::new, |lead| text(&lead, "notes"))
    }

    /// The lead in whose notes an entry stands.
    fn lead_holding(&self, setting: &Setting, owner: &str, id: &str) -> String {
        let holds = |face: &Face| {
            face.marker == owner && self.notes_of_lead(setting, &face.id).contains(&format!(" {id}"))
        };
        let found = self.faces(setting, On::HelloLeads).into_iter().find(holds);
        found.expect("it was found with its lead").id
    }

    /// Edits an entry in a lead's notes, or takes it out.
    fn edit_entry(&self, setting: &Setting, owner: &str, id: &str, text: Option<&str>) {
        let lead = self.lead_holding(setting, owner, id);
        let notes = entries::edited(&self.notes_of_lead(setting, &lead), id, text);
        self.helloleads[setting.place].person_edits_lead(&lead, json!({ "notes": notes }));
    }

    /// Whether people can add, edit and delete such a record on that side: in a lead's notes, they edit and delete GHL's
    /// notes.
    fn is_at_hand(setting: &Setting, on: On, kind: Kind, adds: bool) -> bool {
        let in_notes = on == On::HelloLeads && setting.way == Way::Key;
        setting.related && (!in_notes || kind == Kind::Note && !adds)
    }

    /// Somebody adds a note, task or appointment to somebody who is there.
    pub(super) fn add(&self, setting: &Setting, on: On, kind: Kind) {
        let at_hand = Self::is_at_hand(setting, on, kind, true);
        let Some(owner) = self.somebody(setting, on).filter(|_| at_hand) else { return };
        let marker = self.subject(setting, kind, Some(&owner.marker), &[on]);
        let names: &[&str] = match kind {
            Kind::Note => &["body"],
            Kind::Task => &["body", "due"],
            _ => &["body", "place", TIME],
        };
        let typed: Vec<(String, String)> =
            names.iter().map(|name| ((*name).to_owned(), self.value(name))).collect();
        self.model.typed(&marker, on, &typed);
        let fields = to_fields(on, kind, &marker, &typed);
        let id = match on {
            On::Ghl => self.add_to_contact(setting, &owner.id, kind, fields),
            On::HelloLeads => self.add_to_lead(setting, &owner.id, kind, fields),
        };
        self.weather
            .tell(|| format!("somebody adds {on:?} {kind:?} {id}, {marker}, to {}: {typed:?}", owner.marker));
    }

    fn add_to_contact(&self, setting: &Setting, contact: &str, kind: Kind, mut fields: Value) -> String {
        let location = &setting.location;
        match kind {
            Kind::Note => self.ghl.person_creates_note(location, contact, &text(&fields, "body")),
            Kind::Task => self.ghl.person_creates_task(location, contact, fields),
            _ => {
                fields["contactId"] = json!(contact);
                fields["calendarId"] = json!(calendar(setting));
                self.ghl.person_books_appointment(location, fields)
            }
        }
    }

    fn add_to_lead(&self, setting: &Setting, lead: &str, kind: Kind, fields: Value) -> String {
        let account = &self.helloleads[setting.place];
        match kind {
            Kind::Note => account.person_adds_comment(lead, "", &text(&fields, "text")),
            Kind::Task => account.person_adds_todo(lead, fields),
            _ => account.person_books_appointment(lead, fields),
        }
    }

    /// Somebody edits one field of what belongs to somebody; on both sides with values of their own.
    pub(super) fn edit_belonging(&self, setting: &Setting, on: &[On]) {
        let kind = self.weather.draw(|dice| dice.pick(&Kind::OF_A_CONTACT).copied());
        let (Some(kind), Some(first)) = (kind, on.first()) else { return };
        if !on.iter().all(|side| Self::is_at_hand(setting, *side, kind, false)) {
            return;
        }
        let Some((_, face)) = self.some_belonging(setting, *first, kind) else { return };
        let names: &[&str] = match kind {
            Kind::Note => &["body"],
            Kind::Task => &["body", "due", DONE],
            _ => &["body", "place", TIME],
        };
        let name = self.weather.draw(|dice| dice.pick(names).copied()).unwrap_or("body");
        for side in on {
            let all = self.belongings(setting, *side, kind);
            let Some((owner, there)) = all.into_iter().find(|(_, it)| it.marker == face.marker) else {
                continue;
            };
            let value = match (name, there.fields.contains_key(DONE)) {
                (DONE, true) => String::new(),
                (DONE, false) => "on".to_owned(),
                _ => self.value(name),
            };
            let typed = [(name.to_owned(), value)];
            self.model.typed(&there.marker, *side, &typed);
            self.weather.tell(|| {
                format!(
                    "somebody edits {side:?} {kind:?} {} of {owner}, {}: {typed:?}",
                    there.id, there.marker
                )
            });
            let fields = to_fields(*side, kind, &there.marker, &typed);
            match side {
                On::Ghl => self.edit_of_contact(setting, &owner, kind, &there.id, fields),
                On::HelloLeads => self.edit_of_lead(setting, &owner, kind, &there.id, fields),
            }
        }
    }

    fn edit_of_contact(&self, setting: &Setting, owner: &str, kind: Kind, id: &str, fields: Value) {
        let location = &setting.location;
        let contact = self.contact_holding(setting, owner, kind, id);
        match kind {
            Kind::Note => self.ghl.person_edits_note(location, &contact, id, &text(&fields, "body")),
            Kind::Task => self.ghl.person_edits_task(location, &contact, id, fields),
            _ => self.ghl.person_edits_appointment(location, id, fields),
        }
    }

    /// The contact that a note, task or appointment stands with: its person may be there twice.
    fn contact_holding(&self, setting: &Setting, owner: &str, kind: Kind, id: &str) -> String {
        let holds = |face: &Face| {
            face.marker == owner
                && self.of_contact(setting, &face.id, kind).iter().any(|shown| shown["id"] == id)
        };
        let found = self.faces(setting, On::Ghl).into_iter().find(holds);
        found.expect("it was found with its contact").id
    }

    fn edit_of_lead(&self, setting: &Setting, owner: &str, kind: Kind, id: &str, fields: Value) {
        if setting.way == Way::Key {
            return self.edit_entry(setting, owner, id, Some(&text(&fields, "text")));
        }
        let account = &self.helloleads[setting.place];
        match kind {
            Kind::Note => account.person_edits_comment(id, &text(&fields, "text")),
            Kind::Task => account.person_edits_todo(id, fields),
            _ => account.person_edits_appointment(id, fields),
        }
    }

    pub(super) fn delete_belonging(&self, setting: &Setting, on: On) {
        let kind = self.weather.draw(|dice| dice.pick(&Kind::OF_A_CONTACT).copied());
        let Some(kind) = kind.filter(|kind| Self::is_at_hand(setting, on, *kind, false)) else { return };
        let Some((owner, face)) = self.some_belonging(setting, on, kind) else { return };
        let there = self.belongings(setting, on.other(), kind).into_iter();
        let twins: Vec<Face> = there.map(|(_, it)| it).filter(|it| it.marker == face.marker).collect();
        let agreed = matches!(twins.as_slice(), [twin] if twin.fields == face.fields);
        self.weather
            .tell(|| format!("somebody deletes {on:?} {kind:?} {} of {owner}, {}", face.id, face.marker));
        self.model.deleted(&face, on, agreed);
        let (location, account) = (&setting.location, &self.helloleads[setting.place]);
        let contact = || self.contact_holding(setting, &owner, kind, &face.id);
        match (on, kind) {
            (On::Ghl, Kind::Note) => self.ghl.person_deletes_note(location, &contact(), &face.id),
            (On::Ghl, Kind::Task) => self.ghl.person_deletes_task(location, &contact(), &face.id),
            (On::Ghl, _) => self.ghl.person_deletes_appointment(location, &face.id),
            (On::HelloLeads, _) if setting.way == Way::Key => {
                self.edit_entry(setting, &owner, &face.id, None)
            }
            (On::HelloLeads, Kind::Note) => account.person_deletes_comment(&face.id),
            (On::HelloLeads, Kind::Task) => account.person_deletes_todo(&face.id),
            (On::HelloLeads, _) => account.person_deletes_appointment(&face.id),
        }
    }

    fn some_belonging(&self, setting: &Setting, on: On, kind: Kind) -> Option<(String, Face)> {
        let all = self.belongings(setting, on, kind);
        self.weather.draw(|dice| dice.pick(&all).cloned())
    }
}

/// A note, task or appointment as a person sees it.
pub fn to_face(on: On, kind: Kind, shown: &Value) -> Face {
    let mut fields = super::face::Fields::new();
    let mut marker = text(shown, "title");
    let mut put = |name: &str, value: String| {
        fields.insert(name.to_owned(), same(name, &value));
    };
    match kind {
        Kind::Note => {
            let whole = text(shown, if on == On::Ghl { "body" } else { "text" });
            // A note that was brought over has its author's line before it.
            let (first, rest) = marked(&whole);
            first.clone_into(&mut marker);
            put("body", rest.to_owned());
        }
        Kind::Task => {
            for (name, ghl, theirs) in TASK {
                put(name, text(shown, if on == On::Ghl { ghl } else { theirs }));
            }
            let done = if on == On::Ghl { shown["completed"] == true } else { shown["donePercent"] == 100 };
            put(DONE, if done { "on".to_owned() } else { String::new() });
        }
        _ => {
            for (name, ghl, theirs) in APPOINTMENT {
                put(name, text(shown, if on == On::Ghl { ghl } else { theirs }));
            }
            let (start, end) = if on == On::Ghl { ("startTime", "endTime") } else { ("start", "end") };
            put(TIME, format!("{}/{}", text(shown, start), text(shown, end)));
        }
    }
    fields.retain(|_, value| !value.is_empty());
    Face { id: text(shown, "id"), marker, fields, marked: false }
}

/// The marker of a note and its text. One that was brought over has its author's line before it.
pub fn marked(note: &str) -> (&str, &str) {
    let last = note.lines().last().unwrap_or_default();
    last.split_once(' ').unwrap_or((last, ""))
}

/// What is typed, by the names that the side gives it, with the marker.
fn to_fields(on: On, kind: Kind, marker: &str, typed: &[(String, String)]) -> Value {
    let mut fields = json!({});
    let is_ghl = on == On::Ghl;
    if kind != Kind::Note {
        fields["title"] = json!(marker);
    }
    for (name, value) in typed {
        match (kind, name.as_str()) {
            (Kind::Note, _) => {
                fields[if is_ghl { "body" } else { "text" }] = json!(format!("{marker} {value}"));
            }
            (_, DONE) if is_ghl => fields["completed"] = json!(!value.is_empty()),
            (_, DONE) => fields["donePercent"] = json!(if value.is_empty() { 0 } else { 100 }),
            (_, TIME) => {
                let (start, end) = value.split_once('/').unwrap_or((value, ""));
                fields[if is_ghl { "startTime" } else { "start" }] = json!(start);
                fields[if is_ghl { "endTime" } else { "end" }] = json!(end);
            }
            (kind, name) => {
                let names = if kind == Kind::Task { TASK } else { APPOINTMENT };
                for (_, ghl, theirs) in names.into_iter().filter(|(ours, ..)| *ours == name) {
                    fields[if is_ghl { ghl } else { theirs }] = json!(value);
                }
            }
        }
    }
    fields
}
