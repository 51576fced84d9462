//! The stand-in's behaviour, by the real SDK client over real HTTP.

mod batching;
mod de_duplicating;
mod queues;
mod receiving;
mod redriving;
mod refusing;
mod world;
