//! Finds changed leads: reads pages, keeps each changed row as last seen, and announces it.
//!
//! | mode | a poll reads | edits are found by |
//! |---|---|---|
//! | `Modified` | leads modified since the latest change seen (less an overlap), the longest unmodified first | every poll |
//! | `NewestFirst` | pages from the newest lead on, until one holds nothing new | the sweep over all pages, which is `reconcile`'s |
//!
//! In `Modified` mode each page begins where the one before ended *in time*, not at the next page number: leads that
//! are modified meanwhile move to the end, and would shift others over a page's edge. The mode proves itself at every
//! page: a row from before the window shows that the filter is ignored, and the connection falls back by itself. Rows
//! out of order, or too few to show an order, say nothing about what comes behind them: pages are counted then, and
//! the next walk begins no later than the last change on the first of them, since leads may have moved behind their
//! backs; what two walks have read is not read again. Until every lead has been read once, nobody can say that a lead
//! is not there, and nothing is created or changed in HelloLeads.

use jiff::tz::TimeZone;
use jiff::{SignedDuration, Timestamp};

use super::client::HelloLeadsClient;
use super::error::Error;
use super::lead_notes::{ChangedNotes, LeadNotes};
use super::leads::LeadPage;
use super::page_walk::{PageWalk, high_after, shows_order};
pub use super::poll_cursor::{Announcement, PollCursor};
use super::record::{Form, fingerprint, match_keys};
use super::wall_time::{to_instant, to_query, zone};
use super::wire::Row;
use crate::budget::ledger::Class;
use crate::clock::Clock;
use crate::connection::helloleads::{PollMode, Profile};
use crate::errand::random_delivery;
use crate::model::fingerprint::{Fingerprint, FingerprintKey};
use crate::model::ids::{ConnectionId, DeliveryId, RecordId};
use crate::model::side::{Kind, Side};
use crate::queue::{Hint, Queues};
use crate::store::cursors::{Cursors, Versioned};
use crate::store::last_seen::{LastSeen, Seen};

/// What one page came to.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct PollStep {
    pub changed: usize,
    pub more: bool,
    /// This page ended the first read.
    pub first_read_ended: bool,
}

/// Why the leads are looked at.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Look {
    /// To find what changed: reaches back over an overlap.
    ForChanges,
    /// To see what came since the last look, before something is written.
    BeforeWrite,
}

/// What a page of a sweep held.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct SweptLeads {
    pub leads: Vec<RecordId>,
    /// The list and page that come next; none behind the last.
    pub next: Option<(usize, u64)>,
}

/// A page of leads that was only looked at.
#[derive(Clone, Debug)]
pub struct ShownLeads {
    pub leads: Vec<Seen>,
    /// The list and page that come next; none behind the last.
    pub next: Option<(usize, u64)>,
    /// The pages of this list.
    pub pages: u64,
}

/// A row of a page.
struct Shown {
    seen: Seen,
    /// It is new, or another one than was last seen.
    is_new: bool,
    /// Where the index rows of what was last seen stand.
    found_by_before: Vec<Fingerprint>,
}

/// So few rows are rather read again by the next look before a write than a cursor is written behind them.
const READ_AGAIN_MAX: usize = 5;

/// How long after a change it is certain that a list shows it.
const SETTLES: SignedDuration = SignedDuration::from_mins(10);

/// One connection's poll.
#[derive(Clone)]
pub struct Poll {
    pub client: HelloLeadsClient,
    pub connection: crate::connection::Connection,
    pub key: FingerprintKey,
    pub rows: LastSeen,
    pub notes: LeadNotes,
    pub cursors: Cursors,
    pub queues: Queues,
    pub clock: Clock,
}

impl Poll {
    fn form(&self) -> Form<'_> {
        let connection = &self.connection;
        Form { settings: &connection.helloleads, mapping: &connection.mapping, region: &connection.region }
    }

    /// Whether a look finds every lead that changed. Where the filter is ignored, edits are found by the sweep only.
    pub async fn sees_changes(&self) -> Result<bool, Error> {
        Ok(self.is_filtered(&self.cursor().await?))
    }

    pub async fn cursor(&self) -> Result<PollCursor, Error> {
        Ok(self.read_cursor().await?.cursor)
    }

    /// Reads one page and announces what changed on it. A death between any two of its writes loses nothing: the
    /// announcement is saved before the rows, and sent again until the cursor has moved on.
    pub async fn step(&self, look: Look) -> Result<PollStep, Error> {
        let read = self.read_cursor().await?;
        if look == Look::BeforeWrite && !read.cursor.first_read_done() {
            return Err(Error::FirstReadUnfinished);
        }
        let read = self.finish_announcement(read).await?;
        let zone = zone(&self.connection.helloleads)?;
        let now = self.clock.now();
        let mut cursor = read.cursor.clone();
        let walk = match cursor.walk.clone() {
            Some(walk) => walk,
            None => self.begin(&mut cursor, look, now),
        };
        let page = self.page(&walk, self.is_filtered(&cursor), &zone).await?;
        let rows = self.compare(&page, &zone).await?;
        let mut next = self.after(cursor, walk, &page, &rows, now);
        let first_read_ended = next.first_read_done() && !read.cursor.first_read_done();
        let changed = rows.iter().filter(|row| row.is_new).count();
        let class = class_of(&read.cursor);
        let before = read.clone();
        let read = self.take(read, (&page, now), &rows, class).await?;
        next.announcing = None;
        let step = PollStep { changed, more: next.walk.is_some(), first_read_ended };
        let is_nothing = read.version == before.version
            && rows.len() <= READ_AGAIN_MAX
            && next.says_nothing_new(&before.cursor);
        if look == Look::ForChanges || !is_nothing {
            self.cursors.put(&read, next).await?;
        }
        Ok(step)
    }

    /// Reads one page of all leads of a list, whatever was read before, and announces what changed on it.
    pub async fn sweep(&self, list: usize, number: u64) -> Result<SweptLeads, Error> {
        let read = self.finish_announcement(self.read_cursor().await?).await?;
        let zone = zone(&self.connection.helloleads)?;
        let asked = self.clock.now();
        let page = self.page_of_all(list, number).await?;
        let rows = self.compare(&page, &zone).await?;
        let taken = self.take(read.clone(), (&page, asked), &rows, Class::Sweep).await?;
        if taken.version != read.version {
            self.cursors.put(&taken, read.cursor.clone()).await?;
        }
        Ok(SweptLeads {
            leads: rows.into_iter().map(|row| row.seen.id).collect(),
            next: self.next_of_all(list, number, &page),
        })
    }

    /// Reads one page of all leads of a list, and keeps and announces nothing.
    pub async fn show(&self, list: usize, number: u64) -> Result<ShownLeads, Error> {
        let zone = zone(&self.connection.helloleads)?;
        let page = self.page_of_all(list, number).await?;
        let leads = page.rows.iter().filter_map(|row| self.to_seen(row, &zone)).collect();
        Ok(ShownLeads { leads, next: self.next_of_all(list, number, &page), pages: page.total })
    }

    async fn page_of_all(&self, list: usize, number: u64) -> Result<LeadPage, Error> {
        let settings = &self.connection.helloleads;
        let order = settings.poll.created_order.iter().map(|(name, value)| (name.as_str(), value.as_str()));
        let mut query: Vec<(&str, &str)> = order.collect();
        query.extend(settings.lists.get(list).map(|list| (settings.poll.list.as_str(), list.as_str())));
        self.client.leads(number, &query).await
    }

    fn next_of_all(&self, list: usize, number: u64, page: &LeadPage) -> Option<(usize, u64)> {
        let has_next_list = list + 1 < self.connection.helloleads.lists.len();
        match (page.has_next(), has_next_list) {
            (true, _) => Some((list, number + 1)),
            (false, true) => Some((list + 1, 1)),
            (false, false) => None,
        }
    }

    /// Rows read by an older mapping do not tell all that this one needs: all leads are read once more.
    fn by_this_mapping(&self, cursor: PollCursor) -> PollCursor {
        let mapping = self.connection.mapping_reading;
        if cursor.mapping >= mapping {
            return cursor;
        }
        let PollCursor { started_at, filter_untrue_since, announcing, .. } = cursor;
        PollCursor { started_at, filter_untrue_since, announcing, mapping, ..PollCursor::default() }
    }

    async fn read_cursor(&self) -> Result<Versioned<PollCursor>, Error> {
        let read: Versioned<PollCursor> = self.cursors.get().await?;
        Ok(Versioned { cursor: self.by_this_mapping(read.cursor), ..read })
    }

    /// Sends again what somebody announced and did not live to cross out.
    async fn finish_announcement(&self, read: Versioned<PollCursor>) -> Result<Versioned<PollCursor>, Error> {
        let Some(announcement) = read.cursor.announcing.clone() else { return Ok(read) };
        self.announce(&announcement, class_of(&read.cursor)).await?;
        let clean = PollCursor { announcing: None, ..read.cursor.clone() };
        Ok(self.cursors.put(&read, clean).await?)
    }

    /// Keeps and announces what changed on a page that was asked for then; answers the cursor, which names the
    /// announcement now.
    async fn take(
        &self,
        mut read: Versioned<PollCursor>,
        (page, asked): (&LeadPage, Timestamp),
        rows: &[Shown],
        class: Class,
    ) -> Result<Versioned<PollCursor>, Error> {
        let changed: Vec<&Shown> = rows.iter().filter(|row| row.is_new).collect();
        let notes = self.changed_notes(page, asked).await?;
        if changed.is_empty() && notes.is_empty() {
            return Ok(read);
        }
        let ids = changed.iter().map(|row| row.seen.id.clone()).collect();
        let entries = notes.iter().flat_map(|one| &one.entries).map(|entry| entry.id.clone()).collect();
        let announcement = Announcement { delivery: random_delivery("poll"), changed: ids, entries };
        let marked = PollCursor { announcing: Some(announcement.clone()), ..read.cursor.clone() };
        read = self.cursors.put(&read, marked).await?;
        let rows = changed.iter().map(|row| (row.found_by_before.as_slice(), &row.seen));
        self.rows.replace_all(rows).await?;
        for one in &notes {
            self.notes.keep(one).await?;
        }
        self.announce(&announcement, class).await?;
        Ok(read)
    }

    /// Begins a walk: over all leads the first time, else over what changed.
    fn begin(&self, cursor: &mut PollCursor, look: Look, now: Timestamp) -> PageWalk {
        let poll = &self.connection.helloleads.poll;
        cursor.started_at = Some(now);
        let overlap = SignedDuration::from_secs(i64::from(poll.overlap_seconds));
        let filtered = self.is_filtered(cursor);
        let high = cursor.high_water.filter(|_| filtered && cursor.first_read_done());
        let settled = high.is_some_and(|high| now.duration_since(high) > overlap + SETTLES);
        // What is long past is seen by now, and what was just seen need not be read again before each write.
        let since = high.map(|high| if look == Look::BeforeWrite || settled { high } else { high - overlap });
        let whole = filtered || !cursor.first_read_done();
        PageWalk { page: 1, from: since, since, whole, settled, ..PageWalk::default() }
    }

    pub fn is_filtered(&self, cursor: &PollCursor) -> bool {
        self.connection.helloleads.poll.mode == PollMode::Modified && cursor.filter_untrue_since.is_none()
    }

    async fn page(&self, walk: &PageWalk, filtered: bool, zone: &TimeZone) -> Result<LeadPage, Error> {
        let settings = &self.connection.helloleads;
        let mut query: Vec<(&str, String)> = Vec::new();
        if let Some(list) = settings.lists.get(walk.list) {
            query.push((&settings.poll.list, list.clone()));
        }
        if filtered {
            query.extend(settings.poll.order.iter().map(|(name, value)| (name.as_str(), value.clone())));
        }
        if let Some(since) = walk.since {
            query.push((&settings.poll.modified_from, to_query(since, settings, zone)));
        }
        let query: Vec<(&str, &str)> = query.iter().map(|(name, value)| (*name, value.as_str())).collect();
        self.client.leads(walk.page, &query).await
    }

    /// The page's rows as they are seen now.
    async fn compare(&self, page: &LeadPage, zone: &TimeZone) -> Result<Vec<Shown>, Error> {
        let seen: Vec<Seen> = page.rows.iter().filter_map(|row| self.to_seen(row, zone)).collect();
        let ids: Vec<RecordId> = seen.iter().map(|seen| seen.id.clone()).collect();
        let known = self.rows.get_many(&ids).await?;
        Ok(seen
            .into_iter()
            .map(|seen| {
                let before = known.get(&seen.id);
                let is_new = before.is_none_or(|before| {
                    before.gone || before.fingerprint != seen.fingerprint || before.found_by != seen.found_by
                });
                let found_by_before = before.map(|before| before.found_by.clone()).unwrap_or_default();
                Shown { seen, is_new, found_by_before }
            })
            .collect())
    }

    /// The leads whose notes changed, where entries of ours may stand in them.
    async fn changed_notes(&self, page: &LeadPage, asked: Timestamp) -> Result<Vec<ChangedNotes>, Error> {
        let settings = &self.connection.helloleads;
        if settings.profile != Profile::Key || self.connection.kinds.is_empty() {
            return Ok(Vec::new());
        }
        let shown = page.rows.iter().filter_map(|row| {
            let id = RecordId::parse(&row.text(&["id"])?).ok()?;
            Some((id, row.text(&["notes"]).unwrap_or_default()))
        });
        self.notes.compare(shown.collect(), asked).await
    }

    /// A row without a usable id cannot be a lead, and is passed over with a word in the log.
    fn to_seen(&self, row: &Row, zone: &TimeZone) -> Option<Seen> {
        let id = row.text(&["id"]).and_then(|id| RecordId::parse(&id).ok());
        if id.is_none() {
            tracing::warn!(connection = %self.connection.id, "a HelloLeads row has no usable id");
        }
        Some(seen_of(id?, self.form().to_record(row), modified_of(self.form(), row, zone), &self.key))
    }

    async fn announce(&self, announcement: &Announcement, class: Class) -> Result<(), Error> {
        let seen = self.rows.get_many(&announcement.changed).await?;
        let hints: Vec<Hint> = announcement
            .changed
            .iter()
            .map(|id| {
                let fingerprint = seen.get(id).map(|seen| seen.fingerprint.clone());
                to_hint(&self.connection.id, id, announcement.delivery.clone(), fingerprint)
            })
            .collect();
        let entries = self.notes.seen(&announcement.entries).await?;
        let entries = entries.into_iter().map(|seen| {
            let (connection, delivery) = (self.connection.id.clone(), announcement.delivery.clone());
            let plain = Hint::plain(connection, Kind::Note, Side::HelloLeads, seen.id, delivery);
            Hint { fingerprint: (!seen.gone).then_some(seen.fingerprint), ..plain }
        });
        let hints: Vec<Hint> = hints.into_iter().chain(entries).map(|hint| Hint { class, ..hint }).collect();
        Ok(self.queues.send(&hints).await?)
    }

    /// The cursor after this page.
    fn after(
        &self,
        mut cursor: PollCursor,
        mut walk: PageWalk,
        page: &LeadPage,
        rows: &[Shown],
        now: Timestamp,
    ) -> PollCursor {
        walk.reached = reached_on(rows).max(walk.reached);
        if !cursor.first_read_done() {
            cursor.done += rows.len() as u64;
            cursor.pages_read += 1;
            cursor.pages = page.total;
        }
        if let Some(since) = walk.since
            && rows.iter().any(|row| row.seen.modified.is_some_and(|modified| modified < since))
        {
            tracing::warn!(connection = %self.connection.id, "HelloLeads ignores the modified filter; polling falls back");
            cursor.filter_untrue_since = Some(now);
            cursor.walk = Some(PageWalk { page: 1, whole: true, ..PageWalk::default() });
            (cursor.done, cursor.pages_read) = (0, 0);
            return cursor;
        }
        let news = rows.iter().any(|row| row.is_new);
        let more_pages = page.has_next() && (walk.whole || news);
        let more_lists = walk.list + 1 < self.connection.helloleads.lists.len();
        cursor.walk = match (more_pages, more_lists) {
            (true, _)
                if self.is_filtered(&cursor)
                    && shows_order(rows.iter().map(|row| row.seen.modified))
                    && reached_on(rows) > walk.since =>
            {
                Some(PageWalk { page: 1, since: reached_on(rows), ..walk })
            }
            (true, _) => Some(walk.counted_on(reached_on(rows))),
            (false, true) => Some(PageWalk { list: walk.list + 1, page: 1, since: walk.from, ..walk }),
            (false, false) => {
                cursor.high_water = high_after(&walk, cursor.high_water, cursor.seen_to);
                cursor.seen_to = cursor.seen_to.max(walk.reached);
                cursor.first_read_at = cursor.first_read_at.or(Some(now));
                None
            }
        };
        cursor
    }
}

/// What is found before all leads were read once is the import's.
fn class_of(cursor: &PollCursor) -> Class {
    if cursor.first_read_done() { Class::Live } else { Class::Import }
}

/// The latest change on the page.
fn reached_on(rows: &[Shown]) -> Option<Timestamp> {
    rows.iter().filter_map(|row| row.seen.modified).max()
}

/// A row as it is kept.
pub fn seen_of(
    id: RecordId,
    record: crate::model::record::Record,
    modified: Option<Timestamp>,
    key: &FingerprintKey,
) -> Seen {
    let (fingerprint, found_by) = (fingerprint(&record, key), match_keys(&record, key));
    Seen { modified, ..Seen::new(id, record, fingerprint, found_by) }
}

pub fn modified_of(form: Form<'_>, row: &Row, zone: &TimeZone) -> Option<Timestamp> {
    to_instant(&row.text(&form.names("modified"))?, zone)
}

fn to_hint(
    connection: &ConnectionId,
    id: &RecordId,
    delivery: DeliveryId,
    fingerprint: Option<Fingerprint>,
) -> Hint {
    let plain = Hint::plain(connection.clone(), Kind::Contact, Side::HelloLeads, id.clone(), delivery);
    Hint { fingerprint, ..plain }
}
