//! The HelloLeads side of one connection.

use async_trait::async_trait;
use jiff::Timestamp;
use serde_json::json;
use tokio::sync::OnceCell;

use super::block::Block;
use super::client::{Body, HelloLeadsClient};
use super::error::Error;
use super::lead_notes::LeadNotes;
use super::poll::{Look, Poll, seen_of};
use super::record::{Form, match_keys};
use super::relay::Relay;
use crate::connection::Connection;
use crate::connection::helloleads::{Clear, DeleteMark, HelloLeadsSettings, Profile};
use crate::model::fingerprint::FingerprintKey;
use crate::model::ids::RecordId;
use crate::model::record::{Change, Field, Observed, Record, Value};
use crate::model::side::Side;
use crate::store::last_seen::{LastSeen, Seen};
use crate::sync::port::{Can, Created, Port, PortError, Updated};

/// The most pages that one look before a write reads; a longer way back is the schedule's.
const PAGES_BEFORE_WRITE_MAX: usize = 20;

/// The tag and the line that mark a lead whose GHL contact was deleted.
const DELETED_TAG: &str = "deleted in ghl";

/// By which door HelloLeads is reached, with what that takes.
pub enum Door {
    Key { client: Box<HelloLeadsClient>, poll: Box<Poll> },
    Relay(Box<Relay>),
}

/// HelloLeads for one connection.
pub struct HelloLeadsSide {
    pub notes: LeadNotes,
    pub connection: Connection,
    pub key: FingerprintKey,
    pub rows: LastSeen,
    pub door: Door,
    can: Can,
    /// The look before the first write; later writes of the same batch rest on it.
    looked: OnceCell<()>,
}

impl HelloLeadsSide {
    pub fn new(
        connection: Connection,
        key: FingerprintKey,
        rows: LastSeen,
        notes: LeadNotes,
        door: Door,
    ) -> Self {
        let can = can(&connection.helloleads);
        Self { notes, connection, key, rows, door, can, looked: OnceCell::new() }
    }

    fn form(&self) -> Form<'_> {
        let connection = &self.connection;
        Form { settings: &connection.helloleads, mapping: &connection.mapping, region: &connection.region }
    }

    /// The lead's notes as they were last seen, to be written again as a whole.
    ///
    /// # Errors
    /// [`Error::Blind`] where nobody can say whether a person has changed them since.
    pub async fn notes_of(&self, lead: &RecordId) -> Result<String, Error> {
        match &self.door {
            Door::Key { poll, .. } if !poll.sees_changes().await? => Err(Error::Blind),
            _ => self.notes.text(lead).await,
        }
    }

    /// Keeps the notes that we wrote, beginning then.
    pub async fn keep_notes(&self, lead: &RecordId, text: &str, begun: Timestamp) -> Result<(), Error> {
        self.notes.put_ours(lead, text, begun).await
    }

    /// Keeps what we wrote as the row last seen: the next poll's row, if it is the same, is no news. `before` is what
    /// stood there. What a poll or a webhook told of meanwhile stays.
    async fn keep(&self, before: &Record, seen: Seen) -> Result<Observed, Error> {
        match &self.door {
            Door::Key { .. } => {
                self.rows.replace_unless_newer(&match_keys(before, &self.key), &seen).await?;
            }
            Door::Relay(_) => {
                let row_of = |record| Ok::<_, Error>(seen_of(seen.id.clone(), record, None, &self.key));
                self.rows.keep_write(before, &seen, self.notes.now(), row_of).await?;
            }
        }
        seen.into_observed().ok_or(Error::Decode { what: "lead" })
    }

    async fn look(&self) -> Result<(), Error> {
        let Door::Key { poll, .. } = &self.door else { return Ok(()) };
        for _ in 0..PAGES_BEFORE_WRITE_MAX {
            if !poll.step(Look::BeforeWrite).await?.more {
                break;
            }
        }
        Ok(())
    }

    async fn create_by_key(&self, client: &HelloLeadsClient, record: &Record) -> Result<Created, Error> {
        let settings = client.settings();
        let list = match settings.lists.first() {
            Some(list) => list.clone(),
            None => client
                .lists()
                .await?
                .into_iter()
                .next()
                .map(|list| list.key)
                .ok_or(Error::Settings { what: "a list that new leads go to" })?,
        };
        let (body, taken) = self.form().to_create(record, &list);
        if !body.contains_key(self.form().names("first_name")[0]) {
            return Err(Error::NoFirstName);
        }
        let id = client.create_lead(&body).await?;
        let seen = seen_of(id, taken, None, &self.key);
        Ok(Created::Made(self.keep(&Record::default(), seen).await?))
    }

    async fn create_by_relay(
        &self,
        relay: &Relay,
        record: &Record,
        reference: &RecordId,
    ) -> Result<Created, Error> {
        let (mut body, taken) = self.form().to_create(record, "");
        body.remove("list_key");
        body.insert("reference".into(), json!(reference));
        Ok(match relay.post("lead.created", body).await? {
            Some(id) => {
                let seen = Seen { reference: Some(reference.clone()), ..seen_of(id, taken, None, &self.key) };
                Created::Made(self.keep(&Record::default(), seen).await?)
            }
            None => {
                if let Some(hash) = match_keys(&taken, &self.key).first() {
                    relay.awaited.put(hash, reference, self.notes.now()).await?;
                }
                Created::Sent
            }
        })
    }

    async fn write(&self, id: &RecordId, body: Body) -> Result<(), Error> {
        match &self.door {
            Door::Key { client, .. } => client.update_lead(id, &body).await,
            Door::Relay(relay) => {
                let mut lead = body;
                lead.insert("id".into(), json!(id));
                relay.post("lead.updated", lead).await.map(|_| ())
            }
        }
    }

    async fn update_lead(&self, before: &Observed, change: &Change) -> Result<Updated, Error> {
        let (body, after) = self.form().to_update(&before.record, change);
        if !body.is_empty() {
            self.write(&before.id, body).await?;
        }
        let seen = Seen {
            reference: before.reference.clone(),
            ..seen_of(before.id.clone(), after, before.modified, &self.key)
        };
        Ok(Updated::Stored(self.keep(&before.record, seen).await?))
    }

    async fn mark(&self, id: &RecordId) -> Result<(), Error> {
        let Some(seen) = self.rows.get(id).await? else { return Ok(()) };
        match self.connection.helloleads.delete_mark {
            DeleteMark::None => Ok(()),
            DeleteMark::Note => {
                let mut notes = match self.notes_of(id).await {
                    Ok(text) => Block::parse(&text),
                    Err(error @ Error::Blind) => {
                        tracing::warn!(connection = %self.connection.id, %id, %error, "a lead is not marked");
                        return Ok(());
                    }
                    Err(error) => return Err(error),
                };
                notes.add_line("[sync] The contact was deleted in GHL; this lead is no longer synced.");
                self.write(id, Body::from_iter([("notes".to_owned(), json!(notes.to_text()))])).await
            }
            DeleteMark::Tag => {
                let mut change = Change::default();
                change.set(Field::tag(DELETED_TAG), Some(Value::Set));
                let observed = seen.into_observed().ok_or(Error::Decode { what: "lead" })?;
                self.update_lead(&observed, &change).await.map(|_| ())
            }
        }
    }
}

/// What the account can do with leads.
pub fn can(settings: &HelloLeadsSettings) -> Can {
    let update = &settings.update;
    let relay = settings.profile == Profile::Relay;
    Can {
        update: relay || update.works,
        delete: relay,
        clear: settings.clear() != Clear::Never,
        update_tags: relay || update.tags,
        // No call of the key's writes it.
        read_only: if relay { Vec::new() } else { vec![Field::DATE_OF_BIRTH] },
        recognised_by: vec![Field::EMAIL, Field::PHONE],
        answers_writes: false,
        ..Can::everything()
    }
}

#[async_trait]
impl Port for HelloLeadsSide {
    fn side(&self) -> Side {
        Side::HelloLeads
    }

    fn can(&self) -> &Can {
        &self.can
    }

    /// The row last seen: HelloLeads has no call that gives one lead.
    async fn observe(&self, id: &RecordId) -> Result<Option<Observed>, PortError> {
        let seen = self.rows.get(id).await.map_err(Error::from)?;
        Ok(seen.and_then(Seen::into_observed))
    }

    async fn is_gone(&self, id: &RecordId) -> Result<bool, PortError> {
        let seen = self.rows.get(id).await.map_err(Error::from)?;
        Ok(seen.is_some_and(|seen| seen.gone))
    }

    /// One look for all writes of a batch.
    async fn refresh(&self) -> Result<bool, PortError> {
        let is_first = matches!(self.door, Door::Key { .. }) && !self.looked.initialized();
        self.looked.get_or_try_init(|| self.look()).await?;
        Ok(is_first)
    }

    async fn find(&self, record: &Record, _under: Option<&RecordId>) -> Result<Vec<Observed>, PortError> {
        // Whoever has looked before a write knows it.
        if let Door::Key { poll, .. } = &self.door
            && !self.looked.initialized()
            && !poll.cursor().await?.first_read_done()
        {
            return Err(Error::FirstReadUnfinished.into());
        }
        let mut found: Vec<Observed> = Vec::new();
        for hash in match_keys(record, &self.key) {
            let seen = self.rows.find(&hash).await.map_err(Error::from)?;
            let known = |id: &RecordId| found.iter().any(|one| one.id == *id);
            let new: Vec<Observed> =
                seen.into_iter().filter_map(Seen::into_observed).filter(|one| !known(&one.id)).collect();
            found.extend(new);
        }
        Ok(found)
    }

    async fn origin(&self, here: &Observed) -> Result<Option<RecordId>, PortError> {
        let keys = match_keys(&here.record, &self.key);
        let (Door::Relay(relay), Some(hash)) = (&self.door, keys.first()) else { return Ok(None) };
        Ok(relay.awaited.origin(hash).await.map_err(Error::from)?)
    }

    async fn create(
        &self,
        record: &Record,
        reference: &RecordId,
        _under: Option<&RecordId>,
    ) -> Result<Created, PortError> {
        Ok(match &self.door {
            Door::Key { client, .. } => self.create_by_key(client, record).await?,
            Door::Relay(relay) => self.create_by_relay(relay, record, reference).await?,
        })
    }

    async fn update(&self, before: &Observed, change: &Change) -> Result<Updated, PortError> {
        Ok(self.update_lead(before, change).await?)
    }

    /// Only a relay can delete; the engine does not ask the key to.
    async fn delete(&self, id: &RecordId) -> Result<(), PortError> {
        let Door::Relay(relay) = &self.door else { return Ok(self.mark(id).await?) };
        relay.post("lead.deleted", Body::from_iter([("id".to_owned(), json!(id))])).await?;
        if let Some(seen) = self.rows.get(id).await.map_err(Error::from)? {
            let told_at = Some(self.notes.now());
            self.rows.put(&Seen { gone: true, told_at, ..seen }).await.map_err(Error::from)?;
        }
        Ok(())
    }

    async fn mark_deleted(&self, id: &RecordId) -> Result<(), PortError> {
        Ok(self.mark(id).await?)
    }
}
