//! The GHL side of one connection.

use std::collections::HashMap;
use std::sync::Mutex;

use async_trait::async_trait;

use super::client::{Answer, GhlClient};
use super::error::Error;
use super::note_side::fingerprint as note_fingerprint;
use super::notes::Note;
use super::record::{fingerprint, to_create, to_record, to_update};
use super::task_side::fingerprint as task_fingerprint;
use super::tasks::Task;
use super::wire::Contact;
use crate::connection::mapping::Mapping;
use crate::connection::mapping::mapped::Mapped;
use crate::model::fingerprint::{Fingerprint, FingerprintKey};
use crate::model::ids::RecordId;
use crate::model::record::{Change, Field, Observed, Record};
use crate::model::side::{Kind, Side};
use crate::sync::port::{Can, Created, Port, PortError, Updated};

/// GHL for one connection.
pub struct GhlSide {
    client: GhlClient,
    mapping: Mapping,
    region: String,
    key: FingerprintKey,
    can: Can,
    /// The contacts as they were last read or written here: a write of tags alone is not answered with the contact.
    shown: Mutex<HashMap<RecordId, Contact>>,
}

impl GhlSide {
    pub fn new(client: GhlClient, mapping: Mapping, region: String, key: FingerprintKey) -> Self {
        let can = can(&mapping);
        Self { client, mapping, region, key, can, shown: Mutex::default() }
    }

    fn observed(&self, id: &RecordId, contact: &Contact) -> Observed {
        self.shown().insert(id.clone(), contact.clone());
        Observed {
            id: id.clone(),
            record: to_record(contact, &self.mapping, &self.region),
            modified: contact.date_updated,
            fingerprint: fingerprint(contact, &self.key),
            heard: None,
            reference: None,
        }
    }

    fn shown(&self) -> std::sync::MutexGuard<'_, HashMap<RecordId, Contact>> {
        self.shown.lock().expect("nothing panics while it holds the contacts shown")
    }

    /// The contact after the fields are written; `None` where no field is to be written.
    async fn write_fields(&self, id: &RecordId, change: &Change) -> Result<Option<Answer<Contact>>, Error> {
        match to_update(change, &self.mapping) {
            Some(body) => Ok(Some(self.client.update_contact(id, body).await?)),
            None => Ok(None),
        }
    }

    /// Adds and removes tags; `false` where the contact is gone.
    async fn write_tags(&self, id: &RecordId, change: &Change) -> Result<bool, Error> {
        let tags = |set: bool| -> Vec<&str> {
            let changed = change.iter().filter(|(_, value)| value.is_some() == set);
            changed.filter_map(|(field, _)| field.as_tag()).collect()
        };
        let (added, removed) = (tags(true), tags(false));
        let there = added.is_empty() || self.client.add_tags(id, &added).await?;
        Ok(there && (removed.is_empty() || self.client.remove_tags(id, &removed).await?))
    }

    /// The contact with its tags as the tag calls left them, whatever those calls answer.
    fn with_tags(mut contact: Contact, change: &Change) -> Contact {
        for (field, value) in change.iter() {
            let Some(name) = field.as_tag() else { continue };
            contact.tags.retain(|tag| crate::normalise::tag::normalise(tag).as_deref() != Some(name));
            if value.is_some() {
                contact.tags.push(name.to_owned());
            }
        }
        contact
    }
}

/// What GHL can do with contacts.
pub fn can(mapping: &Mapping) -> Can {
    // The published schema of PUT has no companyName.
    let company = |pair: &&Mapped| pair.end(Side::Ghl) == Some("companyName");
    let named = mapping.custom().filter(company).map(|pair| pair.field.clone());
    Can {
        create_only: [Field::COMPANY].into_iter().chain(named).collect(),
        recognised_by: vec![Field::EMAIL, Field::PHONE],
        ..Can::everything()
    }
}

/// GHL's name of the field that must be unique; it names no other.
fn field_of(matching_field: Option<&str>) -> Field {
    if matching_field == Some("phone") { Field::PHONE } else { Field::EMAIL }
}

#[async_trait]
impl Port for GhlSide {
    fn side(&self) -> Side {
        Side::Ghl
    }

    fn can(&self) -> &Can {
        &self.can
    }

    async fn observe(&self, id: &RecordId) -> Result<Option<Observed>, PortError> {
        Ok(self.client.contact(id).await?.map(|contact| self.observed(id, &contact)))
    }

    /// One search with both, which answers the e-mail's holder first, and one read: search shows names in lower case.
    async fn find(&self, record: &Record, _under: Option<&RecordId>) -> Result<Vec<Observed>, PortError> {
        let (email, phone) = (record.text(&Field::EMAIL), record.text(&Field::PHONE));
        if email.is_none() && phone.is_none() {
            return Ok(Vec::new());
        }
        let found = self.client.search_duplicate(email, phone).await?;
        let Some(id) = found else { return Ok(Vec::new()) };
        Ok(self.observe(&id).await?.into_iter().collect())
    }

    async fn create(
        &self,
        record: &Record,
        _reference: &RecordId,
        _under: Option<&RecordId>,
    ) -> Result<Created, PortError> {
        let body = to_create(record, &self.mapping, self.client.location());
        match self.client.create_contact(body).await? {
            Answer::Done(contact) => {
                let id = contact.id.clone().ok_or_else(|| Error::Decode { path: "contact.id".to_owned() })?;
                Ok(Created::Made(self.observed(&id, &contact)))
            }
            Answer::Duplicate { holder, matching_field } => {
                Ok(Created::Duplicate { holder, field: field_of(matching_field.as_deref()) })
            }
            Answer::Missing => Err(Error::Decode { path: "contact".to_owned() }.into()),
        }
    }

    /// Fields first, tags after: a field can be refused, a tag cannot.
    async fn update(&self, before: &Observed, change: &Change) -> Result<Updated, PortError> {
        let id = &before.id;
        let written = match self.write_fields(id, change).await? {
            Some(Answer::Missing) => return Ok(Updated::Gone),
            Some(Answer::Duplicate { holder, matching_field }) => {
                return Ok(Updated::Duplicate { holder, field: field_of(matching_field.as_deref()) });
            }
            Some(Answer::Done(contact)) => Some(contact),
            None => None,
        };
        if !self.write_tags(id, change).await? {
            return Ok(Updated::Gone);
        }
        let shown = self.shown().get(id).cloned();
        let contact = written.or(shown).map(|contact| Self::with_tags(contact, change));
        let contact = match contact {
            Some(contact) => Some(contact),
            None => self.client.contact(id).await?,
        };
        Ok(contact.map_or(Updated::Gone, |contact| Updated::Stored(self.observed(id, &contact))))
    }

    async fn delete(&self, id: &RecordId) -> Result<(), PortError> {
        self.client.delete_contact(id).await?;
        Ok(())
    }

    /// Appointments are not listed by contact: their list has no times, and the calendars' lists show them all.
    async fn related(
        &self,
        contact: &RecordId,
        kind: Kind,
    ) -> Result<Vec<(RecordId, Fingerprint)>, PortError> {
        let named = |id: &str| RecordId::within(contact, id).ok();
        Ok(match kind {
            Kind::Note => {
                let notes = self.client.notes(contact).await?;
                let seen = |note: &Note| Some((named(&note.id)?, note_fingerprint(note, &self.key)));
                notes.iter().filter_map(seen).collect()
            }
            Kind::Task => {
                let tasks = self.client.tasks(contact).await?;
                let seen = |task: &Task| Some((named(&task.id)?, task_fingerprint(task, &self.key)));
                tasks.iter().filter_map(seen).collect()
            }
            Kind::Contact | Kind::Appointment => Vec::new(),
        })
    }
}
