//! Functions that are deployed somewhere: found, with their variables, and called.

use std::collections::BTreeMap;
use std::io;

use serde_json::Value;

use super::template::Template;

/// Anything that looks like a signature: only emulators are called here, which check none.
const AUTHORIZATION: &str = "AWS4-HMAC-SHA256 Credential=test/20260101/us-east-1/lambda/aws4_request, SignedHeaders=host, Signature=00";

/// The functions of one stack, by the logical ids of its template.
#[derive(Clone, Debug)]
pub struct DeployedFunctions {
    endpoint: String,
    http: reqwest::Client,
    functions: BTreeMap<String, Deployed>,
}

#[derive(Clone, Debug)]
struct Deployed {
    name: String,
    variables: BTreeMap<String, String>,
}

impl DeployedFunctions {
    /// Asks the Lambda at `endpoint`.
    ///
    /// # Errors
    /// Where it does not answer, or a function of the template is not deployed there.
    pub async fn find(endpoint: &str, stack: &str, template: &Template) -> io::Result<Self> {
        let http = reqwest::Client::builder().no_proxy().build().map_err(io::Error::other)?;
        let asked = http.get(format!("{endpoint}/2015-03-31/functions/?MaxItems=50"));
        let answer = asked.header("authorization", AUTHORIZATION).send().await.map_err(io::Error::other)?;
        let listed: Value = serde_json::from_str(&answer.text().await.map_err(io::Error::other)?)
            .map_err(io::Error::other)?;
        let mut functions = BTreeMap::new();
        for id in template.of_type("AWS::Serverless::Function") {
            let beginning = format!("{stack}-{id}");
            let mut rows = listed["Functions"].as_array().into_iter().flatten();
            let found = rows
                .find(|row| row["FunctionName"].as_str().is_some_and(|name| name.starts_with(&beginning)))
                .ok_or_else(|| io::Error::other(format!("{id} is not deployed: {listed}")))?;
            functions.insert(id, to_deployed(found));
        }
        Ok(Self { endpoint: endpoint.to_owned(), http, functions })
    }

    /// What the deployment put into a variable of a function.
    ///
    /// # Errors
    /// Where it put nothing there.
    pub fn variable(&self, function: &str, name: &str) -> io::Result<&str> {
        let value = self.functions.get(function).and_then(|deployed| deployed.variables.get(name));
        value.map(String::as_str).ok_or_else(|| io::Error::other(format!("{function} was not given {name}")))
    }

    /// Calls a function with an event, and waits for its answer.
    ///
    /// # Errors
    /// Where the call does not arrive, or the function fails.
    pub async fn call(&self, function: &str, event: &Value) -> io::Result<Value> {
        let name = &self.functions[function].name;
        let asked = self.http.post(format!("{}/2015-03-31/functions/{name}/invocations", self.endpoint));
        let asked = asked.header("authorization", AUTHORIZATION).body(event.to_string());
        let answer = asked.send().await.map_err(io::Error::other)?;
        let failed = answer.headers().contains_key("x-amz-function-error") || !answer.status().is_success();
        let text = answer.text().await.map_err(io::Error::other)?;
        if failed {
            return Err(io::Error::other(format!("{function} failed: {text}")));
        }
        serde_json::from_str(&text).map_err(io::Error::other)
    }
}

fn to_deployed(row: &Value) -> Deployed {
    let variables = serde_json::from_value(row["Environment"]["Variables"].clone()).unwrap_or_default();
    Deployed { name: row["FunctionName"].as_str().unwrap_or_default().to_owned(), variables }
}
