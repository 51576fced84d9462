//! The one path that every change takes: gather, plan, apply.

use futures_util::FutureExt;
use futures_util::future::BoxFuture;

use super::engine::Engine;
use super::error::Error;
use super::gather::Gathered;
use super::matching::Match;
use super::outcome::Outcome;
use super::plan::{Found, Plan, plan};
use super::wish::Restored;
use crate::disposition::{Disposition, Reason};
use crate::model::side::Side;
use crate::queue::Hint;
use crate::store::conflicts::Conflict;
use crate::store::links::Known;
use crate::store::parked::Parked;

/// How often a record that moves under our hands is looked at again at once.
const LOOKS_MAX: usize = 3;

impl Engine {
    /// Syncs the record that the hint names. A record that cannot be synced is parked, and that is an outcome.
    ///
    /// # Errors
    /// What is true of the connection rather than the record: see [`Error::disposition`].
    pub fn sync_one<'a>(&'a self, hint: &'a Hint) -> BoxFuture<'a, Result<Outcome, Error>> {
        // A record can bring its contact, which is synced by this very path.
        self.sync_with_contact(hint).boxed()
    }

    async fn sync_with_contact(&self, hint: &Hint) -> Result<Outcome, Error> {
        match self.sync_here(hint, false).await {
            Err(Error::ContactFirst { side, contact }) => {
                if self.bring_contact(hint, side, &contact).await? {
                    self.sync_here(hint, true).await
                } else {
                    self.parked.remove(self.identity_of(hint)).await?;
                    Ok(Outcome::Apart)
                }
            }
            other => other,
        }
    }

    /// `brought`: its contact was synced just now; a record whose contact is still not linked waits for it.
    async fn sync_here(&self, hint: &Hint, brought: bool) -> Result<Outcome, Error> {
        for _ in 1..LOOKS_MAX {
            match self.look(hint, brought).await {
                Err(Error::Moved) => {}
                other => return other,
            }
        }
        self.look(hint, brought).await
    }

    async fn look(&self, hint: &Hint, brought: bool) -> Result<Outcome, Error> {
        match self.gather_and_apply(hint).await {
            Err(Error::ContactFirst { side, contact }) if !brought => {
                Err(Error::ContactFirst { side, contact })
            }
            Err(error) => match error.disposition() {
                Disposition::Park(reason) => {
                    let error = crate::lane::edge::chain(&error);
                    tracing::warn!(connection = %hint.connection, id = %hint.id, error, "a record is parked");
                    self.park(hint, reason).await
                }
                Disposition::Retry { .. } | Disposition::Wait { .. } | Disposition::Stop(_) => Err(error),
            },
            done => done,
        }
    }

    async fn gather_and_apply(&self, hint: &Hint) -> Result<Outcome, Error> {
        match self.gather(hint).await? {
            Gathered::Echo => Ok(Outcome::Echo),
            Gathered::Apart => Ok(Outcome::Apart),
            Gathered::Awaited(reason) => self.park(hint, reason).await,
            Gathered::Found { found: Found::Unlinked { side, here: None, .. }, intent: None } => {
                self.let_go(side, &hint.id).await?;
                Ok(Outcome::Apart)
            }
            Gathered::Found { found, intent } => {
                if let (
                    Some(_),
                    Found::Unlinked { side, here: Some(here), across: Match::One(made), buried: None },
                ) = (&intent, &found)
                    && self.contacts.is_some()
                {
                    return self.adopt(*side, here.clone(), made.clone()).await;
                }
                let found = match self.as_chosen(found, hint).await? {
                    Ok(found) => found,
                    Err(reason) => return self.park(hint, reason).await,
                };
                let wished = self.wished_back(hint).await?;
                let plan = match self.plan_freshly(found, hint, wished.as_ref()).await? {
                    Ok(plan) => plan,
                    Err(reason) => return self.park(hint, reason).await,
                };
                let outcome = self.apply(hint, plan, intent).await?;
                if let Some(conflict) = wished.filter(|_| !matches!(outcome, Outcome::Parked(_))) {
                    self.journal.restored(&conflict, self.clock.now()).await?;
                }
                Ok(outcome)
            }
        }
    }

    fn plan_of(&self, found: &Found, wished: Option<&Conflict>) -> Plan {
        let plan = plan(found, self.rules());
        match wished {
            Some(conflict) => plan.restoring(&Restored::from(conflict), self.can()),
            None => plan,
        }
    }

    /// Plans; where the plan writes to a side that is seen only by reading it now and then, reads it and plans again,
    /// so that the write merges with what stands there now.
    async fn plan_freshly(
        &self,
        found: Found,
        hint: &Hint,
        wished: Option<&Conflict>,
    ) -> Result<Result<Plan, Reason>, Error> {
        let first = self.plan_of(&found, wished);
        let stale = Side::BOTH
            .into_iter()
            .find(|side| !self.can().of(*side).answers_writes && first.writes_to(*side));
        let Some(stale) = stale else { return Ok(Ok(first)) };
        if !self.port(stale).refresh().await? {
            return Ok(Ok(first));
        }
        let found = self.look_again(stale, found).await?;
        Ok(self.as_chosen(found, hint).await?.map(|found| self.plan_of(&found, wished)))
    }

    /// The same find with one side read again.
    async fn look_again(&self, side: Side, found: Found) -> Result<Found, Error> {
        Ok(match found {
            Found::Linked { link, mut now, successor } => {
                *now.of_mut(side) = self.port(side).observe(link.ids.of(side)).await?;
                Found::Linked { link, now, successor }
            }
            Found::Unlinked { side: from, here: Some(here), .. } if from != side => {
                let (across, buried) = self.across(from, &here).await?;
                Found::Unlinked { side: from, here: Some(here), across, buried }
            }
            Found::Unlinked { side: from, here: Some(here), across, buried } => {
                let here = self.port(side).observe(&here.id).await?;
                Found::Unlinked { side: from, here, across, buried }
            }
            gone @ Found::Unlinked { here: None, .. } => gone,
        })
    }

    /// Puts the record on the parked list, with its reason. A link notes that it stands there, so that the next
    /// success takes it off again.
    pub async fn park(&self, hint: &Hint, reason: Reason) -> Result<Outcome, Error> {
        let Hint { kind, side, id, .. } = hint.clone();
        if let Known::Linked(mut link) = self.links.known(self.identity_of(hint)).await?
            && !link.parked
        {
            link.parked = true;
            self.links.save(&mut link).await?;
        }
        let parked = Parked { kind, side, id, reason: reason.clone(), at: self.clock.now() };
        self.parked.put(&parked).await?;
        if reason == Reason::AwaitingRelay && self.is_settled(hint).await? {
            self.parked.remove(self.identity_of(hint)).await?;
        }
        Ok(Outcome::Parked(reason))
    }

    /// Whether another lane has linked meanwhile what the record awaited: nobody would take it off the list any more.
    async fn is_settled(&self, hint: &Hint) -> Result<bool, Error> {
        Ok(match self.links.known(self.identity_of(hint)).await? {
            Known::Linked(link) => link.intent.is_none() || *link.ids.of(hint.side) != hint.id,
            Known::Nothing | Known::Intent(_) | Known::Ignored => false,
        })
    }
}
