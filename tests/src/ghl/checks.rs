//! The fake's behaviour, over real HTTP.

mod appointments;
mod calendars;
mod creating;
mod faults;
mod finding;
mod gate;
mod hooks;
mod installing;
mod kinds;
mod listing;
mod notes;
mod people;
mod searching;
mod tagging;
mod task_search;
mod tasks;
mod tokens;
mod updating;
mod world;
