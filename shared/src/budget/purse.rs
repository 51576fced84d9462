//! Where calls are taken from: this container's slices first, the shared row when they are spent.

use std::collections::{BTreeMap, HashMap};
use std::sync::Arc;

use jiff::{SignedDuration, Timestamp};
use tokio::sync::Mutex;

use super::ledger::{Class, Ledger, Limit, Limits, Rest, SLICE_MIN, Slice, Spent, Word, wanted_next};
use crate::clock::Clock;
use crate::disposition::Disposition;
use crate::metrics::{self, Metric};
use crate::model::ids::ConnectionId;
use crate::model::side::Side;
use crate::store::ledgers::Ledgers;
use crate::store::table::Table;

/// A wait no longer than this is sat out; a longer one goes back to the queue, where it costs nothing.
const SAT_OUT_MAX: SignedDuration = SignedDuration::from_secs(2);

/// How often the row is tried for while other functions change it.
const TRIES_MAX: usize = 20;

/// No call may be made now.
#[derive(Debug, thiserror::Error)]
pub enum Error {
    #[error("{side}'s calls are spent for {} s", after.as_secs())]
    Window { side: Side, after: SignedDuration },
    #[error("{side}'s calls of the day are spent; the day ends in {} min", after.as_mins())]
    Day { side: Side, after: SignedDuration },
    #[error("too many functions take calls at once")]
    Busy,
    #[error(transparent)]
    Store(#[from] crate::store::error::Error),
}

impl Error {
    pub fn disposition(&self) -> Disposition {
        match self {
            Self::Window { after, .. } | Self::Day { after, .. } => Disposition::Wait { after: *after },
            Self::Busy => Disposition::retry_after_seconds(1),
            Self::Store(error) => error.disposition(),
        }
    }
}

/// What this container knows of one side's budget.
#[derive(Default)]
struct Local {
    ledger: Option<Ledger>,
    held: BTreeMap<Class, Held>,
    /// How many calls each class makes in a slice's time.
    wanted: BTreeMap<Class, u32>,
    /// What the side last said of its limits, and when.
    word: Option<(Word, Timestamp)>,
}

#[derive(Clone, Copy)]
struct Held {
    slice: Slice,
    left: u32,
}

/// The budgets of all connections, as this container knows them.
#[derive(Clone, Default)]
pub struct Purses(Arc<std::sync::Mutex<Locals>>);

type Locals = HashMap<(ConnectionId, Side), Arc<Mutex<Local>>>;

/// A container serves few connections at a time: beyond this many it begins anew.
const PURSES_MAX: usize = 1_000;

impl Purses {
    pub fn of(
        &self,
        connection: &ConnectionId,
        side: Side,
        class: Class,
        limits: Limits,
        table: &Table,
        clock: &Clock,
    ) -> Purse {
        let mut purses = self.0.lock().expect("nothing panics while it holds the purses");
        if purses.len() >= PURSES_MAX {
            purses.clear();
        }
        let local = purses.entry((connection.clone(), side)).or_default().clone();
        let rows = Ledgers::new(table.clone(), connection, side);
        Purse { connection: connection.clone(), local, rows, side, class, limits, clock: clock.clone() }
    }
}

/// One side's budget, for one class of calls.
#[derive(Clone)]
pub struct Purse {
    connection: ConnectionId,
    local: Arc<Mutex<Local>>,
    rows: Ledgers,
    side: Side,
    class: Class,
    limits: Limits,
    clock: Clock,
}

impl Purse {
    /// Takes one call. Waits where the wait is short.
    ///
    /// # Errors
    /// [`Error::Window`] and [`Error::Day`] where it is long.
    pub async fn take(&self) -> Result<(), Error> {
        loop {
            match self.take_now().await? {
                Ok(()) => {
                    metrics::count(self.metric(), self.connection.as_str());
                    return Ok(());
                }
                Err(Spent { limit: Limit::Window, after }) if after <= SAT_OUT_MAX => {
                    self.clock.sleep(after).await;
                }
                Err(Spent { limit: Limit::Window, after }) => {
                    return Err(Error::Window { side: self.side, after });
                }
                Err(Spent { limit: Limit::Day, after }) => return Err(Error::Day { side: self.side, after }),
            }
        }
    }

    fn metric(&self) -> Metric {
        match self.side {
            Side::Ghl => Metric::GhlCalls,
            Side::HelloLeads => Metric::HelloLeadsCalls,
        }
    }

    async fn take_now(&self) -> Result<Result<(), Spent>, Error> {
        let mut local = self.local.lock().await;
        let now = self.clock.now();
        if let Some(held) = local.held.get_mut(&self.class)
            && held.left > 0
            && held.slice.until >= now
        {
            held.left -= 1;
            return Ok(Ok(()));
        }
        let over = local.held.remove(&self.class);
        if let Some(held) = over {
            local.wanted.insert(self.class, wanted_next(held.slice.calls, held.left));
        }
        let wanted = local.wanted.get(&self.class).copied().unwrap_or(SLICE_MIN);
        let mut taken = Err(Spent { limit: Limit::Window, after: SignedDuration::ZERO });
        self.change(&mut local, |ledger, fresh| {
            if let Some(held) = over {
                ledger.give_back(held.slice, held.left);
            }
            taken = ledger.take(self.class, wanted, self.limits, now);
            // Somebody may have given calls back since the row was read.
            taken.is_ok() || fresh
        })
        .await?;
        Ok(taken.map(|slice| {
            local.held.insert(self.class, Held { slice, left: slice.calls - 1 });
        }))
    }

    /// Changes the row, from what is known of it at first. `change` says whether that was fresh enough for it.
    async fn change(
        &self,
        local: &mut Local,
        mut change: impl FnMut(&mut Ledger, bool) -> bool + Send,
    ) -> Result<(), Error> {
        local.ledger = local.ledger.take().filter(|known| !self.rows.is_outdated(known.version));
        for _ in 0..TRIES_MAX {
            let (mut ledger, fresh) = match local.ledger.take() {
                Some(known) => (known, false),
                None => (self.read(local.word).await?, true),
            };
            if !change(&mut ledger, fresh) {
                continue;
            }
            if self.rows.put(&mut ledger).await? {
                local.ledger = Some(ledger);
                return Ok(());
            }
        }
        Err(Error::Busy)
    }

    /// The row, with what the side said of the day since: that holds until the day ends.
    async fn read(&self, word: Option<(Word, Timestamp)>) -> Result<Ledger, Error> {
        let mut ledger = self.rows.get().await?;
        let now = self.clock.now();
        if let Some(word) = word.and_then(|(word, said)| word.of_the_day(said, now)) {
            ledger.heed(word, self.limits, now);
        }
        Ok(ledger)
    }

    /// Takes in what an answer says of the side's own count. It is kept with the next slice, and only if nobody else
    /// has taken one meanwhile: then their calls are not counted twice.
    pub async fn heed(&self, word: Word) {
        let mut local = self.local.lock().await;
        let now = self.clock.now();
        local.word = Some((word, now));
        if let Some(ledger) = &mut local.ledger {
            ledger.heed(word, self.limits, now);
        }
        let most = word.remaining.unwrap_or(u32::MAX).min(word.daily_remaining.unwrap_or(u32::MAX));
        for held in local.held.values_mut() {
            held.left = held.left.min(most);
        }
    }

    /// The side refused a call for want of budget: no function asks it again before `after` has passed.
    pub async fn rest(&self, limit: Limit, after: SignedDuration) -> Result<(), Error> {
        let mut local = self.local.lock().await;
        local.held.clear();
        let until: Timestamp = self.clock.now() + after;
        self.change(&mut local, |ledger, _| {
            ledger.rest_until(Rest { limit, until });
            true
        })
        .await
    }
}
