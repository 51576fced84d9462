//! GHL's webhooks. The lane follows from the webhook itself: no row is read, but where the app is another one than this
//! container knows, and no token is needed.

use std::sync::RwLock;

use lambda_http::http::{HeaderMap, StatusCode};
use shared::environment::{BadEnvironment, Environment};
use shared::errand::{Errand, What};
use shared::ghl::webhook::{BadBody, Event, Keys, Verified, parse, verify};
use shared::model::side::Side;
use shared::queue::{Error as QueueError, Hint, Outbox, Queues};
use shared::store::app;
use shared::store::table::Table;
use shared::vault::app::{Fixed, WebhookKeys};

use crate::answer::{Answer, not_now};

/// What GHL's webhooks are checked with, and where their hints go.
pub struct GhlHooks {
    /// The app as it was deployed, or entered on a page since.
    app_id: RwLock<String>,
    table: Table,
    signature_keys: Keys,
    keys: Fixed<WebhookKeys>,
    queues: Queues,
    errands: Outbox,
}

impl GhlHooks {
    pub fn new(
        environment: &Environment,
        table: Table,
        keys: Fixed<WebhookKeys>,
        queues: Queues,
        errands: Outbox,
    ) -> Result<Self, BadEnvironment> {
        let signature_keys = Keys::try_new(
            environment.optional("GHL_WEBHOOK_PUBLIC_KEY"),
            environment.optional("GHL_LEGACY_PUBLIC_KEY"),
            environment.flag("GHL_ACCEPT_LEGACY_SIGNATURE")?,
        )
        .map_err(|error| BadEnvironment::Unusable {
            name: "GHL_WEBHOOK_PUBLIC_KEY",
            reason: error.to_string(),
        })?;
        let app_id = RwLock::new(environment.optional("GHL_APP_ID").unwrap_or_default().to_owned());
        Ok(Self { app_id, table, signature_keys, keys, queues, errands })
    }

    /// Every event that GHL signed for this app is answered with 200, known or not: GHL stops delivering to an
    /// address that answers too many 4xx.
    pub async fn take(&self, headers: &HeaderMap, body: &[u8]) -> Answer {
        let verified = match verify(headers, body, &self.signature_keys) {
            Ok(verified) => verified,
            Err(bad) => return Answer::new(StatusCode::UNAUTHORIZED, bad.to_string()),
        };
        let event = match self.parse(&verified).await {
            Ok(event) => event,
            Err(answer) => return answer,
        };
        match self.send(event).await {
            Ok(says) => Answer::new(StatusCode::OK, says),
            Err(error) => not_now(&error),
        }
    }

    async fn parse(&self, verified: &Verified<'_>) -> Result<Event, Answer> {
        let keys = self.keys.get().await.map_err(|error| not_now(&error))?;
        let key = keys.fingerprint_key();
        let mut parsed = parse(verified, &self.app_id(), &key);
        if matches!(parsed, Err(BadBody::WrongApp)) && self.learn_app().await? {
            parsed = parse(verified, &self.app_id(), &key);
        }
        parsed.map_err(|bad| match bad {
            BadBody::WrongApp => Answer::new(StatusCode::FORBIDDEN, bad.to_string()),
            _ => Answer::new(StatusCode::BAD_REQUEST, bad.to_string()),
        })
    }

    /// Looks whether another app was entered since this container last looked.
    async fn learn_app(&self) -> Result<bool, Answer> {
        let Some(entered) = app::id(&self.table).await.map_err(|error| not_now(&error))? else {
            return Ok(false);
        };
        let is_new = entered != self.app_id();
        *self.app_id.write().expect("nothing panics while it holds the app's id") = entered;
        Ok(is_new)
    }

    fn app_id(&self) -> String {
        self.app_id.read().expect("nothing panics while it holds the app's id").clone()
    }

    async fn send(&self, event: Event) -> Result<&'static str, QueueError> {
        match event {
            Event::Record { location, kind, id, fingerprint, delivery, sent_at } => {
                tracing::info!(connection = %location, %delivery, kind = kind.as_str(), "a GHL record changed");
                let plain = Hint::plain(location, kind, Side::Ghl, id, delivery);
                self.queues.send(&[Hint { fingerprint, sent_at, ..plain }]).await?;
            }
            Event::TaskOfSomebody { location, delivery, sent_at } => {
                tracing::info!(connection = %location, %delivery, "a GHL task changed, of a contact that is not named");
                let what = What::LookForTasks { connection: location, asked_at: sent_at };
                self.errands.send(&[Errand { delivery, what }]).await?;
            }
            Event::Install { location: Some(location), company, delivery } => {
                self.errands.send(&[Errand { delivery, what: What::Install { location, company } }]).await?;
            }
            Event::Install { location: None, delivery, .. } => {
                tracing::info!(%delivery, "an agency installed the app; its locations follow one by one");
            }
            Event::UninstallLocation { location, delivery } => {
                self.errands.send(&[Errand { delivery, what: What::UninstallLocation { location } }]).await?;
            }
            Event::UninstallCompany { company, delivery } => {
                self.errands.send(&[Errand { delivery, what: What::UninstallCompany { company } }]).await?;
            }
            Event::Unknown { name } => {
                tracing::info!(event = name, "an event that this app does not use");
                return Ok("this event is not used");
            }
        }
        Ok("accepted")
    }
}
