//! The form of a rule, with what is wrong with it beside its field, and what came of trying it.

use maud::{Markup, html};
use shared::action::Action;
use shared::connection::Connection;
use shared::model::side::Side;
use shared::rule::{Place, Problem, STEPS_MAX, sight, triggers};

use crate::rule_draft::{BLANK_STEPS, Draft, StepDraft};
use crate::rule_trial::Trial;
use crate::session::Visitor;

/// Everything that the page of a rule shows.
pub(crate) struct Shown<'a> {
    pub(crate) connection: &'a Connection,
    pub(crate) visitor: &'a Visitor,
    /// The rule's part of the address.
    pub(crate) act: &'a str,
    pub(crate) draft: &'a Draft,
    pub(crate) problems: &'a [Problem],
    pub(crate) trial: Option<&'a Trial>,
}

impl<'a> Shown<'a> {
    /// With nothing wrong, and not tried.
    pub(crate) fn of(
        connection: &'a Connection,
        visitor: &'a Visitor,
        act: &'a str,
        draft: &'a Draft,
    ) -> Self {
        Self { connection, visitor, act, draft, problems: &[], trial: None }
    }

    pub(crate) fn page(&self) -> Markup {
        let (id, draft) = (&self.connection.id, self.draft);
        html! {
            p.lead { a href={ "/connections/" (id) "/rules" } { "All rules" } }
            @if !self.problems.is_empty() {
                div.note role="alert" {
                    p { strong { "Nothing is saved yet: " (self.problems.len()) " to correct." } }
                    ul { @for problem in self.problems { li { a href={ "#" (field(problem.at)) } { (problem) } } } }
                }
            }
            @if let Some(trial) = self.trial { (trial.shown()) }
            form method="post" action={ "/connections/" (id) "/rules/" (self.act) } {
                (self.visitor.token())
                input type="hidden" name="version" value=(draft.version);
                section #whole {
                    label for="name" { "Name" }
                    input id="name" name="name" value=(draft.name) maxlength="100" autocomplete="off" aria-describedby=[self.described(Place::Name)];
                    (self.errors(Place::Name))
                    label.choice { input type="checkbox" name="on" value="yes" checked[draft.on]; span { "It is on" } }
                    (self.when())
                    (self.condition())
                }
                (self.steps())
                div.buttons { button.main name="do" value="save" { "Check and save" } }
                (self.trial_fields())
            }
        }
    }

    fn when(&self) -> Markup {
        html! {
            label for="when" { "When" small { "The page Automation says what each of them is." } }
            select id="when" name="when" aria-describedby=[self.described(Place::When)] {
                @for name in triggers() { option value=(name) selected[name == self.draft.when] { (name) } }
            }
            (self.errors(Place::When))
        }
    }

    fn condition(&self) -> Markup {
        html! {
            label for="condition" { "If" small { "An expression of the Common Expression Language (CEL). Blank: always." } }
            textarea id="condition" name="condition" rows="3" aria-describedby=[self.described(Place::Condition)] { (self.draft.condition) }
            (self.errors(Place::Condition))
            details {
                summary { "Examples" }
                ul {
                    li { code { "kind == \"contact\" && \"vip\" in record.tags" } }
                    li { code { "\"stage\" in fields && record.stage == \"Customer\"" } }
                    li { code { "\"helloleads\" in edited" } ": somebody edited it in HelloLeads" }
                    li { code { "kind == \"task\" && record.due < in_hours(24)" } }
                }
                p { "It may name " (sight::KNOWN) ". " code { "record" } " has the fields by name, blank where they are blank, custom fields as " code { "record.custom.name" } "." }
            }
        }
    }

    fn steps(&self) -> Markup {
        let blank = StepDraft::default();
        let shown = (self.draft.steps.len() + BLANK_STEPS).min(STEPS_MAX.max(self.draft.steps.len()));
        html! {
            section {
                h2 { "Then" }
                p { "Actions, in this order. What each takes is JSON; a text that begins with " code { "=" } " is an expression, as in a spreadsheet: " code { "\"=contact.ghl\"" } ", " code { "\"=in_hours(24)\"" } ". What gives null is left out. A step without an action and input is left out too." }
                @for place in 0..shown { (self.step(place, self.draft.steps.get(place).unwrap_or(&blank))) }
                button name="do" value="more" formnovalidate { "More steps, and examples of what they take" }
            }
        }
    }

    fn step(&self, place: usize, step: &StepDraft) -> Markup {
        let name = |what: &str| format!("step.{place}.{what}");
        let is_wrong = self.is_wrong(Place::Action(place)) || self.is_wrong(Place::Input(place));
        html! {
            fieldset.field.wrong[is_wrong] {
                legend { "Step " (place + 1) }
                label for=(name("action")) { "Action" }
                select id=(name("action")) name=(name("action")) aria-describedby=[self.described(Place::Action(place))] {
                    option value="" { "–" }
                    @for side in Side::BOTH {
                        optgroup label=(side) {
                            @for action in Action::all().filter(|action| action.side() == side) {
                                @let about = action.about();
                                option value=(about.name) selected[about.name == step.action] { (about.name) }
                            }
                        }
                    }
                }
                (self.errors(Place::Action(place)))
                label for=(name("input")) { "What it takes" small { "Blank: an example is put in." } }
                textarea id=(name("input")) name=(name("input")) rows="5" aria-describedby=[self.described(Place::Input(place))] { (step.input) }
                (self.errors(Place::Input(place)))
            }
        }
    }

    fn trial_fields(&self) -> Markup {
        html! {
            section {
                h2 { "Try it" }
                p { "Shows whether the condition holds, and what would be asked for. Nothing is done, and nothing is saved." }
                label for="contact" { "Id of a GHL contact" small { "Its record is looked at, or its first task, note or appointment. Blank: a record with something in each field." } }
                input id="contact" name="contact" value=(self.draft.contact) autocomplete="off";
                label for="event" { "Event" small { "What the event says: an example, which you may change." } }
                textarea id="event" name="event" rows="8" { (self.draft.event) }
                button name="do" value="try" { "Try it" }
            }
        }
    }

    fn is_wrong(&self, at: Place) -> bool {
        self.problems.iter().any(|problem| problem.at == at)
    }

    fn described(&self, at: Place) -> Option<String> {
        self.is_wrong(at).then(|| format!("error-{}", field(at)))
    }

    fn errors(&self, at: Place) -> Markup {
        let wrong: Vec<&Problem> = self.problems.iter().filter(|problem| problem.at == at).collect();
        html! {
            @if !wrong.is_empty() {
                div id={ "error-" (field(at)) } { @for problem in wrong { p.error { "⚠ " (problem) "." } } }
            }
        }
    }
}

/// The id of the field that something is wrong with.
fn field(at: Place) -> String {
    match at {
        Place::Name => "name".to_owned(),
        Place::When => "when".to_owned(),
        Place::Condition => "condition".to_owned(),
        Place::Whole => "whole".to_owned(),
        Place::Action(step) => format!("step.{step}.action"),
        Place::Input(step) => format!("step.{step}.input"),
    }
}
