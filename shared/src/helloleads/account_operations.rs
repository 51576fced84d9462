//! What can be asked for about the account: its lists, users, fields, stages and groups, and what several leads get of them.

use http::Method;
use schemars::JsonSchema;
use serde::Deserialize;
use serde_json::{Value as Json, json};

use super::lead_operations::{Potential, to_body};
use super::operation::{BY_CALLS, BY_V1, Failed, Operation, Reach};
use crate::action::input::parse;
use crate::connection::more_paths::MorePaths;
use crate::model::ids::RecordId;

pub const OPERATIONS: &[&Operation] = &[
    &LISTS,
    &USERS,
    &FIELDS,
    &STAGES,
    &TAGS,
    &PRODUCT_GROUPS,
    &CUSTOMER_GROUPS,
    &SET_STAGE,
    &SET_POTENTIAL,
    &SET_CUSTOMER_GROUP,
    &SET_PRODUCT_GROUPS,
];

const LISTS: Operation =
    Operation::new::<Nothing>("helloleads.list.list", BY_CALLS, |reach, _| Box::pin(lists(reach)))
        .reading()
        .says("Lists the account's lists that have a key.", "{}");

const USERS: Operation =
    Operation::new::<Nothing>("helloleads.user.list", BY_CALLS, |reach, _| Box::pin(users(reach)))
        .reading()
        .says("Lists the e-mail addresses of the account's users.", "{}");

const FIELDS: Operation =
    Operation::new::<OfList>("helloleads.custom_field.list", BY_CALLS, |reach, input| {
        Box::pin(fields(reach, input))
    })
    .reading()
    .says("Lists the custom fields of a list.", r#"{"list_key": "a1b2c3"}"#);

const STAGES: Operation = Operation::new::<Nothing>("helloleads.stage.list", BY_V1, |reach, _| {
    Box::pin(of_organisation(reach, |paths| &paths.stages))
})
.reading()
.says("Lists the stages of leads.", "{}");

const TAGS: Operation = Operation::new::<Nothing>("helloleads.tag.list", BY_V1, |reach, _| {
    Box::pin(of_organisation(reach, |paths| &paths.tags))
})
.reading()
.says("Lists the account's tags.", "{}");

const PRODUCT_GROUPS: Operation =
    Operation::new::<Nothing>("helloleads.product_group.list", BY_V1, |reach, _| {
        Box::pin(of_organisation(reach, |paths| &paths.product_groups))
    })
    .reading()
    .says("Lists the product groups, which leads show as interests.", "{}");

const CUSTOMER_GROUPS: Operation =
    Operation::new::<Nothing>("helloleads.customer_group.list", BY_V1, |reach, _| {
        Box::pin(of_organisation(reach, |paths| &paths.customer_groups))
    })
    .reading()
    .says("Lists the customer groups, which leads show as category.", "{}");

const SET_STAGE: Operation = Operation::new::<Stage>("helloleads.leads.set_stage", BY_V1, |reach, input| {
    Box::pin(set_stage(reach, input))
})
.repeatable()
.says("Sets the stage of several leads.", r#"{"lead_ids": ["9481462"], "stage_id": "502"}"#);

const SET_POTENTIAL: Operation =
    Operation::new::<OfPotential>("helloleads.leads.set_potential", BY_V1, |reach, input| {
        Box::pin(set_potential(reach, input))
    })
    .repeatable()
    .says("Sets the potential of several leads.", r#"{"lead_ids": ["9481462"], "potential": "High"}"#);

const SET_CUSTOMER_GROUP: Operation =
    Operation::new::<CustomerGroup>("helloleads.leads.set_customer_group", BY_V1, |reach, input| {
        Box::pin(set_customer_group(reach, input))
    })
    .repeatable()
    .says(
        "Puts several leads into a customer group.",
        r#"{"lead_ids": ["9481462"], "customer_group_id": "801"}"#,
    );

const SET_PRODUCT_GROUPS: Operation =
    Operation::new::<ProductGroups>("helloleads.leads.set_product_groups", BY_V1, |reach, input| {
        Box::pin(set_product_groups(reach, input))
    })
    .repeatable()
    .says(
        "Puts several leads into product groups.",
        r#"{"lead_ids": ["9481462"], "product_group_ids": ["701"]}"#,
    );

#[derive(Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
struct Nothing {}

#[derive(Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
struct OfList {
    list_key: String,
}

#[derive(Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
struct Stage {
    lead_ids: Vec<RecordId>,
    stage_id: String,
}

#[derive(Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
#[expect(dead_code, reason = "its form is checked, and the input is sent as it is")]
struct OfPotential {
    lead_ids: Vec<RecordId>,
    potential: Potential,
}

#[derive(Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
struct CustomerGroup {
    lead_ids: Vec<RecordId>,
    customer_group_id: String,
}

#[derive(Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
struct ProductGroups {
    lead_ids: Vec<RecordId>,
    product_group_ids: Vec<String>,
}

async fn lists(reach: &Reach) -> Result<Json, Failed> {
    let lists = reach.calls()?.lists().await?;
    let shown: Vec<Json> =
        lists.iter().map(|list| json!({ "list_key": list.key, "name": list.name })).collect();
    Ok(json!({ "lists": shown }))
}

async fn users(reach: &Reach) -> Result<Json, Failed> {
    Ok(json!({ "users": reach.calls()?.users().await? }))
}

async fn fields(reach: &Reach, input: &Json) -> Result<Json, Failed> {
    let asked: OfList = parse(input)?;
    let known = reach.calls()?.custom_fields(&asked.list_key).await?;
    let shown =
        known.iter().map(|field| json!({ "field": field.end, "name": field.name, "options": field.options }));
    Ok(json!({ "custom_fields": shown.collect::<Vec<_>>() }))
}

async fn of_organisation(reach: &Reach, path: fn(&MorePaths) -> &String) -> Result<Json, Failed> {
    let client = reach.calls()?;
    Ok(Json::Object(client.get(path(&client.settings().paths.more), &[]).await?))
}

async fn set_stage(reach: &Reach, input: &Json) -> Result<Json, Failed> {
    let asked: Stage = parse(input)?;
    let body = json!({ "lead_ids": asked.lead_ids, "stageId": asked.stage_id });
    of_leads(reach, |paths| &paths.set_stage, body).await
}

async fn set_potential(reach: &Reach, input: &Json) -> Result<Json, Failed> {
    of_leads(reach, |paths| &paths.set_potential, input.clone()).await
}

async fn set_customer_group(reach: &Reach, input: &Json) -> Result<Json, Failed> {
    let asked: CustomerGroup = parse(input)?;
    let body = json!({ "lead_ids": asked.lead_ids, "customerGroupId": asked.customer_group_id });
    of_leads(reach, |paths| &paths.set_customer_group, body).await
}

async fn set_product_groups(reach: &Reach, input: &Json) -> Result<Json, Failed> {
    let asked: ProductGroups = parse(input)?;
    let body = json!({ "lead_ids": asked.lead_ids, "productGroupIds": asked.product_group_ids });
    of_leads(reach, |paths| &paths.set_product_groups, body).await
}

/// A call about several leads; answers which.
async fn of_leads(reach: &Reach, path: fn(&MorePaths) -> &String, body: Json) -> Result<Json, Failed> {
    let client = reach.calls()?;
    let ids = body["lead_ids"].clone();
    client.write(Method::PUT, path(&client.settings().paths.more), &to_body(body)).await?;
    Ok(json!({ "ids": ids }))
}
