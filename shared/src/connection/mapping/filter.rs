//! Which contacts sync: a list of plain tests, or an expression of the Common Expression Language (CEL). Tests are
//! turned into an expression, so that there is one way of deciding.
//!
//! An expression sees the standard fields by their names, as texts that are empty where blank; the lines of the address
//! as `street`, `city`, `state` and `postal_code`; `tags`, a list of texts; `custom`, a map from the names of the
//! mapping's pairs to texts; and `list` and `stage`, which HelloLeads alone has.

use std::collections::HashMap;

use cel::Context;
use serde::{Deserialize, Serialize};

use super::transform::as_typed;
use crate::expression::{Expression, kind_of};
use crate::model::record::{Address, Field, Record, Value};
use crate::normalise::tag;

/// The most tests of a list.
const TESTS_MAX: usize = 20;

/// A filter as it is stored.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum FilterText {
    /// Every test holds.
    All(Vec<Test>),
    /// At least one holds.
    Any(Vec<Test>),
    Cel(String),
}

/// One test: what it looks at, how, and for what.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Test {
    /// `tag`, `list`, `stage`, or a field by its name.
    pub what: String,
    pub is: Compare,
    #[serde(default, skip_serializing_if = "String::is_empty")]
    pub value: String,
}

#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Compare {
    Is,
    IsNot,
    Contains,
    Blank,
    Filled,
}

impl Compare {
    pub const ALL: [Self; 5] = [Self::Is, Self::IsNot, Self::Contains, Self::Blank, Self::Filled];

    pub fn as_str(self) -> &'static str {
        match self {
            Self::Is => "is",
            Self::IsNot => "is_not",
            Self::Contains => "contains",
            Self::Blank => "blank",
            Self::Filled => "filled",
        }
    }

    pub fn words(self) -> &'static str {
        match self {
            Self::Is => "is",
            Self::IsNot => "is not",
            Self::Contains => "contains",
            Self::Blank => "is blank",
            Self::Filled => "is not blank",
        }
    }

    fn needs_value(self) -> bool {
        matches!(self, Self::Is | Self::IsNot | Self::Contains)
    }
}

/// What a test may look at besides fields, and the lines of the address.
pub const TAG: &str = "tag";
pub const FACTS: [Field; 2] = [Field::LIST, Field::STAGE];
const LINES: [&str; 4] = ["street", "city", "state", "postal_code"];

/// A filter that compiles and gives a truth.
#[derive(Clone)]
pub struct Filter {
    text: FilterText,
    expression: Expression,
    /// The names of the mapping's pairs, all of which an expression may name.
    custom: Vec<String>,
}

impl Filter {
    /// # Errors
    /// What is wrong with the tests or the expression, in words.
    pub fn parse(text: FilterText, custom: Vec<String>) -> Result<Self, String> {
        let expression = to_expression(&text, &custom)?;
        let expression = Expression::parse(&expression)?;
        let filter = Self { text, expression, custom };
        // Nothing declares an expression's type: it is tried on contacts that have little and much.
        for record in [Record::default(), filter.full_record()] {
            filter.holds(&record)?;
        }
        Ok(filter)
    }

    pub fn text(&self) -> &FilterText {
        &self.text
    }

    /// Whether the expression names this variable.
    pub fn names(&self, field: &Field) -> bool {
        let name = field.as_fact().unwrap_or(field.as_str());
        self.expression.names(name)
    }

    /// Whether a contact that holds this is synced.
    ///
    /// # Errors
    /// What the expression did instead of giving a truth. It names no value of the contact.
    pub fn holds(&self, record: &Record) -> Result<bool, String> {
        let mut context = Context::default();
        let set = |context: &mut Context<'_, '_>, name: &str, text: &str| {
            context.add_variable_from_value(name.to_owned(), text.to_owned());
        };
        for field in Field::STANDARD.into_iter().chain(FACTS).filter(|field| *field != Field::ADDRESS) {
            let name = field.as_fact().unwrap_or(field.as_str()).to_owned();
            set(&mut context, &name, as_typed(record.text(&field).unwrap_or_default()));
        }
        let blank = Address::default();
        let address = record.get(&Field::ADDRESS).and_then(Value::as_address).unwrap_or(&blank);
        for (name, line) in LINES.into_iter().zip(address.lines()) {
            set(&mut context, name, line);
        }
        let tags: Vec<String> = record.tags().map(str::to_owned).collect();
        context.add_variable_from_value("tags", tags);
        let custom = |name: &String| {
            let text = record.text(&Field::custom(name)).unwrap_or_default();
            (name.clone(), as_typed(text).to_owned())
        };
        let custom: HashMap<String, String> = self.custom.iter().map(custom).collect();
        context.add_variable_from_value("custom", custom);
        match self.expression.work_out(&context) {
            Ok(cel::Value::Bool(holds)) => Ok(holds),
            Ok(other) => Err(format!("the expression gives a {} rather than true or false", kind_of(&other))),
            Err(cel::ExecutionError::UndeclaredReference(name)) => Err(format!(
                "the expression names \"{name}\", which no contact has; it may name {}, tags, custom.<name>, list and stage",
                Field::STANDARD.map(|field| field.as_str().to_owned()).join(", ")
            )),
            // A name that the expression itself does not hold was made of a value.
            Err(cel::ExecutionError::NoSuchKey(name)) if self.expression.holds(&name) => {
                Err(format!("the expression names \"{name}\", which the mapping has no pair for"))
            }
            Err(_) => Err(
                "the expression compares or joins things that do not go together; compare texts with texts"
                    .into(),
            ),
        }
    }

    /// A contact that has a text everywhere.
    fn full_record(&self) -> Record {
        let fields = Field::STANDARD.into_iter().chain(FACTS);
        let fields = fields.chain(self.custom.iter().map(|name| Field::custom(name)));
        let mut record: Record = fields.map(|field| (field, Value::text("x"))).collect();
        let line = || "x".to_owned();
        let address = Address { street: line(), city: line(), state: line(), postal_code: line() };
        record.put(Field::ADDRESS, Some(Value::Address(address)));
        record.put(Field::tag("x"), Some(Value::Set));
        record
    }
}

fn to_expression(text: &FilterText, custom: &[String]) -> Result<String, String> {
    let (tests, between) = match text {
        FilterText::Cel(expression) => return Ok(expression.clone()),
        FilterText::All(tests) => (tests, " && "),
        FilterText::Any(tests) => (tests, " || "),
    };
    if tests.is_empty() || tests.len() > TESTS_MAX {
        return Err(format!("a filter has at least one test and at most {TESTS_MAX}"));
    }
    let tests: Result<Vec<String>, String> = tests.iter().map(|test| of_test(test, custom)).collect();
    Ok(tests?.join(between))
}

fn of_test(test: &Test, custom: &[String]) -> Result<String, String> {
    let quoted = |text: &str| serde_json::Value::from(text).to_string();
    let value = test.value.trim();
    if test.is.needs_value() && value.is_empty() {
        return Err(format!("the test of \"{}\" has nothing to compare with; enter a value", test.what));
    }
    if test.what == TAG {
        let name = quoted(&tag::normalise(value).unwrap_or_default());
        return Ok(match test.is {
            Compare::Is => format!("{name} in tags"),
            Compare::IsNot => format!("!({name} in tags)"),
            Compare::Contains => format!("tags.exists(tag, tag.contains({name}))"),
            Compare::Blank => "size(tags) == 0".to_owned(),
            Compare::Filled => "size(tags) > 0".to_owned(),
        });
    }
    let known = Field::STANDARD.iter().chain(&FACTS).map(|field| field.as_fact().unwrap_or(field.as_str()));
    let is_known = known.chain(LINES).any(|name| name == test.what && name != Field::ADDRESS.as_str());
    let what = match custom.contains(&test.what) {
        true => format!("custom[{}]", quoted(&test.what)),
        false if is_known => test.what.clone(),
        false => return Err(format!("no contact has \"{}\" that could be tested", test.what)),
    };
    Ok(match test.is {
        Compare::Is => format!("{what} == {}", quoted(value)),
        Compare::IsNot => format!("{what} != {}", quoted(value)),
        Compare::Contains => format!("{what}.contains({})", quoted(value)),
        Compare::Blank => format!("{what} == \"\""),
        Compare::Filled => format!("{what} != \"\""),
    })
}

impl PartialEq for Filter {
    fn eq(&self, other: &Self) -> bool {
        self.text == other.text && self.custom == other.custom
    }
}

impl Eq for Filter {}

/// An expression may hold somebody's address: a debug print does not show it.
impl std::fmt::Debug for Filter {
    fn fmt(&self, formatter: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        formatter.write_str("Filter(…)")
    }
}
