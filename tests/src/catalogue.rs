//! `cargo sandbox catalogue`: every trigger and action of automations, as the code has them.

use std::io::{self, Write};

use clap::Args;
use comfy_table::presets::UTF8_FULL_CONDENSED;
use comfy_table::{ContentArrangement, Table};
use serde_json::json;
use shared::action::catalogue::{Entry, asking, entries};

/// How the catalogue is shown.
#[derive(Args, Clone, Debug)]
pub struct Catalogue {
    /// As JSON, with schemas and examples.
    #[arg(long)]
    pub json: bool,
    /// Only entries whose name holds this.
    pub named: Option<String>,
}

/// Prints it.
///
/// # Errors
/// Where nobody takes what is printed.
pub fn catalogue(asked: &Catalogue, out: &mut impl Write) -> io::Result<bool> {
    let named = asked.named.as_deref().unwrap_or_default();
    let all: Vec<Entry> = entries().into_iter().filter(|entry| entry.name.contains(named)).collect();
    if asked.json {
        let whole = json!({ "asking": asking(), "entries": all });
        writeln!(out, "{}", serde_json::to_string_pretty(&whole)?)?;
        return Ok(true);
    }
    let mut table = Table::new();
    table.load_style(UTF8_FULL_CONDENSED).set_content_arrangement(ContentArrangement::Disabled);
    table.set_header(["name", "what it is", "needs", "calls"]);
    for entry in &all {
        table.add_row([entry.name.to_owned(), entry.says.to_owned(), needs(entry), calls(entry.calls)]);
    }
    writeln!(out, "{table}\n{} entries; --json shows their schemas and examples", all.len())?;
    Ok(true)
}

fn needs(entry: &Entry) -> String {
    let profiles = entry
        .profiles
        .iter()
        .filter_map(|profile| Some(serde_json::to_value(profile).ok()?.as_str()?.to_owned()));
    let scopes = entry.scopes.iter().map(|scope| (*scope).to_owned());
    scopes.chain(profiles).collect::<Vec<_>>().join(", ")
}

fn calls([least, most]: [u32; 2]) -> String {
    if least == most { least.to_string() } else { format!("{least} to {most}") }
}
