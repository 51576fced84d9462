//! Leases: who may do a thing now. For economy only; what must be right is held by conditional writes.

use aws_sdk_dynamodb::error::SdkError;
use aws_sdk_dynamodb::operation::update_item::UpdateItemError;
use aws_sdk_dynamodb::types::{AttributeValue, ReturnValue};
use jiff::{SignedDuration, Timestamp};

use super::error::Error;
use super::table::{Key, Table, to_dynamo};

/// A lease held: its fencing number is higher than that of every holder before.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub struct Fence(pub u64);

#[derive(Clone, Debug)]
pub struct Leases {
    table: Table,
}

impl Leases {
    pub fn new(table: Table) -> Self {
        Self { table }
    }

    /// Takes the lease until `now + life`; `None` while somebody else holds it.
    pub async fn take(
        &self,
        name: &str,
        now: Timestamp,
        life: SignedDuration,
    ) -> Result<Option<Fence>, Error> {
        const DOING: &str = "take a lease";
        let until = AttributeValue::N((now + life).as_millisecond().to_string());
        let update = self
            .table
            .client()
            .update_item()
            .table_name(self.table.name())
            .set_key(Some(key(name).to_item()))
            .update_expression("SET held_until = :until ADD fence :one")
            .condition_expression("attribute_not_exists(held_until) OR held_until <= :now")
            .expression_attribute_values(":until", until)
            .expression_attribute_values(":now", AttributeValue::N(now.as_millisecond().to_string()))
            .expression_attribute_values(":one", AttributeValue::N("1".to_owned()))
            .return_values(ReturnValue::UpdatedNew);
        match update.send().await {
            Ok(answer) => Ok(Some(fence_of(answer.attributes.as_ref()))),
            Err(error) if is_condition(&error) => Ok(None),
            Err(error) => Err(to_dynamo(DOING, error)),
        }
    }

    /// Gives the lease back early, if it is still ours.
    pub async fn give_back(&self, name: &str, fence: Fence) -> Result<(), Error> {
        let update = self
            .table
            .client()
            .update_item()
            .table_name(self.table.name())
            .set_key(Some(key(name).to_item()))
            .update_expression("REMOVE held_until")
            .condition_expression("fence = :fence")
            .expression_attribute_values(":fence", AttributeValue::N(fence.0.to_string()));
        match update.send().await {
            Ok(_) => Ok(()),
            Err(error) if is_condition(&error) => Ok(()),
            Err(error) => Err(to_dynamo("give a lease back", error)),
        }
    }
}

fn is_condition(error: &SdkError<UpdateItemError>) -> bool {
    matches!(error.as_service_error(), Some(UpdateItemError::ConditionalCheckFailedException(_)))
}

fn fence_of(attributes: Option<&super::table::Item>) -> Fence {
    let number = attributes.and_then(|item| item.get("fence")?.as_n().ok()?.parse().ok());
    Fence(number.expect("DynamoDB answers the number that it was told to add to"))
}

fn key(name: &str) -> Key {
    Key::new(format!("LEASE#{name}"), "lease")
}
