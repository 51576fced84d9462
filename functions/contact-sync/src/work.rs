//! What is done about one hint.

use std::sync::atomic::{AtomicBool, Ordering};

use async_trait::async_trait;
use shared::disposition::{Attention, Disposition, Reason};
use shared::lane::work::{Done, Failure, Work};
use shared::model::side::Kind;
use shared::queue::Hint;
use shared::sync::engine::Engine;
use shared::sync::engines::{Engines, Opened};
use shared::sync::outcome::Outcome;

pub struct ContactWork {
    pub engines: Engines,
}

/// One connection, for the time of a batch.
pub struct Session {
    opened: Opened,
    /// The connection stopped during this batch: no further call is made for it.
    stopped: AtomicBool,
}

#[async_trait]
impl Work for ContactWork {
    type Message = Hint;
    type Session = Session;

    async fn open(&self, first: &Hint) -> Result<Session, Failure> {
        let opened = self.engines.open(&first.connection, Kind::Contact).await?;
        Ok(Session { opened, stopped: AtomicBool::new(false) })
    }

    async fn carry_out(&self, session: &Session, hint: &Hint) -> Result<Done, Failure> {
        match &session.opened {
            Opened::NotOurs => {
                tracing::info!(connection = %hint.connection, delivery = %hint.delivery, "a hint for no connection of ours");
                Ok(Done::Fine)
            }
            Opened::Stopped => self.set_aside(hint, Reason::ConnectionStopped).await,
            Opened::Ready(_) if session.stopped.load(Ordering::Relaxed) => {
                self.set_aside(hint, Reason::ConnectionStopped).await
            }
            Opened::Ready(engine) => self.sync(session, engine, hint).await,
        }
    }

    async fn give_up(&self, hint: &Hint, reason: &Reason) -> Result<(), Failure> {
        self.set_aside(hint, reason.clone()).await.map(|_| ())
    }

    fn same_as(&self, hint: &Hint) -> Option<String> {
        Some(format!("{}/{}/{}", hint.kind.as_str(), hint.side.as_str(), hint.id))
    }

    /// What its side told last is the state now. Two hints of which neither is known to be the later one tell nothing
    /// of it, unless they tell the same.
    fn join(&self, earlier: &Hint, later: &Hint) -> Hint {
        match earlier.sent_at.zip(later.sent_at) {
            Some((one, other)) if one < other => return later.clone(),
            Some((one, other)) if one > other => return earlier.clone(),
            _ => {}
        }
        let fingerprint = later.fingerprint.clone().filter(|seen| earlier.fingerprint.as_ref() == Some(seen));
        let modified = later.modified.filter(|seen| earlier.modified == Some(*seen));
        let sent_at = later.sent_at.filter(|sent| earlier.sent_at == Some(*sent));
        Hint { fingerprint, modified, sent_at, ..later.clone() }
    }
}

impl ContactWork {
    async fn sync(&self, session: &Session, engine: &Engine, hint: &Hint) -> Result<Done, Failure> {
        match engine.sync_one(hint).await {
            Ok(outcome) => {
                tracing::info!(
                    connection = %hint.connection, side = hint.side.as_str(), id = %hint.id, delivery = %hint.delivery,
                    outcome = outcome.name(), "a contact was synced"
                );
                Ok(match outcome {
                    Outcome::Parked(reason) => Done::Parked(reason),
                    _ => Done::Fine,
                })
            }
            Err(error) => match error.disposition() {
                Disposition::Stop(attention) => {
                    session.stopped.store(true, Ordering::Relaxed);
                    self.stop(hint, attention, &error).await
                }
                disposition => Err(Failure::new(disposition, error)),
            },
        }
    }

    /// The connection needs a person: it stops, and its hints wait in the table rather than burn in the queue.
    async fn stop(
        &self,
        hint: &Hint,
        attention: Attention,
        error: &shared::sync::error::Error,
    ) -> Result<Done, Failure> {
        tracing::error!(
            connection = %hint.connection, %attention, error = shared::lane::edge::chain(error), "a connection stops"
        );
        self.engines.stop(&hint.connection, attention).await?;
        self.set_aside(hint, Reason::ConnectionStopped).await
    }

    async fn set_aside(&self, hint: &Hint, reason: Reason) -> Result<Done, Failure> {
        self.engines.set_aside(hint, reason.clone()).await?;
        Ok(Done::Parked(reason))
    }
}
