//! The first import: what it will take is said before it begins, it can be paused, and it keeps few contacts in the
//! queue.

use jiff::SignedDuration;
use shared::budget::ledger::Class;
use shared::connection::Connection;
use shared::disposition::Reason;
use shared::errand::random_delivery;
use shared::lane::until::Until;
use shared::lane::work::Failure;
use shared::model::ids::ConnectionId;
use shared::model::side::{Kind, Side};
use shared::queue::Hint;
use shared::store::cursors::Cursors;
use shared::store::identity::Identity;
use shared::store::imports::{Base, CONTACTS_MAX, Import, Imports, Measure};
use shared::store::ledgers::Ledgers;
use shared::store::parked::{Parked, ParkedList};
use shared::sync::forecast::Forecast;
use shared::sync::progress::Progress;

use crate::errands::{Errands, store};
use crate::look::Reached;

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
        let client = self.engines.ghl_client(connection);
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

    /// Puts the leads into the queue that waited in the table until all were read, a few at a time. Whoever dies in
    /// between puts some in twice, and that costs nothing but the look.
    pub(crate) async fn take_up_put_back(
        &self,
        connection: &Connection,
        import: &Import,
        until: Until,
    ) -> Result<Reached, Failure> {
        let imports = self.imports(&connection.id);
        let list = ParkedList::new(self.engines.table.clone(), connection.id.clone());
        loop {
            let import_now = imports.get().await.map_err(store)?;
            if import_now.put_back == 0 {
                return Ok(Reached::End);
            }
            let now = self.engines.clock.now();
            if import.paused || import_now.is_full(CONTACTS_MAX, now) {
                return Ok(Reached::Full);
            }
            if until.has_come(&self.engines.clock) {
                return Ok(Reached::More);
            }
            let room = CONTACTS_MAX.saturating_sub(import_now.under_way());
            let room = usize::try_from(room).unwrap_or_default().max(1);
            let some = list.waiting_for_first_import(room).await.map_err(store)?;
            self.send_put_back(&connection.id, &list, &some).await?;
            imports.taken_up(some.len(), some.len() < room).await.map_err(store)?;
        }
    }

    async fn send_put_back(
        &self,
        id: &ConnectionId,
        list: &ParkedList,
        some: &[Parked],
    ) -> Result<(), Failure> {
        let hint = |parked: &Parked| {
            let (record, delivery) = (parked.id.clone(), random_delivery("import"));
            let plain = Hint::plain(id.clone(), parked.kind, parked.side, record, delivery);
            let class = if parked.kind == Kind::Contact { Class::Import } else { Class::Live };
            Hint { class, ..plain }
        };
        let hints: Vec<Hint> = some.iter().map(hint).collect();
        let sent = self.engines.queues.send(&hints).await;
        sent.map_err(|error| Failure::new(error.disposition(), error))?;
        for parked in some {
            let record = Identity { kind: parked.kind, side: parked.side, id: &parked.id };
            list.remove(record).await.map_err(store)?;
        }
        Ok(())
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
    pub(crate) async fn measure_from_here(
        &self,
        connection: &Connection,
        measure: Measure,
    ) -> Result<(), Failure> {
        let imports = self.imports(&connection.id);
        let import = imports.get().await.map_err(store)?;
        let (done, made) = (import.done(), import.made_helloleads);
        let calls = async |side| {
            let ledger = Ledgers::new(self.engines.table.clone(), &connection.id, side).get().await;
            ledger.map(|ledger| ledger.ever()).map_err(store)
        };
        let base =
            Base { helloleads: calls(Side::HelloLeads).await?, ghl: calls(Side::Ghl).await?, done, made };
        imports.measure_from(measure, base).await.map_err(store)
    }
}
