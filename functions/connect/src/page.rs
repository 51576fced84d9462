//! The frame of every page, and the answers that are not pages.

use lambda_http::http::{StatusCode, header};
use lambda_http::{Body, Response};
use maud::{DOCTYPE, Markup, html};

const STYLE: &str = "
:root{color-scheme:light dark;--line:color-mix(in srgb,currentColor 18%,transparent);--soft:color-mix(in srgb,currentColor 6%,transparent)}
body{font:16px/1.5 system-ui,sans-serif;max-width:60rem;margin:2rem auto;padding:0 1rem}
h1{font-size:1.5rem}h2{font-size:1.15rem;margin-top:2rem}
table{border-collapse:collapse;width:100%;display:block;overflow-x:auto}
th,td{text-align:left;padding:.35rem .75rem .35rem 0;border-bottom:1px solid var(--line);vertical-align:top}
label{display:block;margin:.75rem 0 .2rem;font-weight:600}small{display:block;font-weight:400}
input,select,textarea{font:inherit;padding:.4rem .5rem;width:100%;box-sizing:border-box}
input[type=checkbox]{width:auto}button{font:inherit;padding:.45rem 1rem;margin:.75rem .5rem 0 0;cursor:pointer}
fieldset{margin:1rem 0;border:1px solid var(--line)}fieldset label{font-weight:400}
code{background:var(--soft);padding:.1rem .3rem;overflow-wrap:anywhere}
.note{padding:.75rem 1rem;border-left:4px solid #b45309;background:var(--soft)}
.good{border-color:#15803d}form.inline{display:inline}";

/// A page of its own.
pub fn page(status: StatusCode, title: &str, body: &Markup) -> Response<Body> {
    let whole = html! {
        (DOCTYPE)
        html lang="en" {
            head {
                meta charset="utf-8";
                meta name="viewport" content="width=device-width, initial-scale=1";
                title { (title) " · HelloLeads ⇄ GHL" }
                style { (maud::PreEscaped(STYLE)) }
            }
            body { main { h1 { (title) } (body) } }
        }
    };
    answer(status, "text/html; charset=utf-8", whole.into_string())
}

/// A page that says one thing.
pub fn says(status: StatusCode, title: &str, text: &str) -> Response<Body> {
    page(status, title, &html! { p.note { (text) } p { a href="/" { "All connections" } } })
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

/// Asks the browser for the password.
pub fn ask_for_password() -> Response<Body> {
    let mut asked = says(
        StatusCode::UNAUTHORIZED,
        "Sign in",
        "Enter the user name admin and the password of this deployment.",
    );
    asked
        .headers_mut()
        .insert(header::WWW_AUTHENTICATE, header::HeaderValue::from_static("Basic realm=\"sync\""));
    asked
}

fn answer(status: StatusCode, content_type: &str, body: String) -> Response<Body> {
    Response::builder()
        .status(status)
        .header(header::CONTENT_TYPE, content_type)
        .header(header::CACHE_CONTROL, "no-store")
        .header(header::X_FRAME_OPTIONS, "DENY")
        .header(header::REFERRER_POLICY, "no-referrer")
        .header(
            header::CONTENT_SECURITY_POLICY,
            "default-src 'none'; style-src 'unsafe-inline'; form-action 'self'; base-uri 'none'; frame-ancestors 'none'",
        )
        .body(Body::from(body))
        .expect("constant headers and a text make a response")
}
