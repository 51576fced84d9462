//! How many records were deleted, created or overwritten within a day, and whether that was too many.

use jiff::{SignedDuration, Timestamp};
use serde::{Deserialize, Serialize};

use super::error::Error;
use super::table::{If, Key, Table};
use crate::model::ids::ConnectionId;
use crate::model::side::Kind;

/// What is counted together.
const DAY: SignedDuration = SignedDuration::from_hours(24);

/// What may be done to too many records.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Act {
    Delete,
    Create,
    Overwrite,
}

impl Act {
    pub const ALL: [Self; 3] = [Self::Delete, Self::Create, Self::Overwrite];

    pub fn as_str(self) -> &'static str {
        match self {
            Self::Delete => "delete",
            Self::Create => "create",
            Self::Overwrite => "overwrite",
        }
    }
}

impl std::fmt::Display for Act {
    fn fmt(&self, formatter: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        formatter.write_str(match self {
            Self::Delete => "deleted",
            Self::Create => "created",
            Self::Overwrite => "overwritten",
        })
    }
}

/// One act's count.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(default)]
pub struct Count {
    version: u64,
    /// When the day began.
    since: Option<Timestamp>,
    counted: u64,
    /// When it was found to be too many: nothing more is done until a person says so.
    pub stopped_at: Option<Timestamp>,
    /// A person said so: until then, any number may be done.
    released_until: Option<Timestamp>,
}

impl Count {
    /// Takes leave for up to `wanted` records, of which `limit` may be done within a day. None where it is enough: then
    /// the brake is on, until a person releases it.
    pub fn take(&mut self, wanted: u64, limit: u64, now: Timestamp) -> u64 {
        if self.released_until.is_some_and(|until| until > now) {
            return wanted;
        }
        if self.stopped_at.is_some() {
            return 0;
        }
        if self.since.is_none_or(|since| now.duration_since(since) >= DAY) {
            (self.since, self.counted) = (Some(now), 0);
        }
        let taken = limit.saturating_sub(self.counted).min(wanted);
        self.counted += taken;
        if taken == 0 {
            self.stopped_at = Some(now);
        }
        taken
    }

    /// Puts the brake on, because a run was about to do too much at once.
    pub fn stop(&mut self, now: Timestamp) {
        self.stopped_at = self.stopped_at.or(Some(now));
    }

    /// Whether a person allowed any number, and that still holds.
    pub fn is_released(&self, now: Timestamp) -> bool {
        self.released_until.is_some_and(|until| until > now)
    }

    /// A person has looked: for a day, any number may be done.
    pub fn release(&mut self, now: Timestamp) {
        *self = Self { version: self.version, released_until: Some(now + DAY), ..Self::default() };
    }
}

/// The counts of one connection.
#[derive(Clone, Debug)]
pub struct Brakes {
    table: Table,
    connection: ConnectionId,
}

/// More functions than this do not change one count at once.
const TRIES_MAX: usize = 20;

impl Brakes {
    pub fn new(table: Table, connection: ConnectionId) -> Self {
        Self { table, connection }
    }

    pub async fn get(&self, kind: Kind, act: Act) -> Result<Count, Error> {
        Ok(self.table.get(&self.key(kind, act), "read a brake").await?.unwrap_or_default())
    }

    /// Changes a count, again where somebody else changed it meanwhile; answers what `change` answers.
    pub async fn change<T>(
        &self,
        kind: Kind,
        act: Act,
        mut change: impl FnMut(&mut Count) -> T + Send,
    ) -> Result<T, Error> {
        const DOING: &str = "count what is done";
        for _ in 0..TRIES_MAX {
            let before = self.get(kind, act).await?;
            let mut count = before;
            let answer = change(&mut count);
            if count == before {
                return Ok(answer);
            }
            count.version += 1;
            let condition = if before.version == 0 { If::Absent } else { If::Version(before.version) };
            if self.table.put(&self.key(kind, act), &count, condition, DOING).await? {
                return Ok(answer);
            }
        }
        Err(Error::Stale { doing: DOING })
    }

    fn key(&self, kind: Kind, act: Act) -> Key {
        Key::new(format!("BRAKE#{}", self.connection), format!("{}#{}", kind.as_str(), act.as_str()))
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn at(hours: i64) -> Timestamp {
        Timestamp::UNIX_EPOCH + SignedDuration::from_hours(hours)
    }

    #[test]
    fn as_many_as_the_limit_are_allowed_within_a_day_and_then_a_person_is_asked() {
        let mut count = Count::default();
        assert_eq!(count.take(2, 3, at(0)), 2);
        assert_eq!(count.take(2, 3, at(1)), 1, "what is left of the limit");
        assert_eq!((count.take(2, 3, at(2)), count.stopped_at), (0, Some(at(2))));
        assert_eq!(count.take(2, 3, at(100)), 0, "the brake stays on until a person releases it");
        count.release(at(100));
        assert_eq!(count.take(2, 3, at(101)), 2);
        assert_eq!(count.stopped_at, None);
        assert_eq!(count.take(500, 3, at(123)), 500, "any number, for a day");
        assert_eq!(count.take(500, 3, at(124)), 3, "then as before");
    }

    #[test]
    fn a_new_day_begins_anew() {
        let mut count = Count::default();
        assert_eq!(count.take(3, 3, at(0)), 3);
        assert_eq!(count.take(3, 3, at(24)), 3);
    }
}
