//! The time of day, as an argument. Nothing in the product asks the operating system for it directly.

use std::sync::Arc;

use futures_util::FutureExt;
use futures_util::future::BoxFuture;
use jiff::{SignedDuration, Timestamp};

/// Tells the time, and lets it pass. Production uses [`Clock::system`]; tests and the sandbox pass a clock of their own.
#[derive(Clone)]
pub struct Clock {
    now: Arc<dyn Fn() -> Timestamp + Send + Sync>,
    sleep: Arc<dyn Fn(SignedDuration) -> BoxFuture<'static, ()> + Send + Sync>,
}

impl Clock {
    /// The machine's clock.
    pub fn system() -> Self {
        let sleep = |time: SignedDuration| tokio::time::sleep(time.unsigned_abs()).boxed();
        Self::new(Timestamp::now, sleep)
    }

    /// A clock that answers with whatever `now` answers, and waits as `sleep` does.
    pub fn new(
        now: impl Fn() -> Timestamp + Send + Sync + 'static,
        sleep: impl Fn(SignedDuration) -> BoxFuture<'static, ()> + Send + Sync + 'static,
    ) -> Self {
        Self { now: Arc::new(now), sleep: Arc::new(sleep) }
    }

    /// The present moment.
    pub fn now(&self) -> Timestamp {
        (self.now)()
    }

    /// Returns once the time has passed.
    pub async fn sleep(&self, time: SignedDuration) {
        (self.sleep)(time).await;
    }
}

impl std::fmt::Debug for Clock {
    fn fmt(&self, formatter: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        write!(formatter, "Clock({})", self.now())
    }
}
