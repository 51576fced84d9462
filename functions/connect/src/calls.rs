//! What a person sees of a connection's calls: how many are left, what the day's went to, and that a spent budget is
//! waited for.

use jiff::Timestamp;
use maud::{Markup, html};
use shared::budget::ledger::{Class, Ledger, Limit, Limits};
use shared::connection::Connection;
use shared::model::side::Side;
use shared::store::error::Error;
use shared::store::ledgers::Ledgers;
use shared::store::table::Table;

/// The budgets of a connection; none for a relay, whose calls nobody counts.
pub(crate) async fn calls_of(
    connection: &Connection,
    table: &Table,
    now: Timestamp,
) -> Result<Markup, Error> {
    let mut rows = Vec::new();
    for (side, limits) in budgets(connection) {
        let ledger = Ledgers::new(table.clone(), &connection.id, side).get().await?;
        rows.push(row(side, limits, &ledger, now));
    }
    Ok(html! {
        section {
            h2 { "API calls" }
            div.wide { table.stacked {
                thead { tr { th { "Side" } th { "Left now" } th { "Left today" } th { "Made today" } } }
                tbody { @for row in &rows { (row) } }
            } }
        }
    })
}

fn budgets(connection: &Connection) -> Vec<(Side, Limits)> {
    let mut budgets = vec![(Side::Ghl, shared::ghl::client::LIMITS)];
    budgets.extend(connection.helloleads.counted_limits().map(|limits| (Side::HelloLeads, limits)));
    budgets
}

fn row(side: Side, limits: Limits, ledger: &Ledger, now: Timestamp) -> Markup {
    let (left, today) = ledger.left(limits, now);
    let window = if limits.window.as_secs() < 60 { "10 seconds" } else { "hour" };
    let made = |class| format!("{} {}", class_name(class), ledger.today(class, now));
    let rest = ledger.rest(now).map(|rest| (rest.limit, rest.until));
    let rest = rest.or((today == Some(0)).then(|| (Limit::Day, shared::budget::ledger::next_day(now))));
    html! {
        tr {
            th scope="row" { (side) }
            td data-is="Left now" {
                (left) " of this " (window)
                @if let Some((limit, until)) = rest { p.note { (waits(limit, until)) } }
            }
            td data-is="Left today" { @match today { Some(left) => (left), None => "no daily limit" } }
            td data-is="Made today" { (Class::ALL.map(made).join(", ")) }
        }
    }
}

fn waits(limit: Limit, until: Timestamp) -> String {
    let spent = match limit {
        Limit::Window => "The calls are spent for now",
        Limit::Day => "The calls of the day are spent",
    };
    format!("{spent}: everything waits, nothing is lost, and it goes on at {}.", until.strftime("%F %T UTC"))
}

fn class_name(class: Class) -> &'static str {
    match class {
        Class::Live => "changes",
        Class::Import => "first import",
        Class::Sweep => "sweeps",
    }
}
