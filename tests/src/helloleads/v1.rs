//! The newer API, by a session: leads, comments and to-dos; nothing is deleted. Its times are ISO 8601 in UTC.

use jiff::Timestamp;
use serde_json::{Map, Value, json};

use super::edit::{CREATE_FIELDS, Edit, screen_fields};
use super::keeping;
use super::lead::Lead;
use super::qualifying;
use super::related::{self, Item, Kind};
use super::row::row;
use super::state::State;
use super::wire::{Answer, Asked, Refusal};

/// The path before every call.
pub(super) const PREFIX: &str = "/api/mcp/v1";
const ORGANISATION: &str = "org-1";
const PAGE_MAX: usize = 50;

/// The calls, by method and path below the prefix.
pub(super) const CALLS: [&str; 22] = [
    "GET /org/lists",
    "GET /leads/leads",
    "POST /leads/leadCreate",
    "PUT /leads/profile",
    "PUT /leads/infoPlus",
    "PUT /BulkQualifier/updateTags",
    "GET /leads/leadActivities",
    "POST /leads/leadCommentCreate",
    "GET /todo/todo/todo",
    "POST /todo/todo/todo",
    "PUT /todo/todo/todo",
    "GET /users/users",
    "PUT /leads/followup",
    "PUT /leads/qualifiers",
    "GET /org/leadStages",
    "GET /org/tags",
    "GET /org/productGroups",
    "GET /org/customerGroups",
    "PUT /BulkQualifier/updateLeadStage",
    "PUT /BulkQualifier/updatePotential",
    "PUT /BulkQualifier/updateCustomerGroup",
    "PUT /BulkQualifier/updateProductGroups",
];

/// Answers a call by its name in [`CALLS`].
pub(super) fn work(state: &mut State, call: &str, asked: &Asked) -> Answer {
    let Some(user) = admitted(state, asked) else {
        return Answer::json(401, &json!({"error": "unauthorized"}));
    };
    match answer(state, call, asked, &user) {
        Ok(body) => Answer::json(200, &body),
        Err(refusal) => refusal.answer(state.switches.error_in_200),
    }
}

fn admitted(state: &State, asked: &Asked) -> Option<String> {
    let user = state.related.sessions.get(asked.header("auth"))?;
    (user == asked.header("xemail") && asked.header("apiclient") == "MCP").then(|| user.clone())
}

fn answer(state: &mut State, call: &str, asked: &Asked, user: &str) -> Result<Value, Refusal> {
    let body = if call.starts_with("GET") { Map::new() } else { asked.object()? };
    let organisation = asked.query("org_id").or(body.get("org_id").and_then(Value::as_str));
    if organisation != Some(ORGANISATION) {
        return Err(Refusal::of("Invalid org_id"));
    }
    let done = json!({"status": "success"});
    match call {
        "GET /org/lists" => {
            let shown = state.lists.iter().map(|list| json!({"list_key": list.key, "name": list.name}));
            Ok(json!({"lists": shown.collect::<Vec<_>>()}))
        }
        "GET /leads/leads" => leads(state, asked),
        "POST /leads/leadCreate" => create(state, &body),
        "PUT /leads/profile" | "PUT /leads/infoPlus" => {
            let mut known = screen_fields();
            known.retain(|name| *name != "tags");
            edit(state, id_of(&body, "lead_id")?, &body, &known).map(|()| done)
        }
        "PUT /BulkQualifier/updateTags" => {
            let leads = body.get("lead_ids").and_then(Value::as_array).cloned().unwrap_or_default();
            for lead in leads {
                let lead = lead.as_str().and_then(|id| id.parse().ok());
                edit(state, lead.ok_or_else(|| Refusal::of("Invalid lead_ids"))?, &body, &["tags"])?;
            }
            Ok(done)
        }
        "GET /leads/leadActivities" => Ok(page(state, asked, Kind::Comment, "activities", "created_from")),
        "POST /leads/leadCommentCreate" => {
            let email = state.related.users.get(user).map(|(email, _)| email.clone());
            let fields = json!({"text": body.get("comment"), "user_email": email});
            let lead = id_of(&body, "lead_id")?;
            let id = related::add(state, Kind::Comment, lead, object(&fields), None)?;
            Ok(json!({"status": "success", "comment_id": id}))
        }
        "GET /todo/todo/todo" => Ok(page(state, asked, Kind::ToDo, "todos", "modified_from")),
        "POST /todo/todo/todo" => {
            let lead = id_of(&body, "lead_id")?;
            let id = related::add(state, Kind::ToDo, lead, &own_fields(&body), None)?;
            Ok(json!({"status": "success", "todo_id": id}))
        }
        "PUT /todo/todo/todo" => {
            related::change(state, Kind::ToDo, id_of(&body, "id")?, &own_fields(&body))?;
            Ok(done)
        }
        call if qualifying::CALLS.contains(&call) => qualifying::work(state, call, &body),
        _ => {
            let shown = |(id, (email, name)): (&String, &(String, String))| json!({"id": id, "email": email, "name": name});
            Ok(json!({"users": state.related.users.iter().map(shown).collect::<Vec<_>>()}))
        }
    }
}

fn leads(state: &State, asked: &Asked) -> Result<Value, Refusal> {
    let since = asked.query("modified_from").map(str::parse::<Timestamp>).transpose();
    let since = since.map_err(|_| Refusal::of("Invalid modified_from"))?;
    let ids: Option<Vec<&str>> = asked.query("lead_ids").map(|csv| csv.split(',').collect());
    let lists: Option<Vec<&str>> = asked.query("list_ids").map(|csv| csv.split(',').collect());
    let wanted = |lead: &&Lead| {
        let listed = state.lists[lead.list].key.as_deref();
        since.is_none_or(|since| lead.modified >= since)
            && ids.as_ref().is_none_or(|ids| ids.contains(&lead.id.to_string().as_str()))
            && lists.as_ref().is_none_or(|lists| listed.is_some_and(|key| lists.contains(&key)))
    };
    let mut found: Vec<&Lead> = state.leads.all().filter(wanted).collect();
    if asked.query("sort_by") == Some("modified_at") {
        found.sort_by_key(|lead| (lead.modified, lead.id));
    }
    let (some, paging) = cut(state, asked, &found);
    let shown = some.iter().map(|lead| {
        let mut shown = row(state, lead);
        shown["created"] = json!(lead.created.to_string());
        shown["modified"] = json!(lead.modified.to_string());
        shown
    });
    Ok(json!({"leads": shown.collect::<Vec<_>>(), "paging": paging}))
}

fn create(state: &mut State, body: &Map<String, Value>) -> Result<Value, Refusal> {
    let mut edit = Edit::parse(state, body, &CREATE_FIELDS)?;
    edit.drop_blanks();
    edit.check()?;
    let lead = keeping::draft(state, &edit);
    keeping::check_required(&lead)?;
    Ok(json!({"status": "success", "lead_id": keeping::add(state, lead)}))
}

pub(super) fn edit(
    state: &mut State,
    id: u64,
    body: &Map<String, Value>,
    accepted: &[&'static str],
) -> Result<(), Refusal> {
    let edit = Edit::parse(state, body, accepted)?;
    edit.check()?;
    let lead = keeping::redraft(state, id, &edit)?;
    keeping::check_still_required(state, &lead)?;
    keeping::replace(state, lead);
    Ok(())
}

/// A page of items since a time, the longest unchanged first.
fn page(state: &State, asked: &Asked, kind: Kind, name: &str, since: &str) -> Value {
    let since: Option<Timestamp> = asked.query(since).and_then(|since| since.parse().ok());
    let mut found: Vec<&Item> = state.related.of(kind).collect();
    found.retain(|item| since.is_none_or(|since| item.modified >= since));
    found.sort_by_key(|item| (item.modified, item.id));
    let (some, paging) = cut(state, asked, &found);
    let shown = some.iter().map(|item| {
        let mut shown = item.shown();
        shown["created"] = json!(item.created.to_string());
        shown["modified"] = json!(item.modified.to_string());
        shown
    });
    json!({name: shown.collect::<Vec<_>>(), "paging": paging})
}

fn cut<'a, T>(state: &State, asked: &Asked, found: &[&'a T]) -> (Vec<&'a T>, Value) {
    let number = |name: &str| asked.query(name).and_then(|text| text.parse::<usize>().ok());
    let size = number("page_size").unwrap_or(state.switches.page_size).min(PAGE_MAX);
    let current = number("page").unwrap_or(1).max(1);
    let some = found.iter().skip((current - 1) * size).take(size).copied().collect();
    (some, json!({"total_pages": found.len().div_ceil(size), "current_page": current}))
}

fn own_fields(body: &Map<String, Value>) -> Map<String, Value> {
    let others = ["org_id", "lead_id", "id"];
    let own = body.iter().filter(|(name, _)| !others.contains(&name.as_str()));
    own.map(|(name, value)| (name.clone(), value.clone())).collect()
}

pub(super) fn id_of(body: &Map<String, Value>, name: &str) -> Result<u64, Refusal> {
    let id = body.get(name).and_then(Value::as_str).and_then(|id| id.parse().ok());
    id.ok_or_else(|| Refusal::of(format!("Invalid {name}")))
}

fn object(value: &Value) -> &Map<String, Value> {
    value.as_object().expect("the fields above are an object")
}
