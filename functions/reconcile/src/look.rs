//! Looks at both sides of one connection for what changed, and announces it.

use jiff::{SignedDuration, Timestamp};
use shared::budget::ledger::Class;
use shared::connection::Connection;
use shared::connection::helloleads::{PollMode, Profile};
use shared::disposition::Disposition;
use shared::errand::What;
use shared::ghl::walk::Walk;
use shared::helloleads::error::Error as HelloLeadsError;
use shared::helloleads::poll::{Look, Poll};
use shared::lane::until::Until;
use shared::lane::work::Failure;
use shared::model::ids::ConnectionId;
use shared::model::side::{Kind, Side};
use shared::store::cursors::Cursors;
use shared::store::imports::{CONTACTS_MAX, Import, LEADS_MAX, Measure};
use shared::tokens::error::Error as TokenError;

use crate::errands::{Errands, store};

/// The most pages that one errand reads of each side; what is left goes on in the next.
const PAGES_MAX: usize = 20;

/// Looks that webhooks ask for are joined within this time.
const REST_MIN: SignedDuration = SignedDuration::from_secs(60);

/// While a first import needs every call that HelloLeads' budget has, it is looked at no more often than this: each
/// batch of writes looks for itself.
const REST_IN_IMPORT: SignedDuration = SignedDuration::from_mins(15);

/// How far a look has come.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Reached {
    End,
    /// There is more, and nothing speaks against going on at once.
    More,
    /// There is more, once the contacts at hand are done.
    Full,
}

impl Errands {
    /// One look. With `asked_at`, it is needless where a look has begun since, and waits where one began just before.
    pub(crate) async fn look(
        &self,
        id: &ConnectionId,
        asked_at: Option<Timestamp>,
        until: Until,
    ) -> Result<(), Failure> {
        let connection = self.engines.connections().get(id).await;
        let connection = connection.map_err(|error| Failure::new(error.disposition(), error))?;
        let Some(connection) = connection.filter(|connection| connection.state.is_live()) else {
            return Ok(());
        };
        match self.look_at_both(&connection, asked_at, until).await {
            Err(failure) => match failure.disposition {
                Disposition::Stop(attention) => {
                    let error = shared::lane::edge::chain(failure.error.as_ref());
                    tracing::error!(connection = %id, %attention, error, "a connection stops");
                    self.engines.stop(id, attention).await
                }
                _ => Err(failure),
            },
            done => done,
        }
    }

    async fn look_at_both(
        &self,
        connection: &Connection,
        asked_at: Option<Timestamp>,
        until: Until,
    ) -> Result<(), Failure> {
        // First of all: neither a spent budget nor a failing side keeps tokens from being renewed.
        self.keep_tokens_fresh(connection).await?;
        let import = self.import_before_its_begin(connection).await?;
        let polled = match connection.helloleads.profile {
            Profile::Key | Profile::V1 => match self.poll(connection, &import, asked_at, until).await? {
                Some(reached) => reached,
                None => return Ok(()),
            },
            Profile::Relay => Reached::End,
        };
        // Matching needs every lead: GHL's contacts come after the first read.
        let taken_up = match polled {
            Reached::End => self.take_up_put_back(connection, &import, until).await?,
            _ => polled,
        };
        let reached = match taken_up {
            Reached::End => self.walk(connection, &import, until).await?,
            _ => taken_up,
        };
        if reached == Reached::End && !connection.kinds.is_empty() {
            self.look_at_related(connection).await?;
        }
        match reached {
            Reached::More => self.ask(What::GoOn { connection: connection.id.clone() }, "go-on").await,
            Reached::End => self.ask_for_sweep(connection).await,
            Reached::Full => Ok(()),
        }
    }

    /// Polls HelloLeads; `None` where no look is needed.
    async fn poll(
        &self,
        connection: &Connection,
        import: &Import,
        asked_at: Option<Timestamp>,
        until: Until,
    ) -> Result<Option<Reached>, Failure> {
        let failed = |error: HelloLeadsError| Failure::new(error.disposition(), error);
        let class = match self.is_reading_first(connection).await? {
            true => Class::Import,
            false => Class::Live,
        };
        let poll = self.engines.for_class(class).poll(connection).await?;
        if let Some(asked_at) = asked_at
            && let Some(started) = poll.cursor().await.map_err(failed)?.started_at
        {
            if started > asked_at {
                return Ok(None);
            }
            let since = self.engines.clock.now().duration_since(started);
            if since < REST_MIN {
                let rest = Disposition::Retry { after: REST_MIN - since };
                return Err(Failure::new(rest, "HelloLeads was looked at a moment ago"));
            }
            if since < REST_IN_IMPORT && self.spares_calls(connection, import).await? {
                return Ok(Some(Reached::End));
            }
        }
        if asked_at.is_none() && self.import_was_looked_at(connection, &poll).await? {
            return Ok(Some(Reached::End));
        }
        for _ in 0..PAGES_MAX {
            let importing = !poll.cursor().await.map_err(failed)?.first_read_done();
            if importing && (import.paused || self.import_is_full(connection, LEADS_MAX).await?) {
                return Ok(Some(Reached::Full));
            }
            if until.has_come(&self.engines.clock) {
                return Ok(Some(Reached::More));
            }
            let step = poll.step(Look::ForChanges).await.map_err(failed)?;
            if importing {
                self.count_announced(connection, Side::HelloLeads, step.changed).await?;
            }
            if step.first_read_ended {
                self.measure_from_here(connection, Measure::Leads).await?;
            }
            if !step.more {
                self.heed_filter(connection, &poll).await?;
                return Ok(Some(Reached::End));
            }
        }
        Ok(Some(Reached::More))
    }

    /// Whether a first import only wants its next contacts: it does so every few seconds, and each batch of writes looks
    /// for itself.
    async fn import_was_looked_at(&self, connection: &Connection, poll: &Poll) -> Result<bool, Failure> {
        let cursor = poll.cursor().await.map_err(|error| Failure::new(error.disposition(), error))?;
        let Some(started) = cursor.started_at.filter(|_| cursor.first_read_done() && cursor.walk.is_none())
        else {
            return Ok(false);
        };
        let cursors = Cursors::new(self.engines.table.clone(), &connection.id, Side::Ghl, Kind::Contact);
        let importing = Walk::is_importing(&cursors, connection.mapping_revision).await?;
        Ok(importing && self.engines.clock.now().duration_since(started) < REST_MIN)
    }

    /// Where the poll has found that the modified filter is ignored, the connection's settings say so from then on.
    async fn heed_filter(&self, connection: &Connection, poll: &Poll) -> Result<(), Failure> {
        let cursor = poll.cursor().await.map_err(|error| Failure::new(error.disposition(), error))?;
        if connection.helloleads.poll.mode == PollMode::Modified && cursor.filter_untrue_since.is_some() {
            let distrust = |row: &mut Connection| row.helloleads.poll.mode = PollMode::NewestFirst;
            self.engines.connections().change(&connection.id, distrust).await.map_err(store)?;
        }
        Ok(())
    }

    /// Walks over GHL's changes.
    async fn walk(&self, connection: &Connection, import: &Import, until: Until) -> Result<Reached, Failure> {
        let table = self.engines.table.clone();
        let cursors = Cursors::new(table, &connection.id, Side::Ghl, Kind::Contact);
        let mapping = connection.mapping_revision;
        let class = match Walk::is_importing(&cursors, mapping).await? {
            true => Class::Import,
            false => Class::Live,
        };
        let client = self.engines.for_class(class).ghl_client(connection);
        let walk = Walk { client: &client, cursors, queues: &self.engines.queues, mapping };
        for _ in 0..PAGES_MAX {
            let importing = Walk::is_importing(&walk.cursors, mapping).await?;
            if importing && (import.paused || self.import_is_full(connection, CONTACTS_MAX).await?) {
                return Ok(Reached::Full);
            }
            if until.has_come(&self.engines.clock) {
                return Ok(Reached::More);
            }
            if importing && import.measured_from.is_none() {
                self.measure_from_here(connection, Measure::Contacts).await?;
            }
            let step = walk.step(self.engines.clock.now()).await?;
            if importing {
                self.count_announced(connection, Side::Ghl, step.hints).await?;
            }
            if !step.more {
                return Ok(Reached::End);
            }
        }
        Ok(Reached::More)
    }

    /// Renews tokens at half their life, so that the sync path never waits for it. Trouble that passes waits for the
    /// next look.
    async fn keep_tokens_fresh(&self, connection: &Connection) -> Result<(), Failure> {
        let keeper = self.engines.keeper(connection);
        match keeper.renew_if_half_spent().await {
            Ok(true) => tracing::info!(connection = %connection.id, "the GHL tokens were renewed"),
            Ok(false) => {}
            Err(error @ (TokenError::Refused { .. } | TokenError::Missing)) => {
                return Err(Failure::new(error.disposition(), error));
            }
            Err(error) => {
                let error = shared::lane::edge::chain(&error);
                tracing::warn!(connection = %connection.id, error, "the GHL tokens could not be renewed yet");
            }
        }
        Ok(())
    }
}
