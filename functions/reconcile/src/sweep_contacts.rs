//! A sweep reads every page of both sides: notes which records are there, and compares each with its counterpart.

use shared::ghl::search::{FoundContact, FoundPage, SWEPT_PER_PAGE};
use shared::lane::work::Failure;
use shared::model::ids::RecordId;
use shared::model::record::{Field, Record};
use shared::model::side::{Kind, PerSide, Side};
use shared::normalise::{email, phone, tag};
use shared::store::last_seen::{LastSeen, Seen};
use shared::store::links::{Known, Link};
use shared::sync::difference::{Difference, Differs, differing_fields};
use shared::sync::sweep::{Place, SweepCursor};

use crate::errands::store;
use crate::sweep::Sweep;

impl Sweep<'_> {
    /// Reads a page of leads. Rows that changed are kept and announced as any look does it.
    pub(crate) async fn read_leads(
        &self,
        mut cursor: SweepCursor,
        at: (usize, u64),
        read: u64,
        second: bool,
    ) -> Result<SweepCursor, Failure> {
        let poll = self.engines.poll(&self.engine.connection).await?;
        let page = poll.sweep(at.0, at.1).await;
        let page = page.map_err(|error| Failure::new(error.disposition(), error))?;
        let known = self.engine.links.known_many(Kind::Contact, Side::HelloLeads, &page.leads).await;
        let mut found = Vec::new();
        for (id, known) in page.leads.iter().zip(known.map_err(store)?) {
            found.extend(self.unknown(Side::HelloLeads, id, &known).await?);
        }
        if !second {
            cursor.leads_seen += page.leads.len() as u64;
            self.report(&mut cursor, &found).await?;
        }
        let number = swept_number(cursor.number, second);
        let now = self.engines.clock.now();
        self.swept(Side::HelloLeads).put(number, read, page.leads, now).await.map_err(store)?;
        cursor.lead_pages = cursor.lead_pages.max(read + 1);
        cursor.place = match page.next {
            Some((list, page)) => Place::Leads { list, page, read: read + 1, second },
            None if second => Place::Compare { second },
            None => Place::Contacts { after: None, read: 0 },
        };
        Ok(cursor)
    }

    /// Reads a page of contacts, and compares each with its lead.
    pub(crate) async fn read_contacts(
        &self,
        mut cursor: SweepCursor,
        after: Option<String>,
        read: u64,
    ) -> Result<SweepCursor, Failure> {
        let client = self.engines.ghl_client(&self.engine.connection);
        let parsed = after.as_deref().and_then(|text| serde_json::from_str(text).ok());
        let page = client.search_all(parsed.as_ref(), SWEPT_PER_PAGE).await;
        let page = page.map_err(|error| Failure::new(error.disposition(), error))?;
        let found = self.compare_contacts(&page).await?;
        cursor.contacts_seen += page.contacts.len() as u64;
        self.report(&mut cursor, &found).await?;
        let ids = page.contacts.iter().map(|contact| contact.id.clone()).collect();
        let now = self.engines.clock.now();
        self.swept(Side::Ghl).put(cursor.number, read, ids, now).await.map_err(store)?;
        cursor.contact_pages = read + 1;
        let next = after_page(&page, after.as_deref());
        cursor.place = match next {
            Some(after) => Place::Contacts { after: Some(after), read: read + 1 },
            None => self.after_contacts(),
        };
        Ok(cursor)
    }

    fn after_contacts(&self) -> Place {
        match self.engine.connection.kinds.first() {
            Some(kind) => Place::Related { kind: *kind, after: None },
            None => Place::Compare { second: false },
        }
    }

    async fn compare_contacts(&self, page: &FoundPage) -> Result<Vec<Difference>, Failure> {
        let ids: Vec<RecordId> = page.contacts.iter().map(|contact| contact.id.clone()).collect();
        let known = self.engine.links.known_many(Kind::Contact, Side::Ghl, &ids).await.map_err(store)?;
        let linked = |known: &Known| match known {
            Known::Linked(link) => Some(link.ids.helloleads.clone()),
            Known::Nothing | Known::Intent(_) | Known::Ignored => None,
        };
        let leads: Vec<RecordId> = known.iter().filter_map(linked).collect();
        let rows = LastSeen::new(self.engines.table.clone(), self.id().clone(), Kind::Contact);
        let rows = rows.get_many(&leads).await.map_err(store)?;
        let mut found = Vec::new();
        for (contact, known) in page.contacts.iter().zip(&known) {
            match known {
                Known::Linked(link) if link.excluded => {}
                Known::Linked(link) if link.buried.is_none() && link.ids.ghl == contact.id => {
                    found.extend(self.compare(link, contact, rows.get(&link.ids.helloleads)));
                }
                other => found.extend(self.unknown(Side::Ghl, &contact.id, other).await?),
            }
        }
        Ok(found)
    }

    /// What there is to say of a record that has no living link.
    async fn unknown(&self, side: Side, id: &RecordId, known: &Known) -> Result<Option<Difference>, Failure> {
        Ok(match known {
            Known::Ignored => None,
            // Only what was deleted here and is here again is news: a link that was ended across stays so.
            Known::Linked(link) if *link.ids.of(side) == *id && link.buried == Some(side) => {
                Some(Difference::of_link(link, Differs::Restored { side }))
            }
            Known::Linked(_) => None,
            Known::Nothing | Known::Intent(_) => {
                let listed = self.is_listed(Kind::Contact, side, id).await?;
                (!listed).then(|| Difference::of_one(Kind::Contact, side, id, Differs::OnlyOn { side }))
            }
        })
    }

    fn compare(&self, link: &Link, contact: &FoundContact, lead: Option<&Seen>) -> Option<Difference> {
        let mirror = &link.mirrors.ghl;
        let is_stale = contact.date_updated.is_some_and(|changed| Some(changed) > mirror.modified);
        if is_stale || self.shows_another(contact, &mirror.record) {
            return Some(Difference::of_link(link, Differs::ChangedOn { side: Side::Ghl }));
        }
        let Some(lead) = lead.filter(|lead| !lead.gone) else {
            return Some(Difference::of_link(link, Differs::GoneFrom { side: Side::HelloLeads }));
        };
        let now = PerSide::new(&lead.record, &mirror.record);
        let fields = differing_fields(link, now, self.engine.rules());
        (!fields.is_empty()).then(|| Difference::of_link(link, Differs::Fields { fields }))
    }

    /// Whether what the search shows as it is differs from the mirror: nobody says that each change moves the time of the
    /// last change.
    fn shows_another(&self, contact: &FoundContact, mirror: &Record) -> bool {
        let connection = &self.engine.connection;
        let text = |field: &Field| mirror.text(field).map(str::to_owned);
        let email = contact.email.as_deref().and_then(email::normalise);
        let number = contact.phone.as_deref().and_then(|number| phone::normalise(number, &connection.region));
        let mut tags: Vec<String> = contact.tags.iter().filter_map(|name| tag::normalise(name)).collect();
        tags.sort_unstable();
        tags.dedup();
        let maps = |field: &Field| connection.mapping.has(field);
        (maps(&Field::EMAIL) && email != text(&Field::EMAIL))
            || (maps(&Field::PHONE) && number != text(&Field::PHONE))
            || (maps(&Field::tag("any")) && !mirror.tags().eq(tags.iter().map(String::as_str)))
    }
}

/// The number under which a reading of the leads is kept: a sweep may read them twice.
pub(crate) fn swept_number(sweep: u64, second: bool) -> u64 {
    2 * sweep + u64::from(second)
}

/// Where the next page begins; none behind the last.
fn after_page(page: &FoundPage, before: Option<&str>) -> Option<String> {
    let full = page.contacts.len() >= SWEPT_PER_PAGE as usize;
    let last = page.contacts.last().and_then(|found| found.search_after.as_ref());
    // A place that does not move would be read for ever.
    last.map(ToString::to_string).filter(|after| full && before != Some(after))
}
