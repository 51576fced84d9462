//! What a location has besides contacts: its own details, its custom fields, its users.

use serde_json::{Value, json};

use super::body::{self, Takes};
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

/// `GET /locations/:id/timezones`.
pub(super) fn time_zones(
    state: &mut State,
    _: &Asked,
    own: &str,
    [id, _]: [&str; 2],
) -> Result<Answer, Refusal> {
    gate::same_location(own, id)?;
    let own = state.location(own)?.settings.timezone;
    Ok(Answer::json(200, json!({"timeZones": [own, "Europe/London", "Asia/Kolkata"]})))
}

/// `GET /users/:id`.
pub(super) fn user_by_id(
    state: &mut State,
    _: &Asked,
    own: &str,
    [id, _]: [&str; 2],
) -> Result<Answer, Refusal> {
    let known = state.location(own)?.users.iter().find(|user| user["id"] == id);
    Ok(Answer::json(200, user(known.ok_or_else(|| Refusal::missing("User", id))?, own)))
}

/// `POST /users/search/filter-by-email`: addresses with commas between.
pub(super) fn users_by_email(
    state: &mut State,
    asked: &Asked,
    own: &str,
    _: [&str; 2],
) -> Result<Answer, Refusal> {
    let sent = asked.object()?;
    let schema: &body::Schema = &[
        ("companyId", Takes::SomeText),
        ("emails", Takes::SomeText),
        ("deleted", Takes::Bool),
        ("skip", Takes::Text),
        ("limit", Takes::Text),
    ];
    body::check(&sent, schema, &["companyId", "emails"])?;
    let company = state.location(own)?.company.clone();
    gate::same_location(&company, body::text(&sent, "companyId").unwrap_or_default())?;
    let named: Vec<&str> =
        body::text(&sent, "emails").unwrap_or_default().split(',').map(str::trim).collect();
    let all = state.locations_of(&company);
    let users: Vec<Value> = all
        .flat_map(|(id, location)| location.users.iter().map(move |known| (known, id)))
        .filter(|(known, _)| known["email"].as_str().is_some_and(|email| named.contains(&email)))
        .map(|(known, id)| user(known, id))
        .collect();
    Ok(Answer::json(200, json!({"users": users, "count": users.len()})))
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
