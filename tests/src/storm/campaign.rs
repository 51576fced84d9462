//! Many storms, one after the other: how fast they go, what was injected, and what broke.

use std::collections::BTreeMap;
use std::io::{self, Write};
use std::sync::Mutex;
use std::sync::atomic::{AtomicU64, Ordering};
use std::time::Instant;

use indicatif::{ProgressBar, ProgressStyle};

use super::run::{Verdict, run};
use super::story::Story;
use super::weather::Fault;

/// How many failing seeds are told in full.
const TOLD_MAX: usize = 3;
/// The longest story that is printed without being asked for, in lines.
const LINES_MAX: usize = 120;

/// Runs the seeds from `from` on, to the first broken promise if so wished; `false` where one was broken.
///
/// # Errors
/// Where `out` cannot be written to.
pub fn storm(out: &mut impl Write, from: u64, seeds: u64, until_broken: bool) -> io::Result<bool> {
    quiet_panics();
    let bar = ProgressBar::new(seeds);
    let style = "{bar:40} {pos}/{len} seeds  {per_sec}  {eta} left  {msg}";
    bar.set_style(ProgressStyle::with_template(style).expect("a constant template"));
    let begun = Instant::now();
    let verdicts = run_all(from, seeds, until_broken, &bar);
    let mut tally: BTreeMap<&'static str, u64> = BTreeMap::new();
    for verdict in &verdicts {
        for (what, count) in &verdict.tally {
            *tally.entry(what).or_default() += count;
        }
    }
    let failed: Vec<&Verdict> = verdicts.iter().filter(|verdict| !verdict.breaches.is_empty()).collect();
    bar.finish_and_clear();
    let took = begun.elapsed().as_secs_f64();
    for verdict in failed.iter().take(TOLD_MAX) {
        tell(out, verdict)?;
    }
    summarise(out, &tally)?;
    let (seconds, seeds) = (took.max(0.001), verdicts.len());
    #[expect(clippy::cast_precision_loss, reason = "nobody runs so many seeds")]
    let speed = seeds as f64 / seconds;
    writeln!(out, "{seeds} seeds from {from} in {took:.1} s: {speed:.1} a second; {} failed", failed.len())?;
    if !failed.is_empty() {
        for verdict in &failed {
            let first = verdict.breaches.first().map_or("", |breach| breach.what.as_str());
            let short: String = first.chars().take(150).collect();
            writeln!(out, "failed: seed {}: {short}", verdict.seed)?;
        }
    }
    Ok(failed.is_empty())
}

/// Each seed runs on one thread from beginning to end; as many run side by side as the machine has cores. The stories
/// of those that kept every promise are forgotten.
fn run_all(from: u64, seeds: u64, until_broken: bool, bar: &ProgressBar) -> Vec<Verdict> {
    let (next, done) = (AtomicU64::new(from), Mutex::new(Vec::new()));
    let threads = std::thread::available_parallelism().map_or(1, usize::from);
    std::thread::scope(|scope| {
        for _ in 0..threads {
            scope.spawn(|| {
                loop {
                    let seed = next.fetch_add(1, Ordering::Relaxed);
                    if seed >= from + seeds {
                        return;
                    }
                    let mut verdict = run(seed);
                    if verdict.breaches.is_empty() {
                        verdict.story = Story::default();
                    } else if until_broken {
                        next.store(from + seeds, Ordering::Relaxed);
                    }
                    bar.inc(1);
                    done.lock().expect("a storm's panics are caught").push(verdict);
                }
            });
        }
    });
    let mut verdicts = done.into_inner().expect("a storm's panics are caught");
    verdicts.sort_by_key(|verdict| verdict.seed);
    verdicts
}

/// Runs one seed again, with everything that happened; `false` where a promise was broken.
///
/// # Errors
/// Where `out` cannot be written to.
pub fn replay(out: &mut impl Write, seed: u64) -> io::Result<bool> {
    quiet_panics();
    let verdict = run(seed);
    write!(out, "{}", verdict.story.whole())?;
    for breach in &verdict.breaches {
        writeln!(out, "\n{}\n{}", breach.what, verdict.story.about(&breach.words))?;
    }
    writeln!(out, "seed {seed}: {} broken promises", verdict.breaches.len())?;
    Ok(verdict.breaches.is_empty())
}

fn tell(out: &mut impl Write, verdict: &Verdict) -> io::Result<()> {
    writeln!(out, "\nseed {} (cargo sandbox replay {})", verdict.seed, verdict.seed)?;
    for breach in &verdict.breaches {
        writeln!(out, "  {}", breach.what)?;
    }
    let words: Vec<String> = verdict.breaches.iter().flat_map(|breach| breach.words.clone()).collect();
    let story = verdict.story.about(&words);
    for line in story.lines().take(LINES_MAX) {
        let short: String = line.chars().take(240).collect();
        writeln!(out, "    {short}")?;
    }
    Ok(())
}

fn summarise(out: &mut impl Write, tally: &BTreeMap<&'static str, u64>) -> io::Result<()> {
    writeln!(out, "\nwhat was injected, and how often:")?;
    let faults = Fault::ALL.iter().map(|(_, name, _)| *name);
    for name in faults {
        writeln!(out, "{:>9}  {name}", tally.get(name).copied().unwrap_or(0))?;
    }
    for (name, count) in
        tally.iter().filter(|(name, _)| !Fault::ALL.iter().any(|(_, known, _)| known == *name))
    {
        writeln!(out, "{count:>9}  {name}")?;
    }
    Ok(())
}

/// A panic of the product is caught by its own edge and told by the judge; it need not be printed each time.
fn quiet_panics() {
    if std::env::var_os("RUST_BACKTRACE").is_none() {
        std::panic::set_hook(Box::new(|_| {}));
    }
}
