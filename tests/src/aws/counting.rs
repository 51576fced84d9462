//! Writes down what each function asks of AWS, as the SDK sends it, and refuses what its role in the template does not
//! allow: every test runs under the permissions that a deployment has.

use std::collections::BTreeSet;
use std::sync::{Arc, Mutex, MutexGuard};

use aws_sdk_dynamodb::config::interceptors::BeforeTransmitInterceptorContextRef;
use aws_sdk_dynamodb::config::{ConfigBag, Intercept, RuntimeComponents};
use aws_sdk_dynamodb::error::BoxError;
use serde_json::{Value, json};

use super::template::Role;

/// One operation that was asked for.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Operation {
    /// The crate of the function that asked.
    pub function: &'static str,
    /// As the request names it: `DynamoDB_20120810.GetItem`.
    pub target: String,
    pub request: Value,
}

/// What a role must allow: an action of IAM, on a resource by its name; on a row, with what its key begins with behind a
/// `#`.
pub type Permission = (String, String);

impl Operation {
    /// The operation's own name.
    pub fn name(&self) -> &str {
        self.target.rsplit('.').next().unwrap_or_default()
    }

    fn is_of(&self, service: &str) -> bool {
        self.target.starts_with(service)
    }

    /// What IAM asks for before it lets the operation through.
    pub fn permissions(&self) -> BTreeSet<Permission> {
        let text = |name: &str| self.request[name].as_str().unwrap_or_default();
        if self.is_of("AmazonSQS") {
            let queue = text("QueueUrl").rsplit('/').next().unwrap_or_default();
            let action = self.name().trim_end_matches("Batch");
            return [(format!("sqs:{action}"), queue.trim_end_matches(".fifo").to_owned())].into();
        }
        if self.is_of("secretsmanager") {
            let id = Some(text("SecretId")).filter(|id| !id.is_empty()).unwrap_or(text("Name"));
            return [(format!("secretsmanager:{}", self.name()), id.to_owned())].into();
        }
        if self.is_of("AWSEvents") {
            let entries = self.request["Entries"].as_array().into_iter().flatten();
            let buses = entries.filter_map(|entry| entry["EventBusName"].as_str());
            return buses.map(|bus| (format!("events:{}", self.name()), bus.to_owned())).collect();
        }
        self.permissions_of_table()
    }

    /// A transaction and a batch are allowed by what they consist of.
    fn permissions_of_table(&self) -> BTreeSet<Permission> {
        let request = &self.request;
        let table = request["TableName"].as_str().unwrap_or_default();
        match (self.name(), request["IndexName"].as_str()) {
            ("TransactWriteItems", _) => {
                let items = request["TransactItems"].as_array().into_iter().flatten();
                items.filter_map(Value::as_object).flatten().map(of_transaction).collect()
            }
            (name @ ("BatchGetItem" | "BatchWriteItem"), _) => {
                let tables = request["RequestItems"].as_object().into_iter().flatten();
                tables.flat_map(|(table, asked)| of_batch(name, table, asked)).collect()
            }
            (name, Some(index)) => [(format!("dynamodb:{name}"), format!("{table}/index/{index}"))].into(),
            (name, None) => [on_row(name, table, request)].into(),
        }
    }
}

fn of_transaction((part, item): (&String, &Value)) -> Permission {
    let table = item["TableName"].as_str().unwrap_or_default();
    match part.as_str() {
        "ConditionCheck" => on_row("ConditionCheckItem", table, item),
        part => on_row(&format!("{part}Item"), table, item),
    }
}

fn of_batch(name: &str, table: &str, asked: &Value) -> Vec<Permission> {
    let keys = asked["Keys"].as_array().into_iter().flatten();
    let keys = keys.map(|key| on_row(name, table, &json!({ "Key": key })));
    let writes = asked.as_array().into_iter().flatten();
    let writes = writes.filter_map(Value::as_object).flat_map(|write| write.values());
    keys.chain(writes.map(|write| on_row(name, table, write))).collect()
}

/// An action on one row: the table, and what the row's partition key begins with.
fn on_row(action: &str, table: &str, asked: &Value) -> Permission {
    let keys = [&asked["Key"]["pk"], &asked["Item"]["pk"], &asked["ExpressionAttributeValues"][":pk"]];
    let key = keys.iter().find_map(|key| key["S"].as_str()).unwrap_or_default();
    let family = key.split_inclusive('#').next().unwrap_or_default();
    (format!("dynamodb:{action}"), format!("{table}#{family}"))
}

/// Everything that was asked for, in order. Clones share it.
#[derive(Clone, Debug, Default)]
pub struct Operations {
    asked: Arc<Mutex<Vec<Operation>>>,
    denied: Arc<Mutex<BTreeSet<String>>>,
}

impl Operations {
    /// The operations since the last time this was asked.
    pub fn take(&self) -> Vec<Operation> {
        std::mem::take(&mut self.asked())
    }

    /// What was refused, in words. A function that tries again later would hide it.
    pub fn denied(&self) -> BTreeSet<String> {
        self.denied.lock().expect("nothing panics while it notes a refusal").clone()
    }

    /// The names of the table's operations since anything was last taken.
    pub fn take_of_table(&self) -> Vec<String> {
        let taken = self.take().into_iter().filter(|operation| operation.is_of("DynamoDB"));
        taken.map(|operation| operation.name().to_owned()).collect()
    }

    /// Writes down what this function asks; with a role, refuses what that does not allow.
    pub fn of(&self, function: &'static str, role: Option<Role>) -> Counting {
        Counting { operations: self.clone(), function, role }
    }

    fn asked(&self) -> MutexGuard<'_, Vec<Operation>> {
        self.asked.lock().expect("nothing panics while it counts")
    }
}

/// Stands in the way of one function's calls.
#[derive(Clone, Debug)]
pub struct Counting {
    operations: Operations,
    function: &'static str,
    role: Option<Role>,
}

impl Counting {
    fn denies(&self, asked: &Permission) -> bool {
        self.role.as_ref().is_some_and(|role| !role.allows(asked))
    }
}

impl Intercept for Counting {
    fn name(&self) -> &'static str {
        "counts operations"
    }

    fn read_before_transmit(
        &self,
        context: &BeforeTransmitInterceptorContextRef<'_>,
        _components: &RuntimeComponents,
        _config: &mut ConfigBag,
    ) -> Result<(), BoxError> {
        let asked = context.request();
        let target = asked.headers().get("x-amz-target").unwrap_or_default().to_owned();
        let request = serde_json::from_slice(asked.body().bytes().unwrap_or_default())?;
        let operation = Operation { function: self.function, target, request };
        let denied = operation.permissions().into_iter().find(|asked| self.denies(asked));
        self.operations.asked().push(operation);
        let Some((action, resource)) = denied else { return Ok(()) };
        let says = format!("the role of {} does not allow {action} on {resource}", self.function);
        let mut denied = self.operations.denied.lock().expect("nothing panics while it notes a refusal");
        denied.insert(says.clone());
        Err(says.into())
    }
}
