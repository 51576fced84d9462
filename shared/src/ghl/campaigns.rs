//! Campaigns and workflows of a contact. The published file has no call that lists either.

use schemars::JsonSchema;
use serde::Deserialize;

use super::contacts::OfContact;
use super::operation::Operation;
use super::operation::scope::CONTACTS_WRITE;
use crate::action::input::Instant;
use crate::model::ids::RecordId;

pub const OPERATIONS: &[&Operation] = &[&ENTER, &LEAVE, &LEAVE_ALL, &START, &STOP];

pub const ENTER: Operation = Operation::post::<InCampaign>(
    "ghl.contact.add_to_campaign",
    CONTACTS_WRITE,
    "/contacts/{contactId}/campaigns/{campaignId}",
)
.says(
    "Adds a contact to a campaign.",
    r#"{"contactId": "seD4PfOuKoVMLkEZqohJ", "campaignId": "qoK5cBpwDUMkmMmGyxS3"}"#,
);

pub const LEAVE: Operation = Operation::delete::<InCampaign>(
    "ghl.contact.remove_from_campaign",
    CONTACTS_WRITE,
    "/contacts/{contactId}/campaigns/{campaignId}",
)
.says(
    "Removes a contact from a campaign.",
    r#"{"contactId": "seD4PfOuKoVMLkEZqohJ", "campaignId": "qoK5cBpwDUMkmMmGyxS3"}"#,
);

pub const LEAVE_ALL: Operation = Operation::delete::<OfContact>(
    "ghl.contact.remove_from_all_campaigns",
    CONTACTS_WRITE,
    "/contacts/{contactId}/campaigns/removeAll",
)
.says("Removes a contact from every campaign.", r#"{"contactId": "seD4PfOuKoVMLkEZqohJ"}"#);

pub const START: Operation =
    Operation::post::<InWorkflow>("ghl.contact.add_to_workflow", CONTACTS_WRITE, "/contacts/{contactId}/workflow/{workflowId}")
        .says(
            "Adds a contact to a workflow, which begins for it.",
            r#"{"contactId": "seD4PfOuKoVMLkEZqohJ", "workflowId": "wF9hQ2mXc7dTbR4kLpZs", "eventStartTime": "2026-12-01T09:00:00+00:00"}"#,
        );

pub const STOP: Operation = Operation::delete::<InWorkflow>(
    "ghl.contact.remove_from_workflow",
    CONTACTS_WRITE,
    "/contacts/{contactId}/workflow/{workflowId}",
)
.with_body()
.says(
    "Removes a contact from a workflow.",
    r#"{"contactId": "seD4PfOuKoVMLkEZqohJ", "workflowId": "wF9hQ2mXc7dTbR4kLpZs"}"#,
);

#[derive(Deserialize, JsonSchema)]
#[serde(rename_all = "camelCase", deny_unknown_fields)]
#[expect(dead_code, reason = "its form is checked, and the input is sent as it is")]
struct InCampaign {
    contact_id: RecordId,
    campaign_id: RecordId,
}

#[derive(Deserialize, JsonSchema)]
#[serde(rename_all = "camelCase", deny_unknown_fields)]
#[expect(dead_code, reason = "its form is checked, and the input is sent as it is")]
struct InWorkflow {
    contact_id: RecordId,
    workflow_id: RecordId,
    event_start_time: Option<Instant>,
}
