//! From a grant to a connection: what happens when a person, or an agency, installs the app.

use super::error::Error;
use crate::connection::{Connection, State};
use crate::disposition::Attention;
use crate::ghl::oauth::{Grant, GrantError};
use crate::lane::work::Failure;
use crate::model::ids::{CompanyId, ConnectionId};
use crate::store::error::Error as StoreError;
use crate::sync::engines::Engines;
use crate::tokens::access::Access;
use crate::vault::connection_secrets::Holder;

impl Engines {
    /// Keeps a location's grant and makes its connection, or wakes the one there is: its links are still there.
    /// The tokens are saved before anything else is done.
    pub async fn install_location(
        &self,
        location: &ConnectionId,
        grant: &Grant,
    ) -> Result<Connection, Failure> {
        let known = self.connections().get(location).await.map_err(store)?;
        let generation = known.as_ref().map_or(0, |connection| connection.token_generation);
        let keeper = self.keeper_of(Holder::Connection(location.clone()), generation);
        keeper.keep(grant).await.map_err(tokens)?;
        match self
            .connections()
            .change(location, |connection| wake(connection, grant))
            .await
            .map_err(store)?
        {
            Some(connection) => Ok(connection),
            None => {
                let mut connection = Connection::installed(location.clone(), grant.company.clone());
                connection.token_generation = 1;
                connection.granted.clone_from(&grant.scopes);
                self.connections().save(&mut connection).await.map_err(store)?;
                Ok(connection)
            }
        }
    }

    /// Keeps an agency's grant, from which its locations' tokens are made.
    pub async fn install_company(&self, company: &CompanyId, grant: &Grant) -> Result<(), Failure> {
        let keeper = self.keeper_of(Holder::Company(company.clone()), 0);
        keeper.keep(grant).await.map_err(tokens)
    }

    /// Makes a location's tokens from its agency's. `false` where the agency's are not there (yet): an INSTALL
    /// webhook can overtake the redirect that brings them.
    pub async fn install_from_company(
        &self,
        location: &ConnectionId,
        company: &CompanyId,
    ) -> Result<bool, Failure> {
        let agency = self.keeper_of(Holder::Company(company.clone()), 0);
        let token = match agency.token().await {
            Ok(token) => token,
            Err(Error::Missing) => return Ok(false),
            Err(error) => return Err(tokens(error)),
        };
        let oauth = self.oauth().await?;
        let granted = oauth.location_grant(&token, company, location, self.clock.now()).await;
        let grant = granted.map_err(|error: GrantError| tokens(Error::Endpoint(Box::new(error))))?;
        self.install_location(location, &grant).await?;
        Ok(true)
    }

    /// The app was removed from the location: the lane stops, the tokens go, the links stay.
    pub async fn uninstall_location(&self, location: &ConnectionId) -> Result<(), Failure> {
        let now = self.clock.now();
        let uninstall = |connection: &mut Connection| {
            connection.state = State::Uninstalled;
            connection.uninstalled_at = connection.uninstalled_at.or(Some(now));
        };
        self.connections().change(location, uninstall).await.map_err(store)?;
        let keeper = self.keeper_of(Holder::Connection(location.clone()), 0);
        keeper.forget_ghl().await.map_err(tokens)
    }

    /// The app was removed from the agency, and so from all its locations.
    pub async fn uninstall_company(&self, company: &CompanyId) -> Result<(), Failure> {
        for connection in self.connections().all().await.map_err(store)? {
            if connection.company.as_ref() == Some(company) {
                self.uninstall_location(&connection.id).await?;
            }
        }
        let keeper = self.keeper_of(Holder::Company(company.clone()), 0);
        keeper.forget_ghl().await.map_err(tokens)
    }
}

/// New tokens end what the old ones caused. HelloLeads' own troubles stay.
fn wake(connection: &mut Connection, grant: &Grant) {
    connection.state = match connection.state {
        State::NeedsAttention { attention: Attention::GhlTokensRefused | Attention::GhlForbidden } => {
            State::Live
        }
        State::Uninstalled if connection.started => State::Live,
        State::Uninstalled => State::Pending,
        as_it_is => as_it_is,
    };
    connection.uninstalled_at = None;
    connection.granted.clone_from(&grant.scopes);
    if grant.company.is_some() {
        connection.company.clone_from(&grant.company);
    }
}

fn store(error: StoreError) -> Failure {
    Failure::new(error.disposition(), error)
}

fn tokens(error: Error) -> Failure {
    Failure::new(error.disposition(), error)
}
