//! The fields that both accounts have, as they say it themselves, and what a mapping must heed of them.

use super::Mapping;
use super::direction::Direction;
use super::mapped::{CONTACT_CUSTOM, LEAD_CUSTOM, Mapped};
use super::problem::{BadMapping, Problem};
use super::transform::{Transform, same};
use crate::model::side::{PerSide, Side};

/// What a field takes.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Takes {
    Text,
    Number,
    Date,
    Phone,
    /// One of its options.
    Option,
    /// Several of its options, lists, files: nothing that one text could be.
    Other,
}

impl Takes {
    pub fn words(self) -> &'static str {
        match self {
            Self::Text => "text",
            Self::Number => "number",
            Self::Date => "date",
            Self::Phone => "phone number",
            Self::Option => "one of its options",
            Self::Other => "list or file",
        }
    }
}

/// A custom field of one side.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Known {
    /// What a mapping calls it.
    pub end: String,
    pub name: String,
    pub takes: Takes,
    pub options: Vec<String>,
}

/// The custom fields of both sides; none of a side that does not list them.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Catalogue(pub PerSide<Option<Vec<Known>>>);

impl Catalogue {
    fn known(&self, side: Side, end: &str) -> Option<&Known> {
        self.0.of(side).as_ref()?.iter().find(|known| known.end == end)
    }

    /// Whether the mapping fits what the accounts have.
    ///
    /// # Errors
    /// [`BadMapping`] says of each field what does not fit and what to do.
    pub fn check(&self, mapping: &Mapping) -> Result<(), BadMapping> {
        let mut problems = Vec::new();
        for mapped in mapping.custom() {
            let mut say = |text: String| problems.push(Problem::of(mapped.name(), text));
            for side in Side::BOTH {
                self.check_end(mapped, side, &mut say);
            }
        }
        if problems.is_empty() { Ok(()) } else { Err(BadMapping(problems)) }
    }

    fn check_end(&self, mapped: &Mapped, side: Side, say: &mut impl FnMut(String)) {
        let Some(end) = mapped.end(side) else { return };
        let custom = if side == Side::Ghl { CONTACT_CUSTOM } else { LEAD_CUSTOM };
        let Some(listed) = self.0.of(side).as_ref().filter(|_| end.starts_with(custom)) else { return };
        let Some(known) = self.known(side, end) else {
            let all: Vec<String> = listed.iter().map(|one| format!("{} ({})", one.end, one.name)).collect();
            let all = if all.is_empty() { "none".to_owned() } else { all.join(", ") };
            let account = if side == Side::Ghl { "this location" } else { "this account" };
            return say(format!(
                "{side} has no custom field \"{}\", which {account} does not have; it has: {all}",
                end.trim_start_matches(custom)
            ));
        };
        if let Transform::Options { options } = &mapped.transform {
            let words = options.iter().map(|pair| pair.of(side));
            for word in words.filter(|word| !known.options.is_empty() && !has(known, word)) {
                say(format!(
                    "\"{word}\" is no option of {side}'s {}; it has: {}",
                    known.name,
                    known.options.join(", ")
                ));
            }
        }
        if mapped.direction.reaches(side) {
            self.check_written(mapped, side, known, say);
        }
    }

    /// What is written must be what the field takes.
    fn check_written(&self, mapped: &Mapped, side: Side, known: &Known, say: &mut impl FnMut(String)) {
        let (name, transform) = (&known.name, &mapped.transform);
        let constant = match transform {
            Transform::Constant { value } => Some(value),
            _ => mapped.default.as_ref(),
        };
        let fits = |text: &str| match known.takes {
            Takes::Text | Takes::Phone => true,
            Takes::Number => crate::normalise::number::normalise(text).is_some(),
            Takes::Date => text.parse::<jiff::civil::Date>().is_ok(),
            Takes::Option => has(known, text),
            Takes::Other => false,
        };
        if let Some(text) = constant.filter(|text| !fits(text)) {
            say(format!("{side}'s {name} takes a {}, and \"{text}\" is none", known.takes.words()));
        }
        if matches!(transform, Transform::Constant { .. }) {
            return;
        }
        let wanted = match known.takes {
            Takes::Text => return,
            Takes::Number => "as a number",
            Takes::Date => "as a date",
            Takes::Phone => "as a phone number",
            Takes::Option => "by a table of options",
            Takes::Other => {
                let back = if side == Side::Ghl { Direction::ToHelloLeads } else { Direction::ToGhl };
                return say(format!(
                    "{side}'s {name} is a {}, which cannot be written as one text; choose {}, or another field",
                    known.takes.words(),
                    back.words()
                ));
            }
        };
        let is_right = match known.takes {
            Takes::Option => {
                matches!(transform, Transform::Options { .. }) || self.source_has_only(mapped, side, known)
            }
            _ => transform.words() == wanted,
        };
        if !is_right {
            say(format!("{side}'s {name} takes a {}; let it go {wanted}", known.takes.words()));
        }
    }

    /// Whether the source is a field whose options are all options of the target.
    fn source_has_only(&self, mapped: &Mapped, target: Side, known: &Known) -> bool {
        let source = mapped.end(target.other()).and_then(|end| self.known(target.other(), end));
        source.is_some_and(|source| {
            source.takes == Takes::Option && source.options.iter().all(|option| has(known, option))
        })
    }
}

fn has(known: &Known, word: &str) -> bool {
    known.options.iter().any(|option| same(option, word))
}

#[cfg(test)]
mod tests {
    use super::*;

    fn known(end: &str, takes: Takes, options: &[&str]) -> Known {
        let options = options.iter().map(|option| (*option).to_owned()).collect();
        Known { end: end.to_owned(), name: format!("Name of {end}"), takes, options }
    }

    fn catalogue() -> Catalogue {
        let of = |id: &str, takes, options: &[&str]| known(&format!("customFields.{id}"), takes, options);
        let ghl = vec![
            of("text", Takes::Text, &[]),
            of("number", Takes::Number, &[]),
            of("date", Takes::Date, &[]),
            of("heat", Takes::Option, &["Hot", "Cold"]),
            of("many", Takes::Other, &["A", "B"]),
        ];
        let leads =
            vec![known("custfields.7", Takes::Option, &["Hot"]), known("custfields.8", Takes::Text, &[])];
        Catalogue(PerSide::new(Some(leads), Some(ghl)))
    }

    fn check(lead: &str, ghl: &str, more: &str) -> Result<(), String> {
        let pair = format!(r#"{{"field":"b","helloleads":"{lead}","ghl":"customFields.{ghl}"{more}}}"#);
        let json = format!(r#"{{"version":2,"fields":[{{"field":"email"}},{pair}]}}"#);
        let mapping: Mapping = serde_json::from_str(&json).unwrap();
        catalogue().check(&mapping).map_err(|error| error.to_string())
    }

    #[test]
    fn what_the_accounts_do_not_have_or_take_is_refused_with_the_reason() {
        let options = |ghl: &str| {
            format!(r#","transform":{{"as":"options","options":[{{"helloleads":"Hot","ghl":"{ghl}"}}]}}"#)
        };
        let cases = [
            ("deal_size", "nope", String::new(), "does not have"),
            ("custfields.99", "text", String::new(), "HelloLeads has no custom field \"99\""),
            ("deal_size", "number", String::new(), "let it go as a number"),
            ("deal_size", "date", String::new(), "let it go as a date"),
            ("potential", "heat", String::new(), "by a table of options"),
            ("potential", "heat", options("Tepid"), "\"Tepid\" is no option of GHL's"),
            ("deal_size", "many", String::new(), "cannot be written as one text"),
            (
                "deal_size",
                "number",
                r#","direction":"to_ghl","transform":{"as":"constant","value":"x"}"#.into(),
                "\"x\" is none",
            ),
        ];
        for (lead, ghl, more, expected) in cases {
            let error = check(lead, ghl, &more).expect_err(ghl);
            assert!(error.contains(expected), "{ghl}: {error}");
        }
        let good = [
            ("deal_size", "number", r#","transform":{"as":"number"}"#.to_owned()),
            ("potential", "heat", options("Hot")),
            ("deal_size", "many", r#","direction":"to_helloleads""#.to_owned()),
            ("custfields.8", "text", String::new()),
            ("custfields.7", "heat", r#","direction":"to_ghl""#.to_owned()),
        ];
        for (lead, ghl, more) in good {
            assert_eq!(check(lead, ghl, &more), Ok(()), "{lead} {ghl}");
        }
    }

    #[test]
    fn a_side_that_does_not_list_its_fields_is_taken_at_the_mappings_word() {
        let pair = r#"{"field":"b","helloleads":"custfields.99","ghl":"customFields.nope"}"#;
        let json = format!(r#"{{"version":2,"fields":[{{"field":"email"}},{pair}]}}"#);
        let mapping: Mapping = serde_json::from_str(&json).unwrap();
        assert_eq!(Catalogue::default().check(&mapping), Ok(()));
    }
}
