//! A contact and what belongs to it: its notes, tasks and appointments.

use super::engine::Engine;
use super::error::Error;
use super::outcome::Outcome;
use crate::errand::random_delivery;
use crate::model::ids::RecordId;
use crate::model::record::Observed;
use crate::model::side::{Kind, PerSide, Side};
use crate::queue::Hint;
use crate::store::identity::Identity;
use crate::store::links::{Known, Link};

/// Whom a record belongs to across.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Belonging {
    /// It is a contact, and belongs to nobody.
    Nobody,
    /// Its contact, as the other side names it.
    Across(RecordId),
    /// Its contact is not synced any more, and neither is it.
    Apart,
}

impl Belonging {
    /// To whom the records of this contact belong across, by what its id leads to; none where it is not linked yet.
    pub(super) fn of(side: Side, contact: &RecordId, known: Known) -> Option<Self> {
        match known {
            Known::Linked(link) if link.buried.is_some() || link.excluded || link.ids.of(side) != contact => {
                Some(Self::Apart)
            }
            Known::Linked(link) => Some(Self::Across(link.ids.of(side.other()).clone())),
            Known::Ignored => Some(Self::Apart),
            Known::Nothing | Known::Intent(_) => None,
        }
    }

    pub fn contact(self) -> Option<RecordId> {
        match self {
            Self::Across(contact) => Some(contact),
            Self::Nobody | Self::Apart => None,
        }
    }
}

impl Engine {
    /// Whom the record belongs to across.
    ///
    /// # Errors
    /// [`Error::ContactFirst`] where its contact is not linked yet.
    pub(super) async fn contact_across(&self, side: Side, id: &RecordId) -> Result<Belonging, Error> {
        let Some(contact) = id.contact() else { return Ok(Belonging::Nobody) };
        let identity = Identity { kind: Kind::Contact, side, id: &contact };
        let known = self.links.known(identity).await?;
        Belonging::of(side, &contact, known).ok_or(Error::ContactFirst { side, contact })
    }

    /// Syncs the contact that a record belongs to, so that the record can follow; `false` where it was deleted.
    pub(super) async fn bring_contact(
        &self,
        hint: &Hint,
        side: Side,
        contact: &RecordId,
    ) -> Result<bool, Error> {
        let Some(contacts) = &self.contacts else { return Ok(true) };
        let (connection, delivery) = (hint.connection.clone(), hint.delivery.clone());
        let hint = Hint::plain(connection, Kind::Contact, side, contact.clone(), delivery);
        let outcome = contacts.sync_one(&hint).await?;
        Ok(outcome != Outcome::Apart || !contacts.port(side).is_gone(contact).await?)
    }

    /// Takes a record that was deleted before it was ever linked off the parked list, with what waits there for it.
    pub(super) async fn let_go(&self, side: Side, id: &RecordId) -> Result<(), Error> {
        if !self.port(side).is_gone(id).await? {
            return Ok(());
        }
        self.parked.remove(self.identity(side, id)).await?;
        self.let_go_of_waiting(side, id).await
    }

    /// Takes what waits for a contact that is synced no more off the parked list.
    pub(super) async fn let_go_of_waiting(&self, side: Side, contact: &RecordId) -> Result<(), Error> {
        if self.contacts.is_some() {
            return Ok(());
        }
        let waiting = self.parked.of_contact(side, contact).await?;
        for parked in waiting.into_iter().filter(|parked| parked.reason.is_waiting()) {
            self.parked.remove(Identity { kind: parked.kind, side, id: &parked.id }).await?;
        }
        Ok(())
    }

    /// Whether a record that is missing on one side is so because its contact is: what happens to the contact decides
    /// then, and nothing is deleted for it here.
    pub(super) async fn went_with_its_contact(
        &self,
        link: &Link,
        now: &PerSide<Option<Observed>>,
    ) -> Result<bool, Error> {
        let Some(missing) = missing(now) else { return Ok(false) };
        let (Some(contacts), Some(contact)) = (&self.contacts, link.ids.of(missing).contact()) else {
            return Ok(false);
        };
        let identity = Identity { kind: Kind::Contact, side: missing, id: &contact };
        match self.links.known(identity).await? {
            Known::Linked(link) if link.buried.is_some() => Ok(true),
            _ => Ok(contacts.port(missing).observe(&contact).await?.is_none()),
        }
    }

    /// Whether the record belongs to a contact that the filter leaves out.
    pub(super) async fn is_of_excluded(&self, link: &Link) -> Result<bool, Error> {
        let filtered = self.contacts.as_ref().is_some_and(|one| one.connection.mapping.filter().is_some());
        let Some(contact) = link.ids.ghl.contact().filter(|_| filtered) else { return Ok(false) };
        let known = self.links.known(Identity { kind: Kind::Contact, side: Side::Ghl, id: &contact }).await?;
        Ok(matches!(known, Known::Linked(link) if link.excluded))
    }

    /// Whether these records are contacts that bring others with them.
    pub(super) fn has_related(&self) -> bool {
        self.contacts.is_none() && !self.connection.kinds.is_empty()
    }

    /// Announces what belongs to a contact that was linked just now: what waited for it, and what side `full` lists of
    /// it. Until that is done the link says so, so that a run that dies in between is made good by the next.
    pub(super) async fn announce_related(&self, link: &mut Link, full: Side) -> Result<(), Error> {
        if !link.related_due {
            return Ok(());
        }
        for side in Side::BOTH {
            let contact = link.ids.of(side);
            let waiting = self.parked.of_contact(side, contact).await?;
            let waiting = waiting.into_iter().filter(|parked| parked.reason.is_waiting());
            let hints: Vec<Hint> =
                waiting.map(|parked| self.announcement(parked.kind, side, parked.id)).collect();
            self.queues.send(&hints).await?;
        }
        for kind in [Kind::Note, Kind::Task] {
            self.announce_kind(full, link.ids.of(full), kind).await?;
        }
        link.related_due = false;
        self.links.save(link).await?;
        Ok(())
    }

    /// Announces the GHL tasks that changed of the contact that `link` is, or that its record belongs to: no webhook
    /// tells of a task that was edited.
    pub(super) async fn announce_tasks(&self, link: &Link) -> Result<(), Error> {
        match self.kind {
            Kind::Contact => self.announce_kind(Side::Ghl, &link.ids.ghl, Kind::Task).await,
            Kind::Appointment => match link.ids.ghl.contact() {
                Some(contact) => self.announce_kind(Side::Ghl, &contact, Kind::Task).await,
                None => Ok(()),
            },
            Kind::Note | Kind::Task => Ok(()),
        }
    }

    async fn announce_kind(&self, side: Side, contact: &RecordId, kind: Kind) -> Result<(), Error> {
        if !self.connection.kinds.contains(&kind) {
            return Ok(());
        }
        let contacts = self.contacts.as_deref().unwrap_or(self);
        let mut hints = Vec::new();
        for (id, fingerprint) in contacts.port(side).related(contact, kind).await? {
            if !self.links.is_mirrored(Identity { kind, side, id: &id }, &fingerprint).await? {
                hints.push(Hint { fingerprint: Some(fingerprint), ..self.announcement(kind, side, id) });
            }
        }
        Ok(self.queues.send(&hints).await?)
    }

    fn announcement(&self, kind: Kind, side: Side, id: RecordId) -> Hint {
        let plain = Hint::plain(self.connection.id.clone(), kind, side, id, random_delivery("related"));
        Hint { class: self.class, ..plain }
    }
}

/// The one side where it is not, though it is on the other.
pub(super) fn missing(now: &PerSide<Option<Observed>>) -> Option<Side> {
    match (&now.helloleads, &now.ghl) {
        (None, Some(_)) => Some(Side::HelloLeads),
        (Some(_), None) => Some(Side::Ghl),
        (None, None) | (Some(_), Some(_)) => None,
    }
}
