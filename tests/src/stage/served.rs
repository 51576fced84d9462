//! The stage over HTTP: the page, what it shows, and what a person does there.

use axum::extract::{Path, Query, State};
use axum::http::StatusCode;
use axum::response::Html;
use axum::routing::{get, post};
use axum::{Form, Json, Router};
use serde::Deserialize;
use serde_json::{Value, json};
use tokio::net::TcpListener;

use super::Stage;
use crate::compare::{Person, pairs_of};
use crate::world::{COMPANY, LIST, LOCATION};

const PAGE: &str = include_str!("two_crms.html");

/// Serves on a free port until the runtime ends; answers where.
pub async fn serve(stage: Stage) -> String {
    let listener = TcpListener::bind("127.0.0.1:0").await.expect("the machine has a free port");
    let address = listener.local_addr().expect("a bound listener has an address");
    let router = Router::new()
        .route("/", get(async || Html(PAGE)))
        .route("/state", get(state))
        .route("/look", post(look))
        .route("/create/{side}", post(create))
        .route("/edit/{side}/{id}", post(edit))
        .route("/delete/{side}/{id}", post(delete))
        .route("/frame", get(frame))
        .with_state(stage);
    tokio::spawn(async move { axum::serve(listener, router).await });
    format!("http://{address}")
}

async fn state(State(stage): State<Stage>) -> Json<Value> {
    let person = |person: &Person| {
        json!({
            "id": person.id, "name": person.name, "email": person.email, "phone": person.phone, "city": person.city,
            "tags": person.tags, "marked": person.marked,
        })
    };
    let pairs = pairs_of(&stage.ghl, &stage.helloleads).into_iter().map(|pair| {
        json!({
            "agree": pair.agrees(),
            "helloleads": pair.lead.as_ref().map(person),
            "ghl": pair.contact.as_ref().map(person),
        })
    });
    let pairs: Value = pairs.collect();
    Json(json!({ "pages": stage.pages, "pairs": pairs, "lines": stage.lines() }))
}

async fn look(State(stage): State<Stage>) -> StatusCode {
    stage.note("schedule", "looks at both sides now");
    stage.look_now();
    StatusCode::NO_CONTENT
}

/// What a person can fill in; a field that is not sent stays.
#[derive(Deserialize)]
struct Entry {
    first: Option<String>,
    last: Option<String>,
    email: Option<String>,
    phone: Option<String>,
    city: Option<String>,
}

impl Entry {
    /// The fields by the names that a side gives them.
    fn of(self, names: [&str; 5]) -> Value {
        let values = [self.first, self.last, self.email, self.phone, self.city];
        let named =
            names.into_iter().zip(values).filter_map(|(name, value)| Some((name.to_owned(), json!(value?))));
        Value::Object(named.collect())
    }
}

const IN_GHL: [&str; 5] = ["firstName", "lastName", "email", "phone", "city"];
const IN_HELLOLEADS: [&str; 5] = ["first_name", "last_name", "email", "mobile", "city"];

async fn create(
    State(stage): State<Stage>,
    Path(side): Path<String>,
    Form(entry): Form<Entry>,
) -> Result<String, StatusCode> {
    let id = match side.as_str() {
        "ghl" => stage.ghl.person_creates_contact(LOCATION, entry.of(IN_GHL)),
        "helloleads" => {
            let mut lead = entry.of(IN_HELLOLEADS);
            lead["list_key"] = json!(LIST);
            stage.helloleads.person_creates_lead(lead)
        }
        _ => return Err(StatusCode::NOT_FOUND),
    };
    stage.note("person", format!("makes {id} in {side}"));
    Ok(id)
}

async fn edit(
    State(stage): State<Stage>,
    Path((side, id)): Path<(String, String)>,
    Form(entry): Form<Entry>,
) -> Result<StatusCode, StatusCode> {
    match side.as_str() {
        "ghl" if stage.ghl.contact(LOCATION, &id).is_some() => {
            stage.ghl.person_edits_contact(LOCATION, &id, entry.of(IN_GHL));
        }
        "helloleads" if stage.helloleads.lead(&id).is_some() => {
            stage.helloleads.person_edits_lead(&id, entry.of(IN_HELLOLEADS));
        }
        _ => return Err(StatusCode::NOT_FOUND),
    }
    stage.note("person", format!("edits {id} in {side}"));
    Ok(StatusCode::NO_CONTENT)
}

async fn delete(
    State(stage): State<Stage>,
    Path((side, id)): Path<(String, String)>,
) -> Result<StatusCode, StatusCode> {
    match side.as_str() {
        "ghl" if stage.ghl.contact(LOCATION, &id).is_some() => {
            stage.ghl.person_deletes_contact(LOCATION, &id)
        }
        "helloleads" if stage.helloleads.lead(&id).is_some() => stage.helloleads.person_deletes_lead(&id),
        _ => return Err(StatusCode::NOT_FOUND),
    }
    stage.note("person", format!("deletes {id} in {side}"));
    Ok(StatusCode::NO_CONTENT)
}

#[derive(Deserialize)]
struct Framed {
    location: String,
    role: String,
}

/// A page of GHL's, with the app's page in a frame: it says who is looking when it is asked.
async fn frame(State(stage): State<Stage>, Query(Framed { location, role }): Query<Framed>) -> Html<String> {
    let context = json!(stage.ghl.context(COMPANY, Some(&location), &role));
    Html(format!(
        r#"<!doctype html><html lang="en"><meta charset="utf-8"><title>GHL</title>
<style>html,body,iframe{{margin:0;border:0;width:100%;height:100%}}</style>
<iframe title="The app" src="{}/embedded"></iframe>
<script>
addEventListener("message", (event) => {{
  if (event.data && event.data.message === "REQUEST_USER_DATA")
    event.source.postMessage({{ message: "REQUEST_USER_DATA_RESPONSE", payload: {context} }}, "*");
}});
</script></html>"#,
        stage.pages
    ))
}
