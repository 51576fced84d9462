//! The embedded database has the table that the template says.

use aws_sdk_dynamodb::Client;
use aws_sdk_dynamodb::types::{AttributeValue, BillingMode};

use super::{create_table, start, start_at};
use crate::aws::checks::config;
use crate::aws::template::Template;

const TABLE: &str = "SyncTable";

async fn client(url: &str) -> Client {
    Client::new(&config(url).await)
}

fn text(text: &str) -> AttributeValue {
    AttributeValue::S(text.to_owned())
}

#[tokio::test]
async fn the_table_has_the_template_s_keys_and_index() {
    let client = client(&start().await).await;
    create_table(&client, &Template::load(), TABLE, false).await;
    let described = client.describe_table().table_name(TABLE).send().await.unwrap().table.unwrap();
    let keys: Vec<&str> = described.key_schema().iter().map(|key| key.attribute_name()).collect();
    assert_eq!(keys, ["pk", "sk"]);
    assert_eq!(described.billing_mode_summary().unwrap().billing_mode(), Some(&BillingMode::PayPerRequest));
    let index = &described.global_secondary_indexes()[0];
    let keys: Vec<&str> = index.key_schema().iter().map(|key| key.attribute_name()).collect();
    assert_eq!((index.index_name(), keys), (Some("by_connection"), vec!["gsi_pk", "gsi_sk"]));
}

#[tokio::test]
async fn two_databases_in_memory_know_nothing_of_each_other() {
    let (one, other) = (client(&start().await).await, client(&start().await).await);
    create_table(&one, &Template::load(), TABLE, false).await;
    assert_eq!(one.list_tables().send().await.unwrap().table_names(), [TABLE]);
    assert!(other.list_tables().send().await.unwrap().table_names().is_empty());
}

#[tokio::test]
async fn a_database_in_a_file_is_there_again_later() {
    let file = std::env::temp_dir().join(format!("sandbox-{}.db", uuid::Uuid::new_v4()));
    let first = client(&start_at(&file).await).await;
    create_table(&first, &Template::load(), TABLE, false).await;
    let put = first.put_item().table_name(TABLE).item("pk", text("1")).item("sk", text("a"));
    put.send().await.unwrap();
    let second = client(&start_at(&file).await).await;
    let get = second.get_item().table_name(TABLE).key("pk", text("1")).key("sk", text("a"));
    assert!(get.send().await.unwrap().item.is_some());
    for rest in ["", "-wal", "-shm"] {
        let _ = std::fs::remove_file(format!("{}{rest}", file.display()));
    }
}
