//! What became of a hint.

use crate::disposition::Reason;
use crate::model::side::Side;

/// What was done about one record.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Outcome {
    /// Our own write coming back, or a repeat: no call was made.
    Echo,
    /// Both sides were looked at, and nothing had to be written.
    Unchanged,
    /// A record that is never synced, or that is not there.
    Apart,
    Created {
        on: Side,
    },
    /// Two records that were there already are one now.
    Linked,
    Updated {
        on: Vec<Side>,
    },
    /// Gone on both sides.
    Buried,
    Deleted {
        on: Side,
    },
    /// Gone across; kept here, marked, and left alone from now on.
    Unlinked {
        on: Side,
    },
    Recreated {
        on: Side,
    },
    /// Sent to a side that will name the new record later.
    Sent,
    /// The filter leaves it out: it stands in the list, and is left alone.
    Excluded,
    Parked(Reason),
}

impl Outcome {
    /// Whether a side was written.
    pub fn is_written(&self) -> bool {
        match self {
            Self::Created { .. }
            | Self::Updated { .. }
            | Self::Deleted { .. }
            | Self::Unlinked { .. }
            | Self::Recreated { .. }
            | Self::Sent => true,
            Self::Echo
            | Self::Unchanged
            | Self::Apart
            | Self::Linked
            | Self::Buried
            | Self::Excluded
            | Self::Parked(_) => false,
        }
    }

    /// The short name used in logs and metrics.
    pub fn name(&self) -> &'static str {
        match self {
            Self::Echo => "echo",
            Self::Unchanged => "unchanged",
            Self::Apart => "apart",
            Self::Created { .. } => "created",
            Self::Linked => "linked",
            Self::Updated { .. } => "updated",
            Self::Buried => "buried",
            Self::Deleted { .. } => "deleted",
            Self::Unlinked { .. } => "unlinked",
            Self::Recreated { .. } => "recreated",
            Self::Sent => "sent",
            Self::Excluded => "excluded",
            Self::Parked(_) => "parked",
        }
    }
}
