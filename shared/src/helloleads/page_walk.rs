//! How far a walk over HelloLeads' pages has come.

use jiff::Timestamp;
use serde::{Deserialize, Serialize};

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

fn earlier(one: Option<Timestamp>, other: Option<Timestamp>) -> Option<Timestamp> {
    [one, other].into_iter().flatten().min()
}
