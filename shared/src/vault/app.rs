//! The secrets of the app: read once by each container, when first needed.

use std::sync::Arc;

use aws_sdk_secretsmanager::Client;
use secrecy::{ExposeSecret, SecretString};
use serde::Deserialize;
use serde::de::DeserializeOwned;
use tokio::sync::OnceCell;

use super::error::Error;
use crate::model::fingerprint::FingerprintKey;

/// A secret that does not change while a container lives.
#[derive(Clone, Debug)]
pub struct Fixed<T> {
    client: Client,
    id: String,
    expected: &'static str,
    cell: Arc<OnceCell<T>>,
}

impl<T: DeserializeOwned + Clone> Fixed<T> {
    /// `expected` describes the secret's JSON to whoever finds it malformed.
    pub fn new(client: Client, id: String, expected: &'static str) -> Self {
        Self { client, id, expected, cell: Arc::new(OnceCell::new()) }
    }

    pub async fn get(&self) -> Result<&T, Error> {
        self.cell.get_or_try_init(|| self.read()).await
    }

    async fn read(&self) -> Result<T, Error> {
        let answer =
            self.client.get_secret_value().secret_id(&self.id).send().await.map_err(|error| {
                Error::Manager { doing: "read a secret of the app", source: Box::new(error) }
            })?;
        let text = answer.secret_string().unwrap_or_default();
        serde_json::from_str(text).map_err(|_| Error::Form { name: self.id.clone(), expected: self.expected })
    }
}

/// The GHL app's own credentials.
#[derive(Clone, Debug, Deserialize)]
pub struct AppSecret {
    pub client_id: String,
    pub client_secret: SecretString,
    /// What GHL encrypts the context of an embedded page with; without it, pages do not open inside GHL.
    #[serde(default)]
    pub shared_secret: Option<SecretString>,
}

impl AppSecret {
    pub const FORM: &str = r#"{"client_id": "…", "client_secret": "…", "shared_secret": "…"}"#;

    /// The shared secret, where one was entered.
    pub fn context_key(&self) -> Option<&SecretString> {
        self.shared_secret.as_ref().filter(|secret| !secret.expose_secret().is_empty())
    }

    /// The app's id: the part of the client id before the first hyphen.
    pub fn app_id(&self) -> &str {
        self.client_id.split('-').next().unwrap_or(&self.client_id)
    }
}

/// The one key from which the fingerprints' key and the hooks' secrets are made.
#[derive(Clone, Debug, Deserialize)]
pub struct WebhookKeys {
    key: SecretString,
}

impl WebhookKeys {
    pub const FORM: &str = r#"{"key": "…"}"#;

    pub fn fingerprint_key(&self) -> FingerprintKey {
        FingerprintKey::new(format!("fingerprint/{}", self.key.expose_secret()).as_bytes())
    }

    /// What the secrets of the HelloLeads hooks are derived from.
    pub fn hook_master(&self) -> &[u8] {
        self.key.expose_secret().as_bytes()
    }
}

/// The key by which sessions are signed. A new one signs everybody out.
#[derive(Clone, Debug, Deserialize)]
pub struct SessionSecret {
    pub key: SecretString,
}

impl SessionSecret {
    pub const FORM: &str = r#"{"key": "…"}"#;
}
