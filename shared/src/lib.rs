//! What every function of the HelloLeads and GHL sync has in common.

pub mod action;
pub mod aws;
pub mod budget;
pub mod bus;
pub mod chance;
pub mod changes;
pub mod clock;
pub mod connection;
pub mod disposition;
pub mod environment;
pub mod errand;
pub mod ghl;
pub mod helloleads;
pub mod http;
pub mod lane;
pub mod logs;
pub mod metrics;
pub mod model;
pub mod normalise;
pub mod queue;
pub mod redact;
pub mod store;
pub mod sync;
pub mod tokens;
pub mod vault;
