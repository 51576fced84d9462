//! The id of the app that was entered on a page, for the function that checks webhooks and may read no secret of it.

use serde::{Deserialize, Serialize};

use super::error::Error;
use super::table::{If, Key, Table};

#[derive(Serialize, Deserialize)]
struct Row {
    app_id: String,
}

/// The id, where one was entered.
pub async fn id(table: &Table) -> Result<Option<String>, Error> {
    let row: Option<Row> = table.get(&key(), "read the app's id").await?;
    Ok(row.map(|row| row.app_id))
}

pub async fn keep_id(table: &Table, app_id: &str) -> Result<(), Error> {
    let row = Row { app_id: app_id.to_owned() };
    table.put(&key(), &row, If::Always, "keep the app's id").await?;
    Ok(())
}

fn key() -> Key {
    Key::new("APP".to_owned(), "app")
}
