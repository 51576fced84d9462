//! What can be asked for about leads.

use std::collections::BTreeMap;

use http::Method;
use schemars::JsonSchema;
use serde::Deserialize;
use serde_json::{Value as Json, json};

use super::client::Body;
use super::operation::{BY_ALL, BY_CALLS, BY_KEY, BY_RELAY, BY_V1, Failed, Operation, Reach};
use super::wall_time::{to_query, to_wall, zone};
use crate::action::input::{BadInput, Instant, SomeText, parse};
use crate::connection::helloleads::Profile;
use crate::model::ids::RecordId;
use crate::normalise::moment;

pub const OPERATIONS: &[&Operation] = &[
    &LIST,
    &CREATE,
    &UPDATE,
    &DELETE,
    &SET_FOLLOW_UP,
    &STOP_FOLLOW_UP,
    &HISTORY,
    &SET_TAGS,
    &SET_CUSTOM_FIELDS,
    &SET_QUALIFIERS,
];

const LIST: Operation =
    Operation::new::<List>("helloleads.lead.list", BY_CALLS, |reach, input| Box::pin(list(reach, input)))
        .reading()
        .says(
            "Lists leads, a page at a time; those modified since a time, if one is named.",
            r#"{"page": 1, "modified_since": "2026-11-01T00:00:00Z"}"#,
        );

const CREATE: Operation = Operation::new::<NewLead>("helloleads.lead.create", BY_ALL, |reach, input| {
    Box::pin(create(reach, input))
})
.says(
    "Creates a lead, in the connection's first list where none is named. HelloLeads refuses no duplicate.",
    r#"{"first_name": "Cleo", "email": "cleo@example.com", "company": "Lee & Sons", "tags": "webinar"}"#,
);

const UPDATE: Operation =
    Operation::new::<ChangedLead>("helloleads.lead.update", BY_ALL, |reach, input| Box::pin(update(reach, input)))
        .repeatable()
        .costing_up_to(3)
        .says(
            "Changes fields of a lead. Fields that are not named stay. Its notes are not among them: the sync keeps GHL's notes there.",
            r#"{"lead_id": "9481462", "city": "Leeds", "designation": "Buyer"}"#,
        );

const DELETE: Operation = Operation::new::<OfLead>("helloleads.lead.delete", BY_RELAY, |reach, input| {
    Box::pin(delete(reach, input))
})
.repeatable()
.says("Has the relay delete a lead.", r#"{"lead_id": "9481462"}"#);

const SET_FOLLOW_UP: Operation = Operation::new::<FollowUp>("helloleads.lead.set_follow_up", BY_CALLS, |reach, input| {
    Box::pin(set_follow_up(reach, input))
})
.repeatable()
.says(
    "Sets a lead's one follow-up. By the key, the sync sets it anew with the next task, unless the settings leave it alone. v1 takes no assignee.",
    r#"{"lead_id": "9481462", "at": "2026-12-01T10:00:00Z", "note": "Call back", "assignee": "asha@example.com"}"#,
);

const STOP_FOLLOW_UP: Operation =
    Operation::new::<NoFollowUp>("helloleads.lead.stop_follow_up", BY_KEY, |reach, input| {
        Box::pin(stop_follow_up(reach, input))
    })
    .repeatable()
    .says("Ends a lead's follow-up, with a reason.", r#"{"lead_id": "9481462", "reason": "bought"}"#);

const HISTORY: Operation = Operation::new::<History>("helloleads.lead.history", BY_KEY, |reach, input| {
    Box::pin(history(reach, input))
})
.reading()
.says("Lists a lead's history: comments, logs, or all.", r#"{"lead_id": "9481462", "of": "logs"}"#);

const SET_TAGS: Operation = Operation::new::<Tags>("helloleads.lead.set_tags", BY_V1, |reach, input| {
    Box::pin(set_tags(reach, input))
})
.repeatable()
.says(
    "Replaces a lead's tags, written with commas between.",
    r#"{"lead_id": "9481462", "tags": "vip,partner"}"#,
);

const SET_CUSTOM_FIELDS: Operation =
    Operation::new::<CustomFields>("helloleads.lead.set_custom_fields", BY_V1, |reach, input| {
        Box::pin(set_custom_fields(reach, input))
    })
    .repeatable()
    .says(
        "Sets custom fields of a lead, by their ids.",
        r#"{"lead_id": "9481462", "custfields": {"31": "gold"}}"#,
    );

/// Of this call only the fields' names are known, by one source.
const SET_QUALIFIERS: Operation =
    Operation::new::<Qualifiers>("helloleads.lead.set_qualifiers", BY_V1, |reach, input| {
        Box::pin(set_qualifiers(reach, input))
    })
    .repeatable()
    .says(
        "Sets stage, potential, tags and groups of one lead, by their ids.",
        r#"{"lead_id": "9481462", "stage_id": "503", "potential": "High"}"#,
    );

#[derive(Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
struct List {
    page: Option<u64>,
    list_key: Option<String>,
    modified_since: Option<Instant>,
}

#[derive(Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
struct OfLead {
    lead_id: RecordId,
}

/// The inputs that hold a lead's fields, in HelloLeads' own words: those that all of them have, and what comes to them.
macro_rules! of_lead {
    ($name:ident { $($field:ident: $type:ty,)* }) => {
        #[derive(Deserialize, JsonSchema)]
        #[serde(deny_unknown_fields)]
        #[expect(dead_code, reason = "its form is checked, and the input is sent as it is")]
        struct $name {
            last_name: Option<String>,
            designation: Option<String>,
            company: Option<String>,
            email: Option<String>,
            mobile: Option<String>,
            mobile_code: Option<String>,
            phone: Option<String>,
            address_line1: Option<String>,
            address_line2: Option<String>,
            city: Option<String>,
            state: Option<String>,
            postal_code: Option<String>,
            country: Option<String>,
            website: Option<String>,
            deal_size: Option<String>,
            potential: Option<Potential>,
            custfields: Option<BTreeMap<String, String>>,
            list_key: Option<String>,
            $($field: $type,)*
        }
    };
}

of_lead! {
    NewLead {
        first_name: SomeText,
        fax: Option<String>,
        notes: Option<String>,
        interests: Option<String>,
        category: Option<String>,
        tags: Option<String>,
    }
}

of_lead! {
    ChangedLead {
        lead_id: RecordId,
        first_name: Option<SomeText>,
        lead_stage_id: Option<String>,
        tags: Option<String>,
    }
}

#[derive(Deserialize, JsonSchema)]
pub(super) enum Potential {
    High,
    Medium,
    Low,
    #[serde(rename = "Not Relevant")]
    NotRelevant,
}

#[derive(Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
struct FollowUp {
    lead_id: RecordId,
    at: Instant,
    note: Option<String>,
    /// The e-mail address of a user.
    assignee: Option<String>,
}

#[derive(Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
struct NoFollowUp {
    lead_id: RecordId,
    reason: Option<String>,
}

#[derive(Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
struct History {
    lead_id: RecordId,
    of: Option<Lines>,
}

#[derive(Clone, Copy, Deserialize, JsonSchema)]
#[serde(rename_all = "lowercase")]
enum Lines {
    All,
    Comments,
    Logs,
}

#[derive(Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
struct Tags {
    lead_id: RecordId,
    tags: String,
}

#[derive(Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
struct CustomFields {
    lead_id: RecordId,
    custfields: BTreeMap<String, String>,
}

#[derive(Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
#[expect(dead_code, reason = "its form is checked, and the input is sent as it is")]
struct Qualifiers {
    lead_id: RecordId,
    stage_id: Option<String>,
    potential: Option<Potential>,
    tag_ids: Option<Vec<String>>,
    product_group_ids: Option<Vec<String>>,
    customer_group_id: Option<String>,
}

async fn list(reach: &Reach, input: &Json) -> Result<Json, Failed> {
    let (client, asked) = (reach.calls()?, parse::<List>(input)?);
    let settings = client.settings();
    let mut query: Vec<(&str, &str)> = Vec::new();
    let since = match asked.modified_since {
        Some(since) => Some(to_query(since.0, settings, &zone(settings)?)),
        None => None,
    };
    query.extend(since.as_deref().map(|since| (settings.poll.modified_from.as_str(), since)));
    query.extend(asked.list_key.as_deref().map(|list| (settings.poll.list.as_str(), list)));
    let page = client.leads(asked.page.unwrap_or(1), &query).await?;
    let leads: Vec<Body> = page.rows.into_iter().map(|row| row.0).collect();
    Ok(json!({ "leads": leads, "page": page.current, "pages": page.total }))
}

async fn create(reach: &Reach, input: &Json) -> Result<Json, Failed> {
    let mut body = without_id(input).1;
    match reach {
        Reach::Calls(client) => {
            let first = client.settings().lists.first();
            if let Some(first) = first.filter(|_| !body.contains_key("list_key")) {
                body.insert("list_key".to_owned(), json!(first));
            }
            Ok(json!({ "id": client.create_lead(&body).await? }))
        }
        Reach::Relay(relay) => Ok(json!({ "id": relay.post("lead.created", body).await? })),
    }
}

async fn update(reach: &Reach, input: &Json) -> Result<Json, Failed> {
    let (id, mut body) = without_id(input);
    let id = RecordId::parse(&id).map_err(|_| BadInput::at("lead_id", "must be an id"))?;
    match reach {
        Reach::Calls(client) => {
            let can = &client.settings().update;
            if !can.works {
                return Err(BadInput::at("", "this account takes no changes of leads").into());
            }
            if body.contains_key("tags") && !can.tags {
                return Err(BadInput::at("tags", "this account takes no tags when a lead is changed").into());
            }
            client.update_lead(&id, &body).await?;
        }
        Reach::Relay(relay) => {
            body.insert("id".to_owned(), json!(id));
            relay.post("lead.updated", body).await?;
        }
    }
    Ok(json!({ "id": id }))
}

async fn delete(reach: &Reach, input: &Json) -> Result<Json, Failed> {
    let id = parse::<OfLead>(input)?.lead_id;
    reach.relay()?.post("lead.deleted", Body::from_iter([("id".to_owned(), json!(id))])).await?;
    Ok(json!({ "id": id }))
}

async fn set_follow_up(reach: &Reach, input: &Json) -> Result<Json, Failed> {
    let (client, asked) = (reach.calls()?, parse::<FollowUp>(input)?);
    let settings = client.settings();
    if settings.profile == Profile::V1 {
        let (at, note) = (moment::to_text(asked.at.0), asked.note);
        let body = to_body(json!({ "lead_id": asked.lead_id, "followupDate": at, "followupNote": note }));
        client.write(Method::PUT, &settings.paths.more.follow_up, &body).await?;
    } else {
        let details = json!({
            "followUpDateTime": to_wall(asked.at.0, &zone(settings)?),
            "followUpNotes": asked.note,
            "assignedToUserEmail": asked.assignee,
            "doNotFollowUpStatus": "OFF",
        });
        client.update_lead(&asked.lead_id, &to_body(json!({ "followUpDetails": details }))).await?;
    }
    Ok(json!({ "id": asked.lead_id }))
}

async fn stop_follow_up(reach: &Reach, input: &Json) -> Result<Json, Failed> {
    let (client, asked) = (reach.calls()?, parse::<NoFollowUp>(input)?);
    let details = json!({ "doNotFollowUpStatus": "ON", "doNotFollowUpReason": asked.reason });
    client.update_lead(&asked.lead_id, &to_body(json!({ "followUpDetails": details }))).await?;
    Ok(json!({ "id": asked.lead_id }))
}

async fn history(reach: &Reach, input: &Json) -> Result<Json, Failed> {
    let (client, asked) = (reach.calls()?, parse::<History>(input)?);
    let of = match asked.of.unwrap_or(Lines::All) {
        Lines::All => "all",
        Lines::Comments => "comments",
        Lines::Logs => "logs",
    };
    let query = [("leadId", asked.lead_id.as_str()), ("activityType", of)];
    Ok(Json::Object(client.get(&client.settings().paths.history, &query).await?))
}

async fn set_tags(reach: &Reach, input: &Json) -> Result<Json, Failed> {
    let asked: Tags = parse(input)?;
    reach.calls()?.update_lead(&asked.lead_id, &to_body(json!({ "tags": asked.tags }))).await?;
    Ok(json!({ "id": asked.lead_id }))
}

async fn set_custom_fields(reach: &Reach, input: &Json) -> Result<Json, Failed> {
    let asked: CustomFields = parse(input)?;
    let body = to_body(json!({ "custfields": asked.custfields }));
    reach.calls()?.update_lead(&asked.lead_id, &body).await?;
    Ok(json!({ "id": asked.lead_id }))
}

async fn set_qualifiers(reach: &Reach, input: &Json) -> Result<Json, Failed> {
    let (client, (id, fields)) = (reach.calls()?, without_id(input));
    let names = [
        ("stage_id", "stageId"),
        ("potential", "potential"),
        ("tag_ids", "tagIds"),
        ("product_group_ids", "productGroupIds"),
        ("customer_group_id", "customerGroupId"),
    ];
    let named =
        names.into_iter().filter_map(|(ours, theirs)| Some((theirs.to_owned(), fields.get(ours)?.clone())));
    let body: Body = named.chain([("lead_id".to_owned(), json!(id))]).collect();
    client.write(Method::PUT, &client.settings().paths.more.qualifiers, &body).await?;
    Ok(json!({ "id": id }))
}

/// The lead that an input names, and what else stands in it.
fn without_id(input: &Json) -> (String, Body) {
    let mut fields = to_body(input.clone());
    let id = fields.remove("lead_id").and_then(|id| id.as_str().map(str::to_owned));
    (id.unwrap_or_default(), fields)
}

pub(super) fn to_body(fields: Json) -> Body {
    match fields {
        Json::Object(fields) => fields,
        _ => Body::new(),
    }
}
