//! What each errand comes to.

use async_trait::async_trait;
use jiff::SignedDuration;
use shared::disposition::{Disposition, Reason};
use shared::errand::{Errand, What, random_delivery};
use shared::lane::work::{Done, Failure, Work};
use shared::model::ids::{CompanyId, ConnectionId};
use shared::queue::{Hint, Outbox};
use shared::store::identity::Identity;
use shared::store::parked::ParkedList;
use shared::sync::engines::Engines;

/// How long an INSTALL webhook waits for the agency's tokens, which it can overtake.
const COMPANY_WAIT: SignedDuration = SignedDuration::from_secs(30);

pub struct Errands {
    pub engines: Engines,
    pub queue: Outbox,
}

#[async_trait]
impl Work for Errands {
    type Message = Errand;
    type Session = ();

    async fn open(&self, _first: &Errand) -> Result<(), Failure> {
        Ok(())
    }

    async fn carry_out(&self, _session: &(), errand: &Errand) -> Result<Done, Failure> {
        match &errand.what {
            What::Look { connection, asked_at } => self.look(connection, Some(*asked_at)).await?,
            What::GoOn { connection } => self.look(connection, None).await?,
            What::LookForTasks { connection, asked_at } => self.look_for_tasks(connection, *asked_at).await?,
            What::Resume { connection } => self.resume(connection).await?,
            What::Install { location, company } => self.install(location, company.as_ref()).await?,
            What::UninstallLocation { location } => self.engines.uninstall_location(location).await?,
            What::UninstallCompany { company } => self.engines.uninstall_company(company).await?,
        }
        Ok(Done::Fine)
    }

    /// An errand that is given up is asked for again by the next schedule, or by the person who asked.
    async fn give_up(&self, errand: &Errand, reason: &Reason) -> Result<(), Failure> {
        tracing::error!(delivery = %errand.delivery, reason = reason.code(), "an errand is given up");
        Ok(())
    }

    fn same_as(&self, _errand: &Errand) -> Option<String> {
        None
    }

    fn join(&self, _earlier: &Errand, later: &Errand) -> Errand {
        later.clone()
    }
}

impl Errands {
    /// The location's own redirect brings its tokens; an agency's locations get theirs from the agency's.
    async fn install(&self, location: &ConnectionId, company: Option<&CompanyId>) -> Result<(), Failure> {
        let known = self.engines.connections().get(location).await;
        let known = known.map_err(|error| Failure::new(error.disposition(), error))?;
        let has_tokens =
            known.is_some_and(|connection| connection.state != shared::connection::State::Uninstalled);
        let Some(company) = company.filter(|_| !has_tokens) else { return Ok(()) };
        if self.engines.install_from_company(location, company).await? {
            return Ok(());
        }
        let age = "the agency's tokens are not here yet";
        Err(Failure::new(Disposition::Retry { after: COMPANY_WAIT }, age))
    }

    /// Sends the hints again that waited for the connection, and looks for what happened meanwhile.
    async fn resume(&self, connection: &ConnectionId) -> Result<(), Failure> {
        self.send_waiting(connection, |reason| *reason == Reason::ConnectionStopped).await?;
        self.look(connection, None).await
    }

    /// Sends the hints of parked records whose reason is over.
    pub(crate) async fn send_waiting(
        &self,
        connection: &ConnectionId,
        is_over: impl Fn(&Reason) -> bool + Send,
    ) -> Result<(), Failure> {
        let list = ParkedList::new(self.engines.table.clone(), connection.clone());
        let store = |error: shared::store::error::Error| Failure::new(error.disposition(), error);
        let waiting = list.all().await.map_err(store)?;
        for parked in waiting.into_iter().filter(|parked| is_over(&parked.reason)) {
            let (id, delivery) = (parked.id.clone(), random_delivery("resume"));
            let hint = Hint::plain(connection.clone(), parked.kind, parked.side, id, delivery);
            let sent = self.engines.queues.send(&[hint]).await;
            sent.map_err(|error| Failure::new(error.disposition(), error))?;
            list.remove(Identity { kind: parked.kind, side: parked.side, id: &parked.id })
                .await
                .map_err(store)?;
        }
        Ok(())
    }
}
