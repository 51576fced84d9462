//! GHL's notes of one connection.

use async_trait::async_trait;

use super::client::{Answer, GhlClient};
use super::error::Error;
use super::notes::Note;
use super::wire::contact_of;
use crate::model::fingerprint::{Fingerprint, FingerprintKey};
use crate::model::ids::RecordId;
use crate::model::record::{Change, Field, Observed, Record};
use crate::model::side::Side;
use crate::normalise::note::{normalise, split_author, with_author};
use crate::store::people::People;
use crate::sync::port::{Can, Created, Port, PortError, Updated};

pub struct GhlNotes {
    pub client: GhlClient,
    pub key: FingerprintKey,
    pub people: People,
    can: Can,
}

impl GhlNotes {
    pub fn new(client: GhlClient, key: FingerprintKey, people: People) -> Self {
        let can = Can { fixed: vec![Field::AUTHOR], ..Can::everything() };
        Self { client, key, people, can }
    }

    fn to_record(&self, note: &Note) -> Record {
        let whole = note.body.as_deref().and_then(normalise).unwrap_or_default();
        let (author, text) = split_author(&whole, "HelloLeads");
        let writer = note.user_id.as_deref().and_then(|id| self.people.name_of(id));
        let mut record = Record::default();
        record.put_text(Field::BODY, Some(text).filter(|text| !text.is_empty()));
        record.put_text(Field::AUTHOR, author.or(writer));
        record
    }

    fn observed(&self, contact: &RecordId, note: &Note) -> Result<Observed, Error> {
        Ok(Observed {
            id: RecordId::within(contact, &note.id).map_err(|_| Error::Decode { path: "note.id".into() })?,
            record: self.to_record(note),
            modified: None,
            fingerprint: fingerprint(note, &self.key),
            heard: None,
            reference: None,
        })
    }
}

/// Of what a webhook carries of a note. Needs no look-up.
pub fn fingerprint(note: &Note, key: &FingerprintKey) -> Fingerprint {
    let body = note.body.as_deref().and_then(normalise).unwrap_or_default();
    key.of([("body", body.as_str())])
}

#[async_trait]
impl Port for GhlNotes {
    fn side(&self) -> Side {
        Side::Ghl
    }

    fn can(&self) -> &Can {
        &self.can
    }

    async fn observe(&self, id: &RecordId) -> Result<Option<Observed>, PortError> {
        let contact = contact_of(id)?;
        let note = self.client.note(&contact, id.own()).await?;
        Ok(note.map(|note| self.observed(&contact, &note)).transpose()?)
    }

    async fn find(&self, record: &Record, under: Option<&RecordId>) -> Result<Vec<Observed>, PortError> {
        let Some(contact) = under else { return Ok(Vec::new()) };
        let mut same = Vec::new();
        for note in self.client.notes(contact).await? {
            if self.to_record(&note).get(&Field::BODY) == record.get(&Field::BODY) {
                same.push(self.observed(contact, &note)?);
            }
        }
        Ok(same)
    }

    async fn create(
        &self,
        record: &Record,
        _reference: &RecordId,
        under: Option<&RecordId>,
    ) -> Result<Created, PortError> {
        let contact = under.ok_or_else(|| Error::Decode { path: "contactId".to_owned() })?;
        let text = record.text(&Field::BODY).unwrap_or_default();
        let body = with_author(text, record.text(&Field::AUTHOR), "HelloLeads");
        match self.client.create_note(contact, &body).await? {
            Answer::Done(note) => Ok(Created::Made(self.observed(contact, &note)?)),
            Answer::Missing | Answer::Duplicate { .. } => {
                Err(Error::Decode { path: "note".to_owned() }.into())
            }
        }
    }

    async fn update(&self, before: &Observed, change: &Change) -> Result<Updated, PortError> {
        let contact = contact_of(&before.id)?;
        let after = before.record.with(change);
        let text = after.text(&Field::BODY).unwrap_or_default();
        // Only a note that was brought over has its author's line.
        let now = self.client.note(&contact, before.id.own()).await?;
        let Some(now) = now else { return Ok(Updated::Gone) };
        let whole = now.body.as_deref().and_then(normalise).unwrap_or_default();
        let body = with_author(text, split_author(&whole, "HelloLeads").0.as_deref(), "HelloLeads");
        Ok(match self.client.update_note(&contact, before.id.own(), &body).await? {
            Answer::Done(note) => Updated::Stored(self.observed(&contact, &note)?),
            Answer::Missing | Answer::Duplicate { .. } => Updated::Gone,
        })
    }

    async fn delete(&self, id: &RecordId) -> Result<(), PortError> {
        self.client.delete_note(&contact_of(id)?, id.own()).await?;
        Ok(())
    }
}
