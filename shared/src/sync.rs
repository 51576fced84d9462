//! The engine: gather, plan, apply. One path for every kind of record and every cause of a change.

pub mod apply;
pub mod brake;
pub mod bulk;
pub mod create;
pub mod diary;
pub mod difference;
pub mod engine;
pub mod engines;
pub mod error;
pub mod forecast;
pub mod gather;
pub mod hint_work;
pub mod leaves;
pub mod matching;
pub mod merge;
pub mod outcome;
pub mod plan;
pub mod port;
pub mod preview;
pub mod previewer;
pub mod progress;
pub mod related;
pub mod settle;
pub mod sweep;
pub mod sync_one;
pub mod wish;
pub mod write;

#[cfg(test)]
mod cases;
#[cfg(test)]
mod counting_cases;
#[cfg(test)]
mod engine_cases;
#[cfg(test)]
mod laws;
