//! GHL's rate limits: calls per ten seconds and per day, each location and company for itself.

use std::collections::{BTreeMap, VecDeque};

use jiff::civil::Date;
use jiff::tz::TimeZone;
use jiff::{SignedDuration, Timestamp};

/// The length of the short window, in milliseconds.
const INTERVAL_MS: i64 = 10_000;

pub(super) struct Limits {
    burst_max: usize,
    daily_max: usize,
    spent: BTreeMap<String, Spent>,
}

#[derive(Default)]
struct Spent {
    /// The calls of the last ten seconds. A sliding window: nothing is won by waiting for a full ten seconds to
    /// begin.
    recent: VecDeque<Timestamp>,
    /// The calls of this day in UTC.
    today: usize,
    day: Option<Date>,
}

impl Default for Limits {
    fn default() -> Self {
        Self { burst_max: 100, daily_max: 200_000, spent: BTreeMap::new() }
    }
}

impl Limits {
    pub fn set(&mut self, burst: usize, daily: usize) {
        (self.burst_max, self.daily_max) = (burst, daily);
    }

    /// Spends one call of `resource`; false where nothing is left. A refused call costs nothing.
    pub fn take(&mut self, resource: &str, now: Timestamp) -> bool {
        let spent = self.spent.entry(resource.to_owned()).or_default();
        spent.forget_past(now);
        if spent.recent.len() >= self.burst_max || spent.today >= self.daily_max {
            return false;
        }
        spent.recent.push_back(now);
        spent.today += 1;
        true
    }

    /// The five headers that every answer carries. Where no resource is known, nothing of it is spent.
    pub fn headers(&mut self, resource: Option<&str>, now: Timestamp) -> Vec<(&'static str, String)> {
        let spent = resource.and_then(|resource| self.spent.get_mut(resource));
        let (recent, today) = spent.map_or((0, 0), |spent| {
            spent.forget_past(now);
            (spent.recent.len(), spent.today)
        });
        vec![
            ("x-ratelimit-limit-daily", self.daily_max.to_string()),
            ("x-ratelimit-daily-remaining", self.daily_max.saturating_sub(today).to_string()),
            ("x-ratelimit-interval-milliseconds", INTERVAL_MS.to_string()),
            ("x-ratelimit-max", self.burst_max.to_string()),
            ("x-ratelimit-remaining", self.burst_max.saturating_sub(recent).to_string()),
        ]
    }
}

impl Spent {
    fn forget_past(&mut self, now: Timestamp) {
        let horizon = now - SignedDuration::from_millis(INTERVAL_MS);
        while self.recent.front().is_some_and(|call| *call <= horizon) {
            self.recent.pop_front();
        }
        let day = TimeZone::UTC.to_datetime(now).date();
        if self.day.replace(day) != Some(day) {
            self.today = 0;
        }
    }
}
