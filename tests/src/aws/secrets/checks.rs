//! The stand-in's behaviour, by the real SDK client over real HTTP.

mod deleting;
mod reading;
mod world;
mod writing;
