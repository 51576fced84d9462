//! A rule as it stands in the form, right or wrong.

use serde_json::Value as Json;
use shared::action::Action;
use shared::model::ids::{ConnectionId, RuleId};
use shared::rule::{Place, Problem, RuleText, STEPS_MAX, StepText};

use crate::page::pretty;

/// How many blank steps the form shows below those that are filled in.
pub(crate) const BLANK_STEPS: usize = 1;

#[derive(Clone, Default)]
pub(crate) struct Draft {
    pub(crate) name: String,
    pub(crate) on: bool,
    pub(crate) when: String,
    pub(crate) condition: String,
    pub(crate) steps: Vec<StepDraft>,
    /// The version of the rules that the form was made of.
    pub(crate) version: u64,
    /// What it is tried on: an event's detail, and a GHL contact's id.
    pub(crate) event: String,
    pub(crate) contact: String,
}

#[derive(Clone, Default)]
pub(crate) struct StepDraft {
    pub(crate) action: String,
    pub(crate) input: String,
}

impl Draft {
    /// Of a new rule.
    pub(crate) fn blank(version: u64) -> Self {
        Self { on: true, when: "RecordChanged".to_owned(), version, ..Self::default() }
    }

    pub(crate) fn of(rule: &RuleText, version: u64) -> Self {
        let steps = rule
            .then
            .iter()
            .map(|step| StepDraft { action: step.action.clone(), input: pretty(&step.input) });
        Self {
            name: rule.name.clone(),
            on: rule.on,
            when: rule.when.clone(),
            condition: rule.condition.clone(),
            steps: steps.collect(),
            version,
            event: String::new(),
            contact: String::new(),
        }
    }

    pub(crate) fn of_form(form: &[(String, String)]) -> Self {
        let text = |name: &str| {
            let found = form.iter().find(|(one, _)| one == name);
            found.map(|(_, value)| value.trim().to_owned()).unwrap_or_default()
        };
        let step = |number: usize| StepDraft {
            action: text(&format!("step.{number}.action")),
            input: text(&format!("step.{number}.input")),
        };
        let mut steps: Vec<StepDraft> = (0..STEPS_MAX + BLANK_STEPS).map(step).collect();
        steps.retain(|step| !step.action.is_empty() || !step.input.is_empty());
        Self {
            name: text("name"),
            on: text("on") == "yes",
            when: text("when"),
            condition: text("condition"),
            steps,
            version: text("version").parse().unwrap_or_default(),
            event: text("event"),
            contact: text("contact"),
        }
    }

    /// Puts an example where an action was chosen and nothing says what it takes.
    pub(crate) fn put_examples(&mut self) {
        for step in self.steps.iter_mut().filter(|step| step.input.is_empty()) {
            if let Some(action) = Action::named(&step.action) {
                step.input = pretty(&of_event(action.example()));
            }
        }
    }

    /// # Errors
    /// The inputs that are no JSON, and the steps without an action.
    pub(crate) fn to_rule(&self, id: RuleId) -> Result<RuleText, Vec<Problem>> {
        let (mut then, mut problems) = (Vec::new(), Vec::new());
        for (place, step) in self.steps.iter().enumerate() {
            match step.to_step(place) {
                Ok(step) => then.push(step),
                Err(problem) => problems.push(problem),
            }
        }
        let (name, when, condition) = (self.name.clone(), self.when.clone(), self.condition.clone());
        let rule = RuleText { id, name, on: self.on, when, condition, then };
        if problems.is_empty() { Ok(rule) } else { Err(problems) }
    }
}

impl StepDraft {
    fn to_step(&self, place: usize) -> Result<StepText, Problem> {
        if self.action.is_empty() {
            return Err(Problem {
                at: Place::Action(place),
                text: "choose an action, or empty its input".to_owned(),
            });
        }
        let input = serde_json::from_str(&self.input).map_err(|error| {
            let text = format!("the input is no JSON at line {}, column {}", error.line(), error.column());
            Problem { at: Place::Input(place), text }
        })?;
        Ok(StepText { action: self.action.clone(), input })
    }
}

/// The example, about the record of the event.
fn of_event(mut input: Json) -> Json {
    for (name, value) in input.as_object_mut().into_iter().flatten() {
        match name.as_str() {
            "contactId" => *value = Json::from("=contact.ghl"),
            "lead_id" => *value = Json::from("=contact.helloleads"),
            _ => {}
        }
    }
    input
}

/// The example of a trigger, as an event of this connection.
pub(crate) fn example_event(trigger: &str, id: &ConnectionId) -> String {
    let mut detail = shared::action::catalogue::detail_of(trigger);
    if detail.is_object() {
        detail["connection"] = Json::from(id.as_str());
    }
    pretty(&detail)
}
