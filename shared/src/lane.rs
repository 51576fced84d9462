//! The edge of a function that a queue calls: messages in, a partial batch response out.
//!
//! A lane is one connection's messages, in order. Work that fails for a while fails the rest of its lane with it, and
//! their return is put off for as long as the failure asks; other lanes go on. Work that fails for good is told to
//! the dead letters with its reason, and the lane goes on.

pub mod edge;
pub mod work;
