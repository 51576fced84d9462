//! Reads `template.yaml`: the stand-ins make what the template says, so that the two cannot drift apart.

mod functions;
mod roles;
mod values;

use std::path::{Path, PathBuf};

use jiff::SignedDuration;
use serde_yaml_ng::{Mapping, Value};

pub use self::functions::{FunctionSpec, QueueSource, Route};
pub use self::roles::{Role, covers};
pub use self::values::Values;
use super::sqs::{Scope, Settings};

/// The template, parsed. CloudFormation's short functions (`!Ref`, `!Sub`, `!GetAtt`) are tagged values.
#[derive(Clone, Debug)]
pub struct Template(Value);

/// A FIFO queue of the template.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct QueueSpec {
    pub logical_id: String,
    pub visibility_seconds: i64,
    /// The logical id of its dead letters, and after how many receives a message goes there.
    pub dead_letters: Option<(String, u32)>,
    pub scope: Scope,
    pub content_based: bool,
}

/// Something that whoever deploys may or must say.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct ParameterSpec {
    pub name: String,
    pub description: String,
    /// Absent where it must be said.
    pub default: Option<String>,
    /// Not shown by CloudFormation.
    pub is_secret: bool,
}

impl Template {
    /// The repository's own template.
    ///
    /// # Panics
    /// Where it is missing or no YAML: no test means anything then.
    pub fn load() -> Self {
        let path = repository().join("template.yaml");
        let text =
            std::fs::read_to_string(&path).unwrap_or_else(|error| panic!("{}: {error}", path.display()));
        Self(serde_yaml_ng::from_str(&text).expect("template.yaml is YAML"))
    }

    pub fn resources(&self) -> &Mapping {
        self.0["Resources"].as_mapping().expect("a template has resources")
    }

    /// The logical ids of all resources of a type, in order.
    pub fn of_type(&self, kind: &str) -> Vec<String> {
        let fitting = self.resources().iter().filter(|(_, resource)| resource["Type"].as_str() == Some(kind));
        fitting.filter_map(|(id, _)| id.as_str().map(str::to_owned)).collect()
    }

    /// The properties of one resource.
    pub fn properties(&self, logical_id: &str) -> &Value {
        &self.0["Resources"][logical_id]["Properties"]
    }

    pub fn parameters(&self) -> Vec<ParameterSpec> {
        let parameters = self.0["Parameters"].as_mapping().expect("a template has parameters");
        parameters.iter().map(|(name, parameter)| to_parameter(name, parameter)).collect()
    }

    pub fn queues(&self) -> Vec<QueueSpec> {
        let ids = self.of_type("AWS::SQS::Queue");
        ids.into_iter().map(|logical_id| self.queue(logical_id)).collect()
    }

    fn queue(&self, logical_id: String) -> QueueSpec {
        let properties = self.properties(&logical_id);
        let redrive = &properties["RedrivePolicy"];
        let target = referred(&redrive["deadLetterTargetArn"]);
        let receives = redrive["maxReceiveCount"].as_u64().and_then(|count| u32::try_from(count).ok());
        let is_by_group = properties["DeduplicationScope"].as_str() == Some("messageGroup");
        QueueSpec {
            visibility_seconds: properties["VisibilityTimeout"].as_i64().unwrap_or(30),
            dead_letters: target.zip(receives),
            scope: if is_by_group { Scope::MessageGroup } else { Scope::Queue },
            content_based: properties["ContentBasedDeduplication"].as_bool().unwrap_or(false),
            logical_id,
        }
    }

    /// The names of a function's environment variables, the ones that all functions share included.
    pub fn variables(&self, function: &str) -> Vec<String> {
        let own = &self.properties(function)["Environment"]["Variables"];
        let shared = &self.0["Globals"]["Function"]["Environment"]["Variables"];
        let names = [shared, own].into_iter().filter_map(Value::as_mapping).flat_map(Mapping::keys);
        names.filter_map(|name| name.as_str().map(str::to_owned)).collect()
    }

    /// The name of the one table, by its logical id.
    pub fn table(&self) -> String {
        let tables = self.of_type("AWS::DynamoDB::Table");
        assert_eq!(tables.len(), 1, "the product has one table");
        tables.into_iter().next().expect("one table was counted")
    }

    pub fn whole(&self) -> &Value {
        &self.0
    }
}

impl QueueSpec {
    /// What the stand-in makes this queue with; `name` tells the name of a queue by its logical id.
    pub fn settings(&self, name: impl Fn(&str) -> String) -> Settings {
        let dead_letters = self.dead_letters.as_ref().map(|(id, receives)| (name(id), *receives));
        Settings {
            visibility: SignedDuration::from_secs(self.visibility_seconds),
            dead_letters,
            content_based: self.content_based,
            scope: self.scope,
        }
    }
}

/// A default may be written as a number or a flag; CloudFormation hands it on as a text.
fn to_parameter(name: &Value, parameter: &Value) -> ParameterSpec {
    let text = |value: &Value| value.as_str().unwrap_or_default().to_owned();
    let default = match &parameter["Default"] {
        Value::Null => None,
        Value::String(default) => Some(default.clone()),
        Value::Number(default) => Some(default.to_string()),
        Value::Bool(default) => Some(default.to_string()),
        other => panic!("the default of {} is no single value: {other:?}", text(name)),
    };
    ParameterSpec {
        name: text(name),
        description: text(&parameter["Description"]),
        default,
        is_secret: parameter["NoEcho"].as_bool().unwrap_or(false),
    }
}

/// The value behind a CloudFormation tag.
pub fn untagged(value: &Value) -> &Value {
    match value {
        Value::Tagged(tagged) => &tagged.value,
        other => other,
    }
}

/// The logical id that a `!Ref` or `!GetAtt` names.
fn referred(value: &Value) -> Option<String> {
    untagged(value).as_str()?.split('.').next().map(str::to_owned)
}

/// The root of the repository.
pub fn repository() -> PathBuf {
    let tests = Path::new(env!("CARGO_MANIFEST_DIR"));
    tests.parent().expect("the crate stands in a folder of the repository").to_owned()
}

#[cfg(test)]
mod checks;
