//! How far a connection's first import has come, and when each side was last looked at.

use jiff::Timestamp;

use crate::ghl::walk::WalkCursor;
use crate::helloleads::poll::PollCursor;
use crate::model::ids::ConnectionId;
use crate::model::side::{Kind, Side};
use crate::store::cursors::Cursors;
use crate::store::error::Error;
use crate::store::table::Table;

/// Both sides' cursors.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Progress {
    pub helloleads: PollCursor,
    pub ghl: WalkCursor,
}

impl Progress {
    pub async fn read(table: &Table, connection: &ConnectionId) -> Result<Self, Error> {
        let cursors = |side| Cursors::new(table.clone(), connection, side, Kind::Contact);
        Ok(Self {
            helloleads: cursors(Side::HelloLeads).get().await?.cursor,
            ghl: cursors(Side::Ghl).get().await?.cursor,
        })
    }

    /// What the status page shows, each line with its name.
    pub fn lines(&self) -> Vec<(&'static str, String)> {
        let at = |time: Option<Timestamp>| {
            time.map_or("never".to_owned(), |at| at.strftime("%F %T UTC").to_string())
        };
        let leads = &self.helloleads;
        let first_read = if leads.first_read_done() {
            format!("done, {} leads", leads.done)
        } else {
            let page = leads.walk.as_ref().map_or(0, |walk| walk.page);
            format!("{} leads so far, page {page} of {}", leads.done, leads.pages)
        };
        let state = if self.ghl.first_walk_done { "done" } else { "under way" };
        let mut lines = vec![
            ("First read of HelloLeads", first_read),
            ("Last look at HelloLeads", at(leads.started_at)),
            ("Latest change seen in HelloLeads", at(leads.seen_to)),
            ("First walk over GHL", format!("{state}, {} of {} contacts", self.ghl.done, self.ghl.total)),
            ("Latest change seen in GHL", at(self.ghl.high_water)),
        ];
        if let Some(since) = leads.filter_untrue_since {
            lines.push(("HelloLeads ignores the modified filter since", at(Some(since))));
        }
        lines
    }
}
