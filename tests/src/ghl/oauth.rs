//! The OAuth endpoints: the chooser, the token endpoint, and what an agency's token opens.

use jiff::Timestamp;
use serde_json::{Value, json};
use url::Url;

use super::control::Choice;
use super::fake::{self, INSTALLER};
use super::gate;
use super::refusal::Refusal;
use super::shape;
use super::state::State;
use super::tokens::{ACCESS_LIFE_S, BadRefresh, Code, Consent, Owner, Pair};
use super::wire::{Answer, Asked, value_of};

const INSTALLED_LIMIT: usize = 20;
const INVALID_GRANT: &str = "invalid_grant";

/// `GET /oauth/chooselocation`: the person chooses at once what the test chose for them, and consents. That is
/// the moment of the install, which can be long before the code is exchanged.
pub(super) fn choose_location(state: &mut State, asked: &Asked) -> Answer {
    let known =
        asked.query("client_id") == Some(fake::CLIENT_ID) && asked.query("response_type") == Some("code");
    let place = asked.query("redirect_uri").and_then(|place| place.parse::<Url>().ok());
    let (true, Some(mut place)) = (known, place) else {
        return chooser_error("error.noAppVersionIdFound");
    };
    let Some(choice) = state.choice.clone() else { return chooser_error("Nothing was chosen") };
    let consent =
        Consent { owner: choice.owner(), scope: asked.query("scope").unwrap_or_default().to_owned() };
    let redirect_uri = asked.query("redirect_uri").map(str::to_owned);
    let code = consented(state, consent, redirect_uri);
    place.query_pairs_mut().append_pair("code", &code);
    if let Some(given) = asked.query("state") {
        place.query_pairs_mut().append_pair("state", given);
    }
    Answer::redirect(place.as_str())
}

/// Installs the app where the person consented to it, and gives out a code.
pub(super) fn consented(state: &mut State, consent: Consent, redirect_uri: Option<String>) -> String {
    let now = state.now();
    for (id, location) in &mut state.locations {
        let chosen = match &consent.owner {
            Owner::Location(chosen) => chosen == id,
            Owner::Company(company) => *company == location.company,
        };
        if chosen {
            location.installed.get_or_insert(now);
        }
    }
    state.tokens.issue_code(&mut state.ids, Code { consent, redirect_uri })
}

fn chooser_error(text: &str) -> Answer {
    Answer::text(400, "text/html; charset=utf-8", &format!("<!DOCTYPE html><p>{text}</p>"))
}

/// `POST /oauth/token`.
pub(super) fn token(state: &mut State, asked: &Asked) -> Result<Answer, Refusal> {
    let form = asked.form()?;
    let client = (value_of(&form, "client_id"), value_of(&form, "client_secret"));
    if client != (Some(fake::CLIENT_ID), Some(fake::CLIENT_SECRET)) {
        let description = "Invalid client credentials!";
        return Err(Refusal::OAuth { status: 401, error: "invalid_client", description });
    }
    let consent = match value_of(&form, "grant_type") {
        Some("authorization_code") => exchanged(state, &form)?,
        Some("refresh_token") => refreshed(state, &form)?,
        _ => {
            let description = "The grant type is not supported";
            return Err(Refusal::OAuth { status: 400, error: "unsupported_grant_type", description });
        }
    };
    let now = state.now();
    let pair = state.tokens.issue_pair(&mut state.ids, &consent, now);
    Ok(Answer::json(200, token_answer(state, &consent, &pair)))
}

/// A code is used up by its first exchange, even by one that fails.
fn exchanged(state: &mut State, form: &[(String, String)]) -> Result<Consent, Refusal> {
    let code = value_of(form, "code").and_then(|code| state.tokens.take_code(code));
    let code = code.ok_or_else(|| bad_grant(400, "The authorization code is invalid or was used"))?;
    match (value_of(form, "redirect_uri"), &code.redirect_uri) {
        (Some(given), Some(sent_to)) if given != sent_to => {
            Err(bad_grant(400, "The redirect_uri does not match the authorization request"))
        }
        _ => Ok(code.consent),
    }
}

fn refreshed(state: &mut State, form: &[(String, String)]) -> Result<Consent, Refusal> {
    let presented = value_of(form, "refresh_token").unwrap_or_default();
    state.tokens.take_refresh(presented).map_err(|bad| match bad {
        BadRefresh::Used => bad_grant(400, "The refresh token was already used"),
        BadRefresh::Unknown => bad_grant(400, "The refresh token is invalid"),
        BadRefresh::Dead => bad_grant(401, "The refresh token was revoked"),
    })
}

fn bad_grant(status: u16, description: &'static str) -> Refusal {
    Refusal::OAuth { status, error: INVALID_GRANT, description }
}

/// A token answer: the shapes for a location and for a company.
fn token_answer(state: &State, consent: &Consent, pair: &Pair) -> Value {
    let mut shown = json!({
        "access_token": pair.access,
        "token_type": "Bearer",
        "expires_in": ACCESS_LIFE_S,
        "refresh_token": pair.refresh,
        "refreshTokenId": pair.refresh_id,
        "scope": consent.scope,
        "userId": INSTALLER,
    });
    match &consent.owner {
        Owner::Location(id) => {
            shown["userType"] = json!("Location");
            shown["locationId"] = json!(id);
            shown["companyId"] = json!(state.locations.get(id).map(|location| location.company.as_str()));
            shown["isBulkInstallation"] = json!(false);
        }
        Owner::Company(id) => {
            shown["userType"] = json!("Company");
            shown["companyId"] = json!(id);
            shown["isBulkInstallation"] = json!(true);
            shown["approveAllLocations"] = json!(true);
            shown["installToFutureLocations"] = json!(true);
            shown["approvedLocations"] = state.locations_of(id).map(|(id, _)| json!(id)).collect();
        }
    }
    shown
}

/// `POST /oauth/locationToken`: an agency's token buys the tokens of one of its locations.
pub(super) fn location_token(state: &mut State, asked: &Asked, consent: &Consent) -> Result<Answer, Refusal> {
    let form = asked.form()?;
    let required = |name: &str| {
        value_of(&form, name).ok_or_else(|| Refusal::one_field(format!("{name} should not be empty")))
    };
    let (company, location) = (required("companyId")?, required("locationId")?);
    gate::same_location(gate::company(consent)?, company)?;
    let found = state.location(location)?;
    gate::same_location(&found.company, company)?;
    if found.installed.is_none() {
        return Err(Refusal::BadRequest("The app is not installed in this location".to_owned()));
    }
    let consent = Consent { owner: Owner::Location(location.to_owned()), scope: consent.scope.clone() };
    let now = state.now();
    let pair = state.tokens.issue_pair(&mut state.ids, &consent, now);
    let mut shown = token_answer(state, &consent, &pair);
    for (name, value) in [("appId", fake::APP_ID), ("versionId", fake::VERSION_ID)] {
        shown[name] = json!(value);
    }
    Ok(Answer::json(200, shown))
}

/// `GET /oauth/installedLocations`.
pub(super) fn installed_locations(
    state: &State,
    asked: &Asked,
    consent: &Consent,
) -> Result<Answer, Refusal> {
    let company = asked.required_query("companyId")?;
    let app = asked.required_query("appId")?;
    gate::same_location(gate::company(consent)?, company)?;
    if app != fake::APP_ID {
        return Err(Refusal::BadRequest("The app was not found".to_owned()));
    }
    let wanted = asked.query("isInstalled").map(|wanted| wanted == "true");
    let (limit, skip) = (asked.number_query("limit", INSTALLED_LIMIT)?, asked.number_query("skip", 0)?);
    let found: Vec<Value> = state
        .locations_of(company)
        .filter(|(_, location)| wanted.is_none_or(|wanted| wanted == location.installed.is_some()))
        .map(|(id, location)| installed_location(id, location.settings.name, location.installed))
        .collect();
    let count = found.len();
    let page: Value = found.into_iter().skip(skip).take(limit).collect();
    Ok(Answer::json(200, json!({"locations": page, "count": count, "installToFutureLocations": true})))
}

fn installed_location(id: &str, name: &str, installed: Option<Timestamp>) -> Value {
    json!({
        "_id": id,
        "name": name,
        "address": "1 Main Street",
        "isInstalled": installed.is_some(),
        "versionId": fake::VERSION_ID,
        "installedAt": installed.map(shape::instant),
    })
}

impl Choice {
    fn owner(self) -> Owner {
        match self {
            Self::Location(id) => Owner::Location(id),
            Self::Company(id) => Owner::Company(id),
        }
    }
}
