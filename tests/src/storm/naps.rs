//! Timers of virtual time: whoever naps is woken when the storm has moved time on far enough.

use std::collections::BTreeMap;
use std::pin::Pin;
use std::sync::{Arc, Mutex, MutexGuard};
use std::task::{Context, Poll, Waker};
use std::time::Duration;

use aws_smithy_async::rt::sleep::{AsyncSleep, Sleep};
use aws_smithy_async::time::TimeSource;
use jiff::SignedDuration;
use shared::clock::Clock;

use crate::time::Time;

/// All naps of one storm. Clones share everything.
#[derive(Clone, Debug)]
pub struct Naps {
    time: Time,
    waiting: Arc<Mutex<Waiting>>,
}

#[derive(Debug, Default)]
struct Waiting {
    wakers: BTreeMap<(i64, u64), Waker>,
    next: u64,
}

impl Naps {
    pub fn new(time: Time) -> Self {
        Self { time, waiting: Arc::default() }
    }

    /// Over once that much virtual time has passed.
    pub fn nap(&self, length: SignedDuration) -> Nap {
        let due = self.time.now() + length.max(SignedDuration::ZERO);
        let mut waiting = self.waiting();
        waiting.next += 1;
        Nap { due: due.as_millisecond(), place: waiting.next, naps: self.clone() }
    }

    /// When the first sleeper wakes, in milliseconds.
    pub fn next_at(&self) -> Option<i64> {
        self.waiting().wakers.keys().next().map(|(due, _)| *due)
    }

    /// Wakes everybody whose time has come.
    pub fn wake_due(&self) {
        let now = self.time.now().as_millisecond();
        let mut waiting = self.waiting();
        let later = waiting.wakers.split_off(&(now + 1, 0));
        let due = std::mem::replace(&mut waiting.wakers, later);
        drop(waiting);
        due.into_values().for_each(Waker::wake);
    }

    /// The functions' clock.
    pub fn clock(&self) -> Clock {
        let (time, naps) = (self.time.clone(), self.clone());
        Clock::new(move || time.now(), move |length| Box::pin(naps.nap(length)))
    }

    fn waiting(&self) -> MutexGuard<'_, Waiting> {
        self.waiting.lock().expect("no holder of the naps panics")
    }
}

impl AsyncSleep for Naps {
    fn sleep(&self, duration: Duration) -> Sleep {
        let length = SignedDuration::try_from(duration).unwrap_or(SignedDuration::MAX);
        Sleep::new(self.nap(length.min(SignedDuration::from_hours(24))))
    }
}

impl TimeSource for Naps {
    fn now(&self) -> std::time::SystemTime {
        let millis = u64::try_from(self.time.now().as_millisecond()).expect("storms are after 1970");
        std::time::UNIX_EPOCH + Duration::from_millis(millis)
    }
}

/// One nap.
#[derive(Debug)]
pub struct Nap {
    due: i64,
    place: u64,
    naps: Naps,
}

impl Future for Nap {
    type Output = ();

    fn poll(self: Pin<&mut Self>, context: &mut Context<'_>) -> Poll<()> {
        if self.naps.time.now().as_millisecond() >= self.due {
            return Poll::Ready(());
        }
        self.naps.waiting().wakers.insert((self.due, self.place), context.waker().clone());
        Poll::Pending
    }
}

impl Drop for Nap {
    fn drop(&mut self) {
        self.naps.waiting().wakers.remove(&(self.due, self.place));
    }
}
