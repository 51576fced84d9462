//! What each errand comes to.

use async_trait::async_trait;
use futures_util::FutureExt;
use futures_util::future::BoxFuture;
use jiff::SignedDuration;
use shared::action::asked::{Job, JobKind};
use shared::budget::ledger::Class;
use shared::bus::Bus;
use shared::disposition::{Disposition, Reason};
use shared::errand::{Errand, What, random_delivery};
use shared::lane::until::Until;
use shared::lane::work::{Failure, Work};
use shared::model::act::Act;
use shared::model::ids::{CompanyId, ConnectionId, RecordId};
use shared::model::side::{Kind, Side};
use shared::queue::{Hint, Outbox};
use shared::store::action_runs::ActionRuns;
use shared::store::brakes::Brakes;
use shared::store::forgetting::Forgetting;
use shared::store::identity::Identity;
use shared::store::links::{Known, Links};
use shared::store::parked::{Parked, ParkedList};
use shared::sync::engines::Engines;

/// How long an INSTALL webhook waits for the agency's tokens, which it can overtake.
const COMPANY_WAIT: SignedDuration = SignedDuration::from_secs(30);

pub struct Errands {
    pub engines: Engines,
    pub queue: Outbox,
    pub bus: Bus,
    /// The lanes of what automations ask for.
    pub jobs: Outbox,
}

/// The errands, with the time there is for them.
pub struct Run<'a> {
    pub errands: &'a Errands,
    pub until: Until,
}

#[async_trait]
impl Work for Run<'_> {
    type Message = Errand;
    type Session = ();

    async fn open(&self, _messages: &[&Errand]) -> Result<(), Failure> {
        Ok(())
    }

    async fn carry_out(&self, _session: &(), errand: &Errand) -> Result<(), Failure> {
        self.errands.carry_out(errand, self.until).await
    }

    async fn close(&self, _session: (), _first: &Errand) {}

    /// Looks, sweeps and purges are asked for again by the next schedule, and what a person asked for by that person. What
    /// GHL told once, an install or an uninstall, is told by nobody again: it stands in the dead letters, as all do.
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
    /// What is to be done. Boxed here, where the frame is gone before it is begun: together they would be too large for a
    /// thread's stack.
    fn carry_out<'a>(&'a self, errand: &'a Errand, until: Until) -> BoxFuture<'a, Result<(), Failure>> {
        match &errand.what {
            What::Look { connection, asked_at } => self.look(connection, Some(*asked_at), until).boxed(),
            What::GoOn { connection } => self.look(connection, None, until).boxed(),
            What::LookForTasks { connection, asked_at } => self.look_for_tasks(connection, *asked_at).boxed(),
            What::Resume { connection } => self.resume(connection, until).boxed(),
            What::MappingChanged { connection } => self.remap(connection, until).boxed(),
            What::Preview { connection, anew } => self.preview(connection, *anew, until).boxed(),
            What::Sweep { connection } => self.sweep(connection, until).boxed(),
            What::Verify { connection, repair } => self.verify(connection, *repair, until).boxed(),
            What::Release { connection, kind, act } => self.release(connection, *kind, *act).boxed(),
            What::PauseImport { connection } => self.pause_import(connection).boxed(),
            What::ResumeImport { connection } => self.resume_import(connection, until).boxed(),
            What::Sync { connection, kind, side, id, wish } => {
                let plain =
                    Hint::plain(connection.clone(), *kind, *side, id.clone(), errand.delivery.clone());
                self.sync_again(Hint { wish: wish.clone(), ..plain }).boxed()
            }
            What::Forget { connection, side, contact } => self.forget(connection, *side, contact).boxed(),
            What::Purge { connection } => self.purge(connection, until).boxed(),
            What::Install { location, company } => self.install(location, company.as_ref()).boxed(),
            What::UninstallLocation { location } => self.engines.uninstall_location(location).boxed(),
            What::UninstallCompany { company } => self.engines.uninstall_company(company).boxed(),
        }
    }

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
    async fn resume(&self, connection: &ConnectionId, until: Until) -> Result<(), Failure> {
        self.send_waiting(connection, |parked| parked.reason == Reason::ConnectionStopped).await?;
        self.wake_actions(connection).await?;
        self.look(connection, None, until).await
    }

    /// Actions that were asked for while the connection stood still.
    async fn wake_actions(&self, connection: &ConnectionId) -> Result<(), Failure> {
        let runs = ActionRuns::new(self.engines.table.clone(), connection);
        let waiting = runs.waiting().await.map_err(store)?.into_iter();
        let jobs: Vec<Job> = waiting
            .map(|id| Job {
                connection: connection.clone(),
                id,
                delivery: random_delivery("resume"),
                kind: JobKind::Act,
            })
            .collect();
        let sent = self.jobs.send(&jobs).await;
        sent.map_err(|error| Failure::new(error.disposition(), error))
    }

    /// The leads that the filter left out are tried again; GHL's contacts all are, by the walk that begins anew.
    async fn remap(&self, connection: &ConnectionId, until: Until) -> Result<(), Failure> {
        let was_left_out = |parked: &Parked| parked.side == Side::HelloLeads && parked.reason.is_excluded();
        self.send_waiting(connection, was_left_out).await?;
        self.look(connection, None, until).await
    }

    /// A person has looked at what the brake stopped: for a day it stays off, and what it stopped goes on.
    async fn release(&self, id: &ConnectionId, kind: Kind, act: Act) -> Result<(), Failure> {
        let (now, brakes) = (self.engines.clock.now(), Brakes::new(self.engines.table.clone(), id.clone()));
        brakes.change(kind, act, |count| count.release(now)).await.map_err(store)?;
        self.send_waiting(id, |parked| match parked.reason {
            Reason::Braked { act: stopped, .. } => stopped == act && parked.kind == kind,
            _ => false,
        })
        .await?;
        match (kind, act) {
            (Kind::Contact, Act::Delete) => self.take_up_gone(id).await,
            _ => Ok(()),
        }
    }

    /// Forgets all that is held about a contact: for requests of people who want nothing to be known of them.
    async fn forget(&self, id: &ConnectionId, side: Side, contact: &RecordId) -> Result<(), Failure> {
        Forgetting::new(self.engines.table.clone(), id.clone())
            .contact(side, contact)
            .await
            .map_err(store)?;
        tracing::info!(connection = %id, %side, %contact, "a contact is forgotten");
        Ok(())
    }

    /// Sends a hint that a person asked for. A record that is not linked leaves the list until it is parked again; what
    /// is said of a link stays until its next sync finds that it no longer holds.
    async fn sync_again(&self, hint: Hint) -> Result<(), Failure> {
        let Hint { connection, kind, side, id, .. } = hint.clone();
        let (table, record) = (self.engines.table.clone(), Identity { kind, side, id: &id });
        let links = Links::new(table.clone(), connection.clone());
        links.resend(record).await.map_err(store)?;
        let sent = self.engines.queues.send(&[hint]).await;
        sent.map_err(|error| Failure::new(error.disposition(), error))?;
        match links.known(record).await.map_err(store)? {
            Known::Linked(_) => Ok(()),
            _ => ParkedList::new(table, connection).remove(record).await.map_err(store),
        }
    }

    /// Sends an errand of our own.
    pub(crate) async fn ask(&self, what: What, name: &str) -> Result<(), Failure> {
        let sent = self.queue.send(&[Errand { delivery: random_delivery(name), what }]).await;
        sent.map_err(|error| Failure::new(error.disposition(), error))
    }

    /// Sends the hints of parked records whose reason is over.
    pub(crate) async fn send_waiting(
        &self,
        connection: &ConnectionId,
        is_over: impl Fn(&Parked) -> bool + Send,
    ) -> Result<(), Failure> {
        let list = ParkedList::new(self.engines.table.clone(), connection.clone());
        let waiting = list.all().await.map_err(store)?;
        for parked in waiting.into_iter().filter(|parked| is_over(parked)) {
            let (id, delivery) = (parked.id.clone(), random_delivery("resume"));
            let plain = Hint::plain(connection.clone(), parked.kind, parked.side, id, delivery);
            let hint = Hint { class: class_of(&parked.reason), ..plain };
            let sent = self.engines.queues.send(&[hint]).await;
            sent.map_err(|error| Failure::new(error.disposition(), error))?;
            list.remove(Identity { kind: parked.kind, side: parked.side, id: &parked.id })
                .await
                .map_err(store)?;
        }
        Ok(())
    }
}

/// What waited is for what it was for.
fn class_of(reason: &Reason) -> Class {
    if *reason == Reason::ImportPaused { Class::Import } else { Class::Live }
}

pub(crate) fn store(error: shared::store::error::Error) -> Failure {
    Failure::new(error.disposition(), error)
}
