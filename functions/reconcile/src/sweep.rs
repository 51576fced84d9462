//! Goes through all records of both sides, once a day and whenever a person asks, for what everything else missed: what
//! was deleted without a word, what was never told of, what differs. Its calls are of the class that comes last.

use jiff::SignedDuration;
use shared::budget::ledger::Class;
use shared::connection::Connection;
use shared::connection::helloleads::Profile;
use shared::disposition::{Disposition, Reason};
use shared::errand::{What, random_delivery};
use shared::lane::until::Until;
use shared::lane::work::Failure;
use shared::model::ids::{ConnectionId, RecordId};
use shared::model::side::{Kind, Side};
use shared::queue::Hint;
use shared::store::cursors::{Cursors, Versioned};
use shared::store::differences::{Differences, KEPT_MAX};
use shared::store::identity::Identity;
use shared::store::swept::Swept;
use shared::sync::difference::{Difference, Differs};
use shared::sync::engine::Engine;
use shared::sync::engines::{Engines, Opened};
use shared::sync::progress::Progress;
use shared::sync::sweep::{Place, SweepCursor};

use crate::errands::{Errands, store};

/// The most steps that one errand takes; what is left goes on in the next.
const STEPS_MAX: usize = 50;

/// One sweep of one connection.
pub(crate) struct Sweep<'a> {
    pub(crate) errands: &'a Errands,
    /// With calls of the sweeps' class.
    pub(crate) engines: Engines,
    pub(crate) engine: Box<Engine>,
    cursors: Cursors,
}

impl Errands {
    /// Asks for a sweep where one is due. It has a lane of its own.
    pub(crate) async fn ask_for_sweep(&self, connection: &Connection) -> Result<(), Failure> {
        let cursor = SweepCursor::read(&self.engines.table, &connection.id).await.map_err(store)?;
        if !self.sweep_is_due(connection, &cursor).await? && !self.related_sweep_is_due(connection).await? {
            return Ok(());
        }
        self.ask(What::Sweep { connection: connection.id.clone() }, "sweep").await
    }

    /// Goes on with the sweeps that are due.
    pub(crate) async fn sweep(&self, id: &ConnectionId, until: Until) -> Result<(), Failure> {
        let Some(sweep) = self.sweep_of(id).await? else { return Ok(()) };
        let connection = sweep.engine.connection.clone();
        self.sweep_related(&sweep, until).await?;
        let read: Versioned<SweepCursor> = sweep.cursors.get().await.map_err(store)?;
        if read.cursor.place == Place::Done && self.sweep_is_due(&connection, &read.cursor).await? {
            let begun = read.cursor.begun(true, reads_leads(&connection), self.engines.clock.now());
            sweep.cursors.put(&read, begun).await.map_err(store)?;
            // A contact that was deleted without a word awaits no lead any more.
            self.send_waiting(id, |parked| parked.reason == Reason::AwaitingRelay).await?;
        }
        sweep.go_on(until).await
    }

    /// Begins a sweep now, whatever is under way.
    pub(crate) async fn verify(&self, id: &ConnectionId, repair: bool, until: Until) -> Result<(), Failure> {
        let Some(sweep) = self.sweep_of(id).await? else { return Ok(()) };
        let read: Versioned<SweepCursor> = sweep.cursors.get().await.map_err(store)?;
        let reads_leads = reads_leads(&sweep.engine.connection);
        let begun = read.cursor.begun(repair, reads_leads, self.engines.clock.now());
        sweep.cursors.put(&read, begun).await.map_err(store)?;
        sweep.go_on(until).await
    }

    /// What the last sweep found to be gone, and the brake kept from being acted upon, is acted upon now.
    pub(crate) async fn take_up_gone(&self, id: &ConnectionId) -> Result<(), Failure> {
        let Some(sweep) = self.sweep_of(id).await? else { return Ok(()) };
        let read: Versioned<SweepCursor> = sweep.cursors.get().await.map_err(store)?;
        let cursor = read.cursor.clone();
        if cursor.too_many_gone.is_none() || cursor.place != Place::Done {
            return Ok(());
        }
        let most = usize::try_from(KEPT_MAX).unwrap_or(usize::MAX);
        let mut found =
            Differences::new(self.engines.table.clone(), id).of(cursor.number, most).await.map_err(store)?;
        found.retain(|one| matches!(one.differs, Differs::GoneFrom { .. }));
        sweep.act_upon_gone(&found).await?;
        sweep
            .cursors
            .put(&read, SweepCursor { too_many_gone: None, ..cursor })
            .await
            .map(|_| ())
            .map_err(store)
    }

    async fn sweep_of(&self, id: &ConnectionId) -> Result<Option<Sweep<'_>>, Failure> {
        let engines = self.engines.for_class(Class::Sweep);
        let Opened::Ready(engine) = engines.open(id, Kind::Contact).await? else { return Ok(None) };
        let cursors = SweepCursor::cursors(&engines.table, id);
        Ok(Some(Sweep { errands: self, engines, engine, cursors }))
    }

    /// The first sweep comes a period after the first import is done.
    async fn sweep_is_due(&self, connection: &Connection, cursor: &SweepCursor) -> Result<bool, Failure> {
        let now = self.engines.clock.now();
        let progress = Progress::read(&self.engines.table, &connection.id).await.map_err(store)?;
        if !progress.ghl.first_walk_done {
            return Ok(false);
        }
        let imported_at = progress.ghl.first_walk_at.unwrap_or(now);
        let period = SignedDuration::from_hours(i64::from(connection.helloleads.poll.sweep_hours));
        Ok(cursor.is_due(imported_at, period, now))
    }
}

/// A relay's leads come by webhook, and are in no list.
fn reads_leads(connection: &Connection) -> bool {
    connection.helloleads.profile != Profile::Relay
}

impl Sweep<'_> {
    pub(crate) fn id(&self) -> &ConnectionId {
        &self.engine.connection.id
    }

    /// Takes steps until the sweep is done, or it is time to stop. Calls that are spent after some steps are waited for
    /// by a message of its own: a message that came too often would be given up.
    async fn go_on(&self, until: Until) -> Result<(), Failure> {
        for steps in 0..STEPS_MAX {
            let read: Versioned<SweepCursor> = self.cursors.get().await.map_err(store)?;
            if read.cursor.place == Place::Done {
                return Ok(());
            }
            if until.has_come(&self.engines.clock) {
                break;
            }
            match self.step(read).await {
                Ok(()) => {}
                Err(failure) if steps > 0 && matches!(failure.disposition, Disposition::Wait { .. }) => break,
                Err(failure) => return Err(failure),
            }
        }
        self.errands.ask(What::Sweep { connection: self.id().clone() }, "sweep").await
    }

    async fn step(&self, read: Versioned<SweepCursor>) -> Result<(), Failure> {
        let cursor = read.cursor.clone();
        let next = match cursor.place.clone() {
            Place::Done => return Ok(()),
            Place::Leads { list, page, read, second } => {
                self.read_leads(cursor, (list, page), read, second).await?
            }
            Place::Contacts { after, read } => self.read_contacts(cursor, after, read).await?,
            Place::Related { kind, after } => self.compare_related(cursor, kind, after).await?,
            Place::Compare { second } => self.compare_with_roster(cursor, second).await?,
        };
        let next = SweepCursor { stepped_at: Some(self.engines.clock.now()), ..next };
        self.cursors.put(&read, next).await.map_err(store)?;
        Ok(())
    }

    pub(crate) fn swept(&self, side: Side) -> Swept {
        Swept::new(self.engines.table.clone(), self.id(), side)
    }

    /// Whether the record stands in the parked list: then it is known why it differs.
    pub(crate) async fn is_listed(&self, kind: Kind, side: Side, id: &RecordId) -> Result<bool, Failure> {
        let listed = self.engine.parked.get(Identity { kind, side, id }).await.map_err(store)?;
        Ok(listed.is_some())
    }

    /// Keeps what was found, and announces it where it is to be mended.
    pub(crate) async fn report(&self, cursor: &mut SweepCursor, found: &[Difference]) -> Result<(), Failure> {
        let differences = Differences::new(self.engines.table.clone(), self.id());
        let now = self.engines.clock.now();
        differences.put(cursor.number, cursor.differences, found, now).await.map_err(store)?;
        cursor.differences += found.len() as u64;
        if cursor.repair {
            self.announce(found).await?;
        }
        Ok(())
    }

    pub(crate) async fn announce(&self, found: &[Difference]) -> Result<(), Failure> {
        let hints: Vec<Hint> = found
            .iter()
            .filter_map(|difference| {
                let (side, id) = difference.to_look_at()?;
                Some(self.hint(difference.kind, side, id))
            })
            .collect();
        let sent = self.engines.queues.send(&hints).await;
        sent.map_err(|error| Failure::new(error.disposition(), error))
    }

    pub(crate) fn hint(&self, kind: Kind, side: Side, id: &RecordId) -> Hint {
        let plain = Hint::plain(self.id().clone(), kind, side, id.clone(), random_delivery("sweep"));
        Hint { class: Class::Sweep, ..plain }
    }
}
