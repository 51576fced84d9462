//! The rows of the connections.

use aws_sdk_dynamodb::types::AttributeValue;
use serde::Serialize;

use super::error::Error;
use super::table::{If, Key, Table, from_item, to_dynamo};
use crate::connection::Connection;
use crate::model::ids::ConnectionId;

/// The index that lists the connections, and the one partition of it that they stand in.
pub const INDEX: &str = "by_connection";
const LISTED: &str = "connections";

#[derive(Clone, Debug)]
pub struct Connections {
    table: Table,
}

#[derive(Serialize)]
struct Row<'a> {
    #[serde(flatten)]
    connection: &'a Connection,
    gsi_pk: &'static str,
    gsi_sk: &'a ConnectionId,
}

impl Connections {
    pub fn new(table: Table) -> Self {
        Self { table }
    }

    pub async fn get(&self, id: &ConnectionId) -> Result<Option<Connection>, Error> {
        self.table.get(&key(id), "read a connection").await
    }

    /// Saves the connection over the version that was read; version 0 is a new one.
    ///
    /// # Errors
    /// [`Error::Stale`] where somebody else has saved it meanwhile.
    pub async fn save(&self, connection: &mut Connection) -> Result<(), Error> {
        const DOING: &str = "save a connection";
        let condition = if connection.version == 0 { If::Absent } else { If::Version(connection.version) };
        connection.version += 1;
        let row = Row { gsi_pk: LISTED, gsi_sk: &connection.id, connection };
        if self.table.put(&key(&connection.id), &row, condition, DOING).await? {
            Ok(())
        } else {
            connection.version -= 1;
            Err(Error::Stale { doing: DOING })
        }
    }

    /// Changes the connection, again where somebody else saved it meanwhile. `None` where there is no such row.
    pub async fn change(
        &self,
        id: &ConnectionId,
        change: impl Fn(&mut Connection) + Send,
    ) -> Result<Option<Connection>, Error> {
        for _ in 0..CHANGE_ATTEMPTS_MAX {
            let Some(mut connection) = self.get(id).await? else { return Ok(None) };
            let before = connection.clone();
            change(&mut connection);
            if connection == before {
                return Ok(Some(connection));
            }
            match self.save(&mut connection).await {
                Err(Error::Stale { .. }) => {}
                other => return other.map(|()| Some(connection)),
            }
        }
        Err(Error::Stale { doing: "change a connection" })
    }

    /// Every connection; read from an index, so that one made a second ago may be absent.
    pub async fn all(&self) -> Result<Vec<Connection>, Error> {
        const DOING: &str = "list the connections";
        let mut connections = Vec::new();
        let mut start = None;
        loop {
            let answer = self
                .table
                .client()
                .query()
                .table_name(self.table.name())
                .index_name(INDEX)
                .key_condition_expression("gsi_pk = :listed")
                .expression_attribute_values(":listed", AttributeValue::S(LISTED.to_owned()))
                .set_exclusive_start_key(start)
                .send()
                .await
                .map_err(|error| to_dynamo(DOING, error))?;
            for item in answer.items.unwrap_or_default() {
                connections.push(from_item(item, DOING)?);
            }
            start = answer.last_evaluated_key;
            if start.is_none() {
                return Ok(connections);
            }
        }
    }
}

/// Two people rarely save at once; ten times in a row nobody does.
const CHANGE_ATTEMPTS_MAX: usize = 10;

pub(super) fn key(id: &ConnectionId) -> Key {
    Key::new(format!("CONNECTION#{id}"), "connection")
}
