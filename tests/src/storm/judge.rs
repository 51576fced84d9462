//! The judge: holds both CRMs and the product's own lists against the model, promise by promise.

use std::collections::{BTreeMap, BTreeSet};

use shared::connection::State;
use shared::disposition::Reason;
use shared::model::side::Kind;
use shared::store::conflicts::{Conflict, ConflictJournal};
use shared::store::connections::Connections;
use shared::store::parked::{Parked, ParkedList};
use shared::sync::sweep::SweepCursor;

use super::cloud::Cloud;
use super::face::Face;
use super::model::{Edit, On, Subject};
use super::secrecy;
use super::setting::{OnDelete, Setting, Way};
use super::tasks::at_once;
use crate::world::{APPOINTMENTS, CONTACTS, ERRANDS, NOTES};

/// A promise that was broken.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Breach {
    /// Begins with the promise.
    pub what: String,
    /// What to look for in the story: the names and ids concerned. Empty: all of it.
    pub words: Vec<String>,
}

impl Breach {
    pub fn whole(what: &str) -> Self {
        Self { what: what.to_owned(), words: Vec::new() }
    }
}

/// What one connection came to.
pub(super) struct Outcome<'a> {
    pub cloud: &'a Cloud,
    pub setting: &'a Setting,
    parked: Vec<Parked>,
    conflicts: Vec<Conflict>,
}

/// Everything that can be said once the storm is over and both sides have been looked at twice.
pub fn judge(cloud: &Cloud) -> Vec<Breach> {
    let mut breaches = of_all(cloud);
    for setting in &cloud.settings {
        let id = cloud.connection(setting.place);
        let conflicts = at_once(ConflictJournal::new(cloud.table(), id).all(cloud.time.now()));
        let outcome = Outcome {
            cloud,
            setting,
            parked: parked_of(cloud, setting.place),
            conflicts: conflicts.expect("the table answers in calm weather"),
        };
        breaches.extend(outcome.check());
    }
    breaches
}

fn parked_of(cloud: &Cloud, place: usize) -> Vec<Parked> {
    let parked = at_once(ParkedList::new(cloud.table(), cloud.connection(place)).all());
    parked.expect("the table answers in calm weather")
}

/// The connections that stand still: a person has to connect them again.
pub fn standing_still(cloud: &Cloud) -> Vec<usize> {
    let places = 0..cloud.settings.len();
    places.filter(|place| state(cloud, *place) != Some(State::Live)).collect()
}

/// P7: a connection stands still only where its tokens were revoked, or the answer with a new pair never arrived.
pub fn check_attention(cloud: &Cloud) -> Vec<Breach> {
    let (lost, unheard, revoked) = {
        let model = cloud.model.state();
        (model.pairs_lost, model.refusals_unheard, model.revoked.clone())
    };
    let mut breaches = Vec::new();
    for place in standing_still(cloud) {
        if lost == 0 && !revoked.contains(&cloud.settings[place].location) {
            let state = state(cloud, place);
            breaches.push(Breach::whole(&format!(
                "P7: connection {place} stands still without a cause: {state:?}"
            )));
        }
    }
    let refused = cloud.ghl.refreshes_refused();
    if refused > lost + unheard {
        breaches.push(Breach::whole(&format!(
            "P7: {refused} used refresh tokens were presented, {lost} pairs lost"
        )));
    }
    breaches
}

/// Whether a record was written so often that it is left alone for a while.
pub fn is_capped(cloud: &Cloud) -> bool {
    (0..cloud.settings.len()).any(|place| {
        parked_of(cloud, place).iter().any(|parked| matches!(parked.reason, Reason::WritesCapped { .. }))
    })
}

/// The connections whose brake is on, or whose sweep missed more than may be deleted.
pub fn braked(cloud: &Cloud) -> Vec<usize> {
    let is_braked = |place: &usize| {
        let sweep = at_once(SweepCursor::read(&cloud.table(), &cloud.connection(*place)));
        sweep.expect("the table answers in calm weather").too_many_gone.is_some()
            || parked_of(cloud, *place).iter().any(|parked| matches!(parked.reason, Reason::Braked { .. }))
    };
    (0..cloud.settings.len()).filter(is_braked).collect()
}

/// P11: while nobody has released the brake, no more contacts and leads were deleted or marked than may be, all
/// connections together. A function that dies may have spent leave for nothing; it never takes more.
pub fn check_brake(cloud: &Cloud) -> Option<Breach> {
    let deleted = cloud.model.state().removed.len();
    let marked = cloud.settings.iter().flat_map(|setting| cloud.faces(setting, On::HelloLeads));
    let marked = marked.filter(|lead| lead.marked).count();
    let most: usize = cloud.settings.iter().map(|setting| setting.brake).sum();
    let what = format!("P11: {deleted} records deleted and {marked} leads marked, where {most} may be");
    (deleted + marked > most).then(|| Breach::whole(&what))
}

fn state(cloud: &Cloud, place: usize) -> Option<State> {
    let read = at_once(Connections::new(cloud.table()).get(&cloud.connection(place)));
    read.expect("the table answers in calm weather").map(|connection| connection.state)
}

/// P6: what was answered with 2xx is in a queue.
pub fn accepted(cloud: &Cloud, webhook: &str) {
    let told = cloud.accepted.lock().expect("nobody panics here").iter().any(|call| call.contains(webhook));
    if !told {
        cloud.model.state().untold.push(webhook.to_owned());
    }
}

/// What holds for all connections together.
fn of_all(cloud: &Cloud) -> Vec<Breach> {
    let mut breaches = Vec::new();
    let model = cloud.model.state();
    for webhook in &model.untold {
        let what = format!("P6: webhook {webhook} was answered 2xx, and no queue has it");
        breaches.push(Breach { what, words: vec![webhook.clone()] });
    }
    if !model.refusals.is_empty() {
        breaches.push(Breach::whole(&format!("P8: a CRM had to answer 429: {:?}", model.refusals)));
    }
    for queue in [CONTACTS, NOTES, APPOINTMENTS, ERRANDS] {
        for held in cloud.sqs.messages(queue) {
            breaches.push(Breach::whole(&format!("P1: {queue} still holds {}", held.body)));
        }
    }
    drop(model);
    breaches.extend(check_told(cloud));
    breaches.extend(secrecy::check(cloud));
    breaches
}

/// P13 for the event bus: the last that it heard of each connection is that it works, and it heard that its first import
/// was done.
fn check_told(cloud: &Cloud) -> Vec<Breach> {
    let events = cloud.bus.take();
    let mut breaches = Vec::new();
    for setting in &cloud.settings {
        let id = cloud.connection(setting.place).to_string();
        let own = events.iter().filter(|event| event["detail"]["connection"] == id.as_str());
        let names: Vec<&str> = own.filter_map(|event| event["detail-type"].as_str()).collect();
        let state = names.iter().rev().find(|name| name.starts_with("Connection"));
        if state != Some(&"ConnectionLive") || !names.contains(&"FirstImportFinished") {
            breaches.push(Breach::whole(&format!("P13: the bus was told of connection {id} only {names:?}")));
        }
    }
    breaches
}

impl Outcome<'_> {
    fn check(&self) -> Vec<Breach> {
        let contacts = by_marker(self.cloud.faces(self.setting, On::Ghl));
        let leads = by_marker(self.cloud.faces(self.setting, On::HelloLeads));
        let subjects = self.cloud.model.state().subjects.clone();
        let (people, belongings): (Vec<Subject>, Vec<Subject>) =
            subjects.into_iter().partition(|subject| subject.of.is_none());
        let mut breaches = Vec::new();
        for marker in contacts.keys().chain(leads.keys()).collect::<BTreeSet<_>>() {
            let own = people.iter().find(|person| person.marker == *marker);
            if own.is_none_or(|person| person.connection != self.setting.place) {
                let what = format!("P9: {marker} stands in connection {}", self.setting.place);
                breaches.push(Breach { what, words: vec![marker.clone()] });
            }
        }
        let none = Vec::new();
        for person in people.iter().filter(|person| person.connection == self.setting.place) {
            let here = contacts.get(&person.marker).unwrap_or(&none);
            let there = leads.get(&person.marker).unwrap_or(&none);
            let mut words = vec![person.marker.clone()];
            words.extend(here.iter().chain(there).map(|face| face.id.clone()));
            words.extend(person.restorable.iter().cloned());
            for what in self.check_person(person, here, there) {
                breaches.push(Breach { what: format!("{what} ({})", person.marker), words: words.clone() });
            }
        }
        breaches.extend(self.check_belongings(&people, &belongings, &contacts, &leads));
        for parked in self.parked.iter().filter(|parked| self.waits_for_nothing(parked)) {
            let what = format!("P13: {parked:?} still waits");
            breaches.push(Breach { what, words: vec![parked.id.to_string()] });
        }
        breaches
    }

    /// What belongs to a contact waits as long as that one stands in the list itself, for a person to see to. What a
    /// relay made and somebody deleted before it was told of is waited for until, a day later, a person is asked.
    fn waits_for_nothing(&self, parked: &Parked) -> bool {
        match &parked.reason {
            Reason::AwaitingRelay => !self.cannot_be_told_of(parked),
            Reason::AwaitsContact { contact, .. } => {
                let mut all = self.parked.iter();
                !all.any(|other| other.id == *contact && !self.waits_for_nothing(other))
            }
            reason => reason.is_waiting(),
        }
    }

    fn cannot_be_told_of(&self, parked: &Parked) -> bool {
        let shown: Vec<Face> = match parked.kind {
            Kind::Contact => self.cloud.faces(self.setting, On::Ghl),
            kind => {
                let all = self.cloud.belongings(self.setting, On::Ghl, kind);
                all.into_iter().map(|(_, face)| face).collect()
            }
        };
        let own = shown.iter().find(|face| face.id == parked.id.own());
        let model = self.cloud.model.state();
        let subject =
            model.subjects.iter().find(|subject| own.is_some_and(|face| face.marker == subject.marker));
        subject.is_some_and(|subject| {
            subject.deleted.iter().any(|(_, on, _)| *on == On::HelloLeads) || self.is_unknowable(subject)
        })
    }

    /// A relay that answers with no id and repeats no reference, and a lead that got another e-mail address before it was
    /// told of: nothing says whom it was made for.
    fn is_unknowable(&self, person: &Subject) -> bool {
        let Setting { way, answers_id, keeps_reference, .. } = self.setting;
        let nameless = *way == Way::Relay && !answers_id && !keeps_reference;
        let mut emails = person.edits.get("email").into_iter().flatten();
        nameless && !person.made.contains_key(&On::HelloLeads) && emails.any(|edit| edit.on == On::HelloLeads)
    }

    fn check_person(&self, person: &Subject, contacts: &[Face], leads: &[Face]) -> Vec<String> {
        let mut breaches = Vec::new();
        for (on, faces) in [(On::Ghl, contacts), (On::HelloLeads, leads)] {
            let unlisted = faces.iter().filter(|face| !self.stands_aside(person, face));
            let ids: Vec<&str> = unlisted.map(|face| face.id.as_str()).collect();
            // Nobody can tell a relay that the lead it is sent is being made by hand at that moment.
            let raced = self.setting.way == Way::Relay && person.made.len() > 1;
            let excused =
                person.restored || person.denied || person.became_two() || self.is_unknowable(person);
            if ids.len() > 1 && !excused && !raced {
                breaches.push(format!("P3: there are {} on {on:?}: {ids:?}", faces.len()));
            }
            for face in faces {
                breaches.extend(invented(person, face));
            }
        }
        match (contacts, leads) {
            ([contact], [lead]) => breaches.extend(self.check_pair(person, contact, lead)),
            ([], []) if person.deleted.is_empty() => breaches.push("P2: it is gone on both sides".to_owned()),
            ([], []) | ([_, ..], [_, ..]) => {}
            ([], [lead, ..]) => breaches.extend(self.check_alone(person, On::Ghl, lead)),
            ([contact, ..], []) => breaches.extend(self.check_alone(person, On::HelloLeads, contact)),
        }
        breaches
    }

    /// P1, P2, P13 of somebody who is on both sides.
    fn check_pair(&self, person: &Subject, contact: &Face, lead: &Face) -> Vec<String> {
        let mut breaches = Vec::new();
        breaches.extend(self.resurrected(person));
        if self.is_apart(person) {
            return breaches;
        }
        let blank = String::new();
        let fields: BTreeSet<&String> =
            contact.fields.keys().chain(lead.fields.keys()).chain(person.edits.keys()).collect();
        for field in fields {
            let (here, there) =
                (contact.fields.get(field).unwrap_or(&blank), lead.fields.get(field).unwrap_or(&blank));
            let listed = self.explains(person, &[contact, lead], field);
            if here != there && !listed {
                breaches.push(format!(
                    "P1: {field} is {here:?} in GHL and {there:?} in HelloLeads, and nothing says why"
                ));
            }
            if here == there
                && !listed
                && let Some(lost) = self.lost(person, field, here)
            {
                breaches.push(format!("P2: {field} is {here:?}, and {lost:?} is lost"));
            }
        }
        breaches
    }

    /// P5: what was deleted while both sides agreed, and not touched since, is not there again.
    fn resurrected(&self, person: &Subject) -> Option<String> {
        let [(at, on, true)] = person.deleted.as_slice() else { return None };
        let touched = person.edits.values().flatten().any(|edit| edit.at > *at);
        let excused = person.restored || person.denied || person.was_in_doubt(*at);
        let stays = !touched && !excused && self.setting.on_delete != OnDelete::Recreate;
        stays.then(|| format!("P5: it was deleted on {on:?} and is there again"))
    }

    /// Records that were parted on purpose after a deletion are not compared any more.
    pub(super) fn is_apart(&self, person: &Subject) -> bool {
        person.restored || (!person.deleted.is_empty() && self.setting.on_delete != OnDelete::Recreate)
    }

    /// The last edit of a field that somebody could have noticed, if it stands neither in the field nor in the journal.
    pub(super) fn lost(&self, person: &Subject, field: &str, value: &str) -> Option<Edit> {
        let edits = person.edits.get(field)?;
        let last_on = |on: On| edits.iter().rev().find(|edit| edit.on == on).map(|edit| edit.value.as_str());
        for edit in edits.iter().rev() {
            // Somebody who empties a field, or takes a tag off and puts it on again, may change nothing that can be seen.
            let is_plain = field.starts_with("tag:") || field == "completed" || edit.value.is_empty();
            let stands = edit.value == value
                || (is_plain && [last_on(On::Ghl), last_on(On::HelloLeads)].contains(&Some(value)))
                || (edit.value.is_empty() && person.was_alone(edit.at))
                || self.journal_holds(field, &edit.value);
            match (stands, edit.unnoticeable) {
                (true, _) => return None,
                (false, true) => {}
                (false, false) => return Some(edit.clone()),
            }
        }
        None
    }

    fn journal_holds(&self, field: &str, value: &str) -> bool {
        let name = if field == "city" { "address" } else { field };
        self.conflicts.iter().filter(|conflict| conflict.field.as_str() == name).any(|conflict| {
            let values = serde_json::to_string(&conflict.values).unwrap_or_default();
            values.contains(value)
        })
    }

    /// Whether the parked list says why this field differs.
    pub(super) fn explains(&self, person: &Subject, faces: &[&Face], field: &str) -> bool {
        let name = if field == "city" { "address" } else { field };
        self.listed(person, faces).any(|reason| match reason {
            Reason::NotTaken { fields, .. } => fields.iter().any(|one| one.as_str() == name),
            Reason::Taken { field, .. } => field.as_str() == name,
            Reason::Ambiguous { .. } | Reason::MatchIsLinked { .. } | Reason::Deleted { .. } => true,
            _ => false,
        })
    }

    pub(super) fn listed<'a>(
        &'a self,
        person: &'a Subject,
        faces: &'a [&'a Face],
    ) -> impl Iterator<Item = &'a Reason> {
        let own = |parked: &&Parked| {
            let id = parked.id.own();
            faces.iter().any(|face| face.id == id) || person.gone.iter().any(|gone| gone == id)
        };
        self.parked.iter().filter(own).map(|parked| &parked.reason)
    }

    /// Whether a record is listed for a reason that does not pass by itself.
    pub(super) fn stands_aside(&self, person: &Subject, face: &Face) -> bool {
        self.listed(person, &[face]).any(|reason| !reason.is_waiting())
    }

    /// Somebody who is on one side only: deleted by a person on the other, or listed with a reason.
    fn check_alone(&self, person: &Subject, missing: On, left: &Face) -> Vec<String> {
        let mut breaches = Vec::new();
        let faces = [left];
        let listed: Vec<&Reason> = self.listed(person, &faces).collect();
        let deleted = person.deleted.iter().any(|(_, on, _)| *on == missing);
        if !deleted && listed.is_empty() {
            breaches.push(format!("P1: it is missing on {missing:?}, and nothing says why"));
        }
        if deleted && self.setting.on_delete == OnDelete::Recreate && listed.is_empty() && !person.restored {
            breaches.push(format!("P1: it was not created again on {missing:?}"));
        }
        if deleted && self.setting.on_delete == OnDelete::Park && listed.is_empty() && !person.restored {
            breaches.push(format!("P13: it was deleted on {missing:?}, and nobody is asked"));
        }
        // Nobody was told of a lead that a relay made and somebody deleted.
        if !listed.iter().any(|reason| **reason == Reason::AwaitingRelay) {
            breaches.extend(self.check_followed(person, missing));
        }
        breaches
    }

    /// P1 for deletions: with the rule to delete, what nobody touched after a deletion follows it.
    fn check_followed(&self, person: &Subject, missing: On) -> Option<String> {
        let can = missing == On::HelloLeads || self.setting.way == Way::Relay;
        let [(at, on, true)] = person.deleted.as_slice() else { return None };
        let touched = person.edits.values().flatten().any(|edit| edit.at > *at);
        let due = self.setting.on_delete == OnDelete::Delete
            && can
            && *on == missing
            && !touched
            && !person.restored;
        due.then(|| format!("P1: the deletion on {missing:?} did not follow"))
    }
}

/// P12: every value that stands anywhere was typed by somebody, for this very person and field.
pub(super) fn invented(person: &Subject, face: &Face) -> Vec<String> {
    let typed = |field: &str, value: &str| {
        person.edits.get(field).is_some_and(|edits| edits.iter().any(|edit| edit.value == value))
    };
    let wrong = face.fields.iter().filter(|(field, value)| !typed(field, value));
    wrong.map(|(field, value)| format!("P12: nobody typed {field} {value:?} of {}", face.id)).collect()
}

pub(super) fn by_marker(faces: Vec<Face>) -> BTreeMap<String, Vec<Face>> {
    let mut sorted: BTreeMap<String, Vec<Face>> = BTreeMap::new();
    for face in faces {
        sorted.entry(face.marker.clone()).or_default().push(face);
    }
    sorted
}
