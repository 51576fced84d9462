//! What people do in both CRMs during a storm, as the dice want it; the model hears of all of it.

use jiff::{SignedDuration, Timestamp};
use serde_json::{Map, Value, json};
use shared::model::side::Kind;

use super::cloud::{Cloud, leads};
use super::face::{FIELDS, Face, of_contact, of_lead, same};
use super::model::{On, Subject};
use super::setting::{Setting, Way};
use crate::world::LIST;

/// What a person can set out to do, each as often as it stands here.
const DEEDS: [Deed; 41] = [
    Deed::Create(On::Ghl),
    Deed::Create(On::Ghl),
    Deed::Create(On::HelloLeads),
    Deed::Create(On::HelloLeads),
    Deed::CreateOnBoth,
    Deed::Edit(On::Ghl),
    Deed::Edit(On::Ghl),
    Deed::Edit(On::Ghl),
    Deed::Edit(On::Ghl),
    Deed::Edit(On::HelloLeads),
    Deed::Edit(On::HelloLeads),
    Deed::Edit(On::HelloLeads),
    Deed::Edit(On::HelloLeads),
    Deed::EditBoth,
    Deed::EditBoth,
    Deed::EditBoth,
    Deed::Empty(On::Ghl),
    Deed::Empty(On::HelloLeads),
    Deed::Tag(On::Ghl),
    Deed::Tag(On::Ghl),
    Deed::Tag(On::HelloLeads),
    Deed::Tag(On::HelloLeads),
    Deed::Delete(On::Ghl),
    Deed::Delete(On::Ghl),
    Deed::Restore,
    Deed::Merge,
    Deed::Delete(On::HelloLeads),
    Deed::Add(On::Ghl, Kind::Note),
    Deed::Add(On::Ghl, Kind::Task),
    Deed::Add(On::Ghl, Kind::Appointment),
    Deed::Add(On::HelloLeads, Kind::Note),
    Deed::Add(On::HelloLeads, Kind::Task),
    Deed::Add(On::HelloLeads, Kind::Appointment),
    Deed::EditBelonging(On::Ghl),
    Deed::EditBelonging(On::Ghl),
    Deed::EditBelonging(On::HelloLeads),
    Deed::EditBelonging(On::HelloLeads),
    Deed::EditBelongingOnBoth,
    Deed::EditBelongingOnBoth,
    Deed::DeleteBelonging(On::Ghl),
    Deed::DeleteBelonging(On::HelloLeads),
];

#[derive(Clone, Copy, Debug)]
enum Deed {
    Create(On),
    CreateOnBoth,
    Edit(On),
    EditBoth,
    Empty(On),
    Tag(On),
    Delete(On),
    Restore,
    Merge,
    Add(On, Kind),
    EditBelonging(On),
    EditBelongingOnBoth,
    DeleteBelonging(On),
}

/// The fields of one deed, by the model's names.
type Typed = Vec<(String, String)>;

impl Cloud {
    /// One deed of one person, in the CRM of one connection.
    pub fn act(&self) {
        let (place, deed) = self.weather.draw(|dice| {
            let place = dice.below(self.settings.len() as u64);
            (usize::try_from(place).unwrap_or(0), dice.pick(&DEEDS).copied().unwrap_or(Deed::CreateOnBoth))
        });
        let setting = &self.settings[place];
        match deed {
            Deed::Create(on) => self.create(setting, &[on]),
            Deed::CreateOnBoth => self.create(setting, &[On::Ghl, On::HelloLeads]),
            Deed::Edit(on) => self.edit(setting, &[on], false),
            Deed::EditBoth => self.edit(setting, &[On::Ghl, On::HelloLeads], false),
            Deed::Empty(on) => self.edit(setting, &[on], true),
            Deed::Tag(on) => self.tag(setting, on),
            Deed::Delete(on) => self.delete(setting, on),
            Deed::Restore => self.restore(setting),
            Deed::Merge => self.merge(setting),
            Deed::Add(on, kind) => self.add(setting, on, kind),
            Deed::EditBelonging(on) => self.edit_belonging(setting, &[on]),
            Deed::EditBelongingOnBoth => self.edit_belonging(setting, &[On::Ghl, On::HelloLeads]),
            Deed::DeleteBelonging(on) => self.delete_belonging(setting, on),
        }
    }

    /// Everybody on one side of a connection.
    pub fn faces(&self, setting: &Setting, on: On) -> Vec<Face> {
        match on {
            On::Ghl => self.ghl.contacts(&setting.location).iter().map(of_contact).collect(),
            On::HelloLeads => leads(&self.helloleads[setting.place]).iter().map(of_lead).collect(),
        }
    }

    fn create(&self, setting: &Setting, on: &[On]) {
        let marker = self.subject(setting, Kind::Contact, None, on);
        let mut known = vec![("email".to_owned(), self.value("email"))];
        if self.chance(500) {
            known.push(("phone".to_owned(), self.value("phone")));
        }
        for side in on {
            let mut typed = known.clone();
            typed.push(("first_name".to_owned(), self.value("first_name")));
            for field in ["city", "website"] {
                if self.chance(400) {
                    typed.push((field.to_owned(), self.value(field)));
                }
            }
            self.make(setting, *side, &marker, &typed);
        }
    }

    fn make(&self, setting: &Setting, on: On, marker: &str, typed: &Typed) {
        self.model.typed(marker, on, typed);
        let mut fields = named(on, typed);
        match on {
            On::Ghl => {
                fields.insert("lastName".to_owned(), json!(marker));
                let id = self.ghl.person_creates_contact(&setting.location, Value::Object(fields));
                self.weather.tell(|| format!("somebody makes GHL contact {id} of {marker}: {typed:?}"));
            }
            On::HelloLeads => {
                fields.insert("last_name".to_owned(), json!(marker));
                fields.insert("list_key".to_owned(), json!(LIST));
                let id = self.helloleads[setting.place].person_creates_lead(Value::Object(fields));
                self.weather.tell(|| format!("somebody makes lead {id} of {marker}: {typed:?}"));
            }
        }
    }

    /// Edits the same fields of one person on these sides, with values of their own.
    fn edit(&self, setting: &Setting, on: &[On], empty: bool) {
        let Some(face) = on.first().and_then(|side| self.somebody(setting, *side)) else { return };
        let mut names = Vec::new();
        for _ in 0..=self.weather.draw(|dice| dice.below(2)) {
            let among: &[&str] = if empty {
                &["city", "website"]
            } else {
                &["first_name", "email", "phone", "city", "website"]
            };
            names.extend(self.weather.draw(|dice| dice.pick(among).copied()));
        }
        names.dedup();
        for side in on {
            let Some(there) = self.faces(setting, *side).into_iter().find(|it| it.marker == face.marker)
            else {
                continue;
            };
            let value = |name: &str| if empty { String::new() } else { self.value(name) };
            let typed: Typed = names.iter().map(|name| ((*name).to_owned(), value(name))).collect();
            let changes = |(name, value): &(String, String)| {
                there.fields.get(name).map_or("", String::as_str) != same(name, value)
            };
            let typed: Typed = typed.into_iter().filter(changes).collect();
            self.put(setting, *side, &there, &typed);
        }
    }

    fn put(&self, setting: &Setting, on: On, face: &Face, typed: &Typed) {
        if typed.is_empty() {
            return;
        }
        self.model.typed(&face.marker, on, typed);
        self.weather.tell(|| format!("somebody edits {on:?} {} of {}: {typed:?}", face.id, face.marker));
        let fields = Value::Object(named(on, typed));
        match on {
            On::Ghl => self.ghl.person_edits_contact(&setting.location, &face.id, fields),
            On::HelloLeads => self.helloleads[setting.place].person_edits_lead(&face.id, fields),
        }
    }

    fn tag(&self, setting: &Setting, on: On) {
        let Some(face) = self.somebody(setting, on) else { return };
        let held: Vec<String> =
            face.fields.keys().filter_map(|field| field.strip_prefix("tag:")).map(str::to_owned).collect();
        let takes_off = self.chance(400);
        let old = self.weather.draw(|dice| dice.pick(&held).cloned()).filter(|_| takes_off);
        let (tag, value) = match old {
            Some(tag) => (tag, ""),
            None => (format!("t{}", self.weather.draw(|dice| dice.below(6))), "on"),
        };
        if value == "on" && held.contains(&tag) {
            return;
        }
        self.model.typed(&face.marker, on, &[(format!("tag:{tag}"), value.to_owned())]);
        self.weather.tell(|| format!("somebody tags {on:?} {} of {}: {tag} {value:?}", face.id, face.marker));
        match (on, value) {
            (On::Ghl, "on") => self.ghl.person_adds_tag(&setting.location, &face.id, &tag),
            (On::Ghl, _) => self.ghl.person_removes_tag(&setting.location, &face.id, &tag),
            (On::HelloLeads, _) => {
                let mut tags = held;
                tags.retain(|one| *one != tag);
                tags.extend((value == "on").then_some(tag));
                let fields = json!({ "tags": tags.join(",") });
                self.helloleads[setting.place].person_edits_lead(&face.id, fields);
            }
        }
    }

    fn delete(&self, setting: &Setting, on: On) {
        if on == On::HelloLeads && setting.way != Way::Relay && !setting.silent_deletes {
            return;
        }
        let Some(face) = self.somebody(setting, on) else { return };
        self.remove(setting, on, &face);
    }

    fn remove(&self, setting: &Setting, on: On, face: &Face) {
        let theirs = |side| -> Vec<Face> {
            self.faces(setting, side).into_iter().filter(|it| it.marker == face.marker).collect()
        };
        // Whoever is there twice on a side is still there when one of the two is deleted.
        let agreed = match (theirs(on).as_slice(), theirs(on.other()).as_slice()) {
            ([one], [twin]) => one.fields == twin.fields,
            _ => false,
        };
        self.weather.tell(|| format!("somebody deletes {on:?} {} of {}", face.id, face.marker));
        self.model.deleted(face, on, agreed);
        if on == On::Ghl {
            self.model.change(&face.marker, |person| person.restorable.push(face.id.clone()));
        }
        match on {
            On::Ghl => self.ghl.person_deletes_contact(&setting.location, &face.id),
            On::HelloLeads => self.helloleads[setting.place].person_deletes_lead(&face.id),
        }
    }

    /// Somebody takes two contacts for one person: the first gets what it lacks, and the other one is deleted.
    fn merge(&self, setting: &Setting) {
        let (Some(stays), Some(goes)) = (self.somebody(setting, On::Ghl), self.somebody(setting, On::Ghl))
        else {
            return;
        };
        if stays.marker == goes.marker {
            return;
        }
        // GHL lets nobody else have the same phone.
        let others = self.faces(setting, On::Ghl).into_iter().filter(|face| face.id != goes.id);
        let held: Vec<String> = others.filter_map(|face| face.fields.get("phone").cloned()).collect();
        let lacks = |(name, value): &(&String, &String)| {
            !name.starts_with("tag:") && !stays.fields.contains_key(*name) && !held.contains(value)
        };
        let typed: Typed =
            goes.fields.iter().filter(lacks).map(|(name, value)| (name.clone(), value.clone())).collect();
        self.weather
            .tell(|| format!("somebody merges GHL {} of {} into {}", goes.id, goes.marker, stays.marker));
        self.remove(setting, On::Ghl, &goes);
        self.put(setting, On::Ghl, &stays, &typed);
    }

    fn restore(&self, setting: &Setting) {
        let people = self.model.state().subjects.clone();
        let fitting: Vec<(String, String)> = people
            .into_iter()
            .filter(|person| person.connection == setting.place)
            .filter_map(|person| Some((person.marker, person.restorable.last()?.clone())))
            .collect();
        let Some((marker, id)) = self.weather.draw(|dice| dice.pick(&fitting).cloned()) else { return };
        // Whoever was made again meanwhile would be there twice by that person's own hand.
        if self.faces(setting, On::Ghl).iter().any(|face| face.marker == marker) {
            return;
        }
        self.weather.tell(|| format!("somebody restores GHL contact {id} of {marker}"));
        self.model.change(&marker, |person| {
            person.restorable.pop();
            person.restored = true;
        });
        self.ghl.person_restores_contact(&setting.location, &id);
    }

    /// A new subject, and the marker by which it is known.
    pub(super) fn subject(&self, setting: &Setting, kind: Kind, of: Option<&str>, on: &[On]) -> String {
        let subjects = &mut self.model.state().subjects;
        let marker = format!("Q{}x{}q", setting.place, subjects.len());
        subjects.push(Subject::new(setting.place, kind, of, &marker, on));
        marker
    }

    pub(super) fn somebody(&self, setting: &Setting, on: On) -> Option<Face> {
        let faces = self.faces(setting, on);
        self.weather.draw(|dice| dice.pick(&faces).cloned())
    }

    fn chance(&self, per_mille: u32) -> bool {
        self.weather.draw(|dice| dice.comes_true(per_mille))
    }

    /// A value that nobody has typed before.
    pub(super) fn value(&self, field: &str) -> String {
        let number = {
            let mut state = self.model.state();
            state.values += 1;
            state.values
        };
        match field {
            "email" => format!("q{number}q@example.com"),
            "phone" => format!("+1415200{number:04}"),
            "website" => format!("https://q{number}q.example.com"),
            "city" => format!("Qcity{number}q"),
            "due" => moment(number),
            "time" => format!("{}/{}", moment(number), moment(number + 30)),
            _ => format!("Qname{number}q"),
        }
    }
}

/// A minute of its own, some days away.
fn moment(number: u64) -> String {
    let minutes = i64::try_from(number).unwrap_or(0);
    let begin: Timestamp = "2026-12-01T06:00:00Z".parse().expect("a constant time");
    (begin + SignedDuration::from_mins(minutes)).to_string()
}

/// The fields by the names that the side gives them.
fn named(on: On, typed: &Typed) -> Map<String, Value> {
    let mut fields = Map::new();
    for (name, value) in typed {
        let Some((_, ghl, helloleads)) = FIELDS.iter().find(|(ours, ..)| ours == name) else { continue };
        match on {
            On::Ghl if value.is_empty() => fields.insert((*ghl).to_owned(), Value::Null),
            On::Ghl => fields.insert((*ghl).to_owned(), json!(value)),
            On::HelloLeads => fields.insert((*helloleads).to_owned(), json!(value)),
        };
    }
    fields
}
