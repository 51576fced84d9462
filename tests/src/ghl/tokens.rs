//! The codes and tokens that GHL gave out, and what they are still good for.

use std::collections::BTreeMap;

use jiff::{SignedDuration, Timestamp};

use super::ids::{Ids, Kind};

/// How long an access token lives, in seconds.
pub(super) const ACCESS_LIFE_S: i64 = 86_399;

/// Whose data a token opens.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(super) enum Owner {
    Location(String),
    Company(String),
}

impl Owner {
    pub fn id(&self) -> &str {
        match self {
            Self::Location(id) | Self::Company(id) => id,
        }
    }
}

/// What a person consented to.
#[derive(Clone, Debug)]
pub(super) struct Consent {
    pub owner: Owner,
    /// Scopes parted by spaces.
    pub scope: String,
}

/// A code, good for one exchange.
pub(super) struct Code {
    pub consent: Consent,
    /// Where the code was sent; the exchange may name no other place. An install that starts in the marketplace
    /// has none.
    pub redirect_uri: Option<String>,
}

pub(super) struct Access {
    pub consent: Consent,
    expires: Timestamp,
    dead: bool,
}

struct Refresh {
    consent: Consent,
    state: RefreshState,
}

#[derive(Clone, Copy, PartialEq, Eq)]
enum RefreshState {
    Good,
    Used,
    Dead,
}

/// Why a refresh token is not taken.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum BadRefresh {
    Unknown,
    Used,
    Dead,
}

/// A fresh pair of tokens.
pub(super) struct Pair {
    pub access: String,
    pub refresh: String,
    /// Names the refresh token without being one.
    pub refresh_id: String,
}

#[derive(Default)]
pub(super) struct Tokens {
    codes: BTreeMap<String, Code>,
    access: BTreeMap<String, Access>,
    refresh: BTreeMap<String, Refresh>,
    used_presented: usize,
}

impl Tokens {
    pub fn issue_code(&mut self, ids: &mut Ids, code: Code) -> String {
        let spelled = ids.next(Kind::Code);
        self.codes.insert(spelled.clone(), code);
        spelled
    }

    /// Takes a code: whatever comes of the exchange, it cannot be presented again.
    pub fn take_code(&mut self, code: &str) -> Option<Code> {
        self.codes.remove(code)
    }

    pub fn issue_pair(&mut self, ids: &mut Ids, consent: &Consent, now: Timestamp) -> Pair {
        let access = format!("access-{}", ids.next(Kind::AccessToken));
        let refresh = format!("refresh-{}", ids.next(Kind::RefreshToken));
        let expires = now + SignedDuration::from_secs(ACCESS_LIFE_S);
        self.access.insert(access.clone(), Access { consent: consent.clone(), expires, dead: false });
        let kept = Refresh { consent: consent.clone(), state: RefreshState::Good };
        self.refresh.insert(refresh.clone(), kept);
        Pair { access, refresh, refresh_id: ids.next_hex(Kind::RefreshTokenId) }
    }

    /// The living access token.
    pub fn access(&self, token: &str, now: Timestamp) -> Option<&Access> {
        self.access.get(token).filter(|access| !access.dead && now < access.expires)
    }

    /// Uses a refresh token up.
    pub fn take_refresh(&mut self, token: &str) -> Result<Consent, BadRefresh> {
        let refresh = self.refresh.get_mut(token).ok_or(BadRefresh::Unknown)?;
        match refresh.state {
            RefreshState::Good => {
                refresh.state = RefreshState::Used;
                Ok(refresh.consent.clone())
            }
            RefreshState::Used => {
                self.used_presented += 1;
                Err(BadRefresh::Used)
            }
            RefreshState::Dead => Err(BadRefresh::Dead),
        }
    }

    /// How often a used refresh token was presented.
    pub fn used_presented(&self) -> usize {
        self.used_presented
    }

    pub fn expire_access(&mut self, owner: &str, now: Timestamp) {
        for access in self.access.values_mut().filter(|access| access.consent.owner.id() == owner) {
            access.expires = access.expires.min(now);
        }
    }

    /// Kills every token of this location or company. A used refresh token stays known as used.
    pub fn kill(&mut self, owner: &str) {
        for access in self.access.values_mut().filter(|access| access.consent.owner.id() == owner) {
            access.dead = true;
        }
        for refresh in self.refresh.values_mut().filter(|refresh| refresh.consent.owner.id() == owner) {
            if refresh.state == RefreshState::Good {
                refresh.state = RefreshState::Dead;
            }
        }
    }
}
