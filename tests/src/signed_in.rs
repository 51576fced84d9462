//! Somebody who is signed in to the pages: the cookie that the browser keeps, and what a form must carry.

use connect::session::{CSRF, Sees, Session, SessionKey, Visitor};
use jiff::{SignedDuration, Timestamp};
use reqwest::header::{COOKIE, SET_COOKIE};

/// A browser's cookie and a form's token.
#[derive(Clone, Debug, Default)]
pub struct SignedIn {
    pub cookie: String,
    pub token: String,
}

impl SignedIn {
    /// Opens a sign-in link as a person does, and presses its button.
    ///
    /// # Errors
    /// What is not as it should be.
    pub async fn by_link(browser: &reqwest::Client, link: &str) -> Result<Self, String> {
        let (address, token) = link.split_once("?token=").ok_or("the link has no token")?;
        let page = text_of(browser.get(link)).await?;
        if !page.contains(token) {
            return Err(format!("the link's page has no button that uses it: {page}"));
        }
        let body = format!("token={token}");
        let answer = browser.post(address).body(body).send().await.map_err(|error| error.to_string())?;
        let cookie = answer.headers().get(SET_COOKIE).and_then(|value| value.to_str().ok());
        let cookie = cookie.and_then(|cookie| cookie.split(';').next()).unwrap_or_default().to_owned();
        let start = address.trim_end_matches("sign-in");
        let page = text_of(browser.get(start).header(COOKIE, &cookie)).await?;
        let token = token_of(&page).ok_or_else(|| format!("nobody is signed in: {page}"))?;
        Ok(Self { cookie, token })
    }

    /// One that was not asked for, by whoever knows the key.
    pub fn with_key(key: &str, now: Timestamp) -> Self {
        let key = SessionKey::new(&key.to_owned().into());
        let until = now + SignedDuration::from_hours(24 * 365);
        let session = Session { id: "sandbox".to_owned(), sees: Sees::All, until };
        let cookie = session.to_cookie(&key, false);
        let form = Visitor::new(session, &key).token().into_string();
        Self {
            cookie: cookie.split(';').next().unwrap_or_default().to_owned(),
            token: token_of(&form).unwrap_or_default(),
        }
    }

    /// A form's fields as the browser sends them.
    pub fn form(&self, fields: &[(&str, &str)]) -> String {
        let token = [(CSRF, self.token.as_str())];
        serde_urlencoded::to_string([&token, fields].concat()).expect("texts can be written as a form")
    }
}

/// What the forms of a page carry.
pub fn token_of(page: &str) -> Option<String> {
    let (_, rest) = page.split_once(&format!("name=\"{CSRF}\" value=\""))?;
    rest.split('"').next().map(str::to_owned)
}

async fn text_of(asked: reqwest::RequestBuilder) -> Result<String, String> {
    let answer = asked.send().await.map_err(|error| error.to_string())?;
    answer.text().await.map_err(|error| error.to_string())
}
