//! One line for each action: what it is asked for with, and what must be true when it is done. The input is the
//! catalogue's own example, with this world's ids in it.

use serde_json::json;

use super::Seen;

/// One action.
#[derive(Clone)]
pub struct Case {
    pub action: &'static str,
    /// What the id that is told is known as from then on.
    pub keep: Option<&'static str>,
    /// Ids that stand for others in this input.
    pub with: &'static [(&'static str, &'static str)],
    pub check: fn(&Seen<'_>) -> bool,
}

fn does(action: &'static str, check: fn(&Seen<'_>) -> bool) -> Case {
    Case { action, keep: None, with: &[], check }
}

/// One that makes something that later ones name.
fn makes(action: &'static str, name: &'static str, check: fn(&Seen<'_>) -> bool) -> Case {
    Case { keep: Some(name), ..does(action, check) }
}

fn with(ids: &'static [(&'static str, &'static str)], case: Case) -> Case {
    Case { with: ids, ..case }
}

/// What is asked of GHL.
pub fn ghl() -> Vec<Case> {
    [of_the_location(), of_contacts(), of_belongings(), of_calendars(), deletes()].concat()
}

fn of_the_location() -> Vec<Case> {
    vec![
        does("ghl.location.read", |s| s.result["location"]["timezone"] == "America/New_York"),
        does("ghl.location.time_zones", |s| {
            s.result["timeZones"].as_array().is_some_and(|all| all.len() == 3)
        }),
        makes("ghl.tag.create", "tagId", |s| s.one("tags", "tagId")["name"] == "partner"),
        does("ghl.tag.list", |s| s.told("tagId")),
        does("ghl.tag.read", |s| s.result["tag"]["name"] == "partner"),
        does("ghl.tag.update", |s| s.one("tags", "tagId")["name"] == "partners"),
        makes("ghl.custom_field.create", "fieldId", |s| {
            s.one("custom_fields", "fieldId")["fieldKey"] == "contact.level"
        }),
        does("ghl.custom_field.list", |s| s.told("fieldId")),
        does("ghl.custom_field.read", |s| s.result["customField"]["name"] == "Level"),
        does("ghl.custom_field.update", |s| s.one("custom_fields", "fieldId")["name"] == "Grade"),
        makes("ghl.custom_value.create", "valueId", |s| {
            s.one("custom_values", "valueId")["value"] == "9 to 5"
        }),
        does("ghl.custom_value.list", |s| s.told("valueId")),
        does("ghl.custom_value.read", |s| s.result["customValue"]["value"] == "9 to 5"),
        does("ghl.custom_value.update", |s| s.one("custom_values", "valueId")["value"] == "8 to 6"),
        does("ghl.user.search", |s| s.told("userId")),
        does("ghl.user.find_by_email", |s| s.ids == ["u2"]),
        does("ghl.user.read", |s| s.result["email"] == "asha@example.com"),
        makes("ghl.business.create", "businessId", |s| s.one("businesses", "businessId")["city"] == "Leeds"),
        does("ghl.business.list", |s| s.told("businessId")),
        does("ghl.business.read", |s| s.result["business"]["name"] == "Lee & Sons"),
        does("ghl.business.update", |s| s.one("businesses", "businessId")["city"] == "York"),
    ]
}

fn of_contacts() -> Vec<Case> {
    vec![
        does("ghl.contact.read", |s| s.result["contact"]["id"] == s.id("contactId") && s.told("contactId")),
        makes("ghl.contact.create", "made", |s| s.contact("made")["email"] == "ann.lee@example.com"),
        does("ghl.contact.list", |s| s.told("contactId")),
        does("ghl.contact.search", |s| s.told("contactId") && s.told("made")),
        does("ghl.contact.find_duplicate", |s| s.ids == [s.id("contactId")]),
        does("ghl.contact.update", |s| {
            let contact = s.contact("contactId");
            contact["city"] == "Leeds" && contact["customFields"][0]["value"] == "gold"
        }),
        makes("ghl.contact.upsert", "upserted", |s| {
            s.result["new"] == true && s.contact("upserted")["email"] == "bo@example.com"
        }),
        does("ghl.contact.upsert", |s| {
            s.result["new"] == false
                && s.before["contacts"].as_object().unwrap().len()
                    == s.after["contacts"].as_object().unwrap().len()
        }),
        does("ghl.contact.add_tags", |s| s.contact("contactId")["tags"] == json!(["vip"])),
        does("ghl.contact.remove_tags", |s| s.contact("contactId")["tags"] == json!([])),
        does("ghl.contacts.add_tags", |s| s.contact("contactId")["tags"] == json!(["newsletter"])),
        does("ghl.contacts.remove_tags", |s| s.contact("contactId")["tags"] == json!([])),
        does("ghl.contacts.set_business", |s| s.contact("contactId")["businessId"] == s.id("businessId")),
        does("ghl.contact.list_of_business", |s| s.ids == [s.id("contactId")]),
        does("ghl.contact.add_followers", |s| s.contact("contactId")["followers"] == json!(["u2"])),
        does("ghl.contact.remove_followers", |s| s.contact("contactId")["followers"] == json!([])),
        does("ghl.contact.add_to_campaign", |s| {
            s.after["in_campaigns"] == json!([[s.id("contactId"), s.id("campaignId")]])
        }),
        does("ghl.contact.remove_from_campaign", |s| s.after["in_campaigns"] == json!([])),
        does("ghl.contact.add_to_campaign", |s| s.after["in_campaigns"] != json!([])),
        does("ghl.contact.remove_from_all_campaigns", |s| s.after["in_campaigns"] == json!([])),
        does("ghl.contact.add_to_workflow", |s| {
            s.after["in_workflows"] == json!([[s.id("contactId"), s.id("workflowId")]])
        }),
        does("ghl.contact.remove_from_workflow", |s| s.after["in_workflows"] == json!([])),
    ]
}

fn of_belongings() -> Vec<Case> {
    vec![
        makes("ghl.task.create", "taskId", |s| s.of_contact("tasks", "taskId")["title"] == "Send the offer"),
        does("ghl.task.list", |s| s.told("taskId")),
        does("ghl.task.search", |s| s.told("taskId")),
        does("ghl.task.read", |s| s.result["task"]["id"] == s.id("taskId")),
        does("ghl.task.update", |s| s.of_contact("tasks", "taskId")["title"] == "Send the new offer"),
        does("ghl.task.complete", |s| s.of_contact("tasks", "taskId")["completed"] == true),
        does("ghl.task.delete", |s| s.of_contact("tasks", "taskId").is_null()),
        makes("ghl.note.create", "noteId", |s| {
            s.of_contact("notes", "noteId")["body"] == "Asked for the price list."
        }),
        does("ghl.note.list", |s| s.told("noteId")),
        does("ghl.note.read", |s| s.result["note"]["id"] == s.id("noteId")),
        does("ghl.note.update", |s| s.of_contact("notes", "noteId")["body"] == "Has the price list."),
        does("ghl.note.delete", |s| s.of_contact("notes", "noteId").is_null()),
    ]
}

fn of_calendars() -> Vec<Case> {
    vec![
        makes("ghl.appointment.create", "eventId", |s| s.one("appointments", "eventId")["title"] == "Visit"),
        does("ghl.appointment.read", |s| s.result["event"]["contactId"] == s.id("contactId")),
        does("ghl.appointment.update", |s| {
            s.one("appointments", "eventId")["appointmentStatus"] == "confirmed"
        }),
        does("ghl.contact.appointments", |s| s.told("eventId")),
        does("ghl.event.list", |s| s.told("eventId")),
        with(
            &[("appointmentId", "eventId")],
            makes("ghl.appointment_note.create", "noteId", |s| {
                s.one("appointment_notes", "noteId")["body"] == "Wants a demo."
            }),
        ),
        with(
            &[("appointmentId", "eventId")],
            does("ghl.appointment_note.list", |s| s.ids == [s.id("noteId")]),
        ),
        with(
            &[("appointmentId", "eventId")],
            does("ghl.appointment_note.update", |s| {
                s.one("appointment_notes", "noteId")["body"] == "Had a demo."
            }),
        ),
        with(
            &[("appointmentId", "eventId")],
            does("ghl.appointment_note.delete", |s| s.after["appointment_notes"] == json!([])),
        ),
        makes("ghl.calendar.create", "new", |s| s.one("calendars", "new")["slotDuration"] == 30),
        does("ghl.calendar.list", |s| s.told("calendarId") && s.told("new")),
        with(
            &[("calendarId", "new")],
            does("ghl.calendar.read", |s| s.result["calendar"]["name"] == "Demos"),
        ),
        with(
            &[("calendarId", "new")],
            does("ghl.calendar.update", |s| s.one("calendars", "new")["description"] == "By video"),
        ),
        does("ghl.calendar.free_slots", |s| {
            let slots = &s.result["2026-12-01"]["slots"];
            let is_free = |slot: &str| slots.as_array().unwrap().iter().any(|free| free == slot);
            is_free("2026-12-01T09:30:00-05:00") && !is_free("2026-12-01T10:00:00-05:00")
        }),
        makes("ghl.calendar_group.create", "groupId", |s| s.one("groups", "groupId")["slug"] == "sales-team"),
        does("ghl.calendar_group.check_slug", |s| s.result["available"] == false),
        does("ghl.calendar_group.list", |s| s.told("groupId")),
        does("ghl.calendar_group.update", |s| s.one("groups", "groupId")["slug"] == "sales-demos"),
        does("ghl.calendar_group.set_active", |s| s.one("groups", "groupId")["isActive"] == false),
        makes("ghl.calendar_resource.create", "resourceId", |s| {
            s.one("resources", "resourceId")["resourceType"] == "rooms"
        }),
        does("ghl.calendar_resource.list", |s| s.ids == [s.id("resourceId")]),
        does("ghl.calendar_resource.read", |s| s.result["capacity"] == 8),
        does("ghl.calendar_resource.update", |s| s.one("resources", "resourceId")["capacity"] == 10),
        makes("ghl.schedule.create", "scheduleId", |s| {
            s.one("schedules", "scheduleId")["rules"][0]["day"] == "monday"
        }),
        does("ghl.schedule.search", |s| s.ids == [s.id("scheduleId")]),
        does("ghl.schedule.read", |s| s.result["schedule"]["name"] == "Mornings"),
        does("ghl.schedule.update", |s| s.one("schedules", "scheduleId")["name"] == "Early mornings"),
        does("ghl.schedule.add_to_calendar", |s| {
            s.one("schedules", "scheduleId")["calendarIds"] == json!([s.id("calendarId")])
        }),
        does("ghl.schedule.remove_from_calendar", |s| {
            s.one("schedules", "scheduleId")["calendarIds"] == json!([])
        }),
        makes("ghl.blocked_slot.create", "blockId", |s| s.one("blocked", "blockId")["title"] == "Holiday"),
        does("ghl.blocked_slot.list", |s| s.ids == [s.id("blockId")]),
        with(
            &[("eventId", "blockId")],
            does("ghl.blocked_slot.update", |s| s.one("blocked", "blockId")["title"] == "Holidays"),
        ),
    ]
}

fn deletes() -> Vec<Case> {
    vec![
        with(&[("eventId", "blockId")], does("ghl.event.delete", |s| s.after["blocked"] == json!([]))),
        does("ghl.event.delete", |s| s.one("appointments", "eventId").is_null()),
        does("ghl.schedule.delete", |s| s.after["schedules"] == json!([])),
        does("ghl.calendar_resource.delete", |s| s.after["resources"] == json!([])),
        does("ghl.calendar_group.delete", |s| s.after["groups"] == json!([])),
        with(&[("calendarId", "new")], does("ghl.calendar.delete", |s| s.one("calendars", "new").is_null())),
        does("ghl.business.delete", |s| s.after["businesses"] == json!([])),
        does("ghl.custom_value.delete", |s| s.after["custom_values"] == json!([])),
        does("ghl.custom_field.delete", |s| s.one("custom_fields", "fieldId").is_null()),
        does("ghl.tag.delete", |s| s.after["tags"] == json!([])),
        with(&[("contactId", "made")], does("ghl.contact.delete", |s| s.contact("made").is_null())),
    ]
}

/// What HelloLeads does by the key.
pub fn helloleads() -> Vec<Case> {
    vec![
        does("helloleads.list.list", |s| s.result["lists"][0]["list_key"] == s.id("list_key")),
        does("helloleads.user.list", |s| {
            s.result["users"].as_array().unwrap().contains(&json!("asha@example.com"))
        }),
        does("helloleads.custom_field.list", |s| s.result["custom_fields"].is_array()),
        makes("helloleads.lead.create", "lead_id", |s| s.lead()["company"] == "Lee & Sons"),
        does("helloleads.lead.list", |s| s.told("lead_id")),
        does("helloleads.lead.update", |s| s.lead()["city"] == "Leeds" && s.lead()["designation"] == "Buyer"),
        does("helloleads.lead.set_follow_up", |s| {
            let set = s.world.helloleads.follow_up(s.id("lead_id")).unwrap();
            set["followUpDateTime"] == "2026-12-01 15:30:00"
                && set["assignedToUserEmail"] == "asha@example.com"
        }),
        does("helloleads.lead.stop_follow_up", |s| {
            let set = s.world.helloleads.follow_up(s.id("lead_id")).unwrap();
            set["doNotFollowUpStatus"] == "ON" && set["doNotFollowUpReason"] == "bought"
        }),
        does("helloleads.lead.history", |s| {
            let lines = s.result["activities"].as_array().unwrap();
            lines.iter().any(|line| line["text"] == "Lead created")
                && lines.iter().all(|line| line["type"] == "logs")
        }),
        does("helloleads.comment.list", |s| s.result["comments"].is_array()),
    ]
}

/// What the newer API does besides.
pub fn by_v1() -> Vec<Case> {
    vec![
        does("helloleads.stage.list", |s| s.result["leadStages"][1]["name"] == "Contacted"),
        does("helloleads.tag.list", |s| s.result["tags"][0]["name"] == "vip"),
        does("helloleads.product_group.list", |s| s.result["productGroups"][0]["id"] == "701"),
        does("helloleads.customer_group.list", |s| s.result["customerGroups"][0]["id"] == "801"),
        makes("helloleads.lead.create", "lead_id", |s| s.lead()["email"] == "cleo@example.com"),
        does("helloleads.lead.set_tags", |s| s.lead()["tags"] == "vip,partner"),
        does("helloleads.lead.set_custom_fields", |s| s.told("lead_id")),
        does("helloleads.lead.set_qualifiers", |s| {
            s.lead()["lead_stage"] == "Qualified" && s.lead()["potential"] == "High"
        }),
        does("helloleads.leads.set_stage", |s| s.lead()["lead_stage"] == "Contacted"),
        does("helloleads.leads.set_potential", |s| s.lead()["potential"] == "High"),
        does("helloleads.leads.set_customer_group", |s| s.lead()["category"] == "Company"),
        does("helloleads.leads.set_product_groups", |s| s.lead()["interests"] == "Solar"),
        does("helloleads.lead.set_follow_up", |s| {
            s.world.helloleads.follow_up(s.id("lead_id")).unwrap()["followUpNotes"] == "Call back"
        }),
        makes("helloleads.comment.create", "comment", |s| {
            s.item(&s.world.helloleads.comments(s.id("lead_id")), "comment")["text"]
                == "Asked for the price list."
        }),
        does("helloleads.comment.list", |s| s.told("comment")),
        makes("helloleads.to_do.create", "id", |s| {
            s.item(&s.world.helloleads.todos(s.id("lead_id")), "id")["dueDateTime"] == "2026-12-01T15:00:00Z"
        }),
        does("helloleads.to_do.list", |s| s.told("id")),
        does("helloleads.to_do.update", |s| {
            s.item(&s.world.helloleads.todos(s.id("lead_id")), "id")["donePercent"] == 100
        }),
    ]
}

/// What a relay does.
pub fn by_relay() -> Vec<Case> {
    vec![
        makes("helloleads.lead.create", "lead_id", |s| s.lead()["email"] == "cleo@example.com"),
        does("helloleads.lead.update", |s| s.lead()["city"] == "Leeds"),
        makes("helloleads.comment.create", "id", |s| {
            s.item(&s.world.helloleads.comments(s.id("lead_id")), "id")["text"] == "Asked for the price list."
        }),
        does("helloleads.comment.update", |s| {
            s.item(&s.world.helloleads.comments(s.id("lead_id")), "id")["text"] == "Has the price list."
        }),
        does("helloleads.comment.delete", |s| {
            s.item(&s.world.helloleads.comments(s.id("lead_id")), "id").is_null()
        }),
        makes("helloleads.to_do.create", "id", |s| {
            s.item(&s.world.helloleads.todos(s.id("lead_id")), "id")["title"] == "Send the offer"
        }),
        does("helloleads.to_do.update", |s| {
            s.item(&s.world.helloleads.todos(s.id("lead_id")), "id")["donePercent"] == 100
        }),
        does("helloleads.to_do.delete", |s| {
            s.item(&s.world.helloleads.todos(s.id("lead_id")), "id").is_null()
        }),
        makes("helloleads.appointment.create", "id", |s| {
            s.item(&s.world.helloleads.appointments(s.id("lead_id")), "id")["title"] == "Visit"
        }),
        does("helloleads.appointment.update", |s| {
            s.item(&s.world.helloleads.appointments(s.id("lead_id")), "id")["status"] == "confirmed"
        }),
        does("helloleads.appointment.delete", |s| {
            s.item(&s.world.helloleads.appointments(s.id("lead_id")), "id").is_null()
        }),
        does("helloleads.lead.delete", |s| s.lead().is_null()),
    ]
}
