//! How far a rule's action reaches: of which records an event may come about because of it.
//!
//! What comes of an action comes back as an event about the record that it wrote, minutes later where HelloLeads is
//! looked at for it. So each action notes what it touches, with how many rules stand behind it; an event about that is
//! one deeper. What an action cannot touch is left out: a note that a rule adds says nothing of later edits of the
//! contact by people.

use std::collections::BTreeSet;

use serde_json::Value as Json;

use crate::action::{Action, Effect};
use crate::model::ids::RecordId;
use crate::model::side::Side;

/// How many rules may stand behind an event until none follows it any more.
pub const DEPTH_MAX: u8 = 3;

/// How many writes one rule may ask for in an hour for one record.
pub const WRITES_MAX: u32 = 10;

/// The most ids that one action notes.
const IDS_MAX: usize = 50;

/// The inputs that name a record.
const IDS: [&str; 10] = [
    "contactId",
    "contacts",
    "ids",
    "lead_id",
    "lead_ids",
    "taskId",
    "eventId",
    "appointmentId",
    "noteId",
    "id",
];

/// What an action may change of a record, or of what belongs to it.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub enum Touch {
    Contact,
    Tags,
    Task,
    Note,
    Appointment,
}

impl Touch {
    pub fn as_str(self) -> &'static str {
        match self {
            Self::Contact => "contact",
            Self::Tags => "tags",
            Self::Task => "task",
            Self::Note => "note",
            Self::Appointment => "appointment",
        }
    }

    const ALL: [Self; 5] = [Self::Contact, Self::Tags, Self::Task, Self::Note, Self::Appointment];

    /// Those of an action. What does not say what it does may do anything: a campaign, a workflow, a delete.
    pub fn of(action: Action) -> &'static [Self] {
        if action.about().effect == Effect::Reads {
            return &[];
        }
        let name = action.about().name;
        let is_of = |beginnings: &[&str]| beginnings.iter().any(|beginning| name.starts_with(beginning));
        if is_of(&["ghl.contact.add_tags", "ghl.contact.remove_tags", "helloleads.lead.set_tags"])
            || is_of(&["ghl.contacts.add_tags", "ghl.contacts.remove_tags"])
        {
            &[Self::Tags]
        } else if is_of(&["ghl.note.", "helloleads.comment."]) {
            &[Self::Note]
        } else if is_of(&["ghl.task."]) {
            &[Self::Task]
        } else if is_of(&["helloleads.to_do."]) {
            // A to-do can be an appointment.
            &[Self::Task, Self::Appointment]
        } else if is_of(&["ghl.appointment", "ghl.event.", "helloleads.appointment."]) {
            &[Self::Appointment]
        } else if is_of(&["helloleads.lead.set_follow_up", "helloleads.lead.stop_follow_up"]) {
            // It is no record of its own.
            &[Self::Contact]
        } else {
            &Self::ALL
        }
    }
}

/// The ids of the records that an action touches by its input. What GHL makes for a contact is named by its answer: then
/// the contact itself says nothing, since people make notes and tasks for it too.
pub fn ids_of_input(action: Action, input: &Json) -> BTreeSet<RecordId> {
    let is_named_later =
        ["ghl.note.", "ghl.task.", "ghl.appointment"].iter().any(|one| action.about().name.starts_with(one));
    let names = IDS.iter().filter(|name| !is_named_later || **name != "contactId");
    let named = names.filter_map(|name| input.get(name));
    let texts = named.flat_map(|value| match value {
        Json::Array(items) => items.iter().collect::<Vec<_>>(),
        one => vec![one],
    });
    texts.filter_map(Json::as_str).filter_map(|id| RecordId::parse(id).ok()).take(IDS_MAX).collect()
}

/// What an event may have come about by: ids with what was touched of them.
pub fn traces(detail: &Json) -> BTreeSet<(RecordId, Touch)> {
    let text = |name: &str| detail.get(name).and_then(Json::as_str);
    let ids: Vec<RecordId> =
        Side::BOTH.into_iter().filter_map(|side| RecordId::parse(text(side.as_str())?).ok()).collect();
    let touched: &[Touch] = match text("kind") {
        Some("contact") => of_contact(detail),
        Some("task") => &[Touch::Task],
        Some("note") => &[Touch::Note],
        Some("appointment") => &[Touch::Appointment],
        _ => &Touch::ALL,
    };
    let own = ids.iter().filter_map(|id| RecordId::parse(id.own()).ok());
    let contacts = ids.iter().filter_map(RecordId::contact);
    let all: BTreeSet<RecordId> = own.chain(contacts).collect();
    all.into_iter().flat_map(|id| touched.iter().map(move |touch| (id.clone(), *touch))).collect()
}

/// Where an event names its fields, tags are told from the rest.
fn of_contact(detail: &Json) -> &'static [Touch] {
    let Some(fields) = detail.get("fields").and_then(Json::as_array) else {
        return &[Touch::Contact, Touch::Tags];
    };
    let has_tags = fields.iter().any(|field| field == "tags");
    let has_others = fields.iter().any(|field| field != "tags");
    match (has_tags, has_others) {
        (true, true) => &[Touch::Contact, Touch::Tags],
        (true, false) => &[Touch::Tags],
        _ => &[Touch::Contact],
    }
}

#[cfg(test)]
mod tests {
    use serde_json::json;

    use super::*;

    fn touches(action: &str) -> &'static [Touch] {
        Touch::of(Action::named(action).unwrap())
    }

    #[test]
    fn an_action_touches_what_it_says_and_one_that_does_not_say_anything() {
        assert_eq!(touches("ghl.contact.read"), []);
        assert_eq!(touches("ghl.contact.add_tags"), [Touch::Tags]);
        assert_eq!(touches("ghl.note.create"), [Touch::Note]);
        assert_eq!(touches("helloleads.to_do.create"), [Touch::Task, Touch::Appointment]);
        assert_eq!(touches("ghl.contact.add_to_workflow"), Touch::ALL);
        assert_eq!(touches("ghl.contact.update"), Touch::ALL);
    }

    #[test]
    fn what_is_made_for_a_contact_is_traced_by_its_own_id_and_not_by_the_contacts() {
        let ids = |action: &str, input: Json| {
            let ids = ids_of_input(Action::named(action).unwrap(), &input);
            ids.iter().map(ToString::to_string).collect::<Vec<_>>()
        };
        assert_eq!(ids("ghl.note.create", json!({ "contactId": "c1", "body": "x" })), Vec::<String>::new());
        assert_eq!(ids("ghl.task.update", json!({ "contactId": "c1", "taskId": "t1" })), ["t1"]);
        assert_eq!(ids("ghl.contact.add_tags", json!({ "contactId": "c1", "tags": ["vip"] })), ["c1"]);
        assert_eq!(ids("helloleads.leads.set_stage", json!({ "lead_ids": ["1", "2"] })), ["1", "2"]);
    }

    #[test]
    fn every_input_that_names_a_record_is_known() {
        let is_id = |name: &str| name.ends_with("Id") || name.ends_with("_id") || name.ends_with("_ids");
        let elsewhere = [
            "assignedUserId",
            "businessId",
            "calendarId",
            "campaignId",
            "customer_group_id",
            "fieldId",
            "groupId",
            "lead_stage_id",
            "meetingLocationId",
            "product_group_ids",
            "resourceId",
            "scheduleId",
            "stage_id",
            "tagId",
            "tag_ids",
            "userId",
            "valueId",
            "workflowId",
        ];
        let mut unknown = BTreeSet::new();
        for action in Action::all().filter(|action| !Touch::of(*action).is_empty()) {
            let schema = action.about().input.schema();
            let names = schema.as_value()["properties"].as_object().cloned().unwrap_or_default();
            let names = names.into_iter().map(|(name, _)| name);
            unknown.extend(names.filter(|name| is_id(name) && !IDS.contains(&name.as_str())));
        }
        unknown.retain(|name| !elsewhere.contains(&name.as_str()));
        assert_eq!(unknown, BTreeSet::new());
    }

    #[test]
    fn an_event_is_traced_by_its_own_ids_and_its_contacts() {
        let traced = |detail: Json| {
            let all = traces(&detail).into_iter();
            all.map(|(id, touch)| format!("{id} {}", touch.as_str())).collect::<Vec<_>>()
        };
        let task = json!({ "kind": "task", "ghl": "c1.t1", "helloleads": "7.9" });
        assert_eq!(traced(task), ["7 task", "9 task", "c1 task", "t1 task"]);
        let tags = json!({ "kind": "contact", "ghl": "c1", "fields": ["tags"] });
        assert_eq!(traced(tags), ["c1 tags"]);
        let linked = json!({ "kind": "contact", "ghl": "c1" });
        assert_eq!(traced(linked), ["c1 contact", "c1 tags"]);
        assert_eq!(traced(json!({ "reason": "x" })), Vec::<String>::new());
    }
}
