//! The web server: finds the route, lets faults strike, logs the call.

use axum::Router;
use axum::body::{Body, HttpBody};
use axum::extract::{Request, State as Shared};
use axum::response::Response;
use bytes::Bytes;
use http_body::Frame;
use serde_json::json;
use tokio::net::TcpListener;

use super::fake::FakeGhl;
use super::ids::Kind;
use super::refusal::Refusal;
use super::route::Route;
use super::state::State;
use super::tokens::Consent;
use super::wire::{Answer, Asked, Content};
use super::{contacts, directory, gate, listing, oauth, search};
use crate::faults::Fault;

/// Serves every path by [`answer`].
pub(super) async fn serve(listener: TcpListener, fake: FakeGhl) {
    let router = Router::new().fallback(answer).with_state(fake);
    axum::serve(listener, router).await.expect("serving on a bound listener does not end");
}

async fn answer(Shared(fake): Shared<FakeGhl>, request: Request) -> Response {
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
pub(super) fn answered(fake: &FakeGhl, request: http::Request<Bytes>) -> http::Response<Bytes> {
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
fn meet(fake: &FakeGhl, route: &Route, asked: &Asked) -> Outcome {
    let Some(fault) = fake.faults().take(route.name()) else {
        return Outcome::Answer(work(fake, route, asked));
    };
    match fault {
        Fault::Status { status, body, content_type } => {
            Outcome::Answer(Answer::text(status, &content_type, &body))
        }
        Fault::StatusAfterWork { status, body } => {
            work(fake, route, asked);
            Outcome::Answer(Answer::text(status, "text/plain; charset=utf-8", &body))
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

/// The answer with what all answers have: the rate limit headers and, in a JSON body, a trace id.
fn work(fake: &FakeGhl, route: &Route, asked: &Asked) -> Answer {
    let state = &mut *fake.state();
    let mut answer = admitted(state, route, asked).unwrap_or_else(|refusal| refusal.answer());
    let (resource, now) = (gate::resource(state, asked), state.now());
    answer.headers.extend(state.limits.headers(resource.as_deref(), now));
    if let Content::Json(body) = &mut answer.content
        && body.is_object()
    {
        body["traceId"] = json!(state.ids.next_uuid(Kind::Trace));
    }
    answer
}

fn admitted(state: &mut State, route: &Route, asked: &Asked) -> Result<Answer, Refusal> {
    match (route, route.scope()) {
        (Route::ChooseLocation, _) => Ok(oauth::choose_location(state, asked)),
        (Route::Token, _) => oauth::token(state, asked),
        (_, Some(scope)) => {
            let consent = gate::admit(state, asked, scope)?;
            called(state, route, asked, &consent)
        }
        (_, None) => Err(Refusal::NoSuchPath(format!("{} {}", asked.method, asked.path))),
    }
}

/// The calls that need a token.
fn called(state: &mut State, route: &Route, asked: &Asked, consent: &Consent) -> Result<Answer, Refusal> {
    match route {
        Route::LocationToken => oauth::location_token(state, asked, consent),
        Route::InstalledLocations => oauth::installed_locations(state, asked, consent),
        Route::ReadLocation(id) => directory::location(state, consent, id),
        Route::CustomFields(id) => directory::custom_fields(state, asked, consent, id),
        Route::Users => directory::users(state, asked, consent),
        Route::ReadContact(id) => contacts::read(state, gate::location(consent)?, id),
        Route::CreateContact => contacts::create(state, asked, gate::location(consent)?),
        Route::UpdateContact(id) => contacts::update(state, asked, gate::location(consent)?, id),
        Route::DeleteContact(id) => contacts::delete(state, gate::location(consent)?, id),
        Route::AddTags(id) => contacts::add_tags(state, asked, gate::location(consent)?, id),
        Route::RemoveTags(id) => contacts::remove_tags(state, asked, gate::location(consent)?, id),
        Route::FindDuplicate => listing::duplicate(state, asked, gate::location(consent)?),
        Route::Search => search::search(state, asked, gate::location(consent)?),
        Route::ListContacts => listing::all(state, asked, gate::location(consent)?),
        Route::ListOfBusiness(id) => listing::of_business(state, asked, gate::location(consent)?, id),
        Route::OfKind(call, [first, second]) => {
            call.work(state, asked, gate::location(consent)?, [first, second])
        }
        Route::ChooseLocation | Route::Token | Route::Unknown => {
            Err(Refusal::NoSuchPath(format!("{} {}", asked.method, asked.path)))
        }
    }
}

fn sent(answer: Answer) -> Response {
    to_response(answer).map(Body::from)
}

fn to_response(answer: Answer) -> http::Response<String> {
    let mut response = http::Response::builder().status(answer.status);
    for (name, value) in answer.headers {
        response = response.header(name, value);
    }
    let (content_type, text) = match answer.content {
        Content::Json(body) => ("application/json; charset=utf-8".to_owned(), body.to_string()),
        Content::Text { content_type, text } => (content_type, text),
    };
    response
        .header("content-type", content_type)
        .body(text)
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
