//! What happens to an installation outside the API: consents, revoked tokens, uninstalls.

use super::fake::FakeGhl;
use super::oauth;
use super::tokens::{Consent, Owner};
use super::webhooks;

/// The scopes that the app registered: an install that starts in the marketplace gets all of them.
const APP_SCOPES: &str = "contacts.readonly contacts.write locations.readonly locations/customFields.readonly \
                          users.readonly locations/tasks.readonly calendars.readonly \
                          calendars/events.readonly calendars/events.write oauth.readonly oauth.write";

/// What a person chooses in the chooser.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Choice {
    /// One location, by its id.
    Location(String),
    /// A whole agency, by its company id: the app is installed in all its locations.
    Company(String),
}

/// Tokens as the token endpoint would have answered them.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct TokenPair {
    pub access: String,
    pub refresh: String,
}

impl FakeGhl {
    /// What everybody chooses in the chooser from now on.
    pub fn choose(&self, choice: Choice) {
        self.state().choice = Some(choice);
    }

    /// Installs the app in a location and exchanges the code, without the calls: for tests that begin after it.
    pub fn install(&self, location: &str) -> TokenPair {
        let mut guard = self.state();
        let state = &mut *guard;
        let consent = consent(location);
        oauth::consented(state, consent.clone(), None);
        let now = state.now();
        let pair = state.tokens.issue_pair(&mut state.ids, &consent, now);
        TokenPair { access: pair.access, refresh: pair.refresh }
    }

    /// A person installs the app from the marketplace's listing; answers the code with which they come back.
    /// There is no `state` and no `redirect_uri` to hold it against.
    pub fn install_from_marketplace(&self, location: &str) -> String {
        oauth::consented(&mut self.state(), consent(location), None)
    }

    /// Fires the `INSTALL` webhook of a location, which can come before or after the code is exchanged. Where the
    /// app is not installed yet, it is now: an agency can have it put into its future locations.
    pub fn fire_install(&self, location: &str) {
        let mut state = self.state();
        let now = state.now();
        let found = state.locations.get_mut(location).expect("add_location comes first");
        found.installed.get_or_insert(now);
        let hook = webhooks::of_install(&found.company);
        state.fire(location, hook);
    }

    /// A person removes the app from a location: `UNINSTALL` is fired and the location's tokens die.
    pub fn uninstall(&self, location: &str) {
        let mut state = self.state();
        state.fire(location, webhooks::of_uninstall());
        state.tokens.kill(location);
        if let Some(location) = state.locations.get_mut(location) {
            location.installed = None;
        }
    }

    /// Access and refresh tokens of this location (or company) die: 401 from now on.
    pub fn revoke(&self, owner: &str) {
        self.state().tokens.kill(owner);
    }

    /// Access tokens of this location (or company) expire now; their refresh tokens stay good.
    pub fn expire_access(&self, owner: &str) {
        let mut state = self.state();
        let now = state.now();
        state.tokens.expire_access(owner, now);
    }

    /// How often a used refresh token was presented: a product that does so loses its installation one day.
    pub fn refreshes_refused(&self) -> usize {
        self.state().tokens.used_presented()
    }
}

fn consent(location: &str) -> Consent {
    Consent { owner: Owner::Location(location.to_owned()), scope: APP_SCOPES.to_owned() }
}
