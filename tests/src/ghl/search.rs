//! `POST /contacts/search`, on the lagging index.

use serde_json::{Map, Value, json};

use super::contact::Contact;
use super::filter::{Filter, VALUE_CHARS_MAX};
use super::refusal::Refusal;
use super::sorting::Sorting;
use super::state::State;
use super::wire::{Answer, Asked};
use super::{gate, shape};

const PROPERTIES: [&str; 7] = ["locationId", "page", "pageLimit", "searchAfter", "filters", "sort", "query"];
/// The most contacts in one page.
const PAGE_LIMIT_MAX: u64 = 500;
/// How far pages by number reach; beyond it only the cursor does.
const PAGED_MAX: u64 = 10_000;

/// From where a page starts.
enum From {
    Skip(usize),
    After(Vec<Value>),
}

pub(super) fn search(state: &State, asked: &Asked, own: &str) -> Result<Answer, Refusal> {
    let body = asked.object()?;
    let limit = check(&body)?;
    gate::same_location(own, body["locationId"].as_str().unwrap_or_default())?;
    let location = state.location(own)?;
    let filter = Filter::parse(body.get("filters"), location)?;
    let sorting = Sorting::parse(body.get("sort"))?;
    let from = start(&body, &sorting, limit)?;
    let query = query(&body)?;
    let mut found: Vec<(Vec<Value>, &Contact)> = location
        .indexed(state.now())
        .filter(|contact| filter.fits(contact) && mentions(contact, &query))
        .map(|contact| (sorting.place(contact), contact))
        .collect();
    found.sort_by(|one, other| sorting.compare(&one.0, &other.0));
    let total = found.len();
    let contacts: Value = match from {
        From::Skip(skipped) => page(found.into_iter().skip(skipped), limit),
        From::After(cursor) => {
            page(found.into_iter().filter(|(place, _)| sorting.compare(place, &cursor).is_gt()), limit)
        }
    };
    Ok(Answer::json(200, json!({"contacts": contacts, "total": total})))
}

/// Whether a free-text query (in lower case) appears in the contact's name, e-mail or phone.
pub(super) fn mentions(contact: &Contact, query: &str) -> bool {
    let texts =
        [contact.name(), contact.text("email").map(Into::into), contact.text("phone").map(Into::into)];
    query.is_empty() || texts.into_iter().flatten().any(|text| text.to_lowercase().contains(query))
}

fn page<'a>(found: impl Iterator<Item = (Vec<Value>, &'a Contact)>, limit: u64) -> Value {
    let limit = usize::try_from(limit).unwrap_or(usize::MAX);
    found.take(limit).map(|(place, contact)| shape::as_found(contact, &place)).collect()
}

/// Checks the body's properties and answers the page limit.
fn check(body: &Map<String, Value>) -> Result<u64, Refusal> {
    let unknown = body.keys().filter(|name| !PROPERTIES.contains(&name.as_str()));
    let mut complaints: Vec<String> =
        unknown.map(|name| format!("property {name} should not exist")).collect();
    if !body.get("locationId").is_some_and(Value::is_string) {
        complaints.push("locationId must be a string".to_owned());
    }
    let limit = body.get("pageLimit").and_then(Value::as_u64).unwrap_or_default();
    if !(1..=PAGE_LIMIT_MAX).contains(&limit) {
        complaints.push(format!("pageLimit must be a number from 1 to {PAGE_LIMIT_MAX}"));
    }
    if complaints.is_empty() { Ok(limit) } else { Err(Refusal::Unprocessable(complaints)) }
}

fn start(body: &Map<String, Value>, sorting: &Sorting, limit: u64) -> Result<From, Refusal> {
    match (body.get("page"), body.get("searchAfter")) {
        (Some(_), Some(_)) => Err(Refusal::one_field("page should not be sent with searchAfter")),
        (None, Some(cursor)) => Ok(From::After(sorting.cursor(cursor)?)),
        (page, None) => {
            let number = page.map_or(Some(1), Value::as_u64).filter(|number| *number >= 1);
            let number = number.ok_or_else(|| Refusal::one_field("page must be a positive number"))?;
            let end = number.saturating_mul(limit);
            if end > PAGED_MAX {
                let message = format!("Only the first {PAGED_MAX} records are in pages; use searchAfter");
                return Err(Refusal::one_field(message));
            }
            Ok(From::Skip(usize::try_from(end - limit).unwrap_or(usize::MAX)))
        }
    }
}

fn query(body: &Map<String, Value>) -> Result<String, Refusal> {
    let Some(query) = body.get("query") else { return Ok(String::new()) };
    let query = query.as_str().filter(|query| query.chars().count() <= VALUE_CHARS_MAX);
    let message = || format!("query must be a string of at most {VALUE_CHARS_MAX} characters");
    query.map(str::to_lowercase).ok_or_else(|| Refusal::one_field(message()))
}
