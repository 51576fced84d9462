//! The HelloLeads side: the API key (`key`), or the user's automation tool (`relay`).

pub mod client;
pub mod error;
pub mod hook;
pub mod leads;
pub mod lists;
pub mod poll;
pub mod probe;
pub mod record;
pub mod relay;
pub mod side;
pub mod wall_time;
pub mod wire;
