//! The template's functions, and what calls each of them.

use serde_yaml_ng::Value;

use super::{Template, referred, untagged};

/// Lambda's own time-out, where neither a function nor the globals set one.
const TIMEOUT_SECONDS: i64 = 3;

/// A function of the template.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct FunctionSpec {
    pub logical_id: String,
    /// The crate that it is built from.
    pub binary: String,
    pub timeout_seconds: i64,
    /// The names of its environment variables, the shared ones included.
    pub variables: Vec<String>,
    pub routes: Vec<Route>,
    pub queue: Option<QueueSource>,
    /// The schedule's expression; its parameters are not filled in.
    pub schedule: Option<String>,
}

/// A route of the HTTP API, such as `POST /webhooks/ghl`.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Route {
    /// `ANY` stands for all methods.
    pub method: String,
    /// `{name}` stands for one segment, `{name+}` for one or more.
    pub path: String,
}

impl Route {
    /// Whether a request goes this way.
    pub fn fits(&self, method: &str, path: &str) -> bool {
        if self.method != "ANY" && self.method != method {
            return false;
        }
        let (ours, mut theirs) = (self.path.split('/'), path.split('/'));
        for part in ours {
            let Some(given) = theirs.next() else { return false };
            if part.starts_with('{') && part.ends_with("+}") {
                return !given.is_empty();
            }
            let is_any = part.starts_with('{') && !given.is_empty();
            if !is_any && part != given {
                return false;
            }
        }
        theirs.next().is_none()
    }
}

/// The queue that calls a function.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct QueueSource {
    pub logical_id: String,
    pub batch_size: usize,
    /// Whether the function may name single messages of a batch as failed.
    pub reports_failures: bool,
}

impl Template {
    pub fn functions(&self) -> Vec<FunctionSpec> {
        let ids = self.of_type("AWS::Serverless::Function");
        ids.into_iter().map(|logical_id| self.function(logical_id)).collect()
    }

    fn function(&self, logical_id: String) -> FunctionSpec {
        let (resource, properties) = (&self.resources()[&logical_id], self.properties(&logical_id));
        let timeout = &self.whole()["Globals"]["Function"]["Timeout"];
        let timeout = properties["Timeout"].as_i64().or(timeout.as_i64());
        FunctionSpec {
            binary: text(&resource["Metadata"]["BuildProperties"]["Binary"]),
            timeout_seconds: timeout.unwrap_or(TIMEOUT_SECONDS),
            variables: self.variables(&logical_id),
            routes: events(properties, "HttpApi").map(to_route).collect(),
            queue: events(properties, "SQS").next().and_then(to_queue_source),
            schedule: events(properties, "Schedule").next().map(|event| text(untagged(&event["Schedule"]))),
            logical_id,
        }
    }
}

/// The properties of a function's events of one type.
fn events<'a>(properties: &'a Value, kind: &str) -> impl Iterator<Item = &'a Value> {
    let events = properties["Events"].as_mapping().into_iter().flat_map(|events| events.values());
    events.filter(move |event| event["Type"].as_str() == Some(kind)).map(|event| &event["Properties"])
}

fn to_route(event: &Value) -> Route {
    Route { method: text(&event["Method"]), path: text(&event["Path"]) }
}

fn to_queue_source(event: &Value) -> Option<QueueSource> {
    let batch_size = event["BatchSize"].as_u64().unwrap_or(10);
    let kinds = event["FunctionResponseTypes"].as_sequence().into_iter().flatten();
    Some(QueueSource {
        logical_id: referred(&event["Queue"])?,
        batch_size: usize::try_from(batch_size).ok()?,
        reports_failures: kinds.into_iter().any(|kind| kind.as_str() == Some("ReportBatchItemFailures")),
    })
}

fn text(value: &Value) -> String {
    value.as_str().unwrap_or_default().to_owned()
}
