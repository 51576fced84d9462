//! DynamoDB on this machine: an embedded one, with the template's table in it.
//!
//! Time to live stays off: the embedded database would tell by the machine's clock what has expired, not by the
//! world's. DynamoDB may leave an expired row for days, so that all readers check `expires_at` themselves anyway.

use std::path::Path;

use aws_sdk_dynamodb::Client;
use aws_sdk_dynamodb::types::{
    AttributeDefinition, BillingMode, GlobalSecondaryIndex, KeySchemaElement, KeyType, Projection,
    ProjectionType, ScalarAttributeType, StreamSpecification, StreamViewType,
};
use dynoxide::Database;
use serde_yaml_ng::Value;
use tokio::net::TcpListener;

use super::template::Template;

/// Serves an empty database in memory; answers its address.
pub async fn start() -> String {
    serve(Database::memory().expect("a database in memory can be opened")).await
}

/// Serves the database in this file, which is made where there is none; answers its address.
///
/// # Panics
/// Where the file cannot be opened or is no database.
pub async fn start_at(file: &Path) -> String {
    let path = file.to_str().expect("the path is Unicode");
    serve(Database::new(path).unwrap_or_else(|error| panic!("{path}: {error}"))).await
}

async fn serve(database: Database) -> String {
    let listener = TcpListener::bind("127.0.0.1:0").await.expect("the machine has a free port");
    let address = listener.local_addr().expect("a bound listener has an address");
    tokio::spawn(dynoxide::server::serve_on(listener, database));
    format!("http://{address}")
}

/// Makes the template's table, as a deployment does; with its stream only where somebody reads it, which costs time.
///
/// # Panics
/// Where the template's table is not one that DynamoDB takes.
pub async fn create_table(client: &Client, template: &Template, name: &str, streams: bool) {
    let properties = template.properties(&template.table());
    let mut create = client
        .create_table()
        .table_name(name)
        .billing_mode(BillingMode::PayPerRequest)
        .set_key_schema(Some(key_schema(&properties["KeySchema"])))
        .set_stream_specification(streams.then(|| stream(&properties["StreamSpecification"])));
    for attribute in list(&properties["AttributeDefinitions"]) {
        create = create.attribute_definitions(
            AttributeDefinition::builder()
                .attribute_name(text(&attribute["AttributeName"]))
                .attribute_type(ScalarAttributeType::from(text(&attribute["AttributeType"]).as_str()))
                .build()
                .expect("the template names each attribute and its type"),
        );
    }
    for index in list(&properties["GlobalSecondaryIndexes"]) {
        create = create.global_secondary_indexes(
            GlobalSecondaryIndex::builder()
                .index_name(text(&index["IndexName"]))
                .set_key_schema(Some(key_schema(&index["KeySchema"])))
                .projection(projection(&index["Projection"]))
                .build()
                .expect("the template names each index and its keys"),
        );
    }
    create.send().await.expect("DynamoDB takes the template's table");
}

fn stream(specification: &Value) -> StreamSpecification {
    let view = StreamViewType::from(text(&specification["StreamViewType"]).as_str());
    let stream = StreamSpecification::builder().stream_enabled(true).stream_view_type(view);
    stream.build().expect("it says that it is on")
}

fn key_schema(schema: &Value) -> Vec<KeySchemaElement> {
    let element = |element: &Value| {
        KeySchemaElement::builder()
            .attribute_name(text(&element["AttributeName"]))
            .key_type(KeyType::from(text(&element["KeyType"]).as_str()))
            .build()
            .expect("the template names each key and its type")
    };
    list(schema).iter().map(element).collect()
}

fn projection(projection: &Value) -> Projection {
    let kind = ProjectionType::from(text(&projection["ProjectionType"]).as_str());
    Projection::builder().projection_type(kind).build()
}

fn list(value: &Value) -> Vec<Value> {
    value.as_sequence().cloned().unwrap_or_default()
}

fn text(value: &Value) -> String {
    value.as_str().unwrap_or_default().to_owned()
}

#[cfg(test)]
mod checks;
