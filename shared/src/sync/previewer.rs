//! Plans for records without carrying anything out: the plans of a preview are those of the run, made from what can be
//! read many at a time.

use std::collections::{BTreeMap, HashMap};

use super::engines::Engines;
use super::matching::{Match, Possible, alone, choose, link_of, possible};
use super::plan::{Found, Plan, Rules, plan};
use super::port::Can;
use crate::connection::Connection;
use crate::connection::mapping::Mapping;
use crate::ghl::record::{fingerprint, to_record};
use crate::ghl::wire::Contact;
use crate::helloleads::record::match_keys;
use crate::lane::work::Failure;
use crate::model::fingerprint::{Fingerprint, FingerprintKey};
use crate::model::ids::RecordId;
use crate::model::record::{Change, Field, Observed, Record, Value};
use crate::model::side::{Kind, PerSide, Side};
use crate::store::error::Error;
use crate::store::identity::Identity;
use crate::store::last_seen::{LastSeen, Seen};
use crate::store::links::{Known, Link, Links};

/// Where the leads are.
pub enum Leads {
    /// In the rows that the sync keeps.
    Kept(LastSeen),
    /// Read for the preview: by id, and by what finds them.
    Read(HashMap<RecordId, Seen>, BTreeMap<String, Vec<RecordId>>),
}

impl Leads {
    pub fn read(leads: Vec<Seen>) -> Self {
        let mut by_key: BTreeMap<String, Vec<RecordId>> = BTreeMap::new();
        for seen in &leads {
            for key in &seen.found_by {
                by_key.entry(key.as_str().to_owned()).or_default().push(seen.id.clone());
            }
        }
        Self::Read(leads.into_iter().map(|seen| (seen.id.clone(), seen)).collect(), by_key)
    }

    pub async fn get_many(&self, ids: &[RecordId]) -> Result<HashMap<RecordId, Seen>, Error> {
        match self {
            Self::Kept(rows) => rows.get_many(ids).await,
            Self::Read(leads, _) => {
                Ok(ids.iter().filter_map(|id| Some((id.clone(), leads.get(id)?.clone()))).collect())
            }
        }
    }

    async fn find(&self, keys: &[Fingerprint]) -> Result<Vec<Observed>, Error> {
        let mut found: Vec<Observed> = Vec::new();
        for key in keys {
            let seen = match self {
                Self::Kept(rows) => rows.find(key).await?,
                Self::Read(leads, by_key) => {
                    let ids = by_key.get(key.as_str()).into_iter().flatten();
                    ids.filter_map(|id| leads.get(id).cloned()).collect()
                }
            };
            let known = |id: &RecordId| found.iter().any(|one| one.id == *id);
            let new: Vec<Observed> =
                seen.into_iter().filter_map(Seen::into_observed).filter(|one| !known(&one.id)).collect();
            found.extend(new);
        }
        Ok(found)
    }
}

/// One connection's plans.
pub struct Previewer {
    pub connection: Connection,
    pub links: Links,
    pub leads: Leads,
    key: FingerprintKey,
    can: PerSide<Can>,
}

/// A plan, and the leads that the contact is or may be.
pub struct Planned {
    pub plan: Plan,
    pub leads: Vec<RecordId>,
}

impl Engines {
    pub async fn previewer(&self, connection: Connection, leads: Leads) -> Result<Previewer, Failure> {
        let can = PerSide::new(
            crate::helloleads::side::can(&connection.helloleads),
            crate::ghl::side::can(&connection.mapping),
        );
        let links = Links::new(self.table.clone(), connection.id.clone());
        Ok(Previewer { links, leads, key: self.fingerprint_key().await?, can, connection })
    }
}

impl Previewer {
    fn rules(&self) -> Rules<'_> {
        let (connection, can) = (&self.connection, PerSide::new(&self.can.helloleads, &self.can.ghl));
        Rules { policy: &connection.policy, mapping: &connection.mapping, can }
    }

    /// The contact as the sync would see it.
    pub fn observe(&self, id: &RecordId, contact: &Contact) -> Observed {
        let connection = &self.connection;
        Observed {
            id: id.clone(),
            record: to_record(contact, &connection.mapping, &connection.region),
            modified: contact.date_updated,
            fingerprint: fingerprint(contact, &self.key),
            heard: None,
            reference: None,
        }
    }

    /// The plan for a GHL contact; `lead` is the row of the lead that it is linked to. `blur` takes off both records what
    /// one of them does not show.
    pub async fn plan_contact(
        &self,
        mut contact: Observed,
        known: Known,
        lead: Option<Seen>,
        blur: &(dyn Fn(&mut Observed, &mut Observed) + Sync),
    ) -> Result<Planned, Error> {
        let found = match known {
            Known::Ignored => return Ok(Planned { plan: Plan::Nothing, leads: Vec::new() }),
            Known::Linked(link) => {
                let mut lead = lead.and_then(Seen::into_observed);
                if let Some(lead) = &mut lead {
                    blur(lead, &mut contact);
                }
                let leads = vec![link.ids.helloleads.clone()];
                let now = PerSide::new(lead, Some(contact));
                let found = Found::Linked { link, now, successor: None };
                return Ok(Planned { plan: plan(&found, self.rules()), leads });
            }
            Known::Nothing | Known::Intent(_) => {
                let mut candidates = self.candidates(&contact).await?;
                for candidate in &mut candidates {
                    blur(&mut candidate.0.observed, &mut contact);
                }
                self.unlinked(Side::Ghl, contact, candidates)
            }
        };
        let leads = candidates_of(&found);
        Ok(Planned { plan: plan(&found, self.rules()), leads })
    }

    /// The plan for a lead that no contact was found for.
    pub fn plan_lead_alone(&self, lead: Observed) -> Plan {
        plan(&self.unlinked(Side::HelloLeads, lead, Vec::new()), self.rules())
    }

    fn unlinked(&self, side: Side, here: Observed, candidates: Vec<Possible>) -> Found {
        let across = choose(Kind::Contact, &here.record, &alone(&candidates));
        let buried = link_of(&across, candidates);
        Found::Unlinked { side, here: Some(here), across, buried }
    }

    async fn candidates(&self, contact: &Observed) -> Result<Vec<Possible>, Error> {
        let mut candidates = Vec::new();
        for observed in self.leads.find(&match_keys(&contact.record, &self.key)).await? {
            let identity = Identity { kind: Kind::Contact, side: Side::HelloLeads, id: &observed.id };
            let known = self.links.known(identity).await?;
            candidates.extend(possible(Side::HelloLeads, observed, known));
        }
        Ok(candidates)
    }
}

pub(super) fn candidates_of(found: &Found) -> Vec<RecordId> {
    match found {
        Found::Unlinked { across: Match::One(one), .. } => vec![one.id.clone()],
        Found::Unlinked { across: Match::Several(several), .. } => several.clone(),
        Found::Unlinked { across: Match::Linked { holder, .. }, .. } => vec![holder.clone()],
        Found::Unlinked { .. } | Found::Linked { .. } => Vec::new(),
    }
}

/// Whether this is what the mirror of a link holds, by the mapping that holds now: then the mirror shows it whole.
pub fn mirrored(link: &Link, connection: &Connection, contact: &Observed) -> Option<Record> {
    let mirror = &link.mirrors.ghl;
    let is_news = link.mapping != connection.mapping_revision || contact.modified > mirror.modified;
    (!is_news && contact.modified.is_some()).then(|| mirror.record.clone())
}

/// One field that a plan would write.
#[derive(Debug, PartialEq, Eq)]
pub struct Written {
    pub side: Side,
    pub field: Field,
    pub old: Option<Value>,
    pub new: Option<Value>,
}

impl Previewer {
    /// What the plan would write, field by field.
    pub fn written(&self, plan: &Plan) -> Vec<Written> {
        written(plan, &self.can, &self.connection.mapping)
    }
}

pub(super) fn written(plan: &Plan, can: &PerSide<Can>, mapping: &Mapping) -> Vec<Written> {
    let fields = |side: Side, before: &Record, change: &Change| {
        let field = |(field, new): (&Field, Option<&Value>)| Written {
            side,
            field: field.clone(),
            old: before.get(field).cloned(),
            new: new.cloned(),
        };
        change.iter().map(field).collect::<Vec<_>>()
    };
    let made =
        |on: Side, from: &Record| fields(on, &Record::default(), &creatable(on, from, can.of(on), mapping));
    match plan {
        Plan::Create { from, here } => made(from.other(), &here.record),
        Plan::Recreate { on, from, .. } => made(*on, &from.record),
        Plan::Join { now, writes } | Plan::Rejoin { now, writes, .. } | Plan::Merge { now, writes, .. } => {
            let of = |side: Side| fields(side, &now.of(side).record, writes.changes.of(side));
            Side::BOTH.into_iter().flat_map(of).collect()
        }
        _ => Vec::new(),
    }
}

fn creatable(on: Side, record: &Record, can: &Can, mapping: &Mapping) -> Change {
    let goes = |field: &Field, value: &Value| {
        can.create_with(field) && mapping.reaches(on, field) && mapping.can_write(on, field, Some(value))
    };
    let record = record.without_facts();
    let taken = record.iter().filter(|(field, value)| goes(field, value));
    Change::from(&taken.map(|(field, value)| (field.clone(), value.clone())).collect::<Record>())
}
