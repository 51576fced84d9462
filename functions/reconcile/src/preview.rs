//! Counts what a run would do with all contacts, and does nothing of it: page by page, by messages to itself, in a lane
//! of its own. It reads the leads that the sync keeps; where the sync has read none yet, it reads them once.

use shared::budget::ledger::Class;
use shared::connection::helloleads::Profile;
use shared::connection::{Connection, State};
use shared::disposition::Disposition;
use shared::errand::What;
use shared::ghl::search::{SWEPT_PER_PAGE, ShownContact};
use shared::helloleads::error::Error as HelloLeadsError;
use shared::lane::until::Until;
use shared::lane::work::Failure;
use shared::model::ids::{ConnectionId, RecordId};
use shared::model::record::{Address, Field, Observed, Value};
use shared::model::side::{Kind, Side};
use shared::store::cursors::{Cursors, Versioned};
use shared::store::last_seen::LastSeen;
use shared::store::links::Known;
use shared::store::parked::ParkedList;
use shared::store::previews::Previews;
use shared::sync::engines::Engines;
use shared::sync::preview::{Place, PreviewCursor};
use shared::sync::previewer::{Leads, Previewer, mirrored};

use crate::errands::{Errands, store};

/// The most steps that one errand takes; what is left goes on in the next.
const STEPS_MAX: usize = 20;

/// The most leads that are read for a count: they are held in memory together.
const LEADS_MAX: u64 = 50_000;

/// One count of one connection.
struct Count<'a> {
    errands: &'a Errands,
    engines: Engines,
    connection: Connection,
    cursors: Cursors,
    /// Made when it is first needed: it may have to read all leads.
    previewer: Option<Previewer>,
}

impl Errands {
    pub(crate) async fn preview(&self, id: &ConnectionId, anew: bool, until: Until) -> Result<(), Failure> {
        let connection = self.engines.connections().get(id).await.map_err(store)?;
        let Some(connection) = connection.filter(|one| one.state != State::Uninstalled) else {
            return Ok(());
        };
        let engines = self.engines.for_class(Class::Import);
        let cursors = PreviewCursor::cursors(&engines.table, id);
        let mut count = Count { errands: self, engines, connection, cursors, previewer: None };
        match count.run(anew, until).await {
            Err(failure) => count.end_for(failure).await,
            done => done,
        }
    }
}

impl Count<'_> {
    async fn run(&mut self, anew: bool, until: Until) -> Result<(), Failure> {
        if anew {
            self.begin().await?;
        }
        self.go_on(until).await
    }

    async fn begin(&self) -> Result<(), Failure> {
        let read: Versioned<PreviewCursor> = self.cursors.get().await.map_err(store)?;
        let now = self.engines.clock.now();
        let begun = read.cursor.begun(&self.connection, self.reads_leads().await?, now);
        self.cursors.put(&read, begun).await.map_err(store)?;
        Ok(())
    }

    /// Whether the sync itself has not read all leads.
    async fn reads_leads(&self) -> Result<bool, Failure> {
        if self.connection.helloleads.profile == Profile::Relay {
            return Ok(false);
        }
        let poll = self.engines.poll(&self.connection).await?;
        let cursor = poll.cursor().await.map_err(failed)?;
        Ok(!cursor.first_read_done())
    }

    /// Trouble that only a person can mend ends the count, which says so; other trouble passes.
    async fn end_for(&self, failure: Failure) -> Result<(), Failure> {
        let Disposition::Stop(attention) = failure.disposition else { return Err(failure) };
        let read: Versioned<PreviewCursor> = self.cursors.get().await.map_err(store)?;
        let trouble = Some(attention.to_string());
        let ended = PreviewCursor {
            place: Place::Done,
            asked_at: None,
            trouble,
            finished_at: None,
            ..read.cursor.clone()
        };
        self.cursors.put(&read, ended).await.map_err(store)?;
        Ok(())
    }

    async fn go_on(&mut self, until: Until) -> Result<(), Failure> {
        for steps in 0..STEPS_MAX {
            let read: Versioned<PreviewCursor> = self.cursors.get().await.map_err(store)?;
            if read.cursor.place == Place::Done {
                return Ok(());
            }
            if until.has_come(&self.engines.clock) {
                break;
            }
            match self.step(read).await {
                Ok(()) => {}
                Err(failure) if steps > 0 && matches!(failure.disposition, Disposition::Wait { .. }) => break,
                Err(failure) => return Err(failure),
            }
        }
        let connection = self.connection.id.clone();
        self.errands.ask(What::Preview { connection, anew: false }, "preview").await
    }

    async fn step(&mut self, read: Versioned<PreviewCursor>) -> Result<(), Failure> {
        let cursor = read.cursor.clone();
        let next = match cursor.place.clone() {
            Place::Done => return Ok(()),
            Place::Leads { list, page } => self.read_leads(cursor, list, page).await?,
            Place::Contacts { after, page } => self.plan_contacts(cursor, after, page).await?,
            Place::LeadsAlone => self.plan_leads_alone(cursor).await?,
        };
        let next = PreviewCursor { stepped_at: Some(self.engines.clock.now()), ..next };
        self.cursors.put(&read, next).await.map_err(store)?;
        Ok(())
    }

    fn previews(&self) -> Previews {
        Previews::new(self.engines.table.clone(), &self.connection.id)
    }

    async fn read_leads(
        &self,
        mut cursor: PreviewCursor,
        list: usize,
        page: u64,
    ) -> Result<PreviewCursor, Failure> {
        let poll = self.engines.poll(&self.connection).await?;
        let shown = poll.show(list, page).await.map_err(failed)?;
        cursor.leads += shown.leads.len() as u64;
        cursor.lead_pages_total = shown.pages.max(cursor.lead_pages_total);
        let now = self.engines.clock.now();
        self.previews().put_leads(cursor.number, cursor.lead_pages, shown.leads, now).await.map_err(store)?;
        cursor.lead_pages += 1;
        cursor.is_cut = shown.next.is_some() && cursor.leads >= LEADS_MAX;
        cursor.place = match shown.next.filter(|_| !cursor.is_cut) {
            Some((list, page)) => Place::Leads { list, page },
            None => Place::Contacts { after: None, page: 0 },
        };
        Ok(cursor)
    }

    async fn previewer(&mut self, cursor: &PreviewCursor) -> Result<&Previewer, Failure> {
        if self.previewer.is_none() {
            let leads = match cursor.reads_leads {
                true => {
                    let read = self.previews().leads(cursor.number, self.engines.clock.now()).await;
                    Leads::read(read.map_err(store)?)
                }
                false => Leads::Kept(LastSeen::new(
                    self.engines.table.clone(),
                    self.connection.id.clone(),
                    Kind::Contact,
                )),
            };
            self.previewer = Some(self.engines.previewer(self.connection.clone(), leads).await?);
        }
        Ok(self.previewer.as_ref().expect("it was made just now"))
    }

    async fn plan_contacts(
        &mut self,
        mut cursor: PreviewCursor,
        after: Option<String>,
        page: u64,
    ) -> Result<PreviewCursor, Failure> {
        let client = self.engines.ghl_client(&self.connection);
        let parsed = after.as_deref().and_then(|text| serde_json::from_str(text).ok());
        let shown = client.search_shown(parsed.as_ref(), SWEPT_PER_PAGE).await;
        let (shown, total) = shown.map_err(|error| Failure::new(error.disposition(), error))?;
        let previewer = self.previewer(&cursor).await?;
        let mut found = Vec::new();
        let ids: Vec<RecordId> = shown.iter().map(|one| one.found.id.clone()).collect();
        let known = previewer.links.known_many(Kind::Contact, Side::Ghl, &ids).await.map_err(store)?;
        let linked: Vec<RecordId> = known.iter().filter_map(lead_of).collect();
        let mut rows = previewer.leads.get_many(&linked).await.map_err(store)?;
        for (one, known) in shown.iter().zip(known) {
            let lead = lead_of(&known).and_then(|id| rows.remove(&id));
            let contact = observe(previewer, one, &known);
            let planned = previewer.plan_contact(contact, known, lead, &blur).await.map_err(store)?;
            cursor.tally.add(&planned.plan);
            found.extend(planned.leads);
        }
        cursor.contacts += shown.len() as u64;
        cursor.contacts_total = total.unwrap_or_default().max(cursor.contacts);
        let now = self.engines.clock.now();
        self.previews().put_found(cursor.number, page, found, now).await.map_err(store)?;
        let full = shown.len() >= SWEPT_PER_PAGE as usize;
        let last = shown.last().and_then(|one| one.found.search_after.as_ref()).map(ToString::to_string);
        cursor.place = match last.filter(|last| full && after.as_ref() != Some(last)) {
            Some(after) => Place::Contacts { after: Some(after), page: page + 1 },
            None => Place::LeadsAlone,
        };
        Ok(cursor)
    }

    /// The leads that no contact was found for. Where the sync has read all leads, those that are not linked stand in the
    /// list, each with its reason.
    async fn plan_leads_alone(&mut self, mut cursor: PreviewCursor) -> Result<PreviewCursor, Failure> {
        let now = self.engines.clock.now();
        if cursor.reads_leads {
            let found = self.previews().found(cursor.number, now).await.map_err(store)?;
            let previewer = self.previewer(&cursor).await?;
            let Leads::Read(leads, _) = &previewer.leads else { return Ok(cursor) };
            let alone: Vec<RecordId> = leads.keys().filter(|id| !found.contains(*id)).cloned().collect();
            let known = previewer.links.known_many(Kind::Contact, Side::HelloLeads, &alone).await;
            let mut tally = cursor.tally.clone();
            for (id, known) in alone.iter().zip(known.map_err(store)?) {
                let lead = leads.get(id).filter(|_| matches!(known, Known::Nothing | Known::Intent(_)));
                if let Some(lead) = lead.and_then(|lead| lead.clone().into_observed()) {
                    tally.add(&previewer.plan_lead_alone(lead));
                }
            }
            cursor.tally = tally;
            cursor.leads = leads.len() as u64;
        } else {
            let list = ParkedList::new(self.engines.table.clone(), self.connection.id.clone());
            let parked = list.all().await.map_err(store)?;
            let leads = parked.iter().filter(|one| one.side == Side::HelloLeads && one.kind == Kind::Contact);
            leads.for_each(|one| cursor.tally.skip(&one.reason));
        }
        Ok(PreviewCursor { place: Place::Done, finished_at: Some(now), ..cursor })
    }
}

fn failed(error: HelloLeadsError) -> Failure {
    Failure::new(error.disposition(), error)
}

fn lead_of(known: &Known) -> Option<RecordId> {
    match known {
        Known::Linked(link) => Some(link.ids.helloleads.clone()),
        Known::Nothing | Known::Intent(_) | Known::Ignored => None,
    }
}

/// The contact as the search shows it; whole, where it is as it was mirrored.
fn observe(previewer: &Previewer, shown: &ShownContact, known: &Known) -> Observed {
    let contact = previewer.observe(&shown.found.id, &shown.contact);
    let whole = match known {
        Known::Linked(link) => mirrored(link, &previewer.connection, &contact),
        Known::Nothing | Known::Intent(_) | Known::Ignored => None,
    };
    match whole {
        Some(record) => Observed { record, ..contact },
        None => contact,
    }
}

/// The search shows texts in lower case where names stand, and neither street nor date of birth: what only that would
/// make differ is taken from the lead.
fn blur(lead: &mut Observed, contact: &mut Observed) {
    let fields: Vec<Field> = contact.record.fields().cloned().collect();
    for field in fields {
        let (ours, theirs) = (lead.record.text(&field), contact.record.text(&field));
        if let (Some(ours), Some(theirs)) = (ours, theirs)
            && ours.to_lowercase() == theirs.to_lowercase()
        {
            let ours = ours.to_owned();
            contact.record.put_text(field, Some(ours));
        }
    }
    if contact.record.get(&Field::DATE_OF_BIRTH).is_none() {
        contact.record.put(Field::DATE_OF_BIRTH, lead.record.get(&Field::DATE_OF_BIRTH).cloned());
    }
    let address = |one: &Observed| one.record.get(&Field::ADDRESS).and_then(Value::as_address).cloned();
    let (ours, theirs) = (address(lead), address(contact));
    if let Some(Address { street, .. }) = ours.filter(|ours| !ours.street.is_empty()) {
        let shown = theirs.unwrap_or_default();
        if shown.street.is_empty() {
            contact.record.put(Field::ADDRESS, Some(Value::Address(Address { street, ..shown })));
        }
    }
}
