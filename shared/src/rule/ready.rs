//! Rules that stand ready to be added with one click. They are data like any other, and can be changed after.

use serde_json::json;

use super::{RuleText, StepText};
use crate::model::ids::RuleId;

/// One of them.
pub struct Ready {
    /// The name by which a page asks for it.
    pub key: &'static str,
    pub says: &'static str,
    make: fn() -> (&'static str, &'static str, &'static str, Vec<StepText>),
}

/// All of them.
pub const READY: [Ready; 6] = [
    Ready {
        key: "task-follow-up",
        says: "The sync itself makes a HelloLeads to-do of a GHL task; this sets the lead's follow-up to its due date as well.",
        make: || {
            (
                "A task in GHL is the lead's follow-up",
                "RecordLinked",
                r#"kind == "task" && "ghl" in edited && record.due > now && !record.completed"#,
                vec![follow_up("=record.due", "=record.title")],
            )
        },
    },
    Ready {
        key: "appointment-follow-up",
        says: "The same of an appointment: the lead's follow-up is set to its start.",
        make: || {
            (
                "An appointment in GHL is the lead's follow-up",
                "RecordLinked",
                r#"kind == "appointment" && "ghl" in edited && record.start > now && record.status != "cancelled""#,
                vec![follow_up("=record.start", "=\"Appointment: \" + record.title")],
            )
        },
    },
    Ready {
        key: "noted-change",
        says: "The sync itself brings the change to GHL; this adds a note there that names the fields.",
        make: || {
            let body = "=\"Changed in HelloLeads: \" + joined(fields)";
            (
                "A change in HelloLeads is noted in GHL",
                "RecordChanged",
                r#"kind == "contact" && "helloleads" in edited"#,
                vec![step("ghl.note.create", json!({ "contactId": "=contact.ghl", "body": body }))],
            )
        },
    },
    Ready {
        key: "stage-task",
        says: "Put your own stage, tag and task in. All leads are read again once, since their stages are not read without need.",
        make: || {
            (
                "A lead becomes a customer",
                "RecordChanged",
                r#"kind == "contact" && "stage" in fields && record.stage == "Customer""#,
                vec![
                    step(
                        "ghl.contact.add_tags",
                        json!({ "contactId": "=contact.ghl", "tags": ["customer"] }),
                    ),
                    task("Welcome the new customer"),
                ],
            )
        },
    },
    Ready {
        key: "overdue-tag",
        says: "The tag shows on both sides. Told within five minutes after the task is due.",
        make: || {
            (
                "A task is overdue: its contact gets a tag",
                "TaskOverdue",
                "",
                vec![step(
                    "ghl.contact.add_tags",
                    json!({ "contactId": "=contact.ghl", "tags": ["overdue"] }),
                )],
            )
        },
    },
    Ready {
        key: "appointment-note",
        says: "An hour before, or as long as the page Automation says.",
        make: || {
            let body = "=\"Starts soon: \" + record.title + \" (\" + record.start + \")\"";
            (
                "An appointment is soon: its contact gets a note",
                "AppointmentSoon",
                "",
                vec![step("ghl.note.create", json!({ "contactId": "=contact.ghl", "body": body }))],
            )
        },
    },
];

impl Ready {
    /// The one of this key.
    pub fn of(key: &str) -> Option<&'static Self> {
        READY.iter().find(|ready| ready.key == key)
    }

    pub fn name(&self) -> &'static str {
        (self.make)().0
    }

    /// The rule, switched on.
    pub fn rule(&self, id: RuleId) -> RuleText {
        let (name, when, condition, then) = (self.make)();
        RuleText {
            id,
            name: name.to_owned(),
            on: true,
            when: when.to_owned(),
            condition: condition.to_owned(),
            then,
        }
    }
}

fn step(action: &str, input: serde_json::Value) -> StepText {
    StepText { action: action.to_owned(), input }
}

fn task(title: &str) -> StepText {
    let input = json!({ "contactId": "=contact.ghl", "title": title, "dueDate": "=in_hours(24)", "completed": false });
    step("ghl.task.create", input)
}

fn follow_up(at: &str, note: &str) -> StepText {
    let input = json!({ "lead_id": "=contact.helloleads", "at": at, "note": note });
    step("helloleads.lead.set_follow_up", input)
}

#[cfg(test)]
mod tests {
    use std::collections::BTreeSet;

    use super::*;
    use crate::rule::Rule;

    #[test]
    fn every_one_of_them_can_be_followed_and_has_a_key_of_its_own() {
        let id = || RuleId::parse("r1").unwrap();
        for ready in &READY {
            Rule::parse(&ready.rule(id())).unwrap_or_else(|wrong| panic!("{}: {wrong:?}", ready.key));
        }
        let keys: BTreeSet<&str> = READY.iter().map(|ready| ready.key).collect();
        assert_eq!(keys.len(), READY.len());
    }
}
