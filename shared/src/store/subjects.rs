//! What is known of the record that an event is about.

use serde_json::{Value as Json, json};

use super::error::Error;
use super::identity::Identity;
use super::links::{Known, Link, Links};
use super::table::Table;
use crate::model::ids::{ConnectionId, LinkId, RecordId};
use crate::model::side::{Kind, PerSide, Side};
use crate::rule::sight::{Subject, contact_of};

/// The subjects of one connection's events.
#[derive(Clone, Debug)]
pub struct Subjects {
    links: Links,
}

impl Subjects {
    pub fn new(table: Table, connection: &ConnectionId) -> Self {
        Self { links: Links::new(table, connection.clone()) }
    }

    /// Reads what the event is about, and puts the ids into its detail that it does not have, such as those of a
    /// conflict.
    pub async fn of(&self, detail: &mut Json) -> Result<Subject, Error> {
        if let Some(link) = self.link_of(detail).await? {
            let ids = Side::BOTH.map(|side| (side.as_str(), json!(link.ids.of(side))));
            let known = ids.into_iter().chain([("kind", json!(link.kind))]);
            if let Some(detail) = detail.as_object_mut() {
                known.for_each(|(name, value)| {
                    detail.entry(name).or_insert(value);
                });
            }
            return Ok(Subject::of(&link));
        }
        self.unlinked(detail).await
    }

    async fn link_of(&self, detail: &Json) -> Result<Option<Link>, Error> {
        let text = |name: &str| detail.get(name).and_then(Json::as_str);
        if let Some(link) = text("link").and_then(|link| LinkId::parse(link).ok()) {
            return Ok(self.links.many(std::slice::from_ref(&link)).await?.remove(&link));
        }
        let Some(kind) = detail.get("kind").and_then(|kind| serde_json::from_value(kind.clone()).ok()) else {
            return Ok(None);
        };
        for side in Side::BOTH {
            if let Some(id) = text(side.as_str()).and_then(|id| RecordId::parse(id).ok())
                && let Some(link) = self.linked(kind, side, &id).await?
            {
                return Ok(Some(link));
            }
        }
        Ok(None)
    }

    /// A record that is not linked may belong to a contact that is.
    async fn unlinked(&self, detail: &Json) -> Result<Subject, Error> {
        let text = |side: Side| detail.get(side.as_str()).and_then(Json::as_str);
        let contact = PerSide::from_fn(|side| {
            text(side).and_then(|id| RecordId::parse(id).ok()).map(|id| contact_of(&id))
        });
        for side in Side::BOTH {
            if let Some(id) = contact.of(side)
                && let Some(link) = self.linked(Kind::Contact, side, id).await?
            {
                let contact = PerSide::from_fn(|side| Some(link.ids.of(side).clone()));
                return Ok(Subject { contact, ..Subject::default() });
            }
        }
        Ok(Subject { contact, ..Subject::default() })
    }

    pub async fn linked(&self, kind: Kind, side: Side, id: &RecordId) -> Result<Option<Link>, Error> {
        match self.links.known(Identity { kind, side, id }).await? {
            Known::Linked(link) => Ok(Some(*link)),
            Known::Nothing | Known::Intent(_) | Known::Ignored => Ok(None),
        }
    }
}
