//! Takes webhooks in: verifies them, turns each into a hint, and answers once the queue has it. Calls no CRM.

pub mod answer;
pub mod ghl_hooks;
pub mod helloleads_hooks;
pub mod intake;
