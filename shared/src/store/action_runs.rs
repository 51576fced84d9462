//! What was asked for on the bus, and what became of it.
//!
//! A row holds its input until it is done: queues carry its name only. It stays for a month after, so that an event which
//! comes again is known.

use std::collections::HashMap;

use jiff::{SignedDuration, Timestamp};
use serde::{Deserialize, Serialize};
use serde_json::Value as Json;

use super::error::Error;
use super::table::{If, Key, Table};
use crate::action::outcome::Why;
use crate::model::ids::{ConnectionId, DeliveryId, RecordId, RuleId};

/// How long what was asked for is known.
const KEPT: SignedDuration = SignedDuration::from_hours(30 * 24);
/// How long something waits for its connection to run; the connection's own rows are kept as long after an uninstall.
const WAITS: SignedDuration = SignedDuration::from_hours(90 * 24);
/// The most that are woken at once.
const WAITING_MAX: usize = 1_000;

/// One action that was asked for.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Run {
    pub id: DeliveryId,
    pub action: String,
    /// What it takes; gone once it is done.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub input: Option<Json>,
    pub state: RunState,
    /// A try was begun that may have done it.
    #[serde(default)]
    pub begun: bool,
    pub asked_at: Timestamp,
    /// The bus knows what became of it.
    #[serde(default)]
    pub told: bool,
    /// The rule that asked for it, where one did.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub asked_by: Option<AskedBy>,
    pub expires_at: i64,
}

/// A rule, and how many stand behind the event with it.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct AskedBy {
    pub rule: RuleId,
    pub depth: u8,
}

/// How far it has come.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(tag = "is", rename_all = "snake_case")]
pub enum RunState {
    Asked,
    /// Its connection does not run; it is done when that does.
    Waiting,
    Done {
        ids: Vec<RecordId>,
    },
    Refused {
        why: Why,
    },
    /// It may have been done: its answer was lost.
    Uncertain,
}

impl RunState {
    pub fn is_end(&self) -> bool {
        match self {
            Self::Asked | Self::Waiting => false,
            Self::Done { .. } | Self::Refused { .. } | Self::Uncertain => true,
        }
    }
}

impl Run {
    pub fn new(id: DeliveryId, action: String, input: Json, now: Timestamp) -> Self {
        let expires_at = (now + WAITS).as_second();
        Self {
            id,
            action,
            input: Some(input),
            state: RunState::Asked,
            begun: false,
            asked_at: now,
            told: false,
            asked_by: None,
            expires_at,
        }
    }

    /// The same, asked for by a rule.
    #[must_use]
    pub fn by(self, asked_by: AskedBy) -> Self {
        Self { asked_by: Some(asked_by), ..self }
    }

    /// The same at its end.
    #[must_use]
    pub fn ended(&self, state: RunState, now: Timestamp) -> Self {
        Self { state, input: None, expires_at: (now + KEPT).as_second(), ..self.clone() }
    }
}

/// The name of one that waits.
#[derive(Serialize, Deserialize)]
struct Waiting {
    id: DeliveryId,
    expires_at: i64,
}

/// The runs of one connection.
#[derive(Clone, Debug)]
pub struct ActionRuns {
    table: Table,
    pk: String,
}

impl ActionRuns {
    pub fn new(table: Table, connection: &ConnectionId) -> Self {
        Self { table, pk: format!("ACTION#{connection}") }
    }

    pub async fn get(&self, id: &DeliveryId, now: Timestamp) -> Result<Option<Run>, Error> {
        let run: Option<Run> = self.table.get(&self.key(id), "read what was asked for").await?;
        Ok(run.filter(|run| run.expires_at > now.as_second()))
    }

    /// Those of these that are known, by their ids.
    pub async fn many(&self, ids: &[DeliveryId]) -> Result<HashMap<DeliveryId, Run>, Error> {
        let keys: Vec<Key> = ids.iter().map(|id| self.key(id)).collect();
        let runs: Vec<Run> = self.table.get_many(&keys, "read what was asked for").await?;
        Ok(runs.into_iter().map(|run| (run.id.clone(), run)).collect())
    }

    /// Keeps something new; `false` where it was asked for before.
    pub async fn begin(&self, run: &Run) -> Result<bool, Error> {
        self.table.put(&self.key(&run.id), run, If::Absent, "keep what was asked for").await
    }

    pub async fn put(&self, run: &Run) -> Result<(), Error> {
        self.table.put(&self.key(&run.id), run, If::Always, "note what became of an action").await.map(|_| ())
    }

    /// Puts it on the list of those that wait for the connection to run.
    pub async fn set_aside(&self, run: &Run) -> Result<(), Error> {
        self.put(&Run { state: RunState::Waiting, ..run.clone() }).await?;
        let line = Waiting { id: run.id.clone(), expires_at: run.expires_at };
        self.table.put(&self.line(run), &line, If::Always, "list an action that waits").await.map(|_| ())
    }

    pub async fn take_off(&self, run: &Run) -> Result<(), Error> {
        self.table.delete(&self.line(run), "take an action off the list").await
    }

    /// Those that wait, the first one first.
    pub async fn waiting(&self) -> Result<Vec<DeliveryId>, Error> {
        let lines: Vec<Waiting> = self
            .table
            .rows_that_begin(&self.pk, "waiting#", WAITING_MAX, "list the actions that wait")
            .await?;
        Ok(lines.into_iter().map(|line| line.id).collect())
    }

    fn key(&self, id: &DeliveryId) -> Key {
        Key::new(self.pk.clone(), format!("run#{id}"))
    }

    fn line(&self, run: &Run) -> Key {
        Key::new(self.pk.clone(), format!("waiting#{}#{}", run.asked_at.as_millisecond(), run.id))
    }
}
