//! Creates a record across: the intent first, then the create, then the link.

use std::collections::{BTreeMap, BTreeSet};

use super::engine::Engine;
use super::error::Error;
use super::gather::{awaits, hidden_for};
use super::matching::{Match, choose};
use super::outcome::Outcome;
use super::plan::{Found, Plan, pair, plan};
use super::port::Created;
use crate::connection::policy::SharedPhone;
use crate::disposition::Reason;
use crate::model::ids::RecordId;
use crate::model::record::{Field, Observed, Record};
use crate::model::side::Side;
use crate::queue::Hint;
use crate::store::history::Deed;
use crate::store::identity::Identity;
use crate::store::links::{Edited, Intent, Link, Mirror, NEVER_MERGED};

impl Engine {
    /// Creates `here`, a record of side `from`, on the other side. Whatever goes wrong after the intent is written
    /// leaves it there: the next run looks for what this one may have made before it makes it again.
    pub(super) async fn create(
        &self,
        hint: &Hint,
        from: Side,
        here: Observed,
        intent: Option<Intent>,
    ) -> Result<Outcome, Error> {
        let on = from.other();
        let identity = self.identity(from, &here.id);
        if !self.links.intend(identity, intent.as_ref(), self.clock.now()).await? {
            return Err(Error::Moved);
        }
        let record = self.creatable(on, &here.record);
        let under = self.contact_across(from, &here.id).await?.contact();
        match self.port(on).create(&record, &here.id, under.as_ref()).await? {
            Created::Made(made) => self.link_made(from, here, &record, made, None).await,
            Created::Sent => {
                let attempts = intent.as_ref().map_or(0, |intent| intent.attempts) + 1;
                self.note_sent(identity, attempts).await?;
                self.park(hint, Reason::AwaitingRelay).await?;
                Ok(Outcome::Sent)
            }
            Created::Duplicate { holder, field } => {
                self.links.withdraw(identity).await?;
                self.take_duplicate(hint, from, here, holder, field).await
            }
        }
    }

    /// Notes that the create was sent, unless somebody has changed what is known of the record meanwhile.
    async fn note_sent(&self, identity: Identity<'_>, attempts: u64) -> Result<(), Error> {
        if !self.links.mark_sent(identity, attempts, self.clock.now()).await? {
            return Err(Error::Moved);
        }
        Ok(())
    }

    /// Links what an earlier run made and did not live to link. What the side gave it of its own, such as a date that it
    /// requires, is no news. Where the two differ, one was edited since, and nobody knows which: the next look, which
    /// follows at once, settles it as a conflict.
    pub(super) async fn adopt(&self, from: Side, here: Observed, made: Observed) -> Result<Outcome, Error> {
        let asked = self.creatable(from.other(), &here.record);
        let differs = |field: &&Field| made.record.get(field) != asked.get(field);
        let differing: Vec<Field> = asked.fields().filter(differs).cloned().collect();
        let mut link = self.link_of_made(from, here, &asked, made);
        for field in &differing {
            Side::BOTH.into_iter().for_each(|side| link.mirrors.of_mut(side).record.put(field.clone(), None));
            link.not_taken.remove(field);
            link.mapping = NEVER_MERGED;
        }
        let outcome = self.establish_made(link, from, None).await?;
        if differing.is_empty() { Ok(outcome) } else { Err(Error::Moved) }
    }

    async fn link_made(
        &self,
        from: Side,
        here: Observed,
        asked: &Record,
        made: Observed,
        refusal: Option<Reason>,
    ) -> Result<Outcome, Error> {
        self.establish_made(self.link_of_made(from, here, asked, made), from, refusal).await
    }

    fn link_of_made(&self, from: Side, here: Observed, asked: &Record, made: Observed) -> Link {
        let on = from.other();
        let wrote = made.record.fields().cloned().collect();
        let created = self.mirror_of_create(on, &made, wrote);
        let unmade: Vec<Field> =
            asked.fields().filter(|field| made.record.get(field).is_none()).cloned().collect();
        let by_itself = self.decided_there(on, &made.record);
        let filled_in = filled_in(&made.record, asked, on, &by_itself);
        let mut link = Link::between(self.connection.id.clone(), self.kind, &pair(from, here, made));
        link.filled_in = filled_in;
        let fields = asked.fields().cloned().collect();
        self.diary.note(&link.link, on, Deed::Created, fields, self.clock.now());
        *link.mirrors.of_mut(on) = created;
        link.mapping = self.connection.mapping_revision;
        link.edited = Some(Edited { on: vec![from], version: link.version });
        if !by_itself.is_empty() {
            // It goes across with the next look, which no echo spares.
            by_itself.iter().for_each(|field| link.mirrors.of_mut(on).record.put(field.clone(), None));
            link.mapping = NEVER_MERGED;
        }
        link.not_taken = unmade.into_iter().map(|field| (field, on)).collect();
        link
    }

    async fn establish_made(
        &self,
        mut link: Link,
        from: Side,
        refusal: Option<Reason>,
    ) -> Result<Outcome, Error> {
        self.list_differences(&mut link, refusal).await?;
        link.related_due = self.has_related();
        if !self.links.establish(&link).await? {
            return Err(Error::Moved);
        }
        // What was made just now has no notes or tasks of its own.
        self.announce_related(&mut link, from).await?;
        Ok(Outcome::Created { on: from.other() })
    }

    fn mirror_of_create(&self, on: Side, made: &Observed, wrote: BTreeSet<Field>) -> Mirror {
        let nothing = Observed { record: Record::default(), modified: None, ..made.clone() };
        self.mirror_of_write(on, &nothing, made, &wrote)
    }

    /// The fields of a new record that its own side alone decides about, such as a constant.
    fn decided_there(&self, on: Side, made: &Record) -> Vec<Field> {
        let mapping = &self.connection.mapping;
        made.fields().filter(|field| mapping.source(field) == Some(on)).cloned().collect()
    }

    /// The fields that a create on that side takes. Those that it never takes are no news of this record.
    fn creatable(&self, on: Side, record: &Record) -> Record {
        let goes = |field: &Field| {
            self.can().of(on).create_with(field) && self.connection.mapping.reaches(on, field)
        };
        let record = record.without_facts();
        let taken = record.iter().filter(|(field, _)| goes(field));
        taken.map(|(field, value)| (field.clone(), value.clone())).collect()
    }

    /// The side refused the create: `holder` has the same e-mail or phone. If it is the same person, the two are
    /// linked; if not, it is never tried again blindly.
    async fn take_duplicate(
        &self,
        hint: &Hint,
        from: Side,
        here: Observed,
        holder: RecordId,
        field: Field,
    ) -> Result<Outcome, Error> {
        let on = from.other();
        let seen = self.port(on).observe(&holder).await?;
        let candidate = match seen {
            Some(seen) => self.candidate(on, seen).await?,
            None => None,
        };
        let (across, buried) = match candidate {
            Some((candidate, buried)) => (choose(self.kind, &here.record, &[candidate]), buried),
            None => (Match::Nobody, None),
        };
        if across == Match::Nobody {
            return self.take_stranger(hint, from, here, holder, field).await;
        }
        let found = Found::Unlinked { side: from, here: Some(here), across, buried };
        match plan(&found, self.rules()) {
            Plan::Join { now, writes } => self.join(now, writes).await,
            Plan::Rejoin { link, side, now, writes } => self.rejoin(*link, side, now, writes).await,
            Plan::Park(reason) => self.park(hint, reason).await,
            _ => Err(Error::Moved),
        }
    }

    /// Another person holds the number: the connection says whether the record goes without it.
    async fn take_stranger(
        &self,
        hint: &Hint,
        from: Side,
        mut here: Observed,
        holder: RecordId,
        field: Field,
    ) -> Result<Outcome, Error> {
        let on = from.other();
        let reason = Reason::Taken { side: on, field: field.clone(), holder };
        let may_leave_out = field == Field::PHONE && here.record.get(&Field::EMAIL).is_some();
        if self.connection.policy.shared_phone == SharedPhone::Park || !may_leave_out {
            return self.park(hint, reason).await;
        }
        let (whole, asked) = (here.clone(), self.creatable(on, &here.record));
        here.record.put(field.clone(), None);
        let identity = self.identity(from, &here.id);
        if !self.links.intend(identity, None, self.clock.now()).await? {
            return Err(Error::Moved);
        }
        let record = self.creatable(on, &here.record);
        match self.port(on).create(&record, &here.id, None).await? {
            Created::Made(made) => self.link_made(from, whole, &asked, made, Some(reason)).await,
            Created::Sent | Created::Duplicate { .. } => {
                self.links.withdraw(identity).await?;
                self.park(hint, reason).await
            }
        }
    }

    /// Creates the record again on the side where it was deleted, under the link that it has.
    pub(super) async fn recreate(
        &self,
        hint: &Hint,
        mut link: Link,
        on: Side,
        from: Observed,
    ) -> Result<Outcome, Error> {
        let now = self.clock.now();
        if let Some(intent) = &link.intent {
            if intent.sent {
                return self.park(hint, awaits(intent, now)).await;
            }
            if let Some(after) = hidden_for(intent, now) {
                return Err(Error::Unfinished { after });
            }
        }
        let attempts = link.intent.as_ref().map_or(0, |intent| intent.attempts) + 1;
        link.intent = Some(Intent { since: now, attempts, sent: false });
        self.links.save(&mut link).await?;
        let record = self.creatable(on, &from.record);
        let under = self.contact_across(on.other(), &from.id).await?.contact();
        match self.port(on).create(&record, &from.id, under.as_ref()).await? {
            Created::Made(made) => {
                let wrote = made.record.fields().cloned().collect();
                let was = std::mem::replace(link.ids.of_mut(on), made.id.clone());
                link.filled_in = filled_in(&made.record, &record, on, &[]);
                *link.mirrors.of_mut(on) = self.mirror_of_create(on, &made, wrote);
                *link.mirrors.of_mut(on.other()) = Mirror::from(&from);
                let unmade = record.fields().filter(|field| made.record.get(field).is_none());
                link.not_taken = unmade.map(|field| (field.clone(), on)).collect();
                link.buried = None;
                link.excluded = false;
                link.mapping = self.connection.mapping_revision;
                link.intent = None;
                self.list_differences(&mut link, None).await?;
                link.related_due = self.has_related();
                self.save_moved(&mut link, on, was).await?;
                self.announce_related(&mut link, on.other()).await?;
                Ok(Outcome::Recreated { on })
            }
            Created::Sent => {
                link.intent = Some(Intent { since: now, attempts, sent: true });
                self.links.save(&mut link).await?;
                self.park(hint, Reason::AwaitingRelay).await
            }
            Created::Duplicate { holder, field } => {
                self.park(hint, Reason::Taken { side: on, field, holder }).await
            }
        }
    }
}

/// What the side gave the record beyond what it was asked for, and beyond what it alone decides about.
pub(super) fn filled_in(made: &Record, asked: &Record, on: Side, decided: &[Field]) -> BTreeMap<Field, Side> {
    let made = made.without_facts();
    let given = made.fields().filter(|field| asked.get(field).is_none() && !decided.contains(field));
    given.map(|field| (field.clone(), on)).collect()
}
