//! `cargo sandbox import`: a first import of any size, in virtual time, with what it came to; or by HelloLeads' own file.

use std::io::{self, Write};
use std::path::PathBuf;

use clap::Args;
use indicatif::{ProgressBar, ProgressDrawTarget, ProgressStyle};
use shared::errand::What;
use shared::sync::forecast::words;

use crate::importing::{Plan, Report, bulk_file, connect, forecast, furnished, run};

/// How large the import is.
#[derive(Args, Clone, Debug)]
pub struct Import {
    /// People who are in GHL only.
    #[arg(long, default_value_t = 300)]
    pub only_ghl: usize,
    /// People who are in HelloLeads only.
    #[arg(long, default_value_t = 300)]
    pub only_helloleads: usize,
    /// People who are in both.
    #[arg(long, default_value_t = 400)]
    pub in_both: usize,
    /// The calls that HelloLeads allows in an hour.
    #[arg(long, default_value_t = 60_000)]
    pub calls_per_hour: u32,
    /// How often a function dies in the middle of its work.
    #[arg(long, default_value_t = 0)]
    pub kills: usize,
    #[arg(long, default_value_t = 1)]
    pub seed: u64,
    /// Writes the file for HelloLeads' own bulk import here, imports it there, and lets the sync link what came in.
    #[arg(long)]
    pub file: Option<PathBuf>,
}

/// Runs it; `memory` says how many bytes are in use. Answers whether nobody is missing, nobody is there twice, and no call was refused.
///
/// # Errors
/// Where the file cannot be written.
pub async fn import(asked: &Import, memory: fn() -> usize, out: &mut impl Write) -> io::Result<bool> {
    let plan = Plan {
        only_ghl: asked.only_ghl,
        only_helloleads: asked.only_helloleads,
        in_both: asked.in_both,
        calls_per_hour: asked.calls_per_hour,
        kills: asked.kills,
        seed: asked.seed,
    };
    match &asked.file {
        Some(path) => by_file(&plan, path, out).await,
        None => by_calls(&plan, memory, out).await,
    }
}

async fn by_calls(plan: &Plan, memory: fn() -> usize, out: &mut impl Write) -> io::Result<bool> {
    let people = plan.only_ghl + plan.only_helloleads + plan.in_both;
    let bar = ProgressBar::with_draw_target(None, ProgressDrawTarget::stderr());
    let style = ProgressStyle::with_template("[{bar:32}] {pos}/{len} {msg}");
    bar.set_style(style.map_err(io::Error::other)?.progress_chars("█▉ "));
    let report = run(plan, memory, |forecast| {
        bar.set_length(forecast.total);
        bar.set_position(forecast.done.min(forecast.total));
        bar.set_message(format!(
            "{} an hour, {} left by the clock of the sandbox",
            forecast.per_hour,
            words(forecast.left)
        ));
    })
    .await;
    bar.finish_and_clear();
    write_report(&report, out)?;
    Ok(report.contacts == people && report.leads == people && report.twice == 0 && report.refused == 0)
}

fn write_report(report: &Report, out: &mut impl Write) -> io::Result<()> {
    let Report {
        people,
        contacts,
        leads,
        twice,
        refused,
        used,
        kills,
        took,
        stood,
        calls,
        lead_writes,
        held,
        ..
    } = report;
    writeln!(
        out,
        "{people} people: {contacts} contacts in GHL and {leads} leads in HelloLeads, {twice} of them twice"
    )?;
    writeln!(out, "{kills} deaths in the middle of the work; {refused} calls refused for being too many")?;
    writeln!(out, "calls: {} to GHL, {} to HelloLeads, of which {lead_writes} writes", calls.0, calls.1)?;
    writeln!(
        out,
        "of 100 possible calls, while there was work: {} to GHL, {} to HelloLeads",
        used.0, used.1
    )?;
    writeln!(
        out,
        "in memory beyond what they begin with, the functions held {} KB after a tenth, {} KB after the rest",
        held.0, held.1
    )?;
    let (took, stood) = (words(*took), words(*stood));
    writeln!(
        out,
        "it took {took} by the clock of the sandbox; {stood} of it went by until a dead function's messages came back"
    )?;
    for (percent, said, was) in &report.forecasts {
        writeln!(
            out,
            "at {percent} of 100: {} were said to be left, and it was {} ({:+.0} of 100)",
            words(*said),
            words(*was),
            (said.as_secs_f64() / was.as_secs_f64().max(1.0) - 1.0) * 100.0
        )?;
    }
    Ok(())
}

async fn by_file(plan: &Plan, path: &PathBuf, out: &mut impl Write) -> io::Result<bool> {
    let world = furnished(plan).await;
    connect(&world, plan).await;
    world.ask(What::PauseImport { connection: world.connection() }).await;
    world.settle().await;
    let file = bulk_file(&world).await;
    std::fs::write(path, &file.lines)?;
    writeln!(
        out,
        "{}: {} contacts, {} that HelloLeads would not take",
        path.display(),
        file.contacts,
        file.left_out
    )?;
    let made = world.helloleads.person_imports_file(&file.lines);
    let mark = world.helloleads.calls().len();
    world.ask(What::ResumeImport { connection: world.connection() }).await;
    world.settle().await;
    let calls = world.helloleads.calls().names_since(mark);
    let writes = calls.iter().filter(|name| !name.starts_with("GET")).count();
    let differences = world.verify(false).await.len();
    writeln!(
        out,
        "{made} leads came in by the file; linking them took {} reads of HelloLeads and {writes} writes",
        calls.len() - writes
    )?;
    writeln!(out, "{differences} differences between the two")?;
    Ok(forecast(&world).await.is_none() && writes == 0 && differences == 0)
}
