//! Holds both CRMs side by side, by what their own screens show. Shares no code with the product: it is the judge.

use std::collections::BTreeSet;

use serde_json::Value;

use crate::ghl::FakeGhl;
use crate::helloleads::FakeHelloLeads;
use crate::world::{LOCATION, World};

/// One person, as each side shows them.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Pair {
    pub lead: Option<Person>,
    pub contact: Option<Person>,
}

/// What is compared of a person.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Person {
    pub id: String,
    pub name: String,
    pub email: String,
    pub phone: String,
    pub city: String,
    pub tags: BTreeSet<String>,
    /// The lead says that its contact was deleted.
    pub marked: bool,
}

impl Pair {
    /// Whether the two show the same; a lead without a contact is right only if it is marked so.
    pub fn agrees(&self) -> bool {
        match (&self.lead, &self.contact) {
            (Some(lead), Some(contact)) => {
                let shown = |person: &Person| Person { id: String::new(), marked: false, ..person.clone() };
                shown(lead) == shown(contact)
            }
            (Some(lead), None) => lead.marked,
            (None, _) => false,
        }
    }
}

/// Every person of both sides, matched by e-mail or phone.
pub fn pairs(world: &World) -> Vec<Pair> {
    pairs_of(&world.ghl, &world.helloleads)
}

/// The same, of two CRMs that stand by themselves.
pub fn pairs_of(ghl: &FakeGhl, helloleads: &FakeHelloLeads) -> Vec<Pair> {
    let mut contacts: Vec<Person> = ghl.contacts(LOCATION).iter().map(of_contact).collect();
    let leads = helloleads.leads();
    let leads = leads.iter().filter(|lead| lead["first_name"] != "Sync test lead").map(of_lead);
    let mut pairs: Vec<Pair> = leads
        .map(|lead| {
            let place = contacts.iter().position(|contact| is_same(&lead, contact));
            Pair { contact: place.map(|place| contacts.remove(place)), lead: Some(lead) }
        })
        .collect();
    pairs.extend(contacts.into_iter().map(|contact| Pair { lead: None, contact: Some(contact) }));
    pairs.sort_by_key(|pair| pair.lead.as_ref().or(pair.contact.as_ref()).map(|person| person.name.clone()));
    pairs
}

fn is_same(lead: &Person, contact: &Person) -> bool {
    let same = |one: &str, other: &str| !one.is_empty() && one == other;
    same(&lead.email, &contact.email) || same(&lead.phone, &contact.phone)
}

fn text(row: &Value, name: &str) -> String {
    row.get(name).and_then(Value::as_str).unwrap_or_default().trim().to_owned()
}

fn name(first: &str, last: &str) -> String {
    format!("{first} {last}").trim().to_owned()
}

fn of_lead(lead: &Value) -> Person {
    let tags = text(lead, "tags");
    Person {
        id: text(lead, "id"),
        name: name(&text(lead, "first_name"), &text(lead, "last_name")),
        email: text(lead, "email").to_lowercase(),
        phone: text(lead, "mobile"),
        city: text(lead, "city"),
        tags: tags.split(',').map(|tag| tag.trim().to_lowercase()).filter(|tag| !tag.is_empty()).collect(),
        marked: text(lead, "notes").contains("deleted in GHL"),
    }
}

fn of_contact(contact: &Value) -> Person {
    let tags = contact.get("tags").and_then(Value::as_array).cloned().unwrap_or_default();
    Person {
        id: text(contact, "id"),
        name: name(&text(contact, "firstName"), &text(contact, "lastName")),
        email: text(contact, "email").to_lowercase(),
        phone: text(contact, "phone"),
        city: text(contact, "city"),
        tags: tags.iter().filter_map(|tag| Some(tag.as_str()?.to_lowercase())).collect(),
        marked: false,
    }
}
