//! What the newer API has around leads: the follow-up, the stage, the potential, and the groups that leads stand in. Groups
//! and stages are written by id, and leads show their names.

use serde_json::{Map, Value, json};

use super::lead::STAGES;
use super::state::State;
use super::v1::{edit, id_of};
use super::wire::Refusal;

pub(super) const PRODUCT_GROUPS: [(&str, &str); 2] = [("701", "Solar"), ("702", "Wind")];
pub(super) const CUSTOMER_GROUPS: [(&str, &str); 2] = [("801", "Company"), ("802", "Individual")];
const TAGS: [(&str, &str); 2] = [("901", "vip"), ("902", "partner")];

/// The calls of `v1` that are answered here.
pub(super) const CALLS: [&str; 10] = [
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

pub(super) fn work(state: &mut State, call: &str, body: &Map<String, Value>) -> Result<Value, Refusal> {
    match call {
        "GET /org/leadStages" => Ok(listed("leadStages", &STAGES)),
        "GET /org/tags" => Ok(listed("tags", &TAGS)),
        "GET /org/productGroups" => Ok(listed("productGroups", &PRODUCT_GROUPS)),
        "GET /org/customerGroups" => Ok(listed("customerGroups", &CUSTOMER_GROUPS)),
        "PUT /leads/followup" => follow_up(state, body),
        "PUT /leads/qualifiers" => {
            let lead = id_of(body, "lead_id")?;
            qualify(state, lead, body)
        }
        _ => {
            for lead in leads(body)? {
                qualify(state, lead, body)?;
            }
            Ok(json!({"status": "success"}))
        }
    }
}

fn listed(name: &str, known: &[(&str, &str)]) -> Value {
    let shown: Vec<Value> = known.iter().map(|(id, name)| json!({"id": id, "name": name})).collect();
    json!({ name: shown })
}

fn leads(body: &Map<String, Value>) -> Result<Vec<u64>, Refusal> {
    let named =
        body.get("lead_ids").and_then(Value::as_array).ok_or_else(|| Refusal::of("lead_ids is missing"))?;
    let id = |id: &Value| {
        id.as_str().and_then(|id| id.parse().ok()).ok_or_else(|| Refusal::of("Invalid lead_ids"))
    };
    named.iter().map(id).collect()
}

fn follow_up(state: &mut State, body: &Map<String, Value>) -> Result<Value, Refusal> {
    let lead = id_of(body, "lead_id")?;
    let at = body.get("followupDate").and_then(Value::as_str).unwrap_or_default();
    if at.parse::<jiff::Timestamp>().is_err() || state.leads.get(lead).is_none() {
        return Err(Refusal::of("Invalid followupDate or lead"));
    }
    let details = json!({"followUpDateTime": at, "followUpNotes": body.get("followupNote")});
    state.related.follow_ups.insert(lead, details);
    Ok(json!({"status": "success"}))
}

/// Writes what is named; a group or stage that there is not is refused.
fn qualify(state: &mut State, lead: u64, body: &Map<String, Value>) -> Result<Value, Refusal> {
    let mut fields = Map::new();
    let known = [
        ("stageId", "lead_stage", &STAGES[..]),
        ("customerGroupId", "category", &CUSTOMER_GROUPS[..]),
        ("productGroupIds", "interests", &PRODUCT_GROUPS[..]),
        ("tagIds", "tags", &TAGS[..]),
    ];
    for (sent, column, known) in known {
        if let Some(value) = body.get(sent) {
            fields.insert(column.to_owned(), json!(names(value, known)?));
        }
    }
    fields.extend(body.get("potential").map(|potential| ("potential".to_owned(), potential.clone())));
    edit(state, lead, &fields, &["lead_stage", "category", "interests", "tags", "potential"])?;
    Ok(json!({"status": "success"}))
}

fn names(sent: &Value, known: &[(&str, &str)]) -> Result<String, Refusal> {
    let ids: Vec<&Value> = sent.as_array().map_or_else(|| vec![sent], |all| all.iter().collect());
    let named = ids.into_iter().map(|id| {
        let found = known.iter().find(|(known, _)| id == known).map(|(_, name)| (*name).to_owned());
        found.ok_or_else(|| Refusal::of("no such group or stage"))
    });
    Ok(named.collect::<Result<Vec<String>, Refusal>>()?.join(","))
}
