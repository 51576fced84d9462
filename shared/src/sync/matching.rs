//! Which record across is this one? A person is known by e-mail first, by phone with care; a note, task or appointment
//! by what it holds, under the same contact.

use crate::model::ids::RecordId;
use crate::model::record::{Field, Observed, Record};
use crate::model::side::{Kind, Side};
use crate::store::links::{Known, Link};

/// A record across that shares an e-mail address or a phone number.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Candidate {
    pub observed: Observed,
    /// The record here that it is linked to already.
    pub linked_to: Option<RecordId>,
}

/// What the candidates come to.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Match {
    /// Nobody across: the record is new there.
    Nobody,
    One(Observed),
    /// The same person across belongs to another record here.
    Linked {
        holder: RecordId,
        linked_to: RecordId,
    },
    Several(Vec<RecordId>),
    /// Its contact is not synced any more, and neither is it.
    Apart,
}

/// A candidate, with the link that it has with a record that was deleted here, or is just being made again.
pub type Possible = (Candidate, Option<Box<Link>>);

/// Whom a record across belongs to, by what its id leads to; none for one that is never synced, or whose id is a former
/// one.
pub(super) fn possible(there: Side, observed: Observed, known: Known) -> Option<Possible> {
    let free = |observed| Candidate { observed, linked_to: None };
    match known {
        Known::Ignored => None,
        Known::Nothing | Known::Intent(_) => Some((free(observed), None)),
        Known::Linked(link) if *link.ids.of(there) != observed.id => None,
        // The link takes the new one up.
        Known::Linked(link) if link.buried == Some(there.other()) || link.intent.is_some() => {
            Some((free(observed), Some(link)))
        }
        Known::Linked(link) => {
            let linked_to = Some(link.ids.of(there.other()).clone());
            Some((Candidate { observed, linked_to }, None))
        }
    }
}

/// The candidates alone.
pub(super) fn alone(possible: &[Possible]) -> Vec<Candidate> {
    possible.iter().map(|(candidate, _)| candidate.clone()).collect()
}

/// The link that the one match has.
pub(super) fn link_of(across: &Match, possible: Vec<Possible>) -> Option<Box<Link>> {
    let Match::One(one) = across else { return None };
    possible.into_iter().find(|(candidate, _)| candidate.observed.id == one.id).and_then(|(_, link)| link)
}

/// Which of the candidates is `here`. Two notes that hold the same are as good as each other: any that is free will do.
pub fn choose(kind: Kind, here: &Record, candidates: &[Candidate]) -> Match {
    if kind == Kind::Contact {
        return choose_person(here, candidates);
    }
    let free = candidates.iter().find(|one| one.linked_to.is_none());
    free.map_or(Match::Nobody, |one| Match::One(one.observed.clone()))
}

/// The same e-mail is the same person. The same phone alone is the same person only where nothing speaks against it:
/// households and offices share one.
fn choose_person(here: &Record, candidates: &[Candidate]) -> Match {
    let by_email: Vec<_> = candidates.iter().filter(|one| same(here, one, &Field::EMAIL)).collect();
    match among(&by_email) {
        Match::Nobody => {}
        found => return found,
    }
    let by_phone: Vec<_> = candidates
        .iter()
        .filter(|one| same(here, one, &Field::PHONE) && agrees(here, &one.observed.record))
        .collect();
    among(&by_phone)
}

fn among(candidates: &[&Candidate]) -> Match {
    let free: Vec<_> = candidates.iter().filter(|one| one.linked_to.is_none()).collect();
    match (free.as_slice(), candidates) {
        ([], []) => Match::Nobody,
        ([], [taken, ..]) => Match::Linked {
            holder: taken.observed.id.clone(),
            linked_to: taken.linked_to.clone().expect("a candidate that is not free is linked"),
        },
        ([one], _) => Match::One(one.observed.clone()),
        (several, _) => Match::Several(several.iter().map(|one| one.observed.id.clone()).collect()),
    }
}

fn same(here: &Record, candidate: &Candidate, field: &Field) -> bool {
    here.get(field).is_some_and(|value| candidate.observed.record.get(field) == Some(value))
}

/// E-mail addresses and first names are the same, or one of the two is blank.
pub fn agrees(here: &Record, there: &Record) -> bool {
    [Field::EMAIL, Field::FIRST_NAME].iter().all(|field| match (here.text(field), there.text(field)) {
        (Some(ours), Some(theirs)) => ours.to_lowercase() == theirs.to_lowercase(),
        _ => true,
    })
}
