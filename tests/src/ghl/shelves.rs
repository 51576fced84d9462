//! The plain lists of a location, each with its schemas as GHL publishes them.

use serde_json::{Value, json};

use super::body::{self, Fields, Schema, Takes};
use super::gate;
use super::refusal::Refusal;
use super::shelf::{Named, Shelf};
use super::state::State;
use super::wire::{Answer, Asked};

/// Nothing is respelled.
fn as_sent(_: &mut Fields, _: &[Value]) -> Result<(), Refusal> {
    Ok(())
}

const NAME: &Schema = &[("name", Takes::SomeText)];

pub(super) static TAGS: Shelf = Shelf {
    what: "Tag",
    one: "tag",
    many: "tags",
    kept: |location| &mut location.tags,
    named: Named::InPath,
    new: NAME,
    required: &["name"],
    changed: NAME,
    still_required: &["name"],
    created: 200,
    deleted: "succeded",
    written: &[],
    finish: |fields, others| {
        let name = body::text(fields, "name").unwrap_or_default().trim().to_lowercase();
        if others.iter().any(|other| other["name"] == name.as_str()) {
            return Err(Refusal::BadRequest("The tag name is already exist.".to_owned()));
        }
        fields.insert("name".to_owned(), json!(name));
        Ok(())
    },
};

const FIELD: &Schema = &[
    ("name", Takes::SomeText),
    ("dataType", Takes::OneOf(&DATA_TYPES)),
    ("placeholder", Takes::Text),
    ("acceptedFormat", Takes::Texts),
    ("isMultipleFile", Takes::Bool),
    ("maxNumberOfFiles", Takes::Number),
    ("textBoxListOptions", Takes::List),
    ("position", Takes::Number),
    ("model", Takes::OneOf(&["contact", "opportunity"])),
];
const DATA_TYPES: [&str; 12] = [
    "TEXT",
    "LARGE_TEXT",
    "NUMERICAL",
    "PHONE",
    "MONETORY",
    "CHECKBOX",
    "SINGLE_OPTIONS",
    "MULTIPLE_OPTIONS",
    "DATE",
    "TEXTBOX_LIST",
    "FILE_UPLOAD",
    "RADIO",
];
const CHANGED_FIELD: &Schema = &[
    ("name", Takes::SomeText),
    ("placeholder", Takes::Text),
    ("acceptedFormat", Takes::Texts),
    ("isMultipleFile", Takes::Bool),
    ("maxNumberOfFiles", Takes::Number),
    ("textBoxListOptions", Takes::List),
    ("position", Takes::Number),
    ("model", Takes::OneOf(&["contact", "opportunity"])),
];

pub(super) static FIELDS: Shelf = Shelf {
    what: "Custom field",
    one: "customField",
    many: "customFields",
    kept: |location| &mut location.custom_fields,
    named: Named::InPath,
    new: FIELD,
    required: &["name", "dataType"],
    changed: CHANGED_FIELD,
    still_required: &["name"],
    created: 201,
    deleted: "succeded",
    written: &[],
    finish: |fields, _| {
        let key = format!("contact.{}", spelled_as_key(fields));
        fields.entry("fieldKey").or_insert(json!(key));
        Ok(())
    },
};

const VALUE: &Schema = &[("name", Takes::SomeText), ("value", Takes::Text)];

pub(super) static VALUES: Shelf = Shelf {
    what: "Custom value",
    one: "customValue",
    many: "customValues",
    kept: |location| &mut location.custom_values,
    named: Named::InPath,
    new: VALUE,
    required: &["name", "value"],
    changed: VALUE,
    still_required: &["name", "value"],
    created: 201,
    deleted: "succeded",
    written: &[],
    finish: |fields, _| {
        let key = format!("{{{{ custom_values.{} }}}}", spelled_as_key(fields));
        fields.insert("fieldKey".to_owned(), json!(key));
        Ok(())
    },
};

fn spelled_as_key(fields: &Fields) -> String {
    body::text(fields, "name").unwrap_or_default().trim().to_lowercase().replace(' ', "_")
}

const CHANGED_GROUP: &Schema =
    &[("name", Takes::SomeText), ("description", Takes::Text), ("slug", Takes::SomeText)];

pub(super) static GROUPS: Shelf = Shelf {
    what: "Group",
    one: "group",
    many: "groups",
    kept: |location| &mut location.groups,
    named: Named::Beside,
    new: &[
        ("locationId", Takes::SomeText),
        ("name", Takes::SomeText),
        ("description", Takes::Text),
        ("slug", Takes::SomeText),
        ("isActive", Takes::Bool),
    ],
    required: &["locationId", "name", "description", "slug"],
    changed: CHANGED_GROUP,
    still_required: &["name", "description", "slug"],
    created: 201,
    deleted: "success",
    written: &[],
    finish: |fields, others| {
        if others.iter().any(|other| Some(&other["slug"]) == fields.get("slug")) {
            return Err(Refusal::BadRequest("The slug is not available.".to_owned()));
        }
        Ok(())
    },
};

/// Whether a slug is free.
pub(super) fn check_slug(
    state: &mut State,
    asked: &Asked,
    own: &str,
    _: [&str; 2],
) -> Result<Answer, Refusal> {
    let sent = asked.object()?;
    let schema: &Schema = &[("locationId", Takes::SomeText), ("slug", Takes::SomeText)];
    body::check(&sent, schema, &["locationId", "slug"])?;
    gate::same_location(own, body::text(&sent, "locationId").unwrap_or_default())?;
    let taken = state.location(own)?.groups.iter().any(|group| Some(&group["slug"]) == sent.get("slug"));
    Ok(Answer::json(200, json!({ "available": !taken })))
}

/// Switches a group on or off.
pub(super) fn set_active(
    state: &mut State,
    asked: &Asked,
    own: &str,
    [id, _]: [&str; 2],
) -> Result<Answer, Refusal> {
    let sent = asked.object()?;
    body::check(&sent, &[("isActive", Takes::Bool)], &["isActive"])?;
    GROUPS.found(state, own, id)?["isActive"] = sent["isActive"].clone();
    Ok(Answer::json(200, json!({ "success": true })))
}

/// As it is changed; when it is made, the last field is not taken.
const RESOURCE: [(&str, Takes); 8] = [
    ("locationId", Takes::SomeText),
    ("name", Takes::SomeText),
    ("description", Takes::Text),
    ("quantity", Takes::Number),
    ("outOfService", Takes::Number),
    ("capacity", Takes::Number),
    ("calendarIds", Takes::Texts),
    ("isActive", Takes::Bool),
];

pub(super) static RESOURCES: Shelf = Shelf {
    what: "Resource",
    one: "",
    many: "",
    kept: |location| &mut location.resources,
    named: Named::ByType,
    new: RESOURCE.split_at(7).0,
    required: &["locationId", "name", "description", "quantity", "outOfService", "capacity", "calendarIds"],
    changed: &RESOURCE,
    still_required: &[],
    created: 201,
    deleted: "success",
    written: &[],
    finish: as_sent,
};

pub(super) static SCHEDULES: Shelf = Shelf {
    what: "Schedule",
    one: "schedule",
    many: "schedules",
    kept: |location| &mut location.schedules,
    named: Named::Beside,
    new: &[
        ("locationId", Takes::SomeText),
        ("name", Takes::SomeText),
        ("timezone", Takes::SomeText),
        ("userId", Takes::SomeText),
        ("rules", Takes::List),
        ("calendarIds", Takes::Texts),
    ],
    required: &["locationId", "name", "timezone", "userId"],
    changed: &[("name", Takes::SomeText), ("timezone", Takes::SomeText), ("rules", Takes::List)],
    still_required: &[],
    created: 201,
    deleted: "success",
    written: &[],
    finish: |fields, _| {
        fields.entry("calendarIds").or_insert(json!([]));
        fields.entry("rules").or_insert(json!([]));
        Ok(())
    },
};

/// Lets a calendar follow a schedule.
pub(super) fn join(
    state: &mut State,
    _: &Asked,
    own: &str,
    [schedule, calendar]: [&str; 2],
) -> Result<Answer, Refusal> {
    CALENDARS.found(state, own, calendar)?;
    let followed = &mut SCHEDULES.found(state, own, schedule)?["calendarIds"];
    let followed = followed.as_array_mut().expect("a schedule has a list of calendars");
    if !followed.contains(&json!(calendar)) {
        followed.push(json!(calendar));
    }
    Ok(Answer::json(200, json!({ "success": true })))
}

pub(super) fn leave(
    state: &mut State,
    _: &Asked,
    own: &str,
    [schedule, calendar]: [&str; 2],
) -> Result<Answer, Refusal> {
    let followed = &mut SCHEDULES.found(state, own, schedule)?["calendarIds"];
    followed.as_array_mut().expect("a schedule has a list of calendars").retain(|known| known != calendar);
    Ok(Answer::json(200, json!({ "success": true })))
}

/// As it is made; when it is changed, the first field is not taken.
const BUSINESS: [(&str, Takes); 11] = [
    ("locationId", Takes::SomeText),
    ("name", Takes::SomeText),
    ("phone", Takes::Text),
    ("email", Takes::Text),
    ("website", Takes::Text),
    ("address", Takes::Text),
    ("city", Takes::Text),
    ("postalCode", Takes::Text),
    ("state", Takes::Text),
    ("country", Takes::Text),
    ("description", Takes::Text),
];

/// The misspelling in the answers to its writes is GHL's own.
pub(super) static BUSINESSES: Shelf = Shelf {
    what: "Business",
    one: "business",
    many: "businesses",
    kept: |location| &mut location.businesses,
    named: Named::Beside,
    new: &BUSINESS,
    required: &["locationId", "name"],
    changed: BUSINESS.split_at(1).1,
    still_required: &[],
    created: 201,
    deleted: "success",
    written: &["buiseness"],
    finish: as_sent,
};

const CALENDAR: [(&str, Takes); 18] = [
    ("name", Takes::SomeText),
    ("description", Takes::Text),
    ("slug", Takes::Text),
    ("groupId", Takes::Text),
    ("eventTitle", Takes::Text),
    ("eventColor", Takes::Text),
    ("slotDuration", Takes::Number),
    ("slotDurationUnit", Takes::OneOf(&["mins", "hours"])),
    ("slotInterval", Takes::Number),
    ("slotIntervalUnit", Takes::OneOf(&["mins", "hours"])),
    ("slotBuffer", Takes::Number),
    ("preBuffer", Takes::Number),
    ("preBufferUnit", Takes::OneOf(&["mins", "hours"])),
    ("autoConfirm", Takes::Bool),
    ("allowReschedule", Takes::Bool),
    ("allowCancellation", Takes::Bool),
    ("isActive", Takes::Bool),
    ("notes", Takes::Text),
];
const NEW_CALENDAR: &Schema = &[
    ("locationId", Takes::SomeText),
    ("calendarType", Takes::Text),
    ("name", Takes::SomeText),
    ("description", Takes::Text),
    ("slug", Takes::Text),
    ("groupId", Takes::Text),
    ("slotDuration", Takes::Number),
    ("slotDurationUnit", Takes::OneOf(&["mins", "hours"])),
    ("slotInterval", Takes::Number),
    ("autoConfirm", Takes::Bool),
    ("isActive", Takes::Bool),
];

pub(super) static CALENDARS: Shelf = Shelf {
    what: "Calendar",
    one: "calendar",
    many: "calendars",
    kept: |location| &mut location.calendars,
    named: Named::Beside,
    new: NEW_CALENDAR,
    required: &["locationId", "name"],
    changed: &CALENDAR,
    still_required: &[],
    created: 200,
    deleted: "success",
    written: &[],
    finish: as_sent,
};
