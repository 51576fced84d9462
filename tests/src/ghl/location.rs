//! A location (GHL's word for one customer's account) and what it holds.

use std::collections::{BTreeMap, BTreeSet};

use jiff::Timestamp;
use jiff::tz::TimeZone;
use serde_json::Value;

use super::appointment::Appointment;
use super::contact::Contact;
use super::notes::Note;
use super::tasks::Task;

/// How a person set a location up.
#[derive(Clone, Debug)]
pub struct LocationSettings {
    /// Whether two contacts may share an e-mail or phone.
    pub allow_duplicates: bool,
    /// ISO 3166-1 alpha-2; phones without a country code are read in it, and new contacts get it.
    pub country: &'static str,
    /// How long a change takes to appear in searches and lists, in milliseconds.
    pub index_lag_ms: i64,
    /// An IANA time zone.
    pub timezone: &'static str,
    pub name: &'static str,
}

impl Default for LocationSettings {
    fn default() -> Self {
        Self {
            allow_duplicates: false,
            country: "US",
            index_lag_ms: 3000,
            timezone: "America/New_York",
            name: "Main Street Dental",
        }
    }
}

pub(super) struct Location {
    pub company: String,
    pub settings: LocationSettings,
    /// When the app was installed here; `None` before that, and after it was uninstalled.
    pub installed: Option<Timestamp>,
    /// Each as `{id, name, fieldKey, dataType, picklistOptions?}`.
    pub custom_fields: Vec<Value>,
    /// Each as `{id, name, email}`.
    pub users: Vec<Value>,
    /// Each as `{id, name, groupId?}`.
    pub calendars: Vec<Value>,
    /// The lists of `shelves.rs`.
    pub tags: Vec<Value>,
    pub custom_values: Vec<Value>,
    pub groups: Vec<Value>,
    pub resources: Vec<Value>,
    pub schedules: Vec<Value>,
    pub businesses: Vec<Value>,
    pub blocked: Vec<Value>,
    pub appointment_notes: Vec<Value>,
    /// What there is, and which contacts are in it.
    pub campaigns: BTreeSet<String>,
    pub in_campaigns: BTreeSet<(String, String)>,
    pub workflows: BTreeSet<String>,
    pub in_workflows: Vec<(String, String)>,
    /// Of all contacts, oldest first, as are the tasks and the appointments.
    pub notes: Vec<Note>,
    pub tasks: Vec<Task>,
    pub appointments: Vec<Appointment>,
    contacts: BTreeMap<String, Kept>,
    /// The contacts that hold an e-mail or phone, or held it once: whoever looks there looks at the contact too.
    holders: BTreeMap<String, BTreeSet<String>>,
}

/// The fields by which contacts are looked up.
const LOOKED_UP: [&str; 2] = ["email", "phone"];

/// A contact and what it was before its latest changes: the search index still shows those for a while.
struct Kept {
    now: Contact,
    /// The instant of each change, and the contact before it (`None`: it did not exist), oldest first.
    before: Vec<(Timestamp, Option<Contact>)>,
}

impl Location {
    pub fn new(company: &str, settings: LocationSettings) -> Self {
        Self {
            company: company.to_owned(),
            settings,
            installed: None,
            custom_fields: Vec::new(),
            users: Vec::new(),
            calendars: Vec::new(),
            tags: Vec::new(),
            custom_values: Vec::new(),
            groups: Vec::new(),
            resources: Vec::new(),
            schedules: Vec::new(),
            businesses: Vec::new(),
            blocked: Vec::new(),
            appointment_notes: Vec::new(),
            campaigns: BTreeSet::new(),
            in_campaigns: BTreeSet::new(),
            workflows: BTreeSet::new(),
            in_workflows: Vec::new(),
            notes: Vec::new(),
            tasks: Vec::new(),
            appointments: Vec::new(),
            contacts: BTreeMap::new(),
            holders: BTreeMap::new(),
        }
    }

    /// The contact as it is, deleted or not.
    pub fn contact(&self, id: &str) -> Option<&Contact> {
        self.contacts.get(id).map(|kept| &kept.now)
    }

    /// The contacts that are not deleted.
    pub fn contacts(&self) -> impl Iterator<Item = &Contact> {
        self.contacts.values().map(|kept| &kept.now).filter(|contact| !contact.deleted)
    }

    /// The contacts as the search index shows them at `now`: as they were one index lag ago.
    pub fn indexed(&self, now: Timestamp) -> impl Iterator<Item = &Contact> {
        let horizon = self.horizon(now);
        self.contacts.values().filter_map(move |kept| kept.at(horizon)).filter(|contact| !contact.deleted)
    }

    /// The first contact that holds this e-mail or phone and is not deleted.
    pub fn holder_of(&self, field: &str, value: &str) -> Option<&Contact> {
        let held = self.held_by(value).map(|kept| &kept.now);
        held.filter(|contact| !contact.deleted).find(|contact| contact.text(field) == Some(value))
    }

    /// The same, as the search index shows it at `now`.
    pub fn indexed_holder_of(&self, field: &str, value: &str, now: Timestamp) -> Option<&Contact> {
        let horizon = self.horizon(now);
        let held = self.held_by(value).filter_map(|kept| kept.at(horizon));
        held.filter(|contact| !contact.deleted).find(|contact| contact.text(field) == Some(value))
    }

    fn held_by(&self, value: &str) -> impl Iterator<Item = &Kept> {
        let ids = self.holders.get(value).into_iter().flatten();
        ids.filter_map(|id| self.contacts.get(id))
    }

    /// Keeps a new or changed contact.
    pub fn put(&mut self, contact: Contact, now: Timestamp) {
        for value in LOOKED_UP.into_iter().filter_map(|field| contact.text(field)) {
            self.holders.entry(value.to_owned()).or_default().insert(contact.id.clone());
        }
        let horizon = self.horizon(now);
        match self.contacts.get_mut(&contact.id) {
            Some(kept) => {
                kept.before.retain(|(changed, _)| *changed > horizon);
                let old = std::mem::replace(&mut kept.now, contact);
                kept.before.push((now, Some(old)));
            }
            None => {
                let id = contact.id.clone();
                self.contacts.insert(id, Kept { now: contact, before: vec![(now, None)] });
            }
        }
    }

    /// The custom field with this id, or, as the API also takes it, this key.
    pub fn custom_field(&self, id_or_key: &str) -> Option<&Value> {
        self.custom_fields.iter().find(|field| {
            let key = field["fieldKey"].as_str().unwrap_or_default();
            field["id"] == id_or_key || key == id_or_key || key.strip_prefix("contact.") == Some(id_or_key)
        })
    }

    pub fn calendar(&self, id: &str) -> Option<&Value> {
        self.calendars.iter().find(|calendar| calendar["id"] == id)
    }

    /// The id of the user who was added first.
    pub fn first_user(&self) -> Option<String> {
        self.users.first()?["id"].as_str().map(str::to_owned)
    }

    pub fn zone(&self) -> TimeZone {
        TimeZone::get(self.settings.timezone).expect("a location's time zone is an IANA one")
    }

    fn horizon(&self, now: Timestamp) -> Timestamp {
        now - jiff::SignedDuration::from_millis(self.settings.index_lag_ms)
    }
}

impl Kept {
    fn at(&self, horizon: Timestamp) -> Option<&Contact> {
        let first_unseen = self.before.iter().find(|(changed, _)| *changed > horizon);
        first_unseen.map_or(Some(&self.now), |(_, before)| before.as_ref())
    }
}
