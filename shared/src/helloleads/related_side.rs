//! HelloLeads' comments, to-dos and appointments of one connection.
//!
//! | profile | a note is | a task is | an appointment is |
//! |---|---|---|---|
//! | `key` | an entry in the lead's notes; comments are read | an entry, and the next open one the follow-up | the same |
//! | `v1` | a comment; a changed one is a new comment | a to-do | a to-do titled `Appointment: …` |
//! | `relay` | what the relay makes of `note.…` events | of `task.…` | of `appointment.…` |

use std::sync::Arc;

use async_trait::async_trait;
use serde_json::json;
use tokio::sync::OnceCell;

use super::block::Block;
use super::client::{Body, HelloLeadsClient};
use super::entries::{follow_up, to_entry};
use super::error::Error;
use super::related_poll::{Feed, RelatedPoll};
use super::related_record::{CHANGED, content_key, lead_of, note_text, seen_of, to_relay, to_to_do};
use super::relay::Relay;
use super::side::HelloLeadsSide;
use super::wall_time::{to_wall, zone};
use crate::connection::Connection;
use crate::connection::helloleads::{ChangedNotes, FollowUp, Profile};
use crate::model::fingerprint::FingerprintKey;
use crate::model::ids::RecordId;
use crate::model::record::{Change, Field, Observed, Record};
use crate::model::side::{Kind, Side};
use crate::store::last_seen::{LastSeen, Seen};
use crate::store::people::People;
use crate::sync::port::{Can, Created, Port, PortError, Updated};

/// By which way such a record is written.
pub enum Way {
    /// Into the lead's notes, by the key.
    Notes(Box<HelloLeadsClient>),
    /// By the calls of `v1`, which is read afresh before it is written to.
    Calls(Box<HelloLeadsClient>, Box<RelatedPoll>),
    Relay(Box<Relay>),
}

pub struct HelloLeadsRelated {
    pub connection: Connection,
    pub kind: Kind,
    pub key: FingerprintKey,
    pub rows: LastSeen,
    pub way: Way,
    /// The leads that these belong to.
    pub leads: Arc<HelloLeadsSide>,
    pub people: People,
    /// The look before the first write.
    looked: OnceCell<()>,
    can: Can,
}

impl HelloLeadsRelated {
    pub fn new(
        connection: Connection,
        kind: Kind,
        key: FingerprintKey,
        rows: LastSeen,
        way: Way,
        leads: Arc<HelloLeadsSide>,
        people: People,
    ) -> Self {
        let can = can(&connection, kind);
        Self { connection, kind, key, rows, way, leads, people, looked: OnceCell::new(), can }
    }

    /// The record as it takes part in the sync: somebody whom GHL does not know is nobody.
    fn observed(&self, seen: Seen) -> Option<Observed> {
        let mut observed = seen.into_observed()?;
        let assignee = observed.record.text(&Field::ASSIGNEE).and_then(|email| self.people.known(email));
        observed.record.put_text(Field::ASSIGNEE, assignee);
        Some(observed)
    }

    /// Keeps what we wrote over `before` as last seen.
    async fn keep(&self, before: &Record, seen: Seen) -> Result<Observed, Error> {
        let row_of = |record| seen_of(self.kind, seen.id.clone(), record, &self.key);
        self.rows.keep_write(before, &seen, self.leads.notes.now(), row_of).await?;
        seen.into_observed().ok_or(Error::Decode { what: "record" })
    }

    async fn create_here(
        &self,
        record: &Record,
        reference: &RecordId,
        lead: &RecordId,
    ) -> Result<Created, Error> {
        let own = match &self.way {
            Way::Notes(client) => {
                self.write_entry(client, lead, reference.own(), Some(record)).await?;
                reference.own().to_owned()
            }
            Way::Calls(client, _) => self.call_create(client, record, lead).await?,
            Way::Relay(relay) => {
                let mut body = to_relay(self.kind, record, &Change::from(record));
                body.insert("reference".into(), json!(reference));
                let Some(own) = relay.post_related("created", self.kind, lead, body).await? else {
                    let hash = content_key(self.kind, lead, record, &self.key);
                    relay.awaited.put(&hash, reference, self.leads.notes.now()).await?;
                    return Ok(Created::Sent);
                };
                own
            }
        };
        let id = RecordId::within(lead, &own).map_err(|_| Error::Decode { what: "id" })?;
        let seen = seen_of(self.kind, id, record.clone(), &self.key)?;
        let seen = Seen { reference: Some(reference.clone()), ..seen };
        Ok(Created::Made(self.keep(&Record::default(), seen).await?))
    }

    async fn call_create(
        &self,
        client: &HelloLeadsClient,
        record: &Record,
        lead: &RecordId,
    ) -> Result<String, Error> {
        match self.kind {
            Kind::Note => client.create_comment(lead, &note_text(record)).await,
            _ => client.create_to_do(lead, to_to_do(self.kind, record)).await,
        }
    }

    async fn update_here(&self, before: &Observed, change: &Change) -> Result<Observed, Error> {
        let lead = lead_of(&before.id)?;
        let after = before.record.with(change);
        match &self.way {
            Way::Notes(client) => self.write_entry(client, &lead, before.id.own(), Some(&after)).await?,
            Way::Calls(client, _) if self.kind == Kind::Note => {
                // No call changes a comment: what it says now is a comment of its own, and the old one stays.
                let text = after.text(&Field::BODY).unwrap_or_default();
                client.create_comment(&lead, &format!("{CHANGED}\n{text}")).await?;
            }
            Way::Calls(client, _) => {
                client.update_to_do(before.id.own(), to_to_do(self.kind, &after)).await?
            }
            Way::Relay(relay) => {
                let mut body = to_relay(self.kind, &after, change);
                body.insert("id".into(), json!(before.id.own()));
                relay.post_related("updated", self.kind, &lead, body).await?;
            }
        }
        let seen = seen_of(self.kind, before.id.clone(), after, &self.key)?;
        self.keep(&before.record, Seen { reference: before.reference.clone(), ..seen }).await
    }

    async fn delete_here(&self, id: &RecordId) -> Result<(), Error> {
        let lead = lead_of(id)?;
        match &self.way {
            Way::Notes(client) => self.write_entry(client, &lead, id.own(), None).await?,
            Way::Calls(..) => {}
            Way::Relay(relay) => {
                let body = Body::from_iter([("id".to_owned(), json!(id.own()))]);
                relay.post_related("deleted", self.kind, &lead, body).await?;
            }
        }
        if let Some(seen) = self.rows.get(id).await? {
            let told_at = Some(self.leads.notes.now());
            self.rows.put(&Seen { gone: true, told_at, ..seen }).await?;
        }
        Ok(())
    }

    /// Puts the record into the lead's notes, or takes it out, and sets the follow-up to what is next.
    async fn write_entry(
        &self,
        client: &HelloLeadsClient,
        lead: &RecordId,
        own: &str,
        record: Option<&Record>,
    ) -> Result<(), Error> {
        let fence = self.leads.notes.lock(lead).await?;
        let written = self.write_locked(client, lead, own, record).await;
        self.leads.notes.unlock(lead, fence).await?;
        written
    }

    async fn write_locked(
        &self,
        client: &HelloLeadsClient,
        lead: &RecordId,
        own: &str,
        record: Option<&Record>,
    ) -> Result<(), Error> {
        let zone = zone(&self.connection.helloleads)?;
        let text = self.leads.notes_of(lead).await?;
        let before = Block::parse(&text);
        let mut after = before.clone();
        match record {
            Some(record) => after.put(to_entry(self.kind, own, record, &zone)),
            None => {
                after.remove(self.kind, own);
            }
        }
        let written = after.to_text_for(self.connection.helloleads.update.clear);
        let max = self.connection.helloleads.notes_max;
        let length = written.chars().count();
        if length > max && length > text.chars().count() {
            return Err(Error::TooLong { length, max });
        }
        let mut body = Body::from_iter([("notes".to_owned(), json!(written))]);
        if self.kind != Kind::Note && self.connection.helloleads.follow_up == FollowUp::NextTask {
            let now = to_wall(self.leads.notes.now(), &zone);
            body.extend(follow_up(&before, &after, &now));
        }
        let begun = self.leads.notes.now();
        client.update_lead(lead, &body).await?;
        self.leads.keep_notes(lead, &written, begun).await
    }
}

fn can(connection: &Connection, kind: Kind) -> Can {
    let settings = &connection.helloleads;
    let full = Can {
        fixed: if kind == Kind::Note { vec![Field::AUTHOR] } else { Vec::new() },
        answers_writes: false,
        ..Can::everything()
    };
    match settings.profile {
        Profile::Relay => full,
        // Everything is written into the lead's notes, which takes an update of the lead.
        Profile::Key => Can {
            create: settings.update.works,
            update: settings.update.works,
            delete: settings.update.works,
            ..full
        },
        Profile::V1 => {
            let appends = settings.changed_notes == ChangedNotes::Append;
            Can { update: kind != Kind::Note || appends, delete: false, ..full }
        }
    }
}

#[async_trait]
impl Port for HelloLeadsRelated {
    fn side(&self) -> Side {
        Side::HelloLeads
    }

    fn can(&self) -> &Can {
        &self.can
    }

    async fn observe(&self, id: &RecordId) -> Result<Option<Observed>, PortError> {
        let seen = self.rows.get(id).await.map_err(Error::from)?;
        Ok(seen.and_then(|seen| self.observed(seen)))
    }

    /// The lead's notes, the comments or the to-dos are read afresh before they are written to; once for a batch.
    async fn refresh(&self) -> Result<bool, PortError> {
        match &self.way {
            Way::Notes(_) => self.leads.refresh().await,
            Way::Calls(_, poll) => {
                let is_first = !self.looked.initialized();
                let feed = if self.kind == Kind::Note { Feed::Comments } else { Feed::ToDos };
                self.looked.get_or_try_init(|| poll.look(feed)).await?;
                Ok(is_first)
            }
            Way::Relay(_) => Ok(false),
        }
    }

    async fn find(&self, record: &Record, under: Option<&RecordId>) -> Result<Vec<Observed>, PortError> {
        let Some(lead) = under else { return Ok(Vec::new()) };
        let hash = content_key(self.kind, lead, record, &self.key);
        let found = self.rows.find(&hash).await.map_err(Error::from)?;
        Ok(found.into_iter().filter_map(|seen| self.observed(seen)).collect())
    }

    async fn origin(&self, here: &Observed) -> Result<Option<RecordId>, PortError> {
        let Way::Relay(relay) = &self.way else { return Ok(None) };
        let hash = content_key(self.kind, &lead_of(&here.id)?, &here.record, &self.key);
        Ok(relay.awaited.origin(&hash).await.map_err(Error::from)?)
    }

    async fn create(
        &self,
        record: &Record,
        reference: &RecordId,
        under: Option<&RecordId>,
    ) -> Result<Created, PortError> {
        let lead = under.ok_or(Error::Decode { what: "lead id" })?;
        Ok(self.create_here(record, reference, lead).await?)
    }

    async fn update(&self, before: &Observed, change: &Change) -> Result<Updated, PortError> {
        Ok(Updated::Stored(self.update_here(before, change).await?))
    }

    async fn delete(&self, id: &RecordId) -> Result<(), PortError> {
        Ok(self.delete_here(id).await?)
    }

    /// A to-do cannot be deleted: it is closed. A comment stays as it is.
    async fn mark_deleted(&self, id: &RecordId) -> Result<(), PortError> {
        if let (Way::Calls(client, _), Kind::Task | Kind::Appointment) = (&self.way, self.kind) {
            client.update_to_do(id.own(), Body::from_iter([("donePercent".to_owned(), json!(100))])).await?;
        }
        Ok(())
    }
}
