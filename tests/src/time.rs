//! Time in the fake world: it stands still until somebody moves it, or it runs with the machine's.

use std::sync::Arc;
use std::sync::atomic::{AtomicI64, Ordering};

use jiff::{SignedDuration, Timestamp};
use shared::clock::Clock;

type Sleep = std::pin::Pin<Box<dyn Future<Output = ()> + Send>>;

/// One clock for everybody in the world: both CRMs, the queues and the functions.
#[derive(Clone, Debug)]
pub enum Time {
    /// Milliseconds since the epoch; moves only by [`Time::advance`].
    Virtual(Arc<AtomicI64>),
    /// The machine's clock.
    Real,
}

impl Time {
    /// Virtual time that starts at `start`.
    pub fn starting_at(start: Timestamp) -> Self {
        Self::Virtual(Arc::new(AtomicI64::new(start.as_millisecond())))
    }

    pub fn now(&self) -> Timestamp {
        match self {
            Self::Virtual(millis) => Timestamp::from_millisecond(millis.load(Ordering::SeqCst))
                .expect("virtual time stays within the range of a timestamp"),
            Self::Real => Timestamp::now(),
        }
    }

    /// Moves virtual time forward. Real time cannot be moved and ignores it.
    pub fn advance(&self, by: SignedDuration) {
        if let Self::Virtual(millis) = self {
            let by = i64::try_from(by.as_millis()).expect("a step of virtual time is short");
            millis.fetch_add(by, Ordering::SeqCst);
        }
    }

    /// The functions' clock. Whoever sleeps by it moves virtual time on.
    pub fn clock(&self) -> Clock {
        let (time, sleeper) = (self.clone(), self.clone());
        let sleep = move |by: SignedDuration| {
            let time = sleeper.clone();
            let asleep: Sleep = Box::pin(async move {
                match &time {
                    Self::Virtual(_) => time.advance(by),
                    Self::Real => tokio::time::sleep(by.unsigned_abs()).await,
                }
            });
            asleep
        };
        Clock::new(move || time.now(), sleep)
    }
}
