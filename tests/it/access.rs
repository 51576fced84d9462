//! Who may see which page: tried for every route that there is.

use connect::routes::{Open, Page, ROUTES, Route};
use connect::sign_in::LinkWanted;
use jiff::SignedDuration;
use lambda_http::http::Method;
use reqwest::Response;
use sandbox::ghl::{Choice, LocationSettings};
use sandbox::signed_in::SignedIn;
use sandbox::world::{COMPANY, LOCATION, Options, World};
use serde_json::json;

/// Another tenant's location.
const OTHER: &str = "OtHeRlOcAtIoN0000001";

/// Two locations of one agency, both connected.
async fn two_tenants() -> World {
    let world = World::start(Options::default()).await;
    world.ghl.add_location(COMPANY, OTHER, LocationSettings::default());
    for location in [LOCATION, OTHER] {
        world.install(Choice::Location(location.to_owned())).await;
    }
    world
}

/// The address of a route, with this connection in it.
fn path(route: &Route, connection: &str) -> String {
    let act = if route.path.contains("set-up") { "ghl" } else { "pause" };
    route.path.replace("{connection}", connection).replace("{act}", act)
}

async fn ask(world: &World, route: &Route, connection: &str, who: &SignedIn) -> Response {
    let url = format!("{}{}", world.url, path(route, connection));
    let asked = match route.method {
        Method::GET => world.browser.get(url),
        _ => world.browser.post(url).body(who.form(&[])),
    };
    asked.header("cookie", &who.cookie).send().await.unwrap()
}

/// Goes in as GHL's frame does, and answers what came of it.
async fn go_in(world: &World, context: &str) -> Response {
    let body = serde_urlencoded::to_string([("context", context)]).unwrap();
    world.browser.post(format!("{}/embedded", world.url)).body(body).send().await.unwrap()
}

fn cookie_of(answer: &Response) -> String {
    let cookie = answer.headers()["set-cookie"].to_str().unwrap();
    cookie.split(';').next().unwrap().to_owned()
}

/// An admin of one location, who came in from inside GHL.
async fn inside(world: &World, location: &str) -> SignedIn {
    let answer = go_in(world, &world.ghl.context(COMPANY, Some(location), "admin")).await;
    assert_eq!(answer.headers()["location"], format!("/connections/{location}"));
    let cookie = cookie_of(&answer);
    let page = world.browser.get(format!("{}/connections/{location}", world.url)).header("cookie", &cookie);
    let page = page.send().await.unwrap().text().await.unwrap();
    let token = sandbox::signed_in::token_of(&page).unwrap();
    SignedIn { cookie, token }
}

#[tokio::test]
async fn every_page_but_the_open_ones_asks_a_stranger_to_sign_in() {
    let world = two_tenants().await;
    for route in ROUTES.iter().filter(|route| !matches!(route.page, Page::Open(_))) {
        let answer = ask(&world, route, LOCATION, &SignedIn::default()).await;
        match route.method {
            Method::GET => assert_eq!(answer.headers()["location"], "/sign-in", "{}", route.path),
            _ => assert_eq!(answer.status(), 401, "{}", route.path),
        }
    }
    let open: Vec<Open> = ROUTES
        .iter()
        .filter_map(|route| if let Page::Open(open) = route.page { Some(open) } else { None })
        .collect();
    let expected = [
        Open::Style,
        Open::Script,
        Open::SignIn,
        Open::TakeLink,
        Open::SignOut,
        Open::Embedded,
        Open::TakeContext,
        Open::Callback,
    ];
    assert_eq!(open, expected, "a page is open to anybody only if it is named here");
}

#[tokio::test]
async fn a_tenant_sees_its_own_location_and_nothing_of_another_on_any_route() {
    let world = two_tenants().await;
    let tenant = inside(&world, LOCATION).await;
    for route in ROUTES.iter().filter(|route| !matches!(route.page, Page::Open(_))) {
        let other = ask(&world, route, OTHER, &tenant).await;
        assert_eq!(other.status(), 404, "{} {}", route.method, route.path);
        assert!(!other.text().await.unwrap().contains(OTHER), "{}", route.path);
        if matches!(route.page, Page::Of(_)) && route.method == Method::GET {
            let own = ask(&world, route, LOCATION, &tenant).await;
            assert_ne!(own.status(), 404, "{}", route.path);
            assert!(!own.text().await.unwrap().contains(OTHER), "{}", route.path);
        }
    }
    let connection = world.engines().connections().get(&OTHER.parse_id()).await.unwrap().unwrap();
    assert_eq!(connection.state, shared::connection::State::Pending, "no form of the other one was taken");
}

trait ParseId {
    fn parse_id(&self) -> shared::model::ids::ConnectionId;
}

impl ParseId for str {
    fn parse_id(&self) -> shared::model::ids::ConnectionId {
        shared::model::ids::ConnectionId::parse(self).unwrap()
    }
}

#[tokio::test]
async fn no_form_is_taken_without_the_token_of_its_session() {
    let world = two_tenants().await;
    let tenant = inside(&world, LOCATION).await;
    let foreign = SignedIn { cookie: world.signed_in.cookie.clone(), token: tenant.token.clone() };
    let none = SignedIn { cookie: world.signed_in.cookie.clone(), token: String::new() };
    let forms = ROUTES.iter().filter(|route| route.method == Method::POST);
    for route in forms.filter(|route| !matches!(route.page, Page::Open(_))) {
        for who in [&foreign, &none] {
            assert_eq!(ask(&world, route, LOCATION, who).await.status(), 403, "{}", route.path);
        }
    }
}

#[tokio::test]
async fn every_form_of_every_page_carries_the_token() {
    let world = crate::contact_sync::plain_world().await;
    let pages = ROUTES.iter().filter(|route| route.method == Method::GET);
    for route in pages.filter(|route| !matches!(route.page, Page::Open(_))) {
        let page = ask(&world, route, LOCATION, &world.signed_in).await.text().await.unwrap();
        for form in page.split("<form").skip(1).filter(|form| form.contains("method=\"post\"")) {
            let form = form.split("</form>").next().unwrap();
            assert!(form.contains(&world.signed_in.token), "{}: {form}", route.path);
        }
    }
}

#[tokio::test]
async fn the_api_leads_to_every_page() {
    let template = sandbox::aws::template::Template::load();
    let functions = template.functions();
    let connect = functions.iter().find(|function| function.logical_id == "ConnectFunction").unwrap();
    for route in &ROUTES {
        let path = path(route, LOCATION);
        let fits = connect.routes.iter().any(|of_api| of_api.fits(route.method.as_str(), &path));
        assert!(fits, "template.yaml has no event for {} {path}", route.method);
    }
}

#[tokio::test]
async fn a_link_works_once_and_for_ten_minutes() {
    let world = World::start(Options::default()).await;
    let link = world.sign_in_link(&world.url).await;
    assert!(SignedIn::by_link(&world.browser, &link).await.is_ok());
    assert!(SignedIn::by_link(&world.browser, &link).await.is_err(), "it was used");
    let link = world.sign_in_link(&world.url).await;
    world.time.advance(SignedDuration::from_mins(10));
    assert!(SignedIn::by_link(&world.browser, &link).await.is_err(), "it is too old");
    let wrong = LinkWanted { sign_in_at: "http://example.com".to_owned() };
    assert!(world.connect_function().give_link(&wrong).await.is_err());
}

#[tokio::test]
async fn looking_at_a_link_does_not_use_it_up() {
    let world = World::start(Options::default()).await;
    let link = world.sign_in_link(&world.url).await;
    for _ in 0..3 {
        assert_eq!(world.browser.get(&link).send().await.unwrap().status(), 200);
    }
    assert!(SignedIn::by_link(&world.browser, &link).await.is_ok());
}

#[tokio::test]
async fn a_session_ends_by_itself_and_by_signing_out() {
    let world = World::start(Options::default()).await;
    let gone = world.signed_in.clone();
    assert_eq!(world.post("/sign-out", &[]).await.status(), 200);
    let answer = world.browser.get(format!("{}/", world.url)).header("cookie", &gone.cookie).send().await;
    assert_eq!(answer.unwrap().headers()["location"], "/sign-in", "a copy of the cookie is worth nothing");
    let fresh = SignedIn::by_link(&world.browser, &world.sign_in_link(&world.url).await).await.unwrap();
    let start = async || world.browser.get(&world.url).header("cookie", &fresh.cookie).send().await.unwrap();
    assert_eq!(start().await.status(), 200);
    world.time.advance(SignedDuration::from_hours(12));
    assert_eq!(start().await.status(), 303);
}

#[tokio::test]
async fn after_ten_failures_no_other_sign_in_is_heard_for_a_while() {
    let world = World::start(Options::default()).await;
    let guess = async || {
        let asked = world.browser.post(format!("{}/sign-in", world.url)).body("token=guess");
        asked.send().await.unwrap().status()
    };
    for _ in 0..10 {
        assert_eq!(guess().await, 403);
    }
    assert_eq!(guess().await, 429);
    let link = world.sign_in_link(&world.url).await;
    assert!(SignedIn::by_link(&world.browser, &link).await.is_err(), "not even with a link");
    assert_eq!(go_in(&world, "nonsense").await.status(), 429);
    world.time.advance(SignedDuration::from_mins(10));
    let link = world.sign_in_link(&world.url).await;
    assert!(SignedIn::by_link(&world.browser, &link).await.is_ok());
}

#[tokio::test]
async fn inside_ghl_only_admins_of_a_connected_location_come_in() {
    let world = two_tenants().await;
    let ghl = &world.ghl;
    for (context, expected) in [
        ("nonsense".to_owned(), "cannot be read"),
        (ghl.context(COMPANY, None, "admin"), "inside one of the agency"),
        (ghl.context(COMPANY, Some(LOCATION), "user"), "Only admins"),
        (ghl.context(COMPANY, Some("nobodysLocation"), "admin"), "not connected yet"),
        (ghl.context("anotherAgency", Some(LOCATION), "admin"), "not connected yet"),
    ] {
        let answer = go_in(&world, &context).await;
        assert_eq!(answer.status(), 403, "{expected}");
        assert!(!answer.headers().contains_key("set-cookie"), "{expected}");
        let says = answer.text().await.unwrap();
        assert!(says.contains(expected), "{expected}: {says}");
    }
}

#[tokio::test]
async fn only_pages_inside_ghl_may_stand_in_a_frame() {
    let world = two_tenants().await;
    let tenant = inside(&world, LOCATION).await;
    let policy = async |path: String, cookie: &str| {
        let asked = world.browser.get(format!("{}{path}", world.url)).header("cookie", cookie);
        let answer = asked.send().await.unwrap();
        let policy = answer.headers()["content-security-policy"].to_str().unwrap().to_owned();
        assert_eq!(policy.ends_with("'none'"), answer.headers().contains_key("x-frame-options"), "{path}");
        policy
    };
    let page = format!("/connections/{LOCATION}");
    assert!(policy(page.clone(), &world.signed_in.cookie).await.ends_with("frame-ancestors 'none'"));
    assert!(policy("/sign-in".to_owned(), "").await.ends_with("frame-ancestors 'none'"));
    for (path, cookie) in [(page, tenant.cookie.as_str()), ("/embedded".to_owned(), "")] {
        assert!(policy(path, cookie).await.contains("frame-ancestors https://app.gohighlevel.com"));
    }
}

#[tokio::test]
async fn a_frame_that_is_not_signed_in_asks_ghl_who_it_is() {
    let world = two_tenants().await;
    let asked = world.browser.get(format!("{}/connections/{LOCATION}", world.url));
    let answer = asked.header("sec-fetch-dest", "iframe").send().await.unwrap();
    assert_eq!(answer.headers()["location"], "/embedded");
}

#[tokio::test]
async fn lambda_is_called_for_a_page_as_for_a_link() {
    let world = World::start(Options::default()).await;
    let link = world.connect_function().invoke(json!({ "sign_in_at": world.url })).await.unwrap();
    let link = link["link"].as_str().unwrap().to_owned();
    let (_, token) = link.split_once("token=").unwrap();
    let body = format!("token={token}");
    let event = json!({
        "version": "2.0", "routeKey": "$default", "rawPath": "/sign-in", "rawQueryString": "",
        "headers": { "host": "a.example", "content-type": "text/plain" },
        "requestContext": {
            "accountId": "0", "apiId": "a", "domainName": "a", "domainPrefix": "a", "requestId": "a",
            "routeKey": "$default", "stage": "$default", "time": "", "timeEpoch": 0,
            "http": { "method": "POST", "path": "/sign-in", "protocol": "HTTP/1.1", "sourceIp": "127.0.0.1", "userAgent": "" },
        },
        "body": body, "isBase64Encoded": false,
    });
    let answer = world.connect_function().invoke(event).await.unwrap();
    assert_eq!((&answer["statusCode"], &answer["headers"]["location"]), (&json!(303), &json!("/")));
    let cookie = answer["cookies"][0].as_str().unwrap();
    assert!(cookie.starts_with("session=") && cookie.ends_with("Secure"), "{cookie}");
}
