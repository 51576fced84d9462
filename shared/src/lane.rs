//! The edge of a function that a queue calls: messages in, a partial batch response out.
//!
//! A lane is one connection's messages, in order. Work that fails for a while fails the rest of its lane with it, and
//! their return is put off for as long as the failure asks; other lanes go on. A record that cannot be synced stands in the
//! parked list, and the lane goes on; the dead letters are for messages that nobody can read, and for those that were
//! given up.

pub mod dead_letters;
pub mod edge;
pub mod until;
pub mod work;
