//! Reads what the hints of one batch need first, in one call, and says what they will need next.

use super::connections;
use super::cursors::Cursors;
use super::error::Error;
use super::identity::Identity;
use super::last_seen::LastSeen;
use super::ledgers::Ledgers;
use super::links::{Link, Links, Pointer, link_key};
use super::table::{Key, Table};
use crate::connection::Connection;
use crate::connection::helloleads::Profile;
use crate::model::ids::{LinkId, RecordId};
use crate::model::side::{Kind, Side};
use crate::queue::Hint;

/// Reads ahead for these hints of one connection: its row, its budgets, where the records and their contacts are linked, and
/// the links.
/// Of a contact, how far HelloLeads has been read; of a record of HelloLeads, what was last seen.
pub async fn read_ahead(table: &Table, hints: &[&Hint]) -> Result<(), Error> {
    table.read_ahead(hints.iter().flat_map(|hint| first_keys(table, hint))).await?;
    table.want(hints.iter().flat_map(|hint| links_of(table, hint)));
    table.want(hints.iter().filter_map(|hint| last_seen_across(table, hint)));
    Ok(())
}

fn first_keys(table: &Table, hint: &Hint) -> Vec<Key> {
    let Hint { connection, kind, side, .. } = hint;
    let budget = |side| Ledgers::new(table.clone(), connection, side).key().clone();
    let mut keys = vec![connections::key(connection), budget(Side::Ghl), budget(Side::HelloLeads)];
    for (kind, id) in records_of(hint) {
        keys.push(pointer(table, hint, kind, &id));
        if *side == Side::Ghl {
            keys.push(link_key(&LinkId::of(connection, kind, &id)));
        }
    }
    match side {
        Side::HelloLeads => keys.push(last_seen(table, hint, &hint.id)),
        Side::Ghl if *kind == Kind::Contact => {
            keys.push(Cursors::new(table.clone(), connection, Side::HelloLeads, *kind).key().clone());
        }
        Side::Ghl => {}
    }
    keys
}

/// The record itself, and the contact that it belongs to.
fn records_of(hint: &Hint) -> Vec<(Kind, RecordId)> {
    let contact = hint.id.contact().map(|contact| (Kind::Contact, contact));
    [(hint.kind, hint.id.clone())].into_iter().chain(contact).collect()
}

/// The links that the pointers just read lead to.
fn links_of(table: &Table, hint: &Hint) -> Vec<Key> {
    let records = records_of(hint).into_iter();
    let pointers = records.filter_map(|(kind, id)| table.peek(&pointer(table, hint, kind, &id)));
    let links = pointers.filter_map(|pointer| match pointer {
        Pointer::Link { link } => Some(link_key(&link)),
        Pointer::Intent { .. } | Pointer::Ignored => None,
    });
    links.collect()
}

/// The row of the lead that a GHL contact is linked with. A relay's webhooks write such rows at any time: they are read
/// when they are needed.
fn last_seen_across(table: &Table, hint: &Hint) -> Option<Key> {
    let connection: Connection = table.peek(&connections::key(&hint.connection))?;
    if connection.helloleads.profile == Profile::Relay || hint.side != Side::Ghl || hint.kind != Kind::Contact
    {
        return None;
    }
    let link: Link = table.peek(&link_key(&LinkId::of(&hint.connection, hint.kind, &hint.id)))?;
    Some(last_seen(table, hint, &link.ids.helloleads))
}

fn last_seen(table: &Table, hint: &Hint, id: &RecordId) -> Key {
    LastSeen::new(table.clone(), hint.connection.clone(), hint.kind).key(id)
}

fn pointer(table: &Table, hint: &Hint, kind: Kind, id: &RecordId) -> Key {
    Links::new(table.clone(), hint.connection.clone()).pointer_key(Identity { kind, side: hint.side, id })
}
