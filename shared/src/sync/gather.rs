//! Reads everything that a plan needs: the link, both sides, and who matches across.

use jiff::{SignedDuration, Timestamp};

use super::engine::{Engine, SEARCH_LAG};
use super::error::Error;
use super::matching::{Candidate, Match, Possible, alone, choose, link_of, possible};
use super::plan::{Found, pair, plan};
use super::port::PortError;
use super::related::Belonging;
use crate::disposition::{Disposition, Reason};
use crate::model::ids::RecordId;
use crate::model::record::{Field, Observed};
use crate::model::side::{Kind, PerSide, Side};
use crate::queue::Hint;
use crate::store::links::{Intent, Known, Link};

/// How far the clocks of one side's servers may differ.
const OLD_NEWS: SignedDuration = SignedDuration::from_secs(2);

/// How long a relay may take to tell of what it was sent, until a person is asked.
const RELAY_PATIENCE: SignedDuration = SignedDuration::from_hours(24);

/// What a hint leads to.
#[derive(Debug)]
#[expect(clippy::large_enum_variant, reason = "one value lives at a time, and only within one call")]
pub enum Gathered {
    /// Our own write coming back, or a repeat: the record is as it is mirrored. No call was made.
    Echo,
    /// A record that is never synced, or one that was replaced under its link.
    Apart,
    /// The create was sent, and its outcome will come by itself, or should have come.
    Awaited(Reason),
    /// Something to plan for; `intent` is what an earlier run left.
    Found { found: Found, intent: Option<Intent> },
}

impl Engine {
    pub(super) async fn gather(&self, hint: &Hint) -> Result<Gathered, Error> {
        match self.links.known(self.identity_of(hint)).await? {
            Known::Ignored => Ok(Gathered::Apart),
            Known::Linked(link) if *link.ids.of(hint.side) != hint.id => Ok(Gathered::Apart),
            Known::Linked(link) if self.is_echo(&link, hint) && !link.related_due => Ok(Gathered::Echo),
            Known::Linked(link) if self.is_of_excluded(&link).await? => Ok(Gathered::Apart),
            Known::Linked(link) => self.gather_linked(hint, link).await,
            Known::Nothing => self.gather_unlinked(hint, None).await,
            Known::Intent(intent) => self.gather_intended(hint, intent).await,
        }
    }

    /// Whether the hint tells nothing that was not merged already, by the mapping that holds now.
    fn is_echo(&self, link: &Link, hint: &Hint) -> bool {
        // A contact that was left out may be let in by becoming what it was.
        !link.excluded && link.mapping == self.connection.mapping_revision && is_echo(link, hint)
    }

    async fn gather_linked(&self, hint: &Hint, link: Box<Link>) -> Result<Gathered, Error> {
        let ghl = self.port(Side::Ghl).observe(&link.ids.ghl).await?;
        if self.leads_to_a_write(&link, ghl.clone()) {
            self.port(Side::HelloLeads).refresh().await?;
        }
        let mut now = PerSide::new(self.port(Side::HelloLeads).observe(&link.ids.helloleads).await?, ghl);
        if let Some(seen) = now.of_mut(hint.side) {
            seen.heard = hint.sent_at;
        }
        if self.went_with_its_contact(&link, &now).await? {
            return Ok(Gathered::Apart);
        }
        let successor = match (&now.helloleads, &now.ghl) {
            (Some(left), None) if link.buried.is_none() => self.successor(Side::Ghl, left, &link).await?,
            (None, Some(left)) if link.buried.is_none() => {
                self.successor(Side::HelloLeads, left, &link).await?
            }
            _ => None,
        };
        Ok(Gathered::Found { found: Found::Linked { link, now, successor }, intent: None })
    }

    /// Whether what GHL shows is to be written to HelloLeads, if that still holds what its mirror says. Then the look before
    /// a write comes first, and its record is read once.
    fn leads_to_a_write(&self, link: &Link, ghl: Option<Observed>) -> bool {
        let mirrored = link.mirrors.helloleads.clone().into_observed(link.ids.helloleads.clone());
        let now = PerSide::new(Some(mirrored), ghl);
        let found = Found::Linked { link: Box::new(link.clone()), now, successor: None };
        plan(&found, self.rules()).writes_to(Side::HelloLeads)
    }

    /// A merge of two records looks like a delete of one: who took its place?
    async fn successor(
        &self,
        missing: Side,
        left: &Observed,
        link: &Link,
    ) -> Result<Option<Observed>, Error> {
        // Notes are not merged as contacts are: another one took its place only where an unfinished run made it again.
        if self.kind != Kind::Contact && link.intent.is_none() {
            return Ok(None);
        }
        let under = link.ids.of(missing).contact();
        let mut candidates = self.candidates(missing, left, under.as_ref()).await?;
        candidates.retain(|candidate| candidate.0.observed.id != *link.ids.of(missing));
        Ok(match choose(self.kind, &left.record, &alone(&candidates)) {
            Match::One(one) => Some(one),
            Match::Nobody | Match::Apart | Match::Linked { .. } | Match::Several(_) => None,
        })
    }

    /// An earlier run meant to create this record across and did not finish.
    async fn gather_intended(&self, hint: &Hint, intent: Intent) -> Result<Gathered, Error> {
        if intent.sent {
            return self.gather_sent(hint, &intent).await;
        }
        if let Some(after) = hidden_for(&intent, self.clock.now()) {
            return Err(Error::Unfinished { after });
        }
        self.gather_unlinked(hint, Some(intent)).await
    }

    /// The create was sent. Whoever was deleted meanwhile awaits nothing.
    async fn gather_sent(&self, hint: &Hint, intent: &Intent) -> Result<Gathered, Error> {
        let side = hint.side;
        Ok(match self.port(side).observe(&hint.id).await? {
            Some(_) => Gathered::Awaited(awaits(intent, self.clock.now())),
            None => {
                let found = Found::Unlinked { side, here: None, across: Match::Nobody, buried: None };
                Gathered::Found { found, intent: None }
            }
        })
    }

    async fn gather_unlinked(&self, hint: &Hint, intent: Option<Intent>) -> Result<Gathered, Error> {
        let side = hint.side;
        let here = self.port(side).observe(&hint.id).await?;
        let here = here.map(|here| Observed { heard: hint.sent_at, ..here });
        let (across, buried) = match &here {
            Some(here) => self.across(side, here).await?,
            None => (Match::Nobody, None),
        };
        Ok(Gathered::Found { found: Found::Unlinked { side, here, across, buried }, intent })
    }

    /// The record with the one across that it was made for, where a relay does not name that one itself.
    async fn with_origin(&self, side: Side, here: &Observed) -> Result<Observed, Error> {
        let mut here = here.clone();
        if here.reference.is_none()
            && let Some(origin) = self.port(side).origin(&here).await?
            && matches!(self.links.known(self.identity(side.other(), &origin)).await?, Known::Intent(_))
        {
            here.reference = Some(origin);
        }
        Ok(here)
    }

    /// Links a record with the one that it was made for, where that one was deleted meanwhile: what becomes of it is
    /// decided as after any deletion.
    async fn link_orphan(&self, side: Side, here: &Observed) -> Result<(), Error> {
        let there = side.other();
        let Some(origin) = &here.reference else { return Ok(()) };
        let known = self.links.known(self.identity(there, origin)).await?;
        let Known::Intent(Intent { sent: true, .. }) = known else { return Ok(()) };
        if self.port(there).observe(origin).await?.is_some() {
            return Ok(());
        }
        let records = pair(side, here.clone(), Observed { id: origin.clone(), ..here.clone() });
        self.links.establish(&Link::between(self.connection.id.clone(), self.kind, &records)).await?;
        Err(Error::Moved)
    }

    /// Who across is the record `here`, and the buried link that this one still has, if any.
    pub(super) async fn across(
        &self,
        side: Side,
        here: &Observed,
    ) -> Result<(Match, Option<Box<Link>>), Error> {
        if let Some(linked) = self.sibling(side, here).await? {
            return Ok((linked, None));
        }
        let under = match self.contact_across(side, &here.id).await? {
            Belonging::Nobody => None,
            Belonging::Across(contact) => Some(contact),
            Belonging::Apart => return Ok((Match::Apart, None)),
        };
        let here = &self.with_origin(side, here).await?;
        let candidates = self.candidates(side.other(), here, under.as_ref()).await?;
        let named =
            candidates.iter().find(|(candidate, _)| here.reference.as_ref() == Some(&candidate.observed.id));
        let across = match named.map(|(candidate, _)| candidate) {
            Some(Candidate { observed, linked_to: None }) => Match::One(observed.clone()),
            // A create that was sent twice: this one has no counterpart, and must not be given another one.
            Some(Candidate { observed, linked_to: Some(linked_to) }) => {
                Match::Linked { holder: observed.id.clone(), linked_to: linked_to.clone() }
            }
            None => choose(self.kind, &here.record, &alone(&candidates)),
        };
        if across == Match::Nobody {
            self.link_orphan(side, here).await?;
        }
        let buried = link_of(&across, candidates);
        Ok((across, buried))
    }

    /// A second record here of somebody who is linked already. A search across may not show that one yet; where this
    /// side is found in our own rows, asking it costs no call.
    async fn sibling(&self, side: Side, here: &Observed) -> Result<Option<Match>, Error> {
        let email = here.record.get(&Field::EMAIL);
        if self.can().of(side).answers_writes || email.is_none() {
            return Ok(None);
        }
        let twins = match self.port(side).find(&here.record, None).await {
            Err(error) if is_first_read(&error) => return Ok(None),
            found => found?,
        };
        for twin in
            twins.into_iter().filter(|twin| twin.id != here.id && twin.record.get(&Field::EMAIL) == email)
        {
            if let Known::Linked(link) = self.links.known(self.identity(side, &twin.id)).await?
                && link.buried.is_none()
            {
                let holder = link.ids.of(side.other()).clone();
                return Ok(Some(Match::Linked { holder, linked_to: twin.id }));
            }
        }
        Ok(None)
    }

    /// The records of side `there` that share an e-mail or phone with `here`, or that it names; each with the link it
    /// had with a record that was deleted.
    async fn candidates(
        &self,
        there: Side,
        here: &Observed,
        under: Option<&RecordId>,
    ) -> Result<Vec<Possible>, Error> {
        let port = self.port(there);
        let mut found = match &here.reference {
            Some(reference) => port.observe(reference).await?.into_iter().collect(),
            None => Vec::new(),
        };
        if found.is_empty() {
            found = port.find(&here.record, under).await?;
        }
        let mut candidates = Vec::new();
        for observed in found {
            if let Some(candidate) = self.candidate(there, observed).await? {
                candidates.push(candidate);
            }
        }
        Ok(candidates)
    }

    /// Looks up whom the record across belongs to; `None` for one that is never synced.
    pub(super) async fn candidate(&self, there: Side, observed: Observed) -> Result<Option<Possible>, Error> {
        let known = self.links.known(self.identity(there, &observed.id)).await?;
        Ok(possible(there, observed, known))
    }
}

/// Whoever saw the record saw what we know already: its fingerprint is the mirror's, its last change is one that the
/// mirror has, or it was told well before something after which the record was read.
pub(super) fn is_echo(link: &Link, hint: &Hint) -> bool {
    let mirror = link.mirrors.of(hint.side);
    let same_state = hint.fingerprint.as_ref() == Some(&mirror.fingerprint);
    let known_change = hint.modified.is_some() && hint.modified <= mirror.modified;
    let old_news = hint.sent_at.zip(mirror.heard).is_some_and(|(told, heard)| told + OLD_NEWS < heard);
    link.buried.is_none() && (same_state || known_change || old_news)
}

/// Whether not all leads were read yet.
fn is_first_read(error: &PortError) -> bool {
    error.disposition() == Disposition::Park(Reason::FirstImport)
}

/// How long a search may not show yet what an unfinished create has made.
pub(super) fn hidden_for(intent: &Intent, now: Timestamp) -> Option<SignedDuration> {
    let left = SEARCH_LAG - now.duration_since(intent.since);
    left.is_positive().then_some(left)
}

/// Why a record whose create was sent is put aside.
pub(super) fn awaits(intent: &Intent, now: Timestamp) -> Reason {
    if now.duration_since(intent.since) < RELAY_PATIENCE {
        Reason::AwaitingRelay
    } else {
        Reason::RelaySilent
    }
}
