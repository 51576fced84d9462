//! `/calendars/groups`: groups of calendars.

use schemars::JsonSchema;
use serde::Deserialize;

use super::operation::Operation;
use super::operation::scope::{GROUPS_READ, GROUPS_WRITE};
use crate::action::input::SomeText;
use crate::model::ids::RecordId;

pub const OPERATIONS: &[&Operation] = &[&LIST, &CREATE, &CHECK_SLUG, &UPDATE, &SET_ACTIVE, &DELETE];

pub const LIST: Operation =
    Operation::get::<Nothing>("ghl.calendar_group.list", GROUPS_READ, "/calendars/groups")
        .location_in_query()
        .says("Lists the groups of calendars.", "{}");

pub const CREATE: Operation =
    Operation::post::<NewGroup>("ghl.calendar_group.create", GROUPS_WRITE, "/calendars/groups")
        .location_in_body()
        .says(
            "Creates a group of calendars. Its slug must be free.",
            r#"{"name": "Sales", "description": "All of sales", "slug": "sales-team", "isActive": true}"#,
        );

pub const CHECK_SLUG: Operation =
    Operation::post::<Slug>("ghl.calendar_group.check_slug", GROUPS_WRITE, "/calendars/groups/validate-slug")
        .location_in_body()
        .reading()
        .says("Says whether a slug is free.", r#"{"slug": "sales-team"}"#);

pub const UPDATE: Operation =
    Operation::put::<ChangedGroup>("ghl.calendar_group.update", GROUPS_WRITE, "/calendars/groups/{groupId}").says(
        "Changes a group of calendars.",
        r#"{"groupId": "BqTwX8QFwXzpegMve9EQ", "name": "Sales", "description": "Sales and demos", "slug": "sales-demos"}"#,
    );

pub const SET_ACTIVE: Operation = Operation::put::<ActiveGroup>(
    "ghl.calendar_group.set_active",
    GROUPS_WRITE,
    "/calendars/groups/{groupId}/status",
)
.says(
    "Switches a group of calendars on or off.",
    r#"{"groupId": "BqTwX8QFwXzpegMve9EQ", "isActive": false}"#,
);

pub const DELETE: Operation =
    Operation::delete::<OfGroup>("ghl.calendar_group.delete", GROUPS_WRITE, "/calendars/groups/{groupId}")
        .says("Deletes a group of calendars.", r#"{"groupId": "BqTwX8QFwXzpegMve9EQ"}"#);

/// What takes nothing.
#[derive(Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub struct Nothing {}

#[derive(Deserialize, JsonSchema)]
#[serde(rename_all = "camelCase", deny_unknown_fields)]
#[expect(dead_code, reason = "its form is checked, and the input is sent as it is")]
struct NewGroup {
    name: SomeText,
    description: String,
    slug: SomeText,
    is_active: Option<bool>,
}

#[derive(Deserialize, JsonSchema)]
#[serde(rename_all = "camelCase", deny_unknown_fields)]
#[expect(dead_code, reason = "its form is checked, and the input is sent as it is")]
struct Slug {
    slug: SomeText,
}

#[derive(Deserialize, JsonSchema)]
#[serde(rename_all = "camelCase", deny_unknown_fields)]
#[expect(dead_code, reason = "its form is checked, and the input is sent as it is")]
struct ChangedGroup {
    group_id: RecordId,
    name: SomeText,
    description: String,
    slug: SomeText,
}

#[derive(Deserialize, JsonSchema)]
#[serde(rename_all = "camelCase", deny_unknown_fields)]
#[expect(dead_code, reason = "its form is checked, and the input is sent as it is")]
struct ActiveGroup {
    group_id: RecordId,
    is_active: bool,
}

#[derive(Deserialize, JsonSchema)]
#[serde(rename_all = "camelCase", deny_unknown_fields)]
#[expect(dead_code, reason = "its form is checked, and the input is sent as it is")]
struct OfGroup {
    group_id: RecordId,
}
