//! Tells the event bus what became of the connections.
//!
//! Each schedule compares every connection with what the bus was last told of it. So what changes a connection need not
//! know of the bus, nothing waits for it, and what could not be told is told by the next schedule. What a connection was
//! for less than a schedule may not be told.

use shared::bus::News;
use shared::connection::Connection;
use shared::lane::edge::chain;
use shared::metrics::{self, Metric};
use shared::store::error::Error;
use shared::store::imports::Imports;
use shared::store::told::{Told, ToldOf};
use shared::sync::progress::Progress;

use crate::errands::Errands;

type BoxError = Box<dyn std::error::Error + Send + Sync>;

impl Errands {
    /// Never fails: the work is more important than word of it.
    pub(crate) async fn tell(&self, connections: &[Connection]) {
        for connection in connections {
            if let Err(error) = self.tell_of(connection).await {
                metrics::count(Metric::BusFailures, connection.id.as_str());
                tracing::warn!(connection = %connection.id, error = chain(error.as_ref()), "the bus could not be told");
            }
        }
    }

    async fn tell_of(&self, connection: &Connection) -> Result<(), BoxError> {
        let row = ToldOf::new(self.engines.table.clone(), &connection.id);
        let told = row.get().await?;
        let imported = told.imported || self.is_imported(connection).await?;
        let now = Told { state: Some(connection.state), imported };
        if now == told {
            return Ok(());
        }
        let news = news(told, now);
        // The bus can take what it says it did not: whatever the connection is by then is told anew.
        row.put(Told { state: None, ..told }).await?;
        self.bus.put(&connection.id, &news, self.engines.clock.now()).await?;
        row.put(now).await?;
        let names: Vec<&str> = news.iter().map(|one| one.name()).collect();
        tracing::info!(connection = %connection.id, news = ?names, "the bus was told");
        Ok(())
    }

    async fn is_imported(&self, connection: &Connection) -> Result<bool, Error> {
        if !connection.state.is_live() {
            return Ok(false);
        }
        let table = &self.engines.table;
        if !Progress::read(table, &connection.id).await?.ghl.first_walk_done {
            return Ok(false);
        }
        let import = Imports::new(table.clone(), &connection.id).get().await?;
        Ok(import.is_at_rest(self.engines.clock.now()))
    }
}

fn news(told: Told, now: Told) -> Vec<News> {
    let state = now.state.filter(|_| now.state != told.state).and_then(News::of_state);
    let import = (now.imported && !told.imported).then_some(News::FirstImportFinished);
    state.into_iter().chain(import).collect()
}
