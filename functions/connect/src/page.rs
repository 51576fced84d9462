//! The frame of every page, and the answers that are not pages.

use lambda_http::http::{HeaderValue, StatusCode, header};
use lambda_http::{Body, Response};
use maud::{DOCTYPE, Markup, html};
use shared::model::ids::ConnectionId;

use crate::session::Visitor;

const STYLE: &str = include_str!("assets/style.css");
const SCRIPT: &str = include_str!("assets/script.js");

/// How long a browser may keep the style and the script: a new deployment shows within minutes.
const KEPT: &str = "public, max-age=300";

/// Which of a connection's pages it is.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Tab {
    Status,
    Conflicts,
    InSync,
    Stuck,
    History,
    Mapping,
    Preview,
    Automation,
    Rules,
    SetUp,
    Settings,
}

impl Tab {
    const ALL: [Self; 10] = [
        Self::Status,
        Self::Conflicts,
        Self::InSync,
        Self::Stuck,
        Self::History,
        Self::Mapping,
        Self::Preview,
        Self::Automation,
        Self::Rules,
        Self::Settings,
    ];

    fn title(self) -> &'static str {
        match self {
            Self::Status => "Status",
            Self::Conflicts => "Conflicts",
            Self::InSync => "In sync",
            Self::Stuck => "Stuck records",
            Self::History => "History",
            Self::Mapping => "Mapping",
            Self::Preview => "Preview",
            Self::Automation => "Automation",
            Self::Rules => "Rules",
            Self::SetUp => "Set-up",
            Self::Settings => "Settings",
        }
    }

    /// What comes behind the connection's own address.
    fn path(self) -> &'static str {
        match self {
            Self::Status => "",
            Self::Conflicts => "/conflicts",
            Self::InSync => "/in-sync",
            Self::Stuck => "/stuck",
            Self::History => "/history",
            Self::Mapping => "/mapping",
            Self::Preview => "/preview",
            Self::Automation => "/automation",
            Self::Rules => "/rules",
            Self::SetUp => "/set-up/ghl",
            Self::Settings => "/settings",
        }
    }
}

/// A page that stands alone.
pub fn page(status: StatusCode, title: &str, body: &Markup) -> Response<Body> {
    frame(
        status,
        title,
        &html! { (title) },
        &html! { a.brand href="/" { (brand()) } },
        &html! {},
        &html! { div.card.narrow { (body) } },
    )
}

/// A page that says one thing.
pub fn says(status: StatusCode, title: &str, text: &str) -> Response<Body> {
    let body = html! { p role="alert" { (text) } p { a href="/" { "All connections" } } };
    page(status, title, &body)
}

impl Visitor {
    /// A page of somebody who is signed in; `of` is the connection that it is about, and where among its pages.
    pub fn page(&self, of: Option<(&ConnectionId, Tab)>, title: &str, body: &Markup) -> Response<Body> {
        self.titled_page(of, title, &html! { (title) }, body)
    }

    /// The same, whose heading says more than its title.
    pub fn titled_page(
        &self,
        of: Option<(&ConnectionId, Tab)>,
        title: &str,
        heading: &Markup,
        body: &Markup,
    ) -> Response<Body> {
        let top = html! {
            @if self.sees_all() { a.brand href="/" { (brand()) } } @else { span.brand { (brand()) } }
            @if let Some((id, _)) = of.filter(|_| self.sees_all()) { span.soft { (id) } }
            form method="post" action="/sign-out" { (self.token()) button.quiet { "Sign out" } }
        };
        let tabs = html! {
            @if let Some((id, here)) = of.filter(|(_, here)| *here != Tab::SetUp) {
                nav.tabs aria-label="Connection" {
                    @for tab in Tab::ALL {
                        a href={ "/connections/" (id) (tab.path()) } aria-current=[(tab == here).then_some("page")] { (tab.title()) }
                    }
                }
            }
        };
        frame(StatusCode::OK, title, heading, &top, &tabs, body)
    }
}

fn brand() -> Markup {
    html! { "HelloLeads " span aria-hidden="true" { "⇄" } " GHL" }
}

fn frame(
    status: StatusCode,
    title: &str,
    heading: &Markup,
    top: &Markup,
    tabs: &Markup,
    body: &Markup,
) -> Response<Body> {
    let whole = html! {
        (DOCTYPE)
        html lang="en" {
            head {
                meta charset="utf-8";
                meta name="viewport" content="width=device-width, initial-scale=1";
                title { (title) " · HelloLeads ⇄ GHL" }
                link rel="stylesheet" href="/style.css";
                link rel="icon" href="data:,";
                script src="/script.js" defer {}
            }
            body {
                a.skip href="#main" { "Skip to the page" }
                header.top { div { (top) } (tabs) }
                main #main { h1 { (heading) } (body) }
            }
        }
    };
    answer(status, "text/html; charset=utf-8", "no-store", whole.into_string())
}

/// Sends the browser elsewhere.
pub fn go_to(address: &str) -> Response<Body> {
    Response::builder()
        .status(StatusCode::SEE_OTHER)
        .header(header::LOCATION, address)
        .header(header::CACHE_CONTROL, "no-store")
        .body(Body::Empty)
        .unwrap_or_else(|_| {
            says(StatusCode::INTERNAL_SERVER_ERROR, "Not found", "that address cannot be shown")
        })
}

pub(crate) fn style() -> Response<Body> {
    answer(StatusCode::OK, "text/css; charset=utf-8", KEPT, STYLE.to_owned())
}

pub(crate) fn script() -> Response<Body> {
    answer(StatusCode::OK, "text/javascript; charset=utf-8", KEPT, SCRIPT.to_owned())
}

fn answer(status: StatusCode, content_type: &str, cache: &str, body: String) -> Response<Body> {
    Response::builder()
        .status(status)
        .header(header::CONTENT_TYPE, content_type)
        .header(header::CACHE_CONTROL, cache)
        .body(Body::from(body))
        .expect("constant headers and a text make a response")
}

/// What a browser may do with any answer of ours. `frames` are the sites that may show it in a frame of theirs.
pub(crate) fn protect(mut answer: Response<Body>, frames: &str) -> Response<Body> {
    let policy = format!(
        "default-src 'none'; style-src 'self'; script-src 'self'; connect-src 'self'; img-src data:; form-action 'self'; base-uri 'none'; frame-ancestors {frames}"
    );
    let headers = answer.headers_mut();
    let policy = HeaderValue::try_from(policy).expect("the sites were checked at the start");
    headers.insert(header::CONTENT_SECURITY_POLICY, policy);
    headers.insert(header::REFERRER_POLICY, HeaderValue::from_static("no-referrer"));
    headers.insert(header::X_CONTENT_TYPE_OPTIONS, HeaderValue::from_static("nosniff"));
    if frames == NO_FRAMES {
        headers.insert(header::X_FRAME_OPTIONS, HeaderValue::from_static("DENY"));
    }
    answer
}

/// No site may.
pub(crate) const NO_FRAMES: &str = "'none'";

/// JSON for people to read.
pub(crate) fn pretty(json: &serde_json::Value) -> String {
    serde_json::to_string_pretty(json).expect("a value can be written as JSON")
}
