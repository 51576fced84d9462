//! What a location has besides contacts: its own details, its custom fields, its users.

use serde_json::{Value, json};

use super::gate;
use super::refusal::Refusal;
use super::state::State;
use super::tokens::{Consent, Owner};
use super::wire::{Answer, Asked};

const USERS_LIMIT: usize = 25;

/// `GET /locations/:id`.
pub(super) fn location(state: &State, consent: &Consent, id: &str) -> Result<Answer, Refusal> {
    check_access(state, consent, id)?;
    let location = state.location(id)?;
    let shown = json!({
        "id": id,
        "companyId": location.company,
        "name": location.settings.name,
        "country": location.settings.country,
        "timezone": location.settings.timezone,
        "settings": {"allowDuplicateContact": location.settings.allow_duplicates},
    });
    Ok(Answer::json(200, json!({"location": shown})))
}

/// `GET /locations/:id/customFields`; all of them are fields of contacts.
pub(super) fn custom_fields(
    state: &State,
    asked: &Asked,
    consent: &Consent,
    id: &str,
) -> Result<Answer, Refusal> {
    gate::same_location(gate::location(consent)?, id)?;
    let fields = match asked.query("model") {
        None | Some("contact" | "all") => &state.location(id)?.custom_fields[..],
        Some("opportunity") => &[],
        Some(_) => return Err(Refusal::one_field("model must be one of: contact, opportunity, all")),
    };
    let shown: Value =
        fields.iter().enumerate().map(|(place, field)| custom_field(field, place, id)).collect();
    Ok(Answer::json(200, json!({"customFields": shown})))
}

fn custom_field(field: &Value, place: usize, location: &str) -> Value {
    let mut shown = json!({
        "placeholder": "",
        "position": place * 50,
        "model": "contact",
        "locationId": location,
    });
    for (name, value) in field.as_object().into_iter().flatten() {
        shown[name] = value.clone();
    }
    shown
}

/// `GET /users/search`: of a company, or of one of its locations.
pub(super) fn users(state: &State, asked: &Asked, consent: &Consent) -> Result<Answer, Refusal> {
    let company = asked.required_query("companyId")?;
    let named = asked.query("locationId");
    let (limit, skip) = (asked.number_query("limit", USERS_LIMIT)?, asked.number_query("skip", 0)?);
    if own_company(state, consent) != Some(company) {
        return Err(Refusal::Forbidden);
    }
    if let Some(location) = named {
        check_access(state, consent, location)?;
    }
    let locations = state.locations_of(company).filter(|(id, _)| named.is_none_or(|named| named == *id));
    let users: Vec<Value> = locations
        .flat_map(|(id, location)| location.users.iter().map(move |known| user(known, id)))
        .collect();
    let count = users.len();
    let page: Value = users.into_iter().skip(skip).take(limit).collect();
    Ok(Answer::json(200, json!({"users": page, "count": count})))
}

fn user(known: &Value, location: &str) -> Value {
    let name = known["name"].as_str().unwrap_or_default();
    let (first, last) = name.split_once(' ').unwrap_or((name, ""));
    json!({
        "id": known["id"],
        "name": name,
        "firstName": first,
        "lastName": last,
        "email": known["email"],
        "phone": "",
        "roles": {"type": "account", "role": "user", "locationIds": [location]},
        "deleted": false,
    })
}

/// A location's token opens that location; an agency's token opens those of the agency.
fn check_access(state: &State, consent: &Consent, location: &str) -> Result<(), Refusal> {
    match &consent.owner {
        Owner::Location(own) => gate::same_location(own, location),
        Owner::Company(company) => gate::same_location(company, &state.location(location)?.company),
    }
}

fn own_company<'a>(state: &'a State, consent: &'a Consent) -> Option<&'a str> {
    match &consent.owner {
        Owner::Location(own) => state.locations.get(own).map(|location| location.company.as_str()),
        Owner::Company(company) => Some(company),
    }
}
