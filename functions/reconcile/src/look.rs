//! Looks at both sides of one connection for what changed, and announces it.

use jiff::{SignedDuration, Timestamp};
use shared::connection::Connection;
use shared::connection::helloleads::Profile;
use shared::disposition::{Disposition, Reason};
use shared::errand::{Errand, What, random_delivery};
use shared::ghl::walk::Walk;
use shared::helloleads::error::Error as HelloLeadsError;
use shared::lane::work::Failure;
use shared::model::ids::ConnectionId;
use shared::model::side::{Kind, Side};
use shared::store::cursors::Cursors;
use shared::store::imports::{CONTACTS_MAX, Imports, LEADS_MAX};
use shared::tokens::error::Error as TokenError;

use crate::errands::Errands;

/// The most pages that one errand reads of each side; what is left goes on in the next.
const PAGES_MAX: usize = 20;

/// Looks that webhooks ask for are joined within this time.
const REST_MIN: SignedDuration = SignedDuration::from_secs(60);

/// How far a look has come.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Reached {
    End,
    /// There is more, and nothing speaks against going on at once.
    More,
    /// There is more, once the contacts at hand are done.
    Full,
}

impl Errands {
    /// One look. With `asked_at`, it is needless where a look has begun since, and waits where one began just before.
    pub(crate) async fn look(&self, id: &ConnectionId, asked_at: Option<Timestamp>) -> Result<(), Failure> {
        let connection = self.engines.connections().get(id).await;
        let connection = connection.map_err(|error| Failure::new(error.disposition(), error))?;
        let Some(connection) = connection.filter(|connection| connection.state.is_live()) else {
            return Ok(());
        };
        match self.look_at_both(&connection, asked_at).await {
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
    ) -> Result<(), Failure> {
        // First of all: neither a spent budget nor a failing side keeps tokens from being renewed.
        self.keep_tokens_fresh(connection).await?;
        let polled = match connection.helloleads.profile {
            Profile::Key | Profile::V1 => match self.poll(connection, asked_at).await? {
                Some(reached) => reached,
                None => return Ok(()),
            },
            Profile::Relay => Reached::End,
        };
        // Matching needs every lead: GHL's contacts come after the first read.
        let reached = if polled == Reached::End { self.walk(connection).await? } else { polled };
        if reached == Reached::End && !connection.kinds.is_empty() {
            self.look_at_related(connection).await?;
        }
        if reached == Reached::More {
            let what = What::GoOn { connection: connection.id.clone() };
            let sent = self.queue.send(&[Errand { delivery: random_delivery("go-on"), what }]).await;
            sent.map_err(|error| Failure::new(error.disposition(), error))?;
        }
        Ok(())
    }

    /// Whether as many contacts of the first import wait in the queue as shall: then it goes on once they are done.
    async fn import_is_full(&self, connection: &Connection, most: u64) -> Result<bool, Failure> {
        let import = self.imports(connection).get().await;
        let import = import.map_err(|error| Failure::new(error.disposition(), error))?;
        Ok(import.is_full(most, self.engines.clock.now()))
    }

    async fn count_announced(&self, connection: &Connection, contacts: usize) -> Result<(), Failure> {
        let counted = self.imports(connection).announced(contacts, self.engines.clock.now()).await;
        counted.map(|_| ()).map_err(|error| Failure::new(error.disposition(), error))
    }

    fn imports(&self, connection: &Connection) -> Imports {
        Imports::new(self.engines.table.clone(), &connection.id)
    }

    /// Polls HelloLeads; `None` where no look is needed.
    async fn poll(
        &self,
        connection: &Connection,
        asked_at: Option<Timestamp>,
    ) -> Result<Option<Reached>, Failure> {
        let poll = self.engines.poll(connection).await?;
        let failed = |error: HelloLeadsError| Failure::new(error.disposition(), error);
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
        }
        for _ in 0..PAGES_MAX {
            let importing = !poll.cursor().await.map_err(failed)?.first_read_done();
            if importing && self.import_is_full(connection, LEADS_MAX).await? {
                return Ok(Some(Reached::Full));
            }
            let step = poll.step().await.map_err(failed)?;
            if importing {
                self.count_announced(connection, step.changed).await?;
            }
            if step.first_read_ended {
                self.send_waiting(&connection.id, |reason| *reason == Reason::FirstImport).await?;
            }
            if !step.more {
                return Ok(Some(Reached::End));
            }
        }
        Ok(Some(Reached::More))
    }

    /// Walks over GHL's changes.
    async fn walk(&self, connection: &Connection) -> Result<Reached, Failure> {
        let client = self.engines.ghl_client(connection).await?;
        let table = self.engines.table.clone();
        let walk = Walk {
            client: &client,
            cursors: Cursors::new(table, &connection.id, Side::Ghl, Kind::Contact),
            queues: &self.engines.queues,
        };
        for _ in 0..PAGES_MAX {
            let importing = walk.is_importing().await?;
            if importing && self.import_is_full(connection, CONTACTS_MAX).await? {
                return Ok(Reached::Full);
            }
            let step = walk.step().await?;
            if importing {
                self.count_announced(connection, step.hints).await?;
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
        let keeper = self.engines.keeper(connection).await?;
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
