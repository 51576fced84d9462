//! One secret: its versions, and which of them is the current and which the previous one.

use std::collections::BTreeSet;

pub(super) const CURRENT: &str = "AWSCURRENT";
pub(super) const PREVIOUS: &str = "AWSPREVIOUS";

/// A value under its version id, which is the token of the call that wrote it.
#[derive(Clone, Debug)]
pub(super) struct Version {
    pub token: String,
    pub value: String,
    pub stages: BTreeSet<String>,
}

#[derive(Clone, Debug, Default)]
pub(super) struct Secret {
    pub description: String,
    /// Marked for deletion: it can be neither read nor written, and its name is taken still.
    pub deleted: bool,
    versions: Vec<Version>,
}

/// The token was used before, for another value.
#[derive(Debug)]
pub(super) struct OtherValue;

impl Secret {
    pub fn new(token: &str, value: &str) -> Self {
        let mut secret = Self::default();
        secret.write(token, value, &[CURRENT]).expect("a new secret has no version yet");
        secret
    }

    pub fn versions(&self) -> &[Version] {
        &self.versions
    }

    pub fn current(&self) -> Option<&Version> {
        self.in_stage(CURRENT)
    }

    pub fn in_stage(&self, stage: &str) -> Option<&Version> {
        self.versions.iter().find(|version| version.stages.contains(stage))
    }

    pub fn version(&self, token: &str) -> Option<&Version> {
        self.versions.iter().find(|version| version.token == token)
    }

    /// Writes a version and gives it its stages. The same token with the same value changes nothing.
    pub fn write(&mut self, token: &str, value: &str, stages: &[&str]) -> Result<(), OtherValue> {
        if let Some(known) = self.version(token) {
            return if known.value == value { Ok(()) } else { Err(OtherValue) };
        }
        for stage in stages {
            self.take_stage_away(stage);
        }
        let stages = stages.iter().map(|stage| (*stage).to_owned()).collect();
        self.versions.push(Version { token: token.to_owned(), value: value.to_owned(), stages });
        Ok(())
    }

    /// A stage stands on one version. The one that ceases to be current becomes the previous one.
    fn take_stage_away(&mut self, stage: &str) {
        let Some(holder) = self.versions.iter().position(|version| version.stages.contains(stage)) else {
            return;
        };
        self.versions[holder].stages.remove(stage);
        if stage == CURRENT {
            self.take_stage_away(PREVIOUS);
            self.versions[holder].stages.insert(PREVIOUS.to_owned());
        }
    }
}
