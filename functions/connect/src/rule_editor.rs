//! The editor of a rule: shows it, tries it, checks it, keeps it.

use lambda_http::http::StatusCode;
use lambda_http::{Body, Request, Response};
use shared::connection::Connection;
use shared::lane::work::Failure;
use shared::model::ids::{ConnectionId, RuleId};
use shared::rule::{Place, Problem, Rule};
use shared::store::error::Error;

use crate::connect::{Connect, no_such_connection, store};
use crate::page::{Tab, go_to, says};
use crate::rule_draft::{Draft, example_event};
use crate::rule_form::Shown;
use crate::rules_page::new_id;
use crate::session::Visitor;

/// The address of a rule that is not there yet.
const NEW: &str = "new";

const MEANWHILE: &str = "somebody else changed the rules meanwhile; look at the list, and save again to put this one in all the same";

impl Connect {
    /// A rule's form; `act` is its id, or says that it is a new one.
    pub(crate) async fn rule(
        &self,
        id: &ConnectionId,
        act: &str,
        visitor: &Visitor,
    ) -> Result<Response<Body>, Failure> {
        let Some(connection) = self.connection(id).await? else {
            return Ok(no_such_connection());
        };
        let rules = self.rules_of(id).get().await.map_err(store)?;
        let known = RuleId::parse(act).ok().and_then(|rule| rules.of(&rule));
        let mut draft = match (act, known) {
            (NEW, _) => Draft::blank(rules.version),
            (_, Some(rule)) => Draft::of(rule, rules.version),
            (_, None) => return Ok(go_to(&format!("/connections/{id}/rules"))),
        };
        draft.event = example_event(&draft.when, id);
        Ok(show(StatusCode::OK, &Shown::of(&connection, visitor, act, &draft)))
    }

    /// Tries what was entered, or keeps it if nothing is wrong with it.
    pub(crate) async fn save_rule(
        &self,
        request: &Request,
        id: &ConnectionId,
        act: &str,
        visitor: &Visitor,
    ) -> Result<Response<Body>, Failure> {
        let Some(connection) = self.connection(id).await? else {
            return Ok(no_such_connection());
        };
        let form: Result<Vec<(String, String)>, _> = serde_urlencoded::from_bytes(request.body().as_ref());
        let (Ok(form), Some(rule)) = (form, id_of(act)) else {
            return Ok(says(StatusCode::UNPROCESSABLE_ENTITY, "Not saved", "The form cannot be read."));
        };
        let pressed = form.iter().find(|(name, _)| name == "do").map_or("", |(_, value)| value.as_str());
        let mut draft = Draft::of_form(&form);
        match pressed {
            "more" => {
                draft.put_examples();
                draft.event = example_event(&draft.when, id);
                Ok(show(StatusCode::OK, &Shown::of(&connection, visitor, act, &draft)))
            }
            "try" => self.show_trial(&connection, visitor, act, rule, draft).await,
            _ => self.keep_rule(&connection, visitor, act, rule, draft).await,
        }
    }

    async fn show_trial(
        &self,
        connection: &Connection,
        visitor: &Visitor,
        act: &str,
        rule: RuleId,
        draft: Draft,
    ) -> Result<Response<Body>, Failure> {
        let rule = draft.to_rule(rule).and_then(|rule| Rule::parse(&rule));
        let rule = match rule {
            Ok(rule) => rule,
            Err(problems) => return Ok(refuse(connection, visitor, act, draft, &problems)),
        };
        let trial = self.try_rule(connection, &rule, &draft).await?;
        let shown = Shown { trial: Some(&trial), ..Shown::of(connection, visitor, act, &draft) };
        Ok(show(StatusCode::OK, &shown))
    }

    async fn keep_rule(
        &self,
        connection: &Connection,
        visitor: &Visitor,
        act: &str,
        rule: RuleId,
        mut draft: Draft,
    ) -> Result<Response<Body>, Failure> {
        let id = &connection.id;
        let mut rules = self.rules_of(id).get().await.map_err(store)?;
        let checked = draft.to_rule(rule).and_then(|rule| rules.put(rule));
        if let Err(problems) = checked {
            return Ok(refuse(connection, visitor, act, draft, &problems));
        }
        let is_fresh = rules.version == draft.version;
        let saved = if is_fresh {
            self.read_facts_for(id, &rules).await?;
            self.save_rules(id, &mut rules).await
        } else {
            Err(Error::Stale { doing: "save a rule" })
        };
        match saved {
            Ok(()) => Ok(go_to(&format!("/connections/{id}/rules"))),
            Err(Error::Stale { .. }) => {
                draft.version = rules.version;
                let problem = Problem { at: Place::Whole, text: MEANWHILE.to_owned() };
                Ok(refuse(connection, visitor, act, draft, &[problem]))
            }
            Err(error) => Err(store(error)),
        }
    }
}

fn refuse(
    connection: &Connection,
    visitor: &Visitor,
    act: &str,
    mut draft: Draft,
    problems: &[Problem],
) -> Response<Body> {
    draft.put_examples();
    let shown = Shown { problems, ..Shown::of(connection, visitor, act, &draft) };
    show(StatusCode::UNPROCESSABLE_ENTITY, &shown)
}

/// The id of the rule that an address names.
fn id_of(act: &str) -> Option<RuleId> {
    if act == NEW { Some(new_id()) } else { RuleId::parse(act).ok() }
}

fn show(status: StatusCode, shown: &Shown<'_>) -> Response<Body> {
    let title = if shown.act == NEW { "A new rule" } else { "Rule" };
    let mut answer = shown.visitor.page(Some((&shown.connection.id, Tab::Rules)), title, &shown.page());
    *answer.status_mut() = status;
    answer
}
