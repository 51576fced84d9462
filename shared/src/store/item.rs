//! Rows as DynamoDB's items. They go through JSON values, so that each kind of row is read and written by one piece of
//! code, whatever it came from.

use std::collections::HashMap;

use aws_sdk_dynamodb::types::AttributeValue;
use serde::Serialize;
use serde::de::{DeserializeOwned, Error as _};
use serde_json::{Error, Map, Number, Value};

type Item = HashMap<String, AttributeValue>;

/// # Errors
/// Where the row is not a map of names to values.
pub fn to_item<T: Serialize>(row: &T) -> Result<Item, Error> {
    match serde_json::to_value(row)? {
        Value::Object(fields) => {
            Ok(fields.into_iter().map(|(name, value)| (name, to_attribute(value))).collect())
        }
        _ => Err(Error::custom("a row is a map")),
    }
}

/// # Errors
/// Where the item is no such row.
pub fn from_item<T: DeserializeOwned>(item: Item) -> Result<T, Error> {
    let fields: Result<Map<String, Value>, Error> = item.into_iter().map(to_field).collect();
    serde_json::from_value(Value::Object(fields?))
}

fn to_attribute(value: Value) -> AttributeValue {
    match value {
        Value::Null => AttributeValue::Null(true),
        Value::Bool(is) => AttributeValue::Bool(is),
        Value::Number(number) => AttributeValue::N(number.to_string()),
        Value::String(text) => AttributeValue::S(text),
        Value::Array(values) => AttributeValue::L(values.into_iter().map(to_attribute).collect()),
        Value::Object(fields) => {
            AttributeValue::M(fields.into_iter().map(|(name, value)| (name, to_attribute(value))).collect())
        }
    }
}

fn to_field((name, value): (String, AttributeValue)) -> Result<(String, Value), Error> {
    Ok((name, to_value(value)?))
}

fn to_value(attribute: AttributeValue) -> Result<Value, Error> {
    Ok(match attribute {
        AttributeValue::Null(_) => Value::Null,
        AttributeValue::Bool(is) => Value::Bool(is),
        AttributeValue::N(number) => Value::Number(number.parse::<Number>()?),
        AttributeValue::S(text) => Value::String(text),
        AttributeValue::L(values) => {
            Value::Array(values.into_iter().map(to_value).collect::<Result<_, _>>()?)
        }
        AttributeValue::M(fields) => {
            Value::Object(fields.into_iter().map(to_field).collect::<Result<_, _>>()?)
        }
        _ => return Err(Error::custom("no row of ours holds bytes or sets")),
    })
}
