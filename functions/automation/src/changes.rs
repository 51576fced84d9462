//! What the table's stream tells of, as events on the bus, and the moments that come of it.

use std::collections::HashMap;

use serde_json::{Value, json};
use shared::changes::{BadRow, Detail, RowChange, values_of};
use shared::lane::edge::chain;
use shared::lane::work::Failure;
use shared::metrics::{self, Metric};
use shared::model::ids::ConnectionId;

use crate::automation::{Automation, store};

/// Which connections let values out, as far as one batch has asked.
type Telling = HashMap<ConnectionId, bool>;

impl Automation {
    /// A batch of the stream, in order. Where the bus does not take something, the batch comes again from there on.
    pub(crate) async fn tell_changes(&self, records: &[Value]) -> Value {
        let mut telling = Telling::new();
        for record in records {
            let Some(change) = read(record) else { continue };
            if let Err(failure) = self.tell_change(&change, &mut telling).await {
                tracing::warn!(
                    error = chain(failure.error.as_ref()),
                    "a change could not be told, and comes again"
                );
                return json!({ "batchItemFailures": [{ "itemIdentifier": change.dynamodb.sequence_number }] });
            }
        }
        json!({ "batchItemFailures": [] })
    }

    async fn tell_change(&self, change: &RowChange, telling: &mut Telling) -> Result<(), Failure> {
        // A row that cannot be read is passed over: it would be in the way of all that come after it.
        let (links, event) = match change.links().and_then(|links| Ok((links, change.event()?))) {
            Ok(read) => read,
            Err(error) => {
                pass_over(&error);
                return Ok(());
            }
        };
        if let Some((before, after)) = &links {
            self.note_moment(before.as_ref(), after).await?;
        }
        let Some((name, mut detail)) = event else { return Ok(()) };
        if let Some((_, after)) = &links
            && self.tells_values(&detail, telling).await?
        {
            detail.values = values_of(after, &detail);
        }
        let told = self.bus.tell(name, &detail).await;
        told.map_err(|error| {
            metrics::count(Metric::BusFailures, detail.connection.as_str());
            Failure::new(error.disposition(), error)
        })
    }

    async fn tells_values(&self, detail: &Detail, telling: &mut Telling) -> Result<bool, Failure> {
        let id = &detail.connection;
        if let Some(tells) = telling.get(id) {
            return Ok(*tells);
        }
        let connection = self.engines.connections().get(id).await.map_err(store)?;
        let tells = connection.is_some_and(|connection| connection.tells_values);
        telling.insert(id.clone(), tells);
        Ok(tells)
    }
}

fn read(record: &Value) -> Option<RowChange> {
    serde_json::from_value(record.clone()).map_err(|error| pass_over(&BadRow::from(error))).ok()
}

fn pass_over(error: &BadRow) {
    tracing::error!(error = chain(error), "a change is told to nobody");
}
