//! Who connects a deployed stack: a browser, signed in by a link.

use std::io;

use crate::signed_in::SignedIn;
use crate::world::{ACCOUNT, API_KEY, LIST, LOCATION, TIME_ZONE};

pub(super) struct Person {
    url: String,
    browser: reqwest::Client,
    signed_in: SignedIn,
}

impl Person {
    /// Opens the link that the deployed function gave out.
    pub async fn by_link(url: &str, link: &str) -> io::Result<Self> {
        let browser = reqwest::Client::builder().no_proxy().redirect(reqwest::redirect::Policy::none());
        let browser = browser.build().map_err(io::Error::other)?;
        let signed_in = SignedIn::by_link(&browser, link).await.map_err(io::Error::other)?;
        Ok(Self { url: url.to_owned(), browser, signed_in })
    }

    /// From our page to GHL's, back with a code, and on to the connection's page.
    pub async fn install(&self) -> io::Result<()> {
        let mut at = format!("{}/install", self.url);
        for _ in 0..3 {
            at = self.redirect_from(&at).await?;
        }
        let page = self.ask(self.browser.get(&at)).await?;
        match page.status().as_u16() {
            200 if at.ends_with(&format!("/connections/{LOCATION}")) => Ok(()),
            status => Err(io::Error::other(format!("the install ended at {at} with {status}"))),
        }
    }

    pub async fn enter_helloleads(&self, base: &str) -> io::Result<()> {
        let form = [
            ("api_key", API_KEY),
            ("email", ACCOUNT),
            ("time_zone", TIME_ZONE),
            ("lists", LIST),
            ("base_url", base),
        ];
        self.post(&format!("/connections/{LOCATION}"), &form).await?;
        self.post(&format!("/connections/{LOCATION}/set-up/start"), &[]).await
    }

    async fn post(&self, path: &str, form: &[(&str, &str)]) -> io::Result<()> {
        let asked = self.browser.post(format!("{}{path}", self.url)).body(self.signed_in.form(form));
        let answer = self.ask(asked.header("content-type", "application/x-www-form-urlencoded")).await?;
        match answer.status().as_u16() {
            303 => Ok(()),
            status => Err(io::Error::other(format!(
                "{path} was answered {status}: {}",
                answer.text().await.unwrap_or_default()
            ))),
        }
    }

    async fn redirect_from(&self, at: &str) -> io::Result<String> {
        let answer = self.ask(self.browser.get(at)).await?;
        let to = answer.headers().get("location").and_then(|value| value.to_str().ok()).map(str::to_owned);
        match to {
            Some(path) if path.starts_with('/') => Ok(format!("{}{path}", self.url)),
            Some(address) => Ok(address),
            None => Err(io::Error::other(format!(
                "{at} answered {} and no redirect: {}",
                answer.status(),
                answer.text().await.unwrap_or_default()
            ))),
        }
    }

    async fn ask(&self, asked: reqwest::RequestBuilder) -> io::Result<reqwest::Response> {
        asked.header("cookie", &self.signed_in.cookie).send().await.map_err(io::Error::other)
    }
}
