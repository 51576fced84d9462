//! What the fake remembers.

use std::collections::{BTreeMap, VecDeque};

use jiff::civil::DateTime;
use jiff::tz::TimeZone;
use jiff::{SignedDuration, Timestamp};

use super::leads::Leads;
use super::related::Related;
use super::relay::Relay;
use super::switches::Switches;
use crate::time::Time;

/// The form of `created`, `modified` and the date filters: no zone, whole seconds.
pub(super) const WALL_FORM: &str = "%Y-%m-%d %H:%M:%S";

/// The id before the first lead's. Soon after it ids gain a digit, so that whoever compares them as texts,
/// not as numbers, is found out.
const ID_BEFORE_FIRST: u64 = 9_999_997;

/// A list of leads.
pub(super) struct List {
    /// The API answers `null` for some lists; such a list cannot be written to.
    pub key: Option<String>,
    pub name: String,
    pub created: Timestamp,
}

/// A line in a lead's history.
pub(super) struct Activity {
    pub lead: u64,
    /// `comments` or `logs`, as the API's `activityType` says.
    pub kind: &'static str,
    pub text: String,
    pub at: Timestamp,
}

/// Everything that one fake HelloLeads holds.
pub(super) struct State {
    pub time: Time,
    pub switches: Switches,
    /// Account e-mails by API key.
    pub accounts: BTreeMap<String, String>,
    pub lists: Vec<List>,
    pub leads: Leads,
    /// Names of custom fields by id.
    pub custom_fields: BTreeMap<String, String>,
    /// The options of those that have some.
    pub custom_options: BTreeMap<String, Vec<String>>,
    pub activities: Vec<Activity>,
    /// The calls of the last hour by their keys, oldest first.
    pub spent: BTreeMap<String, VecDeque<Timestamp>>,
    pub relay: Relay,
    pub related: Related,
    last_id: u64,
}

impl State {
    pub fn new(time: Time) -> Self {
        Self {
            time,
            switches: Switches::default(),
            accounts: BTreeMap::new(),
            lists: Vec::new(),
            leads: Leads::default(),
            custom_fields: BTreeMap::new(),
            custom_options: BTreeMap::new(),
            activities: Vec::new(),
            spent: BTreeMap::new(),
            relay: Relay::default(),
            related: Related::default(),
            last_id: ID_BEFORE_FIRST,
        }
    }

    pub fn next_id(&mut self) -> u64 {
        self.last_id += 1;
        self.last_id
    }

    /// HelloLeads' own clock, which may be wrong and counts whole seconds.
    pub fn its_now(&self) -> Timestamp {
        let skewed = self.time.now() + SignedDuration::from_secs(self.switches.skew_seconds);
        Timestamp::from_second(skewed.as_second()).expect("a whole second near now is a timestamp")
    }

    /// The wall clock of the account's zone.
    pub fn wall(&self, at: Timestamp) -> DateTime {
        self.zone().to_datetime(at)
    }

    pub fn zone(&self) -> TimeZone {
        TimeZone::get(&self.switches.timezone).expect("the time zone switch names an IANA zone")
    }

    pub fn wall_text(&self, at: Timestamp) -> String {
        self.wall(at).strftime(WALL_FORM).to_string()
    }

    /// The place of the list with this key.
    pub fn list_of_key(&self, key: &str) -> Option<usize> {
        self.lists.iter().position(|list| list.key.as_deref() == Some(key))
    }

    /// Adds a line to a lead's history.
    pub fn record(&mut self, lead: u64, kind: &'static str, text: &str) {
        let at = self.its_now();
        self.activities.push(Activity { lead, kind, text: text.to_owned(), at });
    }
}
