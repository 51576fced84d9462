//! Rules: when something happens, if something holds, then actions are asked for. A rule is data of one connection;
//! what is wrong with one is said when it is entered, with its place.

pub mod filling;
pub mod reach;
pub mod ready;
pub mod sight;
pub mod stopped;

use cel::Value;
use serde::{Deserialize, Serialize};
use serde_json::Value as Json;

use crate::action::asked::INPUT_MAX as FILLED_MAX;
use crate::action::{Action, Effect, catalogue};
use crate::expression::{Expression, LOOPS_OF_TEXTS_MAX, kind_of};
use crate::model::ids::RuleId;
use filling::Filling;
use sight::Sight;

/// The most rules of a connection, and steps of a rule.
pub const RULES_MAX: usize = 50;
pub const STEPS_MAX: usize = 10;

/// The most characters of a rule's name, and of a step's input.
const NAME_MAX: usize = 100;
const INPUT_MAX: usize = 5_000;

/// The most characters of all rules together: they stand in one row, and DynamoDB takes rows of 400 KB.
const WHOLE_MAX: usize = 200_000;

/// A rule as it is entered and stored.
#[derive(Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct RuleText {
    pub id: RuleId,
    pub name: String,
    pub on: bool,
    /// The name of a trigger.
    pub when: String,
    /// An expression; blank: always.
    #[serde(default)]
    pub condition: String,
    pub then: Vec<StepText>,
}

#[derive(Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct StepText {
    pub action: String,
    /// What the action takes. A text that begins with `=` is an expression, as in a spreadsheet.
    pub input: Json,
}

/// A rule holds texts that people wrote: a debug print shows what it is, and none of them.
impl std::fmt::Debug for RuleText {
    fn fmt(&self, formatter: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        write!(formatter, "RuleText({}: {}, {} steps)", self.id, self.when, self.then.len())
    }
}

/// Where something is wrong with a rule.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Place {
    Name,
    When,
    Condition,
    /// The rule, or all rules together.
    Whole,
    Action(usize),
    Input(usize),
}

/// One thing that is wrong with a rule. Holds no value.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Problem {
    pub at: Place,
    pub text: String,
}

impl std::fmt::Display for Problem {
    fn fmt(&self, formatter: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        match self.at {
            Place::Name => write!(formatter, "the name {}", self.text),
            Place::When => write!(formatter, "when: {}", self.text),
            Place::Condition => write!(formatter, "if: {}", self.text),
            Place::Whole => formatter.write_str(&self.text),
            Place::Action(step) | Place::Input(step) => write!(formatter, "step {}: {}", step + 1, self.text),
        }
    }
}

/// A rule that can be followed.
#[derive(Clone, Debug)]
pub struct Rule {
    pub id: RuleId,
    pub name: String,
    condition: Option<Expression>,
    steps: Vec<Step>,
}

#[derive(Clone, Debug)]
struct Step {
    action: Action,
    input: Filling,
}

/// An action that a rule comes to.
#[derive(Clone, Debug, PartialEq)]
pub struct Wanted {
    pub action: &'static str,
    pub input: Json,
}

impl Rule {
    /// Reads a rule that somebody enters, and tries it on an event that might come: nothing declares an expression's
    /// type.
    ///
    /// # Errors
    /// All that is wrong with it.
    pub fn parse(text: &RuleText) -> Result<Self, Vec<Problem>> {
        let rule = Self::read(text)?;
        match rule.tried(&text.when) {
            Some(problem) => Err(vec![problem]),
            None => Ok(rule),
        }
    }

    /// Reads one that was checked when it was entered.
    ///
    /// # Errors
    /// All that is wrong with it by now, such as an action that there is no more.
    pub fn read(text: &RuleText) -> Result<Self, Vec<Problem>> {
        let mut problems = Vec::new();
        let mut wrong = |at, text: String| problems.push(Problem { at, text });
        if text.name.trim().is_empty() || text.name.chars().count() > NAME_MAX {
            wrong(Place::Name, format!("has 1 to {NAME_MAX} characters"));
        }
        if !triggers().any(|name| name == text.when) {
            wrong(Place::When, "no trigger has this name, or rules cannot listen to it".to_owned());
        }
        let condition = match text.condition.trim() {
            "" => None,
            condition => Expression::parse_within(condition, LOOPS_OF_TEXTS_MAX)
                .map_err(|text| wrong(Place::Condition, text))
                .ok(),
        };
        if text.then.is_empty() || text.then.len() > STEPS_MAX {
            wrong(Place::Whole, format!("a rule has 1 to {STEPS_MAX} steps"));
        }
        let mut steps = Vec::new();
        for (place, step) in text.then.iter().enumerate().take(STEPS_MAX) {
            match Step::parse(place, step) {
                Ok(step) => steps.push(step),
                Err(problem) => problems.push(problem),
            }
        }
        let rule = Self { id: text.id.clone(), name: text.name.clone(), condition, steps };
        if problems.is_empty() { Ok(rule) } else { Err(problems) }
    }

    fn tried(&self, when: &str) -> Option<Problem> {
        let sight = Sight::example(when);
        if let Some(condition) = &self.condition
            && let Err(text) = truth(condition, &sight, true)
        {
            return Some(Problem { at: Place::Condition, text });
        }
        let places = self.steps.iter().enumerate();
        let mut tried = places.map(|(place, step)| (place, step.tried(&sight)));
        tried.find_map(|(place, tried)| Some(Problem { at: Place::Input(place), text: tried? }))
    }

    /// Whether its condition holds.
    ///
    /// # Errors
    /// What the condition did instead of giving a truth, without any value.
    pub fn holds(&self, sight: &Sight) -> Result<bool, String> {
        self.condition.as_ref().map_or(Ok(true), |condition| truth(condition, sight, false))
    }

    /// The actions that it comes to, in order.
    ///
    /// # Errors
    /// The first step that cannot be made of what is there, and why, without any value.
    pub fn wants(&self, sight: &Sight) -> Result<Vec<Wanted>, Problem> {
        let steps = self.steps.iter().enumerate();
        let filled = steps.map(|(place, step)| {
            let input = step.input.fill(sight);
            let input = input.and_then(|input| step.checked(input));
            let input = input.map_err(|text| Problem { at: Place::Input(place), text })?;
            Ok(Wanted { action: step.action.about().name, input })
        });
        filled.collect()
    }

    /// How many of its steps write.
    pub fn writes(&self) -> u32 {
        let writes = self.steps.iter().filter(|step| step.action.about().effect != Effect::Reads);
        writes.count() as u32
    }
}

impl Step {
    fn parse(place: usize, text: &StepText) -> Result<Self, Problem> {
        let wrong = |at, text: String| Problem { at, text };
        let action = Action::named(&text.action)
            .ok_or_else(|| wrong(Place::Action(place), "no action has this name".to_owned()))?;
        if text.input.to_string().chars().count() > INPUT_MAX {
            let text = format!("the input has more than {INPUT_MAX} characters");
            return Err(wrong(Place::Input(place), text));
        }
        let input = Filling::parse(&text.input).map_err(|text| wrong(Place::Input(place), text))?;
        Ok(Self { action, input })
    }

    fn checked(&self, input: Json) -> Result<Json, String> {
        if input.to_string().len() > FILLED_MAX {
            return Err(format!("the input has more than {FILLED_MAX} characters"));
        }
        let checked = self.action.about().input.check(&input);
        checked.map(|()| input).map_err(|wrong| wrong.to_string())
    }

    /// What is wrong with its form. What an expression gives is known when it is worked out on what really came.
    fn tried(&self, sight: &Sight) -> Option<String> {
        match self.input.fill(sight) {
            Err(text) => sight::is_unknown(&text).then_some(text),
            Ok(input) => {
                let wrong = self.action.about().input.check(&input).err()?;
                let is_given =
                    self.input.places().iter().any(|place| format!("input.{place}") == wrong.place);
                (!is_given).then(|| wrong.to_string())
            }
        }
    }
}

/// `lenient` lets pass what may be there another time.
fn truth(condition: &Expression, sight: &Sight, lenient: bool) -> Result<bool, String> {
    match condition.work_out(&sight.context()) {
        Ok(Value::Bool(holds)) => Ok(holds),
        Ok(other) => Err(format!("the expression gives a {} rather than true or false", kind_of(&other))),
        Err(cel::ExecutionError::UndeclaredReference(name)) => Err(sight::unknown(&name)),
        Err(_) if lenient => Ok(false),
        Err(error) => Err(condition.in_words(&error)),
    }
}

/// The triggers that rules can listen to: all but that a rule was stopped, which could stop it for ever.
pub fn triggers() -> impl Iterator<Item = &'static str> {
    catalogue::triggers().filter(|name| *name != stopped::STOPPED)
}

/// All rules of a connection, as they are stored.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
pub struct Rules {
    #[serde(default)]
    pub rules: Vec<RuleText>,
    /// Raised with each change; a write names the version that it read.
    #[serde(default)]
    pub version: u64,
}

impl Rules {
    pub fn of(&self, id: &RuleId) -> Option<&RuleText> {
        self.rules.iter().find(|rule| rule.id == *id)
    }

    /// Puts a rule in, in the place of the one with its id.
    ///
    /// # Errors
    /// All that is wrong with it.
    pub fn put(&mut self, rule: RuleText) -> Result<(), Vec<Problem>> {
        Rule::parse(&rule)?;
        let whole = |text: String| vec![Problem { at: Place::Whole, text }];
        match self.rules.iter().position(|known| known.id == rule.id) {
            Some(place) => self.rules[place] = rule,
            None if self.rules.len() >= RULES_MAX => {
                return Err(whole(format!("a connection has at most {RULES_MAX} rules; delete one first")));
            }
            None => self.rules.push(rule),
        }
        let long = serde_json::to_string(&self.rules).map_or(usize::MAX, |text| text.len());
        if long > WHOLE_MAX {
            return Err(whole(format!("all rules together have more than {WHOLE_MAX} characters")));
        }
        Ok(())
    }

    /// Whether any of them may look at what HelloLeads alone knows of a lead, and what is read only where somebody
    /// asks.
    pub fn look_at_facts(&self) -> bool {
        let facts = ["stage", "list"];
        let texts = self.rules.iter().flat_map(|rule| {
            let inputs = rule.then.iter().map(|step| step.input.to_string());
            inputs.chain([rule.condition.clone()])
        });
        texts.collect::<Vec<_>>().iter().any(|text| facts.iter().any(|fact| text.contains(fact)))
    }

    /// Those that are on and listen to this trigger.
    pub fn listening(&self, trigger: &str) -> impl Iterator<Item = &RuleText> {
        self.rules.iter().filter(move |rule| rule.on && rule.when == trigger)
    }
}
