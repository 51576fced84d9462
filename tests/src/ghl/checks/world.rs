//! A fake with two locations of one agency and one of another, and a client for it.

use std::time::Duration;

use reqwest::{Method, RequestBuilder, Response};
use serde_json::{Value, json};

use crate::ghl::{FakeGhl, LocationSettings};
use crate::time::Time;

pub(super) const AGENCY: &str = "agency";
pub(super) const HERE: &str = "location-here";
pub(super) const THERE: &str = "location-there";

pub(super) struct World {
    pub time: Time,
    pub fake: FakeGhl,
    pub http: reqwest::Client,
    /// The access token of [`HERE`].
    pub access: String,
}

impl World {
    /// The app is installed in [`HERE`] only, whose index does not lag.
    pub async fn start() -> Self {
        Self::with(LocationSettings { index_lag_ms: 0, ..LocationSettings::default() }).await
    }

    pub async fn with(settings: LocationSettings) -> Self {
        let time = Time::starting_at("2026-11-23T14:00:00.250Z".parse().unwrap());
        let fake = FakeGhl::start(time.clone()).await;
        fake.add_company(AGENCY);
        fake.add_location(AGENCY, HERE, settings);
        fake.add_location(AGENCY, THERE, LocationSettings::default());
        fake.add_custom_field(HERE, custom_field("field-text", "contact.lead_code", "TEXT"));
        fake.add_custom_field(HERE, custom_field("field-size", "contact.deal_size", "NUMERICAL"));
        fake.add_custom_field(HERE, custom_field("field-list", "contact.interests", "MULTIPLE_OPTIONS"));
        let access = fake.install(HERE).access;
        let http = reqwest::Client::builder().redirect(reqwest::redirect::Policy::none());
        Self { time, fake, http: http.build().unwrap(), access }
    }

    /// A request with the right headers.
    pub fn request(&self, method: Method, path: &str) -> RequestBuilder {
        self.anonymous(method, path).bearer_auth(&self.access)
    }

    /// A request without a token.
    pub fn anonymous(&self, method: Method, path: &str) -> RequestBuilder {
        let url = format!("{}{path}", self.fake.url());
        let version = if path.starts_with("/calendars") { "2021-04-15" } else { "2021-07-28" };
        self.http.request(method, url).header("version", version).timeout(Duration::from_secs(5))
    }

    pub async fn get(&self, path: &str) -> (u16, Value) {
        answer(self.request(Method::GET, path)).await
    }

    pub async fn send(&self, method: Method, path: &str, body: Value) -> (u16, Value) {
        let request = self.request(method, path).header("content-type", "application/json");
        answer(request.body(body.to_string())).await
    }

    /// Creates a contact over the API with these fields besides its location.
    pub async fn create(&self, fields: Value) -> (u16, Value) {
        let mut body = json!({"locationId": HERE});
        body.as_object_mut().unwrap().extend(fields.as_object().unwrap().clone());
        self.send(Method::POST, "/contacts/", body).await
    }

    /// Creates a contact that GHL takes, and answers its id.
    pub async fn contact(&self, fields: Value) -> String {
        let (status, body) = self.create(fields).await;
        assert_eq!(status, 201, "{body}");
        body["contact"]["id"].as_str().unwrap().to_owned()
    }

    pub async fn update(&self, id: &str, body: Value) -> (u16, Value) {
        self.send(Method::PUT, &format!("/contacts/{id}"), body).await
    }

    /// The contact as `GET` answers it.
    pub async fn read(&self, id: &str) -> Value {
        let (status, mut body) = self.get(&format!("/contacts/{id}")).await;
        assert_eq!(status, 200, "{body}");
        body["contact"].take()
    }

    /// Posts a form without a token, as the token endpoint takes it.
    pub async fn form(&self, path: &str, fields: &[(&str, &str)]) -> (u16, Value) {
        answer(form(self.http.post(format!("{}{path}", self.fake.url())), fields)).await
    }

    pub fn advance(&self, millis: i64) {
        self.time.advance(jiff::SignedDuration::from_millis(millis));
    }
}

pub(super) fn form(request: RequestBuilder, fields: &[(&str, &str)]) -> RequestBuilder {
    let body = serde_urlencoded::to_string(fields).unwrap();
    request.header("content-type", "application/x-www-form-urlencoded").body(body)
}

/// The status and the JSON body, without its trace id.
pub(super) async fn answer(request: RequestBuilder) -> (u16, Value) {
    json_of(request.send().await.unwrap()).await
}

pub(super) async fn json_of(response: Response) -> (u16, Value) {
    let status = response.status().as_u16();
    let mut body: Value = serde_json::from_slice(&response.bytes().await.unwrap()).unwrap();
    let trace = body.as_object_mut().unwrap().remove("traceId");
    assert!(trace.is_some_and(|trace| trace.is_string()), "every JSON body has a traceId");
    (status, body)
}

/// The messages of a 422.
pub(super) fn complaints(answer: &(u16, Value)) -> Vec<&str> {
    assert_eq!((answer.0, &answer.1["error"]), (422, &json!("Unprocessable Entity")), "{}", answer.1);
    answer.1["message"].as_array().unwrap().iter().map(|message| message.as_str().unwrap()).collect()
}

fn custom_field(id: &str, key: &str, data_type: &str) -> Value {
    json!({"id": id, "name": id, "fieldKey": key, "dataType": data_type})
}
