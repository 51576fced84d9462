//! `cargo sandbox`: the whole system on one machine.

use std::io::{self, Write};
use std::process::ExitCode;

use clap::{Parser, Subcommand};
use sandbox::import::Import;
use sandbox::inspect::Inspect;
use sandbox::serve::Serve;
use sandbox::stack::Stack;

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
    /// Runs a first import of any size in virtual time, and judges it.
    Import(Import),
    /// Shows the difference report of both sides, and its repair.
    Verify,
    /// Serves what the functions need around them, for `sam local`.
    Serve(Serve),
    /// Deploys the template to an AWS that is none, and shows the deployed stack at work.
    Stack(Stack),
    /// Shows what a GHL location answers, by the product's own client.
    Inspect(Inspect),
}

#[tokio::main]
async fn main() -> ExitCode {
    let filter = tracing_subscriber::EnvFilter::try_from_default_env();
    let filter = filter.unwrap_or_else(|_| tracing_subscriber::EnvFilter::new("off"));
    tracing_subscriber::fmt().with_env_filter(filter).with_writer(io::stderr).init();
    let done = match Arguments::parse().command {
        Command::Demo { stay } => sandbox::demo::story::tell(io::stdout().lock(), stay).await,
        Command::Import(asked) => sandbox::import::import(&asked, &mut io::stdout().lock()).await,
        Command::Verify => sandbox::verify::verify(&mut io::stdout().lock()).await,
        Command::Serve(asked) => sandbox::serve::serve(&asked, &mut io::stdout().lock()).await,
        Command::Stack(asked) => sandbox::stack::stack(&asked, io::stdout()).await,
        Command::Inspect(asked) => {
            let token = std::env::var("GHL_TOKEN").ok();
            sandbox::inspect::inspect(&asked, token, &mut io::stdout().lock()).await.map(|()| true)
        }
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
