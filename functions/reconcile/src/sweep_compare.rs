//! The end of a sweep: which linked records were on no page, and is that too many?

use std::collections::HashSet;

use jiff::SignedDuration;
use shared::connection::helloleads::Profile;
use shared::lane::work::Failure;
use shared::model::act::Act;
use shared::model::ids::RecordId;
use shared::model::side::{Kind, PerSide, Side};
use shared::store::brakes::Brakes;
use shared::store::last_seen::{LastSeen, Seen};
use shared::store::roster::{LINES_PER_PAGE, Listed, Roster};
use shared::sync::brake;
use shared::sync::difference::{Difference, Differs, differing_fields};
use shared::sync::engines::Opened;
use shared::sync::sweep::{Place, SweepCursor};

use crate::errands::store;
use crate::sweep::Sweep;
use crate::sweep_contacts::swept_number;

/// A list of GHL shows a contact a few seconds after it was made, and certainly within this time.
const LISTED_WITHIN: SignedDuration = SignedDuration::from_mins(1);

impl Sweep<'_> {
    /// Compares the mirrors of a page of notes, tasks or appointments: what each side shows of them is the looks' and the
    /// rotation's to find out.
    pub(crate) async fn compare_related(
        &self,
        mut cursor: SweepCursor,
        kind: Kind,
        after: Option<RecordId>,
    ) -> Result<SweepCursor, Failure> {
        let roster = Roster::new(self.engines.table.clone(), self.id().clone(), kind);
        let lines = roster.page(after.as_ref()).await.map_err(store)?;
        let found = self.compare_mirrors(kind, &lines).await?;
        self.report(&mut cursor, &found).await?;
        let last = lines.last().filter(|_| lines.len() >= LINES_PER_PAGE).map(|line| line.ids.ghl.clone());
        let kinds = &self.engine.connection.kinds;
        cursor.place = match (last, kinds.iter().find(|next| **next > kind)) {
            (Some(last), _) => Place::Related { kind, after: Some(last) },
            (None, Some(next)) => Place::Related { kind: *next, after: None },
            (None, None) => Place::Compare { second: false },
        };
        Ok(cursor)
    }

    async fn compare_mirrors(&self, kind: Kind, lines: &[Listed]) -> Result<Vec<Difference>, Failure> {
        let living: Vec<_> = lines.iter().filter(|line| !line.buried).map(|line| line.link.clone()).collect();
        let Opened::Ready(engine) = self.engines.open(self.id(), kind).await? else { return Ok(Vec::new()) };
        let links = engine.links.many(&living).await.map_err(store)?;
        let mut found = Vec::new();
        for link in links.values().filter(|link| link.buried.is_none() && !link.parked) {
            let now = PerSide::new(&link.mirrors.helloleads.record, &link.mirrors.ghl.record);
            let fields = differing_fields(link, now, engine.rules());
            if !fields.is_empty() {
                found.push(Difference::of_link(link, Differs::Fields { fields }));
            }
        }
        Ok(found)
    }

    /// Which linked contacts were on no page.
    pub(crate) async fn compare_with_roster(
        &self,
        mut cursor: SweepCursor,
        second: bool,
    ) -> Result<SweepCursor, Failure> {
        let now = self.engines.clock.now();
        let reads_leads = self.engine.connection.helloleads.profile != Profile::Relay;
        let contacts = self.swept(Side::Ghl).all(cursor.number).await.map_err(store)?;
        let mut leads = self.leads_swept(&cursor, false).await?;
        if second {
            leads.extend(self.leads_swept(&cursor, true).await?);
        }
        let mut gone = self.missing(&contacts, reads_leads.then_some(&leads)).await?;
        gone.ghl = self.old_enough(gone.ghl, &cursor).await?;
        // A lead can slip from page to page under a sweep's eyes: nobody is missing who is there at a second look.
        if !second && !gone.helloleads.is_empty() {
            cursor.place = Place::Leads { list: 0, page: 1, read: 0, second: true };
            return Ok(cursor);
        }
        self.take_gone(&mut cursor, gone).await?;
        self.swept(Side::Ghl).clear(cursor.number, cursor.contact_pages).await.map_err(store)?;
        for second in [false, true] {
            let number = swept_number(cursor.number, second);
            self.swept(Side::HelloLeads).clear(number, cursor.lead_pages).await.map_err(store)?;
        }
        tracing::info!(
            connection = %self.id(), leads = cursor.leads_seen, contacts = cursor.contacts_seen,
            differences = cursor.differences, "all records of both sides were gone through"
        );
        Ok(cursor.finished(now))
    }

    async fn leads_swept(&self, cursor: &SweepCursor, second: bool) -> Result<HashSet<RecordId>, Failure> {
        self.swept(Side::HelloLeads).all(swept_number(cursor.number, second)).await.map_err(store)
    }

    async fn missing(
        &self,
        contacts: &HashSet<RecordId>,
        leads: Option<&HashSet<RecordId>>,
    ) -> Result<PerSide<Vec<Listed>>, Failure> {
        let roster = Roster::new(self.engines.table.clone(), self.id().clone(), Kind::Contact);
        let mut gone: PerSide<Vec<Listed>> = PerSide::default();
        let mut after = None;
        loop {
            let lines = roster.page(after.as_ref()).await.map_err(store)?;
            let is_last = lines.len() < LINES_PER_PAGE;
            after = lines.last().map(|line| line.ids.ghl.clone());
            for line in lines.into_iter().filter(|line| !line.buried) {
                if !contacts.contains(&line.ids.ghl) {
                    gone.ghl.push(line.clone());
                }
                if leads.is_some_and(|leads| !leads.contains(&line.ids.helloleads)) {
                    gone.helloleads.push(line);
                }
            }
            if is_last {
                return Ok(gone);
            }
        }
    }

    /// Those that GHL's lists had the time to show: a contact that is new is not gone.
    async fn old_enough(&self, gone: Vec<Listed>, cursor: &SweepCursor) -> Result<Vec<Listed>, Failure> {
        let ids: Vec<_> = gone.iter().map(|line| line.link.clone()).collect();
        let links = self.engine.links.many(&ids).await.map_err(store)?;
        let since = cursor.began_at.map(|began| began - LISTED_WITHIN);
        let is_old = |line: &Listed| {
            let changed = links.get(&line.link).and_then(|link| link.mirrors.ghl.modified);
            changed.is_none_or(|changed| since.is_none_or(|since| changed < since))
        };
        Ok(gone.into_iter().filter(is_old).collect())
    }

    /// Reports what is gone, and has it looked at, unless it is so much that a person shall look first. GHL is asked for
    /// each of its contacts once more before anything is done about it.
    async fn take_gone(&self, cursor: &mut SweepCursor, gone: PerSide<Vec<Listed>>) -> Result<(), Failure> {
        let mut found = Vec::new();
        for side in Side::BOTH {
            let lines = gone.of(side).iter();
            found.extend(lines.map(|line| Difference {
                kind: Kind::Contact,
                ids: PerSide::from_fn(|side| Some(line.ids.of(side).clone())),
                differs: Differs::GoneFrom { side },
            }));
        }
        let repair = cursor.repair;
        let is_too_much = repair && self.is_too_much(found.len() as u64).await?;
        cursor.too_many_gone = is_too_much.then_some(found.len() as u64);
        cursor.repair = false;
        self.report(cursor, &found).await?;
        cursor.repair = repair;
        if repair && !is_too_much { self.act_upon_gone(&found).await } else { Ok(()) }
    }

    /// Has what is gone looked at.
    pub(crate) async fn act_upon_gone(&self, found: &[Difference]) -> Result<(), Failure> {
        for one in found.iter().filter(|one| one.differs == Differs::GoneFrom { side: Side::HelloLeads }) {
            if let Some(lead) = &one.ids.helloleads {
                self.mark_gone(lead).await?;
            }
        }
        self.announce(found).await
    }

    /// HelloLeads cannot be asked for one lead: that it is on no page is all that can be known.
    async fn mark_gone(&self, lead: &RecordId) -> Result<(), Failure> {
        let rows = LastSeen::new(self.engines.table.clone(), self.id().clone(), Kind::Contact);
        if let Some(seen) = rows.get(lead).await.map_err(store)?.filter(|seen| !seen.gone) {
            rows.put(&Seen { gone: true, ..seen }).await.map_err(store)?;
        }
        Ok(())
    }

    async fn is_too_much(&self, gone: u64) -> Result<bool, Failure> {
        let (connection, now) = (&self.engine.connection, self.engines.clock.now());
        let brakes = Brakes::new(self.engines.table.clone(), connection.id.clone());
        let most = brake::limit(&self.engines.table, &connection.id, &connection.policy.brake, Act::Delete);
        let most = most.await.map_err(store)?;
        let count = brakes.get(Kind::Contact, Act::Delete).await.map_err(store)?;
        if gone <= most || count.is_released(now) {
            return Ok(false);
        }
        tracing::error!(connection = %connection.id, gone, most, "a sweep would delete too much, and waits for a person");
        brakes.change(Kind::Contact, Act::Delete, |count| count.stop(now)).await.map_err(store)?;
        Ok(true)
    }
}
