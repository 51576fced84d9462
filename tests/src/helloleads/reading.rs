//! `GET /leads` and `GET /leadsOrderBy`: filters, order, pages.

use jiff::Timestamp;
use jiff::civil::{Date, DateTime};
use serde_json::{Value, json};

use super::lead::{Lead, STAGES};
use super::row::{row, spelled_row};
use super::state::{State, WALL_FORM};
use super::wire::{Answer, Asked, Refusal};

/// The rows that pass all filters, one page of them.
pub(super) fn leads(state: &State, asked: &Asked) -> Answer {
    let filter = match Filter::parse(state, asked) {
        Ok(filter) => filter,
        Err(refusal) => return refusal.answer(state.switches.error_in_200),
    };
    let mut found: Vec<&Lead> = filter.candidates(state).filter(|lead| filter.passes(state, lead)).collect();
    put_in_order(state, asked, &mut found);
    page(state, asked, &found, row)
}

/// The older list call: leads created on or after a day, by creation, in its own spelling.
pub(super) fn leads_order_by(state: &State, asked: &Asked) -> Answer {
    let since = match asked.query("createdDate").map(|text| text.parse::<Date>()).transpose() {
        Ok(since) => since,
        Err(_) => return Refusal::of("Invalid createdDate").answer(state.switches.error_in_200),
    };
    let recent = |lead: &&Lead| since.is_none_or(|day| state.wall(lead.created).date() >= day);
    let mut found: Vec<&Lead> = state.leads.all().filter(recent).collect();
    found.sort_by_key(|lead| (lead.created, lead.id));
    if !is(asked, "order", "asc") {
        found.reverse();
    }
    page(state, asked, &found, |state, lead| spelled_row(state, lead, true))
}

/// The bounds and names that a row must meet. The bounds are inclusive, in the account's zone.
struct Filter<'a> {
    list_key: Option<&'a str>,
    stages: Option<Vec<&'a str>>,
    categories: Option<Vec<&'a str>>,
    created: Window,
    modified: Window,
}

impl<'a> Filter<'a> {
    fn parse(state: &State, asked: &'a Asked) -> Result<Self, Refusal> {
        let names = |name| asked.query(name).map(|csv| csv.split(',').map(str::trim).collect());
        let modified = Window::parse(state, asked, "modifiedDateTime_From", "modifiedDateTime_To");
        Ok(Self {
            list_key: asked.query("list_key"),
            stages: names("lead_stage_id"),
            categories: names("lead_category"),
            created: Window::parse(state, asked, "createdDateTime_From", "createdDateTime_To")?,
            modified: if state.switches.modified_filter { modified? } else { Window::default() },
        })
    }

    /// Those leads that may pass: none of the others does.
    fn candidates<'s>(&self, state: &'s State) -> impl Iterator<Item = &'s Lead> + use<'s> {
        state.leads.modified_since(self.modified.earliest)
    }

    fn passes(&self, state: &State, lead: &Lead) -> bool {
        let in_list = |key| state.lists[lead.list].key.as_deref() == Some(key);
        let at_stage = |ids: &Vec<&str>| {
            STAGES.iter().any(|(id, name)| ids.contains(id) && *name == lead.text("lead_stage"))
        };
        self.list_key.is_none_or(in_list)
            && self.stages.as_ref().is_none_or(at_stage)
            && self.categories.as_ref().is_none_or(|names| names.contains(&lead.text("category")))
            && self.created.holds(state, lead.created)
            && self.modified.holds(state, lead.modified)
    }
}

/// A stretch of the account's wall clock, both ends included.
#[derive(Default)]
struct Window {
    from: Option<DateTime>,
    to: Option<DateTime>,
    /// When the clock first shows `from`: what is older need not be converted to it.
    earliest: Option<Timestamp>,
}

impl Window {
    fn parse(state: &State, asked: &Asked, from: &str, to: &str) -> Result<Self, Refusal> {
        let bound = |name: &str| {
            let parsed = asked.query(name).map(|text| DateTime::strptime(WALL_FORM, text)).transpose();
            parsed.map_err(|_| Refusal::of(format!("Invalid {name}")))
        };
        let (from, to) = (bound(from)?, bound(to)?);
        let earliest = from.and_then(|from| state.zone().to_ambiguous_timestamp(from).earlier().ok());
        Ok(Self { from, to, earliest })
    }

    fn holds(&self, state: &State, at: Timestamp) -> bool {
        if self.earliest.is_some_and(|earliest| at < earliest) {
            return false;
        }
        if self.from.is_none() && self.to.is_none() {
            return true;
        }
        let at = state.wall(at);
        self.from.is_none_or(|from| from <= at) && self.to.is_none_or(|to| at <= to)
    }
}

/// Newest id first, unless an order is asked for and honoured.
fn put_in_order(state: &State, asked: &Asked, found: &mut [&Lead]) {
    let (modified, created) = ("orderByModifiedDateTime", "orderByCreatedDateTime");
    let asked_for = [modified, created].into_iter().find(|name| asked.query(name).is_some());
    let ascending = asked_for.is_some_and(|name| is(asked, name, "asc"));
    match asked_for.filter(|_| state.switches.order_honoured) {
        Some(name) if name == modified => found.sort_by_key(|lead| (lead.modified, lead.id)),
        Some(_) => found.sort_by_key(|lead| (lead.created, lead.id)),
        None => return found.sort_by_key(|lead| std::cmp::Reverse(lead.id)),
    }
    if !ascending {
        found.reverse();
    }
}

fn is(asked: &Asked, name: &str, value: &str) -> bool {
    asked.query(name).is_some_and(|given| given.eq_ignore_ascii_case(value))
}

/// One page by offset, counted from 1: rows shift between pages when leads change meanwhile. Where nothing is
/// found there are 0 pages, yet the page asked for is still echoed.
fn page(state: &State, asked: &Asked, found: &[&Lead], show: fn(&State, &Lead) -> Value) -> Answer {
    let size = state.switches.page_size;
    let current =
        asked.query("page").and_then(|page| page.parse::<usize>().ok()).filter(|page| *page > 0).unwrap_or(1);
    let rows = found.iter().skip((current - 1).saturating_mul(size)).take(size);
    let rows: Vec<Value> = rows.map(|lead| show(state, lead)).collect();
    let paging = json!({
        "total_pages": number(state, found.len().div_ceil(size)),
        "current_page": number(state, current),
    });
    Answer::json(200, &json!({"leads": rows, "paging": paging}))
}

fn number(state: &State, number: usize) -> Value {
    if state.switches.string_numbers { json!(number.to_string()) } else { json!(number) }
}
