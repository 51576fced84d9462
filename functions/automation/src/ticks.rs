//! What time brings about: an appointment that is soon, a task that is overdue.
//!
//! The table's stream tells of each link; where one has a moment that is waited for, a row says when to look. The
//! schedule reads the rows whose time has come, looks at their links, and tells the bus. A row whose record was moved,
//! done, cancelled or deleted meanwhile tells nothing: it was about what is not so any more.

use jiff::{SignedDuration, Timestamp};
use shared::changes::{Detail, due_of, ids_of};
use shared::connection::Connection;
use shared::lane::edge::chain;
use shared::lane::work::Failure;
use shared::metrics::{self, Metric};
use shared::model::ids::id_of;
use shared::model::side::Kind;
use shared::store::dues::{Due, Dues};
use shared::store::links::{Link, Links};

use crate::automation::{Automation, store};

/// The most moments of one connection and kind that one schedule looks at; the next one goes on.
const MOMENTS_MAX: usize = 200;

/// What is overdue for so long when it is first known of is no news: an old task of a first import.
const LATE: SignedDuration = SignedDuration::from_mins(15);

impl Automation {
    /// The schedule: tells what has come, connection by connection. One that fails keeps no other waiting.
    pub(crate) async fn tell_moments(&self) -> Result<usize, Failure> {
        let connections = self.engines.connections().all().await.map_err(store)?;
        let mut told = 0;
        for connection in connections.iter().filter(|connection| connection.state.is_live()) {
            match self.tell_moments_of(connection).await {
                Ok(some) => told += some,
                Err(failure) => {
                    metrics::count(Metric::BusFailures, connection.id.as_str());
                    let error = chain(failure.error.as_ref());
                    tracing::warn!(connection = %connection.id, error, "moments could not be told; the next schedule does");
                }
            }
        }
        Ok(told)
    }

    async fn tell_moments_of(&self, connection: &Connection) -> Result<usize, Failure> {
        let now = self.engines.clock.now();
        let soon = now + SignedDuration::from_mins(connection.soon_minutes.into());
        let dues = Dues::new(self.engines.table.clone(), &connection.id);
        let mut told = 0;
        for (kind, until) in [(Kind::Appointment, soon), (Kind::Task, now)] {
            let come = dues.until(kind, until, MOMENTS_MAX).await.map_err(store)?;
            let ids: Vec<_> = come.iter().map(|due| due.link.clone()).collect();
            let links = Links::new(self.engines.table.clone(), connection.id.clone());
            let links = links.many(&ids).await.map_err(store)?;
            for due in &come {
                if let Some(link) = links.get(&due.link).filter(|link| is_so(link, due, now)) {
                    self.tell_moment(link, due, now).await?;
                    told += 1;
                }
                dues.remove(due).await.map_err(store)?;
            }
        }
        Ok(told)
    }

    /// The same moment has the same `change`, should it be told twice.
    async fn tell_moment(&self, link: &Link, due: &Due, now: Timestamp) -> Result<(), Failure> {
        let name = if due.kind == Kind::Appointment { "AppointmentSoon" } else { "TaskOverdue" };
        let whole = format!("{}/{}/{}", due.kind.as_str(), due.link, due.at);
        let change = id_of(&whole);
        let detail = ids_of(link, Detail::new(link.connection.clone(), now, change));
        let told = self.bus.tell(name, &detail).await;
        told.map_err(|error| Failure::new(error.disposition(), error))
    }

    /// Notes when to look at a link that was saved with another moment than before.
    pub(crate) async fn note_moment(&self, before: Option<&Link>, after: &Link) -> Result<(), Failure> {
        let now = self.engines.clock.now();
        let Some(due) = due_of(after).filter(|due| due.at > now - LATE) else { return Ok(()) };
        if before.and_then(due_of).as_ref() == Some(&due) {
            return Ok(());
        }
        Dues::new(self.engines.table.clone(), &after.connection).put(&due).await.map_err(store)
    }
}

/// Whether the moment is still one of the link's, and for an appointment, whether it still lies ahead.
fn is_so(link: &Link, due: &Due, now: Timestamp) -> bool {
    due_of(link).as_ref() == Some(due) && (due.kind == Kind::Task || due.at > now)
}
