//! The intents to create a record across, in the place of its pointer.

use jiff::Timestamp;
use serde::Serialize;

use super::error::Error;
use super::identity::Identity;
use super::links::{Intent, Known, Links, Pointer};
use super::table::If;

/// An intent carries its attempts as the version that the next attempt names.
#[derive(Serialize)]
struct IntentRow {
    #[serde(flatten)]
    pointer: Pointer,
    version: u64,
}

impl Links {
    /// Writes the intent to create this record across. `false` where somebody else got there first.
    pub async fn intend(
        &self,
        record: Identity<'_>,
        found: Option<&Intent>,
        now: Timestamp,
    ) -> Result<bool, Error> {
        const DOING: &str = "write an intent";
        let attempts = found.map_or(0, |intent| intent.attempts) + 1;
        let intent = Intent { since: now, attempts, sent: false };
        let row = IntentRow { pointer: Pointer::Intent { intent }, version: attempts };
        let condition = found.map_or(If::Absent, |intent| If::Version(intent.attempts));
        self.table.put(&self.pointer_key(record), &row, condition, DOING).await
    }

    /// Notes of the intent with so many `attempts` that the other side took the create and will name the new record
    /// later. `false` where it has come already, and somebody has linked it.
    pub async fn mark_sent(
        &self,
        record: Identity<'_>,
        attempts: u64,
        now: Timestamp,
    ) -> Result<bool, Error> {
        const DOING: &str = "note a create that was sent";
        let intent = Intent { since: now, attempts, sent: true };
        let row = IntentRow { pointer: Pointer::Intent { intent }, version: attempts };
        self.table.put(&self.pointer_key(record), &row, If::Version(attempts), DOING).await
    }

    /// Lets a create be sent again that was sent and never answered: a person asked for it.
    pub async fn resend(&self, record: Identity<'_>) -> Result<(), Error> {
        match self.known(record).await? {
            Known::Intent(intent) if intent.sent => self.withdraw(record).await,
            Known::Linked(mut link) if link.intent.as_ref().is_some_and(|intent| intent.sent) => {
                link.intent = None;
                self.save(&mut link).await
            }
            _ => Ok(()),
        }
    }

    /// Takes an intent back, where it is certain that nothing was made.
    pub async fn withdraw(&self, record: Identity<'_>) -> Result<(), Error> {
        self.table.delete(&self.pointer_key(record), "withdraw an intent").await
    }
}
