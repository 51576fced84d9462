//! `cargo sandbox bench`: what the sync costs, measured, beside the limit that it keeps.

mod calls;
mod dollars;
mod functions;
mod import;
mod log_bytes;
mod reconcile;
mod row;
mod runtime;

use std::io::{self, Write};

use clap::{Args, ValueEnum};

pub use row::Row;

/// What is measured.
#[derive(Clone, Copy, Debug, ValueEnum)]
enum What {
    /// API calls, and what is asked of AWS, for each synced change.
    Calls,
    /// The price of a million synced changes.
    Dollars,
    /// A first import: the budget that it uses, its calls and its memory.
    Import,
    /// Calls of an idle look, with few contacts and with many.
    Reconcile,
    /// From a process's start to its first answer, each function beside a bare one.
    Cold,
    /// CPU and spread of a signed webhook, beside bare functions.
    Intake,
    /// Zip and memory of each function.
    Size,
}

#[derive(Args, Clone, Debug)]
pub struct Bench {
    what: What,
    /// Prints JSON instead of a table.
    #[arg(long)]
    json: bool,
    /// Names what was asked of AWS, one line each, on the standard error.
    #[arg(long)]
    each: bool,
    /// The contacts of `import`, and the most of `reconcile`.
    #[arg(long, default_value_t = 10_000)]
    contacts: usize,
}

/// Measures, and answers whether every limit is kept; `memory` says how many bytes are in use.
///
/// # Errors
/// Where nothing can be written.
pub async fn bench(asked: &Bench, memory: fn() -> usize, out: &mut impl Write) -> io::Result<bool> {
    let rows = match asked.what {
        What::Calls => calls::measure(asked.each).await,
        What::Dollars => dollars::measure().await,
        What::Import => import::measure(asked.contacts, memory, asked.each).await?,
        What::Reconcile => reconcile::measure(asked.contacts, asked.each).await,
        What::Cold => functions::cold().await?,
        What::Intake => functions::intake().await?,
        What::Size => functions::size().await?,
    };
    let name = asked.what.to_possible_value().map(|value| value.get_name().to_owned()).unwrap_or_default();
    if asked.json {
        writeln!(out, "{}", row::json(&name, &rows))?;
    } else {
        writeln!(out, "{}", row::table(&rows))?;
    }
    Ok(rows.iter().all(Row::is_ok))
}
