//! The stream of the embedded table, read as Lambda reads it.

use serde_json::{Value, json};

use super::template::Template;

/// Anything that looks like a signature: the embedded database checks none.
const AUTHORIZATION: &str = "AWS4-HMAC-SHA256 Credential=test/20260101/us-east-1/dynamodb/aws4_request, SignedHeaders=host, Signature=00";

/// Where one reader of the one shard is.
#[derive(Clone, Debug)]
pub struct Stream {
    endpoint: String,
    http: reqwest::Client,
    iterator: String,
    prefixes: Vec<String>,
}

impl Stream {
    /// A reader that begins with what comes next, and sees what the template's filter lets through.
    ///
    /// # Panics
    /// Where the table has no stream.
    pub async fn open(endpoint: &str, table: &str) -> Self {
        let http = reqwest::Client::builder().no_proxy().build().expect("a client without TLS can be built");
        let mut stream =
            Self { endpoint: endpoint.to_owned(), http, iterator: String::new(), prefixes: prefixes() };
        let listed = stream.ask("ListStreams", &json!({ "TableName": table })).await;
        let arn = listed["Streams"][0]["StreamArn"].clone();
        let described = stream.ask("DescribeStream", &json!({ "StreamArn": arn })).await;
        let shard = described["StreamDescription"]["Shards"][0]["ShardId"].clone();
        let from = json!({ "StreamArn": arn, "ShardId": shard, "ShardIteratorType": "TRIM_HORIZON" });
        let answer = stream.ask("GetShardIterator", &from).await;
        stream.iterator = answer["ShardIterator"].as_str().expect("a shard can be read").to_owned();
        stream
    }

    /// What came since this was last asked, in order, as a function is called with it.
    pub async fn read(&mut self) -> Vec<Value> {
        let mut found = Vec::new();
        loop {
            let answer = self.ask("GetRecords", &json!({ "ShardIterator": self.iterator })).await;
            let records = answer["Records"].as_array().cloned().unwrap_or_default();
            if let Some(next) = answer["NextShardIterator"].as_str() {
                next.clone_into(&mut self.iterator);
            }
            if records.is_empty() {
                return found;
            }
            found.extend(records.into_iter().filter(|record| self.is_wanted(record)).map(|mut record| {
                record["eventSource"] = json!("aws:dynamodb");
                record
            }));
        }
    }

    fn is_wanted(&self, record: &Value) -> bool {
        let key = record["dynamodb"]["Keys"]["pk"]["S"].as_str().unwrap_or_default();
        self.prefixes.iter().any(|prefix| key.starts_with(prefix.as_str()))
    }

    async fn ask(&self, operation: &str, body: &Value) -> Value {
        let asked = self.http.post(&self.endpoint).header("authorization", AUTHORIZATION);
        let asked = asked.header("x-amz-target", format!("DynamoDBStreams_20120810.{operation}"));
        let asked = asked
            .header("x-amz-date", "20260101T000000Z")
            .header("content-type", "application/x-amz-json-1.0")
            .body(body.to_string());
        let text = asked.send().await.expect("the table is on this machine").text().await;
        let answer: Value =
            serde_json::from_str(&text.expect("the answer is whole")).expect("the answer is JSON");
        assert!(answer.get("__type").is_none(), "{operation}: {answer}");
        answer
    }
}

/// What keys begin with that the template's filter lets through.
fn prefixes() -> Vec<String> {
    let events = Template::load().properties("AutomationFunction")["Events"].clone();
    let pattern = &events["Changes"]["Properties"]["FilterCriteria"]["Filters"][0]["Pattern"];
    let pattern: Value =
        serde_json::from_str(pattern.as_str().unwrap_or_default()).expect("a pattern is JSON");
    let all = pattern["dynamodb"]["Keys"]["pk"]["S"].as_array().cloned().unwrap_or_default();
    all.iter().filter_map(|one| one["prefix"].as_str().map(str::to_owned)).collect()
}
