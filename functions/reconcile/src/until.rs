//! Until when a run may take: it stops well before its Lambda is ended, and goes on by a message to itself.

use jiff::{SignedDuration, Timestamp};
use lambda_runtime::Context;
use shared::clock::Clock;

/// The longest that one step may take, its waits and time-outs included.
const STEP_MAX: SignedDuration = SignedDuration::from_secs(60);

/// The moment after which no further step is begun.
#[derive(Clone, Copy, Debug)]
pub struct Until(Option<Timestamp>);

impl Until {
    /// A context without a deadline is no Lambda's.
    pub fn of(context: &Context) -> Self {
        let deadline = i64::try_from(context.deadline).ok().filter(|millis| *millis > 0);
        Self(deadline.and_then(|millis| Timestamp::from_millisecond(millis).ok()).map(|at| at - STEP_MAX))
    }

    pub fn has_come(self, clock: &Clock) -> bool {
        self.0.is_some_and(|until| clock.now() >= until)
    }
}
