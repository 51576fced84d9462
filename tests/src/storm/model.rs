//! The model: every person with what belongs to them, every edit that was ever made, and what no software could have noticed.

use std::collections::{BTreeMap, BTreeSet};
use std::sync::{Arc, Mutex, MutexGuard};

use http::{Method, StatusCode};
use jiff::{SignedDuration, Timestamp};
use shared::http::{Request, Response};
use shared::model::side::Kind;

use super::crm_wire::Crm;
use super::face::{Face, same};
use crate::time::Time;

/// How long after somebody was made their two records may meet for the first time.
const MEETING: SignedDuration = SignedDuration::from_mins(15);

/// Longer than a message of a function that died stays away.
const DOUBT: SignedDuration = SignedDuration::from_mins(15);

/// On which side something was done.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub enum On {
    Ghl,
    HelloLeads,
}

impl On {
    pub fn other(self) -> Self {
        if self == Self::Ghl { Self::HelloLeads } else { Self::Ghl }
    }
}

/// One field that somebody typed.
#[derive(Clone, Debug)]
pub struct Edit {
    pub at: Timestamp,
    pub on: On,
    /// Blank where the field was emptied.
    pub value: String,
    /// It was overwritten before anybody could have read it, on a side that has neither versions nor locks.
    pub unnoticeable: bool,
}

/// One person, or a note, task or appointment of one, as the people in a storm know them.
#[derive(Clone, Debug)]
pub struct Subject {
    pub connection: usize,
    pub kind: Kind,
    /// The marker of the person that it belongs to.
    pub of: Option<String>,
    pub marker: String,
    pub edits: BTreeMap<String, Vec<Edit>>,
    /// How many records people made of this person on each side.
    pub made: BTreeMap<On, usize>,
    /// Where people deleted a record of theirs, and whether both sides agreed at that moment.
    pub deleted: Vec<(Timestamp, On, bool)>,
    /// Ids of deleted contacts, to be restored perhaps.
    pub restorable: Vec<String>,
    /// Ids of all records of theirs that people deleted.
    pub gone: Vec<String>,
    /// A contact of theirs was restored.
    pub restored: bool,
    /// A CRM refused to make a record of theirs, and made it all the same.
    pub denied: bool,
    /// When a function died that had written a record of theirs, or did not hear what came of it.
    pub in_doubt: Vec<Timestamp>,
    /// The same, where it was making one.
    pub made_in_doubt: Vec<Timestamp>,
}

impl Subject {
    pub fn new(connection: usize, kind: Kind, of: Option<&str>, marker: &str, on: &[On]) -> Self {
        Self {
            connection,
            kind,
            of: of.map(str::to_owned),
            marker: marker.to_owned(),
            edits: BTreeMap::new(),
            made: on.iter().map(|side| (*side, 1)).collect(),
            deleted: Vec::new(),
            restorable: Vec::new(),
            gone: Vec::new(),
            restored: false,
            denied: false,
            in_doubt: Vec::new(),
            made_in_doubt: Vec::new(),
        }
    }

    /// When two records meet for the first time, a blank erases nothing: whoever is new across may get back what was
    /// emptied before the two were linked.
    pub fn was_alone(&self, at: Timestamp) -> bool {
        let first = self.edits.values().flatten().map(|edit| edit.at).min();
        first.is_some_and(|first| at.duration_since(first) < MEETING)
    }

    /// Whether a write was in doubt around this moment. A function that reads, writes and dies before it has saved the
    /// link leaves a record that looks edited; if the other one is deleted before the message comes again, an edit
    /// beats a delete.
    pub fn was_in_doubt(&self, around: Timestamp) -> bool {
        self.in_doubt.iter().any(|at| at.duration_since(around).abs() < DOUBT)
    }

    /// Whether this was edited after a function had made a record of it and did not live to note that: the record is
    /// then looked for by what it was made with.
    pub fn edited_in_doubt(&self, field: Option<&str>) -> bool {
        let edits = self.edits.iter().filter(|(name, _)| field.is_none_or(|field| field == *name));
        let first = self.made_in_doubt.iter().min();
        first.is_some_and(|first| edits.flat_map(|(_, edits)| edits).any(|edit| edit.at >= *first))
    }

    /// Whether one of the values that people give to more than one record, a tag or a completion, was given on this side
    /// so lately that the same on the other side may not come from the sync.
    pub fn agrees_by_chance(&self, on: On, now: Timestamp) -> bool {
        let shared =
            self.edits.iter().filter(|(field, _)| field.starts_with("tag:") || *field == "completed");
        let mut edits = shared.flat_map(|(_, edits)| edits);
        edits.any(|edit| edit.on == on && now.duration_since(edit.at) < DOUBT)
    }

    /// Whoever got another address on both sides before anybody could tell that the two are one, is two.
    pub fn became_two(&self) -> bool {
        let edited = |on: On| {
            let made = usize::from(self.made.contains_key(&on));
            let emails =
                self.edits.get("email").map_or(0, |edits| edits.iter().filter(|edit| edit.on == on).count());
            emails > made
        };
        let both_made = self.made.len() > 1;
        if self.edited_in_doubt(Some("email")) {
            true
        } else if both_made {
            edited(On::Ghl) || edited(On::HelloLeads)
        } else {
            edited(On::Ghl) && edited(On::HelloLeads)
        }
    }
}

/// Everything that the people know. Clones share everything.
#[derive(Clone, Debug)]
pub struct Model {
    time: Time,
    state: Arc<Mutex<State>>,
}

#[derive(Debug, Default)]
pub struct State {
    pub subjects: Vec<Subject>,
    /// How many values were ever typed.
    pub values: u64,
    /// When each record was shown to the product, and as it was at which time.
    shown: BTreeMap<(Crm, String), Vec<(Timestamp, Timestamp)>>,
    /// Token pairs whose answer never arrived, or died with the function that it arrived at.
    pub pairs_lost: usize,
    /// The refresh token of each grant, with the moment at which the function began that asked for it.
    granted: Vec<(Timestamp, String)>,
    /// Refusals of refresh tokens that nobody heard: whoever asked asks again.
    pub refusals_unheard: usize,
    /// Whose records each function wrote, by the moment at which it began.
    written: Vec<Written>,
    pub revoked: BTreeSet<String>,
    /// Every token that GHL ever granted.
    pub tokens: Vec<String>,
    /// 429s that a CRM answered of its own accord.
    pub refusals: Vec<String>,
    /// Webhooks that were answered 2xx and are in no queue.
    pub untold: Vec<String>,
    /// The contacts and leads that the product deleted.
    pub removed: BTreeSet<String>,
    /// Calls that changed something, since the last time this was asked.
    pub writes: Vec<String>,
}

/// One write by a function that began then.
#[derive(Clone, Debug)]
struct Written {
    begun: Timestamp,
    marker: String,
    made: bool,
}

impl Model {
    pub fn new(time: Time) -> Self {
        Self { time, state: Arc::default() }
    }

    pub fn state(&self) -> MutexGuard<'_, State> {
        self.state.lock().expect("no holder of the model panics")
    }

    /// Changes one subject.
    pub fn change(&self, marker: &str, change: impl FnOnce(&mut Subject)) {
        if let Some(subject) = self.state().subjects.iter_mut().find(|subject| subject.marker == marker) {
            change(subject);
        }
    }

    /// Somebody deleted this record; `agreed` is whether both sides showed the same then.
    pub fn deleted(&self, face: &Face, on: On, agreed: bool) {
        let at = self.time.now();
        self.change(&face.marker, |subject| {
            let agreed = agreed && !subject.agrees_by_chance(on.other(), at);
            subject.deleted.push((at, on, agreed));
            subject.gone.push(face.id.clone());
            // What was edited just before, on the very record that is deleted, goes with it.
            let edits = subject.edits.values_mut().flatten();
            edits.filter(|edit| edit.on == on).for_each(|edit| edit.unnoticeable = true);
        });
    }

    /// Somebody typed these values.
    pub fn typed(&self, marker: &str, on: On, fields: &[(String, String)]) {
        let at = self.time.now();
        self.change(marker, |subject| {
            for (field, value) in fields {
                let edit = Edit { at, on, value: same(field, value), unnoticeable: false };
                subject.edits.entry(field.clone()).or_default().push(edit);
            }
        });
    }

    /// The product was shown this record of a CRM as it was at that time.
    pub fn was_shown(&self, crm: Crm, id: &str, as_of: Timestamp) {
        let now = self.time.now();
        self.state().shown.entry((crm, id.to_owned())).or_default().push((now, as_of));
    }

    /// A write of the product's turned `before` into `after`: what it overwrote and could not have seen is excused.
    /// `begun` is when the function began that wrote: where records are shown by webhooks, it may have looked then.
    /// `shown_as` is the record that showed it: a lead shows what stands in its notes.
    pub fn overwritten(
        &self,
        (crm, shown_as): (Crm, &str),
        before: &Face,
        after: Option<&Face>,
        begun: Timestamp,
    ) -> usize {
        let mut state = self.state();
        let on = if crm == Crm::Ghl { On::Ghl } else { On::HelloLeads };
        let shown = state.shown.get(&(crm, shown_as.to_owned())).into_iter().flatten();
        let seen = shown.filter(|(shown, _)| *shown <= begun).map(|(_, as_of)| *as_of).max();
        let Some(subject) = state.subjects.iter_mut().find(|subject| subject.marker == before.marker) else {
            return 0;
        };
        let blank = String::new();
        let mut excused = 0;
        for (field, edits) in &mut subject.edits {
            let (old, new) =
                (before.fields.get(field).unwrap_or(&blank), after.and_then(|it| it.fields.get(field)));
            if after.is_some() && Some(old) == new.or(Some(&blank)) {
                continue;
            }
            let unseen = |edit: &&mut Edit| edit.on == on && seen.is_none_or(|seen| edit.at > seen);
            for edit in edits.iter_mut().filter(unseen) {
                edit.unnoticeable = true;
                excused += 1;
            }
        }
        excused
    }

    /// Notes what a call showed the product, and whether it changed anything.
    pub fn note(&self, crm: Crm, request: &Request, answer: &Response) {
        if answer.status() == StatusCode::TOO_MANY_REQUESTS {
            self.state().refusals.push(format!("{crm:?} {} {}", request.method(), request.uri().path()));
        }
        let path = request.uri().path();
        if path.starts_with("/oauth/") {
            let granted: serde_json::Value = serde_json::from_slice(answer.body()).unwrap_or_default();
            let tokens =
                ["access_token", "refresh_token"].into_iter().filter_map(|name| granted[name].as_str());
            self.state().tokens.extend(tokens.map(str::to_owned));
        }
        let reads =
            *request.method() == Method::GET || path.ends_with("/search") || path.starts_with("/oauth/");
        if !reads {
            self.state().writes.push(format!("{crm:?} {} {path}", request.method()));
        }
        if !answer.status().is_success() {
            return;
        }
        self.state().removed.extend(removed(request));
        match crm {
            Crm::Ghl => {
                let id = path.strip_prefix("/contacts/").filter(|id| !id.contains('/') && !id.is_empty());
                if let Some(id) = id {
                    self.was_shown(crm, id, self.time.now());
                } else if reads && !path.ends_with("/contacts/search") {
                    let body: serde_json::Value = serde_json::from_slice(answer.body()).unwrap_or_default();
                    for id in ids_in(&body) {
                        self.was_shown(crm, &id, self.time.now());
                    }
                }
            }
            Crm::HelloLeads(_) if *request.method() == Method::GET && path.ends_with("/leads") => {
                let body: serde_json::Value =
                    serde_json::from_slice(answer.body()).unwrap_or(serde_json::Value::Null);
                for id in ids_in(&body) {
                    self.was_shown(crm, &id, self.time.now());
                }
            }
            Crm::HelloLeads(_) => {}
        }
    }

    /// The answer to a call that was done never arrived.
    pub fn answer_lost(&self, request: &Request, status: StatusCode) {
        if request.uri().path() == "/oauth/token" {
            let mut state = self.state();
            state.pairs_lost += usize::from(status.is_success());
            state.refusals_unheard += usize::from(status.is_client_error());
        }
    }

    /// A function that began then was granted a token pair.
    pub fn granted(&self, begun: Timestamp, answer: &Response) {
        let granted: serde_json::Value = serde_json::from_slice(answer.body()).unwrap_or_default();
        if let Some(refresh) = granted["refresh_token"].as_str() {
            self.state().granted.push((begun, refresh.to_owned()));
        }
    }

    /// A function that began then wrote this record, or `made` it.
    pub fn wrote(&self, begun: Timestamp, marker: &str, made: bool) {
        self.state().written.push(Written { begun, marker: marker.to_owned(), made });
    }

    /// The function that began then is dead. A pair that it was granted and that nobody keeps (`is_kept`, asked by its
    /// refresh token) died with it.
    pub fn died(&self, begun: Timestamp, is_kept: impl Fn(&str) -> bool) {
        let mut state = self.state();
        let granted = state.granted.extract_if(.., |(by, _)| *by == begun);
        let lost = granted.filter(|(_, refresh)| !is_kept(refresh)).count();
        state.pairs_lost += lost;
        let mut written = state.written.clone();
        drop(state);
        written.retain(|write| write.begun == begun);
        for Written { marker, made, .. } in written {
            self.doubt(&marker, made);
        }
    }

    /// Nobody heard what came of a write of this record, or of its making.
    pub fn doubt(&self, marker: &str, made: bool) {
        let now = self.time.now();
        self.change(marker, |subject| {
            subject.in_doubt.push(now);
            subject.made_in_doubt.extend(made.then_some(now));
        });
    }

    pub fn take_writes(&self) -> Vec<String> {
        std::mem::take(&mut self.state().writes)
    }
}

/// The contact or lead that a call deletes.
fn removed(request: &Request) -> Option<String> {
    let body: serde_json::Value = serde_json::from_slice(request.body()).unwrap_or_default();
    if body["event"] == "lead.deleted" {
        return Some(body["lead"]["id"].to_string());
    }
    let id = request.uri().path().strip_prefix("/contacts/").filter(|id| !id.contains('/'))?;
    (*request.method() == Method::DELETE).then(|| id.to_owned())
}

/// Every `id` in an answer.
fn ids_in(value: &serde_json::Value) -> Vec<String> {
    match value {
        serde_json::Value::Array(list) => list.iter().flat_map(ids_in).collect(),
        serde_json::Value::Object(map) => {
            let own = map.get("id").and_then(serde_json::Value::as_str).map(str::to_owned);
            own.into_iter().chain(map.values().flat_map(ids_in)).collect()
        }
        _ => Vec::new(),
    }
}
