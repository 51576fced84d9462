//! The fake's behaviour, over real HTTP.

mod creating;
mod faults;
mod finding;
mod gate;
mod hooks;
mod installing;
mod listing;
mod people;
mod searching;
mod tagging;
mod tokens;
mod updating;
mod world;
