//! The rules of a connection: which there are, on or off, those that stand ready, and what they came to.

use lambda_http::http::StatusCode;
use lambda_http::{Body, Request, Response};
use maud::{Markup, html};
use serde::Deserialize;
use shared::chance;
use shared::lane::work::Failure;
use shared::model::ids::{ConnectionId, RuleId};
use shared::rule::reach::{DEPTH_MAX, WRITES_MAX};
use shared::rule::ready::{READY, Ready};
use shared::rule::{Problem, RULES_MAX, RuleText, Rules};
use shared::store::error::Error;
use shared::store::rules::RulesOf;

use crate::connect::{Connect, no_such_connection, store};
use crate::page::{Tab, go_to, says};
use crate::session::Visitor;

/// Two people rarely change rules at once; this often in a row nobody does.
const CHANGE_ATTEMPTS_MAX: usize = 5;

/// A button of the page.
#[derive(Default, Deserialize)]
#[serde(default)]
struct Pressed {
    #[serde(rename = "do")]
    act: String,
    /// The rule, or the key of one that stands ready.
    rule: String,
}

impl Connect {
    pub(crate) async fn rules(
        &self,
        id: &ConnectionId,
        visitor: &Visitor,
    ) -> Result<Response<Body>, Failure> {
        if self.connection(id).await?.is_none() {
            return Ok(no_such_connection());
        }
        let rules = self.rules_of(id).get().await.map_err(store)?;
        let body = html! {
            p.lead { "When something happens, if something holds, then actions are asked for. Rules run where the deployment has " code { "Automations=true" } "." }
            section {
                h2 { "Rules (" (rules.rules.len()) ")" }
                @if rules.rules.is_empty() { p { "There are none yet. Add one that stands ready below, or write your own." } } @else { (table(id, &rules, visitor)) }
                @if rules.rules.len() < RULES_MAX { p { a.button href={ "/connections/" (id) "/rules/new" } { "Write a rule" } } }
            }
            section {
                h2 { "Ready to be added" }
                @for ready in &READY { (of_ready(id, ready, visitor)) }
            }
            section {
                h2 { "What keeps rules from going in circles" }
                p { "What a rule does can bring about an event that another rule follows, or the same one. After " (DEPTH_MAX) " rules in a row, none follows any more; and one rule writes at most " (WRITES_MAX) " times an hour for one contact. A rule that is stopped so is named below, and told on the bus as " code { "RuleStopped" } "." }
            }
            (self.rule_history(id).await?)
        };
        Ok(visitor.page(Some((id, Tab::Rules)), "Rules", &body))
    }

    /// Switches a rule, deletes it, or adds one that stands ready.
    pub(crate) async fn change_rules(
        &self,
        request: &Request,
        id: &ConnectionId,
    ) -> Result<Response<Body>, Failure> {
        if self.connection(id).await?.is_none() {
            return Ok(no_such_connection());
        }
        let pressed: Pressed = serde_urlencoded::from_bytes(request.body().as_ref()).unwrap_or_default();
        let new_id = new_id();
        let change = |rules: &mut Rules| carry_out(rules, &pressed, &new_id);
        match self.with_rules(id, change).await? {
            Ok(()) => Ok(go_to(&format!("/connections/{id}/rules"))),
            Err(problems) => {
                let text: Vec<String> = problems.iter().map(ToString::to_string).collect();
                Ok(says(StatusCode::UNPROCESSABLE_ENTITY, "Not changed", &format!("{}.", text.join("; "))))
            }
        }
    }

    /// Changes the rules, again where somebody else saved them meanwhile.
    async fn with_rules(
        &self,
        id: &ConnectionId,
        change: impl Fn(&mut Rules) -> Result<(), Vec<Problem>> + Send + Sync,
    ) -> Result<Result<(), Vec<Problem>>, Failure> {
        let of = self.rules_of(id);
        for _ in 0..CHANGE_ATTEMPTS_MAX {
            let mut rules = of.get().await.map_err(store)?;
            if let Err(problems) = change(&mut rules) {
                return Ok(Err(problems));
            }
            self.read_facts_for(id, &rules).await?;
            match self.save_rules(id, &mut rules).await {
                Err(Error::Stale { .. }) => {}
                saved => return saved.map(Ok).map_err(store),
            }
        }
        Err(store(Error::Stale { doing: "change the rules" }))
    }

    /// Saves rules over the version that was read.
    pub(crate) async fn save_rules(&self, id: &ConnectionId, rules: &mut Rules) -> Result<(), Error> {
        self.rules_of(id).save(rules).await
    }

    /// Has leads' stages and lists read, if a rule looks at them and nobody has asked for them yet.
    pub(crate) async fn read_facts_for(&self, id: &ConnectionId, rules: &Rules) -> Result<(), Failure> {
        if !rules.look_at_facts() {
            return Ok(());
        }
        self.change(id, shared::connection::Connection::read_facts).await.map(|_| ())
    }

    pub(crate) fn rules_of(&self, id: &ConnectionId) -> RulesOf {
        RulesOf::new(self.engines.table.clone(), id)
    }
}

/// An id that no rule has.
pub(crate) fn new_id() -> RuleId {
    RuleId::parse(&chance::id()[..12]).expect("hexadecimal digits make an id")
}

fn carry_out(rules: &mut Rules, pressed: &Pressed, new_id: &RuleId) -> Result<(), Vec<Problem>> {
    if pressed.act == "add" {
        return Ready::of(&pressed.rule).map_or(Ok(()), |ready| rules.put(ready.rule(new_id.clone())));
    }
    match pressed.act.as_str() {
        "delete" => rules.rules.retain(|rule| rule.id.as_str() != pressed.rule),
        act => {
            let named = rules.rules.iter_mut().filter(|rule| rule.id.as_str() == pressed.rule);
            named.for_each(|rule| rule.on = act == "on");
        }
    }
    Ok(())
}

/// A form that is one button, about one rule.
fn button(id: &ConnectionId, visitor: &Visitor, act: &str, rule: &str, words: &str, of: &str) -> Markup {
    html! {
        form.inline method="post" action={ "/connections/" (id) "/rules" } {
            (visitor.token())
            input type="hidden" name="rule" value=(rule);
            button name="do" value=(act) aria-label={ (words) ": " (of) } { (words) }
        }
    }
}

fn table(id: &ConnectionId, rules: &Rules, visitor: &Visitor) -> Markup {
    html! {
        div.wide { table.stacked {
            thead { tr { th { "Rule" } th { "When" } th { "Then" } th { "Is" } th { "What you can do" } } }
            tbody { @for rule in &rules.rules { (row(id, rule, visitor)) } }
        } }
    }
}

fn row(id: &ConnectionId, rule: &RuleText, visitor: &Visitor) -> Markup {
    let (act, words) = if rule.on { ("off", "Switch off") } else { ("on", "Switch on") };
    html! {
        tr {
            th scope="row" { a href={ "/connections/" (id) "/rules/" (rule.id) } { (rule.name) } }
            td data-is="When" { code { (rule.when) } @if !rule.condition.trim().is_empty() { " if " code { (rule.condition) } } }
            td data-is="Then" { @for (number, step) in rule.then.iter().enumerate() { @if number > 0 { ", " } code { (step.action) } } }
            td data-is="Is" { @if rule.on { span.pill.good { "on" } } @else { span.pill { "off" } } }
            td data-is="What you can do" {
                a.button href={ "/connections/" (id) "/rules/" (rule.id) } aria-label={ "Edit or try: " (rule.name) } { "Edit or try" } " "
                (button(id, visitor, act, rule.id.as_str(), words, &rule.name))
                (button(id, visitor, "delete", rule.id.as_str(), "Delete", &rule.name))
            }
        }
    }
}

fn of_ready(id: &ConnectionId, ready: &Ready, visitor: &Visitor) -> Markup {
    html! {
        h3 { (ready.name()) }
        p { (ready.says) }
        (button(id, visitor, "add", ready.key, "Add", ready.name()))
    }
}
