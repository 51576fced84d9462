//! Looks at what belongs to contacts: HelloLeads' comments and to-dos, GHL's tasks and appointments. GHL lists notes by
//! contact only: they come with their webhooks and with their contacts.

use jiff::Timestamp;
use shared::connection::Connection;
use shared::connection::helloleads::Profile;
use shared::ghl::related_walk::RelatedWalk;
use shared::helloleads::related_poll::Feed;
use shared::lane::work::Failure;
use shared::model::ids::ConnectionId;
use shared::model::side::Kind;

use crate::errands::Errands;

impl Errands {
    pub(crate) async fn look_at_related(&self, connection: &Connection) -> Result<(), Failure> {
        self.poll_related(connection).await?;
        let client = self.engines.ghl_client(connection);
        let walk = self.related_walk(connection, &client).await?;
        if connection.kinds.contains(&Kind::Task) {
            walk.tasks().await?;
        }
        if connection.kinds.contains(&Kind::Appointment) {
            walk.appointments(self.engines.clock.now()).await?;
        }
        Ok(())
    }

    /// Finds the tasks that are new in GHL: a webhook told of one, and not whose it is.
    pub(crate) async fn look_for_tasks(
        &self,
        id: &ConnectionId,
        asked_at: Option<Timestamp>,
    ) -> Result<(), Failure> {
        let connection = self.engines.connections().get(id).await;
        let connection = connection.map_err(|error| Failure::new(error.disposition(), error))?;
        let wanted =
            |connection: &Connection| connection.state.is_live() && connection.kinds.contains(&Kind::Task);
        let Some(connection) = connection.filter(wanted) else { return Ok(()) };
        let client = self.engines.ghl_client(&connection);
        self.related_walk(&connection, &client).await?.open_tasks(asked_at, self.engines.clock.now()).await
    }

    async fn related_walk<'a>(
        &'a self,
        connection: &'a Connection,
        client: &'a shared::ghl::client::GhlClient,
    ) -> Result<RelatedWalk<'a>, Failure> {
        Ok(RelatedWalk {
            client,
            key: self.engines.fingerprint_key().await?,
            table: self.engines.table.clone(),
            queues: &self.engines.queues,
            connection: &connection.id,
        })
    }

    async fn poll_related(&self, connection: &Connection) -> Result<(), Failure> {
        let settings = &connection.helloleads;
        if settings.profile == Profile::Relay {
            return Ok(());
        }
        let wants = |kind| connection.kinds.contains(&kind);
        let comments = settings.read_comments && wants(Kind::Note);
        let to_dos = settings.profile == Profile::V1 && (wants(Kind::Task) || wants(Kind::Appointment));
        let feeds = [(comments, Feed::Comments), (to_dos, Feed::ToDos)];
        let poll = self.engines.poll(connection).await?;
        let related = self.engines.related_poll(connection, poll.client).await?;
        for (_, feed) in feeds.into_iter().filter(|(wanted, _)| *wanted) {
            related.look(feed).await.map_err(|error| Failure::new(error.disposition(), error))?;
        }
        Ok(())
    }
}
