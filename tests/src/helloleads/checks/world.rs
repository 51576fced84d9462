//! A fake with one account and two lists, and a client for it.

use std::time::Duration;

use reqwest::{Method, RequestBuilder};
use serde_json::{Value, json};

use crate::helloleads::{FakeHelloLeads, Switches};
use crate::time::Time;

pub(super) const KEY: &str = "key-1";
pub(super) const EMAIL: &str = "owner@example.com";

pub(super) struct World {
    pub time: Time,
    pub fake: FakeHelloLeads,
    pub http: reqwest::Client,
}

impl World {
    /// It is 2026-11-23 14:00:00.250 UTC, which is 19:30 in India.
    pub async fn start() -> Self {
        let time = Time::starting_at("2026-11-23T14:00:00.250Z".parse().unwrap());
        let fake = FakeHelloLeads::start(time.clone()).await;
        fake.add_account(KEY, EMAIL);
        fake.add_list(Some("list-a"), "Website Enquiries");
        fake.add_list(Some("list-b"), "Trade Fair");
        Self { time, fake, http: reqwest::Client::new() }
    }

    pub async fn with(change: impl FnOnce(&mut Switches)) -> Self {
        let world = Self::start().await;
        world.fake.set(change);
        world
    }

    /// A request with the right credentials.
    pub fn request(&self, method: Method, path: &str) -> RequestBuilder {
        let url = format!("{}{path}", self.fake.url());
        let request = self.http.request(method, url).timeout(Duration::from_secs(5));
        request.header("hls-key", format!("token={KEY}")).header("Xemail", EMAIL)
    }

    pub async fn get(&self, path: &str) -> Value {
        answer(self.request(Method::GET, path)).await.1
    }

    pub async fn post(&self, path: &str, body: Value) -> Value {
        answer(self.request(Method::POST, path).body(body.to_string())).await.1
    }

    pub async fn put(&self, id: &str, body: Value) -> Value {
        answer(self.request(Method::PUT, &format!("/lead/{id}")).body(body.to_string())).await.1
    }

    /// Creates a lead over the API and answers its id.
    pub async fn lead(&self, fields: Value) -> String {
        let mut body = json!({"list_key": "list-a", "first_name": "Asha", "email": "asha@example.com"});
        body.as_object_mut().unwrap().extend(fields.as_object().unwrap().clone());
        self.post("/leads", body).await["lead_id"].to_string()
    }

    /// The column of all leads that a path answers, in the order answered.
    pub async fn column(&self, path: &str, column: &str) -> Vec<String> {
        let answer = self.get(path).await;
        let rows = answer["leads"].as_array().unwrap();
        rows.iter().map(|row| row[column].as_str().unwrap().to_owned()).collect()
    }

    pub fn field(&self, id: &str, field: &str) -> Value {
        self.fake.lead(id).unwrap()[field].clone()
    }
}

/// The status and the JSON body; `null` where the body is none.
pub(super) async fn answer(request: RequestBuilder) -> (u16, Value) {
    let response = request.send().await.unwrap();
    let status = response.status().as_u16();
    let body = response.text().await.unwrap();
    (status, serde_json::from_str(&body).unwrap_or_default())
}
