//! Secrets Manager: the secrets of the app, and one secret for each connection.

pub mod app;
pub mod connection_secrets;
pub mod error;
