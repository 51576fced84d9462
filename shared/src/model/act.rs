//! What is counted by the brake.

use serde::{Deserialize, Serialize};

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
