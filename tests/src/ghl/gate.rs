//! What a call must show before it is looked at: the API version, a living token with the right scope, and
//! something left of the rate limits.

use super::refusal::Refusal;
use super::state::State;
use super::tokens::{Consent, Owner};
use super::wire::Asked;

/// The API version that the fake speaks.
const VERSION: &str = "2021-07-28";
/// The version of the calls on calendars.
const CALENDARS_VERSION: &str = "2021-04-15";

/// Lets a call in, and answers what its token was given for.
pub(super) fn admit(state: &mut State, asked: &Asked, scope: &str) -> Result<Consent, Refusal> {
    check_version(asked)?;
    let now = state.now();
    let consent = bearer(asked)
        .and_then(|token| state.tokens.access(token, now))
        .map(|access| access.consent.clone())
        .ok_or(Refusal::INVALID_TOKEN)?;
    if !state.limits.take(consent.owner.id(), now) {
        return Err(Refusal::TooManyRequests);
    }
    if !consent.scope.split_whitespace().any(|granted| granted == scope) {
        return Err(Refusal::Unauthorized("The token is not authorized for this scope."));
    }
    Ok(consent)
}

/// Whose rate limits the call counts against, as far as its token tells.
pub(super) fn resource(state: &State, asked: &Asked) -> Option<String> {
    let access = state.tokens.access(bearer(asked)?, state.now())?;
    Some(access.consent.owner.id().to_owned())
}

/// The location of a location's token; an agency's token opens no contacts.
pub(super) fn location(consent: &Consent) -> Result<&str, Refusal> {
    match &consent.owner {
        Owner::Location(location) => Ok(location),
        Owner::Company(_) => Err(WRONG_CLASS),
    }
}

/// The company of an agency's token.
pub(super) fn company(consent: &Consent) -> Result<&str, Refusal> {
    match &consent.owner {
        Owner::Company(company) => Ok(company),
        Owner::Location(_) => Err(WRONG_CLASS),
    }
}

const WRONG_CLASS: Refusal =
    Refusal::Unauthorized("This authClass type is not allowed to access this scope.");

/// The location that the call names must be the token's own.
pub(super) fn same_location(own: &str, named: &str) -> Result<(), Refusal> {
    if own == named { Ok(()) } else { Err(Refusal::Forbidden) }
}

fn check_version(asked: &Asked) -> Result<(), Refusal> {
    let of_calendars = asked.path.split('/').nth(1) == Some("calendars");
    let spoken = if of_calendars { CALENDARS_VERSION } else { VERSION };
    let complaint = match asked.header("version") {
        Some(version) if version == spoken => return Ok(()),
        Some(_) => "version header is invalid",
        None => "version header was not found",
    };
    Err(Refusal::BadRequest(complaint.to_owned()))
}

fn bearer(asked: &Asked) -> Option<&str> {
    asked.header("authorization")?.strip_prefix("Bearer ")
}
