//! The webhooks that the user's automation tool sends in HelloLeads' place.

use lambda_http::http::{HeaderMap, StatusCode, header::CONTENT_TYPE};
use shared::clock::Clock;
use shared::connection::helloleads::{HookSettings, Trust};
use shared::connection::{Connection, State};
use shared::errand::{Errand, What};
use shared::helloleads::hook::{HookEvent, HookKind, Snapshot, live_secrets, parse, verify};
use shared::model::ids::ConnectionId;
use shared::model::side::{Kind, Side};
use shared::queue::{Hint, Outbox, Queues};
use shared::store::connections::Connections;
use shared::store::last_seen::LastSeen;
use shared::store::table::Table;
use shared::vault::app::{Fixed, WebhookKeys};

use crate::answer::{Answer, not_now};

/// What these webhooks are checked with, and where their hints go.
pub struct HelloLeadsHooks {
    pub table: Table,
    pub keys: Fixed<WebhookKeys>,
    pub queues: Queues,
    pub errands: Outbox,
    pub clock: Clock,
}

type BoxError = Box<dyn std::error::Error + Send + Sync>;

impl HelloLeadsHooks {
    /// A connection that does not exist is answered like a wrong signature: nobody learns which ones there are.
    pub async fn take(&self, id: &ConnectionId, headers: &HeaderMap, body: &[u8]) -> Answer {
        let (connection, keys) = match self.connection_and_keys(id).await {
            Ok(found) => found,
            Err(error) => return not_now(error.as_ref()),
        };
        let settings =
            connection.as_ref().map_or_else(HookSettings::default, |one| one.helloleads.hook.clone());
        let secrets = live_secrets(keys.hook_master(), id, settings.generation);
        let verified = match verify(headers, body, &settings, &secrets, self.clock.now()) {
            Ok(verified) => verified,
            Err(bad) => return Answer::new(StatusCode::UNAUTHORIZED, bad.to_string()),
        };
        let Some(connection) = connection.filter(|connection| connection.state != State::Uninstalled) else {
            return Answer::new(StatusCode::ACCEPTED, "this connection does not exist");
        };
        let content_type =
            headers.get(CONTENT_TYPE).and_then(|value| value.to_str().ok()).unwrap_or_default();
        match parse(&verified, content_type, &settings) {
            Err(bad) => Answer::new(StatusCode::BAD_REQUEST, bad.to_string()),
            Ok(event) => match self.act(&connection, event, &keys).await {
                Ok(says) => Answer::new(StatusCode::ACCEPTED, says),
                Err(error) => not_now(error.as_ref()),
            },
        }
    }

    async fn connection_and_keys(
        &self,
        id: &ConnectionId,
    ) -> Result<(Option<Connection>, WebhookKeys), BoxError> {
        let keys = self.keys.get().await?.clone();
        Ok((Connections::new(self.table.clone()).get(id).await?, keys))
    }

    async fn act(
        &self,
        connection: &Connection,
        event: HookEvent,
        keys: &WebhookKeys,
    ) -> Result<&'static str, BoxError> {
        if let HookKind::Unknown(_) = event.kind {
            tracing::info!(connection = %connection.id, delivery = %event.delivery, "an event that is not used");
            return Ok("this event is not used");
        }
        match connection.helloleads.hook.trust {
            Trust::Hint => self.ask_for_look(connection, event).await,
            Trust::Snapshot => self.take_snapshot(connection, event, keys).await,
        }
    }

    async fn ask_for_look(
        &self,
        connection: &Connection,
        event: HookEvent,
    ) -> Result<&'static str, BoxError> {
        let what = What::Look { connection: connection.id.clone(), asked_at: self.clock.now() };
        self.errands.send(&[Errand { delivery: event.delivery, what }]).await?;
        Ok("HelloLeads will be looked at")
    }

    /// The row first, then the hint: whoever follows the hint finds the row. The hint is sent even if the row was
    /// there already, since an earlier delivery may have died between the two.
    async fn take_snapshot(
        &self,
        connection: &Connection,
        event: HookEvent,
        keys: &WebhookKeys,
    ) -> Result<&'static str, BoxError> {
        let (kind, gone) = match event.kind {
            HookKind::Related { kind, gone } => (kind, gone),
            _ => (Kind::Contact, false),
        };
        let rows = LastSeen::new(self.table.clone(), connection.id.clone(), kind);
        let delivery = event.delivery.clone();
        let snapshot = Snapshot { connection, key: &keys.fingerprint_key() };
        let merged = match kind {
            Kind::Contact => snapshot.merge_into(&rows, event).await?,
            _ => snapshot.merge_related(&rows, event, kind, gone).await?,
        };
        let Some(seen) = merged else {
            return Ok("it names no record");
        };
        let plain = Hint::plain(connection.id.clone(), kind, Side::HelloLeads, seen.id, delivery);
        let hint = Hint { fingerprint: (!seen.gone).then_some(seen.fingerprint), ..plain };
        self.queues.send(&[hint]).await?;
        Ok("accepted")
    }
}
