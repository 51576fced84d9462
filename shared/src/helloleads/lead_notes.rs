//! The notes text of each lead as it was last seen, and what changed in the entries that stand in it.

use jiff::{SignedDuration, Timestamp};

use super::block::Block;
use super::error::Error;
use super::related_record::seen_of;
use crate::clock::Clock;
use crate::model::fingerprint::FingerprintKey;
use crate::model::ids::{ConnectionId, RecordId};
use crate::model::record::{Field, Record};
use crate::model::side::Kind;
use crate::normalise::note::normalise;
use crate::store::last_seen::{LastSeen, Seen};
use crate::store::leases::{Fence, Leases};
use crate::store::table::Table;

/// The own part of the id under which a lead's whole notes are kept, beside the entries in them.
pub const WHOLE: &str = "whole-text";

/// Longer than a call may take.
const LOCKED_FOR: SignedDuration = SignedDuration::from_secs(60);

/// The notes of one connection's leads.
#[derive(Clone)]
pub struct LeadNotes {
    rows: LastSeen,
    key: FingerprintKey,
    leases: Leases,
    connection: ConnectionId,
    clock: Clock,
}

/// A lead's notes that changed.
#[derive(Clone, Debug)]
pub struct ChangedNotes {
    pub lead: RecordId,
    text: String,
    /// The entries that are other ones now, or gone.
    pub entries: Vec<Seen>,
}

impl LeadNotes {
    pub fn new(table: Table, connection: ConnectionId, key: FingerprintKey, clock: Clock) -> Self {
        let rows = LastSeen::new(table.clone(), connection.clone(), Kind::Note);
        Self { rows, key, leases: Leases::new(table), connection, clock }
    }

    pub fn now(&self) -> Timestamp {
        self.clock.now()
    }

    /// Notes, tasks and appointments have a lane each, and all write into one text: one at a time.
    pub async fn lock(&self, lead: &RecordId) -> Result<Fence, Error> {
        let taken = self.leases.take(&self.lease(lead), self.clock.now(), LOCKED_FOR).await?;
        taken.ok_or(Error::NotesBusy)
    }

    pub async fn unlock(&self, lead: &RecordId, fence: Fence) -> Result<(), Error> {
        Ok(self.leases.give_back(&self.lease(lead), fence).await?)
    }

    fn lease(&self, lead: &RecordId) -> String {
        format!("notes#{}#{lead}", self.connection)
    }

    /// The text as it was last seen.
    pub async fn text(&self, lead: &RecordId) -> Result<String, Error> {
        let seen = self.rows.get(&id_in(lead, WHOLE)?).await?;
        Ok(seen.and_then(|seen| seen.record.text(&Field::BODY).map(str::to_owned)).unwrap_or_default())
    }

    /// Keeps the text that we wrote, and from when on it was on its way.
    pub async fn put_ours(&self, lead: &RecordId, text: &str, begun: Timestamp) -> Result<(), Error> {
        let (told_at, modified) = (Some(begun), Some(self.clock.now()));
        Ok(self.rows.put(&Seen { told_at, modified, ..self.whole(lead, text)? }).await?)
    }

    fn whole(&self, lead: &RecordId, text: &str) -> Result<Seen, Error> {
        let record = Record::from_iter([(Field::BODY, crate::model::record::Value::text(text))]);
        let seen = seen_of(Kind::Note, id_in(lead, WHOLE)?, record, &self.key)?;
        Ok(Seen { found_by: Vec::new(), ..seen })
    }

    /// Whether a text that was asked for then is older than the one that we wrote.
    ///
    /// # Errors
    /// [`Error::NotesBusy`] where it was asked for while we wrote: it may be either.
    async fn is_older(&self, lead: &RecordId, known: Option<&Seen>, asked: Timestamp) -> Result<bool, Error> {
        let fence = self.lock(lead).await?;
        self.unlock(lead, fence).await?;
        match known.and_then(|seen| seen.told_at.zip(seen.modified)) {
            Some((begun, _)) if asked < begun => Ok(true),
            Some((_, done)) if asked <= done => Err(Error::NotesBusy),
            _ => Ok(false),
        }
    }

    /// Which of these leads' notes are not as they were last seen. They were asked for then.
    pub async fn compare(
        &self,
        shown: Vec<(RecordId, String)>,
        asked: Timestamp,
    ) -> Result<Vec<ChangedNotes>, Error> {
        let ids: Vec<RecordId> = shown.iter().filter_map(|(lead, _)| id_in(lead, WHOLE).ok()).collect();
        let known = self.rows.get_many(&ids).await?;
        let mut changed = Vec::new();
        for (lead, text) in shown {
            let row = known.get(&id_in(&lead, WHOLE)?);
            let before = row.and_then(|seen| seen.record.text(&Field::BODY));
            if before.unwrap_or_default() == text || self.is_older(&lead, row, asked).await? {
                continue;
            }
            let entries =
                self.entries(&lead, &Block::parse(before.unwrap_or_default()), &Block::parse(&text)).await?;
            changed.push(ChangedNotes { lead, text, entries });
        }
        Ok(changed)
    }

    async fn entries(&self, lead: &RecordId, before: &Block, after: &Block) -> Result<Vec<Seen>, Error> {
        let mut changed = Vec::new();
        for entry in after.entries().filter(|entry| entry.kind == Kind::Note) {
            let id = id_in(lead, &entry.id)?;
            let known = self.rows.get(&id).await?;
            let mut record = known.as_ref().map(|seen| seen.record.clone()).unwrap_or_default();
            record.put_text(Field::BODY, normalise(&entry.text));
            if known.is_none() {
                record.put_text(Field::AUTHOR, Some(entry.about.clone()).filter(|author| !author.is_empty()));
            }
            if known.as_ref().is_none_or(|seen| seen.gone || seen.record != record) {
                let reference = known.and_then(|seen| seen.reference);
                changed.push(Seen { reference, ..seen_of(Kind::Note, id, record, &self.key)? });
            }
        }
        let gone = before
            .entries()
            .filter(|entry| entry.kind == Kind::Note && after.entry(Kind::Note, &entry.id).is_none());
        for entry in gone {
            if let Some(seen) = self.rows.get(&id_in(lead, &entry.id)?).await?.filter(|seen| !seen.gone) {
                changed.push(Seen { gone: true, ..seen });
            }
        }
        Ok(changed)
    }

    /// Keeps what changed as last seen.
    pub async fn keep(&self, changed: &ChangedNotes) -> Result<(), Error> {
        for entry in &changed.entries {
            self.rows.put(entry).await?;
        }
        Ok(self.rows.put(&self.whole(&changed.lead, &changed.text)?).await?)
    }

    /// What the entries look like now, for their hints.
    pub async fn seen(&self, entries: &[RecordId]) -> Result<Vec<Seen>, Error> {
        Ok(self.rows.get_many(entries).await?.into_values().collect())
    }
}

fn id_in(lead: &RecordId, own: &str) -> Result<RecordId, Error> {
    RecordId::within(lead, own).map_err(|_| Error::Decode { what: "lead id" })
}
