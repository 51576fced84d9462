//! How far a first import has come, how fast it goes, and how long it will take. Pure, but for [`Forecast::read`].
//!
//! The calls of the scarcer side decide. Until enough contacts are done, a contact is taken to cost what it costs by
//! the book: a call in GHL, and in HelloLeads a write and its part of the look that nine writes share. After that, what
//! it has cost so far.

use jiff::{SignedDuration, Timestamp};

use super::progress::Progress;
use crate::budget::ledger::Limits;
use crate::connection::Connection;
use crate::model::side::Side;
use crate::store::error::Error;
use crate::store::imports::Import;
use crate::store::ledgers::Ledgers;
use crate::store::table::Table;

/// So many contacts show what a contact costs.
const ENOUGH: u64 = 50;

/// What is known of an import.
#[derive(Clone, Copy, Debug)]
pub struct Known<'a> {
    pub progress: &'a Progress,
    pub import: Import,
    /// The limits of HelloLeads; none where nobody counts its calls.
    pub helloleads: Option<Limits>,
    pub ghl: Limits,
    /// All calls that each side was ever asked.
    pub helloleads_calls: u64,
    pub ghl_calls: u64,
    pub now: Timestamp,
}

/// How an import goes on.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Forecast {
    pub done: u64,
    pub total: u64,
    /// Contacts done in an hour, at this rate.
    pub per_hour: u64,
    pub left: SignedDuration,
}

impl Forecast {
    /// What the table knows of a connection's import; none once it is over.
    pub async fn read(
        table: &Table,
        connection: &Connection,
        progress: &Progress,
        import: Import,
        now: Timestamp,
    ) -> Result<Option<Self>, Error> {
        let calls = async |side| Ledgers::new(table.clone(), &connection.id, side).get().await;
        Ok(Self::of(Known {
            progress,
            import,
            helloleads: connection.helloleads.counted_limits(),
            ghl: crate::ghl::client::LIMITS,
            helloleads_calls: calls(Side::HelloLeads).await?.ever(),
            ghl_calls: calls(Side::Ghl).await?.ever(),
            now,
        }))
    }

    /// None once the import is over.
    pub fn of(known: Known<'_>) -> Option<Self> {
        let (progress, import) = (known.progress, known.import);
        if progress.ghl.first_walk_done && import.is_at_rest(known.now) {
            return None;
        }
        let contacts = progress.ghl.total.max(import.expected.unwrap_or_default());
        let (leads, pages_left) = leads_of(progress);
        let contacts_left = contacts.saturating_sub(import.done_ghl);
        let leads_left = leads.saturating_sub(import.done_helloleads);
        let (helloleads_cost, ghl_cost) = costs(known);
        let helloleads_left = (contacts_left as f64).mul_add(helloleads_cost, pages_left as f64);
        let ghl_left = (contacts_left as f64).mul_add(ghl_cost, 2.0 * leads_left as f64);
        let helloleads = known.helloleads.map_or(0.0, |limits| seconds(helloleads_left, limits));
        let seconds = helloleads.max(seconds(ghl_left, known.ghl));
        let (records_left, hours) = ((contacts_left + leads_left) as f64, seconds / 3600.0);
        Some(Self {
            done: import.done(),
            total: contacts + leads,
            per_hour: if hours > 0.0 { (records_left / hours) as u64 } else { 0 },
            left: SignedDuration::from_secs(seconds as i64),
        })
    }

    /// What a person reads of it.
    pub fn line(&self) -> String {
        let Self { done, total, per_hour, .. } = self;
        let done = done.min(total);
        format!("{done} of {total} done, about {per_hour} an hour, {} left", words(self.left))
    }
}

/// How long so many calls take.
pub fn seconds(calls: f64, limits: Limits) -> f64 {
    calls / f64::from(limits.calls) * limits.window.as_secs_f64()
}

/// A stretch of time in words.
pub fn words(time: SignedDuration) -> String {
    match time.as_mins() {
        ..=1 => "a minute".to_owned(),
        minutes @ 2..=119 => format!("{minutes} minutes"),
        minutes @ 120..=2_879 => format!("{} hours", minutes / 60),
        minutes => format!("{} days", minutes / 1_440),
    }
}

/// How many leads there are, as far as is known, and how many pages of them are still to be read.
fn leads_of(progress: &Progress) -> (u64, u64) {
    let leads = &progress.helloleads;
    if leads.first_read_done() {
        return (leads.done, 0);
    }
    let read = leads.walk.as_ref().map_or(0, |walk| walk.page.saturating_sub(1));
    let per_page = leads.done.checked_div(read).unwrap_or_default();
    (leads.done.max(leads.pages * per_page), leads.pages.saturating_sub(read))
}

/// What a contact of GHL costs in calls of each side.
fn costs(known: Known<'_>) -> (f64, f64) {
    let by_the_book = (10.0 / 9.0, 1.0);
    let Some(base) = known.import.measured_from else { return by_the_book };
    let done = known.import.done().saturating_sub(base.done);
    if done < ENOUGH {
        return by_the_book;
    }
    let each = |calls: u64, before: u64| calls.saturating_sub(before) as f64 / done as f64;
    (each(known.helloleads_calls, base.helloleads), each(known.ghl_calls, base.ghl))
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::ghl::walk::WalkCursor;

    const HELLOLEADS: Limits =
        Limits { calls: 90, window: SignedDuration::from_hours(1), daily: None, worth: 10, sweeps: 10 };
    const GHL: Limits = crate::ghl::client::LIMITS;

    fn left(expected: u64, done: &str) -> Forecast {
        let import: Import = serde_json::from_str(done).unwrap();
        let import = Import { expected: Some(expected), ..import };
        let progress = Progress::default();
        let known = Known {
            progress: &progress,
            import,
            helloleads: Some(HELLOLEADS),
            ghl: GHL,
            helloleads_calls: 300,
            ghl_calls: 200,
            now: Timestamp::UNIX_EPOCH,
        };
        Forecast::of(known).unwrap()
    }

    #[test]
    fn before_the_start_a_contact_costs_what_it_costs_by_the_book() {
        let forecast = left(8_100, "{}");
        assert_eq!((forecast.done, forecast.total), (0, 8_100));
        assert_eq!((forecast.per_hour, forecast.left), (81, SignedDuration::from_hours(100)));
        assert_eq!(forecast.line(), "0 of 8100 done, about 81 an hour, 4 days left");
    }

    #[test]
    fn later_it_costs_what_it_has_cost_so_far() {
        let done = r#"{"done_ghl": 100, "measured_from": {"helloleads": 100, "ghl": 100, "done": 0}}"#;
        // Two hundred calls for a hundred contacts: two calls for each of the nine hundred that are left.
        assert_eq!(left(1_000, done).left, SignedDuration::from_hours(20));
    }

    #[test]
    fn there_is_nothing_to_say_of_an_import_that_is_over() {
        let progress = Progress {
            ghl: WalkCursor { first_walk_done: true, ..WalkCursor::default() },
            ..Progress::default()
        };
        let known = Known {
            progress: &progress,
            import: Import::default(),
            helloleads: None,
            ghl: GHL,
            helloleads_calls: 0,
            ghl_calls: 0,
            now: Timestamp::UNIX_EPOCH,
        };
        assert_eq!(Forecast::of(known), None);
        let lost = serde_json::from_str(r#"{"announced_ghl": 7, "moved_at": 0}"#).unwrap();
        let some = |hours| Known {
            import: lost,
            now: Timestamp::UNIX_EPOCH + SignedDuration::from_hours(hours),
            ..known
        };
        assert!(Forecast::of(some(2)).is_some());
        assert_eq!(
            Forecast::of(some(4)),
            None,
            "what was joined is counted once, and does not come any more"
        );
    }
}
