//! Events that are on their way to a connection's own receiver; queues carry their names only.

use jiff::{SignedDuration, Timestamp};
use serde::{Deserialize, Serialize};
use serde_json::Value as Json;

use super::error::Error;
use super::table::{If, Key, Table};
use crate::model::ids::{ConnectionId, DeliveryId};

/// Longer than any is tried.
const KEPT: SignedDuration = SignedDuration::from_hours(3 * 24);

#[derive(Serialize, Deserialize)]
struct Post {
    body: Json,
    expires_at: i64,
}

/// Those of one connection.
#[derive(Clone, Debug)]
pub struct Posts {
    table: Table,
    pk: String,
}

impl Posts {
    pub fn new(table: Table, connection: &ConnectionId) -> Self {
        Self { table, pk: format!("ACTION#{connection}") }
    }

    pub async fn put(&self, id: &DeliveryId, body: &Json, now: Timestamp) -> Result<(), Error> {
        let post = Post { body: body.clone(), expires_at: (now + KEPT).as_second() };
        self.table.put(&self.key(id), &post, If::Always, "keep an event to be sent").await.map(|_| ())
    }

    pub async fn get(&self, id: &DeliveryId, now: Timestamp) -> Result<Option<Json>, Error> {
        let post: Option<Post> = self.table.get(&self.key(id), "read an event to be sent").await?;
        Ok(post.filter(|post| post.expires_at > now.as_second()).map(|post| post.body))
    }

    pub async fn remove(&self, id: &DeliveryId) -> Result<(), Error> {
        self.table.delete(&self.key(id), "forget an event that was sent").await
    }

    fn key(&self, id: &DeliveryId) -> Key {
        Key::new(self.pk.clone(), format!("post#{id}"))
    }
}
