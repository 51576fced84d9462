//! The laws of the ledger, tried on a small world that goes by in steps of a few milliseconds.

use std::collections::BTreeMap;

use jiff::{SignedDuration, Timestamp};

use super::ledger::{Class, Ledger, Limit, Limits, Rest, SLICE, SLICE_MIN, Slice, Spent, Word, wanted_next};

const GHL: Limits =
    Limits { calls: 100, window: SignedDuration::from_secs(10), daily: Some(200_000), worth: 2, sweeps: 100 };
const HELLOLEADS: Limits =
    Limits { calls: 90, window: SignedDuration::from_hours(1), daily: None, worth: 10, sweeps: 10 };

fn start() -> Timestamp {
    "2026-11-24T10:00:00Z".parse().unwrap()
}

/// Somebody who makes calls: his slice, and when he comes again.
struct Worker {
    class: Class,
    slice: Option<(Slice, u32)>,
    wanted: u32,
    back_at: Timestamp,
    /// How long a call takes him.
    call: SignedDuration,
}

impl Worker {
    fn new(class: Class, call: SignedDuration) -> Self {
        Self { class, slice: None, wanted: SLICE_MIN, back_at: start(), call }
    }

    /// Makes a call if he may; answers whether he did.
    fn work(&mut self, ledger: &mut Ledger, limits: Limits, now: Timestamp) -> bool {
        if now < self.back_at {
            return false;
        }
        if let Some((slice, left)) = &mut self.slice
            && *left > 0
            && slice.until >= now
        {
            *left -= 1;
            self.back_at = now + self.call;
            return true;
        }
        if let Some((slice, left)) = self.slice.take() {
            ledger.give_back(slice, left);
            self.wanted = wanted_next(slice.calls, left);
        }
        match ledger.take(self.class, self.wanted, limits, now) {
            Ok(slice) => {
                self.slice = Some((slice, slice.calls));
                self.work(ledger, limits, now)
            }
            Err(Spent { after, .. }) => {
                assert!(after.is_positive(), "a wait of nothing would spin");
                self.back_at = now + after;
                false
            }
        }
    }
}

/// Lets the workers work this long; answers when each class made its calls.
fn run(
    ledger: &mut Ledger,
    limits: Limits,
    workers: &mut [Worker],
    begin: Timestamp,
    steps: i64,
    step: SignedDuration,
) -> BTreeMap<Class, Vec<Timestamp>> {
    let mut calls: BTreeMap<Class, Vec<Timestamp>> = BTreeMap::new();
    for number in 0..steps {
        let now = begin + step * i32::try_from(number).unwrap();
        for worker in workers.iter_mut() {
            while worker.work(ledger, limits, now) {
                calls.entry(worker.class).or_default().push(now);
            }
        }
    }
    calls
}

/// The most calls in any stretch of the window's length.
fn fullest(calls: &BTreeMap<Class, Vec<Timestamp>>, window: SignedDuration) -> usize {
    let mut all: Vec<Timestamp> = calls.values().flatten().copied().collect();
    all.sort_unstable();
    let within = |from: usize| all[from..].iter().take_while(|at| **at < all[from] + window).count();
    (0..all.len()).map(within).max().unwrap_or_default()
}

#[test]
fn no_stretch_of_the_clock_holds_more_calls_than_the_limit_and_few_go_unused() {
    let cases = [
        ("at once", GHL, 0, 1),
        ("as fast as answers come", GHL, 150, 3),
        ("four at a time", GHL, 300, 5),
        ("by the hour", HELLOLEADS, 400, 2),
    ];
    for (name, limits, call, workers) in cases {
        let mut ledger = Ledger::default();
        let call = SignedDuration::from_millis(call);
        let mut workers: Vec<Worker> = (0..workers).map(|_| Worker::new(Class::Import, call)).collect();
        let step = limits.window / 500;
        let windows = 30;
        let calls = run(&mut ledger, limits, &mut workers, start(), 500 * windows, step);
        let most = fullest(&calls, limits.window);
        assert!(most <= limits.calls as usize, "{name}: {most} calls in one window");
        // The first window begins with slices that are good for long.
        let steady = start() + limits.window * 2;
        let made = calls[&Class::Import].iter().filter(|at| **at >= steady).count();
        let could = limits.calls as usize * usize::try_from(windows - 2).unwrap();
        assert!(made * 100 >= could * 95, "{name}: {made} of {could}");
    }
}

#[test]
fn the_row_of_a_large_limit_stays_small_and_forgets_when_it_should() {
    let limits = Limits { calls: 60_000, ..HELLOLEADS };
    let mut ledger = Ledger::default();
    for second in 0..4 * 3_600 {
        let now = start() + SignedDuration::from_secs(second);
        let slice = ledger.take(Class::Import, SLICE, limits, now).unwrap();
        // As the file's first lines say: a slice counts for a window beyond its end, and a sixtieth for being old.
        let counts_at_most = 3_600 + slice.until.duration_since(now).as_secs() + 60 + 1;
        let used = i64::from(limits.calls - ledger.left(limits, now).0);
        assert!(used <= counts_at_most * i64::from(SLICE), "after {second} s {used} calls count");
        assert!(used >= second.min(3_600) * i64::from(SLICE), "after {second} s only {used} calls count");
    }
    let row = serde_json::to_string(&ledger).unwrap().len();
    assert!(row < 50_000, "DynamoDB takes 400 KB, and counts a write for each one: the row has {row}");
}

#[test]
fn live_changes_go_first_and_nobody_starves() {
    let mut ledger = Ledger::default();
    let call = SignedDuration::from_millis(50);
    let step = SignedDuration::from_millis(20);
    let mut workers =
        [Worker::new(Class::Import, call), Worker::new(Class::Import, call), Worker::new(Class::Sweep, call)];
    run(&mut ledger, GHL, &mut workers, start(), 3_000, step);
    let begin = start() + SignedDuration::from_secs(60);
    let mut live = Worker::new(Class::Live, call);
    live.back_at = begin;
    let mut first = None;
    let mut all: BTreeMap<Class, Vec<Timestamp>> = BTreeMap::new();
    for number in 0..6_000 {
        let now = begin + step * number;
        for worker in workers.iter_mut().chain([&mut live]) {
            while worker.work(&mut ledger, GHL, now) {
                all.entry(worker.class).or_default().push(now);
                if worker.class == Class::Live {
                    first = first.or(Some(now));
                }
            }
        }
    }
    let waited = first.expect("live changes are made").duration_since(begin);
    assert!(waited <= SignedDuration::from_secs(11), "the first live change waited {waited}");
    let share = |class| all.get(&class).map_or(0, Vec::len) * 100 / all.values().map(Vec::len).sum::<usize>();
    assert!(share(Class::Live) >= 50, "{} of 100 are live", share(Class::Live));
    assert!(share(Class::Import) >= 10, "{} of 100 are the import's", share(Class::Import));
    assert!(share(Class::Sweep) >= 3, "{} of 100 are the sweeps'", share(Class::Sweep));
    assert!(fullest(&all, GHL.window) <= 100);
}

#[test]
fn what_the_side_counts_beyond_ours_is_taken_off() {
    let mut ledger = Ledger::default();
    ledger.take(Class::Live, SLICE, GHL, start()).unwrap();
    let word = Word { max: Some(100), remaining: Some(20), daily_max: Some(200_000), ..Word::default() };
    ledger.heed(word, GHL, start());
    assert_eq!(ledger.left(GHL, start()), (20, Some(199_990)));
    let word = Word { daily_max: Some(500), daily_remaining: Some(7), ..word };
    ledger.heed(word, GHL, start());
    assert_eq!(
        ledger.left(GHL, start()).1,
        Some(7),
        "the day is counted apart, with the limit that GHL names"
    );
    let taken: u32 =
        (0..9).filter_map(|_| ledger.take(Class::Live, SLICE, GHL, start()).ok()).map(|one| one.calls).sum();
    assert_eq!(taken, 7);
}

#[test]
fn a_day_that_is_spent_ends_at_midnight_by_utc() {
    let limits = Limits { daily: Some(10), ..GHL };
    let mut ledger = Ledger::default();
    ledger.take(Class::Live, SLICE, limits, start()).unwrap();
    let spent = ledger.take(Class::Live, SLICE, limits, start()).unwrap_err();
    assert_eq!(spent, Spent { limit: Limit::Day, after: SignedDuration::from_hours(14) });
    assert!(ledger.take(Class::Live, SLICE, limits, start() + spent.after).is_ok());
    assert_eq!(ledger.today(Class::Live, start() + spent.after), 10, "yesterday's calls are not today's");
}

#[test]
fn a_refusal_stops_every_class_until_the_side_said() {
    let mut ledger = Ledger::default();
    let until = start() + SignedDuration::from_secs(30);
    ledger.rest_until(Rest { limit: Limit::Window, until });
    for class in Class::ALL {
        let spent = ledger.take(class, SLICE, GHL, start()).unwrap_err();
        assert_eq!(spent.after, SignedDuration::from_secs(30), "{class:?}");
    }
    assert!(ledger.take(Class::Sweep, SLICE, GHL, until).is_ok());
}

#[test]
fn sweeps_never_have_more_than_a_tenth_of_an_hour_though_nobody_else_wants_calls() {
    let mut ledger = Ledger::default();
    let mut taken = 0;
    let spent = loop {
        match ledger.take(Class::Sweep, SLICE, HELLOLEADS, start()) {
            Ok(slice) => taken += slice.calls,
            Err(spent) => break spent,
        }
    };
    assert_eq!(taken, 9);
    assert!(
        spent.after > SignedDuration::from_mins(30),
        "it comes back when its own calls count no more: {spent:?}"
    );
    assert!(ledger.take(Class::Live, SLICE, HELLOLEADS, start()).is_ok(), "what somebody does finds calls");
}

#[test]
fn sweeps_never_have_more_than_a_fifth_of_a_day() {
    let (mut ledger, mut now, mut taken) = (Ledger::default(), start(), 0);
    let spent = loop {
        match ledger.take(Class::Sweep, SLICE, GHL, now) {
            Ok(slice) => taken += slice.calls,
            Err(Spent { limit: Limit::Window, after }) => now += after,
            Err(spent) => break spent,
        }
    };
    assert_eq!((taken, spent.limit), (40_000, Limit::Day));
    assert!(ledger.take(Class::Live, SLICE, GHL, now + GHL.window * 2).is_ok());
}
