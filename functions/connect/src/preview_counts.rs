//! What a run would do with all contacts, counted: shown with the calls and the time that the run will take.

use jiff::Timestamp;
use maud::{Markup, html};
use shared::connection::Connection;
use shared::model::side::Side;
use shared::sync::forecast::words;
use shared::sync::preview::{PreviewCursor, Tally};

use crate::preview_page::{field_words, progress};
use crate::session::Visitor;

/// The counts, how far they are, and the button that has them made.
pub(crate) fn counts(
    connection: &Connection,
    cursor: &PreviewCursor,
    visitor: &Visitor,
    now: Timestamp,
) -> Markup {
    let under_way = cursor.is_under_way(now);
    let act = format!("/connections/{}/count", connection.id);
    html! {
        h2 { "All contacts" }
        @if let Some(trouble) = &cursor.trouble { p.note role="alert" { "The count stopped: " (trouble) "." } }
        @if under_way {
            p role="status" { "Counting: " (progress(cursor)) ". This page looks again by itself." }
            (bar(cursor))
        } @else {
            @if cursor.finished_at.is_some() { (result(connection, cursor)) }
            form method="post" action=(act) { (visitor.token()) button { @if cursor.finished_at.is_some() { "Count again" } @else { "Count all contacts" } } }
            p { small { "Reads both accounts within their budgets, and writes to neither. In a large account it takes a while; this page shows how far it is." } }
        }
    }
}

fn bar(cursor: &PreviewCursor) -> Markup {
    let (done, all) = match cursor.contacts_total {
        0 => (cursor.lead_pages, cursor.lead_pages_total),
        total => (cursor.contacts, total),
    };
    html! { progress max=(all.max(1)) value=(done.min(all)) aria-label="counted" {} }
}

fn result(connection: &Connection, cursor: &PreviewCursor) -> Markup {
    let (calls, time) = cursor.cost(connection);
    let is_old = cursor.mapping != connection.mapping_revision;
    let at = cursor.finished_at.map(|at| at.strftime("%F %T UTC").to_string()).unwrap_or_default();
    html! {
        p { (cursor.contacts) " contacts of GHL and " (leads(cursor)) ", counted " (at) "." }
        @if is_old { p.note { "The mapping was changed since: count again." } }
        @if cursor.is_cut { p.note { "There are more leads than are counted: the figures hold for the first " (cursor.leads) "." } }
        (table(&cursor.tally))
        (fields(&cursor.tally))
        (skipped(&cursor.tally))
        p { "The run makes about " (calls.helloleads) " calls of HelloLeads and " (calls.ghl) " of GHL, and takes about " strong { (words(time)) } "." }
        p { small { "Counted from what GHL's search shows: letter case of names, streets and dates of birth are not compared here, but are for the contacts above." } }
    }
}

fn leads(cursor: &PreviewCursor) -> String {
    match cursor.reads_leads {
        true => format!("{} leads of HelloLeads", cursor.leads),
        false => "the leads of HelloLeads as they were last seen".to_owned(),
    }
}

fn table(tally: &Tally) -> Markup {
    let per_side = [
        ("created", &tally.created),
        ("changed", &tally.changed),
        ("deleted", &tally.deleted),
        ("marked and left alone", &tally.unlinked),
    ];
    let skipped: u64 = tally.skipped.values().map(|(number, _)| number).sum();
    html! {
        div.wide { table {
            thead { tr { th scope="col" { "Records" } th scope="col" { "in HelloLeads" } th scope="col" { "in GHL" } } }
            tbody {
                @for (what, of) in per_side { tr { th scope="row" { (what) } td { (of.helloleads) } td { (of.ghl) } } }
                @for (what, number) in [("found on both sides, and made one", tally.merged), ("the same already", tally.same), ("left out by the filter", tally.excluded), ("skipped", skipped)] {
                    tr { th scope="row" { (what) } td colspan="2" { (number) } }
                }
                tr { th scope="row" { "fields in conflict, of which one value is kept in the journal" } td colspan="2" { (tally.conflicts) } }
            }
        } }
    }
}

fn fields(tally: &Tally) -> Markup {
    let of = |side: Side| tally.fields.of(side).iter().map(move |(field, number)| (side, field, *number));
    let rows: Vec<_> = Side::BOTH.into_iter().flat_map(of).collect();
    html! {
        @if !rows.is_empty() {
            h3 { "Fields changed" }
            div.wide { table {
                thead { tr { th scope="col" { "Side" } th scope="col" { "Field" } th scope="col" { "Records" } } }
                tbody { @for (side, field, number) in rows { tr { td { (side) } th scope="row" { (field_words(field)) } td { (number) } } } }
            } }
        }
    }
}

fn skipped(tally: &Tally) -> Markup {
    html! {
        @if !tally.skipped.is_empty() {
            h3 { "Skipped, and why" }
            div.wide { table {
                thead { tr { th scope="col" { "Records" } th scope="col" { "Reason" } } }
                tbody { @for (number, reason) in tally.skipped.values() { tr { td { (number) } td { (reason) @if *number > 1 { " (one of them)" } } } } }
            } }
        }
    }
}
