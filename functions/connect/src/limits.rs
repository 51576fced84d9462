//! What a connection cannot do, and what happens instead: said on its page.

use maud::{Markup, html};
use shared::connection::Connection;
use shared::connection::helloleads::{ChangedNotes, FollowUp, PollMode, Profile};
use shared::model::side::Kind;
use shared::store::people::People;

/// What holds of tasks, notes and appointments.
fn related_limits(connection: &Connection, people: Option<&People>) -> Vec<String> {
    let settings = &connection.helloleads;
    let has = |kind| connection.kinds.contains(&kind);
    let mut limits = Vec::new();
    let mut say = |condition: bool, text: &str| limits.extend(condition.then(|| text.to_owned()));
    let (key, v1) = (settings.profile == Profile::Key, settings.profile == Profile::V1);
    say(
        has(Kind::Task),
        "GHL tells of new and completed tasks at once; a task edited there arrives with the next look.",
    );
    say(
        key && has(Kind::Note),
        "GHL notes stand as entries in the lead's notes, and what is edited there goes back to GHL.",
    );
    say(
        key && has(Kind::Note) && !settings.read_comments,
        "HelloLeads' comments are not read; tick the box below to bring them to GHL.",
    );
    say(
        (key || v1) && has(Kind::Note) && settings.read_comments,
        "A HelloLeads comment goes to GHL when it is added; that it is edited or removed there cannot be seen.",
    );
    say(
        v1 && has(Kind::Note) && settings.changed_notes == ChangedNotes::List,
        "A comment cannot be changed or removed by us: a note changed in GHL is listed, and a deleted one's comment stays.",
    );
    say(
        v1 && has(Kind::Note) && settings.changed_notes == ChangedNotes::Append,
        "A comment cannot be changed or removed by us: a note changed in GHL becomes another comment, and a deleted one stays.",
    );
    say(
        key && has(Kind::Task),
        "GHL tasks stand as lines in the lead's notes; they go from GHL to HelloLeads only.",
    );
    say(
        key && has(Kind::Appointment),
        "Appointments stand as lines in the lead's notes; they go from GHL to HelloLeads only.",
    );
    let blind = key && settings.poll.mode == PollMode::NewestFirst;
    say(
        blind && (has(Kind::Note) || has(Kind::Task) || has(Kind::Appointment)),
        "This account does not show which leads changed: nothing is written into leads' notes, since what people wrote there meanwhile could be lost. GHL's notes, tasks and appointments are listed instead.",
    );
    let follows =
        key && settings.follow_up == FollowUp::NextTask && (has(Kind::Task) || has(Kind::Appointment));
    say(follows, "A lead's one follow-up is set to the next open GHL task or appointment.");
    say(
        v1 && has(Kind::Task),
        "A to-do cannot be deleted by us: the to-do of a task deleted in GHL is closed.",
    );
    say(
        v1 && has(Kind::Appointment),
        "An appointment is a to-do titled \"Appointment: …\" that shows its start.",
    );
    say(
        !key && has(Kind::Appointment) && connection.calendar.is_none(),
        "No GHL calendar is chosen: appointments go from GHL to HelloLeads only.",
    );
    say(has(Kind::Appointment), "Recurring appointments are left alone.");
    if let Some((helloleads, ghl)) = people.map(People::unmatched).filter(|counts| *counts != (0, 0)) {
        limits.push(format!("{helloleads} of HelloLeads' and {ghl} of GHL's users are not known on the other side by e-mail address: what is assigned to them is not assigned there."));
    }
    limits
}

/// What this connection cannot do, and what happens instead.
pub(crate) fn limits_of(connection: &Connection, people: Option<&People>) -> Markup {
    let settings = &connection.helloleads;
    let mut limits =
        vec!["GHL takes the company name when a contact is created, and not when it is changed.".to_owned()];
    limits.extend(related_limits(connection, people));
    if settings.profile != Profile::Relay {
        limits.push("HelloLeads shows changes only when it is asked: they arrive with the next look, five minutes at most.".into());
        limits.push(
            "HelloLeads has no way to delete a lead: a contact deleted in GHL is marked there and unlinked."
                .into(),
        );
        limits.push("A lead edited in HelloLeads in the seconds between our look and our write of the same field cannot be noticed.".into());
        limits.push("A date of birth goes from HelloLeads to GHL, and not back.".into());
        if !settings.update.works {
            limits.push("This account does not let leads be changed: GHL's changes reach HelloLeads for new contacts only.".into());
        }
        if !settings.update.tags {
            limits.push("Tags reach HelloLeads when a lead is created; later tag changes in GHL are listed, not written.".into());
        }
        if settings.update.clear == shared::connection::helloleads::Clear::Never {
            limits.push(
                "A field that is emptied in GHL keeps its value in HelloLeads, and the record is listed."
                    .into(),
            );
        }
    }
    let verdict = settings
        .probe
        .as_ref()
        .map(|probe| format!("Found out by a test lead on {}.", probe.at.strftime("%F")));
    html! {
        h2 { "What the two sides cannot do" }
        ul { @for limit in &limits { li { (limit) } } }
        @if let Some(verdict) = verdict { p { (verdict) } }
    }
}
