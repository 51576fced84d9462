//! What a function does with the messages of its queue.

use async_trait::async_trait;
use serde::de::DeserializeOwned;

use crate::disposition::{Disposition, Reason};
use crate::queue::Message;

/// Work that failed for now: the lane rests.
#[derive(Debug)]
pub struct Failure {
    pub disposition: Disposition,
    pub error: Box<dyn std::error::Error + Send + Sync>,
}

impl Failure {
    pub fn new(disposition: Disposition, error: impl Into<Box<dyn std::error::Error + Send + Sync>>) -> Self {
        Self { disposition, error: error.into() }
    }
}

/// The work of one queue.
#[async_trait]
pub trait Work: Sync {
    type Message: Message + DeserializeOwned + Clone + Send + Sync;
    /// What the messages of one lane share for the time of one batch.
    type Session: Send + Sync;

    /// Begins with a lane, of which these are the messages; there is one at least.
    async fn open(&self, messages: &[&Self::Message]) -> Result<Self::Session, Failure>;

    /// Carries out one message. Whatever needs no other try is done, a record that was put aside included.
    async fn carry_out(&self, session: &Self::Session, message: &Self::Message) -> Result<(), Failure>;

    /// Ends with the lane, whatever came of its messages.
    async fn close(&self, session: Self::Session, first: &Self::Message);

    /// Puts a message aside for good, because handling it keeps failing.
    async fn give_up(&self, message: &Self::Message, reason: &Reason) -> Result<(), Failure>;

    /// Messages that come to the same: only the last of them is carried out. `None` for one that stands alone.
    fn same_as(&self, message: &Self::Message) -> Option<String>;

    /// The one message that stands for several which are the same.
    fn join(&self, earlier: &Self::Message, later: &Self::Message) -> Self::Message;
}
