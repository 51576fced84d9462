//! The secrets of the app: read by each container when first needed.

use std::sync::{Arc, Mutex, MutexGuard};

use aws_sdk_secretsmanager::Client;
use jiff::{SignedDuration, Timestamp};
use secrecy::{ExposeSecret, SecretString};
use serde::de::DeserializeOwned;
use serde::{Deserialize, Serialize};
use tokio::sync::OnceCell;

use super::connection_secrets::{expose, expose_option};
use super::error::Error;
use crate::clock::Clock;
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
        read(&self.client, &self.id, self.expected).await
    }
}

async fn read<T: DeserializeOwned>(client: &Client, id: &str, expected: &'static str) -> Result<T, Error> {
    let answer = client.get_secret_value().secret_id(id).send().await;
    let answer = answer
        .map_err(|error| Error::Manager { doing: "read a secret of the app", source: Box::new(error) })?;
    let text = answer.secret_string().unwrap_or_default();
    serde_json::from_str(text).map_err(|_| Error::Form { name: id.to_owned(), expected })
}

/// The GHL app's own credentials. They are deployed, or entered on a page: until then they are blank.
#[derive(Clone, Debug, Deserialize, Serialize)]
pub struct AppSecret {
    pub client_id: String,
    #[serde(serialize_with = "expose")]
    pub client_secret: SecretString,
    /// What GHL encrypts the context of an embedded page with; without it, pages do not open inside GHL.
    #[serde(default, serialize_with = "expose_option")]
    pub shared_secret: Option<SecretString>,
    /// Whether GHL is asked for the scopes that only automations need; the app must have them then.
    #[serde(default)]
    pub automations: bool,
}

/// For how long a container believes what it knows of the app: what is entered on a page reaches all within this time.
const APP_KEPT: SignedDuration = SignedDuration::from_mins(5);

/// The app's secret, which may be entered while containers live.
#[derive(Clone)]
pub struct App {
    client: Client,
    id: String,
    clock: Clock,
    kept: Arc<Mutex<Option<(Timestamp, AppSecret)>>>,
}

impl App {
    pub fn new(client: Client, id: String, clock: Clock) -> Self {
        Self { client, id, clock, kept: Arc::default() }
    }

    /// The app as it was entered; blank where it was not yet.
    pub async fn get(&self) -> Result<AppSecret, Error> {
        let now = self.clock.now();
        let kept = self.kept().clone().filter(|(at, _)| now.duration_since(*at) < APP_KEPT);
        if let Some((_, secret)) = kept {
            return Ok(secret);
        }
        let secret: AppSecret = read(&self.client, &self.id, AppSecret::FORM).await?;
        if secret.is_entered() {
            *self.kept() = Some((now, secret.clone()));
        }
        Ok(secret)
    }

    /// Enters another app.
    pub async fn put(&self, secret: &AppSecret) -> Result<(), Error> {
        let text = serde_json::to_string(secret).expect("texts can be written as JSON");
        let put = self.client.put_secret_value().secret_id(&self.id).secret_string(text).send().await;
        put.map_err(|error| Error::Manager { doing: "write the app's secret", source: Box::new(error) })?;
        *self.kept() = Some((self.clock.now(), secret.clone()));
        Ok(())
    }

    fn kept(&self) -> MutexGuard<'_, Option<(Timestamp, AppSecret)>> {
        self.kept.lock().expect("nothing panics while it holds the app's secret")
    }
}

impl AppSecret {
    pub const FORM: &str = r#"{"client_id": "…", "client_secret": "…", "shared_secret": "…"}"#;

    /// The shared secret, where one was entered.
    pub fn context_key(&self) -> Option<&SecretString> {
        self.shared_secret.as_ref().filter(|secret| !secret.expose_secret().is_empty())
    }

    /// Whether there is an app at all.
    pub fn is_entered(&self) -> bool {
        !self.client_id.is_empty() && !self.client_secret.expose_secret().is_empty()
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
