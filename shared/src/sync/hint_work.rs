//! What is done about the hints of a batch.

use std::collections::BTreeMap;
use std::sync::Arc;
use std::sync::atomic::{AtomicBool, Ordering};

use async_trait::async_trait;
use aws_lambda_events::event::sqs::{SqsBatchResponse, SqsEvent};
use futures_util::FutureExt;
use futures_util::future::BoxFuture;
use tokio::sync::Mutex;

use super::engine::Engine;
use super::engines::{Engines, Opened};
use super::outcome::Outcome;
use super::progress::Progress;
use crate::budget::ledger::Class;
use crate::clock::Clock;
use crate::disposition::{Attention, Disposition, Reason};
use crate::environment::{BadEnvironment, Environment};
use crate::errand::{Errand, What, random_delivery};
use crate::http::Transport;
use crate::lane::dead_letters::DeadLetters;
use crate::lane::edge::Edge;
use crate::lane::until::Until;
use crate::lane::work::{Failure, Work};
use crate::metrics::{self, Metric};
use crate::model::side::{Kind, Side};
use crate::queue::{Hint, Outbox};
use crate::store::figures::{Figures, FiguresOf};
use crate::store::history::{Entry, History};
use crate::store::imports::{Import, Imports};
use crate::store::read_ahead;
use crate::store::tries::Tries;

/// A function that syncs the records that its queue's hints name.
pub struct SyncFunction {
    edge: Edge,
    work: HintWork,
}

/// The clients of the AWS services that such a function uses.
pub struct Aws {
    pub dynamodb: aws_sdk_dynamodb::Client,
    pub secrets: aws_sdk_secretsmanager::Client,
    pub sqs: aws_sdk_sqs::Client,
}

impl SyncFunction {
    /// `queue` and `dead_letters` are the names of the variables that hold their addresses.
    ///
    /// # Errors
    /// [`BadEnvironment`] names the variable that is missing or unusable.
    pub fn new(
        environment: &Environment,
        queue: &'static str,
        dead_letters: &'static str,
        aws: Aws,
        transport: Arc<dyn Transport>,
        clock: Clock,
    ) -> Result<Self, BadEnvironment> {
        let url = |name| environment.require(name).map(str::to_owned);
        let dead_letters = DeadLetters::new(aws.sqs.clone(), url(dead_letters)?);
        let engines = Engines::new(environment, aws.dynamodb, aws.secrets, &aws.sqs, transport, clock)?;
        let tries = Tries::new(engines.table.clone());
        Ok(Self {
            edge: Edge::new(aws.sqs, url(queue)?, dead_letters, tries, engines.clock.clone()),
            work: HintWork { engines, errands: None },
        })
    }

    /// The same, asking `reconcile` for the next contacts of a first import as those at hand are done.
    #[must_use]
    pub fn asking(mut self, errands: Outbox) -> Self {
        self.work.errands = Some(errands);
        self
    }

    /// Boxed, since the runtime wraps it deep enough to meet the compiler's limit.
    pub fn handle(&self, batch: SqsEvent, until: Until) -> BoxFuture<'_, SqsBatchResponse> {
        self.edge.handle(batch, &self.work, until).boxed()
    }
}

/// The work of the queues that hold hints.
pub struct HintWork {
    pub engines: Engines,
    /// Where the next contacts of a first import are asked for; none where no contacts are synced.
    pub errands: Option<Outbox>,
}

/// What became of a hint that needs no other try.
enum Done {
    Fine,
    /// A record was made across.
    Made,
    Parked(Reason),
}

/// One connection, for the time of a batch.
pub struct Session {
    engines: Engines,
    opened: Mutex<BTreeMap<Kind, Arc<Opened>>>,
    /// The connection stopped during this batch: no further call is made for it.
    stopped: AtomicBool,
    /// The first import is paused: its contacts wait in the table.
    import_paused: bool,
    /// Not all leads were read once: the import's leads wait in the table, and cost nothing meanwhile.
    first_read_under_way: bool,
    /// What was done in this batch.
    figures: std::sync::Mutex<Figures>,
}

#[async_trait]
impl Work for HintWork {
    type Message = Hint;
    type Session = Session;

    async fn open(&self, messages: &[&Hint]) -> Result<Session, Failure> {
        let first = messages[0];
        let engines = self.engines.reading_ahead();
        if let Err(error) = read_ahead::read_ahead(&engines.table, messages).await {
            // Each row is read by itself then.
            let error = crate::lane::edge::chain(&error);
            tracing::warn!(connection = %first.connection, error, "nothing could be read ahead");
        }
        let import_paused = first.class == Class::Import && self.import_of(first).await?.paused;
        let first_read_under_way = is_of_leads_import(first) && self.is_reading_first(first).await?;
        let session = Session {
            engines,
            opened: Mutex::default(),
            stopped: AtomicBool::new(false),
            import_paused,
            first_read_under_way,
            figures: std::sync::Mutex::default(),
        };
        match self.engine(&session, first).await {
            Err(failure) if !matches!(failure.disposition, Disposition::Stop(_)) => Err(failure),
            _ => Ok(session),
        }
    }

    async fn carry_out(&self, session: &Session, hint: &Hint) -> Result<(), Failure> {
        if session.import_paused {
            self.set_aside(hint, Reason::ImportPaused).await?;
            return Ok(());
        }
        let done = if session.first_read_under_way && is_of_leads_import(hint) {
            self.set_aside(hint, Reason::FirstImport).await?
        } else {
            self.sync_or_set_aside(session, hint).await?
        };
        self.go_on_importing(hint, &done).await
    }

    /// What was done is written down by one write, and counted by another. Where that fails, the history and the figures
    /// are poorer, and nothing else is.
    async fn close(&self, session: Session, first: &Hint) {
        let table = self.engines.table.clone();
        let entries: Vec<Entry> =
            session.opened.into_inner().values().flat_map(|opened| opened.did()).collect();
        if let Err(error) = History::new(table.clone()).write(&entries).await {
            let error = crate::lane::edge::chain(&error);
            tracing::warn!(connection = %first.connection, error, "what was done could not be written down");
        }
        let figures = session.figures.into_inner().unwrap_or_else(std::sync::PoisonError::into_inner);
        if figures == Figures::default() {
            return;
        }
        if let Err(error) =
            FiguresOf::new(table, &first.connection).add(&figures, self.engines.clock.now()).await
        {
            let error = crate::lane::edge::chain(&error);
            tracing::warn!(connection = %first.connection, error, "what was done could not be counted");
        }
    }

    async fn give_up(&self, hint: &Hint, reason: &Reason) -> Result<(), Failure> {
        let done = self.set_aside(hint, reason.clone()).await?;
        self.go_on_importing(hint, &done).await
    }

    fn same_as(&self, hint: &Hint) -> Option<String> {
        if hint.wish.is_some() {
            return None;
        }
        Some(format!("{}/{}/{}", hint.kind.as_str(), hint.side.as_str(), hint.id))
    }

    fn join(&self, earlier: &Hint, later: &Hint) -> Hint {
        earlier.joined_to(later)
    }
}

impl HintWork {
    async fn import_of(&self, hint: &Hint) -> Result<Import, Failure> {
        let import = Imports::new(self.engines.table.clone(), &hint.connection).get().await;
        import.map_err(|error| Failure::new(error.disposition(), error))
    }

    async fn is_reading_first(&self, hint: &Hint) -> Result<bool, Failure> {
        let progress = Progress::read(&self.engines.table, &hint.connection).await;
        let progress = progress.map_err(|error| Failure::new(error.disposition(), error))?;
        Ok(!progress.helloleads.first_read_done())
    }

    /// A contact of a first import is done, or waits in the table: the next ones are asked for once few are under way.
    async fn go_on_importing(&self, hint: &Hint, done: &Done) -> Result<(), Failure> {
        let imports = Imports::new(self.engines.table.clone(), &hint.connection);
        let now = self.engines.clock.now();
        if hint.class != Class::Import || hint.kind != Kind::Contact {
            return match done {
                Done::Parked(Reason::FirstImport) => imports
                    .put_back_unannounced(hint.kind == Kind::Contact, now)
                    .await
                    .map_err(|error| Failure::new(error.disposition(), error)),
                _ => Ok(()),
            };
        }
        let import = match done {
            Done::Parked(Reason::FirstImport) => imports.put_back(now).await,
            Done::Made => imports.made(hint.side, now).await,
            Done::Fine | Done::Parked(_) => imports.done(hint.side, 1, now).await,
        };
        let import = import.map_err(|error| Failure::new(error.disposition(), error))?;
        let Some(errands) = self.errands.as_ref().filter(|_| import.wants_more()) else { return Ok(()) };
        let what = What::GoOn { connection: hint.connection.clone() };
        let sent = errands.send(&[Errand { delivery: random_delivery("import"), what }]).await;
        sent.map_err(|error| Failure::new(error.disposition(), error))
    }

    async fn sync_or_set_aside(&self, session: &Session, hint: &Hint) -> Result<Done, Failure> {
        if session.stopped.load(Ordering::Relaxed) {
            return self.set_aside(hint, Reason::ConnectionStopped).await;
        }
        let opened = match self.engine(session, hint).await {
            Ok(opened) => opened,
            Err(failure) => match failure.disposition {
                Disposition::Stop(attention) => {
                    return self.stop(session, hint, attention, failure.error.as_ref()).await;
                }
                _ => return Err(failure),
            },
        };
        match opened.as_ref() {
            Opened::NotOurs => {
                tracing::info!(connection = %hint.connection, delivery = %hint.delivery, "a hint for nothing that is synced");
                Ok(Done::Fine)
            }
            Opened::Stopped => self.set_aside(hint, Reason::ConnectionStopped).await,
            Opened::Ready(engine) => self.sync(session, engine, hint).await,
        }
    }

    /// The engine of the hint's kind, made once for a batch.
    async fn engine(&self, session: &Session, hint: &Hint) -> Result<Arc<Opened>, Failure> {
        let mut opened = session.opened.lock().await;
        if let Some(known) = opened.get(&hint.kind) {
            return Ok(known.clone());
        }
        let fresh = Arc::new(session.engines.for_class(hint.class).open(&hint.connection, hint.kind).await?);
        opened.insert(hint.kind, fresh.clone());
        Ok(fresh)
    }

    async fn sync(&self, session: &Session, engine: &Engine, hint: &Hint) -> Result<Done, Failure> {
        let synced = engine.sync_one(hint).await;
        // What was written before it failed was written.
        engine.diary.brought_by(&hint.delivery);
        match synced {
            Ok(outcome) => {
                tracing::info!(
                    connection = %hint.connection, kind = hint.kind.as_str(), side = hint.side.as_str(), id = %hint.id,
                    delivery = %hint.delivery, outcome = outcome.name(), "a record was synced"
                );
                self.measure(session, hint, &outcome);
                Ok(match outcome {
                    Outcome::Parked(reason) => Done::Parked(reason),
                    Outcome::Created { .. } => Done::Made,
                    _ => Done::Fine,
                })
            }
            Err(error) => match error.disposition() {
                Disposition::Stop(attention) => self.stop(session, hint, attention, &error).await,
                disposition => Err(Failure::new(disposition, error)),
            },
        }
    }

    fn measure(&self, session: &Session, hint: &Hint, outcome: &Outcome) {
        let connection = hint.connection.as_str();
        if let Outcome::Parked(reason) = outcome
            && !reason.is_waiting()
            && !reason.is_left_alone()
        {
            metrics::count(Metric::Parked, connection);
        }
        if outcome.is_written() {
            metrics::count(Metric::Changes, connection);
            let now = self.engines.clock.now();
            let lag = hint.sent_at.or(hint.modified).map(|made| now.duration_since(made));
            if let Some(lag) = lag {
                metrics::record(Metric::Lag, lag.as_secs_f64().max(0.0), connection);
            }
            let mut figures = session.figures.lock().unwrap_or_else(std::sync::PoisonError::into_inner);
            figures.change(lag);
            figures.webhook_at = figures.webhook_at.max(hint.sent_at.map(|_| now));
        }
    }

    /// The connection needs a person: it stops, and its hints wait in the table rather than burn in the queue.
    async fn stop(
        &self,
        session: &Session,
        hint: &Hint,
        attention: Attention,
        error: &(dyn std::error::Error + Send + Sync + 'static),
    ) -> Result<Done, Failure> {
        session.stopped.store(true, Ordering::Relaxed);
        tracing::error!(
            connection = %hint.connection, %attention, error = crate::lane::edge::chain(error), "a connection stops"
        );
        metrics::count(Metric::NeedsAttention, hint.connection.as_str());
        self.engines.stop(&hint.connection, attention).await?;
        self.set_aside(hint, Reason::ConnectionStopped).await
    }

    async fn set_aside(&self, hint: &Hint, reason: Reason) -> Result<Done, Failure> {
        self.engines.set_aside(hint, reason.clone()).await?;
        Ok(Done::Parked(reason))
    }
}

pub(super) fn is_of_leads_import(hint: &Hint) -> bool {
    hint.class == Class::Import && hint.kind == Kind::Contact && hint.side == Side::HelloLeads
}
