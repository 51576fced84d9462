//! What the checks of all stand-ins share: the configuration of a real SDK client.

use aws_config::{BehaviorVersion, Region, SdkConfig};
use aws_sdk_sqs::config::{Credentials, SharedCredentialsProvider};

/// A client's configuration that reaches a stand-in. It is the SDK's own in all else, its three tries included.
pub(super) async fn config(endpoint: &str) -> SdkConfig {
    let credentials = Credentials::new("sandbox", "sandbox", None, None, "sandbox");
    aws_config::defaults(BehaviorVersion::latest())
        .http_client(shared::aws::http_client(&shared::http::Reqwest::new()))
        .region(Region::new("us-east-1"))
        .credentials_provider(SharedCredentialsProvider::new(credentials))
        .endpoint_url(endpoint)
        .load()
        .await
}
