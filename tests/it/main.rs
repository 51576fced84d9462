//! The integration tests: the real handlers and clients, over real HTTP, between the fakes.

mod contacts;
