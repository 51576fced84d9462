//! The calls about everything that is not a lead: lists, users, custom fields, histories.

use serde_json::{Value, json};

use super::related::{Item, Kind};
use super::state::{List, State, WALL_FORM};
use super::wire::{Answer, Asked, Refusal};

/// All lists, on page 1; some have no key.
pub(super) fn lists(state: &State, asked: &Asked) -> Answer {
    let first_page = asked.query("page").is_none_or(|page| page == "1");
    let shown = state.lists.iter().filter(|_| first_page).map(|list| list_row(state, list));
    Answer::json(200, &json!({"lists": shown.collect::<Vec<_>>()}))
}

fn list_row(state: &State, list: &List) -> Value {
    let created = state.wall_text(list.created);
    let owner = state.accounts.values().next();
    json!({"list_key": list.key, "name": list.name, "owner": owner, "created": created, "modified": created})
}

/// The accounts' owners.
pub(super) fn users(state: &State) -> Answer {
    let user = |(place, email): (usize, &String)| json!({"id": (place + 1).to_string(), "email": email});
    let mut users: Vec<Value> = state.accounts.values().enumerate().map(user).collect();
    let added = state.related.users.iter();
    users.extend(added.map(|(id, (email, name))| json!({"id": id, "email": email, "name": name})));
    Answer::json(200, &json!({"users": users, "paging": {"total_pages": 1, "current_page": 1}}))
}

/// The custom fields: the account's, whichever list is named.
pub(super) fn custom_fields(state: &State, asked: &Asked) -> Answer {
    if asked.query("list_key").is_none_or(|key| state.list_of_key(key).is_none()) {
        return Refusal::of("Invalid list_key").answer(state.switches.error_in_200);
    }
    let field = |(id, name): (&String, &String)| match state.custom_options.get(id) {
        Some(options) => json!({"id": id, "name": name, "type": "dropdown", "options": options}),
        None => json!({"id": id, "name": name, "type": "text"}),
    };
    Answer::json(200, &json!({"customFields": state.custom_fields.iter().map(field).collect::<Vec<_>>()}))
}

/// The comments of all leads since a time.
pub(super) fn all_comments(state: &State, asked: &Asked) -> Answer {
    let since = asked
        .query("createdDateTime_From")
        .and_then(|text| jiff::civil::DateTime::strptime(WALL_FORM, text).ok());
    let mut found: Vec<&Item> = state.related.of(Kind::Comment).collect();
    found.retain(|item| since.is_none_or(|since| state.wall(item.created) >= since));
    if !asked.query("orderByCreatedDateTime").is_some_and(|order| order.eq_ignore_ascii_case("asc")) {
        found.reverse();
    }
    let size = state.switches.page_size;
    let page = asked.query("page").and_then(|page| page.parse::<usize>().ok()).unwrap_or(1).max(1);
    let rows = found.iter().skip((page - 1) * size).take(size).map(|item| {
        let mut shown = item.shown();
        shown["type"] = json!("comments");
        shown["created"] = json!(state.wall_text(item.created));
        shown
    });
    let rows: Vec<Value> = rows.collect();
    Answer::json(200, &json!({"activities": rows, "totalPages": found.len().div_ceil(size)}))
}

/// The history of one lead, newest line first: `activityType` is `all`, `comments` or `logs`.
pub(super) fn activities(state: &State, asked: &Asked) -> Answer {
    let lead = asked.query("leadId").and_then(|id| id.parse::<u64>().ok());
    let kind = asked.query("activityType").unwrap_or("all");
    let mine = state.activities.iter().filter(|line| Some(line.lead) == lead);
    let wanted = mine.filter(|line| kind == "all" || kind == line.kind).rev();
    let rows = wanted.map(|line| {
        let created = state.wall_text(line.at);
        json!({"lead_id": line.lead.to_string(), "type": line.kind, "text": line.text, "created": created})
    });
    let paging = json!({"total_pages": 1, "current_page": 1});
    Answer::json(200, &json!({"activities": rows.collect::<Vec<_>>(), "paging": paging}))
}
