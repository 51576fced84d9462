//! Both CRMs side by side.

use comfy_table::presets::UTF8_FULL_CONDENSED;
use comfy_table::{ContentArrangement, Table};

use crate::compare::{Pair, Person};

/// The last screen: a line for each person, and whether the two sides agree.
pub fn table(pairs: &[Pair]) -> Table {
    let mut table = Table::new();
    table.load_style(UTF8_FULL_CONDENSED).set_content_arrangement(ContentArrangement::Disabled);
    table.set_header(["HelloLeads lead", "HelloLeads shows", "GHL shows", ""]);
    for pair in pairs {
        let id = pair.lead.as_ref().map_or_else(String::new, |lead| lead.id.clone());
        let there = match (&pair.lead, &pair.contact) {
            (Some(lead), None) if lead.marked => "deleted there; the lead is marked".to_owned(),
            (_, contact) => shown(contact.as_ref()),
        };
        let verdict = if pair.agrees() { "✓" } else { "✗" };
        table.add_row([id, shown(pair.lead.as_ref()), there, verdict.to_owned()]);
    }
    table
}

fn shown(person: Option<&Person>) -> String {
    let Some(person) = person else { return "—".to_owned() };
    let tags: Vec<&str> = person.tags.iter().map(String::as_str).collect();
    let joined =
        |parts: [&str; 2]| parts.into_iter().filter(|part| !part.is_empty()).collect::<Vec<_>>().join(" · ");
    let tags = if tags.is_empty() { String::new() } else { format!(" [{}]", tags.join(", ")) };
    format!("{}{tags}\n{}", joined([&person.name, &person.city]), joined([&person.email, &person.phone]))
}
