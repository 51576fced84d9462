//! Does what events on the bus ask for: any operation of either CRM, for one connection, in its lane and its budget.

pub mod asks;
pub mod automation;
mod changes;
pub mod jobs;
mod posts;
mod rules;
mod ticks;
