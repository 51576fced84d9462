//! What a side's calls were spent on, and whether there are more. Pure: the row is read and written by the purse.
//!
//! Calls are taken in slices. A slice is good until a moment of its own, and counts until a whole window after that,
//! so that no stretch of the side's clock ever holds more calls than the limit, wherever the stretch begins. While
//! there are plenty, slices are good for a whole window; once they run short, for a fiftieth of it, so that no more
//! than a fiftieth of the limit is lost to caution. Of an hour's few calls, each is taken then when it is made.
//! However large the limit is, the row stays small: where there are many slices, those whose time is over are counted
//! together, by sixtieths of the window.
//!
//! Of two classes that both want calls, each keeps its share: 80 of a hundred are live changes', 15 the import's, 5
//! the sweeps'. What nobody else is waiting for, anybody may have.

use std::collections::BTreeMap;

use jiff::civil::Date;
use jiff::tz::TimeZone;
use jiff::{SignedDuration, Timestamp};
use serde::{Deserialize, Serialize};

/// The most calls that are taken at once, and the fewest that are worth it: few records need more than two.
pub const SLICE: u32 = 10;
pub const SLICE_MIN: u32 = 2;

/// With more slices than these, old ones are counted together: a row is read and written with every slice that is taken.
const SLICES_MAX: usize = 120;

/// What a call is for.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Class {
    /// What somebody just did on one of the sides.
    #[default]
    Live,
    /// The first read of a side.
    Import,
    /// The search for what everything else missed.
    Sweep,
}

impl Class {
    pub const ALL: [Self; 3] = [Self::Live, Self::Import, Self::Sweep];

    pub fn as_str(self) -> &'static str {
        match self {
            Self::Live => "live",
            Self::Import => "import",
            Self::Sweep => "sweep",
        }
    }

    /// Its share of a hundred calls, where others want them too.
    fn share(self) -> u32 {
        match self {
            Self::Live => 80,
            Self::Import => 15,
            Self::Sweep => 5,
        }
    }
}

/// How many calls a side takes.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Limits {
    pub calls: u32,
    /// In any stretch of this length.
    pub window: SignedDuration,
    /// In one day by UTC, where there is such a limit.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub daily: Option<u32>,
    /// How many free calls are worth coming back for.
    pub worth: u32,
    /// The most that sweeps may ever have of a hundred calls of the window: what they took would be missing for as long
    /// as the window is.
    #[serde(default = "all")]
    pub sweeps: u32,
}

fn all() -> u32 {
    100
}

/// The most that sweeps may have of a hundred calls of the day.
const SWEEPS_OF_THE_DAY: u32 = 20;

/// Which limit is reached.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Limit {
    Window,
    Day,
}

/// No calls now.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Spent {
    pub limit: Limit,
    pub after: SignedDuration,
}

/// How many calls are wanted next by whoever had this many, and has so many left when their time is over.
pub fn wanted_next(had: u32, left: u32) -> u32 {
    if left == 0 { had * 2 } else { had - left }.clamp(1, SLICE)
}

/// Calls that were taken.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Slice {
    pub class: Class,
    pub calls: u32,
    /// The last moment at which they may be made.
    pub until: Timestamp,
}

/// The side itself asked for rest.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Rest {
    pub limit: Limit,
    pub until: Timestamp,
}

/// Calls that somebody was not given.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
struct Want {
    calls: u32,
    until: Timestamp,
}

/// The row of one side of one connection.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(default)]
pub struct Ledger {
    pub version: u64,
    slices: Vec<Slice>,
    /// Who was sent away lately, with how many calls he wanted, and until when that counts.
    wants: BTreeMap<Class, Want>,
    /// Calls were short until now: slices are good for a short time only.
    pressed_until: Option<Timestamp>,
    rest: Option<Rest>,
    day: Option<Date>,
    /// The day's calls by what they were for.
    today: BTreeMap<Class, u32>,
    /// The day's calls that the side counts and that are none of ours.
    others_today: u32,
    /// All calls ever, by what they were for.
    ever: BTreeMap<Class, u64>,
    /// The limits as the side's own answers name them.
    told: Option<Limits>,
}

/// What a side's answer says of its limits.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct Word {
    pub max: Option<u32>,
    pub remaining: Option<u32>,
    pub interval: Option<SignedDuration>,
    pub daily_max: Option<u32>,
    pub daily_remaining: Option<u32>,
}

impl Word {
    /// What still holds of it later: what it said of the day, until that ends. Of the window others may have had calls
    /// since.
    pub fn of_the_day(self, said: Timestamp, now: Timestamp) -> Option<Self> {
        (next_day(said) > now).then_some(Self { remaining: None, ..self })
    }
}

impl Ledger {
    /// Takes a slice: where calls are short, of no more than are `wanted` for its short life.
    pub fn take(
        &mut self,
        class: Class,
        wanted: u32,
        limits: Limits,
        now: Timestamp,
    ) -> Result<Slice, Spent> {
        let limits = self.told.unwrap_or(limits);
        self.forget(limits, now);
        let spent = |limit, until: Timestamp| Err(Spent { limit, after: until.duration_since(now) });
        if let Some(Rest { limit, until }) = self.rest {
            return spent(limit, until);
        }
        let left_today = self.left_today(class, limits);
        if left_today == 0 {
            return spent(Limit::Day, next_day(now));
        }
        let free = self.free_for(class, limits);
        let plenty = if is_long(limits) { limits.calls * 2 / 3 } else { limits.calls / 4 };
        let pressed = self.pressed_until.is_some() || self.used() + SLICE > plenty;
        let most = if pressed { slice_max(limits) } else { SLICE };
        let wanted = wanted.clamp(1, most);
        if free < SLICE_MIN.min(most) {
            let after = self.wait(class, limits, now);
            let before = self.wants.get(&class).map_or(0, |want| want.calls);
            let want = Want { calls: before.max(wanted), until: now + after + limits.window / 2 };
            self.wants.insert(class, want);
            self.pressed_until = Some(now + limits.window * 6);
            return Err(Spent { limit: Limit::Window, after });
        }
        let calls = free.min(if pressed { wanted } else { most }).min(left_today);
        let life = match (pressed, is_long(limits)) {
            (false, false) => limits.window,
            (false, true) => limits.window / 12,
            (true, false) => limits.window / 50,
            (true, true) => LONG_WINDOWS_LIFE,
        };
        let slice = Slice { class, calls, until: now + life };
        if self.wants.get(&class).is_some_and(|want| want.calls <= calls) {
            self.wants.remove(&class);
        }
        self.slices.push(slice);
        *self.today.entry(class).or_default() += calls;
        *self.ever.entry(class).or_default() += u64::from(calls);
        Ok(slice)
    }

    /// Gives back what was left of a slice when its time was over.
    pub fn give_back(&mut self, slice: Slice, unused: u32) {
        let same = |kept: &&mut Slice| kept.class == slice.class && kept.until == slice.until;
        if let Some(kept) = self.slices.iter_mut().find(same) {
            kept.calls = kept.calls.saturating_sub(unused);
        }
        let ever = self.ever.entry(slice.class).or_default();
        *ever = ever.saturating_sub(u64::from(unused));
        if self.day == Some(day_of(slice.until)) {
            let today = self.today.entry(slice.class).or_default();
            *today = today.saturating_sub(unused);
        }
    }

    /// Takes in what the side itself counts.
    pub fn heed(&mut self, word: Word, limits: Limits, now: Timestamp) {
        let known = self.told.unwrap_or(limits);
        let told = Limits {
            calls: word.max.filter(|max| *max > 0).unwrap_or(known.calls),
            window: word.interval.filter(SignedDuration::is_positive).unwrap_or(known.window),
            daily: word.daily_max.filter(|max| *max > 0).or(known.daily),
            ..known
        };
        if told != known {
            self.told = Some(told);
        }
        self.forget(told, now);
        if let Some(remaining) = word.remaining {
            let others = told.calls.saturating_sub(remaining).saturating_sub(self.used());
            if others > 0 {
                self.slices.push(Slice { class: Class::Live, calls: others, until: now });
            }
        }
        if let (Some(daily), Some(remaining)) = (told.daily, word.daily_remaining) {
            self.others_today += daily.saturating_sub(remaining).saturating_sub(self.used_today());
        }
    }

    /// The side refused a call: nobody asks it again before `until`.
    pub fn rest_until(&mut self, rest: Rest) {
        if self.rest.is_none_or(|known| known.until < rest.until) {
            self.rest = Some(rest);
        }
    }

    /// The rest that lasts now.
    pub fn rest(&self, now: Timestamp) -> Option<Rest> {
        self.rest.filter(|rest| rest.until > now)
    }

    /// The day's calls of ours for this.
    pub fn today(&self, class: Class, now: Timestamp) -> u32 {
        if self.day == Some(day_of(now)) { self.today.get(&class).copied().unwrap_or(0) } else { 0 }
    }

    /// All calls ever.
    pub fn ever(&self) -> u64 {
        self.ever.values().sum()
    }

    fn left_today(&self, class: Class, limits: Limits) -> u32 {
        let Some(daily) = limits.daily else { return u32::MAX };
        let left = daily.saturating_sub(self.used_today());
        match class {
            Class::Live | Class::Import => left,
            Class::Sweep => {
                let swept = self.today.get(&class).copied().unwrap_or_default();
                left.min((daily / 100 * SWEEPS_OF_THE_DAY).saturating_sub(swept))
            }
        }
    }

    /// Calls left in this window, and in this day where that is limited.
    pub fn left(&self, limits: Limits, now: Timestamp) -> (u32, Option<u32>) {
        let mut copy = self.clone();
        let limits = copy.told.unwrap_or(limits);
        copy.forget(limits, now);
        let today = limits.daily.map(|daily| daily.saturating_sub(copy.used_today()));
        (limits.calls.saturating_sub(copy.used()), today)
    }

    fn used_today(&self) -> u32 {
        self.today.values().sum::<u32>() + self.others_today
    }

    fn used(&self) -> u32 {
        self.slices.iter().map(|slice| slice.calls).sum()
    }

    fn used_by(&self, class: Class) -> u32 {
        self.slices.iter().filter(|slice| slice.class == class).map(|slice| slice.calls).sum()
    }

    /// What is free, less what is kept for others.
    fn free_for(&self, class: Class, limits: Limits) -> u32 {
        let free = limits.calls.saturating_sub(self.used() + self.kept_from(class, limits));
        match class {
            Class::Live | Class::Import => free,
            Class::Sweep => free.min(sweeps(limits).saturating_sub(self.used_by(class))),
        }
    }

    /// What others are waiting for, up to their share.
    fn kept_from(&self, class: Class, limits: Limits) -> u32 {
        let others = Class::ALL.into_iter().filter(|other| *other != class);
        others
            .filter_map(|other| {
                let want = self.wants.get(&other)?.calls;
                Some((limits.calls * other.share() / 100).saturating_sub(self.used_by(other)).min(want))
            })
            .sum()
    }

    /// When enough of the slices will count no more. Sweeps that have had their part wait for their own.
    fn wait(&self, class: Class, limits: Limits, now: Timestamp) -> SignedDuration {
        let most = sweeps(limits);
        let sated = class == Class::Sweep && self.used_by(class) + SLICE_MIN.min(slice_max(limits)) > most;
        let counts = |slice: &&Slice| !sated || slice.class == class;
        // An import comes back for a whole slice: nobody waits for it, and each of its batches looks at HelloLeads first.
        let worth = if class == Class::Import { limits.worth.max(SLICE) } else { limits.worth };
        let (mut free, worth) = match sated {
            true => (most.saturating_sub(self.used_by(class)), worth.min(most)),
            false => {
                let worth = worth + self.kept_from(class, limits);
                (limits.calls.saturating_sub(self.used()), worth.min(limits.calls))
            }
        };
        let slices = self.slices.iter().filter(counts);
        let mut ends: Vec<(Timestamp, u32)> =
            slices.map(|slice| (slice.until + limits.window, slice.calls)).collect();
        ends.sort_unstable();
        let end = ends.into_iter().find_map(|(end, calls)| {
            free += calls;
            (free >= worth).then_some(end)
        });
        end.map_or(limits.window / 10, |end| end.duration_since(now)).max(limits.window / 100)
    }

    /// Puts the slices together that nobody will give anything back of any more, each until the end of its sixtieth of
    /// the window.
    fn count_together(&mut self, limits: Limits, now: Timestamp) {
        let grain = (limits.window.as_millis() / 60).max(1);
        let last_of_its_grain = |until: Timestamp| {
            let millis = i128::from(until.as_millisecond());
            let end = (millis + grain - 1).div_euclid(grain) * grain;
            i64::try_from(end).ok().and_then(|end| Timestamp::from_millisecond(end).ok())
        };
        let mut together: BTreeMap<(Class, Timestamp), u32> = BTreeMap::new();
        self.slices.retain(|slice| match last_of_its_grain(slice.until).filter(|end| *end <= now) {
            Some(end) => {
                *together.entry((slice.class, end)).or_default() += slice.calls;
                false
            }
            None => true,
        });
        let counted = together.into_iter().map(|((class, until), calls)| Slice { class, calls, until });
        self.slices.extend(counted);
    }

    fn has_many_slices(&self) -> bool {
        self.slices.len() > SLICES_MAX
    }

    fn forget(&mut self, limits: Limits, now: Timestamp) {
        self.slices.retain(|slice| slice.calls > 0 && slice.until + limits.window > now);
        if self.has_many_slices() {
            self.count_together(limits, now);
        }
        self.wants.retain(|_, want| want.until > now);
        self.rest = self.rest(now);
        self.pressed_until = self.pressed_until.filter(|until| *until > now);
        let day = day_of(now);
        if self.day.replace(day) != Some(day) {
            self.today.clear();
            self.others_today = 0;
        }
    }
}

/// The most calls that are taken at once where they are short: what somebody holds and does not make is missing for as
/// long as the window is.
fn slice_max(limits: Limits) -> u32 {
    if is_long(limits) { (limits.calls / 50).clamp(1, SLICE) } else { SLICE }
}

fn is_long(limits: Limits) -> bool {
    limits.window > SignedDuration::from_mins(1)
}

/// How long a slice of a long window is good for where calls are short: no call takes longer.
const LONG_WINDOWS_LIFE: SignedDuration = SignedDuration::from_secs(15);

/// The most calls of the window that sweeps may have.
fn sweeps(limits: Limits) -> u32 {
    (limits.calls * limits.sweeps / 100).max(SLICE_MIN)
}

fn day_of(now: Timestamp) -> Date {
    TimeZone::UTC.to_datetime(now).date()
}

/// When the day that `now` is in ends.
pub fn next_day(now: Timestamp) -> Timestamp {
    let tomorrow = day_of(now).tomorrow().and_then(|day| TimeZone::UTC.to_timestamp(day.at(0, 0, 0, 0)));
    tomorrow.unwrap_or(now + SignedDuration::from_hours(1))
}
