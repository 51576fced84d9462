//! What DynamoDB bills for an operation, from its request alone: a unit of writing for each KB of an item, twice that in
//! a transaction; a unit of reading for each item that is asked for, since no row of ours is larger than 4 KB. An update
//! does not say how large its item is: those that the product makes are small.

use std::io::{self, Write};

use serde_json::Value;

use super::counting::Operation;

/// Names each operation with its units, one line each, on the standard error.
pub fn name_each(operations: &[Operation]) {
    for operation in operations {
        let units = Units::of([operation]);
        let permissions = operation.permissions().into_iter();
        let what: Vec<String> = permissions.map(|(action, on)| format!("{action} {on}")).collect();
        let _ = writeln!(
            io::stderr(),
            "  {:<18} {} {} ({} units)",
            operation.function,
            operation.name(),
            what.join(", "),
            units.read_units + units.write_units
        );
    }
}

/// Reads and writes, as operations and as what is billed.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct Units {
    pub reads: usize,
    pub read_units: usize,
    pub writes: usize,
    pub write_units: usize,
}

impl Units {
    /// Of these operations, those of the table.
    pub fn of<'a>(operations: impl IntoIterator<Item = &'a Operation>) -> Self {
        let table = operations.into_iter().filter(|operation| operation.target.starts_with("DynamoDB"));
        table.fold(Self::default(), |sum, operation| sum.and(operation))
    }

    fn and(mut self, operation: &Operation) -> Self {
        let request = &operation.request;
        match operation.name() {
            "GetItem" | "Query" => (self.reads, self.read_units) = (self.reads + 1, self.read_units + 1),
            "BatchGetItem" => {
                self.reads += 1;
                self.read_units += requested(request).map(|keys| elements(&keys["Keys"])).sum::<usize>();
            }
            "TransactWriteItems" => {
                let items = request["TransactItems"].as_array().into_iter().flatten();
                let puts = items.filter_map(Value::as_object).flat_map(|item| item.values());
                self.writes += 1;
                self.write_units += puts.map(|put| 2 * kilobytes(&put["Item"])).sum::<usize>();
            }
            "BatchWriteItem" => {
                let writes = requested(request).filter_map(Value::as_array).flatten();
                self.writes += 1;
                self.write_units +=
                    writes.map(|write| kilobytes(&write["PutRequest"]["Item"])).sum::<usize>();
            }
            _ => {
                self.writes += 1;
                self.write_units += kilobytes(&request["Item"]);
            }
        }
        self
    }
}

/// What a batch asks of each table.
fn requested(request: &Value) -> impl Iterator<Item = &Value> {
    request["RequestItems"].as_object().into_iter().flat_map(|tables| tables.values())
}

fn elements(list: &Value) -> usize {
    list.as_array().map_or(0, Vec::len)
}

/// The whole KB of an item; one where the request does not show it.
fn kilobytes(item: &Value) -> usize {
    bytes_of_map(item).div_ceil(1024).max(1)
}

/// The bytes of an item as DynamoDB counts them: names and values, three more for each list and map, and one for each
/// thing in it.
fn bytes_of_map(map: &Value) -> usize {
    let entries = map.as_object().into_iter().flatten();
    entries.map(|(name, value)| name.len() + bytes(value)).sum()
}

fn bytes(value: &Value) -> usize {
    let Some((kind, value)) = value.as_object().and_then(|typed| typed.iter().next()) else { return 0 };
    let text = value.as_str().map_or(1, str::len);
    match kind.as_str() {
        "N" => text.div_ceil(2) + 1,
        "M" => 3 + value.as_object().map_or(0, serde_json::Map::len) + bytes_of_map(value),
        "L" => 3 + value.as_array().into_iter().flatten().map(|one| 1 + bytes(one)).sum::<usize>(),
        _ => text,
    }
}

#[cfg(test)]
mod tests {
    use serde_json::json;

    use super::*;

    fn operation(name: &str, request: Value) -> Operation {
        Operation { function: "contact-sync", target: format!("DynamoDB_20120810.{name}"), request }
    }

    #[test]
    fn a_transaction_is_one_write_and_bills_each_item_twice() {
        let put = json!({ "Put": { "Item": { "pk": { "S": "x".repeat(1_025) } } } });
        let delete = json!({ "Delete": { "Key": {} } });
        let asked = operation("TransactWriteItems", json!({ "TransactItems": [put, delete] }));
        assert_eq!(Units::of([&asked]), Units { writes: 1, write_units: 6, ..Units::default() });
    }

    #[test]
    fn a_batch_read_is_one_read_and_bills_each_item() {
        let asked =
            operation("BatchGetItem", json!({ "RequestItems": { "table": { "Keys": [{}, {}, {}] } } }));
        assert_eq!(Units::of([&asked]), Units { reads: 1, read_units: 3, ..Units::default() });
    }

    #[test]
    fn an_item_is_counted_by_its_names_and_values() {
        let item =
            json!({ "pk": { "S": "abc" }, "n": { "N": "1234" }, "m": { "M": { "k": { "BOOL": true } } } });
        assert_eq!(bytes_of_map(&item), (2 + 3) + (1 + 3) + (1 + 3 + 1 + (1 + 1)));
    }
}
