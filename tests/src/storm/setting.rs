//! What a storm's world looks like before it breaks out: the connections, and how their accounts are set.

use super::dice::Dice;
use crate::helloleads::Blank;

/// Where the stand-ins are said to be; nothing listens there.
pub const GHL_PORT: u16 = 7001;
pub const HELLOLEADS_PORTS: [u16; 4] = [7011, 7012, 7013, 7014];

/// How long the storm lasts, in minutes, and how many actions people take meanwhile.
pub const MINUTES: (i64, i64) = (8, 24);
pub const ACTIONS: (i64, i64) = (10, 40);

/// The brakes on deletions, each as often as it stands here. The first is the product's own.
const BRAKES: [usize; 5] = [50, 50, 50, 1, 2];

/// By which profile HelloLeads is reached.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Way {
    Key,
    /// By a session. What belongs to leads is not synced then.
    V1,
    Relay,
}

/// What becomes of a record whose counterpart was deleted.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum OnDelete {
    Unlink,
    Delete,
    Recreate,
    Park,
}

/// One connection.
#[derive(Clone, Debug)]
pub struct Setting {
    /// Its place among the storm's connections.
    pub place: usize,
    pub location: String,
    pub way: Way,
    pub conflict: &'static str,
    pub on_delete: OnDelete,
    /// How many contacts may be deleted or unlinked a day before a person is asked.
    pub brake: usize,
    /// Notes, tasks and appointments are synced too.
    pub related: bool,
    /// People delete where no webhook tells it, and webhooks of deletions are lost: only the sweep over all ids finds
    /// them, hours later.
    pub silent_deletes: bool,
    /// GHL takes two contacts with the same e-mail or phone.
    pub allow_duplicates: bool,
    pub index_lag_ms: i64,
    pub page_size: usize,
    pub order_honoured: bool,
    pub blank: Blank,
    pub error_in_200: bool,
    /// The key's updates take tags, and blanks.
    pub tags_on_update: bool,
    pub clears_on_empty: bool,
    pub modified_filter: bool,
    pub other_spelling: bool,
    pub string_numbers: bool,
    /// The relay repeats our reference in its webhooks.
    pub keeps_reference: bool,
    /// The relay answers with the id of what it made.
    pub answers_id: bool,
}

impl Setting {
    /// As the dice want it.
    pub fn drawn(dice: &mut Dice, place: usize) -> Self {
        let ways = [Way::Key, Way::Key, Way::V1, Way::Relay, Way::Relay];
        let way = dice.pick(&ways).copied().unwrap_or(Way::Key);
        let rules =
            [OnDelete::Unlink, OnDelete::Unlink, OnDelete::Delete, OnDelete::Recreate, OnDelete::Park];
        let blanks = [Blank::Null, Blank::Empty, Blank::Mixed];
        Self {
            place,
            location: format!("LoCaTiOnOfStorm{place:05}"),
            way,
            conflict: dice
                .pick(&["newest_wins", "newest_wins", "ghl_wins", "helloleads_wins"])
                .copied()
                .unwrap_or(""),
            on_delete: dice.pick(&rules).copied().unwrap_or(OnDelete::Unlink),
            brake: dice.pick(&BRAKES).copied().unwrap_or(50),
            related: way != Way::V1 && dice.comes_true(500),
            silent_deletes: dice.comes_true(250),
            allow_duplicates: dice.comes_true(400),
            index_lag_ms: dice.pick(&[0, 3_000, 9_000]).copied().unwrap_or(0),
            page_size: usize::try_from(dice.between(2, 25)).unwrap_or(25),
            order_honoured: dice.comes_true(800),
            blank: dice.pick(&blanks).copied().unwrap_or(Blank::Null),
            error_in_200: dice.comes_true(500),
            tags_on_update: dice.comes_true(700),
            clears_on_empty: dice.comes_true(700),
            modified_filter: dice.comes_true(800),
            other_spelling: dice.comes_true(300),
            string_numbers: dice.comes_true(300),
            keeps_reference: dice.comes_true(800),
            answers_id: dice.comes_true(700),
        }
    }

    /// Whether only the sweep over all ids finds some of what happens: deletions without a word, and edits where the
    /// account ignores the filter by the time of change.
    pub fn needs_sweep(&self) -> bool {
        self.silent_deletes || (self.way != Way::Relay && !self.modified_filter)
    }

    pub fn on_delete_name(&self) -> &'static str {
        match self.on_delete {
            OnDelete::Unlink => "unlink",
            OnDelete::Delete => "delete",
            OnDelete::Recreate => "recreate",
            OnDelete::Park => "park",
        }
    }
}
