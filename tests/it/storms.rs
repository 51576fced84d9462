//! The storm itself: it can be repeated exactly, and what it promises is checked on a few seeds with every test run.
//! Thousands of seeds run by `cargo sandbox storm`.

use sandbox::storm::run::{run, run_and_look};
use sandbox::storm::secrecy::typed;

use crate::kept_log::{KeptLog, finest, heard_on_every_thread};

const SEEDS: u64 = 6;

#[test]
fn a_seed_gives_the_same_storm_each_time() {
    let (first, second) = (run(7), run(7));
    assert_eq!(first.tally, second.tally);
    assert_eq!(first.story, second.story, "the whole story, word for word");
    assert_ne!(first.story, run(8).story);
}

#[test]
fn the_promises_hold_in_a_few_storms() {
    for seed in 1..=SEEDS {
        let verdict = run(seed);
        assert_eq!(verdict.breaches, [], "cargo sandbox replay {seed}");
    }
}

#[test]
fn no_log_line_holds_what_people_typed_or_a_token() {
    heard_on_every_thread();
    let (mut lines, mut kept) = (0, 0);
    for seed in 100..100 + SEEDS {
        let log = KeptLog::default();
        let writer = log.clone();
        let subscriber = tracing_subscriber::fmt()
            .json()
            .with_env_filter(finest())
            .with_writer(move || writer.clone())
            .finish();
        let mut secrets = Vec::new();
        tracing::subscriber::with_default(subscriber, || {
            run_and_look(seed, |cloud| {
                secrets = typed(cloud);
                secrets.extend(cloud.model.state().tokens.iter().cloned());
            })
        });
        let logged = log.text();
        lines += logged.lines().count();
        kept += secrets.len();
        for line in logged.lines() {
            let found = secrets.iter().find(|secret| line.contains(secret.as_str()));
            assert_eq!(found, None, "seed {seed}: {line}");
        }
    }
    assert!(kept > 50, "there was something to keep secret: {kept} values");
    assert!(lines > 100, "the functions did log: {lines} lines");
}
