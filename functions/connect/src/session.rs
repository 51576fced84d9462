//! Who is signed in: a cookie that says what its holder may see and until when, signed so that nobody else can make
//! one; and the token that every form of ours carries, so that no other site can send one.

use base64::Engine as _;
use base64::engine::general_purpose::URL_SAFE_NO_PAD;
use jiff::{SignedDuration, Timestamp};
use maud::{Markup, html};
use ring::hmac;
use secrecy::{ExposeSecret, SecretString};
use serde::{Deserialize, Serialize};
use shared::model::ids::ConnectionId;

/// How long somebody stays signed in who came by a link.
const LIFE: SignedDuration = SignedDuration::from_hours(12);

/// Inside GHL, which tells us anew who it is.
const EMBEDDED_LIFE: SignedDuration = SignedDuration::from_hours(1);

/// The name of the form field that holds the token.
pub const CSRF: &str = "csrf";

/// What a session may see.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Sees {
    /// Whoever runs the deployment.
    All,
    /// One GHL location, from inside GHL.
    One(ConnectionId),
}

/// What the cookie says.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Session {
    pub id: String,
    pub sees: Sees,
    pub until: Timestamp,
}

/// What cookies and forms are signed with.
pub struct SessionKey(hmac::Key);

impl SessionKey {
    pub fn new(secret: &SecretString) -> Self {
        Self(hmac::Key::new(hmac::HMAC_SHA256, secret.expose_secret().as_bytes()))
    }

    /// A word that follows from this text and this purpose, and that nobody without the key can make.
    pub fn word(&self, purpose: &str, text: &str) -> String {
        URL_SAFE_NO_PAD.encode(hmac::sign(&self.0, format!("{purpose}\n{text}").as_bytes()))
    }

    /// Compares in constant time.
    fn is_word(&self, purpose: &str, text: &str, given: &str) -> bool {
        let given = URL_SAFE_NO_PAD.decode(given).unwrap_or_default();
        hmac::verify(&self.0, format!("{purpose}\n{text}").as_bytes(), &given).is_ok()
    }
}

impl Session {
    pub fn new(sees: Sees, now: Timestamp) -> Self {
        let life = if sees == Sees::All { LIFE } else { EMBEDDED_LIFE };
        Self { id: shared::chance::id(), sees, until: now + life }
    }

    /// Whether the holder may see this connection.
    pub fn covers(&self, id: &ConnectionId) -> bool {
        match &self.sees {
            Sees::All => true,
            Sees::One(one) => one == id,
        }
    }

    /// The `Set-Cookie` header that gives it to the browser. GHL shows our pages in a frame of its own site: such a
    /// session's cookie is for that frame only.
    pub fn to_cookie(&self, key: &SessionKey, is_https: bool) -> String {
        let text = serde_json::to_string(self).expect("texts and a time can be written as JSON");
        let text = URL_SAFE_NO_PAD.encode(text);
        let value = format!("{text}.{}", key.word("session", &text));
        format!("{}={value}; {}", self.sees.cookie(), self.sees.attributes(is_https))
    }

    /// Reads what a browser sends, if we signed it and it has not ended.
    fn read(value: &str, key: &SessionKey, now: Timestamp) -> Option<Self> {
        let (text, signature) = value.split_once('.')?;
        if !key.is_word("session", text, signature) {
            return None;
        }
        let session: Self = serde_json::from_slice(&URL_SAFE_NO_PAD.decode(text).ok()?).ok()?;
        (session.until > now).then_some(session)
    }

    /// The session of a request's cookies: that of a link goes before one from inside GHL.
    pub fn of_cookies(cookies: &str, key: &SessionKey, now: Timestamp) -> Option<Self> {
        let named = |name: &'static str| {
            let pairs = cookies.split(';').filter_map(|pair| pair.trim().split_once('='));
            pairs.filter(move |(found, _)| *found == name).map(|(_, value)| value)
        };
        let found = named(ADMIN).chain(named(EMBEDDED)).find_map(|value| Self::read(value, key, now));
        found.filter(|session| named(session.sees.cookie()).next().is_some())
    }
}

const ADMIN: &str = "session";
const EMBEDDED: &str = "embedded";

impl Sees {
    fn cookie(&self) -> &'static str {
        match self {
            Self::All => ADMIN,
            Self::One(_) => EMBEDDED,
        }
    }

    fn attributes(&self, is_https: bool) -> String {
        let site = match (self, is_https) {
            (Self::One(_), true) => "SameSite=None; Partitioned",
            _ => "SameSite=Lax",
        };
        format!("Path=/; HttpOnly; {site}{}", if is_https { "; Secure" } else { "" })
    }

    /// The header that takes the cookie away.
    pub fn without_cookie(&self, is_https: bool) -> String {
        format!("{}=; Max-Age=0; {}", self.cookie(), self.attributes(is_https))
    }
}

/// Somebody who is signed in.
#[derive(Clone, Debug)]
pub struct Visitor {
    pub session: Session,
    csrf: String,
}

impl Visitor {
    pub fn new(session: Session, key: &SessionKey) -> Self {
        let csrf = key.word("form", &session.id);
        Self { session, csrf }
    }

    /// Whether the form was made for this session.
    pub fn sent(&self, form: &[u8], key: &SessionKey) -> bool {
        let pairs: Vec<(String, String)> = serde_urlencoded::from_bytes(form).unwrap_or_default();
        pairs.iter().any(|(name, value)| name == CSRF && key.is_word("form", &self.session.id, value))
    }

    /// Whether everything may be seen.
    pub fn sees_all(&self) -> bool {
        self.session.sees == Sees::All
    }

    /// The hidden field that every form of ours carries.
    pub fn token(&self) -> Markup {
        html! { input type="hidden" name=(CSRF) value=(self.csrf); }
    }

    /// A form that is one button.
    pub fn button(&self, action: &str, words: &str) -> Markup {
        html! { form.inline method="post" action=(action) { (self.token()) button { (words) } } }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn key(text: &str) -> SessionKey {
        SessionKey::new(&text.to_owned().into())
    }

    fn now() -> Timestamp {
        "2026-11-23T10:00:00Z".parse().unwrap()
    }

    fn one() -> Sees {
        Sees::One(ConnectionId::parse("location1").unwrap())
    }

    fn cookie_of(session: &Session, key: &SessionKey) -> String {
        session.to_cookie(key, true).split(';').next().unwrap().to_owned()
    }

    #[test]
    fn a_cookie_is_read_back_until_it_ends_and_only_with_the_key_that_signed_it() {
        let session = Session::new(Sees::All, now());
        let cookie = format!("other=1; {}", cookie_of(&session, &key("a")));
        assert_eq!(Session::of_cookies(&cookie, &key("a"), now()), Some(session.clone()));
        assert_eq!(Session::of_cookies(&cookie, &key("b"), now()), None);
        assert_eq!(Session::of_cookies(&cookie, &key("a"), session.until), None, "it has ended");
    }

    #[test]
    fn a_cookie_that_was_changed_is_worth_nothing() {
        let session = Session::new(one(), now());
        let cookie = cookie_of(&session, &key("a"));
        let forged = serde_json::to_string(&Session { sees: Sees::All, ..session }).unwrap();
        let forged = URL_SAFE_NO_PAD.encode(forged);
        let (_, signature) = cookie.split_once('.').unwrap();
        for name in [ADMIN, EMBEDDED] {
            assert_eq!(Session::of_cookies(&format!("{name}={forged}.{signature}"), &key("a"), now()), None);
            assert_eq!(Session::of_cookies(&format!("{name}={forged}"), &key("a"), now()), None);
        }
    }

    #[test]
    fn cookies_are_for_our_pages_only_and_the_one_inside_ghl_for_its_frame() {
        let (all, inside) = (Session::new(Sees::All, now()), Session::new(one(), now()));
        let ours = all.to_cookie(&key("a"), true);
        assert!(ours.ends_with("Path=/; HttpOnly; SameSite=Lax; Secure"), "{ours}");
        let framed = inside.to_cookie(&key("a"), true);
        assert!(framed.ends_with("Path=/; HttpOnly; SameSite=None; Partitioned; Secure"), "{framed}");
        assert!(!all.to_cookie(&key("a"), false).contains("Secure"), "the sandbox has no https");
        assert!(inside.until < all.until);
    }

    #[test]
    fn a_form_of_another_session_is_refused() {
        let (mine, other) = (Session::new(Sees::All, now()), Session::new(Sees::All, now()));
        let (mine, other) = (Visitor::new(mine, &key("a")), Visitor::new(other, &key("a")));
        let form = format!("side=ghl&{CSRF}={}", mine.csrf);
        assert!(mine.sent(form.as_bytes(), &key("a")));
        assert!(!other.sent(form.as_bytes(), &key("a")));
        assert!(!mine.sent(b"side=ghl", &key("a")));
        assert!(!mine.sent(format!("{CSRF}=").as_bytes(), &key("a")));
    }

    #[test]
    fn a_session_of_one_location_covers_no_other() {
        let session = Session::new(one(), now());
        assert!(session.covers(&ConnectionId::parse("location1").unwrap()));
        assert!(!session.covers(&ConnectionId::parse("location2").unwrap()));
        assert!(Session::new(Sees::All, now()).covers(&ConnectionId::parse("location2").unwrap()));
    }
}
