//! Stand-ins for the AWS services that the functions use, each over real HTTP, so that the real SDK clients talk to
//! them: DynamoDB (embedded, somebody else's), SQS and Secrets Manager (small fakes of ours), the event source mapping
//! and the HTTP API.

pub mod clients;
pub mod counting;
pub mod dynamodb;
pub mod event_source;
pub mod events;
pub mod front;
pub mod gateway;
pub mod json_api;
pub mod lambda;
pub mod secrets;
pub mod sqs;
pub mod stream;
pub mod template;
pub mod units;

#[cfg(test)]
mod checks;
