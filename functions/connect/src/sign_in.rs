//! Signing in by a link that works once, and signing out.
//!
//! Whoever may call this function in AWS may ask it for a link: nothing else has to be kept, typed or remembered.

use lambda_http::http::{HeaderValue, StatusCode, header};
use lambda_http::request::RequestContext;
use lambda_http::{Body, Request, RequestExt, Response};
use maud::html;
use serde::{Deserialize, Serialize};
use shared::http::BaseUrl;
use shared::lane::work::Failure;
use shared::store::attempts::Attempts;
use shared::store::one_time::{LIFE, OneTime, Purpose};
use shared::store::signed_out;

use crate::connect::{Connect, store};
use crate::page::{go_to, page, says};
use crate::session::{Sees, Session, SessionKey};

/// What the function is called with to give out a link: the address of the pages.
#[derive(Clone, Debug, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct LinkWanted {
    pub sign_in_at: String,
}

/// A link that signs one person in.
#[derive(Clone, Debug, Serialize)]
pub struct Link {
    pub link: String,
    pub works_once_until: jiff::Timestamp,
}

/// Why there is no link.
#[derive(Debug, thiserror::Error)]
pub enum LinkError {
    #[error("sign_in_at must be the address of the pages")]
    Address(#[source] shared::http::BadBaseUrl),
    #[error("the link could not be kept")]
    Store(#[source] shared::store::error::Error),
}

#[derive(Deserialize)]
struct Given {
    #[serde(default)]
    token: String,
}

impl Connect {
    /// A new link, for whoever may call this function.
    ///
    /// # Errors
    /// [`LinkError`] says what is wrong with what was asked, or that the table did not take it.
    pub async fn give_link(&self, wanted: &LinkWanted) -> Result<Link, LinkError> {
        let at = BaseUrl::parse(&wanted.sign_in_at).map_err(LinkError::Address)?;
        let now = self.engines.clock.now();
        let token = self.links().give(now).await.map_err(LinkError::Store)?;
        let link = at.join("/sign-in", &[("token", &token)]).to_string();
        Ok(Link { link, works_once_until: now + LIFE })
    }

    fn links(&self) -> OneTime {
        OneTime::new(self.engines.table.clone(), Purpose::SignIn)
    }

    /// The page behind a link. It has a button, since programs that look at links would use it up.
    pub(crate) fn ask_to_sign_in(&self, request: &Request) -> Response<Body> {
        let query = request.query_string_parameters();
        let body = html! {
            @if let Some(token) = query.first("token") {
                p { "This link works once. You stay signed in for twelve hours." }
                form method="post" action="/sign-in" {
                    input type="hidden" name="token" value=(token);
                    button.main { "Sign in" }
                }
            } @else {
                p { "These pages open with a link that works once." }
                p { "Whoever deployed them gets one with the command that the deployment printed as "
                    code { "SignInCommand" } ", and opens the address that it answers. Inside GHL they open by themselves." }
            }
        };
        page(StatusCode::OK, "Sign in", &body)
    }

    pub(crate) async fn take_link(&self, request: &Request) -> Result<Response<Body>, Failure> {
        let key = self.session_key().await?;
        let (now, attempts) = (self.engines.clock.now(), self.attempts(request, &key));
        if attempts.are_too_many(now).await.map_err(store)? {
            return Ok(too_many());
        }
        let given: Option<Given> = serde_urlencoded::from_bytes(request.body().as_ref()).ok();
        let token = given.map(|given| given.token).unwrap_or_default();
        if !self.links().take(&token, now).await.map_err(store)? {
            attempts.fail(now).await.map_err(store)?;
            tracing::warn!("a sign-in link was refused");
            let text = "This link was used already, or is older than ten minutes. Ask for another one.";
            return Ok(says(StatusCode::FORBIDDEN, "Not signed in", text));
        }
        tracing::info!("somebody signed in by a link");
        Ok(self.begin_session(request, Sees::All, &key, "/"))
    }

    /// Gives the browser a session, and sends it on.
    pub(crate) fn begin_session(
        &self,
        request: &Request,
        sees: Sees,
        key: &SessionKey,
        to: &str,
    ) -> Response<Body> {
        let session = Session::new(sees, self.engines.clock.now());
        with_cookie(go_to(to), &session.to_cookie(key, self.is_https(request)))
    }

    /// Ends the session here and everywhere: its cookie is worth nothing any more.
    pub(crate) async fn sign_out(&self, request: &Request) -> Result<Response<Body>, Failure> {
        let Some(visitor) = self.visitor(request).await? else { return Ok(go_to("/sign-in")) };
        let session = visitor.session;
        signed_out::end(&self.engines.table, &session.id, session.until).await.map_err(store)?;
        let text = "You are signed out.";
        let gone = session.sees.without_cookie(self.is_https(request));
        Ok(with_cookie(says(StatusCode::OK, "Signed out", text), &gone))
    }

    /// How often a sign-in failed from where this request comes.
    pub(crate) fn attempts(&self, request: &Request, key: &SessionKey) -> Attempts {
        let from = match request.request_context_ref() {
            Some(RequestContext::ApiGatewayV2(context)) => context.http.source_ip.clone(),
            _ => None,
        };
        Attempts::new(self.engines.table.clone(), &key.word("address", &from.unwrap_or_default()))
    }
}

/// What is answered where too many sign-ins failed.
pub(crate) fn too_many() -> Response<Body> {
    let text = "Too many sign-ins failed from your address. Wait ten minutes, and try again.";
    says(StatusCode::TOO_MANY_REQUESTS, "Not now", text)
}

fn with_cookie(mut answer: Response<Body>, cookie: &str) -> Response<Body> {
    let cookie = HeaderValue::try_from(cookie).expect("a cookie of ours is plain ASCII");
    answer.headers_mut().insert(header::SET_COOKIE, cookie);
    answer
}
