//! What the template allows to each function.

use serde_yaml_ng::Value;

use super::{Template, Values, referred, untagged};
use crate::aws::counting::Permission;

/// The role of one function.
#[derive(Clone, Debug, Default)]
pub struct Role {
    permissions: Vec<Permission>,
}

impl Role {
    /// Whether one of the role's statements lets this through. A name that ends in `*` stands for all that begin so.
    pub fn allows(&self, asked: &Permission) -> bool {
        self.permissions.iter().any(|granted| covers(granted, asked))
    }

    /// Each action with each resource.
    pub fn permissions(&self) -> &[Permission] {
        &self.permissions
    }
}

/// Whether what is granted lets through what is asked. Who may use a table may use all of its rows.
pub fn covers(granted: &Permission, asked: &Permission) -> bool {
    let fits = match granted.1.strip_suffix('*') {
        Some(beginning) => asked.1.starts_with(beginning),
        None => {
            let behind = asked.1.strip_prefix(&granted.1);
            behind.is_some_and(|behind| {
                behind.is_empty() || (behind.starts_with('#') && !granted.1.contains('#'))
            })
        }
    };
    granted.0 == asked.0 && fits
}

impl Template {
    /// The role of a function, with resources by the names that the sandbox gives them.
    ///
    /// # Panics
    /// Where a statement is not an `Allow` of the plain form that all of ours have.
    pub fn role(&self, function: &str, values: &Values<'_>) -> Role {
        let role = referred(&self.properties(function)["Role"]).expect("a function names its role");
        let mut permissions = Vec::new();
        for policy in list(&self.properties(&role)["Policies"]) {
            for statement in list(&policy["PolicyDocument"]["Statement"]) {
                assert_eq!(statement["Effect"].as_str(), Some("Allow"), "{role}");
                for action in one_or_many(&statement["Action"]) {
                    let action = action.as_str().expect("an action is a text").to_owned();
                    for resource in one_or_many(&statement["Resource"]) {
                        let names = narrowed(named(&resource, values), &statement["Condition"]);
                        permissions.extend(names.into_iter().map(|name| (action.clone(), name)));
                    }
                }
            }
        }
        Role { permissions }
    }
}

/// The resource, or the rows of it that a condition leaves. The tests know one form of condition.
fn narrowed(name: String, condition: &Value) -> Vec<String> {
    if condition.is_null() {
        return vec![name];
    }
    let keys = &condition["ForAllValues:StringLike"]["dynamodb:LeadingKeys"];
    let keys = keys.as_sequence().unwrap_or_else(|| panic!("a condition of another form: {condition:?}"));
    keys.iter().filter_map(Value::as_str).map(|key| format!("{name}#{key}")).collect()
}

/// The name behind an ARN of the template: that of a queue, a table, an index, a log group or a secret.
fn named(resource: &Value, values: &Values<'_>) -> String {
    match resource {
        Value::Tagged(tagged) if tagged.tag == "Sub" => {
            let text = untagged(resource).as_str().unwrap_or_default();
            let text = text.split(":secret:").last().unwrap_or(text).replace(".Arn}", "}");
            values.filled_in(&text)
        }
        Value::Tagged(_) => referred(resource).expect("an ARN names its resource"),
        other => other.as_str().unwrap_or_default().to_owned(),
    }
}

fn list(value: &Value) -> &[Value] {
    value.as_sequence().map_or(&[], Vec::as_slice)
}

fn one_or_many(value: &Value) -> Vec<Value> {
    value.as_sequence().cloned().unwrap_or_else(|| vec![value.clone()])
}
