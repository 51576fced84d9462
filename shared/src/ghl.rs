//! The GHL side: API v2 at `services.leadconnectorhq.com`, version `2021-07-28`.

pub mod appointment_side;
pub mod appointments;
pub mod client;
pub mod contacts;
pub mod custom_fields;
pub mod error;
pub mod note_side;
pub mod notes;
pub mod oauth;
pub mod record;
pub mod related_walk;
pub mod search;
pub mod side;
pub mod tags;
pub mod task_side;
pub mod tasks;
pub mod users;
pub mod walk;
pub mod webhook;
pub mod wire;
