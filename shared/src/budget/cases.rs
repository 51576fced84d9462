//! Described cases of the ledger, and its edges: one line each.

use jiff::{SignedDuration, Timestamp};
use serde_json::json;

use super::ledger::{Class, Ledger, Limit, Limits, Rest, SLICE, Slice, Word, wanted_next};

const GHL: Limits =
    Limits { calls: 100, window: SignedDuration::from_secs(10), daily: Some(200_000), worth: 2, sweeps: 100 };
const HELLOLEADS: Limits =
    Limits { calls: 90, window: SignedDuration::from_hours(1), daily: None, worth: 10, sweeps: 10 };

fn start() -> Timestamp {
    "2026-11-24T10:00:00Z".parse().unwrap()
}

fn after(millis: i64) -> Timestamp {
    start() + SignedDuration::from_millis(millis)
}

/// Takes slices until none is given; answers them, and how long the wait is then.
fn spend(ledger: &mut Ledger, class: Class, limits: Limits, now: Timestamp) -> (Vec<Slice>, SignedDuration) {
    let mut slices = Vec::new();
    loop {
        match ledger.take(class, SLICE, limits, now) {
            Ok(slice) => slices.push(slice),
            Err(spent) => return (slices, spent.after),
        }
    }
}

fn calls(slices: &[Slice]) -> u32 {
    slices.iter().map(|slice| slice.calls).sum()
}

#[test]
fn a_class_is_shown_as_it_is_stored() {
    for class in Class::ALL {
        assert_eq!(json!(class), json!(class.as_str()));
    }
}

#[test]
fn limits_that_were_stored_without_a_part_for_sweeps_let_them_have_all() {
    let stored = json!({ "calls": 5, "window": "PT1S", "worth": 1 });
    assert_eq!(serde_json::from_value::<Limits>(stored).unwrap().sweeps, 100);
}

#[test]
fn who_used_all_wants_more_and_who_used_few_wants_those() {
    let wanted = [(2, 0), (8, 0), (10, 4), (3, 1), (10, 10)].map(|(had, left)| wanted_next(had, left));
    assert_eq!(wanted, [4, SLICE, 6, 2, 1]);
}

#[test]
fn a_slice_is_good_for_long_while_there_are_plenty() {
    let (slices, _) = spend(&mut Ledger::default(), Class::Import, GHL, start());
    let long = slices.iter().take_while(|slice| slice.until == start() + GHL.window).count();
    assert_eq!(
        (long, calls(&slices)),
        (2, 100),
        "a quarter of the calls, less what the next would go beyond"
    );
    assert!(slices[long..].iter().all(|slice| slice.until == start() + GHL.window / 50));
    let (slices, _) = spend(&mut Ledger::default(), Class::Import, HELLOLEADS, start());
    let long = slices.iter().take_while(|slice| slice.until == start() + HELLOLEADS.window / 12).count();
    assert_eq!((long, calls(&slices)), (6, 90), "two thirds of the calls");
    let one_each = |slice: &Slice| slice.calls == 1 && slice.until == after(15_000);
    assert!(slices[long..].iter().all(one_each), "of an hour's few calls each is taken when it is made");
    let minute = Limits { window: SignedDuration::from_mins(1), ..GHL };
    let slice = Ledger::default().take(Class::Live, SLICE, minute, start()).unwrap();
    assert_eq!(slice.until, start() + minute.window, "a minute is no long window");
}

#[test]
fn a_slice_counts_until_a_whole_window_after_its_end_and_no_longer() {
    let mut ledger = Ledger::default();
    ledger.take(Class::Live, SLICE, GHL, start()).unwrap();
    assert_eq!([19_999, 20_000].map(|millis| ledger.left(GHL, after(millis)).0), [90, 100]);
}

#[test]
fn calls_that_were_short_are_handed_out_with_care_for_six_windows() {
    let mut ledger = Ledger::default();
    spend(&mut ledger, Class::Import, GHL, start());
    let life = |ledger: &Ledger, millis| {
        let taken = ledger.clone().take(Class::Import, SLICE, GHL, after(millis)).unwrap();
        taken.until.duration_since(after(millis))
    };
    assert_eq!(life(&ledger, 59_999), GHL.window / 50);
    assert_eq!(life(&ledger, 60_000), GHL.window);
}

#[test]
fn calls_are_kept_for_who_was_sent_away_and_not_for_ever() {
    let mut ledger = Ledger::default();
    spend(&mut ledger, Class::Import, GHL, start());
    let sent_away = ledger.take(Class::Live, SLICE, GHL, start()).unwrap_err();
    assert_eq!(sent_away.after, SignedDuration::from_millis(10_200), "the first slice of a fiftieth ends");
    let given = |millis: i64| calls(&spend(&mut ledger.clone(), Class::Import, GHL, after(millis)).0);
    assert_eq!(given(10_200), 70, "ten of the eighty that are free again are kept");
    assert_eq!(given(15_199), 70);
    assert_eq!(given(15_200), 80, "half a window after he could have come, nobody waits for him");
    let mut come = ledger.clone();
    assert_eq!(come.take(Class::Live, SLICE, GHL, after(10_200)).unwrap().calls, SLICE);
    assert_eq!(calls(&spend(&mut come, Class::Import, GHL, after(10_200)).0), 70, "he has his ten");
}

#[test]
fn where_nothing_is_free_and_nothing_will_end_the_wait_is_a_tenth_of_the_window() {
    let few = Limits { calls: 5, ..GHL };
    let mut ledger = Ledger::default();
    spend(&mut ledger, Class::Import, few, start());
    let sent_away = ledger.take(Class::Live, SLICE, few, start()).unwrap_err();
    let later = start() + sent_away.after;
    let spent = ledger.take(Class::Import, SLICE, few, later).unwrap_err();
    assert_eq!(spent.after, few.window / 10, "four are kept, and one is not worth it");
}

#[test]
fn sweeps_that_had_their_part_wait_for_their_own_and_others_for_any() {
    let sweep_from = after(600_000);
    let mut ledger = Ledger::default();
    spend(&mut ledger, Class::Import, Limits { calls: 60, ..HELLOLEADS }, start());
    spend(&mut ledger, Class::Sweep, HELLOLEADS, sweep_from);
    let ends = |from: Timestamp| from + HELLOLEADS.window + SignedDuration::from_secs(15);
    let sated = ledger.take(Class::Sweep, SLICE, HELLOLEADS, sweep_from).unwrap_err();
    assert!(sweep_from + sated.after >= ends(sweep_from), "{sated:?}");
    spend(&mut ledger, Class::Live, HELLOLEADS, sweep_from);
    let live = ledger.take(Class::Live, SLICE, HELLOLEADS, sweep_from).unwrap_err();
    assert!(sweep_from + live.after < ends(sweep_from), "the import's end first: {live:?}");
}

#[test]
fn sweeps_that_have_some_of_their_part_left_wait_for_whatever_ends_first() {
    let later = after(600_000);
    let mut ledger = Ledger::default();
    spend(&mut ledger, Class::Import, Limits { calls: 60, ..HELLOLEADS }, start());
    spend(&mut ledger, Class::Sweep, Limits { sweeps: 9, ..HELLOLEADS }, later);
    spend(&mut ledger, Class::Live, HELLOLEADS, later);
    let waiting = ledger.take(Class::Sweep, SLICE, HELLOLEADS, later).unwrap_err();
    assert!(later + waiting.after < later + HELLOLEADS.window, "{waiting:?}");
}

#[test]
fn what_is_given_back_was_never_taken() {
    let mut ledger = Ledger::default();
    let slice = ledger.take(Class::Live, SLICE, GHL, start()).unwrap();
    ledger.take(Class::Import, SLICE, GHL, start()).unwrap();
    assert_eq!(ledger.ever(), 20);
    ledger.give_back(slice, 4);
    assert_eq!((ledger.ever(), ledger.today(Class::Live, start())), (16, 6));
    assert_eq!(ledger.today(Class::Import, start()), 10);
    assert_eq!(ledger.left(GHL, start()), (84, Some(199_984)));
}

#[test]
fn what_is_given_back_after_midnight_was_yesterdays() {
    let mut ledger = Ledger::default();
    let late: Timestamp = "2026-11-24T23:59:45Z".parse().unwrap();
    let slice = ledger.take(Class::Live, SLICE, GHL, late).unwrap();
    let early = late + SignedDuration::from_secs(20);
    ledger.take(Class::Live, SLICE, GHL, early).unwrap();
    ledger.give_back(slice, 4);
    assert_eq!(ledger.today(Class::Live, early), 10);
}

#[test]
fn with_many_slices_one_that_is_still_good_is_not_counted_together_with_others() {
    let limits = Limits { calls: 60_000, ..HELLOLEADS };
    let mut ledger = Ledger::default();
    let take = |second: i64| ledger.take(Class::Import, SLICE, limits, after(second * 1_000)).unwrap();
    let slices: Vec<Slice> = (0..400).map(take).collect();
    let before = ledger.left(limits, after(399_000)).0;
    ledger.give_back(slices[290], SLICE);
    assert_eq!(ledger.left(limits, after(399_000)).0, before + SLICE);
}

#[test]
fn the_limits_that_the_side_names_are_heeded() {
    let mut ledger = Ledger::default();
    let interval = Some(SignedDuration::from_secs(5));
    let word = Word { max: Some(50), interval, daily_max: Some(1_000), ..Word::default() };
    ledger.heed(word, GHL, start());
    let slice = ledger.take(Class::Live, SLICE, GHL, start()).unwrap();
    assert_eq!(slice.until, after(5_000));
    assert_eq!(ledger.left(GHL, after(9_999)), (40, Some(990)));
    assert_eq!(ledger.left(GHL, after(10_000)), (50, Some(990)));
}

#[test]
fn a_limit_of_nothing_is_no_word() {
    let mut ledger = Ledger::default();
    let interval = Some(SignedDuration::ZERO);
    ledger.heed(Word { max: Some(0), interval, daily_max: Some(0), ..Word::default() }, GHL, start());
    assert_eq!(ledger.left(GHL, start()), (100, Some(200_000)));
}

#[test]
fn a_side_that_counts_as_we_do_says_nothing_new() {
    let mut ledger = Ledger::default();
    ledger.take(Class::Live, SLICE, GHL, start()).unwrap();
    let before = ledger.clone();
    ledger.heed(Word { remaining: Some(90), ..Word::default() }, GHL, start());
    assert_eq!(ledger, before);
}

#[test]
fn the_longest_rest_stands() {
    let mut ledger = Ledger::default();
    let rest = |limit, seconds: i64| Rest { limit, until: after(seconds * 1_000) };
    for asked in
        [rest(Limit::Window, 30), rest(Limit::Window, 60), rest(Limit::Day, 60), rest(Limit::Day, 10)]
    {
        ledger.rest_until(asked);
    }
    assert_eq!(ledger.rest(start()), Some(rest(Limit::Window, 60)));
    assert_eq!(ledger.rest(after(60_000)), None);
}

#[test]
fn who_was_sent_away_and_comes_back_when_he_was_told_is_given_calls_though_others_wait_too() {
    let mut ledger = Ledger::default();
    // The import takes all there are, a few at a time.
    let mut now = (0..).map(|number| after(number * 50));
    while ledger.take(Class::Import, 2, GHL, now.next().unwrap()).is_ok() {}
    // Then somebody did something, and what he wants is kept for him.
    assert!(ledger.take(Class::Live, SLICE, GHL, now.next().unwrap()).is_err());
    let away = now.next().unwrap();
    let told = ledger.take(Class::Import, SLICE, GHL, away).unwrap_err().after;
    assert!(ledger.take(Class::Import, SLICE, GHL, away + told).is_ok());
}

#[test]
fn what_a_side_said_of_the_day_holds_until_the_day_ends_and_of_the_window_not_at_all() {
    let word = Word { max: Some(100), remaining: Some(7), daily_remaining: Some(900), ..Word::default() };
    let end: Timestamp = "2026-11-25T00:00:00Z".parse().unwrap();
    let later = |seconds| word.of_the_day(start(), end + SignedDuration::from_secs(seconds));
    assert_eq!(later(-1), Some(Word { remaining: None, ..word }));
    assert_eq!(later(0), None);
}
