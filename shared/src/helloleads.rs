//! The HelloLeads side: the API key (`key`), a session of the newer API (`v1`), or the user's automation tool (`relay`).

pub mod block;
pub mod bulk_file;
pub mod client;
pub mod comments;
pub mod custom_fields;
pub mod entries;
pub mod error;
pub mod hook;
pub mod lead_notes;
pub mod leads;
pub mod lists;
pub mod page_walk;
pub mod poll;
pub mod poll_cursor;
pub mod probe;
pub mod record;
pub mod related_poll;
pub mod related_record;
pub mod related_side;
pub mod relay;
pub mod side;
pub mod wall_time;
pub mod wire;
