//! The function: which page is asked for, and may this person see it?

use std::sync::Arc;

use lambda_http::http::{HeaderMap, Method, StatusCode, header};
use lambda_http::{Body, Error, Request, RequestExt, Response};
use shared::clock::Clock;
use shared::connection::Connection;
use shared::environment::{BadEnvironment, Environment};
use shared::http::{BaseUrl, Transport};
use shared::lane::edge::chain;
use shared::lane::work::Failure;
use shared::model::ids::ConnectionId;
use shared::queue::Outbox;
use shared::store::signed_out;
use shared::sync::engines::Engines;
use shared::vault::app::{AppSecret, Fixed, SessionSecret};

use crate::page::{NO_FRAMES, go_to, protect, says, script, style};
use crate::routes::{Asked, Of, Open, Page, Whole, find};
use crate::session::{Session, SessionKey, Visitor};

/// Everything that the function needs.
pub struct Connect {
    pub(crate) engines: Engines,
    pub(crate) errands: Outbox,
    pub(crate) authorize: BaseUrl,
    /// Where this function and the webhooks are reached; absent: as the request says.
    pub(crate) public_url: Option<BaseUrl>,
    session: Fixed<SessionSecret>,
    /// The sites that may show pages in a frame, as a content security policy names them.
    frames: String,
}

pub(crate) fn store(error: shared::store::error::Error) -> Failure {
    Failure::new(error.disposition(), error)
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
        let session_id = environment.require("SESSION_SECRET_ID")?.to_owned();
        let public_url = environment.optional("PUBLIC_URL").map(|_| environment.base_url("PUBLIC_URL"));
        Ok(Self {
            session: Fixed::new(secrets.clone(), session_id, SessionSecret::FORM),
            errands: outbox("RECONCILE_QUEUE_URL")?,
            authorize: environment.base_url("GHL_AUTHORIZE_URL")?,
            public_url: public_url.transpose()?,
            frames: frames(environment)?,
            engines: Engines::new(environment, dynamodb, secrets, &sqs, transport, clock)?,
        })
    }

    pub async fn handle(&self, request: Request) -> Result<Response<Body>, Error> {
        let (answer, frames) = self.answer(&request).await.unwrap_or_else(|failure| {
            tracing::error!(error = chain(failure.error.as_ref()), "a page failed");
            let text = format!("This did not work just now: {}. Try again in a minute.", failure.error);
            (says(StatusCode::SERVICE_UNAVAILABLE, "Not now", &text), NO_FRAMES)
        });
        shared::metrics::write_gathered();
        Ok(protect(answer, frames))
    }

    /// The answer, and who may show it in a frame.
    async fn answer(&self, request: &Request) -> Result<(Response<Body>, &str), Failure> {
        let path = request.raw_http_path().to_owned();
        let Some(asked) = find(request.method(), &path) else {
            return Ok((no_such_page(), NO_FRAMES));
        };
        if *request.method() == Method::POST && !is_from_our_page(request.headers()) {
            let text = "This form was sent by another site.";
            return Ok((says(StatusCode::FORBIDDEN, "Refused", text), NO_FRAMES));
        }
        if let Page::Open(open) = asked.page {
            let inside = matches!(open, Open::Embedded | Open::TakeContext);
            let frames = if inside { self.frames.as_str() } else { NO_FRAMES };
            return Ok((self.open(request, open).await?, frames));
        }
        let Some(visitor) = self.visitor(request).await? else {
            return Ok((asks_to_sign_in(request), self.frames.as_str()));
        };
        let frames = if visitor.sees_all() { NO_FRAMES } else { self.frames.as_str() };
        let key = self.session_key().await?;
        if *request.method() == Method::POST && !visitor.sent(request.body().as_ref(), &key) {
            let text =
                "This page was open for too long. Go back, load it again, and send the form once more.";
            return Ok((says(StatusCode::FORBIDDEN, "Not sent", text), frames));
        }
        Ok((self.show(request, asked, &visitor).await?, frames))
    }

    /// The one place where what a visitor may see is looked at.
    async fn show(
        &self,
        request: &Request,
        asked: Asked<'_>,
        visitor: &Visitor,
    ) -> Result<Response<Body>, Failure> {
        match (asked.page, asked.connection) {
            (Page::Whole(whole), _) if visitor.sees_all() => self.whole(request, whole, visitor).await,
            (Page::Of(of), Some(id)) if visitor.session.covers(&id) => {
                self.of(request, of, &id, asked.act, visitor).await
            }
            // What may not be seen is not there: nobody learns which locations are connected.
            (Page::Whole(_) | Page::Of(_) | Page::Open(_), _) => Ok(no_such_page()),
        }
    }

    async fn open(&self, request: &Request, open: Open) -> Result<Response<Body>, Failure> {
        match open {
            Open::Style => Ok(style()),
            Open::Script => Ok(script()),
            Open::SignIn => Ok(self.ask_to_sign_in(request)),
            Open::TakeLink => self.take_link(request).await,
            Open::SignOut => self.sign_out(request).await,
            Open::Embedded => Ok(Self::ask_who_looks()),
            Open::TakeContext => self.take_context(request).await,
            Open::Callback => self.finish_install(request).await,
        }
    }

    async fn whole(
        &self,
        request: &Request,
        whole: Whole,
        visitor: &Visitor,
    ) -> Result<Response<Body>, Failure> {
        match whole {
            Whole::Start => self.all_connections(visitor).await,
            Whole::Install => self.begin_install(request).await,
            Whole::App => self.app_page(request, visitor).await,
            Whole::SaveApp => self.save_app(request, visitor).await,
        }
    }

    async fn of(
        &self,
        request: &Request,
        of: Of,
        id: &ConnectionId,
        act: &str,
        visitor: &Visitor,
    ) -> Result<Response<Body>, Failure> {
        // Boxed, those that ask both sides: together they would be too large for a thread's stack.
        match of {
            Of::Status => self.status(request, id, visitor).await,
            Of::Conflicts => self.conflicts(id, visitor).await,
            Of::Restore => self.restore(request, id).await,
            Of::Rule => self.change_rule(request, id).await,
            Of::Stuck => self.stuck(id, visitor).await,
            Of::ActOnStuck => self.act_on_stuck(request, id, act).await,
            Of::History => self.history(request, id, visitor).await,
            Of::InSync => self.in_sync(request, id, visitor).await,
            Of::Settings => self.settings(id, visitor).await,
            Of::Save => self.set_up(request, id).await,
            Of::Step => self.wizard(request, id, act, visitor).await,
            Of::Mapping => Box::pin(self.mapping(request, id, visitor)).await,
            Of::SaveMapping => Box::pin(self.save_mapping(request, id, visitor)).await,
            Of::ExportMapping => self.export_mapping(id).await,
            Of::Preview => Box::pin(self.preview(request, id, visitor)).await,
            Of::Count => self.count_all(id).await,
            Of::Automation => self.automation(id, visitor).await,
            Of::SaveAutomation => self.save_automation(request, id).await,
            Of::ExportCatalogue => self.export_catalogue(id).await,
            Of::Rules => self.rules(id, visitor).await,
            Of::ChangeRules => Box::pin(self.change_rules(request, id)).await,
            Of::EditRule => self.rule(id, act, visitor).await,
            Of::KeepRule => Box::pin(self.save_rule(request, id, act, visitor)).await,
            Of::Act => self.act(request, id, act).await,
        }
    }

    pub(crate) async fn connection(&self, id: &ConnectionId) -> Result<Option<Connection>, Failure> {
        self.engines.connections().get(id).await.map_err(store)
    }

    /// Who asks, if they are signed in.
    pub(crate) async fn visitor(&self, request: &Request) -> Result<Option<Visitor>, Failure> {
        let cookies = request.headers().get(header::COOKIE).and_then(|value| value.to_str().ok());
        let (key, now) = (self.session_key().await?, self.engines.clock.now());
        let Some(session) = cookies.and_then(|cookies| Session::of_cookies(cookies, &key, now)) else {
            return Ok(None);
        };
        let is_over = signed_out::is_over(&self.engines.table, &session.id).await.map_err(store)?;
        Ok((!is_over).then(|| Visitor::new(session, &key)))
    }

    /// The GHL app as it was entered.
    pub(crate) async fn app(&self) -> Result<AppSecret, Failure> {
        self.engines.app.get().await.map_err(|error| Failure::new(error.disposition(), error))
    }

    pub(crate) async fn session_key(&self) -> Result<SessionKey, Failure> {
        let secret = self.session.get().await.map_err(|error| Failure::new(error.disposition(), error))?;
        Ok(SessionKey::new(&secret.key))
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

    pub(crate) fn is_https(&self, request: &Request) -> bool {
        self.own_address(request).starts_with("https://")
    }
}

/// Somebody who is not signed in is shown how; inside GHL's frame, GHL is asked who it is.
fn asks_to_sign_in(request: &Request) -> Response<Body> {
    let is_framed = request.headers().get("sec-fetch-dest").is_some_and(|value| value == "iframe");
    match (request.method(), is_framed) {
        (_, true) => go_to("/embedded"),
        (&Method::GET, false) => go_to("/sign-in"),
        _ => says(
            StatusCode::UNAUTHORIZED,
            "Sign in",
            "You are not signed in any more. Sign in, and send it again.",
        ),
    }
}

pub(crate) fn no_such_connection() -> Response<Body> {
    says(StatusCode::NOT_FOUND, "Not found", "There is no such connection.")
}

fn no_such_page() -> Response<Body> {
    says(StatusCode::NOT_FOUND, "Not found", "There is no such page, or you may not see it.")
}

/// Whether a form was sent by our own page: browsers say where a form comes from.
fn is_from_our_page(headers: &HeaderMap) -> bool {
    let text = |name: &str| headers.get(name).and_then(|value| value.to_str().ok());
    match (text("sec-fetch-site"), text("origin"), text("host")) {
        (Some(site), _, _) => site == "same-origin" || site == "none",
        (None, Some(origin), Some(host)) => origin.split("://").nth(1) == Some(host),
        // No browser leaves out both: this is a program, which nobody can trick into sending a cookie.
        (None, _, _) => true,
    }
}

/// The sites that may show pages in a frame, from the variable that lists them with blanks between.
fn frames(environment: &Environment) -> Result<String, BadEnvironment> {
    const NAME: &str = "FRAME_SITES";
    let Some(listed) = environment.optional(NAME) else { return Ok(NO_FRAMES.to_owned()) };
    let is_site = |site: &str| {
        // Another program on this machine is the sandbox.
        let here = site.strip_prefix("http://").filter(|rest| rest.starts_with("127.0.0.1:"));
        let rest = site.strip_prefix("https://").or(here).unwrap_or_default();
        !rest.is_empty() && rest.bytes().all(|byte| byte.is_ascii_alphanumeric() || b".-*:".contains(&byte))
    };
    match listed.split_whitespace().find(|site| !is_site(site)) {
        None => Ok(listed.split_whitespace().collect::<Vec<_>>().join(" ")),
        Some(site) => {
            let reason = format!("{site} is no site such as https://app.example.com");
            Err(BadEnvironment::Unusable { name: NAME, reason })
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn headers(pairs: &[(&'static str, &str)]) -> HeaderMap {
        pairs.iter().map(|(name, value)| (name.parse().unwrap(), value.parse().unwrap())).collect()
    }

    #[test]
    fn a_form_of_another_site_is_refused() {
        assert!(is_from_our_page(&headers(&[("sec-fetch-site", "same-origin")])));
        assert!(!is_from_our_page(&headers(&[("sec-fetch-site", "cross-site")])));
        assert!(is_from_our_page(&headers(&[("origin", "https://a.example"), ("host", "a.example")])));
        assert!(!is_from_our_page(&headers(&[("origin", "https://evil.example"), ("host", "a.example")])));
        assert!(is_from_our_page(&headers(&[("host", "a.example")])));
    }

    #[test]
    fn only_sites_may_show_pages_in_a_frame_and_nothing_else_comes_into_the_policy() {
        let of = |sites: &str| frames(&[("FRAME_SITES", sites)].into_iter().collect());
        assert_eq!(
            of("https://app.example.com  https://*.example.org").unwrap(),
            "https://app.example.com https://*.example.org"
        );
        assert_eq!(of("http://127.0.0.1:*").unwrap(), "http://127.0.0.1:*");
        assert_eq!(of("").unwrap(), NO_FRAMES);
        for wrong in ["http://a.example", "*", "https://a.example;", "https://", "'self'"] {
            assert!(of(wrong).unwrap_err().to_string().contains(wrong), "{wrong}");
        }
    }
}
