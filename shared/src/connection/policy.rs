//! Who wins, and what a delete on one side means for the other.

use serde::{Deserialize, Serialize};

use crate::model::act::Act;
use crate::model::side::PerSide;

/// The rules of a connection.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Policy {
    #[serde(default)]
    pub conflict: ConflictRule,
    /// What happens to a record when the *other* side deleted it: `on_delete.helloleads` says what becomes of the
    /// lead when the GHL contact was deleted.
    #[serde(default = "default_on_delete")]
    pub on_delete: PerSide<DeleteRule>,
    /// The same for the notes, tasks and appointments of a contact that is still there.
    #[serde(default = "default_on_delete_related")]
    pub on_delete_related: DeleteRule,
    #[serde(default)]
    pub shared_phone: SharedPhone,
    #[serde(default)]
    pub brake: BrakeSettings,
    /// How often a record may be written within an hour, both sides counted. A loop that somebody's own automations
    /// make with ours ends there.
    #[serde(default = "default_writes")]
    pub writes_per_record_hour: u32,
}

/// How many records may be deleted, created or overwritten within a day before a person is asked.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(default, deny_unknown_fields)]
pub struct BrakeSettings {
    pub deletes: Most,
    pub creates: Most,
    pub overwrites: Most,
}

/// So many records, or this part of all contacts, whichever is more.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Most {
    pub records: u64,
    pub percent: u64,
}

impl Most {
    /// How many records these are where there are so many contacts.
    pub fn of(self, contacts: u64) -> u64 {
        self.records.max(contacts * self.percent / 100)
    }
}

impl Default for BrakeSettings {
    fn default() -> Self {
        Self {
            deletes: Most { records: 50, percent: 5 },
            creates: Most { records: 5_000, percent: 50 },
            overwrites: Most { records: 5_000, percent: 50 },
        }
    }
}

impl BrakeSettings {
    pub fn of(&self, act: Act) -> Most {
        match act {
            Act::Delete => self.deletes,
            Act::Create => self.creates,
            Act::Overwrite => self.overwrites,
        }
    }
}

fn default_writes() -> u32 {
    20
}

fn default_on_delete() -> PerSide<DeleteRule> {
    PerSide::from_fn(|_| DeleteRule::Unlink)
}

fn default_on_delete_related() -> DeleteRule {
    DeleteRule::Delete
}

impl Policy {
    /// The rules for what belongs to a contact.
    #[must_use]
    pub fn of_related(self) -> Self {
        let rule = self.on_delete_related;
        Self { on_delete: PerSide::from_fn(|_| rule), ..self }
    }
}

impl Default for Policy {
    fn default() -> Self {
        Self {
            conflict: ConflictRule::default(),
            on_delete: default_on_delete(),
            on_delete_related: default_on_delete_related(),
            shared_phone: SharedPhone::default(),
            brake: BrakeSettings::default(),
            writes_per_record_hour: default_writes(),
        }
    }
}

/// Whose value stands when both sides edited the same field. The other value is kept in the conflict journal.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum ConflictRule {
    #[serde(rename = "helloleads_wins")]
    HelloLeadsWins,
    GhlWins,
    /// The later edit, where both sides say when they were edited; GHL's otherwise.
    #[default]
    NewestWins,
}

/// What becomes of a record whose counterpart was deleted, unless it was edited meanwhile: an edit beats a delete.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum DeleteRule {
    /// Delete it too; on a side that cannot delete, mark it and unlink.
    Delete,
    /// Leave it, marked as the side allows, and never sync it again.
    Unlink,
    /// Create the deleted one again.
    Recreate,
    /// Ask a person.
    Park,
}

/// What to do when GHL refuses a phone number because another contact has it.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum SharedPhone {
    /// Put the record aside and say which contact has the number.
    #[default]
    Park,
    /// Write the record without the number, and list the number as not taken.
    LeaveOut,
}
