//! What the table's stream tells of, as events on the bus.

use serde_json::{Value, json};
use shared::changes::RowChange;
use shared::lane::edge::chain;
use shared::metrics::{self, Metric};

use crate::automation::Automation;

impl Automation {
    /// A batch of the stream, in order. Where the bus does not take something, the batch comes again from there on.
    pub(crate) async fn tell_changes(&self, records: &[Value]) -> Value {
        for record in records {
            let Some((sequence, Some((name, detail)))) = event_of(record) else { continue };
            if let Err(error) = self.bus.tell(name, &detail).await {
                metrics::count(Metric::BusFailures, detail.connection.as_str());
                tracing::warn!(connection = %detail.connection, error = chain(&error), "the bus could not be told of a change");
                return json!({ "batchItemFailures": [{ "itemIdentifier": sequence }] });
            }
        }
        json!({ "batchItemFailures": [] })
    }
}

type Event = (&'static str, shared::changes::Detail);

/// A row that cannot be read is passed over: it would be in the way of all that come after it.
fn event_of(record: &Value) -> Option<(String, Option<Event>)> {
    let read = serde_json::from_value::<RowChange>(record.clone()).map_err(Into::into);
    let read = read.and_then(|change: RowChange| {
        Ok::<_, shared::changes::BadRow>((change.dynamodb.sequence_number.clone(), change.event()?))
    });
    match read {
        Ok(read) => Some(read),
        Err(error) => {
            tracing::error!(error = chain(&error), "a change is told to nobody");
            None
        }
    }
}
