//! The AWS SDK's way to the stand-ins, without a socket: a connector in whose hands calls are refused, delayed or lost.

use std::fmt;
use std::sync::Arc;

use aws_smithy_runtime_api::client::http::{
    HttpClient, HttpConnector, HttpConnectorFuture, HttpConnectorSettings, SharedHttpConnector,
};
use aws_smithy_runtime_api::client::orchestrator::{HttpRequest, HttpResponse};
use aws_smithy_runtime_api::client::result::ConnectorError;
use aws_smithy_runtime_api::client::runtime_components::RuntimeComponents;
use aws_smithy_types::body::SdkBody;
use dynoxide::Database;
use jiff::SignedDuration;
use serde_json::Value;

use super::dynamo;
use super::weather::{Fault, Weather};
use crate::aws::events::FakeEventBridge;
use crate::aws::json_api::{Refusal, to_response};
use crate::aws::secrets::FakeSecretsManager;
use crate::aws::sqs::FakeSqs;

/// Longer than a token lease, shorter than a function's time.
const STALL: SignedDuration = SignedDuration::from_secs(70);
/// The most that half the way to an AWS service takes, in milliseconds.
const HOP_MS: i64 = 6;

/// All four services behind one connector.
#[derive(Clone)]
pub struct AwsWire {
    pub database: Database,
    pub sqs: FakeSqs,
    pub secrets: FakeSecretsManager,
    pub bus: FakeEventBridge,
    pub weather: Weather,
    /// Everything that a queue ever accepted.
    pub accepted: Arc<std::sync::Mutex<Vec<String>>>,
}

impl fmt::Debug for AwsWire {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        formatter.write_str("AwsWire")
    }
}

impl HttpClient for AwsWire {
    fn http_connector(&self, _: &HttpConnectorSettings, _: &RuntimeComponents) -> SharedHttpConnector {
        SharedHttpConnector::new(self.clone())
    }
}

impl HttpConnector for AwsWire {
    fn call(&self, request: HttpRequest) -> HttpConnectorFuture {
        let wire = self.clone();
        HttpConnectorFuture::new(async move { wire.carry(request).await })
    }
}

/// Which service, by the start of the target that a request names.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Service {
    Table,
    Queue,
    Secrets,
    Bus,
}

impl AwsWire {
    async fn carry(&self, request: HttpRequest) -> Result<HttpResponse, ConnectorError> {
        let target = request.headers().get("x-amz-target").unwrap_or_default().to_owned();
        let operation = target.rsplit('.').next().unwrap_or_default();
        let service = match target.split('.').next().unwrap_or_default() {
            "DynamoDB_20120810" => Service::Table,
            "AmazonSQS" => Service::Queue,
            "AWSEvents" => Service::Bus,
            _ => Service::Secrets,
        };
        let body = request.body().bytes().unwrap_or_default().to_vec();
        self.weather.hop(HOP_MS).await;
        if let Some(fault) = self.weather.first_of(before(service)) {
            return self.refuse(fault, operation).await;
        }
        let answer = self.work(service, operation, &body);
        if let Some(fault) = self.weather.first_of(after(service)) {
            return self.refuse(fault, operation).await;
        }
        self.weather.hop(HOP_MS).await;
        respond(answer)
    }

    async fn refuse(&self, fault: Fault, operation: &str) -> Result<HttpResponse, ConnectorError> {
        self.weather.tell(|| format!("  ! {}: {operation}", fault.name()));
        let broken = || Err(ConnectorError::io("the connection broke".into()));
        match fault {
            Fault::TableThrottled => {
                let code = "com.amazonaws.dynamodb.v20120810#ProvisionedThroughputExceededException";
                respond((400, format!(r#"{{"__type":"{code}","message":"slow down"}}"#)))
            }
            Fault::TableReset | Fault::TableResetAfterWork => broken(),
            Fault::TableStall => {
                self.weather.naps.nap(STALL).await;
                broken()
            }
            _ => respond((500, r#"{"__type":"InternalServerError","message":"on demand"}"#.to_owned())),
        }
    }

    fn work(&self, service: Service, operation: &str, body: &[u8]) -> dynamo::Answer {
        let text = || String::from_utf8_lossy(body);
        if service == Service::Table {
            return dynamo::answer(&self.database, operation, &text());
        }
        let request: Value = serde_json::from_slice(body).unwrap_or(Value::Null);
        let answer = match service {
            Service::Queue => self.sqs.answer(operation, &request),
            Service::Bus => self.bus.answer(operation, &request),
            Service::Table | Service::Secrets => self.secrets.answer(operation, &request),
        };
        if operation.starts_with("SendMessage") && answer.is_ok() {
            self.accepted.lock().expect("nobody panics here").push(text().into_owned());
            self.weather.tell(|| format!("  queue takes {}", bodies(&request)));
        }
        to_answer(answer)
    }
}

fn before(service: Service) -> &'static [Fault] {
    match service {
        Service::Table => &[Fault::TableThrottled, Fault::TableError, Fault::TableReset, Fault::TableStall],
        Service::Queue => &[Fault::QueueError],
        Service::Secrets => &[Fault::SecretsError],
        Service::Bus => &[Fault::BusError],
    }
}

fn after(service: Service) -> &'static [Fault] {
    match service {
        Service::Table => &[Fault::TableResetAfterWork],
        Service::Queue => &[Fault::QueueErrorAfterWork],
        Service::Secrets => &[Fault::SecretsErrorAfterWork],
        Service::Bus => &[Fault::BusErrorAfterWork],
    }
}

fn bodies(request: &Value) -> String {
    let entries = request["Entries"].as_array().cloned().unwrap_or_default();
    let bodies = entries.iter().filter_map(|entry| entry["MessageBody"].as_str());
    bodies.collect::<Vec<_>>().join(" ")
}

fn to_answer(answer: Result<Value, Refusal>) -> dynamo::Answer {
    let (parts, body) = to_response(answer).into_parts();
    (parts.status.as_u16(), body)
}

fn respond((status, body): dynamo::Answer) -> Result<HttpResponse, ConnectorError> {
    let response = http::Response::builder()
        .status(status)
        .header("content-type", "application/x-amz-json-1.0")
        .body(SdkBody::from(body))
        .expect("a status and a constant header make a response");
    HttpResponse::try_from(response).map_err(|error| ConnectorError::other(error.into(), None))
}
