//! The event that asks for an action, and the message that hands it to its lane.

use std::borrow::Cow;

use schemars::JsonSchema;
use serde::{Deserialize, Serialize};
use serde_json::Value as Json;

use crate::model::ids::{ConnectionId, DeliveryId};
use crate::queue::Message;

/// The detail-type of the event.
pub const ASKED: &str = "ActionAsked";

/// The largest input. DynamoDB takes rows of 400 KB, and EventBridge events of 256.
pub const INPUT_MAX: usize = 200_000;

/// An event as EventBridge hands it over.
#[derive(Debug, Deserialize)]
pub struct BusEvent {
    pub id: DeliveryId,
    #[serde(rename = "detail-type")]
    pub detail_type: String,
    pub detail: Json,
}

/// What an event of this kind says.
#[derive(Debug, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub struct Asked {
    /// 1.
    pub version: Option<u32>,
    /// For which connection: the id of its GHL location.
    pub connection: ConnectionId,
    /// The action's name.
    pub action: String,
    /// What the action takes, as its own schema says.
    #[serde(default)]
    pub input: Json,
    /// What makes two events one: a second one with the same id does nothing. The event's own id, where there is none.
    pub id: Option<DeliveryId>,
}

/// "Do this": names what was asked for, and holds nothing of it.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Job {
    pub connection: ConnectionId,
    pub id: DeliveryId,
    /// What brought it: the event, or that the connection runs again.
    pub delivery: DeliveryId,
    #[serde(default)]
    pub kind: JobKind,
}

#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum JobKind {
    /// Do what was asked for.
    #[default]
    Act,
    /// Send an event to the connection's receiver.
    Post,
}

impl Message for Job {
    fn lane(&self) -> Cow<'_, str> {
        match self.kind {
            JobKind::Act => Cow::from(self.connection.as_str()),
            // A receiver that fails keeps no action waiting.
            JobKind::Post => format!("{}/post", self.connection).into(),
        }
    }

    fn de_duplication(&self) -> String {
        let whole = format!("{}/{}", self.id, self.delivery);
        hex::encode(&ring::digest::digest(&ring::digest::SHA256, whole.as_bytes()).as_ref()[..24])
    }
}
