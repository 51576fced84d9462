//! The AWS clients of the functions, pointed at stand-ins or at somebody else's AWS.

use aws_config::{BehaviorVersion, Region, SdkConfig};
use aws_sdk_dynamodb::config::Credentials;
use shared::sync::hint_work::Aws;

use super::counting::Counting;

/// Where each service is reached.
#[derive(Clone, Debug)]
pub struct Endpoints {
    pub dynamodb: String,
    pub secrets: String,
    pub sqs: String,
    pub events: String,
}

impl Endpoints {
    /// All services behind one address.
    pub fn all_at(url: &str) -> Self {
        Self {
            dynamodb: url.to_owned(),
            secrets: url.to_owned(),
            sqs: url.to_owned(),
            events: url.to_owned(),
        }
    }
}

/// The clients of one function.
#[derive(Clone, Debug)]
pub struct Clients {
    pub dynamodb: aws_sdk_dynamodb::Client,
    pub secrets: aws_sdk_secretsmanager::Client,
    pub sqs: aws_sdk_sqs::Client,
    pub events: aws_sdk_eventbridge::Client,
}

impl Clients {
    /// Clients that ask through `counting`.
    pub async fn new(endpoints: &Endpoints, counting: Counting) -> Self {
        let config = config().await;
        let at = |url: &str| config.to_builder().endpoint_url(url).build();
        let dynamodb = aws_sdk_dynamodb::config::Builder::from(&at(&endpoints.dynamodb));
        let secrets = aws_sdk_secretsmanager::config::Builder::from(&at(&endpoints.secrets));
        let sqs = aws_sdk_sqs::config::Builder::from(&at(&endpoints.sqs));
        let events = aws_sdk_eventbridge::config::Builder::from(&at(&endpoints.events));
        Self {
            dynamodb: aws_sdk_dynamodb::Client::from_conf(dynamodb.interceptor(counting.clone()).build()),
            secrets: aws_sdk_secretsmanager::Client::from_conf(secrets.interceptor(counting.clone()).build()),
            sqs: aws_sdk_sqs::Client::from_conf(sqs.interceptor(counting.clone()).build()),
            events: aws_sdk_eventbridge::Client::from_conf(events.interceptor(counting).build()),
        }
    }

    /// As the functions that sync records take them.
    pub fn aws(&self) -> Aws {
        let Self { dynamodb, secrets, sqs, .. } = self.clone();
        Aws { dynamodb, secrets, sqs }
    }
}

async fn config() -> SdkConfig {
    let credentials = Credentials::new("sandbox", "sandbox", None, None, "sandbox");
    aws_config::defaults(BehaviorVersion::latest())
        .http_client(shared::aws::http_client(&shared::http::Reqwest::new()))
        .region(Region::new("us-east-1"))
        .credentials_provider(credentials)
        .load()
        .await
}
