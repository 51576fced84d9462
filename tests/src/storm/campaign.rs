//! Many storms, one after the other: how fast they go, what was injected, and what broke.

use std::collections::BTreeMap;
use std::io::{self, Write};
use std::time::Instant;

use indicatif::{ProgressBar, ProgressStyle};

use super::run::{Verdict, run};
use super::weather::Fault;

/// How many failing seeds are told in full.
const TOLD_MAX: usize = 3;
/// The longest story that is printed without being asked for, in lines.
const LINES_MAX: usize = 120;

/// Runs the seeds from `from` on; `false` where a promise was broken.
///
/// # Errors
/// Where `out` cannot be written to.
pub fn storm(out: &mut impl Write, from: u64, seeds: u64) -> io::Result<bool> {
    quiet_panics();
    let bar = ProgressBar::new(seeds);
    let style = "{bar:40} {pos}/{len} seeds  {per_sec}  {eta} left  {msg}";
    bar.set_style(ProgressStyle::with_template(style).expect("a constant template"));
    let begun = Instant::now();
    let mut tally: BTreeMap<&'static str, u64> = BTreeMap::new();
    let mut failed: Vec<Verdict> = Vec::new();
    for seed in from..from + seeds {
        let verdict = run(seed);
        for (what, count) in &verdict.tally {
            *tally.entry(what).or_default() += count;
        }
        if !verdict.breaches.is_empty() {
            failed.push(verdict);
            bar.set_message(format!("{} failed", failed.len()));
        }
        bar.inc(1);
    }
    bar.finish_and_clear();
    let took = begun.elapsed().as_secs_f64();
    for verdict in failed.iter().take(TOLD_MAX) {
        tell(out, verdict)?;
    }
    summarise(out, &tally)?;
    let seconds = took.max(0.001);
    #[expect(clippy::cast_precision_loss, reason = "nobody runs so many seeds")]
    let speed = seeds as f64 / seconds;
    writeln!(out, "{seeds} seeds from {from} in {took:.1} s: {speed:.1} a second; {} failed", failed.len())?;
    if !failed.is_empty() {
        let list: Vec<String> = failed.iter().map(|verdict| verdict.seed.to_string()).collect();
        writeln!(out, "failing seeds: {}", list.join(" "))?;
    }
    Ok(failed.is_empty())
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
    for (name, count) in tally.iter().filter(|(name, _)| !Fault::ALL.iter().any(|(_, known, _)| known == *name)) {
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
