//! The embedded DynamoDB, asked in process: the operations that the product uses, from JSON to JSON.

use dynoxide::{Database, DynoxideError};
use serde::Serialize;
use serde::de::DeserializeOwned;

/// What came of an operation: the status and the body of DynamoDB's answer.
pub type Answer = (u16, String);

/// Does one operation.
///
/// # Panics
/// Where the product uses an operation that is not listed here.
pub fn answer(database: &Database, operation: &str, body: &str) -> Answer {
    match operation {
        "GetItem" => done(operation, body, |request| database.get_item(request)),
        "PutItem" => done(operation, body, |request| database.put_item(request)),
        "UpdateItem" => done(operation, body, |request| database.update_item(request)),
        "DeleteItem" => done(operation, body, |request| database.delete_item(request)),
        "Query" => done(operation, body, |request| database.query(request)),
        "BatchGetItem" => done(operation, body, |request| database.batch_get_item(request)),
        "BatchWriteItem" => done(operation, body, |request| database.batch_write_item(request)),
        "TransactWriteItems" => done(operation, body, |request| database.transact_write_items(request)),
        "TransactGetItems" => done(operation, body, |request| database.transact_get_items(request)),
        "Scan" => done(operation, body, |request| database.scan(request)),
        "CreateTable" => done(operation, body, |request| database.create_table(request)),
        other => panic!("the storm does not know DynamoDB's {other}"),
    }
}

fn done<Q: DeserializeOwned, A: Serialize>(
    operation: &str,
    body: &str,
    run: impl FnOnce(Q) -> Result<A, DynoxideError>,
) -> Answer {
    let request = serde_json::from_str(body).unwrap_or_else(|error| panic!("{operation}: {error}: {body}"));
    match run(request) {
        Ok(answer) => (200, serde_json::to_string(&answer).expect("an answer can be written as JSON")),
        Err(error) => (error.status_code(), error.to_json()),
    }
}
