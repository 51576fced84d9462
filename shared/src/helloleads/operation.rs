//! One operation of HelloLeads as plain data: its name, by which profiles it can be done, what it takes, and what does it.

use futures_util::future::BoxFuture;
use schemars::JsonSchema;
use serde::de::DeserializeOwned;
use serde_json::Value as Json;

use super::client::HelloLeadsClient;
use super::error::Error;
use super::relay::Relay;
use super::{account_operations, lead_operations, related_operations};
use crate::action::input::{BadInput, Input};
use crate::action::{About, Cost, Effect};
use crate::connection::helloleads::Profile;

/// How one account is reached.
pub enum Reach {
    /// By the key, or by a session of `v1`.
    Calls(Box<HelloLeadsClient>),
    Relay(Box<Relay>),
}

/// Why an operation was not carried out.
#[derive(Debug, thiserror::Error)]
pub enum Failed {
    #[error(transparent)]
    Input(#[from] BadInput),
    #[error(transparent)]
    HelloLeads(#[from] Error),
}

/// What does it, for an input that was checked.
pub type Run = for<'a> fn(&'a Reach, &'a Json) -> BoxFuture<'a, Result<Json, Failed>>;

/// One operation.
#[derive(Clone, Copy, Debug)]
pub struct Operation {
    pub about: About,
    pub profiles: &'static [Profile],
    pub cost: Cost,
    run: Run,
}

/// By which profiles.
pub const BY_ALL: &[Profile] = &[Profile::Key, Profile::V1, Profile::Relay];
pub const BY_CALLS: &[Profile] = &[Profile::Key, Profile::V1];
pub const BY_KEY: &[Profile] = &[Profile::Key];
pub const BY_V1: &[Profile] = &[Profile::V1];
pub const BY_V1_AND_RELAY: &[Profile] = &[Profile::V1, Profile::Relay];
pub const BY_RELAY: &[Profile] = &[Profile::Relay];

impl Operation {
    /// One that makes something each time, by one call.
    pub const fn new<I: DeserializeOwned + JsonSchema>(
        name: &'static str,
        profiles: &'static [Profile],
        run: Run,
    ) -> Self {
        let about = About { name, says: "", input: Input::of::<I>(), example: "{}", effect: Effect::Once };
        Self { about, profiles, cost: Cost { least: 1, most: 1 }, run }
    }

    /// What it says of itself, and an input.
    pub const fn says(mut self, says: &'static str, example: &'static str) -> Self {
        self.about.says = says;
        self.about.example = example;
        self
    }

    pub const fn reading(mut self) -> Self {
        self.about.effect = Effect::Reads;
        self
    }

    pub const fn repeatable(mut self) -> Self {
        self.about.effect = Effect::Repeats;
        self
    }

    pub const fn costing_up_to(mut self, calls: u32) -> Self {
        self.cost.most = calls;
        self
    }
}

impl Reach {
    pub fn profile(&self) -> Profile {
        match self {
            Self::Calls(client) => client.settings().profile,
            Self::Relay(_) => Profile::Relay,
        }
    }

    /// Carries out an operation that is asked for by its input.
    ///
    /// # Errors
    /// What is wrong with the input, or what HelloLeads answered.
    pub async fn perform(&self, operation: &Operation, input: &Json) -> Result<Json, Failed> {
        operation.about.input.check(input)?;
        (operation.run)(self, input).await
    }

    /// The calls, for an operation that the relay does not have.
    pub(super) fn calls(&self) -> Result<&HelloLeadsClient, Failed> {
        match self {
            Self::Calls(client) => Ok(client),
            Self::Relay(_) => Err(BadInput::at("", "a relay cannot do this").into()),
        }
    }

    /// The relay, for an operation that nothing else has.
    pub(super) fn relay(&self) -> Result<&Relay, Failed> {
        match self {
            Self::Relay(relay) => Ok(relay),
            Self::Calls(_) => Err(BadInput::at("", "only a relay can do this").into()),
        }
    }
}

/// Every operation.
pub fn all() -> impl Iterator<Item = &'static Operation> {
    let all = [lead_operations::OPERATIONS, related_operations::OPERATIONS, account_operations::OPERATIONS];
    all.into_iter().flatten().copied()
}
