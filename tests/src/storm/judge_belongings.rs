//! The judgement of notes, tasks and appointments.

use std::collections::{BTreeMap, BTreeSet};

use shared::disposition::Reason;
use shared::model::side::Kind;

use super::face::Face;
use super::judge::{Breach, Outcome, by_marker, invented};
use super::model::{On, Subject};
use super::setting::Way;

type Faces = BTreeMap<String, Vec<Face>>;

impl Outcome<'_> {
    /// P1, P2, P3, P5 and P12 of what belongs to contacts that are compared still; of what belongs to others, P12.
    pub(super) fn check_belongings(
        &self,
        people: &[Subject],
        belongings: &[Subject],
        contacts: &Faces,
        leads: &Faces,
    ) -> Vec<Breach> {
        let mut breaches = Vec::new();
        for kind in Kind::OF_A_CONTACT {
            let all = |on| {
                let all = self.cloud.belongings(self.setting, on, kind);
                by_marker(all.into_iter().map(|(_, face)| face).collect())
            };
            let (here, there) = (all(On::Ghl), all(On::HelloLeads));
            let none = Vec::new();
            let own = |one: &&Subject| one.kind == kind && one.connection == self.setting.place;
            for belonging in belongings.iter().filter(own) {
                let (here, there) = (
                    here.get(&belonging.marker).unwrap_or(&none),
                    there.get(&belonging.marker).unwrap_or(&none),
                );
                let mut found: Vec<String> =
                    here.iter().chain(there).flat_map(|face| invented(belonging, face)).collect();
                let owner = people.iter().find(|person| Some(&person.marker) == belonging.of.as_ref());
                if owner.is_some_and(|owner| self.is_compared(owner, contacts, leads)) {
                    found.extend(self.check_belonging(belonging, here, there));
                }
                let mut words = vec![belonging.marker.clone()];
                words.extend(here.iter().chain(there).map(|face| face.id.clone()));
                words.extend(belonging.gone.iter().cloned());
                breaches.extend(found.into_iter().map(|what| Breach {
                    what: format!("{what} ({kind:?} {})", belonging.marker),
                    words: words.clone(),
                }));
            }
        }
        breaches
    }

    /// Whoever is on each side once, and was never deleted, refused or listed: what belongs to others is left alone, or
    /// cannot be told apart.
    fn is_compared(&self, owner: &Subject, contacts: &Faces, leads: &Faces) -> bool {
        let (Some([contact]), Some([lead])) =
            (contacts.get(&owner.marker).map(Vec::as_slice), leads.get(&owner.marker).map(Vec::as_slice))
        else {
            return false;
        };
        let listed = self.listed(owner, &[contact, lead]).any(is_of_the_whole);
        !listed && owner.deleted.is_empty() && !owner.denied && !owner.became_two()
    }

    fn check_belonging(&self, belonging: &Subject, here: &[Face], there: &[Face]) -> Vec<String> {
        let mut breaches = Vec::new();
        for (on, faces) in [(On::Ghl, here), (On::HelloLeads, there)] {
            let unlisted = faces.iter().filter(|face| !self.stands_aside(belonging, face));
            let excused = belonging.denied || belonging.edited_in_doubt(None) || self.sent_twice(belonging);
            if unlisted.count() > 1 && !excused {
                breaches.push(format!("P3: there are {} on {on:?}", faces.len()));
            }
        }
        let untouched_since = |at| !belonging.edits.values().flatten().any(|edit| edit.at > at);
        let followed = match belonging.deleted.as_slice() {
            [(at, _, true)] => untouched_since(*at) && !belonging.was_in_doubt(*at) && !belonging.denied,
            _ => false,
        };
        match (here, there) {
            ([contact], [lead]) if followed => {
                breaches.push(format!("P5: it was deleted, and is there again: {} {}", contact.id, lead.id));
            }
            ([contact], [lead]) => breaches.extend(self.compare_belonging(belonging, contact, lead)),
            ([], []) if belonging.deleted.is_empty() => {
                breaches.push("P2: it is gone on both sides".to_owned())
            }
            ([face], []) | ([], [face]) => {
                let listed = self.listed(belonging, &[face]).next().is_some();
                if (belonging.deleted.is_empty() || followed) && !listed {
                    breaches.push("P1: it is on one side only, and nothing says why".to_owned());
                }
            }
            _ => {}
        }
        breaches
    }

    /// Nobody heard of a create, and the relay, which tells late of what it made, does not say for which record: it is
    /// sent again.
    fn sent_twice(&self, belonging: &Subject) -> bool {
        let unnamed = self.setting.way == Way::Relay && !self.setting.keeps_reference;
        unnamed && !belonging.made_in_doubt.is_empty()
    }

    fn compare_belonging(&self, belonging: &Subject, here: &Face, there: &Face) -> Vec<String> {
        let mut breaches = Vec::new();
        let blank = String::new();
        let fields: BTreeSet<&String> = here.fields.keys().chain(there.fields.keys()).collect();
        for field in fields {
            let (on_ghl, on_helloleads) =
                (here.fields.get(field).unwrap_or(&blank), there.fields.get(field).unwrap_or(&blank));
            if self.explains(belonging, &[here, there], field) {
                continue;
            }
            if on_ghl != on_helloleads {
                breaches.push(format!(
                    "P1: {field} is {on_ghl:?} in GHL and {on_helloleads:?} in HelloLeads, and nothing says why"
                ));
            } else if let Some(lost) = self.lost(belonging, field, on_ghl) {
                breaches.push(format!("P2: {field} is {on_ghl:?}, and {lost:?} is lost"));
            }
        }
        breaches
    }
}

/// Whether the reason keeps a record aside altogether, not only some of its fields.
fn is_of_the_whole(reason: &Reason) -> bool {
    !matches!(reason, Reason::NotTaken { .. } | Reason::Taken { .. })
}
