//! The calls that a connection may make: one budget for each of its sides, shared by all functions.

#[cfg(test)]
mod cases;
#[cfg(test)]
mod laws;
pub mod ledger;
pub mod purse;
