//! What every function of the HelloLeads and GHL sync has in common.

pub mod clock;
pub mod connection;
pub mod disposition;
pub mod ghl;
pub mod helloleads;
pub mod http;
pub mod model;
pub mod normalise;
pub mod queue;
pub mod store;
pub mod sync;
pub mod tokens;
