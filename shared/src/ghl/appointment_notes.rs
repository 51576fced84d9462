//! `/calendars/appointments/:id/notes`: the notes of one appointment, which are not its contact's.

use schemars::JsonSchema;
use serde::Deserialize;

use super::operation::Operation;
use super::operation::scope::{EVENTS_READ, EVENTS_WRITE};
use crate::action::input::SomeText;
use crate::model::ids::RecordId;

pub const OPERATIONS: &[&Operation] = &[&LIST, &CREATE, &UPDATE, &DELETE];

pub const LIST: Operation = Operation::get::<Listed>(
    "ghl.appointment_note.list",
    EVENTS_READ,
    "/calendars/appointments/{appointmentId}/notes",
)
.says(
    "Lists an appointment's notes.",
    r#"{"appointmentId": "ocQHyuzHvysMo5N5VsXc", "limit": 20, "offset": 0}"#,
);

pub const CREATE: Operation = Operation::post::<NewNote>(
    "ghl.appointment_note.create",
    EVENTS_WRITE,
    "/calendars/appointments/{appointmentId}/notes",
)
.says(
    "Adds a note to an appointment.",
    r#"{"appointmentId": "ocQHyuzHvysMo5N5VsXc", "body": "Wants a demo."}"#,
);

pub const UPDATE: Operation = Operation::put::<ChangedNote>(
    "ghl.appointment_note.update",
    EVENTS_WRITE,
    "/calendars/appointments/{appointmentId}/notes/{noteId}",
)
.says(
    "Changes a note of an appointment.",
    r#"{"appointmentId": "ocQHyuzHvysMo5N5VsXc", "noteId": "Zr8hnbEUQcR0VtCkT0Zt", "body": "Had a demo."}"#,
);

pub const DELETE: Operation = Operation::delete::<OfNote>(
    "ghl.appointment_note.delete",
    EVENTS_WRITE,
    "/calendars/appointments/{appointmentId}/notes/{noteId}",
)
.says(
    "Deletes a note of an appointment.",
    r#"{"appointmentId": "ocQHyuzHvysMo5N5VsXc", "noteId": "Zr8hnbEUQcR0VtCkT0Zt"}"#,
);

#[derive(Deserialize, JsonSchema)]
#[serde(rename_all = "camelCase", deny_unknown_fields)]
#[expect(dead_code, reason = "its form is checked, and the input is sent as it is")]
struct Listed {
    appointment_id: RecordId,
    limit: u32,
    offset: u32,
}

#[derive(Deserialize, JsonSchema)]
#[serde(rename_all = "camelCase", deny_unknown_fields)]
#[expect(dead_code, reason = "its form is checked, and the input is sent as it is")]
struct NewNote {
    appointment_id: RecordId,
    /// 5,000 characters at most.
    body: SomeText,
    user_id: Option<RecordId>,
}

#[derive(Deserialize, JsonSchema)]
#[serde(rename_all = "camelCase", deny_unknown_fields)]
#[expect(dead_code, reason = "its form is checked, and the input is sent as it is")]
struct ChangedNote {
    appointment_id: RecordId,
    note_id: RecordId,
    /// 5,000 characters at most.
    body: SomeText,
    user_id: Option<RecordId>,
}

#[derive(Deserialize, JsonSchema)]
#[serde(rename_all = "camelCase", deny_unknown_fields)]
#[expect(dead_code, reason = "its form is checked, and the input is sent as it is")]
struct OfNote {
    appointment_id: RecordId,
    note_id: RecordId,
}
