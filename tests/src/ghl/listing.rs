//! The older ways of finding contacts: the search for a duplicate, the deprecated list, the contacts of a
//! business. All read the lagging index.

use std::cmp::Reverse;

use serde_json::{Value, json};

use super::contact::Contact;
use super::refusal::Refusal;
use super::search::mentions;
use super::state::State;
use super::wire::{Answer, Asked};
use super::{gate, shape};

const LIST_LIMIT: usize = 20;
const LIST_LIMIT_MAX: usize = 100;
const BUSINESS_LIMIT: usize = 25;

/// `GET /contacts/search/duplicate`: by e-mail first, then by phone, which must be spelled as it is stored. A
/// plus sign that was not URL-encoded arrives as a space and finds nothing.
pub(super) fn duplicate(state: &State, asked: &Asked, own: &str) -> Result<Answer, Refusal> {
    gate::same_location(own, asked.required_query("locationId")?)?;
    let (email, number) = (asked.query("email").map(str::to_lowercase), asked.query("number"));
    if email.is_none() && number.is_none() {
        return Err(Refusal::one_field("email or number should not be empty"));
    }
    let found = by_text(state, own, "email", email.as_deref())?;
    let found = found.or(by_text(state, own, "phone", number)?);
    Ok(Answer::json(200, json!({"contact": found.map(shape::as_read)})))
}

fn by_text<'a>(
    state: &'a State,
    own: &str,
    field: &str,
    value: Option<&str>,
) -> Result<Option<&'a Contact>, Refusal> {
    let location = state.location(own)?;
    Ok(value.and_then(|value| location.indexed_holder_of(field, value, state.now())))
}

/// `GET /contacts/`, newest first. Its cursor is `startAfter` and `startAfterId` together: one without the
/// other is ignored, and the first page comes again.
pub(super) fn all(state: &State, asked: &Asked, own: &str) -> Result<Answer, Refusal> {
    gate::same_location(own, asked.required_query("locationId")?)?;
    let limit = asked.number_query("limit", LIST_LIMIT)?;
    if !(1..=LIST_LIMIT_MAX).contains(&limit) {
        return Err(Refusal::one_field(format!("limit must not be greater than {LIST_LIMIT_MAX}")));
    }
    let found = listed(state, asked, own)?;
    let total = found.len();
    let cursor = asked
        .query("startAfter")
        .and_then(|added| added.parse().ok())
        .zip(asked.query("startAfterId"))
        .map(|(added, id)| (Reverse(added), id));
    let mut rest =
        found.into_iter().filter(|contact| cursor.is_none_or(|cursor| place(contact) > cursor)).peekable();
    let page: Vec<&Contact> = rest.by_ref().take(limit).collect();
    let meta = meta(asked, own, total, page.last().copied().filter(|_| rest.peek().is_some()));
    let contacts: Vec<Value> = page.into_iter().map(row).collect();
    Ok(Answer::json(200, json!({"count": contacts.len(), "contacts": contacts, "meta": meta})))
}

/// `GET /contacts/business/:id`.
pub(super) fn of_business(
    state: &State,
    asked: &Asked,
    own: &str,
    business: &str,
) -> Result<Answer, Refusal> {
    gate::same_location(own, asked.required_query("locationId")?)?;
    let (limit, skip) = (asked.number_query("limit", BUSINESS_LIMIT)?, asked.number_query("skip", 0)?);
    let mut found = listed(state, asked, own)?;
    found.retain(|contact| contact.text("businessId") == Some(business));
    let total = found.len();
    let contacts: Value = found.into_iter().skip(skip).take(limit).map(row).collect();
    Ok(Answer::json(200, json!({"contacts": contacts, "count": total})))
}

/// The indexed contacts that a `query` mentions, newest first.
fn listed<'a>(state: &'a State, asked: &Asked, own: &str) -> Result<Vec<&'a Contact>, Refusal> {
    let query = asked.query("query").unwrap_or_default().to_lowercase();
    let indexed = state.location(own)?.indexed(state.now());
    let mut found: Vec<&Contact> = indexed.filter(|contact| mentions(contact, &query)).collect();
    found.sort_by(|one, other| place(one).cmp(&place(other)));
    Ok(found)
}

fn place(contact: &Contact) -> (Reverse<i64>, &str) {
    (Reverse(contact.added.as_millisecond()), &contact.id)
}

/// Where the next page starts: after `last`, or nowhere.
fn meta(asked: &Asked, own: &str, total: usize, last: Option<&Contact>) -> Value {
    let cursor = last.map(|last| (last.added.as_millisecond(), last.id.as_str()));
    let next = cursor.map(|(added, id)| {
        let host = asked.header("host").unwrap_or_default();
        format!("http://{host}/contacts/?locationId={own}&startAfter={added}&startAfterId={id}")
    });
    json!({
        "total": total,
        "nextPageUrl": next,
        "startAfter": cursor.map(|(added, _)| added),
        "startAfterId": cursor.map(|(_, id)| id),
        "currentPage": 1,
        "nextPage": cursor.map(|_| 2),
        "prevPage": null,
    })
}

/// A contact as the lists show it.
fn row(contact: &Contact) -> Value {
    let mut shown = shape::as_read(contact);
    shown["contactName"] = json!(contact.name());
    shown["attributions"] = json!([]);
    shown["followers"] = json!(contact.followers);
    shown
}
