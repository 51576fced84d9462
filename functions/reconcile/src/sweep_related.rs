//! The rotation over what belongs to contacts. GHL lists notes by contact only, and no list shows what was deleted: so
//! contact after contact is asked for, those that were changed last first, a few every hour.

use std::collections::HashSet;

use jiff::SignedDuration;
use shared::connection::Connection;
use shared::disposition::{Disposition, Reason};
use shared::ghl::client::GhlClient;
use shared::lane::until::Until;
use shared::lane::work::Failure;
use shared::model::ids::RecordId;
use shared::model::side::{Kind, Side};
use shared::queue::Hint;
use shared::store::cursors::{Cursors, Versioned};
use shared::store::identity::Identity;
use shared::store::links::Known;
use shared::store::roster::Roster;
use shared::sync::sweep::RelatedSweepCursor;

use crate::errands::{Errands, store};
use crate::sweep::Sweep;

/// How often contacts are asked for.
const ROUND: SignedDuration = SignedDuration::from_hours(1);
/// How many of all contacts each round asks for, besides those that were changed last.
pub const CONTACTS_PER_ROUND: usize = 300;
/// How long a contact is left alone once it was asked for.
const RECENT: SignedDuration = SignedDuration::from_hours(24);

impl Errands {
    fn related_cursors(&self, connection: &Connection) -> Cursors {
        RelatedSweepCursor::cursors(&self.engines.table, &connection.id)
    }

    pub(crate) async fn related_sweep_is_due(&self, connection: &Connection) -> Result<bool, Failure> {
        let cursors = self.related_cursors(connection);
        let cursor: RelatedSweepCursor = cursors.get().await.map_err(store)?.cursor;
        let now = self.engines.clock.now();
        Ok(cursor.round_at.is_none_or(|at| now.duration_since(at) >= ROUND))
    }

    /// One round, where it is due.
    pub(crate) async fn sweep_related(&self, sweep: &Sweep<'_>, until: Until) -> Result<(), Failure> {
        let connection = &sweep.engine.connection;
        if !self.related_sweep_is_due(connection).await? {
            return Ok(());
        }
        let hour_ago = self.engines.clock.now() - ROUND;
        self.send_waiting(&connection.id, |parked| {
            matches!(parked.reason, Reason::WritesCapped { .. }) && parked.at <= hour_ago
        })
        .await?;
        let cursors = self.related_cursors(connection);
        let read: Versioned<RelatedSweepCursor> = cursors.get().await.map_err(store)?;
        let mut cursor =
            RelatedSweepCursor { round_at: Some(self.engines.clock.now()), ..read.cursor.clone() };
        if !connection.kinds.is_empty() {
            let client = sweep.engines.ghl_client(connection);
            match sweep.round(&client, &mut cursor, until).await {
                Err(failure) if !matches!(failure.disposition, Disposition::Wait { .. }) => {
                    return Err(failure);
                }
                // What the calls do not suffice for is the next round's.
                _ => {}
            }
        }
        cursors.put(&read, cursor).await.map_err(store)?;
        Ok(())
    }
}

impl Sweep<'_> {
    async fn round(
        &self,
        client: &GhlClient,
        cursor: &mut RelatedSweepCursor,
        until: Until,
    ) -> Result<(), Failure> {
        let now = self.engines.clock.now();
        let latest = client.search_latest().await;
        let latest = latest.map_err(|error| Failure::new(error.disposition(), error))?;
        cursor.recent.retain(|_, at| now.duration_since(*at) < RECENT);
        for found in &latest.contacts {
            if cursor.recent.contains_key(&found.id) || until.has_come(&self.engines.clock) {
                continue;
            }
            self.look_at_contact(client, &found.id).await?;
            cursor.recent.insert(found.id.clone(), now);
        }
        // Once a day is enough, however few contacts there are.
        if cursor.after.is_none() && cursor.turned_at.is_some_and(|at| now.duration_since(at) < RECENT) {
            return Ok(());
        }
        let roster = Roster::new(self.engines.table.clone(), self.id().clone(), Kind::Contact);
        let lines = roster.some(cursor.after.as_ref(), CONTACTS_PER_ROUND).await.map_err(store)?;
        let is_last = lines.len() < CONTACTS_PER_ROUND;
        for line in &lines {
            if until.has_come(&self.engines.clock) {
                return Ok(());
            }
            if !line.buried && !cursor.recent.contains_key(&line.ids.ghl) {
                self.look_at_contact(client, &line.ids.ghl).await?;
            }
            cursor.after = Some(line.ids.ghl.clone());
        }
        if is_last {
            (cursor.after, cursor.turned_at) = (None, Some(now));
        }
        Ok(())
    }

    /// Compares what GHL lists of a contact with what is linked of it.
    async fn look_at_contact(&self, client: &GhlClient, contact: &RecordId) -> Result<(), Failure> {
        let mut hints = Vec::new();
        for kind in &self.engine.connection.kinds {
            hints.extend(self.look_at_kind(client, contact, *kind).await?);
        }
        let sent = self.engines.queues.send(&hints).await;
        sent.map_err(|error| Failure::new(error.disposition(), error))
    }

    async fn look_at_kind(
        &self,
        client: &GhlClient,
        contact: &RecordId,
        kind: Kind,
    ) -> Result<Vec<Hint>, Failure> {
        let roster = Roster::new(self.engines.table.clone(), self.id().clone(), kind);
        let mut lines = roster.of_contact(contact).await.map_err(store)?;
        lines.retain(|line| !line.buried);
        // New tasks and appointments are found by the looks; a list of them only shows what is missing.
        if lines.is_empty() && kind != Kind::Note {
            return Ok(Vec::new());
        }
        let mut hints = Vec::new();
        let mut shown = HashSet::new();
        for (id, fingerprint) in self.listed(client, contact, kind).await? {
            if let Some(fingerprint) = fingerprint {
                let identity = Identity { kind, side: Side::Ghl, id: &id };
                let is_news = match self.engine.links.known(identity).await.map_err(store)? {
                    Known::Linked(link) => {
                        link.buried.is_none() && link.mirrors.ghl.fingerprint != fingerprint
                    }
                    Known::Nothing | Known::Intent(_) => !self.is_listed(kind, Side::Ghl, &id).await?,
                    Known::Ignored => false,
                };
                hints.extend(is_news.then(|| self.hint(kind, Side::Ghl, &id)));
            }
            shown.insert(id);
        }
        let missing = lines.iter().filter(|line| !shown.contains(&line.ids.ghl));
        hints.extend(missing.map(|line| self.hint(kind, Side::Ghl, &line.ids.ghl)));
        Ok(hints)
    }

    /// The contact's records of this kind as GHL lists them; without a fingerprint where a list does not show enough.
    async fn listed(
        &self,
        client: &GhlClient,
        contact: &RecordId,
        kind: Kind,
    ) -> Result<Vec<(RecordId, Option<shared::model::fingerprint::Fingerprint>)>, Failure> {
        if kind == Kind::Appointment {
            let events = client.appointments_of(contact).await;
            let events = events.map_err(|error| Failure::new(error.disposition(), error))?;
            let named = events.iter().filter_map(|event| RecordId::within(contact, &event.id).ok());
            return Ok(named.map(|id| (id, None)).collect());
        }
        let port = self.engine.ports.of(Side::Ghl);
        let listed = port.related(contact, kind).await;
        let listed = listed.map_err(|error| Failure::new(error.disposition(), error))?;
        Ok(listed.into_iter().map(|(id, fingerprint)| (id, Some(fingerprint))).collect())
    }
}
