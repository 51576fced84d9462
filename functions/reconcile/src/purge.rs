//! Removes what is held about a connection that was uninstalled long ago.

use shared::lane::until::Until;
use shared::lane::work::Failure;
use shared::model::ids::ConnectionId;
use shared::model::side::{Kind, Side};
use shared::store::forgetting::Forgetting;
use shared::store::roster::Roster;
use shared::vault::connection_secrets::Holder;

use crate::errands::{Errands, store};

impl Errands {
    /// The links first, the connection's own rows last: whoever dies in between begins anew, and what is left when
    /// the time is over is the next schedule's.
    pub(crate) async fn purge(&self, id: &ConnectionId, until: Until) -> Result<(), Failure> {
        let connections = self.engines.connections();
        let connection = connections.get(id).await.map_err(store)?;
        if !connection.is_some_and(|connection| connection.is_over(self.engines.clock.now())) {
            return Ok(());
        }
        let forgetting = Forgetting::new(self.engines.table.clone(), id.clone());
        for kind in [Kind::Contact].into_iter().chain(Kind::OF_A_CONTACT) {
            let roster = Roster::new(self.engines.table.clone(), id.clone(), kind);
            loop {
                let lines = roster.page(None).await.map_err(store)?;
                for line in &lines {
                    if until.has_come(&self.engines.clock) {
                        return Ok(());
                    }
                    match kind {
                        Kind::Contact => forgetting.contact(Side::Ghl, &line.ids.ghl).await,
                        _ => forgetting.related_record(kind, line).await,
                    }
                    .map_err(store)?;
                }
                if lines.is_empty() {
                    break;
                }
            }
        }
        let deleted = self.engines.secrets.delete(&Holder::Connection(id.clone())).await;
        deleted.map_err(|error| Failure::new(error.disposition(), error))?;
        forgetting.connection().await.map_err(store)?;
        tracing::info!(connection = %id, "a connection that was uninstalled long ago is forgotten");
        Ok(())
    }
}
