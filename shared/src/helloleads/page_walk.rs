//! How far a walk over HelloLeads' pages has come.

use std::collections::BTreeSet;

use jiff::{SignedDuration, Timestamp};
use serde::{Deserialize, Serialize};

/// Changes are told to the second.
const SECOND: SignedDuration = SignedDuration::from_secs(1);

/// So many changes at different times come in order by chance once in forty thousand times.
const PROOF_MIN: usize = 8;

/// A walk over pages.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
pub struct PageWalk {
    /// Which of the connection's lists.
    pub list: usize,
    pub page: u64,
    /// The beginning of the whole walk's window; none for all leads.
    pub from: Option<Timestamp>,
    /// The beginning of this page's window.
    pub since: Option<Timestamp>,
    /// The latest change seen on the way.
    pub reached: Option<Timestamp>,
    /// The latest change on the first page that others were counted from.
    pub counted_from: Option<Timestamp>,
    /// Goes on over pages that hold nothing new.
    pub whole: bool,
    /// It began so long after the change it begins with that nothing is to come that bears the same time.
    pub settled: bool,
}

impl PageWalk {
    /// On to the next page by its number; `reached` is the latest change on this one.
    pub(super) fn counted_on(self, reached: Option<Timestamp>) -> Self {
        let counted_from = match self.page {
            1 => earlier(self.counted_from, reached),
            _ => self.counted_from,
        };
        Self { page: self.page + 1, counted_from, ..self }
    }

    /// The latest change before which nothing can have been missed. Where that is no progress, because one page does not
    /// hold all that changed within a second, the latest one seen: the daily sweep finds the rest.
    pub(super) fn certain(&self) -> Option<Timestamp> {
        let certain = earlier(self.reached, self.counted_from);
        if certain > self.from { certain } else { self.reached }
    }
}

/// Whether a page's rows come in the order of their changes, and are too many to do so by chance.
pub(super) fn shows_order(modified: impl Iterator<Item = Option<Timestamp>> + Clone) -> bool {
    let times: BTreeSet<Timestamp> = modified.clone().flatten().collect();
    times.len() >= PROOF_MIN && modified.is_sorted()
}

/// The latest change that the next walk need not read again, after this one; `before` is the same of the last one, and
/// `seen_to` the latest change that one saw. What two walks have read is read: an order that no page shows, because many
/// leads were changed within each second, would otherwise have all of them read again for ever.
pub(super) fn high_after(
    walk: &PageWalk,
    before: Option<Timestamp>,
    seen_to: Option<Timestamp>,
) -> Option<Timestamp> {
    let twice =
        seen_to.filter(|_| walk.whole && walk.from.is_some()).map(|seen| earlier(Some(seen), walk.reached));
    let high = before.max(walk.certain()).max(twice.flatten());
    // Of a second that is long past, all is seen; it may hold thousands.
    if walk.settled && high.is_some() && high == before && walk.reached == before {
        high.map(|high| high + SECOND)
    } else {
        high
    }
}

fn earlier(one: Option<Timestamp>, other: Option<Timestamp>) -> Option<Timestamp> {
    [one, other].into_iter().flatten().min()
}

#[cfg(test)]
mod tests {
    use super::*;

    fn at(second: i64) -> Option<Timestamp> {
        Timestamp::from_second(second).ok()
    }

    /// A walk from one second on that saw changes up to another, and counted its pages behind a third.
    fn walk(from: i64, reached: i64, counted_from: i64) -> PageWalk {
        let (from, reached, counted_from) = (at(from), at(reached), at(counted_from));
        PageWalk { from, reached, counted_from, whole: true, ..PageWalk::default() }
    }

    #[test]
    fn a_walk_of_counted_pages_is_certain_of_the_first_one_only() {
        let first = PageWalk { from: None, ..walk(0, 900, 100) };
        assert_eq!(high_after(&first, None, None), at(100));
        assert_eq!(high_after(&walk(100, 950, 110), at(100), None), at(110));
    }

    #[test]
    fn what_two_walks_have_read_is_not_read_a_third_time() {
        assert_eq!(high_after(&walk(100, 950, 110), at(100), at(900)), at(900));
        let some = PageWalk { whole: false, ..walk(100, 950, 110) };
        assert_eq!(high_after(&some, at(100), at(900)), at(110), "one that ended early has not read them");
    }

    #[test]
    fn a_second_that_is_long_past_is_read_once_more_and_no_more() {
        let settled = PageWalk { settled: true, ..walk(900, 900, 900) };
        assert_eq!(high_after(&settled, at(900), at(900)), at(901));
        assert_eq!(high_after(&walk(900, 900, 900), at(900), at(900)), at(900), "more may come in it");
        let news = PageWalk { settled: true, ..walk(900, 950, 950) };
        assert_eq!(high_after(&news, at(900), at(900)), at(950));
    }
}
