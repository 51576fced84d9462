//! Our pages inside GHL: its frame tells who is looking, and they see their own location and no other.

use lambda_http::http::StatusCode;
use lambda_http::{Body, Request, Response};
use maud::html;
use serde::Deserialize;
use shared::lane::work::Failure;

use crate::connect::{Connect, store};
use crate::page::{page, says};
use crate::session::Sees;
use crate::sign_in::too_many;
use crate::user_context::{UserContext, open};

/// GHL's word for those who may change a location's settings.
const ADMIN: &str = "admin";

#[derive(Deserialize)]
struct Given {
    #[serde(default)]
    context: String,
}

impl Connect {
    /// Asks GHL's frame, by a script, who is looking; the answer comes back as a form.
    pub(crate) fn ask_who_looks() -> Response<Body> {
        let body = html! {
            p #asking role="status" { "Asking GHL who you are …" }
            p #alone hidden { "GHL did not answer. This address is for the app's page inside GHL; elsewhere, sign in by a link." }
            form #context method="post" action="/embedded" { input type="hidden" name="context"; }
            noscript { p { "This page needs JavaScript to ask GHL who you are." } }
        };
        page(StatusCode::OK, "One moment", &body)
    }

    /// Lets somebody in whom GHL vouches for.
    pub(crate) async fn take_context(&self, request: &Request) -> Result<Response<Body>, Failure> {
        let key = self.session_key().await?;
        let (now, attempts) = (self.engines.clock.now(), self.attempts(request, &key));
        if attempts.are_too_many(now).await.map_err(store)? {
            return Ok(too_many());
        }
        let app = self.app().await?;
        let Some(secret) = app.context_key() else {
            return Ok(refused(
                "The app's shared secret is not set; whoever runs this deployment can enter it.",
            ));
        };
        let given: Option<Given> = serde_urlencoded::from_bytes(request.body().as_ref()).ok();
        let context = match open(&given.map(|given| given.context).unwrap_or_default(), secret) {
            Ok(context) => context,
            Err(unreadable) => {
                attempts.fail(now).await.map_err(store)?;
                tracing::warn!("a context of GHL's could not be read");
                return Ok(refused(&format!("{unreadable}.")));
            }
        };
        self.admit(request, context).await
    }

    async fn admit(&self, request: &Request, context: UserContext) -> Result<Response<Body>, Failure> {
        let Some(location) = context.active_location else {
            return Ok(refused("Open this page inside one of the agency's locations."));
        };
        if context.role != ADMIN {
            return Ok(refused("Only admins of this location may see these pages. Ask one of them."));
        }
        let connection = self.engines.connections().get(&location).await.map_err(store)?;
        // GHL's word on the agency must be the one that the location's own tokens came with.
        let known = connection.filter(|connection| connection.company.as_ref() == Some(&context.company_id));
        let Some(connection) = known else {
            return Ok(refused("This location is not connected yet. Install the app in it first."));
        };
        tracing::info!(connection = %connection.id, "somebody came in from inside GHL");
        let key = self.session_key().await?;
        let to = format!("/connections/{}", connection.id);
        Ok(self.begin_session(request, Sees::One(connection.id), &key, &to))
    }
}

fn refused(text: &str) -> Response<Body> {
    says(StatusCode::FORBIDDEN, "Not signed in", text)
}
