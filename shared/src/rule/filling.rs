//! A step's input: what stands in it, and what is worked out. A text that begins with `=` is an expression over the
//! event, as in a spreadsheet; what gives null is left out.

use serde_json::{Map, Value as Json};

use super::sight::{Sight, unknown};
use crate::expression::{Expression, LOOPS_OF_TEXTS_MAX, to_json};

/// How deep lists and maps may stand in each other.
const DEPTH_MAX: usize = 8;

/// An input that can be filled in.
#[derive(Clone, Debug)]
pub struct Filling(Part);

#[derive(Clone, Debug)]
enum Part {
    Plain(Json),
    /// With its place.
    Worked(String, Expression),
    List(Vec<Part>),
    Map(Vec<(String, Part)>),
}

impl Filling {
    /// # Errors
    /// What cannot be read, with its place.
    pub fn parse(input: &Json) -> Result<Self, String> {
        match input {
            Json::Object(_) => Part::parse(input, "", DEPTH_MAX).map(Self),
            _ => Err("input: expected an object, such as {\"contactId\": \"=contact.ghl\"}".to_owned()),
        }
    }

    /// The input for an event.
    ///
    /// # Errors
    /// The first expression that gives nothing, with its place and without any value.
    pub fn fill(&self, sight: &Sight) -> Result<Json, String> {
        let context = sight.context();
        self.0.fill(&context).map(Option::unwrap_or_default)
    }

    /// Where its expressions stand.
    pub(super) fn places(&self) -> Vec<String> {
        let mut places = Vec::new();
        self.0.collect_places(&mut places);
        places
    }
}

impl Part {
    fn parse(json: &Json, place: &str, depth: usize) -> Result<Self, String> {
        let deeper = depth.checked_sub(1).ok_or_else(|| {
            format!("input.{place}: lists and objects stand in each other more than {DEPTH_MAX} deep")
        })?;
        Ok(match json {
            Json::String(text) if text.starts_with('=') => {
                let expression = Expression::parse_within(text[1..].trim(), LOOPS_OF_TEXTS_MAX);
                let expression = expression.map_err(|wrong| format!("input.{place}: {wrong}"))?;
                Self::Worked(place.to_owned(), expression)
            }
            Json::Array(items) => {
                let items = items.iter().enumerate();
                let parts =
                    items.map(|(number, item)| Self::parse(item, &format!("{place}[{number}]"), deeper));
                Self::List(parts.collect::<Result<_, _>>()?)
            }
            Json::Object(members) => {
                let parts = members.iter().map(|(name, value)| {
                    let place = if place.is_empty() { name.clone() } else { format!("{place}.{name}") };
                    Ok((name.clone(), Self::parse(value, &place, deeper)?))
                });
                Self::Map(parts.collect::<Result<_, String>>()?)
            }
            plain => Self::Plain(plain.clone()),
        })
    }

    /// None where an expression gives null.
    fn fill(&self, context: &cel::Context<'_, '_>) -> Result<Option<Json>, String> {
        Ok(Some(match self {
            Self::Plain(json) => json.clone(),
            Self::Worked(place, expression) => {
                let given = expression.work_out(context).map_err(|error| match error {
                    cel::ExecutionError::UndeclaredReference(name) => {
                        format!("input.{place}: {}", unknown(&name))
                    }
                    error => format!("input.{place}: {}", expression.in_words(&error)),
                })?;
                let given = to_json(&given)
                    .ok_or_else(|| format!("input.{place}: the expression gives nothing that JSON has"))?;
                return Ok(Some(given).filter(|given| !given.is_null()));
            }
            Self::List(parts) => {
                let filled = parts.iter().filter_map(|part| part.fill(context).transpose());
                Json::Array(filled.collect::<Result<_, _>>()?)
            }
            Self::Map(parts) => {
                let filled = parts.iter().filter_map(|(name, part)| match part.fill(context) {
                    Ok(None) => None,
                    Ok(Some(json)) => Some(Ok((name.clone(), json))),
                    Err(wrong) => Some(Err(wrong)),
                });
                Json::Object(filled.collect::<Result<Map<_, _>, String>>()?)
            }
        }))
    }

    fn collect_places(&self, places: &mut Vec<String>) {
        match self {
            Self::Plain(_) => {}
            Self::Worked(place, _) => places.push(place.clone()),
            Self::List(parts) => parts.iter().for_each(|part| part.collect_places(places)),
            Self::Map(parts) => parts.iter().for_each(|(_, part)| part.collect_places(places)),
        }
    }
}
