//! The AWS clients, made once by each container. Lambda tells all they need in variables, so none of the SDK's other ways
//! to find credentials is linked, and nothing is read or connected before the first call.

mod connector;

use aws_credential_types::Credentials;
use aws_credential_types::provider::SharedCredentialsProvider;
use aws_types::SdkConfig;
use aws_types::region::Region;

pub use self::connector::http_client;
use crate::environment::Environment;
use crate::http::Reqwest;

/// The configuration that Lambda gives: region, credentials, and, in the sandbox, an endpoint.
pub fn config(environment: &Environment, http: &Reqwest) -> SdkConfig {
    let text = |name| environment.optional(name).map(str::to_owned);
    let mut config = SdkConfig::builder().http_client(http_client(http));
    config.set_region(text("AWS_REGION").or_else(|| text("AWS_DEFAULT_REGION")).map(Region::new));
    config.set_endpoint_url(text("AWS_ENDPOINT_URL"));
    if let (Some(id), Some(secret)) = (text("AWS_ACCESS_KEY_ID"), text("AWS_SECRET_ACCESS_KEY")) {
        let keys = Credentials::new(id, secret, text("AWS_SESSION_TOKEN"), None, "variables");
        config.set_credentials_provider(Some(SharedCredentialsProvider::new(keys)));
    }
    config.build()
}

pub fn dynamodb(config: &SdkConfig) -> aws_sdk_dynamodb::Client {
    let config = aws_sdk_dynamodb::config::Builder::from(config);
    aws_sdk_dynamodb::Client::from_conf(config.behavior_version_latest().build())
}

pub fn secrets_manager(config: &SdkConfig) -> aws_sdk_secretsmanager::Client {
    let config = aws_sdk_secretsmanager::config::Builder::from(config);
    aws_sdk_secretsmanager::Client::from_conf(config.behavior_version_latest().build())
}

pub fn eventbridge(config: &SdkConfig) -> aws_sdk_eventbridge::Client {
    let config = aws_sdk_eventbridge::config::Builder::from(config);
    aws_sdk_eventbridge::Client::from_conf(config.behavior_version_latest().build())
}

pub fn sqs(config: &SdkConfig) -> aws_sdk_sqs::Client {
    let config = aws_sdk_sqs::config::Builder::from(config);
    aws_sdk_sqs::Client::from_conf(config.behavior_version_latest().build())
}
