//! How far a first import has come, how fast it goes, and how long it will take. Pure, but for [`Forecast::read`].
//!
//! An import goes through three stages, one after the other, and in each the calls of the scarcer side decide: all leads
//! are read, by pages; each lead finds its contact, or is given one; each contact that no lead has found is made a lead.
//! A contact that is linked by then costs nothing. Until enough are done, a lead is taken to cost what it costs by the
//! book, two calls in GHL, and so is a contact: a call in GHL, and in HelloLeads a write and its part of the look that
//! nine writes share. After that, what they have cost so far.

use jiff::{SignedDuration, Timestamp};

use super::progress::Progress;
use crate::budget::ledger::Limits;
use crate::connection::Connection;
use crate::model::side::Side;
use crate::store::error::Error;
use crate::store::imports::{Base, Import};
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
        let (leads, pages_left) = leads_of(progress);
        let expected = import.expected.unwrap_or(progress.ghl.total.saturating_sub(import.made_ghl));
        let contacts = progress.ghl.total.max(expected + import.made_ghl);
        let contacts_left = contacts.saturating_sub(import.done_ghl);
        let leads_left = leads.saturating_sub(import.done_helloleads);
        let alone = expected.saturating_sub(found(import, leads)).saturating_sub(import.made_helloleads);
        let seconds = [
            known.seconds(Calls { helloleads: 1.0, ghl: 0.0 }, pages_left),
            known.seconds(known.lead_costs(), leads_left),
            known.seconds(known.contact_costs(), alone.min(contacts_left)),
        ];
        let seconds: f64 = seconds.iter().sum();
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
    let left = leads.pages.saturating_sub(read);
    let per_page = leads.done.checked_div(leads.pages_read).unwrap_or_default();
    (leads.done + left * per_page, left)
}

/// How many contacts all leads will have found, by what those have found that are done.
fn found(import: Import, leads: u64) -> u64 {
    let found = import.done_helloleads.saturating_sub(import.made_ghl);
    (found * leads.max(import.done_helloleads)).checked_div(import.done_helloleads).unwrap_or_default()
}

/// Calls of each side.
#[derive(Clone, Copy, Debug, PartialEq)]
struct Calls {
    helloleads: f64,
    ghl: f64,
}

impl Calls {
    const NONE: Self = Self { helloleads: 0.0, ghl: 0.0 };
}

impl Known<'_> {
    /// What a lead costs.
    fn lead_costs(self) -> Calls {
        let done = |base: Base| self.import.done().saturating_sub(base.done);
        let measured = self.import.leads_from.and_then(|base| self.since(base, Calls::NONE, done(base)));
        measured.unwrap_or(Calls { helloleads: 0.0, ghl: 2.0 })
    }

    /// What a contact costs that no lead has found; the last leads are done while the first contacts are.
    fn contact_costs(self) -> Calls {
        let last_leads = |base: Base| {
            let (leads, each) = (self.import.done_helloleads.saturating_sub(base.done), self.lead_costs());
            Calls { helloleads: each.helloleads * leads as f64, ghl: each.ghl * leads as f64 }
        };
        let made = |base: Base| self.import.made_helloleads.saturating_sub(base.made);
        let measured =
            self.import.measured_from.and_then(|base| self.since(base, last_leads(base), made(base)));
        measured.unwrap_or(Calls { helloleads: 10.0 / 9.0, ghl: 1.0 })
    }

    /// What each of `done` has cost, but for what others had; none where they are too few to show it.
    fn since(self, base: Base, others: Calls, done: u64) -> Option<Calls> {
        let each = |calls: u64, before: u64, others: f64| {
            (calls.saturating_sub(before) as f64 - others).max(0.0) / done as f64
        };
        (done >= ENOUGH).then(|| Calls {
            helloleads: each(self.helloleads_calls, base.helloleads, others.helloleads),
            ghl: each(self.ghl_calls, base.ghl, others.ghl),
        })
    }

    /// How long it takes until so many are done, by the scarcer side.
    fn seconds(self, each: Calls, records: u64) -> f64 {
        let records = records as f64;
        let helloleads = self.helloleads.map_or(0.0, |limits| seconds(each.helloleads * records, limits));
        helloleads.max(seconds(each.ghl * records, self.ghl))
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::ghl::walk::WalkCursor;
    use crate::helloleads::page_walk::PageWalk;
    use crate::helloleads::poll::PollCursor;

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
        let done =
            r#"{"done_ghl": 100, "made_helloleads": 100, "measured_from": {"helloleads": 100, "ghl": 100}}"#;
        // Two hundred calls for a hundred contacts: two calls for each of the nine hundred that are left.
        assert_eq!(left(1_000, done).left, SignedDuration::from_hours(20));
    }

    /// What is left of leads that have all been read, and of contacts that nobody has come to yet.
    fn left_of_leads(leads: u64, limits: Limits, import: &str) -> SignedDuration {
        let first_read_at = Some(Timestamp::UNIX_EPOCH);
        let helloleads = PollCursor { first_read_at, done: leads, ..PollCursor::default() };
        let progress = Progress { helloleads, ..Progress::default() };
        let known = Known {
            progress: &progress,
            import: serde_json::from_str(import).unwrap(),
            helloleads: Some(limits),
            ghl: GHL,
            helloleads_calls: 1_000,
            ghl_calls: 2_000,
            now: Timestamp::UNIX_EPOCH,
        };
        Forecast::of(known).unwrap().left
    }

    #[test]
    fn contacts_that_leads_find_cost_nothing_but_the_leads_calls() {
        let plenty = Limits { calls: 60_000, ..HELLOLEADS };
        let import = r#"{"expected": 50000, "done_helloleads": 25000}"#;
        // All leads have found somebody so far: two calls in GHL for each that is left, ten calls a second.
        assert_eq!(left_of_leads(50_000, plenty, import), SignedDuration::from_secs(5_000));
        let half = r#"{"expected": 50000, "done_helloleads": 25000, "made_ghl": 12500}"#;
        // Half of them: 25,000 contacts are nobody's, and made leads at one call each; by HelloLeads' book, at 10/9.
        let by_helloleads = SignedDuration::from_secs(25_000 * 10 / 9 * 3_600 / 60_000);
        let said = left_of_leads(50_000, plenty, half);
        assert_eq!(
            said,
            SignedDuration::from_secs(5_000) + by_helloleads.max(SignedDuration::from_secs(2_500))
        );
    }

    #[test]
    fn the_last_leads_calls_are_not_the_first_contacts() {
        let plenty = Limits { calls: 60_000, ..HELLOLEADS };
        // Since 1,000 leads were done, fifty more and two hundred contacts: 400 calls in GHL, a hundred of them the leads'.
        let import = r#"{"expected": 2000, "done_helloleads": 1050, "made_ghl": 1050, "done_ghl": 200,
            "made_helloleads": 200, "measured_from": {"helloleads": 1000, "ghl": 1600, "done": 1000}}"#;
        // One and a half for each of the 1,800 that are left.
        assert_eq!(left_of_leads(1_050, plenty, import), SignedDuration::from_secs(270));
    }

    #[test]
    fn leads_that_have_to_be_written_take_helloleads_budget_too() {
        let import = r#"{"expected": 1000, "done_helloleads": 900, "leads_from": {"helloleads": 100}}"#;
        // Nine hundred calls for nine hundred leads: the other hundred take a hundred calls of ninety an hour.
        assert_eq!(left_of_leads(1_000, HELLOLEADS, import), SignedDuration::from_mins(100) * 2 / 3);
    }

    #[test]
    fn leads_that_are_still_to_be_read_are_as_many_as_their_pages_hold_so_far() {
        let walk = |page| Some(PageWalk { page, ..PageWalk::default() });
        let reading = |helloleads| leads_of(&Progress { helloleads, ..Progress::default() });
        let some = PollCursor { done: 150, pages_read: 3, pages: 10, walk: walk(4), ..PollCursor::default() };
        assert_eq!(reading(some.clone()), (150 + 7 * 50, 7));
        assert_eq!(reading(PollCursor { pages: 10, ..PollCursor::default() }), (0, 10));
        let first_read_at = Some(Timestamp::UNIX_EPOCH);
        assert_eq!(reading(PollCursor { first_read_at, ..some }), (150, 0));
    }

    /// Of an import for which no call was made yet, and whose leads cost nothing.
    fn begun(progress: &Progress, import: &str) -> Forecast {
        let known = Known {
            progress,
            import: serde_json::from_str(import).unwrap(),
            helloleads: None,
            ghl: GHL,
            helloleads_calls: 0,
            ghl_calls: 0,
            now: Timestamp::UNIX_EPOCH,
        };
        Forecast::of(known).unwrap()
    }

    #[test]
    fn contacts_that_leads_made_are_among_those_that_there_are() {
        let progress =
            Progress { ghl: WalkCursor { total: 10, ..WalkCursor::default() }, ..Progress::default() };
        // Thirty were expected, and five came to them.
        let forecast = begun(&progress, r#"{"expected": 30, "made_ghl": 5}"#);
        assert_eq!((forecast.total, forecast.left), (35, SignedDuration::from_secs(3)));
        // All were found or made by leads: they cost nothing any more, and no rate can be told.
        let forecast = begun(&progress, r#"{"made_ghl": 10}"#);
        assert_eq!((forecast.left, forecast.per_hour), (SignedDuration::ZERO, 0));
    }

    #[test]
    fn the_whole_is_contacts_and_leads() {
        let first_read_at = Some(Timestamp::UNIX_EPOCH);
        let progress = Progress {
            helloleads: PollCursor { first_read_at, done: 3, ..PollCursor::default() },
            ghl: WalkCursor { total: 10, ..WalkCursor::default() },
        };
        assert_eq!(begun(&progress, "{}").total, 13);
    }

    #[test]
    fn the_last_leads_writes_in_helloleads_are_not_the_first_contacts() {
        // Since 1,000 leads were done, at one call each, fifty more and two hundred contacts: 450 calls, fifty the leads'.
        let import = r#"{"expected": 2000, "done_helloleads": 1050, "made_ghl": 1050, "done_ghl": 200,
            "made_helloleads": 200, "leads_from": {"helloleads": 0, "done": 250}, "measured_from": {"helloleads": 550, "ghl": 2000, "done": 1000}}"#;
        // 1,000 calls for 1,000 records since: one a lead. Two for each of the 1,800 that are left, of ninety an hour.
        assert_eq!(left_of_leads(1_050, HELLOLEADS, import), SignedDuration::from_hours(40));
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
