//! One field of a mapping: what it is on each side, which way it goes, and what becomes of its values.

use super::direction::Direction;
use super::problem::Problem;
use super::transform::{Transform, Way};
use crate::model::record::Field;
use crate::model::side::{PerSide, Side};
use crate::normalise::text;

/// Fields of a lead that GHL has no home for, and that may be paired with a field of GHL's.
pub const LEAD_EXTRAS: [&str; 7] =
    ["designation", "phone", "address_line2", "interests", "category", "potential", "deal_size"];

/// A side's whole name: first and last name joined when it is read, and split before the last word when it is written.
pub const WHOLE_NAME: &str = "name";

/// Standard texts of a lead that a pair of one's own may use instead of the standard field.
pub const LEAD_TEXTS: [&str; 5] = ["first_name", "last_name", WHOLE_NAME, "company", "website"];

/// The same of a contact.
pub const CONTACT_TEXTS: [&str; 5] = ["firstName", "lastName", WHOLE_NAME, "companyName", "website"];

/// What stands before the id of a custom field.
pub const LEAD_CUSTOM: &str = "custfields.";
pub const CONTACT_CUSTOM: &str = "customFields.";

/// The field that stands for all tags.
pub const TAGS: Field = Field::fixed("tags");

/// Standard fields that are plain texts, and can be transformed; the others have a form of their own.
const TEXTS: [Field; 4] = [Field::FIRST_NAME, Field::LAST_NAME, Field::COMPANY, Field::WEBSITE];

/// One field.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Mapped {
    pub field: Field,
    /// What it is called on each side; none of a standard field, whose names are known, and none of the side that a
    /// constant needs no source on.
    pub ends: PerSide<Option<String>>,
    pub direction: Direction,
    pub transform: Transform,
    /// What is written where the source is blank.
    pub default: Option<String>,
}

impl Mapped {
    /// A standard field, both ways, as it is.
    pub fn standard(field: Field) -> Self {
        let (direction, transform) = (Direction::Both, Transform::Trim);
        Self { field, ends: PerSide::default(), direction, transform, default: None }
    }

    pub fn is_custom(&self) -> bool {
        self.field.as_custom().is_some()
    }

    /// The name by which it is stored and shown.
    pub fn name(&self) -> &str {
        self.field.as_custom().unwrap_or(self.field.as_str())
    }

    pub fn end(&self, side: Side) -> Option<&str> {
        self.ends.of(side).as_deref()
    }

    fn way<'a>(&self, region: &'a str) -> Way<'a> {
        Way { direction: self.direction, region }
    }

    /// The common form of what the side shows.
    pub fn read(&self, side: Side, shown: Option<&str>, region: &str) -> Option<String> {
        let read = self.transform.read(side, shown, self.way(region));
        let default = self.default.as_deref().filter(|_| self.direction.source() == Some(side));
        read.or_else(|| self.transform.read(side, Some(default?), self.way(region)))
    }

    /// What the side is told; nothing where it cannot take the value.
    pub fn write(&self, side: Side, common: &str) -> Option<String> {
        self.transform.write(side, common, self.way(""))
    }

    /// What is wrong with the field by itself.
    pub(super) fn problems(&self) -> Vec<Problem> {
        let mut problems = Vec::new();
        let mut say = |text: String| problems.push(Problem::of(self.name(), text));
        let two_way = self.direction == Direction::Both;
        if self.is_custom() {
            self.check_ends(&mut say);
        } else if self.ends != PerSide::default() {
            say("is a standard field, and needs no field of either side; give your own pair another name"
                .into());
        }
        let is_text = self.is_custom() || TEXTS.contains(&self.field);
        if !is_text && (self.transform != Transform::Trim || self.default.is_some()) {
            say(format!(
                "has a form of its own, so that it can only go {}, without a default",
                Transform::Trim.words()
            ));
        }
        if two_way && matches!(self.transform, Transform::Constant { .. }) {
            say("a constant cannot be undone, so that it goes one way only; choose → or ←".into());
        }
        if two_way && self.default.is_some() {
            say(
                "a default cannot be told from a typed value on the way back; choose → or ←, or leave it out"
                    .into(),
            );
        }
        match &self.transform {
            Transform::Constant { value } if text::normalise(value).is_none() => {
                say("the constant is blank; enter what shall be written".into());
            }
            Transform::Options { options } => self.check_options(options, &mut say),
            _ => {}
        }
        problems
    }

    fn check_ends(&self, say: &mut impl FnMut(String)) {
        let name = self.name();
        let plain = |byte: u8| byte.is_ascii_lowercase() || byte.is_ascii_digit() || byte == b'_';
        let is_taken = Field::STANDARD.iter().any(|field| field.as_str() == name) || name == TAGS.as_str();
        if name.is_empty() || !name.bytes().all(plain) || is_taken {
            say("must have a name of its own, of a-z, 0-9 and _".into());
        }
        let is_constant = matches!(self.transform, Transform::Constant { .. });
        for side in Side::BOTH {
            let needless = is_constant && self.direction.source() == Some(side);
            match self.end(side) {
                None if needless => {}
                None => say(format!("choose the field of {side}")),
                Some(end) if is_known(side, end) => {}
                Some(end) => say(format!("\"{end}\" is no field of {side}; write {}", forms(side))),
            }
        }
    }

    fn check_options(&self, options: &[PerSide<String>], say: &mut impl FnMut(String)) {
        if options.is_empty() {
            say("the table of options is empty; enter at least one pair".into());
        }
        for side in Side::BOTH.into_iter().filter(|side| self.direction.leaves(*side)) {
            for (place, pair) in options.iter().enumerate() {
                let option = pair.of(side);
                if options[..place].iter().any(|other| super::transform::same(other.of(side), option)) {
                    say(format!(
                        "the option \"{option}\" of {side} stands in the table twice, so that nobody can say what it becomes"
                    ));
                }
            }
        }
        if options
            .iter()
            .any(|pair| text::normalise(&pair.helloleads).is_none() || text::normalise(&pair.ghl).is_none())
        {
            say("a line of the table of options has a blank; fill both sides in, or take the line out".into());
        }
    }
}

fn is_known(side: Side, end: &str) -> bool {
    let (texts, custom): (&[&str], _) = match side {
        Side::HelloLeads => (&LEAD_TEXTS, LEAD_CUSTOM),
        Side::Ghl => (&CONTACT_TEXTS, CONTACT_CUSTOM),
    };
    let extra = side == Side::HelloLeads && LEAD_EXTRAS.contains(&end);
    extra || texts.contains(&end) || end.strip_prefix(custom).is_some_and(|id| !id.is_empty())
}

fn forms(side: Side) -> String {
    match side {
        Side::HelloLeads => {
            format!("{LEAD_CUSTOM}<id> or one of {}, {}", LEAD_EXTRAS.join(", "), LEAD_TEXTS.join(", "))
        }
        Side::Ghl => format!("{CONTACT_CUSTOM}<id> or one of {}", CONTACT_TEXTS.join(", ")),
    }
}

/// Which parts of a side a field stands in, by the side's names: a whole name stands in two.
pub(super) fn places(mapped: &Mapped, side: Side) -> Vec<String> {
    let names = match side {
        Side::HelloLeads => ["first_name", "last_name"],
        Side::Ghl => ["firstName", "lastName"],
    };
    let own = |field: &Field| match (side, field.as_str()) {
        (Side::Ghl, "first_name") => "firstName".to_owned(),
        (Side::Ghl, "last_name") => "lastName".to_owned(),
        (Side::Ghl, "company") => "companyName".to_owned(),
        (Side::HelloLeads, "phone") => "mobile".to_owned(),
        (_, name) => name.to_owned(),
    };
    match mapped.end(side) {
        Some(WHOLE_NAME) => names.map(str::to_owned).to_vec(),
        Some(end) => vec![end.to_owned()],
        None if mapped.is_custom() => Vec::new(),
        None => vec![own(&mapped.field)],
    }
}
