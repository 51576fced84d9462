//! A stand-in with one secret, and a client for it.

use aws_sdk_secretsmanager::Client;
use aws_sdk_secretsmanager::error::ProvideErrorMetadata;

use crate::aws::checks::config;
use crate::aws::secrets::FakeSecretsManager;

pub(super) const NAME: &str = "sandbox/connections/location/1";

pub(super) struct World {
    pub secrets: FakeSecretsManager,
    pub client: Client,
}

impl World {
    /// The secret's value is `first`.
    pub async fn start() -> Self {
        let secrets = FakeSecretsManager::start().await;
        let client = Client::new(&config(secrets.url()).await);
        client.create_secret().name(NAME).secret_string("first").send().await.unwrap();
        Self { secrets, client }
    }

    /// The code of the error, or the id of the version written.
    pub async fn put(&self, token: &str, value: &str) -> Result<String, String> {
        let put = self.client.put_secret_value().secret_id(NAME).secret_string(value);
        let put = put.client_request_token(token).send().await;
        put.map(|put| put.version_id.unwrap()).map_err(|error| code(&error))
    }

    /// The code of the error, or the value that has this stage.
    pub async fn get(&self, stage: &str) -> Result<String, String> {
        let get = self.client.get_secret_value().secret_id(NAME).version_stage(stage).send().await;
        get.map(|get| get.secret_string.unwrap()).map_err(|error| code(&error))
    }
}

pub(super) fn code(error: &impl ProvideErrorMetadata) -> String {
    error.code().unwrap_or("none").to_owned()
}

/// A token of the length that AWS asks for.
pub(super) fn token(number: u32) -> String {
    format!("{number:032}")
}
