//! What is wrong with a mapping, each with the field that it is wrong of.

/// One thing that is wrong.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Problem {
    /// The field's name, or [`FILTER`] or [`WHOLE`].
    pub of: String,
    pub text: String,
}

/// What is wrong with the filter, and with the mapping as a whole.
pub const FILTER: &str = "filter";
pub const WHOLE: &str = "mapping";

impl Problem {
    pub fn of(name: &str, text: impl Into<String>) -> Self {
        Self { of: name.to_owned(), text: text.into() }
    }
}

impl std::fmt::Display for Problem {
    fn fmt(&self, formatter: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        write!(formatter, "\"{}\": {}", self.of, self.text)
    }
}

/// A mapping that cannot be used.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
#[error("{}", self.lines())]
pub struct BadMapping(pub Vec<Problem>);

impl BadMapping {
    pub fn whole(text: impl Into<String>) -> Self {
        Self(vec![Problem::of(WHOLE, text)])
    }

    fn lines(&self) -> String {
        self.0.iter().map(ToString::to_string).collect::<Vec<_>>().join("; ")
    }
}
