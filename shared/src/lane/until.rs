//! Until when a run may take: it stops well before its Lambda is ended, and what is left comes again.

use jiff::{SignedDuration, Timestamp};

use crate::clock::Clock;

/// The longest that one step should take, its waits and time-outs included.
const STEP_MAX: SignedDuration = SignedDuration::from_secs(60);

/// What it takes to write down what was done and to answer.
const ANSWER_MAX: SignedDuration = SignedDuration::from_secs(10);

/// When the Lambda is ended.
#[derive(Clone, Copy, Debug)]
pub struct Until(Option<Timestamp>);

impl Until {
    pub const fn never() -> Self {
        Self(None)
    }

    /// `deadline_ms` as Lambda's context names it; none, or zero, is no Lambda's.
    pub fn of(deadline_ms: u64) -> Self {
        let deadline = i64::try_from(deadline_ms).ok().filter(|millis| *millis > 0);
        Self(deadline.and_then(|millis| Timestamp::from_millisecond(millis).ok()))
    }

    /// Whether no further step is begun.
    pub fn has_come(self, clock: &Clock) -> bool {
        self.0.is_some_and(|deadline| clock.now() >= deadline - STEP_MAX)
    }

    /// How long a step that was begun may go on, so that there is still time to answer.
    pub fn left(self, clock: &Clock) -> Option<SignedDuration> {
        let left = self.0?.duration_since(clock.now()) - ANSWER_MAX;
        Some(left.max(SignedDuration::ZERO))
    }
}
