//! Keeps what a person entered for a connection, once it is checked.

use lambda_http::http::StatusCode;
use lambda_http::{Body, Request, Response};
use secrecy::SecretString;
use shared::connection::helloleads::Profile;
use shared::connection::{Connection, State};
use shared::errand::What;
use shared::lane::work::Failure;
use shared::model::ids::ConnectionId;
use shared::vault::connection_secrets::{HelloLeadsKey, Holder};

use crate::connect::{Connect, store};
use crate::entry::{Problem, SetUp, enter};
use crate::page::{go_to, says};

impl Connect {
    /// The settings' form: checks what was entered, and keeps it.
    pub(crate) async fn set_up(
        &self,
        request: &Request,
        id: &ConnectionId,
    ) -> Result<Response<Body>, Failure> {
        let Some(mut connection) = self.connection(id).await? else {
            return Ok(says(StatusCode::NOT_FOUND, "Not found", "Connect the GHL location first."));
        };
        let form: SetUp = match serde_urlencoded::from_bytes(request.body().as_ref()) {
            Ok(form) => form,
            Err(error) => return Ok(problem(&format!("The form cannot be read: {error}"))),
        };
        if let Err(wrong) = enter(&form, &mut connection) {
            return Ok(problem(&wrong));
        }
        if let Err(wrong) = self.check_ghl(&connection).await? {
            return Ok(problem(&wrong));
        }
        match self.check_and_keep(&form, connection).await? {
            Ok(()) => Ok(go_to(&format!("/connections/{id}"))),
            Err(wrong) => Ok(problem(&wrong)),
        }
    }

    /// Real calls to HelloLeads with what was entered; then the key and the settings are kept.
    pub(crate) async fn check_and_keep(
        &self,
        form: &SetUp,
        mut connection: Connection,
    ) -> Result<Result<(), Problem>, Failure> {
        let key = match self.key(form, &connection).await? {
            Ok(key) => key,
            Err(wrong) => return Ok(Err(wrong)),
        };
        if let Some(key) = &key
            && let Err(wrong) = self.check_helloleads(form, &mut connection, key).await?
        {
            return Ok(Err(wrong));
        }
        if let Some(key) = key.filter(|_| !form.api_key.trim().is_empty()) {
            let keeper = self.engines.keeper(&connection);
            let kept = keeper.keep_helloleads(key).await;
            connection.token_generation = kept.map_err(|error| Failure::new(error.disposition(), error))?;
        }
        self.keep_settings(&connection).await?;
        Ok(Ok(()))
    }

    /// The checks may have renewed the tokens: what was entered is put into the row as it stands now. What stood still
    /// for want of a good entry goes on; what a person stopped, or has not started, does not.
    async fn keep_settings(&self, entered: &Connection) -> Result<(), Failure> {
        let keep = |row: &mut Connection| {
            if let State::NeedsAttention { .. } = row.state {
                row.state = State::Live;
            }
            row.region.clone_from(&entered.region);
            row.helloleads.clone_from(&entered.helloleads);
            row.policy.clone_from(&entered.policy);
            row.kinds.clone_from(&entered.kinds);
            row.calendar.clone_from(&entered.calendar);
            row.token_generation = row.token_generation.max(entered.token_generation);
            row.take_mapping(entered.mapping.clone())
        };
        match self.change(&entered.id, keep).await? {
            Some(row) if row.state.is_live() => self.send(What::Resume { connection: row.id }).await,
            _ => Ok(()),
        }
    }

    /// The key entered now, or the one that is kept; a relay needs none.
    async fn key(
        &self,
        form: &SetUp,
        connection: &Connection,
    ) -> Result<Result<Option<HelloLeadsKey>, Problem>, Failure> {
        if connection.helloleads.profile == Profile::Relay {
            return Ok(Ok(None));
        }
        if !form.api_key.trim().is_empty() {
            let api_key: SecretString = form.api_key.trim().to_owned().into();
            return Ok(Ok(Some(HelloLeadsKey { api_key, email: form.email.trim().to_owned() })));
        }
        Ok(match self.kept_key(connection).await? {
            Some(key) => Ok(Some(key)),
            None => Err("Enter the HelloLeads API key and the e-mail address that belongs to it.".to_owned()),
        })
    }

    /// The HelloLeads key that is kept.
    pub(crate) async fn kept_key(&self, connection: &Connection) -> Result<Option<HelloLeadsKey>, Failure> {
        let kept = self.engines.secrets.read(&Holder::Connection(connection.id.clone())).await;
        let kept = kept.map_err(|error| Failure::new(error.disposition(), error))?;
        Ok(kept.and_then(|secret| secret.helloleads))
    }

    /// Whether HelloLeads can be reached by what is kept.
    pub(crate) async fn has_helloleads(&self, connection: &Connection) -> Result<bool, Failure> {
        Ok(match connection.helloleads.profile {
            Profile::Relay => connection.helloleads.hook.catch_hook.is_some(),
            Profile::Key | Profile::V1 => {
                connection.helloleads.time_zone.is_some() && self.kept_key(connection).await?.is_some()
            }
        })
    }

    /// Starts the sync: nothing is read or written before.
    pub(crate) async fn start(&self, id: &ConnectionId) -> Result<Response<Body>, Failure> {
        let Some(connection) = self.connection(id).await? else {
            return Ok(says(StatusCode::NOT_FOUND, "Not found", "Connect the GHL location first."));
        };
        if connection.state == State::Pending {
            if !self.has_helloleads(&connection).await? {
                let text = "Connect HelloLeads first: its key is not entered yet.";
                return Ok(says(StatusCode::UNPROCESSABLE_ENTITY, "Not started", text));
            }
            let start = |row: &mut Connection| {
                if row.state == State::Pending {
                    (row.state, row.started) = (State::Live, true);
                }
            };
            self.engines.connections().change(id, start).await.map_err(store)?;
            self.send(What::Resume { connection: id.clone() }).await?;
        }
        Ok(go_to(&format!("/connections/{id}")))
    }
}

fn problem(text: &str) -> Response<Body> {
    says(StatusCode::UNPROCESSABLE_ENTITY, "Not saved", text)
}
