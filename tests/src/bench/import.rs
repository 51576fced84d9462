//! A first import, in virtual time: what it uses of the budget, and how many calls it makes.

use std::collections::BTreeMap;
use std::io::{self, Write};

use super::Row;
use crate::importing::{self, Plan, Report};

/// Of a hundred possible calls of the side that is the bottleneck.
const USED_MIN: f64 = 95.0;
/// What an import may cost beyond a page for a hundred contacts and a write for each, in hundredths.
const CALLS_MAX: f64 = 102.0;
/// What the functions may hold more at the end than after a tenth, in KB.
const GROWTH_MAX: f64 = 1_024.0;
/// The calls that HelloLeads allows in an hour: it is the bottleneck by far.
const PER_HOUR: u32 = 90;
const PAGE: usize = 100;

/// Imports so many GHL contacts; `each` names every call, with how often it was made.
pub async fn measure(contacts: usize, memory: fn() -> usize, each: bool) -> io::Result<Vec<Row>> {
    let plan = Plan {
        only_ghl: contacts,
        only_helloleads: 0,
        in_both: 0,
        calls_per_hour: PER_HOUR,
        kills: 0,
        seed: 1,
    };
    let report = importing::run(&plan, memory, |_| ()).await;
    if each {
        let mut counts: BTreeMap<&str, usize> = BTreeMap::new();
        for name in &report.call_names {
            *counts.entry(name).or_default() += 1;
        }
        for (name, count) in counts {
            writeln!(io::stderr(), "  {count:>7} {name}")?;
        }
    }
    Ok(rows(contacts, &report))
}

fn rows(contacts: usize, report: &Report) -> Vec<Row> {
    let what = format!("a first import of {contacts} contacts");
    let row = |value: usize, unit| Row::plain(&what, value as f64, unit);
    let least = contacts.div_ceil(PAGE) + contacts;
    let calls = report.calls.0 + report.calls.1;
    let growth = report.held.1.saturating_sub(report.held.0);
    vec![
        row(report.used.1, "of 100 possible HelloLeads calls").at_least(USED_MIN),
        row(report.used.0, "of 100 possible GHL calls"),
        row(report.refused, "refused calls").at_most(0.0),
        row(report.twice, "people twice").at_most(0.0),
        row(report.calls.0, "GHL calls"),
        row(report.calls.1 - report.lead_writes, "HelloLeads reads"),
        row(report.lead_writes, "HelloLeads writes"),
        Row::plain(&what, calls as f64 * 100.0 / least as f64, "% of a page per 100 and a write each")
            .at_most(CALLS_MAX),
        row(growth, "KB more in memory, after the first tenth").at_most(GROWTH_MAX),
    ]
}
