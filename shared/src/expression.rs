//! Expressions of the Common Expression Language (CEL) that people enter, for filters and for rules.
//!
//! Its parser calls itself for each bracket and sign, and an expression is worked out while others wait: so length,
//! depth and loops within loops are limited before anything is read or worked out. What goes wrong is said without any
//! value.

use std::sync::Arc;

use cel::common::ast::{EntryExpr, Expr, IdedExpr};
use cel::{Context, ExecutionError, Program, Value};
use serde_json::Value as Json;

/// The most characters of an expression.
pub const EXPRESSION_MAX: usize = 1_000;

/// How deep brackets may stand in each other, how many signs may stand in a row, and how many comparisons and sums
/// there may be: the parser calls itself for each, and a stack has an end.
const DEPTH_MAX: usize = 10;
const OPERATORS_MAX: usize = 50;

/// How deep `exists`, `all`, `map` and `filter` may stand in each other: each goes through a whole list for each item
/// of the one around it.
const LOOPS_MAX: usize = 2;
/// The same where an expression may give texts, and not only a truth: each round may make a long one.
pub const LOOPS_OF_TEXTS_MAX: usize = 1;

/// The deepest list or map that an expression may give.
const GIVEN_DEPTH_MAX: usize = 10;

/// One that can be read.
#[derive(Clone)]
pub struct Expression {
    program: Arc<Program>,
    text: Arc<str>,
}

impl Expression {
    /// # Errors
    /// What is wrong with it, in words.
    pub fn parse(text: &str) -> Result<Self, String> {
        Self::parse_within(text, LOOPS_MAX)
    }

    /// The same, with so many loops within loops.
    ///
    /// # Errors
    /// What is wrong with it, in words.
    pub fn parse_within(text: &str, loops_max: usize) -> Result<Self, String> {
        if text.chars().count() > EXPRESSION_MAX {
            return Err(format!("the expression is longer than {EXPRESSION_MAX} characters; shorten it"));
        }
        if is_too_deep(text) {
            return Err(format!(
                "the expression is nested deeper than {DEPTH_MAX} brackets or signs, or has more than {OPERATORS_MAX} comparisons; shorten it"
            ));
        }
        let program = Program::compile(text).map_err(|errors| {
            let (line, column) = errors.errors.first().map_or((1, 1), |error| error.pos);
            let told = errors.errors.first().map_or("", |error| error.msg.lines().next().unwrap_or_default());
            format!("the expression cannot be read at line {line}, column {column}: {told}")
        })?;
        if loops(program.expression()) > loops_max {
            return Err(format!(
                "the expression goes through lists within lists more than {loops_max} deep; shorten it"
            ));
        }
        Ok(Self { program: Arc::new(program), text: text.into() })
    }

    /// Whether it names this variable.
    pub fn names(&self, variable: &str) -> bool {
        self.program.references().has_variable(variable)
    }

    /// Works it out.
    ///
    /// # Errors
    /// What CEL says, which may hold values: [`Self::in_words`] says it without.
    pub fn work_out(&self, context: &Context<'_, '_>) -> Result<Value, ExecutionError> {
        self.program.execute(context)
    }

    /// What went wrong when it was worked out. A name that the expression itself does not hold was made of a value.
    pub fn in_words(&self, error: &ExecutionError) -> String {
        match error {
            ExecutionError::UndeclaredReference(name) => {
                format!("the expression names \"{name}\", which there is not")
            }
            ExecutionError::NoSuchKey(name) if self.holds(name) => {
                format!("the expression names \"{name}\", which is not there")
            }
            ExecutionError::NoSuchKey(_) => "the expression asks for something that is not there".to_owned(),
            ExecutionError::IndexOutOfBounds(_) => {
                "the expression asks for more items than a list has".to_owned()
            }
            ExecutionError::FunctionError { function, .. } => {
                format!("the function {function} cannot take what it is given")
            }
            _ => "the expression compares or joins things that do not go together".to_owned(),
        }
    }

    /// Whether this stands in it as it was entered.
    pub fn holds(&self, name: &str) -> bool {
        self.text.contains(name)
    }
}

/// An expression may hold somebody's address: a debug print does not show it.
impl std::fmt::Debug for Expression {
    fn fmt(&self, formatter: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        formatter.write_str("Expression(…)")
    }
}

/// What an expression gave, by its kind.
pub fn kind_of(value: &Value) -> &'static str {
    match value {
        Value::String(_) => "text",
        Value::Bool(_) => "truth",
        Value::Int(_) | Value::UInt(_) | Value::Float(_) => "number",
        Value::List(_) => "list",
        Value::Map(_) => "map",
        _ => "value",
    }
}

/// A JSON value as expressions see it; whole numbers are all of one kind.
pub fn to_cel(json: &Json) -> Value {
    match json {
        Json::Null => Value::Null,
        Json::Bool(is) => Value::Bool(*is),
        Json::Number(number) => {
            number.as_i64().map_or_else(|| Value::Float(number.as_f64().unwrap_or_default()), Value::Int)
        }
        Json::String(text) => Value::from(text.as_str()),
        Json::Array(items) => Value::from(items.iter().map(to_cel).collect::<Vec<_>>()),
        Json::Object(members) => {
            let members = members.iter().map(|(name, value)| (name.clone(), to_cel(value)));
            Value::from(members.collect::<std::collections::HashMap<String, Value>>())
        }
    }
}

/// What an expression gave, as JSON; none where JSON has no such thing.
pub fn to_json(value: &Value) -> Option<Json> {
    to_json_within(value, GIVEN_DEPTH_MAX)
}

fn to_json_within(value: &Value, depth: usize) -> Option<Json> {
    let deeper = depth.checked_sub(1)?;
    Some(match value {
        Value::Null => Json::Null,
        Value::Bool(is) => Json::from(*is),
        Value::Int(number) => Json::from(*number),
        Value::UInt(number) => Json::from(*number),
        Value::Float(number) => Json::from(serde_json::Number::from_f64(*number)?),
        Value::String(text) => Json::from(text.as_str()),
        Value::List(items) => {
            Json::Array(items.iter().map(|item| to_json_within(item, deeper)).collect::<Option<_>>()?)
        }
        Value::Map(map) => {
            let members = map.map.iter().map(|(key, value)| match key {
                cel::objects::Key::String(name) => Some((name.to_string(), to_json_within(value, deeper)?)),
                _ => None,
            });
            Json::Object(members.collect::<Option<_>>()?)
        }
        _ => return None,
    })
}

/// Whether reading it could use up the stack. Signs inside of texts count too: nobody needs that many.
fn is_too_deep(expression: &str) -> bool {
    let choices = expression.matches('?').count();
    let (mut brackets, mut signs, mut operators, mut deepest) = (0_usize, 0_usize, 0_usize, choices);
    for sign in expression.chars().filter(|c| !c.is_whitespace()) {
        match sign {
            '(' | '[' | '{' => brackets += 1,
            ')' | ']' | '}' => brackets = brackets.saturating_sub(1),
            '+' | '-' | '*' | '/' | '%' | '<' | '>' | '=' => operators += 1,
            _ => {}
        }
        signs = if matches!(sign, '!' | '-') { signs + 1 } else { 0 };
        deepest = deepest.max(brackets + choices).max(signs);
    }
    deepest > DEPTH_MAX || operators > 2 * OPERATORS_MAX
}

/// How deep its loops stand in each other.
fn loops(expression: &IdedExpr) -> usize {
    let deepest = |all: &mut dyn Iterator<Item = &IdedExpr>| all.map(loops).max().unwrap_or_default();
    match &expression.expr {
        Expr::Unspecified | Expr::Ident(_) | Expr::Literal(_) => 0,
        Expr::Call(call) => deepest(&mut call.target.as_deref().into_iter().chain(&call.args)),
        Expr::Comprehension(inner) => {
            let each = [&inner.iter_range, &inner.accu_init, &inner.result];
            let again = [&inner.loop_cond, &inner.loop_step];
            deepest(&mut each.into_iter()).max(1 + deepest(&mut again.into_iter()))
        }
        Expr::List(list) => deepest(&mut list.elements.iter()),
        Expr::Map(map) => map.entries.iter().map(|entry| of_entry(&entry.expr)).max().unwrap_or_default(),
        Expr::Select(select) => loops(&select.operand),
        Expr::Struct(all) => all.entries.iter().map(|entry| of_entry(&entry.expr)).max().unwrap_or_default(),
    }
}

fn of_entry(entry: &EntryExpr) -> usize {
    match entry {
        EntryExpr::StructField(field) => loops(&field.value),
        EntryExpr::MapEntry(entry) => loops(&entry.key).max(loops(&entry.value)),
    }
}

#[cfg(test)]
mod tests {
    use serde_json::json;

    use super::*;

    fn worked_out(text: &str) -> Option<Json> {
        let mut context = Context::default();
        context.add_variable_from_value("event", to_cel(&json!({ "version": 1, "fields": ["phone"] })));
        to_json(&Expression::parse(text).unwrap().work_out(&context).unwrap())
    }

    #[test]
    fn json_goes_in_and_comes_out_as_it_was() {
        assert_eq!(worked_out("event.version + 1"), Some(json!(2)));
        assert_eq!(worked_out("event"), Some(json!({ "version": 1, "fields": ["phone"] })));
        assert_eq!(worked_out("[event.fields[0], 1.5, true, null]"), Some(json!(["phone", 1.5, true, null])));
        assert_eq!(worked_out("{1: 2}"), None, "JSON's names are texts");
    }

    #[test]
    fn what_would_take_for_ever_is_refused() {
        let many = ["1"; 300].join(",");
        let two = format!("[{many}].map(a, [a].map(b, b))");
        assert!(Expression::parse(&two).is_ok());
        let three = format!("[{many}].map(a, [a].map(b, [b].map(c, c)))");
        assert!(Expression::parse(&three).unwrap_err().contains("within lists"));
        assert!(Expression::parse(&"(".repeat(11)).is_err());
        assert!(Expression::parse(&format!("\"{}\"", "x".repeat(EXPRESSION_MAX))).is_err());
    }

    #[test]
    fn what_went_wrong_is_said_without_values() {
        let mut context = Context::default();
        context.add_variable_from_value("name", "ann@example.com");
        for wrong in ["name + 1", "name < 1", "{}[name]", "[1][7]", "name.size(name)", "nobody"] {
            let expression = Expression::parse(wrong).unwrap();
            let says = expression.in_words(&expression.work_out(&context).unwrap_err());
            assert!(!says.contains("example.com"), "{wrong}: {says}");
        }
    }
}
