//! Carries a plan out. The only code that writes to a CRM.

use std::collections::BTreeSet;

use super::engine::Engine;
use super::error::Error;
use super::outcome::Outcome;
use super::plan::{Plan, Writes};
use super::settle::Settled;
use super::write::Written;
use crate::disposition::Reason;
use crate::metrics::{self, Metric};
use crate::model::ids::{LinkId, RecordId};
use crate::model::record::{Field, Observed};
use crate::model::side::{PerSide, Side};
use crate::queue::Hint;
use crate::store::conflicts::Conflict;
use crate::store::history::Deed;
use crate::store::links::{Edited, Intent, Link, Mirror};

impl Engine {
    pub(super) async fn apply(
        &self,
        hint: &Hint,
        plan: Plan,
        intent: Option<Intent>,
    ) -> Result<Outcome, Error> {
        if let Some(reason) = self.braked(&plan).await? {
            return self.park(hint, reason).await;
        }
        match plan {
            Plan::Nothing => Ok(Outcome::Apart),
            Plan::Park(reason) => self.park(hint, reason).await,
            Plan::Exclude { link, reason } => self.exclude(hint, link, reason).await,
            Plan::Create { from, here } => self.create(hint, from, here, intent).await,
            Plan::Join { now, writes } => self.join(now, writes).await,
            Plan::Rejoin { link, side, now, writes } => self.rejoin(*link, side, now, writes).await,
            Plan::Merge { link, now, settled, writes } => self.merge(hint, *link, now, settled, writes).await,
            Plan::Bury { link } => {
                self.bury(*link, hint.side).await?;
                Ok(Outcome::Buried)
            }
            Plan::Delete { link, on } => {
                self.port(on).delete(link.ids.of(on)).await?;
                self.diary.note(&link.link, on, Deed::Deleted, Vec::new(), self.clock.now());
                self.bury(*link, on.other()).await?;
                Ok(Outcome::Deleted { on })
            }
            Plan::Unlink { link, on } => {
                self.port(on).mark_deleted(link.ids.of(on)).await?;
                self.diary.note(&link.link, on, Deed::Marked, Vec::new(), self.clock.now());
                self.bury(*link, on.other()).await?;
                Ok(Outcome::Unlinked { on })
            }
            Plan::Recreate { link, on, from } => self.recreate(hint, *link, on, from).await,
        }
    }

    /// Makes two records the same, then links them. A run that dies before the link is made matches them again.
    pub(super) async fn join(&self, now: PerSide<Observed>, writes: Writes) -> Result<Outcome, Error> {
        let mut link = Link::between(self.connection.id.clone(), self.kind, &now);
        let written = self.write_both(&link, &now, &writes).await?;
        self.take_over(&mut link, &now, None, &written);
        self.list_differences(&mut link, refusal(&written)).await?;
        link.related_due = self.has_related();
        if !self.links.establish(&link).await? {
            // One of the two was linked meanwhile: whoever looks again finds out to whom.
            return Err(Error::Moved);
        }
        self.announce_related(&mut link, Side::Ghl).await?;
        Ok(Outcome::Linked)
    }

    /// Lists the contact as one that the filter leaves out, and leaves it alone.
    async fn exclude(&self, hint: &Hint, link: Option<Box<Link>>, reason: Reason) -> Result<Outcome, Error> {
        let Some(before) = link else {
            self.park(hint, reason).await?;
            return Ok(Outcome::Excluded);
        };
        let mut link = *before.clone();
        self.park_link(&link, reason).await?;
        (link.excluded, link.parked, link.mapping) = (true, true, self.connection.mapping_revision);
        if link != *before {
            self.links.save(&mut link).await?;
        }
        Ok(Outcome::Excluded)
    }

    /// The same for a link that exists, whose record on `side` is another one now.
    pub(super) async fn rejoin(
        &self,
        mut link: Link,
        side: Side,
        now: PerSide<Observed>,
        writes: Writes,
    ) -> Result<Outcome, Error> {
        let written = self.write_both(&link, &now, &writes).await?;
        let was = std::mem::replace(link.ids.of_mut(side), now.of(side).id.clone());
        self.take_over(&mut link, &now, None, &written);
        link.buried = None;
        link.excluded = false;
        link.intent = None;
        // The one that takes its place may stand in the list, as one that matches a linked record.
        link.parked = true;
        self.list_differences(&mut link, refusal(&written)).await?;
        link.related_due = self.has_related();
        self.save_moved(&mut link, side, was).await?;
        self.announce_related(&mut link, Side::Ghl).await?;
        Ok(Outcome::Linked)
    }

    /// Saves a link whose record on `side` was another one before, which the parked list need not name any more.
    pub(super) async fn save_moved(&self, link: &mut Link, side: Side, was: RecordId) -> Result<(), Error> {
        self.links.save_moved(link, side, was.clone()).await?;
        self.parked.remove(self.identity(side, &was)).await?;
        self.let_go_of_waiting(side, &was).await
    }

    async fn merge(
        &self,
        hint: &Hint,
        mut link: Link,
        now: PerSide<Observed>,
        settled: PerSide<Settled>,
        writes: Writes,
    ) -> Result<Outcome, Error> {
        let before = link.clone();
        if let Some(reason) = self.count_writes(&mut link, &writes) {
            return self.park(hint, reason).await;
        }
        let written = self.write_both(&link, &now, &writes).await?;
        self.take_over(&mut link, &now, Some(&settled), &written);
        note_edits(&mut link, &settled);
        link.buried = None;
        if std::mem::take(&mut link.excluded) {
            // What belongs to it was left alone, too.
            link.related_due = self.has_related();
        }
        self.list_differences(&mut link, refusal(&written)).await?;
        if before.buried.is_some() {
            self.links.save_listed(&mut link).await?;
        } else if link != before {
            self.links.save(&mut link).await?;
        }
        if link.related_due {
            self.announce_related(&mut link, Side::Ghl).await?;
        } else if hint.side == Side::Ghl {
            self.announce_tasks(&link).await?;
        }
        let on: Vec<Side> =
            Side::BOTH.into_iter().filter(|side| written.of(*side).stored.is_some()).collect();
        Ok(if on.is_empty() { Outcome::Unchanged } else { Outcome::Updated { on } })
    }

    /// Writes both sides' changes; what a conflict overrules goes into the journal before it is overwritten.
    async fn write_both(
        &self,
        link: &Link,
        now: &PerSide<Observed>,
        writes: &Writes,
    ) -> Result<PerSide<Written>, Error> {
        self.keep_losers(&link.link, link.version, writes).await?;
        let mut written = PerSide::<Written>::default();
        for side in [Side::Ghl, Side::HelloLeads] {
            *written.of_mut(side) = self.write(side, now.of(side), writes.changes.of(side)).await?;
            if written.of(side).stored.is_some() {
                let fields = written.of(side).wrote.iter().cloned().collect();
                self.diary.note(&link.link, side, Deed::Changed, fields, self.clock.now());
            }
            written.of_mut(side).not_taken.extend(writes.not_taken.of(side).iter().cloned());
        }
        Ok(written)
    }

    async fn keep_losers(&self, link: &LinkId, link_version: u64, writes: &Writes) -> Result<(), Error> {
        for dispute in &writes.disputes {
            let (field, values, winner) = (dispute.field.clone(), dispute.values.clone(), dispute.winner);
            let at = self.clock.now();
            metrics::count(Metric::Conflicts, self.connection.id.as_str());
            self.journal
                .put(&Conflict {
                    link: link.clone(),
                    link_version,
                    field,
                    values,
                    winner,
                    at,
                    restored_at: None,
                })
                .await?;
        }
        Ok(())
    }

    /// Mirrors what each side answered, or else showed.
    fn take_over(
        &self,
        link: &mut Link,
        now: &PerSide<Observed>,
        settled: Option<&PerSide<Settled>>,
        written: &PerSide<Written>,
    ) {
        link.mapping = self.connection.mapping_revision;
        for side in Side::BOTH {
            let seen = now.of(side);
            let mut mirror = match (&written.of(side).stored, settled.map(|settled| settled.of(side))) {
                (Some(stored), _) => self.mirror_of_write(side, seen, stored, &written.of(side).wrote),
                (None, Some(Settled { now, mirror, .. })) => {
                    Mirror { record: now.clone(), pending: mirror.pending.clone(), ..Mirror::from(seen) }
                }
                (None, None) => Mirror::from(seen),
            };
            mirror.heard = seen.heard.max(link.mirrors.of(side).heard);
            *link.mirrors.of_mut(side) = mirror;
        }
        let mut differing = std::mem::take(&mut link.not_taken);
        for side in Side::BOTH {
            let ignored = settled.map(|settled| settled.of(side).ignored.iter()).into_iter().flatten();
            differing
                .extend(written.of(side).not_taken.iter().chain(ignored).map(|field| (field.clone(), side)));
        }
        let mirrors = &link.mirrors;
        let differs = |field: &Field| mirrors.helloleads.record.get(field) != mirrors.ghl.record.get(field);
        differing.retain(|field, _| differs(field));
        link.filled_in.retain(|field, _| differs(field));
        link.not_taken = differing;
    }

    /// Keeps the parked list true to what the link says of fields that a side cannot take. `refusal` is what a side
    /// itself said, if it did.
    pub(super) async fn list_differences(
        &self,
        link: &mut Link,
        refusal: Option<Reason>,
    ) -> Result<(), Error> {
        match refusal.or_else(|| differences(link)) {
            Some(reason) => {
                self.park_link(link, reason).await?;
                link.parked = true;
            }
            None if link.parked => {
                for side in Side::BOTH {
                    self.parked.remove(self.identity(side, link.ids.of(side))).await?;
                }
                link.parked = false;
            }
            None => {}
        }
        Ok(())
    }

    async fn park_link(&self, link: &Link, reason: Reason) -> Result<(), Error> {
        let (kind, id, at) = (link.kind, link.ids.ghl.clone(), self.clock.now());
        self.parked.put(&crate::store::parked::Parked { kind, side: Side::Ghl, id, reason, at }).await?;
        Ok(())
    }

    async fn bury(&self, mut link: Link, deleted: Side) -> Result<(), Error> {
        link.buried = Some(deleted);
        for side in Side::BOTH {
            self.parked.remove(self.identity(side, link.ids.of(side))).await?;
            self.let_go_of_waiting(side, link.ids.of(side)).await?;
        }
        link.parked = false;
        self.links.save_listed(&mut link).await?;
        Ok(())
    }

    /// What this side holds after a write: its answer, or, where it does not answer, what it was told.
    pub(super) fn mirror_of_write(
        &self,
        side: Side,
        before: &Observed,
        stored: &Observed,
        wrote: &BTreeSet<Field>,
    ) -> Mirror {
        let mut mirror = super::write::mirror_of_answer(before, stored, wrote);
        if !self.can().of(side).answers_writes {
            mirror.pending = Some(self.pending(side, before, wrote));
        }
        mirror
    }
}

/// Notes where somebody edited the record, with the version that is saved next. Where nobody did, nothing is to be
/// saved for that.
fn note_edits(link: &mut Link, settled: &PerSide<Settled>) {
    let is_edited = |side: &Side| settled.of(*side).now != settled.of(*side).mirror.record;
    let on: Vec<Side> = Side::BOTH.into_iter().filter(is_edited).collect();
    if !on.is_empty() {
        link.edited = Some(Edited { on, version: link.version + 1 });
    }
}

fn refusal(written: &PerSide<Written>) -> Option<Reason> {
    Side::BOTH.into_iter().find_map(|side| written.of(side).refusal.clone())
}

/// The fields that differ because one side cannot take them, as the reason why the record is listed.
fn differences(link: &Link) -> Option<Reason> {
    let side = *link.not_taken.values().next()?;
    let fields =
        link.not_taken.iter().filter(|(_, one)| **one == side).map(|(field, _)| field.clone()).collect();
    Some(Reason::NotTaken { side, fields })
}
