//! The web server: finds the route, lets faults strike, logs the call.

use axum::Router;
use axum::body::{Body, HttpBody};
use axum::extract::{Request, State};
use axum::response::Response;
use bytes::Bytes;
use http::Method;
use http_body::Frame;
use tokio::net::TcpListener;

use super::fake::{API_PREFIX, CATCH_HOOK, FakeHelloLeads};
use super::wire::{Answer, Asked};
use super::{catch, directory, gate, reading, v1, writing};
use crate::faults::Fault;

/// What a request asks for.
enum Route {
    Lists,
    Leads,
    LeadsOrderBy,
    CreateLead,
    UpdateLead(String),
    Users,
    LeadActivities,
    CustomFields,
    AllActivities,
    CatchHook,
    /// A call of the newer API, by its name.
    V1(&'static str),
    Unknown,
}

impl Route {
    fn of(method: &Method, path: &str) -> Self {
        // The custom fields are the one call that the real API keeps outside its prefix.
        let outside = [("/api/getCustomFields", &Method::GET), (CATCH_HOOK, &Method::POST)];
        match outside.iter().position(|known| *known == (path, method)) {
            Some(0) => Self::CustomFields,
            Some(_) => Self::CatchHook,
            None if path.starts_with(v1::PREFIX) => {
                let call = format!("{method} {}", &path[v1::PREFIX.len()..]);
                v1::CALLS.into_iter().find(|known| *known == call).map_or(Self::Unknown, Self::V1)
            }
            None => path.strip_prefix(API_PREFIX).map_or(Self::Unknown, |rest| Self::of_api(method, rest)),
        }
    }

    fn of_api(method: &Method, path: &str) -> Self {
        let lead = path.strip_prefix("/lead/");
        match (method.as_str(), path) {
            ("GET", "/lists") => Self::Lists,
            ("GET", "/leads") => Self::Leads,
            ("GET", "/leadsOrderBy") => Self::LeadsOrderBy,
            ("POST", "/leads") => Self::CreateLead,
            ("GET", "/users") => Self::Users,
            ("GET", "/leadActivities") => Self::LeadActivities,
            ("GET", "/allLeadActivities") => Self::AllActivities,
            ("PUT", _) => lead.map_or(Self::Unknown, |id| Self::UpdateLead(id.to_owned())),
            _ => Self::Unknown,
        }
    }

    fn name(&self) -> &'static str {
        match self {
            Self::Lists => "GET /lists",
            Self::Leads => "GET /leads",
            Self::LeadsOrderBy => "GET /leadsOrderBy",
            Self::CreateLead => "POST /leads",
            Self::UpdateLead(_) => "PUT /lead/:id",
            Self::Users => "GET /users",
            Self::LeadActivities => "GET /leadActivities",
            Self::AllActivities => "GET /allLeadActivities",
            Self::V1(call) => call,
            Self::CustomFields => "GET /api/getCustomFields",
            Self::CatchHook => "POST catch-hook",
            Self::Unknown => "unknown",
        }
    }
}

/// Serves every path by [`answer`].
pub(super) async fn serve(listener: TcpListener, fake: FakeHelloLeads) {
    let router = Router::new().fallback(answer).with_state(fake);
    axum::serve(listener, router).await.expect("serving on a bound listener does not end");
}

async fn answer(State(fake): State<FakeHelloLeads>, request: Request) -> Response {
    let Some(asked) = Asked::read(request).await else { return broken() };
    let route = Route::of(&asked.method, &asked.path);
    let log = |status| {
        let (name, path) = (route.name().to_owned(), asked.path_and_query.clone());
        fake.calls().push(name, path, status);
    };
    match meet(&fake, &route, &asked) {
        Outcome::Answer(answer) => {
            log(answer.status);
            sent(answer)
        }
        Outcome::Silence => {
            log(0);
            std::future::pending().await
        }
        Outcome::Break => {
            log(0);
            broken()
        }
    }
}

/// The answer to a request that came without a network: what is done about it is the same.
pub(super) fn answered(fake: &FakeHelloLeads, request: http::Request<Bytes>) -> http::Response<Bytes> {
    let (parts, body) = request.into_parts();
    let asked = Asked::of(parts, body);
    let route = Route::of(&asked.method, &asked.path);
    let answer = work(fake, &route, &asked);
    fake.calls().push(route.name().to_owned(), asked.path_and_query, answer.status);
    to_response(answer).map(Bytes::from)
}

/// How a call ends for the caller.
enum Outcome {
    Answer(Answer),
    Silence,
    Break,
}

/// Does the work, unless a planned fault says otherwise.
fn meet(fake: &FakeHelloLeads, route: &Route, asked: &Asked) -> Outcome {
    let Some(fault) = fake.faults().take(route.name()) else {
        return Outcome::Answer(work(fake, route, asked));
    };
    match fault {
        Fault::Status { status, body, content_type } => {
            Outcome::Answer(Answer { status, body, content_type })
        }
        Fault::StatusAfterWork { status, body } => {
            work(fake, route, asked);
            Outcome::Answer(Answer::text(status, &body))
        }
        Fault::Hang => Outcome::Silence,
        Fault::HangAfterWork => {
            work(fake, route, asked);
            Outcome::Silence
        }
        Fault::Reset => Outcome::Break,
        Fault::ResetAfterWork => {
            work(fake, route, asked);
            Outcome::Break
        }
    }
}

fn work(fake: &FakeHelloLeads, route: &Route, asked: &Asked) -> Answer {
    let state = &mut *fake.state();
    // The catch hook belongs to the user's automation tool: it knows no API key and has no hourly limit.
    if let Route::CatchHook = route {
        return catch::receive(state, asked);
    }
    if let Route::V1(call) = route {
        return v1::work(state, call, asked);
    }
    if let Err(denied) = gate::admit(state, asked) {
        return denied;
    }
    match route {
        Route::Lists => directory::lists(state, asked),
        Route::Leads => reading::leads(state, asked),
        Route::LeadsOrderBy => reading::leads_order_by(state, asked),
        Route::CreateLead => writing::create(state, asked),
        Route::UpdateLead(id) => writing::update(state, asked, id),
        Route::Users => directory::users(state),
        Route::LeadActivities => directory::activities(state, asked),
        Route::AllActivities => directory::all_comments(state, asked),
        Route::CustomFields => directory::custom_fields(state, asked),
        Route::CatchHook | Route::V1(_) | Route::Unknown => Answer::not_found_page(),
    }
}

fn sent(answer: Answer) -> Response {
    to_response(answer).map(Body::from)
}

fn to_response(answer: Answer) -> http::Response<String> {
    http::Response::builder()
        .status(answer.status)
        .header("content-type", answer.content_type)
        .body(answer.body)
        .expect("a fault's status and content type are valid HTTP")
}

/// A response that the server cannot send: its body fails at once, so the connection is closed instead.
fn broken() -> Response {
    Response::new(Body::new(Broken))
}

struct Broken;

impl HttpBody for Broken {
    type Data = Bytes;
    type Error = std::io::Error;

    fn poll_frame(
        self: std::pin::Pin<&mut Self>,
        _: &mut std::task::Context<'_>,
    ) -> std::task::Poll<Option<Result<Frame<Bytes>, Self::Error>>> {
        std::task::Poll::Ready(Some(Err(std::io::ErrorKind::ConnectionReset.into())))
    }
}
