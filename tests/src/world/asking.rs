//! What whoever runs the sync asks of it: errands, reports, and that time goes by.

use jiff::{SignedDuration, Timestamp};
use shared::errand::{Errand, What, random_delivery};
use shared::queue::Outbox;
use shared::store::differences::Differences;
use shared::sync::difference::Difference;
use shared::sync::sweep::{Place, SweepCursor};

use super::World;

/// No report is longer than this.
const DIFFERENCES_MAX: usize = 100_000;

impl World {
    /// Sends an errand to `reconcile`, as the pages do.
    pub async fn ask(&self, what: What) {
        let url = self.environment.require("RECONCILE_QUEUE_URL").expect("the environment is whole");
        let errand = Errand { delivery: random_delivery("sandbox"), what };
        let sent = Outbox::new(self.clients().sqs, url.to_owned()).send(&[errand]).await;
        sent.expect("the queue is on this machine");
    }

    /// Goes through all records of both sides, and answers what differs.
    pub async fn verify(&self, repair: bool) -> Vec<Difference> {
        // Lists show a change a few seconds late.
        self.time.advance(SignedDuration::from_secs(10));
        self.ask(What::Verify { connection: self.connection(), repair }).await;
        self.settle().await;
        let sweep = SweepCursor::read(&self.table, &self.connection()).await.expect("the table is there");
        assert_eq!(sweep.place, Place::Done, "the sweep has come to its end");
        let found = Differences::new(self.table.clone(), &self.connection());
        found.of(sweep.number, DIFFERENCES_MAX).await.expect("the table is there")
    }

    /// The next message or schedule is waited for; `true` where there was something to do at once.
    pub async fn go_on(&self, next_tick: &mut Timestamp) -> bool {
        if self.step().await {
            return true;
        }
        let now = self.time.now();
        if now >= *next_tick {
            self.tick().await;
            *next_tick = now + SignedDuration::from_mins(5);
            return true;
        }
        let at = self.next_visible_at().map_or(*next_tick, |at| at.min(*next_tick));
        self.time.advance(at.duration_since(now).max(SignedDuration::from_millis(1)));
        false
    }

    /// A day of schedules passes.
    pub async fn pass_day(&self) {
        for _ in 0..24 {
            self.time.advance(SignedDuration::from_mins(55));
            self.pass_period().await;
        }
    }
}
