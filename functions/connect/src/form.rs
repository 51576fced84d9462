//! The fields of a connection's settings, and the page that shows them all.

use lambda_http::{Body, Response};
use maud::{Markup, html};
use shared::connection::Connection;
use shared::connection::helloleads::{ChangedNotes, DeleteMark, FollowUp, Profile};
use shared::connection::policy::{ConflictRule, DeleteRule};
use shared::lane::work::Failure;
use shared::model::ids::ConnectionId;
use shared::model::side::Kind;

use crate::connect::{Connect, no_such_connection};
use crate::page::Tab;
use crate::session::Visitor;

impl Connect {
    /// All settings of a connection.
    pub(crate) async fn settings(
        &self,
        id: &ConnectionId,
        visitor: &Visitor,
    ) -> Result<Response<Body>, Failure> {
        let Some(connection) = self.connection(id).await? else {
            return Ok(no_such_connection());
        };
        Ok(visitor.page(Some((id, Tab::Settings)), "Settings", &form(&connection, visitor)))
    }
}

/// The form of the page.
fn form(connection: &Connection, visitor: &Visitor) -> Markup {
    let settings = &connection.helloleads;
    html! {
        form method="post" action={ "/connections/" (connection.id) } {
            (visitor.token())
            div.columns {
                section { h2 { "HelloLeads" } (helloleads_fields(connection)) (lists_field(connection)) }
                section { h2 { "What is synced" } (kind_fields(connection)) (calendar_field(connection))
                    label for="region" { "Country of phone numbers that have no country code" small { "Two letters, such as US or IN." } }
                    input id="region" name="region" value=(connection.region) maxlength="2";
                }
                section { h2 { "Rules" } (conflict_field(connection)) (delete_fields(connection)) (mark_fields(connection)) }
                section {
                    h2 { "Fields" }
                    p { a href={ "/connections/" (connection.id) "/mapping" } { "Choose the fields" } ", which way they go, in what form, and which contacts are synced; " a href={ "/connections/" (connection.id) "/preview" } { "preview" } " what that would do." }
                    details {
                        summary { "Advanced" }
                        label for="advanced" { "HelloLeads settings as JSON" small { "Only what is named changes, such as {\"calls_per_hour\": 60}." } }
                        textarea id="advanced" name="advanced" rows="3" {}
                    }
                    @if settings.profile == Profile::Key {
                        (ticked("probe", "Find out what this account can do: creates one test lead in HelloLeads, which cannot be deleted by us and is never synced", false))
                    }
                }
            }
            button.main { "Check and save" }
        }
    }
}

/// How HelloLeads is reached.
pub(crate) fn helloleads_fields(connection: &Connection) -> Markup {
    let settings = &connection.helloleads;
    let profile = settings.profile;
    let catch_hook = settings.hook.catch_hook.as_ref().map(|hook| hook.as_url().as_str()).unwrap_or_default();
    html! {
        label for="profile" { "HelloLeads is reached by" }
        (choices("profile", &[
            ("key", "its API key", profile == Profile::Key),
            ("v1", "a session of its newer API", profile == Profile::V1),
            ("relay", "my automation tool", profile == Profile::Relay),
        ]))
        label for="api_key" { "API key, or session token" small { "Settings → API in HelloLeads. Blank keeps the one that is set." } }
        input id="api_key" name="api_key" type="password" autocomplete="off";
        label for="email" { "E-mail address of the key's owner, or user id of the session" }
        input id="email" name="email" autocomplete="off";
        label for="time_zone" { "Time zone of the HelloLeads account" small { "HelloLeads' times carry none. Such as Asia/Kolkata or America/New_York." } }
        input id="time_zone" name="time_zone" value=(settings.time_zone.as_deref().unwrap_or_default());
        details open[profile != Profile::Key] {
            summary { "For the newer API, or an automation tool" }
            label for="organisation" { "Organisation" small { "Its id; the newer API only." } }
            input id="organisation" name="organisation" value=(settings.organisation.as_deref().unwrap_or_default());
            label for="catch_hook" { "Catch hook of the automation tool" small { "Where changes are sent to, such as a Zapier or Make address." } }
            input id="catch_hook" name="catch_hook" value=(catch_hook);
        }
        details {
            summary { "Another address of the API" }
            label for="base_url" { "Address" small { (settings.base_url.as_url()) } }
            input id="base_url" name="base_url" autocomplete="off";
        }
    }
}

/// The lists, by key.
pub(crate) fn lists_field(connection: &Connection) -> Markup {
    html! {
        label for="lists" { "List keys, with commas between" small { "New leads go to the first. Blank: all lists are synced." } }
        input id="lists" name="lists" value=(connection.helloleads.lists.join(", "));
    }
}

pub(crate) fn kind_fields(connection: &Connection) -> Markup {
    let settings = &connection.helloleads;
    html! {
        fieldset {
            legend { "Besides contacts and their tags" }
            (ticked("tasks", "tasks (HelloLeads to-dos and follow-ups)", connection.kinds.contains(&Kind::Task)))
            (ticked("notes", "notes (HelloLeads comments)", connection.kinds.contains(&Kind::Note)))
            (ticked("appointments", "appointments", connection.kinds.contains(&Kind::Appointment)))
        }
        @if settings.profile == Profile::Key {
            (ticked("read_comments", "Read HelloLeads' comments by the API key: one call more for each look", settings.read_comments))
            label for="follow_up" { "A lead's one follow-up" }
            (choices("follow_up", &follow_up_choices(settings.follow_up)))
        }
        @if settings.profile == Profile::V1 {
            label for="changed_notes" { "A comment whose GHL note was changed" }
            (choices("changed_notes", &changed_notes_choices(settings.changed_notes)))
        }
    }
}

/// The calendar, by its id.
pub(crate) fn calendar_field(connection: &Connection) -> Markup {
    html! {
        label for="calendar" { "GHL calendar for HelloLeads' appointments" small { "Its id. Without one, appointments go from GHL to HelloLeads only." } }
        input id="calendar" name="calendar" value=(connection.calendar.as_deref().unwrap_or_default());
    }
}

pub(crate) fn conflict_field(connection: &Connection) -> Markup {
    html! {
        label for="conflict" { "When both sides edit the same field" }
        (choices("conflict", &conflict_choices(connection.policy.conflict)))
    }
}

pub(crate) fn delete_fields(connection: &Connection) -> Markup {
    html! {
        label for="on_delete" { "When a contact is deleted on one side" }
        (choices("on_delete", &delete_choices(connection.policy.on_delete.helloleads)))
        label for="on_delete_related" { "When a note, task or appointment is deleted on one side" }
        (choices("on_delete_related", &delete_choices(connection.policy.on_delete_related)))
    }
}

fn mark_fields(connection: &Connection) -> Markup {
    html! {
        label for="delete_mark" { "A lead whose contact was deleted is marked by" }
        (choices("delete_mark", &mark_choices(connection.helloleads.delete_mark)))
    }
}

fn ticked(name: &str, words: &str, is_ticked: bool) -> Markup {
    html! { label.choice { input type="checkbox" name=(name) value="yes" checked[is_ticked]; span { (words) } } }
}

fn choices(name: &str, choices: &[(&str, &str, bool)]) -> Markup {
    html! {
        select id=(name) name=(name) {
            @for (value, words, chosen) in choices { option value=(value) selected[*chosen] { (words) } }
        }
    }
}

/// The choices of a rule, each with its words and whether it is the one.
fn conflict_choices(chosen: ConflictRule) -> [(&'static str, &'static str, bool); 3] {
    [
        ("newest_wins", "the later edit wins", chosen == ConflictRule::NewestWins),
        ("ghl_wins", "GHL wins", chosen == ConflictRule::GhlWins),
        ("helloleads_wins", "HelloLeads wins", chosen == ConflictRule::HelloLeadsWins),
    ]
}

fn delete_choices(chosen: DeleteRule) -> [(&'static str, &'static str, bool); 4] {
    [
        ("unlink", "keep the other one, marked, and stop syncing it", chosen == DeleteRule::Unlink),
        ("delete", "delete the other one too, where that side can", chosen == DeleteRule::Delete),
        ("recreate", "create it again", chosen == DeleteRule::Recreate),
        ("park", "ask a person", chosen == DeleteRule::Park),
    ]
}

fn follow_up_choices(chosen: FollowUp) -> [(&'static str, &'static str, bool); 2] {
    [
        ("next_task", "becomes the next open GHL task or appointment", chosen == FollowUp::NextTask),
        (
            "leave",
            "is left alone; tasks and appointments stand in the lead's notes only",
            chosen == FollowUp::Leave,
        ),
    ]
}

fn changed_notes_choices(chosen: ChangedNotes) -> [(&'static str, &'static str, bool); 2] {
    [
        ("append", "stays, and what it says now is one more comment", chosen == ChangedNotes::Append),
        ("list", "stays, and the note is listed as one that differs", chosen == ChangedNotes::List),
    ]
}

fn mark_choices(chosen: DeleteMark) -> [(&'static str, &'static str, bool); 3] {
    [
        ("note", "a line in its notes", chosen == DeleteMark::Note),
        ("tag", "the tag \"deleted in ghl\"", chosen == DeleteMark::Tag),
        ("none", "not at all", chosen == DeleteMark::None),
    ]
}
