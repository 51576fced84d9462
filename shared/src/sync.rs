//! The engine: gather, plan, apply.

pub mod port;
