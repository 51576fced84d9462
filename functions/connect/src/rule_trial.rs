//! A rule tried on an event: whether its condition holds, and what it would ask for. Nothing is done.

use maud::{Markup, html};
use serde_json::{Value as Json, json};
use shared::connection::Connection;
use shared::lane::work::Failure;
use shared::model::ids::RecordId;
use shared::model::side::{Kind, Side};
use shared::rule::sight::{Sight, Subject, example_subject};
use shared::rule::{Rule, Wanted};
use shared::store::roster::Roster;
use shared::store::subjects::Subjects;

use crate::connect::{Connect, store};
use crate::page::pretty;
use crate::rule_draft::Draft;

/// What came of a trial.
pub(crate) enum Trial {
    /// The event or the contact cannot be used.
    NotTried(String),
    Failed(String),
    Passed,
    Wants(Vec<Wanted>),
}

impl Connect {
    pub(crate) async fn try_rule(
        &self,
        connection: &Connection,
        rule: &Rule,
        draft: &Draft,
    ) -> Result<Trial, Failure> {
        let detail: Json = match serde_json::from_str(&draft.event) {
            Ok(Json::Object(detail)) => Json::Object(detail),
            _ => return Ok(Trial::NotTried("the event is no JSON object".to_owned())),
        };
        let (detail, subject) = match self.subject_of_trial(connection, detail, draft).await? {
            Ok(found) => found,
            Err(wrong) => return Ok(Trial::NotTried(wrong)),
        };
        let custom = connection.mapping.custom().filter_map(|pair| pair.field.as_custom());
        let sight = Sight::of(&draft.when, &detail, &subject, custom, self.engines.clock.now());
        Ok(match rule.holds(&sight) {
            Err(why) => Trial::Failed(format!("if: {why}")),
            Ok(false) => Trial::Passed,
            Ok(true) => match rule.wants(&sight) {
                Ok(wanted) => Trial::Wants(wanted),
                Err(problem) => Trial::Failed(problem.to_string()),
            },
        })
    }

    /// The record that the event is about: that of the contact that was named, or else an example with something in
    /// each field.
    async fn subject_of_trial(
        &self,
        connection: &Connection,
        mut detail: Json,
        draft: &Draft,
    ) -> Result<Result<(Json, Subject), String>, Failure> {
        if draft.contact.is_empty() {
            let subject = example_subject(&detail);
            return Ok(Ok((detail, subject)));
        }
        let subjects = Subjects::new(self.engines.table.clone(), &connection.id);
        let link = match RecordId::parse(&draft.contact) {
            Ok(id) => subjects.linked(Kind::Contact, Side::Ghl, &id).await.map_err(store)?,
            Err(_) => None,
        };
        let Some(link) = link else {
            return Ok(Err("no contact with this GHL id is linked here".to_owned()));
        };
        let kind = detail.get("kind").and_then(|kind| serde_json::from_value(kind.clone()).ok());
        let (ids, link) = match kind.filter(|kind| *kind != Kind::Contact) {
            None => (link.ids, link.link),
            Some(kind) => {
                let roster = Roster::new(self.engines.table.clone(), connection.id.clone(), kind);
                let lines = roster.of_contact(&link.ids.ghl).await.map_err(store)?;
                match lines.into_iter().find(|line| !line.buried) {
                    Some(line) => (line.ids, line.link),
                    None => return Ok(Err(format!("this contact has no linked {}", kind.as_str()))),
                }
            }
        };
        detail["link"] = json!(link);
        Side::BOTH.into_iter().for_each(|side| detail[side.as_str()] = json!(ids.of(side)));
        let subject = subjects.of(&mut detail).await.map_err(store)?;
        Ok(Ok((detail, subject)))
    }
}

impl Trial {
    pub(crate) fn shown(&self) -> Markup {
        match self {
            Self::NotTried(why) => html! { div.note.bad role="alert" { p { "Not tried: " (why) "." } } },
            Self::Failed(why) => html! { div.note role="alert" { p { "It would fail: " (why) "." } } },
            Self::Passed => {
                html! { div.note role="status" { p { "The condition does not hold: nothing would be asked for." } } }
            }
            Self::Wants(wanted) => html! {
                div.note.good role="status" {
                    p { "The condition holds. This would be asked for; nothing was done." }
                    ol { @for one in wanted { li { code { (one.action) } pre { (pretty(&one.input)) } } } }
                }
            },
        }
    }
}
