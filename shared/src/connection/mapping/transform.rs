//! What becomes of a value on its way from one side to the other, chosen from a list.
//!
//! Each field has one *common form*, in which both sides' values are compared and mirrored. Reading a side makes the
//! common form of what it shows; writing makes what that side is told. For a field that goes both ways, what was
//! written reads back as the same common form: nothing that we write looks like a person's edit. A value that has no
//! common form, such as a word where a date belongs, is read as one that the other side cannot take: it stays where it
//! is, and the record is listed.

use serde::{Deserialize, Serialize};

use super::direction::Direction;
use crate::model::side::{PerSide, Side};
use crate::normalise::{number, phone, text};

/// Stands before a value that has no common form. No text that was read holds it: it is white space (a vertical tab) to
/// [`text::normalise`].
const UNREADABLE: char = '\u{b}';

/// The choices.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(tag = "as", rename_all = "snake_case", deny_unknown_fields)]
pub enum Transform {
    /// Trimmed, with inner white space as single spaces.
    #[default]
    Trim,
    Upper,
    Lower,
    /// A phone number, as E.164.
    Phone,
    /// A calendar date, in the form that each side wants.
    Date {
        helloleads: DateForm,
        ghl: DateForm,
    },
    /// A number, without thousands separators and trailing zeros.
    Number,
    /// One side's words for the other's.
    Options {
        options: Vec<PerSide<String>>,
    },
    /// Always this, whatever the source holds. It needs no source.
    Constant {
        value: String,
    },
}

/// How a side writes a date.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
pub enum DateForm {
    #[default]
    #[serde(rename = "YYYY-MM-DD")]
    Iso,
    #[serde(rename = "DD/MM/YYYY")]
    DaySlash,
    #[serde(rename = "DD-MM-YYYY")]
    DayDash,
    #[serde(rename = "DD.MM.YYYY")]
    DayDot,
    #[serde(rename = "MM/DD/YYYY")]
    MonthSlash,
}

impl DateForm {
    pub const ALL: [Self; 5] = [Self::Iso, Self::DaySlash, Self::DayDash, Self::DayDot, Self::MonthSlash];

    pub fn as_str(self) -> &'static str {
        match self {
            Self::Iso => "YYYY-MM-DD",
            Self::DaySlash => "DD/MM/YYYY",
            Self::DayDash => "DD-MM-YYYY",
            Self::DayDot => "DD.MM.YYYY",
            Self::MonthSlash => "MM/DD/YYYY",
        }
    }

    fn pattern(self) -> &'static str {
        match self {
            Self::Iso => "%Y-%m-%d",
            Self::DaySlash => "%d/%m/%Y",
            Self::DayDash => "%d-%m-%Y",
            Self::DayDot => "%d.%m.%Y",
            Self::MonthSlash => "%m/%d/%Y",
        }
    }

    /// The date as `YYYY-MM-DD`; what stands behind it, such as a time of day, is dropped.
    fn read(self, text: &str) -> Option<String> {
        let day = text.split(['T', ' ']).next().unwrap_or(text);
        let date = jiff::civil::Date::strptime(self.pattern(), day);
        let date = date.or_else(|_| jiff::civil::Date::strptime(Self::Iso.pattern(), day)).ok()?;
        (1000..=9999).contains(&date.year()).then(|| date.to_string())
    }

    fn write(self, iso: &str) -> Option<String> {
        let date: jiff::civil::Date = iso.parse().ok()?;
        Some(date.strftime(self.pattern()).to_string())
    }
}

/// From where to where a value is read or written.
#[derive(Clone, Copy, Debug)]
pub struct Way<'a> {
    pub direction: Direction,
    /// The country of phone numbers that have no country code.
    pub region: &'a str,
}

impl Transform {
    /// The common form of what a side shows; nothing for a blank.
    pub fn read(&self, side: Side, shown: Option<&str>, way: Way<'_>) -> Option<String> {
        // What a one-way field's target holds is taken as it stands, but for its spelling.
        let is_source = way.direction.leaves(side);
        if let (Self::Constant { value }, true) = (self, is_source) {
            return text::normalise(value);
        }
        let shown = text::normalise(shown?)?;
        Some(match self {
            Self::Upper if is_source => shown.to_uppercase(),
            Self::Lower if is_source => shown.to_lowercase(),
            Self::Trim | Self::Upper | Self::Lower | Self::Constant { .. } => shown,
            Self::Phone => phone::normalise(&shown, way.region)?,
            Self::Date { helloleads, ghl } => {
                let form = if side == Side::HelloLeads { helloleads } else { ghl };
                form.read(&shown).unwrap_or_else(|| unreadable(&shown))
            }
            Self::Number => number::normalise(&shown).unwrap_or_else(|| unreadable(&shown)),
            Self::Options { options } => read_option(options, side, &shown, way.direction),
        })
    }

    /// What a side is told; nothing where it cannot take the value.
    pub fn write(&self, side: Side, common: &str, way: Way<'_>) -> Option<String> {
        if common.starts_with(UNREADABLE) {
            return None;
        }
        match self {
            Self::Date { helloleads, ghl } => {
                if side == Side::HelloLeads { helloleads } else { ghl }.write(common)
            }
            Self::Options { options } if way.direction == Direction::Both && side == Side::Ghl => {
                options.iter().find(|pair| same(&pair.helloleads, common)).map(|pair| pair.ghl.clone())
            }
            Self::Options { options } if way.direction == Direction::Both => {
                let known = options.iter().find(|pair| same(&pair.helloleads, common));
                known.map(|pair| pair.helloleads.clone())
            }
            _ => Some(common.to_owned()),
        }
    }

    /// What a person reads in the list of choices.
    pub fn words(&self) -> &'static str {
        match self {
            Self::Trim => "as it is, trimmed",
            Self::Upper => "in capitals",
            Self::Lower => "in small letters",
            Self::Phone => "as a phone number",
            Self::Date { .. } => "as a date",
            Self::Number => "as a number",
            Self::Options { .. } => "by a table of options",
            Self::Constant { .. } => "a constant text",
        }
    }

    /// The name by which the choice is stored.
    pub fn name(&self) -> &'static str {
        match self {
            Self::Trim => "trim",
            Self::Upper => "upper",
            Self::Lower => "lower",
            Self::Phone => "phone",
            Self::Date { .. } => "date",
            Self::Number => "number",
            Self::Options { .. } => "options",
            Self::Constant { .. } => "constant",
        }
    }
}

fn unreadable(shown: &str) -> String {
    format!("{UNREADABLE}{shown}")
}

/// The value as a person typed it, whether or not it has a common form.
pub fn as_typed(common: &str) -> &str {
    common.trim_start_matches(UNREADABLE)
}

/// Both ways, the common form is HelloLeads' word; one way, it is the target's.
fn read_option(options: &[PerSide<String>], side: Side, shown: &str, direction: Direction) -> String {
    let common = |pair: &PerSide<String>| match direction {
        Direction::Both => pair.helloleads.clone(),
        Direction::ToGhl => pair.ghl.clone(),
        Direction::ToHelloLeads => pair.helloleads.clone(),
    };
    match options.iter().find(|pair| same(pair.of(side), shown)) {
        Some(pair) if direction.leaves(side) => common(pair),
        None if direction.leaves(side) => unreadable(shown),
        Some(pair) => pair.of(side).clone(),
        None => shown.to_owned(),
    }
}

/// Options are the same whatever their letter case.
pub(super) fn same(one: &str, other: &str) -> bool {
    let fold = |text: &str| text::normalise(text).unwrap_or_default().to_lowercase();
    fold(one) == fold(other)
}
