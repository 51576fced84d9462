//! The function: which webhook is it, and how is it answered?

use lambda_http::http::{Method, StatusCode};
use lambda_http::{Body, Error, Request, RequestExt, Response};
use shared::clock::Clock;
use shared::environment::{BadEnvironment, Environment};
use shared::model::ids::ConnectionId;
use shared::queue::{Outbox, Queues};
use shared::store::table::Table;
use shared::vault::app::{Fixed, WebhookKeys};

use crate::answer::Answer;
use crate::ghl_hooks::GhlHooks;
use crate::helloleads_hooks::HelloLeadsHooks;

/// GHL's own limit for a webhook's body; nobody sends more in good faith.
pub const BODY_BYTES_MAX: usize = 256 * 1024;

const GHL_PATH: &str = "/webhooks/ghl";
const HELLOLEADS_PATH: &str = "/hooks/helloleads/";

/// Everything that the function needs.
pub struct Intake {
    ghl: GhlHooks,
    helloleads: HelloLeadsHooks,
}

impl Intake {
    /// # Errors
    /// [`BadEnvironment`] names the variable that is missing or unusable.
    pub fn new(
        environment: &Environment,
        dynamodb: aws_sdk_dynamodb::Client,
        secrets: aws_sdk_secretsmanager::Client,
        sqs: aws_sdk_sqs::Client,
        clock: Clock,
    ) -> Result<Self, BadEnvironment> {
        let outbox = |name| environment.require(name).map(|url| Outbox::new(sqs.clone(), url.to_owned()));
        let (queues, errands) = (Queues::new(environment, &sqs)?, outbox("RECONCILE_QUEUE_URL")?);
        let keys_id = environment.require("WEBHOOK_KEYS_SECRET_ID")?.to_owned();
        let keys: Fixed<WebhookKeys> = Fixed::new(secrets, keys_id, WebhookKeys::FORM);
        let table = Table::new(dynamodb, environment.require("TABLE_NAME")?.to_owned());
        Ok(Self {
            ghl: GhlHooks::new(environment, table.clone(), keys.clone(), queues.clone(), errands.clone())?,
            helloleads: HelloLeadsHooks { table, keys, queues, errands, clock },
        })
    }

    /// Answers one webhook. A 2xx is given only once the queue has accepted what follows from it.
    pub async fn handle(&self, request: Request) -> Result<Response<Body>, Error> {
        Ok(self.answer(&request).await.into_response())
    }

    async fn answer(&self, request: &Request) -> Answer {
        if *request.method() != Method::POST {
            return Answer::new(StatusCode::METHOD_NOT_ALLOWED, "webhooks are sent by POST");
        }
        let body: &[u8] = request.body().as_ref();
        if body.len() > BODY_BYTES_MAX {
            return Answer::new(StatusCode::PAYLOAD_TOO_LARGE, "a webhook's body may have 256 KB at most");
        }
        let path = request.raw_http_path();
        if path == GHL_PATH {
            return self.ghl.take(request.headers(), body).await;
        }
        match path.strip_prefix(HELLOLEADS_PATH).map(ConnectionId::parse) {
            Some(Ok(connection)) => self.helloleads.take(&connection, request.headers(), body).await,
            Some(Err(_)) | None => Answer::new(
                StatusCode::NOT_FOUND,
                "there are two webhook addresses: /webhooks/ghl and /hooks/helloleads/<connection>",
            ),
        }
    }
}
