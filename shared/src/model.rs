//! Records, fields, ids: what the engine and both adapters speak of.

pub mod act;
pub mod fingerprint;
pub mod ids;
pub mod record;
pub mod side;
