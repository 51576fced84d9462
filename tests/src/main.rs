//! `cargo sandbox`: the whole system on one machine.

use std::io::{self, Write};
use std::process::ExitCode;

use clap::{Parser, Subcommand};
use sandbox::bench::Bench;
use sandbox::catalogue::Catalogue;
use sandbox::import::Import;
use sandbox::inspect::Inspect;
use sandbox::serve::Serve;
use sandbox::stack::Stack;
use sandbox::storm::campaign;

/// Counts what is in use.
#[global_allocator]
static MEMORY: peak_alloc::PeakAlloc = peak_alloc::PeakAlloc;

/// The HelloLeads and GHL sync on one machine, between two fake CRMs.
#[derive(Parser)]
#[command(name = "cargo sandbox", version)]
struct Arguments {
    #[command(subcommand)]
    command: Command,
}

#[derive(Subcommand)]
enum Command {
    /// Shows the sync at work, and exits 0 only if both CRMs agree at the end.
    Demo {
        /// Keeps everything running afterwards, with the status page.
        #[arg(long)]
        stay: bool,
    },
    /// Measures one thing, and says whether it keeps its limits.
    Bench(Bench),
    /// Runs a first import of any size in virtual time, and judges it.
    Import(Import),
    /// Shows the difference report of both sides, and its repair.
    Verify,
    /// Serves what the functions need around them, for `sam local`.
    Serve(Serve),
    /// Serves the product and both CRMs with nothing connected yet, for a browser to try; prints where, as JSON.
    Browse,
    /// Deploys the template to an AWS that is none, and shows the deployed stack at work.
    Stack(Stack),
    /// Shows what a GHL location answers, by the product's own client.
    Inspect(Inspect),
    /// Lists every trigger and action that automations are made of.
    Catalogue(Catalogue),
    /// Breaks everything that can break, in as many ways as there are seeds, and checks every promise afterwards.
    Storm {
        #[arg(long, default_value_t = 100)]
        seeds: u64,
        #[arg(long, default_value_t = 1)]
        from: u64,
        /// Ends with the first seed that breaks a promise.
        #[arg(long)]
        until_broken: bool,
    },
    /// Runs one seed of the storm again, with everything that happened.
    Replay { seed: u64 },
}

fn main() -> ExitCode {
    let filter = tracing_subscriber::EnvFilter::try_from_default_env();
    let filter = filter.unwrap_or_else(|_| tracing_subscriber::EnvFilter::new("off"));
    tracing_subscriber::fmt().with_env_filter(filter).with_writer(io::stderr).init();
    shared::http::choose_cryptography();
    let done = match Arguments::parse().command {
        // A storm has a scheduler of its own, and must not run inside another.
        Command::Storm { seeds, from, until_broken } => {
            campaign::storm(&mut io::stdout().lock(), from, seeds, until_broken)
        }
        Command::Replay { seed } => campaign::replay(&mut io::stdout().lock(), seed),
        Command::Catalogue(asked) => sandbox::catalogue::catalogue(&asked, &mut io::stdout().lock()),
        other => in_real_time(other),
    };
    match done {
        Ok(true) => ExitCode::SUCCESS,
        Ok(false) => ExitCode::FAILURE,
        Err(error) => {
            let _ = writeln!(io::stderr(), "{error}");
            ExitCode::FAILURE
        }
    }
}

#[tokio::main]
async fn in_real_time(command: Command) -> io::Result<bool> {
    match command {
        Command::Demo { stay } => sandbox::demo::story::tell(io::stdout().lock(), stay).await,
        Command::Import(asked) => {
            sandbox::import::import(&asked, || MEMORY.current_usage(), &mut io::stdout().lock()).await
        }
        Command::Bench(asked) => {
            sandbox::bench::bench(&asked, || MEMORY.current_usage(), &mut io::stdout().lock()).await
        }
        Command::Verify => sandbox::verify::verify(&mut io::stdout().lock()).await,
        Command::Serve(asked) => sandbox::serve::serve(&asked, &mut io::stdout().lock()).await,
        Command::Browse => sandbox::stage::browse(&mut io::stdout().lock()).await,
        Command::Stack(asked) => sandbox::stack::stack(&asked, io::stdout()).await,
        Command::Inspect(asked) => {
            let token = std::env::var("GHL_TOKEN").ok();
            sandbox::inspect::inspect(&asked, token, &mut io::stdout().lock()).await.map(|()| true)
        }
        Command::Storm { .. } | Command::Replay { .. } | Command::Catalogue(_) => {
            unreachable!("these run outside")
        }
    }
}
