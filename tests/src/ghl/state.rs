//! Everything that the fake remembers.

use std::collections::{BTreeMap, BTreeSet};

use jiff::Timestamp;
use serde_json::{Map, Value};

use super::contact::Contact;
use super::control::Choice;
use super::ids::Ids;
use super::limits::Limits;
use super::location::Location;
use super::refusal::Refusal;
use super::switches::Switches;
use super::tokens::Tokens;
use super::webhooks::{self, Event, Outbox};
use crate::time::Time;

pub(super) struct State {
    time: Time,
    pub ids: Ids,
    pub companies: BTreeSet<String>,
    pub locations: BTreeMap<String, Location>,
    pub tokens: Tokens,
    pub limits: Limits,
    pub switches: Switches,
    pub outbox: Outbox,
    /// What the next person to see the chooser will choose.
    pub choice: Option<Choice>,
    /// How many appointments the API wrote without `toNotify: false`.
    pub reminders_sent: usize,
    /// Where the app's default webhook URL points.
    pub webhook_url: Option<String>,
}

impl State {
    pub fn new(time: Time) -> Self {
        Self {
            time,
            ids: Ids::default(),
            companies: BTreeSet::new(),
            locations: BTreeMap::new(),
            tokens: Tokens::default(),
            limits: Limits::default(),
            switches: Switches::default(),
            outbox: Outbox::default(),
            choice: None,
            reminders_sent: 0,
            webhook_url: None,
        }
    }

    /// The world's time in whole milliseconds, which is how finely GHL tells it.
    pub fn now(&self) -> Timestamp {
        let now = self.time.now().as_millisecond();
        Timestamp::from_millisecond(now).expect("it was a timestamp before")
    }

    /// A location that a token names.
    pub fn location(&self, id: &str) -> Result<&Location, Refusal> {
        self.locations.get(id).ok_or(Refusal::Forbidden)
    }

    /// The same, to be changed.
    pub fn location_mut(&mut self, id: &str) -> Result<&mut Location, Refusal> {
        self.locations.get_mut(id).ok_or(Refusal::Forbidden)
    }

    /// The locations of a company, by id.
    pub fn locations_of(&self, company: &str) -> impl Iterator<Item = (&String, &Location)> {
        self.locations.iter().filter(move |(_, location)| location.company == company)
    }

    /// The contact that a token of `location` asks for. A contact of another location is not hidden from the
    /// caller, but forbidden.
    pub fn contact(&self, location: &str, id: &str) -> Result<&Contact, Refusal> {
        let elsewhere = self.locations.iter().filter(|(known, _)| *known != location);
        if elsewhere.into_iter().any(|(_, other)| other.contact(id).is_some()) {
            return Err(Refusal::Forbidden);
        }
        let found = self.location(location)?.contact(id).filter(|contact| !contact.deleted);
        found.ok_or_else(|| Refusal::no_such_contact(id))
    }

    /// Keeps a new or changed contact and fires the webhooks of these events.
    pub fn put(&mut self, mut contact: Contact, events: &[Event]) {
        let now = self.now();
        contact.updated = now;
        for event in events {
            self.fire(&contact.location, webhooks::of_contact(*event, &contact));
        }
        if let Some(location) = self.locations.get_mut(&contact.location) {
            location.put(contact, now);
        }
    }

    /// Queues a webhook. Only locations that have the app installed send any.
    pub fn fire(&mut self, location: &str, mut body: Map<String, Value>) {
        if self.locations.get(location).is_some_and(|location| location.installed.is_some()) {
            body.insert("locationId".to_owned(), location.into());
            let now = self.now();
            let hook = webhooks::signed(body, &mut self.ids, now, self.switches.legacy_signature);
            self.outbox.push(hook);
        }
    }

    /// The events of a change from `before` to `after`. `touched` tells that fields other than tags and
    /// do-not-disturb were written, be it with the values that they had.
    pub fn events_of(&self, before: &Contact, after: &Contact, touched: bool) -> Vec<Event> {
        let tags = before.tags != after.tags;
        let mut events = Vec::new();
        if touched || (tags && self.switches.tags_fire_update) {
            events.push(Event::Update);
        }
        if tags {
            events.push(Event::TagUpdate);
        }
        if !before.same_dnd(after) {
            events.push(Event::DndUpdate);
        }
        events
    }
}
