//! The fake is asked over real HTTP, as the product asks it.

mod access;
mod catching;
mod creating;
mod faults;
mod listing;
mod relaying;
mod rows;
mod updating;
mod world;
