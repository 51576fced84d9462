//! The storm: the whole system on one thread in virtual time, between both fake CRMs, with everything going wrong that
//! a seed decides; then quiet, and the thirteen promises are checked against a model that knows every edit made.
//!
//! ```text
//! dice ── people ──► fake CRMs ── webhooks (lost, late, twice) ─┐
//!   │                    ▲                                      ▼
//!   ├─ weather ─ crm_wire (429, 5xx, resets) ◄── functions ◄── queues (at least once)
//!   └────────── aws_wire (throttles, resets) ◄──    │  killed at any await
//!                    │                              ▼
//!             embedded DynamoDB, SQS, Secrets Manager          judge ◄── model
//! ```

pub mod aws_wire;
pub mod belongings;
pub mod campaign;
pub mod cloud;
pub mod crm_wire;
pub mod dice;
pub mod dynamo;
mod entries;
pub mod face;
pub mod functions;
mod job;
pub mod judge;
mod judge_belongings;
pub mod model;
pub mod naps;
pub mod people;
pub mod run;
pub mod secrecy;
pub mod setting;
pub mod story;
pub mod tasks;
pub mod weather;
mod webhook;
