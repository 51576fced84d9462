//! The rules of a connection, all in one row: whoever saves them names the version that was read, so that of two people
//! who edit at once neither loses anything without a word.

use super::error::Error;
use super::table::{If, Key, Table};
use crate::model::ids::ConnectionId;
use crate::rule::Rules;

/// The row of one connection.
#[derive(Clone, Debug)]
pub struct RulesOf {
    table: Table,
    key: Key,
}

impl RulesOf {
    pub fn new(table: Table, connection: &ConnectionId) -> Self {
        Self { table, key: Key::new(pk(connection), "rules") }
    }

    pub async fn get(&self) -> Result<Rules, Error> {
        let row: Option<Rules> = self.table.get(&self.key, "read the rules").await?;
        Ok(row.unwrap_or_default())
    }

    /// Saves the rules over the version that was read.
    ///
    /// # Errors
    /// [`Error::Stale`] where somebody else has saved them meanwhile.
    pub async fn save(&self, rules: &mut Rules) -> Result<(), Error> {
        const DOING: &str = "save the rules";
        let condition = if rules.version == 0 { If::Absent } else { If::Version(rules.version) };
        rules.version += 1;
        if self.table.put(&self.key, rules, condition, DOING).await? {
            Ok(())
        } else {
            rules.version -= 1;
            Err(Error::Stale { doing: DOING })
        }
    }
}

/// Where all rows about the rules of a connection stand.
pub(super) fn pk(connection: &ConnectionId) -> String {
    format!("RULE#{connection}")
}
