//! The first import: what it will take is said before it begins, it can be paused, and it keeps few contacts in the
//! queue.

use jiff::SignedDuration;
use shared::connection::Connection;
use shared::disposition::Reason;
use shared::lane::until::Until;
use shared::lane::work::Failure;
use shared::model::ids::ConnectionId;
use shared::model::side::{Kind, Side};
use shared::store::cursors::Cursors;
use shared::store::imports::{Base, Import, Imports};
use shared::store::ledgers::Ledgers;
use shared::sync::forecast::Forecast;
use shared::sync::progress::Progress;

use crate::errands::{Errands, store};

/// An import that takes longer than this waits for a person's word.
const LONG: SignedDuration = SignedDuration::from_hours(24);

/// A budget that is larger than this many calls an hour is not what an import waits for.
const SMALL_BUDGET: u32 = 1_000;

impl Errands {
    pub(crate) fn imports(&self, id: &ConnectionId) -> Imports {
        Imports::new(self.engines.table.clone(), id)
    }

    /// The import; before anything of it is done, finds out how large it is. One that will take longer than a day
    /// begins when a person says so: there may be a quicker way.
    pub(crate) async fn import_before_its_begin(&self, connection: &Connection) -> Result<Import, Failure> {
        let imports = self.imports(&connection.id);
        let import = imports.get().await.map_err(store)?;
        if import.expected.is_some() {
            return Ok(import);
        }
        let progress = Progress::read(&self.engines.table, &connection.id).await.map_err(store)?;
        if progress != Progress::default() {
            return Ok(import);
        }
        let client = self.engines.ghl_client(connection).await?;
        let counted = client.count_contacts().await;
        let contacts = counted.map_err(|error| Failure::new(error.disposition(), error))?;
        let import = Import { expected: Some(contacts), ..import };
        let (table, now) = (&self.engines.table, self.engines.clock.now());
        let forecast = Forecast::read(table, connection, &progress, import, now).await.map_err(store)?;
        let paused = forecast.is_some_and(|forecast| forecast.left > LONG);
        if paused {
            tracing::info!(connection = %connection.id, contacts, "the first import takes long, and waits for a person");
        }
        imports.expect(contacts, paused).await.map_err(store)?;
        Ok(Import { paused, ..import })
    }

    /// What is in the queue waits in the table from now on.
    pub(crate) async fn pause_import(&self, id: &ConnectionId) -> Result<(), Failure> {
        self.imports(id).pause(true).await.map_err(store)
    }

    pub(crate) async fn resume_import(&self, id: &ConnectionId, until: Until) -> Result<(), Failure> {
        self.imports(id).pause(false).await.map_err(store)?;
        self.send_waiting(id, |parked| parked.reason == Reason::ImportPaused).await?;
        self.look(id, None, until).await
    }

    /// Whether as many contacts of the first import wait in the queue as shall: then it goes on once they are done.
    pub(crate) async fn import_is_full(&self, connection: &Connection, most: u64) -> Result<bool, Failure> {
        let import = self.imports(&connection.id).get().await.map_err(store)?;
        Ok(import.is_full(most, self.engines.clock.now()))
    }

    pub(crate) async fn count_announced(
        &self,
        connection: &Connection,
        side: Side,
        contacts: usize,
    ) -> Result<(), Failure> {
        let counted = self.imports(&connection.id).announced(side, contacts, self.engines.clock.now()).await;
        counted.map(|_| ()).map_err(store)
    }

    /// Whether HelloLeads' leads have not all been read once.
    pub(crate) async fn is_reading_first(&self, connection: &Connection) -> Result<bool, Failure> {
        let table = self.engines.table.clone();
        let cursors = Cursors::new(table, &connection.id, Side::HelloLeads, Kind::Contact);
        let cursor: shared::helloleads::poll::PollCursor = cursors.get().await.map_err(store)?.cursor;
        Ok(!cursor.first_read_done())
    }

    /// Whether a first import needs all the calls there are.
    pub(crate) async fn spares_calls(
        &self,
        connection: &Connection,
        import: &Import,
    ) -> Result<bool, Failure> {
        if import.paused || connection.helloleads.calls_per_hour > SMALL_BUDGET {
            return Ok(false);
        }
        let progress = Progress::read(&self.engines.table, &connection.id).await.map_err(store)?;
        Ok(progress.helloleads.first_read_done() && !progress.ghl.first_walk_done)
    }

    /// From here on, what a contact costs is measured.
    pub(crate) async fn measure_from_here(&self, connection: &Connection) -> Result<(), Failure> {
        let imports = self.imports(&connection.id);
        let done = imports.get().await.map_err(store)?.done();
        let calls = async |side| {
            let ledger = Ledgers::new(self.engines.table.clone(), &connection.id, side).get().await;
            ledger.map(|ledger| ledger.ever()).map_err(store)
        };
        let base = Base { helloleads: calls(Side::HelloLeads).await?, ghl: calls(Side::Ghl).await?, done };
        imports.measure_from(base).await.map_err(store)
    }
}
