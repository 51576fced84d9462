//! Sessions that their person ended before they ended by themselves.

use jiff::Timestamp;
use serde::{Deserialize, Serialize};

use super::error::Error;
use super::table::{If, Key, Table};

#[derive(Serialize, Deserialize)]
struct Row {
    expires_at: i64,
}

/// Ends a session; the row is needed for as long as the session would have lasted.
pub async fn end(table: &Table, session: &str, until: Timestamp) -> Result<(), Error> {
    let row = Row { expires_at: until.as_second() };
    table.put(&key(session), &row, If::Always, "end a session").await?;
    Ok(())
}

/// Whether the session was ended.
pub async fn is_over(table: &Table, session: &str) -> Result<bool, Error> {
    let row: Option<Row> = table.get(&key(session), "look for the end of a session").await?;
    Ok(row.is_some())
}

fn key(session: &str) -> Key {
    Key::new(format!("SIGNED_OUT#{session}"), "session")
}
