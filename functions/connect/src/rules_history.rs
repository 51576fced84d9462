//! What the rules came to: by which event, about which record, and what became of each action.

use std::collections::HashMap;

use maud::{Markup, html};
use shared::lane::work::Failure;
use shared::model::ids::{ConnectionId, DeliveryId};
use shared::model::side::Side;
use shared::store::action_runs::{ActionRuns, Run, RunState};
use shared::store::rule_history::{CameTo, Cap, Followed, RuleHistory};

use crate::connect::{Connect, store};

/// The most entries that the page shows.
const ROWS_MAX: usize = 50;

type Runs = HashMap<DeliveryId, Run>;

impl Connect {
    pub(crate) async fn rule_history(&self, id: &ConnectionId) -> Result<Markup, Failure> {
        let now = self.engines.clock.now();
        let history = RuleHistory::new(self.engines.table.clone(), id);
        let entries = history.latest(ROWS_MAX, now).await.map_err(store)?;
        let asked: Vec<DeliveryId> = entries.iter().flat_map(actions).cloned().collect();
        let runs = ActionRuns::new(self.engines.table.clone(), id).many(&asked).await.map_err(store)?;
        Ok(html! {
            section {
                h2 { "What they came to" }
                p { "The last " (ROWS_MAX) " of the last 30 days. A condition that did not hold is not listed; a failure is listed once an hour." }
                @if entries.is_empty() { p { "Nothing yet." } } @else {
                    div.wide { table.stacked {
                        thead { tr { th { "When" } th { "Rule" } th { "Event" } th { "Record" } th { "What came of it" } } }
                        tbody { @for entry in &entries { (row(id, entry, &runs)) } }
                    } }
                }
            }
        })
    }
}

fn actions(entry: &Followed) -> &[DeliveryId] {
    match &entry.came_to {
        CameTo::Asked { actions } => actions,
        CameTo::Stopped { .. } | CameTo::Failed { .. } => &[],
    }
}

fn row(id: &ConnectionId, entry: &Followed, runs: &Runs) -> Markup {
    html! {
        tr {
            th scope="row" { (entry.at.strftime("%F %T UTC")) }
            td data-is="Rule" { a href={ "/connections/" (id) "/rules/" (entry.rule) } { (entry.name) } }
            td data-is="Event" { code { (entry.when) } }
            td data-is="Record" { (record(entry)) }
            td data-is="What came of it" { (came_to(entry, runs)) }
        }
    }
}

fn record(entry: &Followed) -> Markup {
    let known = Side::BOTH.into_iter().filter_map(|side| Some((side, entry.ids.of(side).as_ref()?)));
    html! { @for (side, id) in known { (side) " " code { (id) } " " } }
}

fn came_to(entry: &Followed, runs: &Runs) -> Markup {
    match &entry.came_to {
        CameTo::Stopped { why } => html! { span.pill.bad { "stopped" } " " (says(*why)) },
        CameTo::Failed { why } => html! { span.pill.warn { "failed" } " " (why) },
        CameTo::Asked { actions } => {
            html! { @for action in actions { div { (of_action(runs.get(action))) } } }
        }
    }
}

fn says(why: Cap) -> &'static str {
    match why {
        Cap::Depth => "Too many rules stand behind this event: they may go round in circles.",
        Cap::Writes => "It has written as often as it may in an hour for this record.",
    }
}

fn of_action(run: Option<&Run>) -> Markup {
    let Some(run) = run else { return html! { "not known any more" } };
    let action = html! { code { (run.action) } ": " };
    match &run.state {
        RunState::Asked => html! { (action) "asked for" },
        RunState::Waiting => html! { (action) "waits until the connection runs" },
        RunState::Done { .. } => html! { (action) span.pill.good { "done" } },
        RunState::Refused { why } => html! { (action) span.pill.warn { "refused" } " " (why.text) },
        RunState::Uncertain => {
            html! { (action) span.pill.warn { "uncertain" } " Its answer was lost: look whether it was done." }
        }
    }
}
