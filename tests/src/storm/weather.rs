//! What goes wrong, and how often: each seed has a weather of its own.

use std::collections::BTreeMap;
use std::sync::{Arc, Mutex, MutexGuard};

use jiff::{SignedDuration, Timestamp};

use super::dice::Dice;
use super::naps::Naps;
use super::story::Story;
use crate::time::Time;

/// One kind of fault.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub enum Fault {
    CrmBusy,
    CrmError,
    CrmErrorAfterWork,
    CrmHtml,
    CrmTimeout,
    CrmTimeoutAfterWork,
    CrmReset,
    CrmResetAfterWork,
    CrmUnauthorised,
    CreateRefusedAndDone,
    TableThrottled,
    TableError,
    TableReset,
    TableResetAfterWork,
    TableStall,
    QueueError,
    QueueErrorAfterWork,
    SecretsError,
    SecretsErrorAfterWork,
    BusError,
    BusErrorAfterWork,
    Death,
    DeleteLost,
    WebhookLost,
    WebhookRepeated,
    WebhookLate,
    AccessExpired,
    TokensRevoked,
    ClockSkew,
}

use Fault as F;

impl Fault {
    /// Each fault with its name and how often it strikes at most, in a thousand of its occasions.
    pub const ALL: [(Self, &'static str, u32); 29] = [
        (F::CrmBusy, "CRM answers 429", 30),
        (F::CrmError, "CRM answers 5xx", 40),
        (F::CrmErrorAfterWork, "CRM does the work and answers 5xx", 30),
        (F::CrmHtml, "CRM answers HTML", 30),
        (F::CrmTimeout, "call times out", 20),
        (F::CrmTimeoutAfterWork, "call times out after the work", 20),
        (F::CrmReset, "connection breaks", 30),
        (F::CrmResetAfterWork, "connection breaks after the work", 40),
        (F::CrmUnauthorised, "GHL answers 401 once", 10),
        (F::CreateRefusedAndDone, "create is refused and done all the same", 60),
        (F::TableThrottled, "DynamoDB throttles", 10),
        (F::TableError, "DynamoDB answers 5xx", 8),
        (F::TableReset, "DynamoDB connection breaks", 6),
        (F::TableResetAfterWork, "DynamoDB connection breaks after the work", 10),
        (F::TableStall, "DynamoDB stalls past a lease", 2),
        (F::QueueError, "SQS answers 5xx", 30),
        (F::QueueErrorAfterWork, "SQS takes the message and answers 5xx", 30),
        (F::SecretsError, "Secrets Manager answers 5xx", 60),
        (F::SecretsErrorAfterWork, "Secrets Manager does the work and answers 5xx", 60),
        (F::BusError, "EventBridge answers 5xx", 500),
        (F::BusErrorAfterWork, "EventBridge takes the event and answers 5xx", 200),
        (F::Death, "function dies at an await", 200),
        (F::DeleteLost, "finished message comes again", 40),
        (F::WebhookLost, "webhook is lost", 200),
        (F::WebhookRepeated, "webhook is repeated", 200),
        (F::WebhookLate, "webhook is late", 200),
        (F::AccessExpired, "access token expires early", 400),
        (F::TokensRevoked, "tokens are revoked", 120),
        (F::ClockSkew, "clocks differ", 500),
    ];

    pub fn name(self) -> &'static str {
        Self::ALL.iter().find(|(fault, ..)| *fault == self).map_or("", |(_, name, _)| name)
    }
}

/// What can fail altogether for a while, not only now and then.
const OUTAGES: [Fault; 9] = [
    F::CrmError,
    F::CrmErrorAfterWork,
    F::CrmReset,
    F::CrmResetAfterWork,
    F::TableError,
    F::TableResetAfterWork,
    F::QueueError,
    F::QueueErrorAfterWork,
    F::SecretsError,
];
/// How long an outage lasts at most, in seconds.
const OUTAGE_MAX: i64 = 150;

/// A time in which one fault strikes on each of its occasions.
#[derive(Clone, Copy, Debug)]
struct Outage {
    fault: Fault,
    from: Timestamp,
    until: Timestamp,
}

/// The weather of one storm. Clones share everything.
#[derive(Clone, Debug)]
pub struct Weather {
    pub time: Time,
    pub naps: Naps,
    state: Arc<Mutex<State>>,
}

#[derive(Debug)]
struct State {
    dice: Dice,
    odds: BTreeMap<Fault, u32>,
    outages: Vec<Outage>,
    tally: BTreeMap<&'static str, u64>,
    story: Story,
    calm: bool,
    /// When the function began that is at work now.
    begun: Timestamp,
}

impl Weather {
    pub fn new(seed: u64, time: Time) -> Self {
        let mut dice = Dice::new(seed);
        let odds = Fault::ALL.into_iter().map(|(fault, _, most)| (fault, odds(&mut dice, most))).collect();
        let (tally, story, begun) = (BTreeMap::new(), Story::default(), time.now());
        let state = State { dice, odds, outages: Vec::new(), tally, story, calm: true, begun };
        Self { naps: Naps::new(time.clone()), time, state: Arc::new(Mutex::new(state)) }
    }

    /// Weather in which only these faults strike, so often in a thousand.
    pub fn only(seed: u64, time: Time, faults: &[(Fault, u32)]) -> Self {
        let weather = Self::new(seed, time);
        weather.state().odds = faults.iter().copied().collect();
        weather
    }

    /// Draws what will fail altogether within the next so many minutes, and when: in most storms nothing, in some two
    /// things.
    pub fn draw_outages(&self, minutes: i64) {
        let now = self.time.now();
        let mut state = self.state();
        let number = [0, 0, 0, 1, 1, 2][usize::try_from(state.dice.below(6)).unwrap_or(0)];
        for _ in 0..number {
            let fault = state.dice.pick(&OUTAGES).copied().unwrap_or(F::QueueError);
            let from = now + SignedDuration::from_secs(state.dice.between(0, minutes * 60));
            let until = from + SignedDuration::from_secs(state.dice.between(5, OUTAGE_MAX));
            state.outages.push(Outage { fault, from, until });
            *state.tally.entry("(outage)").or_default() += 1;
        }
    }

    /// Forgets what was told so far.
    pub fn forget_story(&self) {
        self.state().story = Story::default();
    }

    /// When the function began that is at work now.
    pub fn begun(&self) -> Timestamp {
        self.state().begun
    }

    pub fn set_begun(&self, begun: Timestamp) {
        self.state().begun = begun;
    }

    /// In calm weather nothing goes wrong, and no call takes any time.
    pub fn set_calm(&self, calm: bool) {
        self.state().calm = calm;
    }

    pub fn is_calm(&self) -> bool {
        self.state().calm
    }

    /// Whether this fault strikes now. One that does is counted.
    pub fn strikes(&self, fault: Fault) -> bool {
        let now = self.time.now();
        let mut state = self.state();
        let is_out = state.outages.iter().any(|it| it.fault == fault && it.from <= now && now < it.until);
        let odds = if is_out { 1000 } else { state.odds.get(&fault).copied().unwrap_or(0) };
        if state.calm || !state.dice.comes_true(odds) {
            return false;
        }
        *state.tally.entry(fault.name()).or_default() += 1;
        true
    }

    /// The first of these that strikes.
    pub fn first_of(&self, faults: &[Fault]) -> Option<Fault> {
        faults.iter().copied().find(|fault| self.strikes(*fault))
    }

    pub fn count(&self, what: &'static str) {
        *self.state().tally.entry(what).or_default() += 1;
    }

    pub fn tally(&self) -> BTreeMap<&'static str, u64> {
        self.state().tally.clone()
    }

    pub fn tell(&self, what: impl FnOnce() -> String) {
        let at = self.time.now();
        let what = what();
        self.state().story.tell(at, what);
    }

    pub fn story(&self) -> Story {
        self.state().story.clone()
    }

    /// Draws from the storm's one source of chance.
    pub fn draw<T>(&self, how: impl FnOnce(&mut Dice) -> T) -> T {
        how(&mut self.state().dice)
    }

    /// A part of a call's way takes between none and this many milliseconds.
    pub async fn hop(&self, most_ms: i64) {
        if !self.is_calm() {
            let length = self.draw(|dice| dice.between(0, most_ms));
            self.naps.nap(SignedDuration::from_millis(length)).await;
        }
    }

    fn state(&self) -> MutexGuard<'_, State> {
        self.state.lock().expect("no holder of the weather panics")
    }
}

/// Many faults do not strike at all in a given seed, so that those that do are seen by themselves.
fn odds(dice: &mut Dice, most: u32) -> u32 {
    match dice.below(10) {
        0..=4 => 0,
        5..=7 => u32::try_from(dice.between(1, i64::from(most / 3).max(1))).unwrap_or(0),
        _ => most,
    }
}
