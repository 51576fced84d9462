//! Keeps one holder's token pair: hands the access token out, and renews it once, whoever asks.
//!
//! A refresh token works once, and no call recovers a lost pair. So:
//!
//! - only the holder of a lease refreshes; the lease (60 s) outlasts the token call (10 s) by far;
//! - whoever does not get the lease looks again later, and never declares the tokens dead;
//! - between GHL's answer and the save there is nothing but the save; it is tried again, and has a second place to
//!   go, an encrypted row;
//! - a refusal counts only if no newer pair stands anywhere; then the pair is made anew from the agency's token where
//!   there is one, and else a person must connect again.

use std::sync::Arc;

use async_trait::async_trait;
use jiff::SignedDuration;
use secrecy::{ExposeSecret, SecretString};
use tokio::sync::OnceCell;

use super::access::Access;
use super::error::Error;
use super::sealed::SealKey;
use crate::clock::Clock;
use crate::ghl::oauth::{Grant, GrantError, OAuth};
use crate::http::{BaseUrl, Transport};
use crate::metrics::{self, Metric};
use crate::store::connections::Connections;
use crate::store::leases::{Fence, Leases};
use crate::store::spare_tokens::{Sealed, SpareTokens};
use crate::store::table::Table;
use crate::vault::app::App;
use crate::vault::connection_secrets::{
    ConnectionSecret, ConnectionSecrets, HelloLeadsKey, Holder, TokenPair,
};
use crate::vault::error::Error as VaultError;

/// How long one refresher may take.
const LEASE: SignedDuration = SignedDuration::from_secs(60);

/// A token with less life than this is renewed before it is used.
const LIFE_MIN: SignedDuration = SignedDuration::from_secs(120);

/// How often a lease is asked for by somebody who cannot come again, and how long he rests in between.
const LEASE_ASKED_MAX: usize = 30;
const LEASE_REST: SignedDuration = SignedDuration::from_millis(400);

/// How often a save is tried in each of its two places, the SDK's own tries not counted.
const SAVES_MAX: usize = 3;

/// The tokens of one holder.
pub struct Keeper {
    holder: Holder,
    /// The generation that the connection's row named when it was read.
    generation: u64,
    secrets: ConnectionSecrets,
    table: Table,
    app: OAuthApp,
    clock: Clock,
}

/// The app's side of OAuth, made when tokens are first renewed: whoever only uses a token needs no secret of the app.
#[derive(Clone)]
pub struct OAuthApp {
    app: App,
    transport: Arc<dyn Transport>,
    base: BaseUrl,
    made: OnceCell<OAuth>,
}

impl OAuthApp {
    pub fn new(app: App, transport: Arc<dyn Transport>, base: BaseUrl) -> Self {
        Self { app, transport, base, made: OnceCell::new() }
    }

    pub async fn get(&self) -> Result<&OAuth, VaultError> {
        let make = || async {
            let app = self.app.get().await?;
            Ok(OAuth::new(self.transport.clone(), self.base.clone(), &app.client_id, &app.client_secret))
        };
        self.made.get_or_try_init(make).await
    }
}

impl Keeper {
    pub fn new(
        holder: Holder,
        generation: u64,
        secrets: ConnectionSecrets,
        table: Table,
        app: OAuthApp,
        clock: Clock,
    ) -> Self {
        Self { holder, generation, secrets, table, app, clock }
    }

    /// Renews a pair that is older than half its life, so that the sync path never waits for it.
    pub async fn renew_if_half_spent(&self) -> Result<bool, Error> {
        let secret = self.secrets.read(&self.holder).await.map_err(vault)?;
        let Some(pair) = secret.and_then(|secret| secret.ghl) else { return Err(Error::Missing) };
        let life = pair.expires_at.duration_since(pair.issued_at);
        if self.clock.now().duration_since(pair.issued_at) * 2 < life {
            return Ok(false);
        }
        self.renew(&pair.access).await?;
        Ok(true)
    }

    /// Keeps a pair that was just granted. It exists nowhere else: whoever holds the lease is waited for, and if that
    /// takes too long the pair is saved all the same.
    pub async fn keep(&self, grant: &Grant) -> Result<(), Error> {
        // The spare row's key is made of the app's secret: it is at hand before it is needed.
        let _ = self.app.get().await;
        let mut fence = self.take_lease().await.ok().flatten();
        for _ in 1..LEASE_ASKED_MAX {
            if fence.is_some() {
                break;
            }
            self.clock.sleep(LEASE_REST).await;
            fence = self.take_lease().await.ok().flatten();
        }
        let kept = self.save(grant).await;
        if let Some(fence) = fence {
            self.give_back(fence).await;
        }
        kept.map(|_| ())
    }

    /// Keeps HelloLeads' key beside the tokens. Answers the secret's new generation, which the connection's row must
    /// name from now on: other containers know an older one.
    pub async fn keep_helloleads(&self, key: HelloLeadsKey) -> Result<u64, Error> {
        self.change_secret(|secret| secret.helloleads = Some(key)).await
    }

    /// Drops the token pair, wherever it stands: it is dead.
    pub async fn forget_ghl(&self) -> Result<(), Error> {
        SpareTokens::new(self.table.clone()).remove(&self.holder).await?;
        self.change_secret(|secret| secret.ghl = None).await.map(|_| ())
    }

    async fn change_secret(&self, change: impl FnOnce(&mut ConnectionSecret) + Send) -> Result<u64, Error> {
        let Some(fence) = self.take_lease().await? else { return Err(Error::Busy) };
        let read = self.secrets.read(&self.holder).await;
        let changed = match read {
            Ok(secret) => {
                let generation = self.next_generation(secret.as_ref()).await;
                let mut secret = secret.unwrap_or_default();
                change(&mut secret);
                secret.generation = generation;
                self.secrets.write(&self.holder, &secret).await.map(|()| generation)
            }
            Err(error) => Err(error),
        };
        self.give_back(fence).await;
        changed.map_err(vault)
    }

    async fn take_lease(&self) -> Result<Option<Fence>, Error> {
        Ok(Leases::new(self.table.clone()).take(&self.lease(), self.clock.now(), LEASE).await?)
    }

    async fn give_back(&self, fence: Fence) {
        if let Err(error) = Leases::new(self.table.clone()).give_back(&self.lease(), fence).await {
            tracing::warn!(holder = %self.holder, error = crate::lane::edge::chain(&error), "a lease ends by itself");
        }
    }

    fn lease(&self) -> String {
        format!("tokens/{}", self.holder)
    }

    /// The newest pair, wherever it stands: the secret, or the spare row that Secrets Manager did not take.
    async fn newest(&self, secret: Option<ConnectionSecret>) -> Result<Option<(u64, TokenPair)>, Error> {
        let kept = secret.and_then(|secret| Some((secret.generation, secret.ghl?)));
        let behind = kept.as_ref().is_none_or(|(generation, _)| *generation < self.generation);
        if !behind {
            return Ok(kept);
        }
        let spare = match SpareTokens::new(self.table.clone()).get(&self.holder).await? {
            Some(Sealed { generation, sealed }) => {
                let opened = self.seal_key().await?.open(&self.holder.to_string(), &sealed);
                opened.map(|pair| (generation, pair))
            }
            None => None,
        };
        Ok([kept, spare].into_iter().flatten().max_by_key(|(generation, _)| *generation))
    }

    async fn seal_key(&self) -> Result<SealKey, Error> {
        Ok(SealKey::new(self.oauth().await?.client_secret()))
    }

    async fn oauth(&self) -> Result<&OAuth, Error> {
        self.app.get().await.map_err(vault)
    }

    /// Under the lease: whoever renewed meanwhile has done our work.
    async fn renew_under_lease(&self, refused: &SecretString) -> Result<SecretString, Error> {
        let Some((_, pair)) = self.newest_now().await? else { return Err(Error::Missing) };
        if self.is_good(&pair, refused) {
            return Ok(pair.access);
        }
        let grant = match &pair.refresh {
            Some(refresh) => self.oauth().await?.refresh(refresh, self.clock.now()).await,
            None => Err(GrantError::Refused { status: 401 }),
        };
        let grant = match grant {
            Ok(grant) => grant,
            Err(GrantError::Refused { status }) => self.mint_anew(&pair, status).await?,
            Err(error) => return Err(Error::Endpoint(Box::new(error))),
        };
        self.save(&grant).await
    }

    async fn newest_now(&self) -> Result<Option<(u64, TokenPair)>, Error> {
        let secret = self.secrets.read(&self.holder).await.map_err(vault)?;
        self.newest(secret).await
    }

    /// Another token than the refused one, with life left.
    fn is_good(&self, pair: &TokenPair, refused: &SecretString) -> bool {
        pair.access.expose_secret() != refused.expose_secret()
            && pair.expires_at > self.clock.now() + LIFE_MIN
    }

    /// GHL refused the refresh token: a location's pair can be made anew from its agency's token.
    async fn mint_anew(&self, pair: &TokenPair, status: u16) -> Result<Grant, Error> {
        let refused = Error::Refused { status };
        let (Holder::Connection(location), Some(company)) = (&self.holder, &pair.company) else {
            return Err(refused);
        };
        let agency = Self {
            holder: Holder::Company(company.clone()),
            generation: 0,
            secrets: self.secrets.clone(),
            table: self.table.clone(),
            app: self.app.clone(),
            clock: self.clock.clone(),
        };
        let token = match agency.token().await {
            Err(Error::Missing) => return Err(refused),
            token => token?,
        };
        match self.oauth().await?.location_grant(&token, company, location, self.clock.now()).await {
            Ok(grant) => Ok(grant),
            Err(GrantError::Refused { .. }) => Err(refused),
            Err(error) => Err(Error::Endpoint(Box::new(error))),
        }
    }

    /// Saves the pair, to the end, and raises the generation. Answers the new access token.
    async fn save(&self, grant: &Grant) -> Result<SecretString, Error> {
        let read = self.secrets.read(&self.holder).await;
        let generation = self.next_generation(read.as_ref().ok().and_then(Option::as_ref)).await;
        let pair = self.to_pair(grant);
        let saved = match read {
            Ok(secret) => self.save_in_vault(secret.unwrap_or_default(), generation, &pair).await,
            Err(error) => Err(vault(error)),
        };
        if let Err(error) = saved {
            tracing::error!(holder = %self.holder, error = crate::lane::edge::chain(&error), "tokens go to the spare row");
            self.save_spare(generation, &pair).await?;
        }
        if let Holder::Connection(id) = &self.holder {
            let raise = |connection: &mut crate::connection::Connection| {
                connection.token_generation = connection.token_generation.max(generation);
            };
            Connections::new(self.table.clone()).change(id, raise).await?;
        }
        Ok(pair.access)
    }

    /// One more than any generation that is known of.
    async fn next_generation(&self, secret: Option<&ConnectionSecret>) -> u64 {
        let kept = secret.map_or(0, |secret| secret.generation);
        let spare = SpareTokens::new(self.table.clone()).get(&self.holder).await.ok().flatten();
        kept.max(self.generation).max(spare.map_or(0, |spare| spare.generation)) + 1
    }

    async fn save_in_vault(
        &self,
        mut secret: ConnectionSecret,
        generation: u64,
        pair: &TokenPair,
    ) -> Result<(), Error> {
        secret.generation = generation;
        secret.ghl = Some(pair.clone());
        let mut saved = self.secrets.write(&self.holder, &secret).await;
        for _ in 1..SAVES_MAX {
            if saved.is_ok() {
                break;
            }
            saved = self.secrets.write(&self.holder, &secret).await;
        }
        saved.map_err(vault)
    }

    async fn save_spare(&self, generation: u64, pair: &TokenPair) -> Result<(), Error> {
        let sealed = self.seal_key().await?.seal(&self.holder.to_string(), pair).ok_or(Error::Unsealable)?;
        let (spare, row) = (SpareTokens::new(self.table.clone()), Sealed { generation, sealed });
        let mut saved = spare.put(&self.holder, &row).await;
        for _ in 1..SAVES_MAX {
            if saved.is_ok() {
                break;
            }
            saved = spare.put(&self.holder, &row).await;
        }
        Ok(saved?)
    }

    fn to_pair(&self, grant: &Grant) -> TokenPair {
        TokenPair {
            access: grant.access.clone(),
            refresh: grant.refresh.clone(),
            issued_at: self.clock.now(),
            expires_at: grant.expires_at,
            company: grant.company.clone(),
        }
    }
}

#[async_trait]
impl Access for Keeper {
    async fn token(&self) -> Result<SecretString, Error> {
        let secret = self.secrets.get(&self.holder, self.generation).await.map_err(vault)?;
        let Some((_, pair)) = self.newest(secret).await? else { return Err(Error::Missing) };
        if pair.expires_at > self.clock.now() + LIFE_MIN {
            return Ok(pair.access);
        }
        self.renew(&pair.access).await
    }

    async fn renew(&self, refused: &SecretString) -> Result<SecretString, Error> {
        let Some((_, pair)) = self.newest_now().await? else { return Err(Error::Missing) };
        if self.is_good(&pair, refused) {
            return Ok(pair.access);
        }
        let Some(fence) = self.take_lease().await? else { return Err(Error::Busy) };
        let renewed = self.renew_under_lease(refused).await;
        let metric = if renewed.is_ok() { Metric::Refreshes } else { Metric::RefreshFailures };
        metrics::count(metric, &self.holder.to_string());
        self.give_back(fence).await;
        renewed
    }
}

fn vault(error: VaultError) -> Error {
    Error::Vault(Box::new(error))
}
