//! `/calendars/resources`: the rooms and equipment that calendars book.

use schemars::JsonSchema;
use serde::Deserialize;

use super::operation::Operation;
use super::operation::scope::{RESOURCES_READ, RESOURCES_WRITE};
use crate::action::input::SomeText;
use crate::model::ids::RecordId;

pub const OPERATIONS: &[&Operation] = &[&LIST, &READ, &CREATE, &UPDATE, &DELETE];

pub const LIST: Operation = Operation::get::<Listed>(
    "ghl.calendar_resource.list",
    RESOURCES_READ,
    "/calendars/resources/{resourceType}",
)
.location_in_query()
.says("Lists rooms, or equipment.", r#"{"resourceType": "rooms", "limit": 20, "skip": 0}"#);

pub const READ: Operation = Operation::get::<OfResource>(
    "ghl.calendar_resource.read",
    RESOURCES_READ,
    "/calendars/resources/{resourceType}/{resourceId}",
)
.says(
    "Reads a room, or a piece of equipment.",
    r#"{"resourceType": "rooms", "resourceId": "5f0d5b1a2c3d4e5f6a7b8c9d"}"#,
);

pub const CREATE: Operation =
    Operation::post::<NewResource>("ghl.calendar_resource.create", RESOURCES_WRITE, "/calendars/resources/{resourceType}")
        .location_in_body()
        .says(
            "Creates a room, or a piece of equipment.",
            r#"{"resourceType": "rooms", "name": "Blue room", "description": "By the stairs", "quantity": 1, "outOfService": 0, "capacity": 8, "calendarIds": []}"#,
        );

pub const UPDATE: Operation = Operation::put::<ChangedResource>(
    "ghl.calendar_resource.update",
    RESOURCES_WRITE,
    "/calendars/resources/{resourceType}/{resourceId}",
)
.says(
    "Changes a room, or a piece of equipment.",
    r#"{"resourceType": "rooms", "resourceId": "5f0d5b1a2c3d4e5f6a7b8c9d", "capacity": 10}"#,
);

pub const DELETE: Operation = Operation::delete::<OfResource>(
    "ghl.calendar_resource.delete",
    RESOURCES_WRITE,
    "/calendars/resources/{resourceType}/{resourceId}",
)
.says(
    "Deletes a room, or a piece of equipment.",
    r#"{"resourceType": "rooms", "resourceId": "5f0d5b1a2c3d4e5f6a7b8c9d"}"#,
);

#[derive(Deserialize, JsonSchema)]
#[serde(rename_all = "lowercase")]
enum ResourceType {
    Rooms,
    Equipments,
}

#[derive(Deserialize, JsonSchema)]
#[serde(rename_all = "camelCase", deny_unknown_fields)]
#[expect(dead_code, reason = "its form is checked, and the input is sent as it is")]
struct Listed {
    resource_type: ResourceType,
    limit: u32,
    skip: u32,
}

#[derive(Deserialize, JsonSchema)]
#[serde(rename_all = "camelCase", deny_unknown_fields)]
#[expect(dead_code, reason = "its form is checked, and the input is sent as it is")]
struct OfResource {
    resource_type: ResourceType,
    resource_id: RecordId,
}

#[derive(Deserialize, JsonSchema)]
#[serde(rename_all = "camelCase", deny_unknown_fields)]
#[expect(dead_code, reason = "its form is checked, and the input is sent as it is")]
struct NewResource {
    resource_type: ResourceType,
    name: SomeText,
    description: String,
    quantity: u32,
    out_of_service: u32,
    capacity: u32,
    calendar_ids: Vec<RecordId>,
}

#[derive(Deserialize, JsonSchema)]
#[serde(rename_all = "camelCase", deny_unknown_fields)]
#[expect(dead_code, reason = "its form is checked, and the input is sent as it is")]
struct ChangedResource {
    resource_type: ResourceType,
    resource_id: RecordId,
    name: Option<SomeText>,
    description: Option<String>,
    quantity: Option<u32>,
    out_of_service: Option<u32>,
    capacity: Option<u32>,
    calendar_ids: Option<Vec<RecordId>>,
    is_active: Option<bool>,
}
