//! Notes, tasks and appointments as entries in a lead's notes, and the one follow-up that the tasks and appointments among
//! them come to.

use jiff::tz::TimeZone;
use serde_json::{Value as Json, json};

use super::block::{Block, Entry};
use super::wall_time::to_wall;
use crate::model::record::{Field, Record};
use crate::model::side::Kind;

const NO_DATE: &str = "no date";
const NOBODY: &str = "unassigned";

/// The record as an entry: what a person wants to know of it at a glance stands in the first line.
pub fn to_entry(kind: Kind, own: &str, record: &Record, zone: &TimeZone) -> Entry {
    let wall =
        |instant: &str| instant.parse().map_or_else(|_| NO_DATE.to_owned(), |instant| to_wall(instant, zone));
    let text = |field: &Field| record.text(field).unwrap_or_default();
    let assignee = record.text(&Field::ASSIGNEE).unwrap_or(NOBODY);
    let about = match kind {
        Kind::Note | Kind::Contact => text(&Field::AUTHOR).to_owned(),
        Kind::Task => {
            let state = if record.get(&Field::COMPLETED).is_some() { "done" } else { "open" };
            [state, &wall(text(&Field::DUE)), assignee].join(" · ")
        }
        Kind::Appointment => {
            let (start, end) = text(&Field::TIME).split_once('/').unwrap_or_default();
            [text(&Field::STATUS), &wall(start), assignee, &wall(end), text(&Field::PLACE)].join(" · ")
        }
    };
    let about = about.replace(['[', ']', '\n'], " ").trim_end_matches([' ', '·']).to_owned();
    let body = [text(&Field::TITLE), text(&Field::BODY)].join("\n").trim().to_owned();
    Entry { kind, id: own.to_owned(), about, text: body }
}

/// The follow-up that the entries come to, where it is another one now: the earliest task that is open, or appointment
/// that lies ahead of `now`, a time of the account's clock. A follow-up of ours that is done is switched off; one that a
/// person set is never touched before we set one.
pub fn follow_up(before: &Block, after: &Block, now: &str) -> Option<(String, Json)> {
    let (was, next) = (next_of(before, now), next_of(after, now));
    let details = match next {
        next if next == was => return None,
        Some((when, who, what)) => json!({
            "followUpDateTime": when,
            "followUpNotes": what,
            "assignedToUserEmail": Some(who).filter(|who| who != NOBODY),
            "doNotFollowUpStatus": "OFF",
        }),
        None => json!({ "doNotFollowUpStatus": "ON", "doNotFollowUpReason": "done in GHL" }),
    };
    Some(("followUpDetails".to_owned(), details))
}

/// When, who and what of the earliest entry that is still to be done.
fn next_of(block: &Block, now: &str) -> Option<(String, String, String)> {
    let open = block.entries().filter_map(|entry| {
        let mut parts = entry.about.split(" · ");
        let (state, when, who) = (parts.next()?, parts.next()?, parts.next().unwrap_or(NOBODY));
        let still = match entry.kind {
            Kind::Task => state == "open" && when != NO_DATE,
            Kind::Appointment => matches!(state, "scheduled" | "confirmed") && when >= now,
            Kind::Note | Kind::Contact => false,
        };
        let what = entry.text.lines().next().unwrap_or_default();
        still.then(|| (when.to_owned(), who.to_owned(), what.to_owned()))
    });
    open.min()
}

#[cfg(test)]
mod tests {
    use super::*;

    fn block(entries: &[(&str, &str)]) -> Block {
        let mut block = Block::default();
        for (id, about) in entries {
            let (id, about, text) = ((*id).to_owned(), (*about).to_owned(), format!("task {id}"));
            block.put(Entry { kind: Kind::Task, id, about, text });
        }
        block
    }

    fn date(before: &[(&str, &str)], after: &[(&str, &str)]) -> Option<serde_json::Value> {
        follow_up(&block(before), &block(after), "2026-11-23 10:00:00").map(|(_, details)| details)
    }

    #[test]
    fn the_follow_up_is_the_next_open_task() {
        let late = ("b", "open · 2026-12-24 10:00:00 · asha@example.com");
        let soon = ("a", "open · 2026-12-01 09:00:00 · unassigned");
        let details = date(&[], &[late, soon]).unwrap();
        assert_eq!(details["followUpDateTime"], "2026-12-01 09:00:00");
        let details = date(&[late, soon], &[late, ("a", "done · 2026-12-01 09:00:00")]).unwrap();
        assert_eq!(details["followUpDateTime"], "2026-12-24 10:00:00");
        assert_eq!(details["assignedToUserEmail"], "asha@example.com");
        assert_eq!(
            date(&[late], &[("b", "done · 2026-12-24 10:00:00")]).unwrap()["doNotFollowUpStatus"],
            "ON"
        );
        assert_eq!(date(&[late], &[late]), None, "nothing new is not written");
        assert_eq!(
            date(&[], &[("c", "open · no date")]),
            None,
            "a person's own follow-up is left where we have none"
        );
    }

    #[test]
    fn an_appointment_that_is_over_is_no_follow_up_and_an_overdue_task_is() {
        let mut after = block(&[("a", "open · 2026-11-20 09:00:00 · unassigned")]);
        let about = "confirmed · 2026-11-19 09:00:00 · unassigned".to_owned();
        after.put(Entry { kind: Kind::Appointment, id: "v".into(), about, text: "Visit".into() });
        let (_, details) = follow_up(&Block::default(), &after, "2026-11-23 10:00:00").unwrap();
        assert_eq!(
            (&details["followUpNotes"], &details["assignedToUserEmail"]),
            (&json!("task a"), &json!(null))
        );
    }
}
