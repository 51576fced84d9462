//! The environment variables of a function, read once at its start.

use std::collections::HashMap;

use crate::http::{BadBaseUrl, BaseUrl};

/// A variable that the function cannot do without.
#[derive(Debug, thiserror::Error, PartialEq, Eq)]
pub enum BadEnvironment {
    #[error(
        "the environment variable {name} is not set; the template sets it, and so must whoever runs this function elsewhere"
    )]
    Missing { name: &'static str },
    #[error("the environment variable {name} is not usable: {reason}")]
    Unusable { name: &'static str, reason: String },
}

/// Name → value.
#[derive(Clone, Debug, Default)]
pub struct Environment(HashMap<String, String>);

impl Environment {
    pub fn of_process() -> Self {
        Self(std::env::vars().collect())
    }

    /// This environment with other values for some variables.
    #[must_use]
    pub fn with(&self, variables: &[(&str, &str)]) -> Self {
        let mut changed = self.clone();
        changed.0.extend(variables.iter().map(|(name, value)| ((*name).to_owned(), (*value).to_owned())));
        changed
    }

    /// All variables, by name and value.
    pub fn pairs(&self) -> impl Iterator<Item = (&str, &str)> {
        self.0.iter().map(|(name, value)| (name.as_str(), value.as_str()))
    }

    /// The value of a variable that must be there.
    pub fn require(&self, name: &'static str) -> Result<&str, BadEnvironment> {
        self.optional(name).ok_or(BadEnvironment::Missing { name })
    }

    /// The value of a variable that may be absent; an empty one counts as absent.
    pub fn optional(&self, name: &str) -> Option<&str> {
        self.0.get(name).map(String::as_str).filter(|value| !value.is_empty())
    }

    /// An address that may be called.
    pub fn base_url(&self, name: &'static str) -> Result<BaseUrl, BadEnvironment> {
        let unusable = |error: BadBaseUrl| BadEnvironment::Unusable { name, reason: error.to_string() };
        BaseUrl::parse(self.require(name)?).map_err(unusable)
    }

    /// `true` or `false`; false where absent.
    pub fn flag(&self, name: &'static str) -> Result<bool, BadEnvironment> {
        match self.optional(name) {
            None | Some("false") => Ok(false),
            Some("true") => Ok(true),
            Some(_) => Err(BadEnvironment::Unusable { name, reason: "write true or false".to_owned() }),
        }
    }
}

impl<K: Into<String>, V: Into<String>> FromIterator<(K, V)> for Environment {
    fn from_iter<I: IntoIterator<Item = (K, V)>>(pairs: I) -> Self {
        Self(pairs.into_iter().map(|(name, value)| (name.into(), value.into())).collect())
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_missing_variable_is_named() {
        let error = Environment::default().require("TABLE_NAME").unwrap_err();
        assert!(error.to_string().contains("TABLE_NAME"), "{error}");
        let empty: Environment = [("TABLE_NAME", "")].into_iter().collect();
        assert_eq!(empty.require("TABLE_NAME"), Err(BadEnvironment::Missing { name: "TABLE_NAME" }));
    }

    #[test]
    fn a_flag_that_is_neither_true_nor_false_is_refused() {
        let environment: Environment = [("A", "yes"), ("B", "true")].into_iter().collect();
        assert!(environment.flag("A").unwrap_err().to_string().contains("true or false"));
        assert_eq!(environment.flag("B"), Ok(true));
        assert_eq!(environment.flag("C"), Ok(false));
    }
}
