//! The function: which page is asked for, and may this person see it?

use std::sync::Arc;

use lambda_http::http::{Method, StatusCode};
use lambda_http::{Body, Error, Request, RequestExt, Response};
use shared::clock::Clock;
use shared::environment::{BadEnvironment, Environment};
use shared::http::{BaseUrl, Transport};
use shared::lane::edge::chain;
use shared::lane::work::Failure;
use shared::model::ids::ConnectionId;
use shared::queue::Outbox;
use shared::sync::engines::Engines;
use shared::vault::app::{AdminSecret, Fixed};

use crate::admin::{is_admin, is_from_our_page};
use crate::page::{ask_for_password, says};

/// Everything that the function needs.
pub struct Connect {
    pub(crate) engines: Engines,
    pub(crate) errands: Outbox,
    pub(crate) authorize: BaseUrl,
    /// Where this function and the webhooks are reached; absent: as the request says.
    pub(crate) public_url: Option<BaseUrl>,
    admin: Fixed<AdminSecret>,
}

impl Connect {
    /// # Errors
    /// [`BadEnvironment`] names the variable that is missing or unusable.
    pub fn new(
        environment: &Environment,
        dynamodb: aws_sdk_dynamodb::Client,
        secrets: aws_sdk_secretsmanager::Client,
        sqs: aws_sdk_sqs::Client,
        transport: Arc<dyn Transport>,
        clock: Clock,
    ) -> Result<Self, BadEnvironment> {
        let outbox = |name| environment.require(name).map(|url| Outbox::new(sqs.clone(), url.to_owned()));
        let admin_id = environment.require("ADMIN_SECRET_ID")?.to_owned();
        let public_url = environment.optional("PUBLIC_URL").map(|_| environment.base_url("PUBLIC_URL"));
        Ok(Self {
            admin: Fixed::new(secrets.clone(), admin_id, AdminSecret::FORM),
            errands: outbox("RECONCILE_QUEUE_URL")?,
            authorize: environment.base_url("GHL_AUTHORIZE_URL")?,
            public_url: public_url.transpose()?,
            engines: Engines::new(environment, dynamodb, secrets, &sqs, transport, clock)?,
        })
    }

    pub async fn handle(&self, request: Request) -> Result<Response<Body>, Error> {
        Ok(self.answer(&request).await.unwrap_or_else(|failure| {
            tracing::error!(error = chain(failure.error.as_ref()), "a page failed");
            let text = format!("This did not work just now: {}. Try again in a minute.", failure.error);
            says(StatusCode::SERVICE_UNAVAILABLE, "Not now", &text)
        }))
    }

    async fn answer(&self, request: &Request) -> Result<Response<Body>, Failure> {
        let path = request.raw_http_path().to_owned();
        let parts: Vec<&str> = path.split('/').filter(|part| !part.is_empty()).collect();
        // GHL sends the browser here; what it brings is checked for itself.
        if (request.method(), parts.as_slice()) == (&Method::GET, &["oauth", "callback"]) {
            return self.finish_install(request).await;
        }
        let admin = self.admin.get().await.map_err(|error| Failure::new(error.disposition(), error))?;
        if !is_admin(request.headers(), &admin.password) {
            return Ok(ask_for_password());
        }
        if request.method() == Method::POST && !is_from_our_page(request.headers()) {
            return Ok(says(StatusCode::FORBIDDEN, "Refused", "This form was sent by another site."));
        }
        match (request.method(), parts.as_slice()) {
            (&Method::GET, []) => self.all_connections(request).await,
            (&Method::GET, ["install"]) => self.begin_install(request).await,
            (&Method::GET, ["connections", id]) => {
                self.with(id, async |id| self.status(request, &id).await).await
            }
            (&Method::GET, ["connections", id, "mapping"]) => {
                self.with(id, async |id| self.mapping(request, &id).await).await
            }
            (&Method::GET, ["connections", id, "mapping.json"]) => {
                self.with(id, async |id| self.export_mapping(&id).await).await
            }
            (&Method::GET | &Method::POST, ["connections", id, "preview"]) => {
                self.with(id, async |id| self.preview(request, &id).await).await
            }
            (&Method::POST, ["connections", id, "count"]) => {
                self.with(id, async |id| self.count_all(&id).await).await
            }
            (&Method::POST, ["connections", id, "mapping"]) => {
                self.with(id, async |id| self.save_mapping(request, &id).await).await
            }
            (&Method::POST, ["connections", id]) => {
                self.with(id, async |id| self.set_up(request, &id).await).await
            }
            (&Method::POST, ["connections", id, act]) => {
                self.with(id, async |id| self.act(request, &id, act).await).await
            }
            _ => Ok(says(StatusCode::NOT_FOUND, "Not found", "There is no such page.")),
        }
    }

    async fn with(
        &self,
        id: &str,
        page: impl AsyncFnOnce(ConnectionId) -> Result<Response<Body>, Failure>,
    ) -> Result<Response<Body>, Failure> {
        match ConnectionId::parse(id) {
            Ok(id) => page(id).await,
            Err(_) => Ok(says(StatusCode::NOT_FOUND, "Not found", "There is no such connection.")),
        }
    }

    /// Where this function is reached from outside.
    pub(crate) fn own_address(&self, request: &Request) -> String {
        if let Some(url) = &self.public_url {
            return url.as_url().as_str().trim_end_matches('/').to_owned();
        }
        let header = |name| request.headers().get(name).and_then(|value| value.to_str().ok());
        let host = header("host").unwrap_or("localhost");
        let local = host.starts_with("127.0.0.1") || host.starts_with("localhost");
        format!("{}://{host}", header("x-forwarded-proto").unwrap_or(if local { "http" } else { "https" }))
    }
}
