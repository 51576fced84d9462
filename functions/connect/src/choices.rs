//! What is synced and by which rules, as a person chooses it from what both accounts really have.

use maud::{Markup, html};
use shared::connection::Connection;
use shared::connection::helloleads::Profile;
use shared::ghl::calendars::Calendar;
use shared::helloleads::lists::List;
use shared::model::side::Kind;

use crate::form::{calendar_field, conflict_field, delete_fields, kind_fields, lists_field};

/// The fields of the step.
pub(crate) fn choices(connection: &Connection, lists: &[List], calendars: &[Calendar]) -> Markup {
    html! {
        @if connection.helloleads.profile != Profile::Relay {
            @if lists.is_empty() { (lists_field(connection)) } @else { (list_fields(connection, lists)) }
        }
        (kind_fields(connection))
        @if calendars.is_empty() { (calendar_field(connection)) } @else { (calendar_choice(connection, calendars)) }
        (conflict_field(connection))
        (delete_fields(connection))
        label for="region" { "Country of phone numbers that have no country code" small { "Two letters, such as US or IN." } }
        input id="region" name="region" value=(connection.region) maxlength="2";
    }
}

fn list_fields(connection: &Connection, lists: &[List]) -> Markup {
    let chosen = &connection.helloleads.lists;
    let gone = chosen.iter().filter(|key| lists.iter().all(|list| list.key != **key));
    html! {
        fieldset {
            legend { "HelloLeads lists that are synced" }
            p.soft { "None ticked: all lists, those made later too." }
            @for list in lists {
                (tick("list", &list.key, list.name.trim(), chosen.contains(&list.key)))
            }
            @for key in gone { (tick("list", key, &format!("{key} (gone from HelloLeads: untick it)"), true)) }
        }
        label for="first_list" { "New leads go into" }
        select id="first_list" name="first_list" {
            option value="" { "the first of them" }
            @for list in lists { option value=(list.key) selected[chosen.first() == Some(&list.key)] { (list.name.trim()) } }
        }
    }
}

fn tick(name: &str, value: &str, words: &str, is_ticked: bool) -> Markup {
    html! { label.choice { input type="checkbox" name=(name) value=(value) checked[is_ticked]; span { (words) } } }
}

fn calendar_choice(connection: &Connection, calendars: &[Calendar]) -> Markup {
    let chosen = connection.calendar.as_deref().unwrap_or_default();
    let is_gone = !chosen.is_empty() && calendars.iter().all(|calendar| calendar.id != chosen);
    html! {
        label for="calendar" { "GHL calendar for HelloLeads' appointments" small { "Without one, appointments go from GHL to HelloLeads only." } }
        select id="calendar" name="calendar" {
            option value="" { "none" }
            @if is_gone { option value=(chosen) selected { (chosen) " (gone from GHL: choose another)" } }
            @for calendar in calendars { option value=(calendar.id) selected[calendar.id == chosen] { (calendar.name.trim()) } }
        }
        @if !connection.kinds.contains(&Kind::Appointment) { p.soft { "Appointments are not ticked above." } }
    }
}

/// The fields with the ticked lists as one: that which new leads go into stands first.
pub(crate) fn gather_lists(pairs: &[(String, String)]) -> Vec<(String, String)> {
    let first = pairs.iter().find(|(name, value)| name == "first_list" && !value.is_empty());
    let ticked = pairs.iter().filter(|(name, _)| name == "list").map(|(_, key)| key.as_str());
    let ticked: Vec<&str> = ticked.collect();
    let first = first.map(|(_, key)| key.as_str()).filter(|_| !ticked.is_empty());
    let others = ticked.into_iter().filter(|key| Some(*key) != first);
    let lists: Vec<&str> = first.into_iter().chain(others).collect();
    let own = |name: &str| ["list", "first_list"].contains(&name);
    let mut gathered: Vec<(String, String)> = pairs.iter().filter(|(name, _)| !own(name)).cloned().collect();
    if !lists.is_empty() {
        gathered.push(("lists".to_owned(), lists.join(",")));
    }
    gathered
}

#[cfg(test)]
mod tests {
    use super::*;

    fn gathered(pairs: &[(&str, &str)]) -> Vec<String> {
        let pairs: Vec<(String, String)> =
            pairs.iter().map(|(name, value)| ((*name).to_owned(), (*value).to_owned())).collect();
        gather_lists(&pairs).into_iter().map(|(name, value)| format!("{name}={value}")).collect()
    }

    #[test]
    fn the_list_that_new_leads_go_into_stands_first_and_is_synced_too() {
        let both = [("list", "a"), ("list", "b"), ("first_list", "b"), ("tasks", "yes")];
        assert_eq!(gathered(&both), ["tasks=yes", "lists=b,a"]);
        assert_eq!(gathered(&[("list", "a"), ("first_list", "c")]), ["lists=c,a"]);
        assert_eq!(gathered(&[("list", "a"), ("first_list", "")]), ["lists=a"]);
        assert!(gathered(&[("first_list", "b")]).is_empty(), "none ticked are all");
    }
}
