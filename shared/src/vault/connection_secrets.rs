//! One secret for each connection: GHL's token pair and HelloLeads' key. An agency's token pair has one of its own.

use std::collections::HashMap;
use std::sync::{Arc, Mutex};

use aws_sdk_secretsmanager::Client;
use aws_sdk_secretsmanager::error::SdkError;
use aws_sdk_secretsmanager::operation::get_secret_value::GetSecretValueError;
use aws_sdk_secretsmanager::operation::put_secret_value::PutSecretValueError;
use jiff::Timestamp;
use secrecy::{ExposeSecret, SecretString};
use serde::{Deserialize, Serialize, Serializer};

use super::error::Error;
use crate::model::ids::{CompanyId, ConnectionId};

/// Whose secret it is.
#[derive(Clone, Debug, PartialEq, Eq, Hash)]
pub enum Holder {
    Connection(ConnectionId),
    /// An agency that installed the app; the tokens of its locations are made from its own.
    Company(CompanyId),
}

impl std::fmt::Display for Holder {
    /// The name of its secret below the prefix. No id holds a `/`, so that the two can never be confused.
    fn fmt(&self, formatter: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        match self {
            Self::Connection(id) => write!(formatter, "location/{id}"),
            Self::Company(id) => write!(formatter, "company/{id}"),
        }
    }
}

/// What a connection's secret holds. It can be written as JSON for Secrets Manager, and is never printed.
#[derive(Clone, Debug, Default, Serialize, Deserialize)]
pub struct ConnectionSecret {
    /// Raised with each new pair; the connection's row names the latest.
    #[serde(default)]
    pub generation: u64,
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub ghl: Option<TokenPair>,
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub helloleads: Option<HelloLeadsKey>,
}

/// GHL's tokens. The refresh token works once.
#[derive(Clone, Debug, Serialize, Deserialize)]
pub struct TokenPair {
    #[serde(serialize_with = "expose")]
    pub access: SecretString,
    /// Absent where GHL gave none with a token made from an agency's.
    #[serde(default, serialize_with = "expose_option", skip_serializing_if = "Option::is_none")]
    pub refresh: Option<SecretString>,
    pub issued_at: Timestamp,
    pub expires_at: Timestamp,
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub company: Option<CompanyId>,
}

/// What HelloLeads is called with.
#[derive(Clone, Debug, Serialize, Deserialize)]
pub struct HelloLeadsKey {
    #[serde(serialize_with = "expose")]
    pub api_key: SecretString,
    pub email: String,
}

pub(super) fn expose<S: Serializer>(secret: &SecretString, serializer: S) -> Result<S::Ok, S::Error> {
    serializer.serialize_str(secret.expose_secret())
}

pub(super) fn expose_option<S: Serializer>(
    secret: &Option<SecretString>,
    serializer: S,
) -> Result<S::Ok, S::Error> {
    serializer.serialize_some(&secret.as_ref().map(ExposeSecret::expose_secret))
}

/// The secrets of all connections, kept by each container until one proves stale.
#[derive(Clone, Debug)]
pub struct ConnectionSecrets {
    client: Client,
    prefix: String,
    kept: Arc<Mutex<HashMap<Holder, ConnectionSecret>>>,
}

impl ConnectionSecrets {
    pub fn new(client: Client, prefix: String) -> Self {
        Self { client, prefix, kept: Arc::default() }
    }

    /// The secret as this container knows it; read where it does not, or knows an older one than `generation`.
    pub async fn get(&self, holder: &Holder, generation: u64) -> Result<Option<ConnectionSecret>, Error> {
        let kept = self.kept().get(holder).cloned();
        match kept {
            Some(kept) if kept.generation >= generation => Ok(Some(kept)),
            _ => self.read(holder).await,
        }
    }

    /// The secret as it stands now.
    pub async fn read(&self, holder: &Holder) -> Result<Option<ConnectionSecret>, Error> {
        let name = self.name(holder);
        let answer = match self.client.get_secret_value().secret_id(&name).send().await {
            Ok(answer) => answer,
            Err(error) if is_absent(&error) => return Ok(None),
            Err(error) => {
                return Err(Error::Manager { doing: "read a connection's secret", source: Box::new(error) });
            }
        };
        let expected = "written by this product";
        let secret: ConnectionSecret = serde_json::from_str(answer.secret_string().unwrap_or_default())
            .map_err(|_| Error::Form { name, expected })?;
        self.kept().insert(holder.clone(), secret.clone());
        Ok(Some(secret))
    }

    /// Writes the secret; returns once Secrets Manager has it.
    pub async fn write(&self, holder: &Holder, secret: &ConnectionSecret) -> Result<(), Error> {
        let name = self.name(holder);
        let text = serde_json::to_string(secret).expect("texts, numbers and times can be written as JSON");
        let put = self.client.put_secret_value().secret_id(&name).secret_string(&text).send().await;
        match put {
            Ok(_) => {}
            Err(error) if is_unknown(&error) => self.create(&name, &text).await?,
            Err(error) => {
                return Err(Error::Manager { doing: "write a connection's secret", source: Box::new(error) });
            }
        }
        self.kept().insert(holder.clone(), secret.clone());
        Ok(())
    }

    /// Deletes the secret for good; one that is gone already counts as deleted.
    pub async fn delete(&self, holder: &Holder) -> Result<(), Error> {
        let delete = self.client.delete_secret().secret_id(self.name(holder));
        let deleted = delete.force_delete_without_recovery(true).send().await;
        self.kept().remove(holder);
        match deleted {
            Ok(_) => Ok(()),
            Err(error)
                if error.as_service_error().is_some_and(|error| error.is_resource_not_found_exception()) =>
            {
                Ok(())
            }
            Err(error) => {
                Err(Error::Manager { doing: "delete a connection's secret", source: Box::new(error) })
            }
        }
    }

    async fn create(&self, name: &str, text: &str) -> Result<(), Error> {
        let create = self.client.create_secret().name(name).secret_string(text);
        create.send().await.map_err(|error| Error::Manager {
            doing: "create a connection's secret",
            source: Box::new(error),
        })?;
        Ok(())
    }

    fn kept(&self) -> std::sync::MutexGuard<'_, HashMap<Holder, ConnectionSecret>> {
        self.kept.lock().expect("nothing panics while it holds the kept secrets")
    }

    fn name(&self, holder: &Holder) -> String {
        format!("{}{holder}", self.prefix)
    }
}

fn is_absent(error: &SdkError<GetSecretValueError>) -> bool {
    error.as_service_error().is_some_and(GetSecretValueError::is_resource_not_found_exception)
}

fn is_unknown(error: &SdkError<PutSecretValueError>) -> bool {
    error.as_service_error().is_some_and(PutSecretValueError::is_resource_not_found_exception)
}
